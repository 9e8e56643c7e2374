//! Lists of objects.

use super::Support::Inherited;
use super::Type::{Any, Int64, List, Object, Str};
use super::{Structure, field};

/// `List`, and `PodList` and the like, whatever their items.
pub(in crate::spec) static LIST: Structure = Structure {
    name: "List",
    fields: &[
        field("apiVersion", Str, Inherited, "The version of the API: v1."),
        field("items", List(&Any), Inherited, "The objects."),
        field("kind", Str, Inherited, "What the document is: List."),
        field("metadata", Object(&LIST_META), Inherited, "How the list was asked for."),
    ],
};

/// `ListMeta`
static LIST_META: Structure = Structure {
    name: "ListMeta",
    fields: &[
        field("continue", Str, Inherited, "Where the next part of a long list begins."),
        field("remainingItemCount", Int64, Inherited, "How many objects are not in this part."),
        field("resourceVersion", Str, Inherited, "The version of the list."),
        field("selfLink", Str, Inherited, "No longer used."),
    ],
};

//! Metadata of every object, and selectors over it.

use super::Support::{Inherited, NoEffect, Supported};
use super::Type::{Any, Bool, Int64, List, Map, Object, Str, Time};
use super::{Structure, field};

/// `ObjectMeta`
pub(in crate::spec) static OBJECT_META: Structure = Structure {
    name: "ObjectMeta",
    fields: &[
        field("annotations", Map(&Str), Supported, ""),
        field("creationTimestamp", Time, NoEffect("set by the server, not by a document"), ""),
        field(
            "deletionGracePeriodSeconds",
            Int64,
            NoEffect("set by the server, not by a document"),
            "",
        ),
        field("deletionTimestamp", Time, NoEffect("set by the server, not by a document"), ""),
        field("finalizers", List(&Str), NoEffect("nothing here waits for them"), ""),
        field("generateName", Str, Supported, ""),
        field("generation", Int64, NoEffect("set by the server, not by a document"), ""),
        field("labels", Map(&Str), Supported, ""),
        field(
            "managedFields",
            List(&Object(&MANAGED_FIELDS_ENTRY)),
            NoEffect("set by the server, not by a document"),
            "",
        ),
        field("name", Str, Supported, ""),
        field("namespace", Str, Supported, ""),
        field(
            "ownerReferences",
            List(&Object(&OWNER_REFERENCE)),
            NoEffect("nothing here waits for them"),
            "",
        ),
        field("resourceVersion", Str, NoEffect("set by the server, not by a document"), ""),
        field("selfLink", Str, NoEffect("set by the server, not by a document"), ""),
        field("uid", Str, NoEffect("set by the server, not by a document"), ""),
    ],
};

/// `OwnerReference`
pub(in crate::spec) static OWNER_REFERENCE: Structure = Structure {
    name: "OwnerReference",
    fields: &[
        field("apiVersion", Str, Inherited, ""),
        field("blockOwnerDeletion", Bool, Inherited, ""),
        field("controller", Bool, Inherited, ""),
        field("kind", Str, Inherited, ""),
        field("name", Str, Inherited, ""),
        field("uid", Str, Inherited, ""),
    ],
};

/// `ManagedFieldsEntry`
pub(in crate::spec) static MANAGED_FIELDS_ENTRY: Structure = Structure {
    name: "ManagedFieldsEntry",
    fields: &[
        field("apiVersion", Str, Inherited, ""),
        field("fieldsType", Str, Inherited, ""),
        field("fieldsV1", Any, Inherited, ""),
        field("manager", Str, Inherited, ""),
        field("operation", Str, Inherited, ""),
        field("subresource", Str, Inherited, ""),
        field("time", Time, Inherited, ""),
    ],
};

/// `LabelSelector`
pub(in crate::spec) static LABEL_SELECTOR: Structure = Structure {
    name: "LabelSelector",
    fields: &[
        field("matchExpressions", List(&Object(&LABEL_SELECTOR_REQUIREMENT)), Inherited, ""),
        field("matchLabels", Map(&Str), Inherited, ""),
    ],
};

/// `LabelSelectorRequirement`
pub(in crate::spec) static LABEL_SELECTOR_REQUIREMENT: Structure = Structure {
    name: "LabelSelectorRequirement",
    fields: &[
        field("key", Str, Inherited, ""),
        field("operator", Str, Inherited, ""),
        field("values", List(&Str), Inherited, ""),
    ],
};

/// `LocalObjectReference`
pub(in crate::spec) static LOCAL_OBJECT_REFERENCE: Structure =
    Structure { name: "LocalObjectReference", fields: &[field("name", Str, Inherited, "")] };

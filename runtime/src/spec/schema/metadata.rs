//! Metadata of every object, and selectors over it.

use super::Support::{Inherited, NoEffect, Supported};
use super::Type::{Any, Bool, Int64, List, Map, Object, Str, Time};
use super::{Structure, field};

/// `ObjectMeta`
pub(in crate::spec) static OBJECT_META: Structure = Structure {
    name: "ObjectMeta",
    fields: &[
        field(
            "annotations",
            Map(&Str),
            Supported,
            "Free text by key, for tools; keys under wasmpod.dev/ are this engine's.",
        ),
        field(
            "creationTimestamp",
            Time,
            NoEffect("set by the server, not by a document"),
            "When the server took the object in.",
        ),
        field(
            "deletionGracePeriodSeconds",
            Int64,
            NoEffect("set by the server, not by a document"),
            "How long the object may still take to go.",
        ),
        field(
            "deletionTimestamp",
            Time,
            NoEffect("set by the server, not by a document"),
            "When the object is to be gone.",
        ),
        field(
            "finalizers",
            List(&Str),
            NoEffect("nothing here waits for them"),
            "What has to be done before the object may go.",
        ),
        field(
            "generateName",
            Str,
            Supported,
            "The start of a name to which five random letters are added.",
        ),
        field(
            "generation",
            Int64,
            NoEffect("set by the server, not by a document"),
            "Which version of the spec this is.",
        ),
        field(
            "labels",
            Map(&Str),
            Supported,
            "Key and value pairs by which selectors find the object.",
        ),
        field(
            "managedFields",
            List(&Object(&MANAGED_FIELDS_ENTRY)),
            NoEffect("set by the server, not by a document"),
            "Who set which field.",
        ),
        field(
            "name",
            Str,
            Supported,
            "The name, unique among objects of the kind in the namespace.",
        ),
        field(
            "namespace",
            Str,
            Supported,
            "The space of names that the object is in; default if not set.",
        ),
        field(
            "ownerReferences",
            List(&Object(&OWNER_REFERENCE)),
            NoEffect("nothing here waits for them"),
            "The objects that this one goes with.",
        ),
        field(
            "resourceVersion",
            Str,
            NoEffect("set by the server, not by a document"),
            "Which version of the object this is.",
        ),
        field(
            "selfLink",
            Str,
            NoEffect("set by the server, not by a document"),
            "Not used any more.",
        ),
        field(
            "uid",
            Str,
            NoEffect("set by the server, not by a document"),
            "An identifier that no other object ever has.",
        ),
    ],
};

/// `OwnerReference`
pub(in crate::spec) static OWNER_REFERENCE: Structure = Structure {
    name: "OwnerReference",
    fields: &[
        field("apiVersion", Str, Inherited, "The API version of the owner."),
        field(
            "blockOwnerDeletion",
            Bool,
            Inherited,
            "Whether the owner waits for this object to go.",
        ),
        field(
            "controller",
            Bool,
            Inherited,
            "Whether the owner is the one that manages this object.",
        ),
        field("kind", Str, Inherited, "The kind of the owner."),
        field("name", Str, Inherited, "The name of the owner."),
        field("uid", Str, Inherited, "The identifier of the owner."),
    ],
};

/// `ManagedFieldsEntry`
pub(in crate::spec) static MANAGED_FIELDS_ENTRY: Structure = Structure {
    name: "ManagedFieldsEntry",
    fields: &[
        field("apiVersion", Str, Inherited, "The API version that the fields are named in."),
        field("fieldsType", Str, Inherited, "The format of the list of fields; always FieldsV1."),
        field("fieldsV1", Any, Inherited, "The fields, as a tree of keys."),
        field("manager", Str, Inherited, "Who set them, e.g. kubectl."),
        field("operation", Str, Inherited, "How they were set: Apply or Update."),
        field(
            "subresource",
            Str,
            Inherited,
            "The part of the object they were set through, e.g. status; none if the object itself.",
        ),
        field("time", Time, Inherited, "When this entry was added or last changed by its manager."),
    ],
};

/// `LabelSelector`
pub(in crate::spec) static LABEL_SELECTOR: Structure = Structure {
    name: "LabelSelector",
    fields: &[
        field(
            "matchExpressions",
            List(&Object(&LABEL_SELECTOR_REQUIREMENT)),
            Inherited,
            "Conditions on labels, all of which must hold.",
        ),
        field("matchLabels", Map(&Str), Inherited, "Labels that must have these values."),
    ],
};

/// `LabelSelectorRequirement`
pub(in crate::spec) static LABEL_SELECTOR_REQUIREMENT: Structure = Structure {
    name: "LabelSelectorRequirement",
    fields: &[
        field("key", Str, Inherited, "The label."),
        field("operator", Str, Inherited, "In, NotIn, Exists or DoesNotExist."),
        field("values", List(&Str), Inherited, "The values that In and NotIn compare with."),
    ],
};

/// `LocalObjectReference`
pub(in crate::spec) static LOCAL_OBJECT_REFERENCE: Structure = Structure {
    name: "LocalObjectReference",
    fields: &[field("name", Str, Inherited, "The name of an object in the same namespace.")],
};

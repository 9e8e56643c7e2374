//! Claims of persistent volumes.

use super::Support::{Inherited, NoEffect, Partly, Rejected, Supported};
use super::Type::{Any, List, Map, Object, Quantity, Str};
use super::metadata::{LABEL_SELECTOR, OBJECT_META};
use super::{Structure, field};

/// `PersistentVolumeClaimTemplate`
pub(in crate::spec) static PERSISTENT_VOLUME_CLAIM_TEMPLATE: Structure = Structure {
    name: "PersistentVolumeClaimTemplate",
    fields: &[
        field(
            "metadata",
            Object(&OBJECT_META),
            NoEffect("the claim is no object of its own here"),
            "Labels and annotations of the claim; nothing else may be set.",
        ),
        field(
            "spec",
            Object(&PERSISTENT_VOLUME_CLAIM_SPEC),
            Supported,
            "What volume the claim asks for.",
        ),
    ],
};

/// `PersistentVolumeClaimSpec`
pub(in crate::spec) static PERSISTENT_VOLUME_CLAIM_SPEC: Structure = Structure {
    name: "PersistentVolumeClaimSpec",
    fields: &[
        field(
            "accessModes",
            List(&Str),
            Supported,
            "How it is used: ReadWriteOnce, ReadOnlyMany, ReadWriteMany or ReadWriteOncePod.",
        ),
        field(
            "dataSource",
            Object(&TYPED_LOCAL_OBJECT_REFERENCE),
            Rejected("volumes begin empty"),
            "A claim or a volume snapshot to fill the volume from; see dataSourceRef.",
        ),
        field(
            "dataSourceRef",
            Object(&TYPED_OBJECT_REFERENCE),
            Rejected("volumes begin empty"),
            "The object to fill the volume from: a claim, or any kind with a volume populator.",
        ),
        field(
            "resources",
            Object(&VOLUME_RESOURCE_REQUIREMENTS),
            Supported,
            "How large the volume has to be.",
        ),
        field(
            "selector",
            Object(&LABEL_SELECTOR),
            Rejected("there are no other volumes than directories of the host"),
            "The labels of the volumes that may be bound.",
        ),
        field(
            "storageClassName",
            Str,
            NoEffect("all volumes are directories of the host"),
            "The storage class; the cluster's default if not set, none if empty.",
        ),
        field(
            "volumeAttributesClassName",
            Str,
            NoEffect("all volumes are directories of the host"),
            "The class of attributes, such as speed, that may change later; none if not set.",
        ),
        field(
            "volumeMode",
            Str,
            Partly(|mode| mode == "Filesystem", "WebAssembly has no block devices"),
            "Filesystem, the default, or Block for a raw device.",
        ),
        field(
            "volumeName",
            Str,
            Rejected("there are no other volumes than directories of the host"),
            "The one volume to be bound, by name; found by the cluster if not set.",
        ),
    ],
};

/// `VolumeResourceRequirements`
pub(in crate::spec) static VOLUME_RESOURCE_REQUIREMENTS: Structure = Structure {
    name: "VolumeResourceRequirements",
    fields: &[
        field(
            "limits",
            Map(&Quantity),
            NoEffect("the volume is a directory of the host, as large as its disk"),
            "The most storage, in bytes, that the volume may have; usually ignored.",
        ),
        field(
            "requests",
            Map(&Quantity),
            Supported,
            "The least storage, in bytes, that the volume must have, e.g. storage: 10Gi.",
        ),
    ],
};

/// `TypedLocalObjectReference`
pub(in crate::spec) static TYPED_LOCAL_OBJECT_REFERENCE: Structure = Structure {
    name: "TypedLocalObjectReference",
    fields: &[
        field("apiGroup", Str, Inherited, "The API group of the kind; the core group if not set."),
        field("kind", Str, Inherited, "The kind of the object."),
        field("name", Str, Inherited, "The name of the object."),
    ],
};

/// `TypedObjectReference`
pub(in crate::spec) static TYPED_OBJECT_REFERENCE: Structure = Structure {
    name: "TypedObjectReference",
    fields: &[
        field("apiGroup", Str, Inherited, "The API group of the kind; the core group if not set."),
        field("kind", Str, Inherited, "The kind of the object."),
        field("name", Str, Inherited, "The name of the object."),
        field(
            "namespace",
            Str,
            Inherited,
            "The namespace of the object; the claim's own if not set. Alpha, off by default.",
        ),
    ],
};

/// `PersistentVolumeClaim`
pub(in crate::spec) static PERSISTENT_VOLUME_CLAIM: Structure = Structure {
    name: "PersistentVolumeClaim",
    fields: &[
        field(
            "apiVersion",
            Str,
            Supported,
            "The version of the API that the document is written in: v1.",
        ),
        field("kind", Str, Supported, "What the document is: PersistentVolumeClaim."),
        field("metadata", Object(&OBJECT_META), Supported, "Who the claim is."),
        field("spec", Object(&PERSISTENT_VOLUME_CLAIM_SPEC), Supported, "What volume it asks for."),
        field("status", Any, Inherited, "How it is."),
    ],
};

//! Claims of persistent volumes.

use super::Support::Inherited;
use super::Type::{Any, List, Map, Object, Quantity, Str};
use super::metadata::{LABEL_SELECTOR, OBJECT_META};
use super::{Structure, field};

/// `PersistentVolumeClaimTemplate`
pub(in crate::spec) static PERSISTENT_VOLUME_CLAIM_TEMPLATE: Structure = Structure {
    name: "PersistentVolumeClaimTemplate",
    fields: &[
        field("metadata", Object(&OBJECT_META), Inherited, ""),
        field("spec", Object(&PERSISTENT_VOLUME_CLAIM_SPEC), Inherited, ""),
    ],
};

/// `PersistentVolumeClaimSpec`
pub(in crate::spec) static PERSISTENT_VOLUME_CLAIM_SPEC: Structure = Structure {
    name: "PersistentVolumeClaimSpec",
    fields: &[
        field("accessModes", List(&Str), Inherited, ""),
        field("dataSource", Object(&TYPED_LOCAL_OBJECT_REFERENCE), Inherited, ""),
        field("dataSourceRef", Object(&TYPED_OBJECT_REFERENCE), Inherited, ""),
        field("resources", Object(&VOLUME_RESOURCE_REQUIREMENTS), Inherited, ""),
        field("selector", Object(&LABEL_SELECTOR), Inherited, ""),
        field("storageClassName", Str, Inherited, ""),
        field("volumeAttributesClassName", Str, Inherited, ""),
        field("volumeMode", Str, Inherited, ""),
        field("volumeName", Str, Inherited, ""),
    ],
};

/// `VolumeResourceRequirements`
pub(in crate::spec) static VOLUME_RESOURCE_REQUIREMENTS: Structure = Structure {
    name: "VolumeResourceRequirements",
    fields: &[
        field("limits", Map(&Quantity), Inherited, ""),
        field("requests", Map(&Quantity), Inherited, ""),
    ],
};

/// `TypedLocalObjectReference`
pub(in crate::spec) static TYPED_LOCAL_OBJECT_REFERENCE: Structure = Structure {
    name: "TypedLocalObjectReference",
    fields: &[
        field("apiGroup", Str, Inherited, ""),
        field("kind", Str, Inherited, ""),
        field("name", Str, Inherited, ""),
    ],
};

/// `TypedObjectReference`
pub(in crate::spec) static TYPED_OBJECT_REFERENCE: Structure = Structure {
    name: "TypedObjectReference",
    fields: &[
        field("apiGroup", Str, Inherited, ""),
        field("kind", Str, Inherited, ""),
        field("name", Str, Inherited, ""),
        field("namespace", Str, Inherited, ""),
    ],
};

/// `PersistentVolumeClaim`
pub(in crate::spec) static PERSISTENT_VOLUME_CLAIM: Structure = Structure {
    name: "PersistentVolumeClaim",
    fields: &[
        field("apiVersion", Str, Inherited, ""),
        field("kind", Str, Inherited, ""),
        field("metadata", Object(&OBJECT_META), Inherited, ""),
        field("spec", Object(&PERSISTENT_VOLUME_CLAIM_SPEC), Inherited, ""),
        field("status", Any, Inherited, ""),
    ],
};

//! Volumes whose content a node makes itself.

use super::Support::{Inherited, NoEffect, Rejected, Supported};
use super::Type::{Bool, Int32, Int64, List, Map, Object, Quantity, Str};
use super::claim::PERSISTENT_VOLUME_CLAIM_TEMPLATE;
use super::environment::{OBJECT_FIELD_SELECTOR, RESOURCE_FIELD_SELECTOR};
use super::metadata::LABEL_SELECTOR;
use super::plugin::{
    AWS_ELASTIC_BLOCK_STORE_VOLUME_SOURCE, AZURE_DISK_VOLUME_SOURCE, AZURE_FILE_VOLUME_SOURCE,
    CEPH_FS_VOLUME_SOURCE, CINDER_VOLUME_SOURCE, CSI_VOLUME_SOURCE, FC_VOLUME_SOURCE,
    FLEX_VOLUME_SOURCE, FLOCKER_VOLUME_SOURCE, GCE_PERSISTENT_DISK_VOLUME_SOURCE,
    GIT_REPO_VOLUME_SOURCE, GLUSTERFS_VOLUME_SOURCE, ISCSI_VOLUME_SOURCE, NFS_VOLUME_SOURCE,
    PHOTON_PERSISTENT_DISK_VOLUME_SOURCE, PORTWORX_VOLUME_SOURCE, QUOBYTE_VOLUME_SOURCE,
    RBD_VOLUME_SOURCE, SCALE_IO_VOLUME_SOURCE, STORAGE_OS_VOLUME_SOURCE,
    VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE,
};
use super::{Structure, field};

/// `Volume`
pub(in crate::spec) static VOLUME: Structure = Structure {
    name: "Volume",
    fields: &[
        field(
            "awsElasticBlockStore",
            Object(&AWS_ELASTIC_BLOCK_STORE_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "",
        ),
        field(
            "azureDisk",
            Object(&AZURE_DISK_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "",
        ),
        field(
            "azureFile",
            Object(&AZURE_FILE_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "",
        ),
        field(
            "cephfs",
            Object(&CEPH_FS_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "",
        ),
        field(
            "cinder",
            Object(&CINDER_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "",
        ),
        field(
            "configMap",
            Object(&CONFIG_MAP_VOLUME_SOURCE),
            Rejected("config maps and secrets are not read yet"),
            "The keys of a config map as files.",
        ),
        field(
            "csi",
            Object(&CSI_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "A volume of a storage driver.",
        ),
        field(
            "downwardAPI",
            Object(&DOWNWARD_API_VOLUME_SOURCE),
            Rejected("this kind of volume is not made yet"),
            "Fields of the pod as files.",
        ),
        field(
            "emptyDir",
            Object(&EMPTY_DIR_VOLUME_SOURCE),
            Supported,
            "An empty directory that goes with the pod.",
        ),
        field(
            "ephemeral",
            Object(&EPHEMERAL_VOLUME_SOURCE),
            Rejected("persistent volumes are not provided yet"),
            "A volume made for the pod from a claim.",
        ),
        field("fc", Object(&FC_VOLUME_SOURCE), Rejected("there is no driver for this storage"), ""),
        field(
            "flexVolume",
            Object(&FLEX_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "",
        ),
        field(
            "flocker",
            Object(&FLOCKER_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "",
        ),
        field(
            "gcePersistentDisk",
            Object(&GCE_PERSISTENT_DISK_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "",
        ),
        field(
            "gitRepo",
            Object(&GIT_REPO_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "",
        ),
        field(
            "glusterfs",
            Object(&GLUSTERFS_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "",
        ),
        field(
            "hostPath",
            Object(&HOST_PATH_VOLUME_SOURCE),
            Supported,
            "A file or directory of the host.",
        ),
        field(
            "image",
            Object(&IMAGE_VOLUME_SOURCE),
            Rejected("image volumes are not mounted yet"),
            "The files of an image, read-only.",
        ),
        field(
            "iscsi",
            Object(&ISCSI_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "A disk of an iSCSI target.",
        ),
        field("name", Str, Supported, "The name that mounts use."),
        field(
            "nfs",
            Object(&NFS_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "A directory of an NFS server.",
        ),
        field(
            "persistentVolumeClaim",
            Object(&PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE),
            Rejected("persistent volumes are not provided yet"),
            "A volume that outlives the pod.",
        ),
        field(
            "photonPersistentDisk",
            Object(&PHOTON_PERSISTENT_DISK_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "",
        ),
        field(
            "portworxVolume",
            Object(&PORTWORX_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "",
        ),
        field(
            "projected",
            Object(&PROJECTED_VOLUME_SOURCE),
            Rejected("this kind of volume is not made yet"),
            "Files of several sources in one directory.",
        ),
        field(
            "quobyte",
            Object(&QUOBYTE_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "",
        ),
        field(
            "rbd",
            Object(&RBD_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "",
        ),
        field(
            "scaleIO",
            Object(&SCALE_IO_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "",
        ),
        field(
            "secret",
            Object(&SECRET_VOLUME_SOURCE),
            Rejected("config maps and secrets are not read yet"),
            "The keys of a secret as files.",
        ),
        field(
            "storageos",
            Object(&STORAGE_OS_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "",
        ),
        field(
            "vsphereVolume",
            Object(&VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "",
        ),
    ],
};

/// `EmptyDirVolumeSource`
pub(in crate::spec) static EMPTY_DIR_VOLUME_SOURCE: Structure = Structure {
    name: "EmptyDirVolumeSource",
    fields: &[
        field(
            "medium",
            Str,
            NoEffect("the volume is on the node's disk for now"),
            "What holds it: the node's disk, or Memory.",
        ),
        field(
            "sizeLimit",
            Quantity,
            NoEffect("the size is not limited yet"),
            "How large it may get.",
        ),
    ],
};

/// `HostPathVolumeSource`
pub(in crate::spec) static HOST_PATH_VOLUME_SOURCE: Structure = Structure {
    name: "HostPathVolumeSource",
    fields: &[
        field("path", Str, Supported, "The path on the host."),
        field(
            "type",
            Str,
            Supported,
            "What must be there, or is made: Directory, DirectoryOrCreate, File, FileOrCreate, Socket, CharDevice or BlockDevice; unchecked if empty.",
        ),
    ],
};

/// `ConfigMapVolumeSource`
pub(in crate::spec) static CONFIG_MAP_VOLUME_SOURCE: Structure = Structure {
    name: "ConfigMapVolumeSource",
    fields: &[
        field("defaultMode", Int32, Inherited, "Permission bits of files; 0644 if not set."),
        field(
            "items",
            List(&Object(&KEY_TO_PATH)),
            Inherited,
            "Which keys become which files; all if not set.",
        ),
        field("name", Str, Inherited, "The object's name."),
        field("optional", Bool, Inherited, "Whether the object or its keys may be missing."),
    ],
};

/// `SecretVolumeSource`
pub(in crate::spec) static SECRET_VOLUME_SOURCE: Structure = Structure {
    name: "SecretVolumeSource",
    fields: &[
        field("defaultMode", Int32, Inherited, "Permission bits of files; 0644 if not set."),
        field(
            "items",
            List(&Object(&KEY_TO_PATH)),
            Inherited,
            "Which keys become which files; all if not set.",
        ),
        field("optional", Bool, Inherited, "Whether the object or its keys may be missing."),
        field("secretName", Str, Inherited, "The object's name."),
    ],
};

/// `DownwardAPIVolumeSource`
pub(in crate::spec) static DOWNWARD_API_VOLUME_SOURCE: Structure = Structure {
    name: "DownwardAPIVolumeSource",
    fields: &[
        field("defaultMode", Int32, Inherited, ""),
        field("items", List(&Object(&DOWNWARD_API_VOLUME_FILE)), Inherited, ""),
    ],
};

/// `DownwardAPIVolumeFile`
pub(in crate::spec) static DOWNWARD_API_VOLUME_FILE: Structure = Structure {
    name: "DownwardAPIVolumeFile",
    fields: &[
        field("fieldRef", Object(&OBJECT_FIELD_SELECTOR), Inherited, ""),
        field("mode", Int32, Inherited, ""),
        field("path", Str, Inherited, ""),
        field("resourceFieldRef", Object(&RESOURCE_FIELD_SELECTOR), Inherited, ""),
    ],
};

/// `KeyToPath`
pub(in crate::spec) static KEY_TO_PATH: Structure = Structure {
    name: "KeyToPath",
    fields: &[
        field("key", Str, Inherited, "The key."),
        field("mode", Int32, Inherited, "Permission bits of the file."),
        field("path", Str, Inherited, "The file in the volume."),
    ],
};

/// `ProjectedVolumeSource`
pub(in crate::spec) static PROJECTED_VOLUME_SOURCE: Structure = Structure {
    name: "ProjectedVolumeSource",
    fields: &[
        field("defaultMode", Int32, Inherited, "Permission bits of files; 0644 if not set."),
        field("sources", List(&Object(&VOLUME_PROJECTION)), Inherited, "The sources."),
    ],
};

/// `VolumeProjection`
pub(in crate::spec) static VOLUME_PROJECTION: Structure = Structure {
    name: "VolumeProjection",
    fields: &[
        field("clusterTrustBundle", Object(&CLUSTER_TRUST_BUNDLE_PROJECTION), Inherited, ""),
        field("configMap", Object(&CONFIG_MAP_PROJECTION), Inherited, ""),
        field("downwardAPI", Object(&DOWNWARD_API_PROJECTION), Inherited, ""),
        field("podCertificate", Object(&POD_CERTIFICATE_PROJECTION), Inherited, ""),
        field("secret", Object(&SECRET_PROJECTION), Inherited, ""),
        field("serviceAccountToken", Object(&SERVICE_ACCOUNT_TOKEN_PROJECTION), Inherited, ""),
    ],
};

/// `ConfigMapProjection`
pub(in crate::spec) static CONFIG_MAP_PROJECTION: Structure = Structure {
    name: "ConfigMapProjection",
    fields: &[
        field("items", List(&Object(&KEY_TO_PATH)), Inherited, ""),
        field("name", Str, Inherited, ""),
        field("optional", Bool, Inherited, ""),
    ],
};

/// `SecretProjection`
pub(in crate::spec) static SECRET_PROJECTION: Structure = Structure {
    name: "SecretProjection",
    fields: &[
        field("items", List(&Object(&KEY_TO_PATH)), Inherited, ""),
        field("name", Str, Inherited, ""),
        field("optional", Bool, Inherited, ""),
    ],
};

/// `DownwardAPIProjection`
pub(in crate::spec) static DOWNWARD_API_PROJECTION: Structure = Structure {
    name: "DownwardAPIProjection",
    fields: &[field("items", List(&Object(&DOWNWARD_API_VOLUME_FILE)), Inherited, "")],
};

/// `ServiceAccountTokenProjection`
pub(in crate::spec) static SERVICE_ACCOUNT_TOKEN_PROJECTION: Structure = Structure {
    name: "ServiceAccountTokenProjection",
    fields: &[
        field("audience", Str, Inherited, ""),
        field("expirationSeconds", Int64, Inherited, ""),
        field("path", Str, Inherited, ""),
    ],
};

/// `ClusterTrustBundleProjection`
pub(in crate::spec) static CLUSTER_TRUST_BUNDLE_PROJECTION: Structure = Structure {
    name: "ClusterTrustBundleProjection",
    fields: &[
        field("labelSelector", Object(&LABEL_SELECTOR), Inherited, ""),
        field("name", Str, Inherited, ""),
        field("optional", Bool, Inherited, ""),
        field("path", Str, Inherited, ""),
        field("signerName", Str, Inherited, ""),
    ],
};

/// `PodCertificateProjection`
pub(in crate::spec) static POD_CERTIFICATE_PROJECTION: Structure = Structure {
    name: "PodCertificateProjection",
    fields: &[
        field("certificateChainPath", Str, Inherited, ""),
        field("credentialBundlePath", Str, Inherited, ""),
        field("keyPath", Str, Inherited, ""),
        field("keyType", Str, Inherited, ""),
        field("maxExpirationSeconds", Int32, Inherited, ""),
        field("signerName", Str, Inherited, ""),
        field("userAnnotations", Map(&Str), Inherited, ""),
    ],
};

/// `ImageVolumeSource`
pub(in crate::spec) static IMAGE_VOLUME_SOURCE: Structure = Structure {
    name: "ImageVolumeSource",
    fields: &[
        field("pullPolicy", Str, Inherited, "When the registry is asked."),
        field("reference", Str, Inherited, "The image."),
    ],
};

/// `PersistentVolumeClaimVolumeSource`
pub(in crate::spec) static PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE: Structure = Structure {
    name: "PersistentVolumeClaimVolumeSource",
    fields: &[
        field("claimName", Str, Inherited, "The claim."),
        field("readOnly", Bool, Inherited, "Whether writing is refused."),
    ],
};

/// `EphemeralVolumeSource`
pub(in crate::spec) static EPHEMERAL_VOLUME_SOURCE: Structure = Structure {
    name: "EphemeralVolumeSource",
    fields: &[field(
        "volumeClaimTemplate",
        Object(&PERSISTENT_VOLUME_CLAIM_TEMPLATE),
        Inherited,
        "",
    )],
};

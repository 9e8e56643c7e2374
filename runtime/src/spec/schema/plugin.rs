//! Volumes of storage systems.

use super::Support::Inherited;
use super::Type::{Bool, Int32, List, Map, Object, Str};
use super::metadata::LOCAL_OBJECT_REFERENCE;
use super::{Structure, field};

/// `AWSElasticBlockStoreVolumeSource`
pub(in crate::spec) static AWS_ELASTIC_BLOCK_STORE_VOLUME_SOURCE: Structure = Structure {
    name: "AWSElasticBlockStoreVolumeSource",
    fields: &[
        field("fsType", Str, Inherited, ""),
        field("partition", Int32, Inherited, ""),
        field("readOnly", Bool, Inherited, ""),
        field("volumeID", Str, Inherited, ""),
    ],
};

/// `AzureDiskVolumeSource`
pub(in crate::spec) static AZURE_DISK_VOLUME_SOURCE: Structure = Structure {
    name: "AzureDiskVolumeSource",
    fields: &[
        field("cachingMode", Str, Inherited, ""),
        field("diskName", Str, Inherited, ""),
        field("diskURI", Str, Inherited, ""),
        field("fsType", Str, Inherited, ""),
        field("kind", Str, Inherited, ""),
        field("readOnly", Bool, Inherited, ""),
    ],
};

/// `AzureFileVolumeSource`
pub(in crate::spec) static AZURE_FILE_VOLUME_SOURCE: Structure = Structure {
    name: "AzureFileVolumeSource",
    fields: &[
        field("readOnly", Bool, Inherited, ""),
        field("secretName", Str, Inherited, ""),
        field("shareName", Str, Inherited, ""),
    ],
};

/// `CephFSVolumeSource`
pub(in crate::spec) static CEPH_FS_VOLUME_SOURCE: Structure = Structure {
    name: "CephFSVolumeSource",
    fields: &[
        field("monitors", List(&Str), Inherited, ""),
        field("path", Str, Inherited, ""),
        field("readOnly", Bool, Inherited, ""),
        field("secretFile", Str, Inherited, ""),
        field("secretRef", Object(&LOCAL_OBJECT_REFERENCE), Inherited, ""),
        field("user", Str, Inherited, ""),
    ],
};

/// `CinderVolumeSource`
pub(in crate::spec) static CINDER_VOLUME_SOURCE: Structure = Structure {
    name: "CinderVolumeSource",
    fields: &[
        field("fsType", Str, Inherited, ""),
        field("readOnly", Bool, Inherited, ""),
        field("secretRef", Object(&LOCAL_OBJECT_REFERENCE), Inherited, ""),
        field("volumeID", Str, Inherited, ""),
    ],
};

/// `CSIVolumeSource`
pub(in crate::spec) static CSI_VOLUME_SOURCE: Structure = Structure {
    name: "CSIVolumeSource",
    fields: &[
        field("driver", Str, Inherited, ""),
        field("fsType", Str, Inherited, ""),
        field("nodePublishSecretRef", Object(&LOCAL_OBJECT_REFERENCE), Inherited, ""),
        field("readOnly", Bool, Inherited, ""),
        field("volumeAttributes", Map(&Str), Inherited, ""),
    ],
};

/// `FCVolumeSource`
pub(in crate::spec) static FC_VOLUME_SOURCE: Structure = Structure {
    name: "FCVolumeSource",
    fields: &[
        field("fsType", Str, Inherited, ""),
        field("lun", Int32, Inherited, ""),
        field("readOnly", Bool, Inherited, ""),
        field("targetWWNs", List(&Str), Inherited, ""),
        field("wwids", List(&Str), Inherited, ""),
    ],
};

/// `FlexVolumeSource`
pub(in crate::spec) static FLEX_VOLUME_SOURCE: Structure = Structure {
    name: "FlexVolumeSource",
    fields: &[
        field("driver", Str, Inherited, ""),
        field("fsType", Str, Inherited, ""),
        field("options", Map(&Str), Inherited, ""),
        field("readOnly", Bool, Inherited, ""),
        field("secretRef", Object(&LOCAL_OBJECT_REFERENCE), Inherited, ""),
    ],
};

/// `FlockerVolumeSource`
pub(in crate::spec) static FLOCKER_VOLUME_SOURCE: Structure = Structure {
    name: "FlockerVolumeSource",
    fields: &[field("datasetName", Str, Inherited, ""), field("datasetUUID", Str, Inherited, "")],
};

/// `GCEPersistentDiskVolumeSource`
pub(in crate::spec) static GCE_PERSISTENT_DISK_VOLUME_SOURCE: Structure = Structure {
    name: "GCEPersistentDiskVolumeSource",
    fields: &[
        field("fsType", Str, Inherited, ""),
        field("partition", Int32, Inherited, ""),
        field("pdName", Str, Inherited, ""),
        field("readOnly", Bool, Inherited, ""),
    ],
};

/// `GitRepoVolumeSource`
pub(in crate::spec) static GIT_REPO_VOLUME_SOURCE: Structure = Structure {
    name: "GitRepoVolumeSource",
    fields: &[
        field("directory", Str, Inherited, ""),
        field("repository", Str, Inherited, ""),
        field("revision", Str, Inherited, ""),
    ],
};

/// `GlusterfsVolumeSource`
pub(in crate::spec) static GLUSTERFS_VOLUME_SOURCE: Structure = Structure {
    name: "GlusterfsVolumeSource",
    fields: &[
        field("endpoints", Str, Inherited, ""),
        field("path", Str, Inherited, ""),
        field("readOnly", Bool, Inherited, ""),
    ],
};

/// `ISCSIVolumeSource`
pub(in crate::spec) static ISCSI_VOLUME_SOURCE: Structure = Structure {
    name: "ISCSIVolumeSource",
    fields: &[
        field("chapAuthDiscovery", Bool, Inherited, ""),
        field("chapAuthSession", Bool, Inherited, ""),
        field("fsType", Str, Inherited, ""),
        field("initiatorName", Str, Inherited, ""),
        field("iqn", Str, Inherited, ""),
        field("iscsiInterface", Str, Inherited, ""),
        field("lun", Int32, Inherited, ""),
        field("portals", List(&Str), Inherited, ""),
        field("readOnly", Bool, Inherited, ""),
        field("secretRef", Object(&LOCAL_OBJECT_REFERENCE), Inherited, ""),
        field("targetPortal", Str, Inherited, ""),
    ],
};

/// `NFSVolumeSource`
pub(in crate::spec) static NFS_VOLUME_SOURCE: Structure = Structure {
    name: "NFSVolumeSource",
    fields: &[
        field("path", Str, Inherited, ""),
        field("readOnly", Bool, Inherited, ""),
        field("server", Str, Inherited, ""),
    ],
};

/// `PhotonPersistentDiskVolumeSource`
pub(in crate::spec) static PHOTON_PERSISTENT_DISK_VOLUME_SOURCE: Structure = Structure {
    name: "PhotonPersistentDiskVolumeSource",
    fields: &[field("fsType", Str, Inherited, ""), field("pdID", Str, Inherited, "")],
};

/// `PortworxVolumeSource`
pub(in crate::spec) static PORTWORX_VOLUME_SOURCE: Structure = Structure {
    name: "PortworxVolumeSource",
    fields: &[
        field("fsType", Str, Inherited, ""),
        field("readOnly", Bool, Inherited, ""),
        field("volumeID", Str, Inherited, ""),
    ],
};

/// `QuobyteVolumeSource`
pub(in crate::spec) static QUOBYTE_VOLUME_SOURCE: Structure = Structure {
    name: "QuobyteVolumeSource",
    fields: &[
        field("group", Str, Inherited, ""),
        field("readOnly", Bool, Inherited, ""),
        field("registry", Str, Inherited, ""),
        field("tenant", Str, Inherited, ""),
        field("user", Str, Inherited, ""),
        field("volume", Str, Inherited, ""),
    ],
};

/// `RBDVolumeSource`
pub(in crate::spec) static RBD_VOLUME_SOURCE: Structure = Structure {
    name: "RBDVolumeSource",
    fields: &[
        field("fsType", Str, Inherited, ""),
        field("image", Str, Inherited, ""),
        field("keyring", Str, Inherited, ""),
        field("monitors", List(&Str), Inherited, ""),
        field("pool", Str, Inherited, ""),
        field("readOnly", Bool, Inherited, ""),
        field("secretRef", Object(&LOCAL_OBJECT_REFERENCE), Inherited, ""),
        field("user", Str, Inherited, ""),
    ],
};

/// `ScaleIOVolumeSource`
pub(in crate::spec) static SCALE_IO_VOLUME_SOURCE: Structure = Structure {
    name: "ScaleIOVolumeSource",
    fields: &[
        field("fsType", Str, Inherited, ""),
        field("gateway", Str, Inherited, ""),
        field("protectionDomain", Str, Inherited, ""),
        field("readOnly", Bool, Inherited, ""),
        field("secretRef", Object(&LOCAL_OBJECT_REFERENCE), Inherited, ""),
        field("sslEnabled", Bool, Inherited, ""),
        field("storageMode", Str, Inherited, ""),
        field("storagePool", Str, Inherited, ""),
        field("system", Str, Inherited, ""),
        field("volumeName", Str, Inherited, ""),
    ],
};

/// `StorageOSVolumeSource`
pub(in crate::spec) static STORAGE_OS_VOLUME_SOURCE: Structure = Structure {
    name: "StorageOSVolumeSource",
    fields: &[
        field("fsType", Str, Inherited, ""),
        field("readOnly", Bool, Inherited, ""),
        field("secretRef", Object(&LOCAL_OBJECT_REFERENCE), Inherited, ""),
        field("volumeName", Str, Inherited, ""),
        field("volumeNamespace", Str, Inherited, ""),
    ],
};

/// `VsphereVirtualDiskVolumeSource`
pub(in crate::spec) static VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE: Structure = Structure {
    name: "VsphereVirtualDiskVolumeSource",
    fields: &[
        field("fsType", Str, Inherited, ""),
        field("storagePolicyID", Str, Inherited, ""),
        field("storagePolicyName", Str, Inherited, ""),
        field("volumePath", Str, Inherited, ""),
    ],
};

//! Volumes of storage systems.

use super::Support::Inherited;
use super::Type::{Bool, Int32, List, Map, Object, Str};
use super::metadata::LOCAL_OBJECT_REFERENCE;
use super::{Structure, field};

/// `AWSElasticBlockStoreVolumeSource`
pub(in crate::spec) static AWS_ELASTIC_BLOCK_STORE_VOLUME_SOURCE: Structure = Structure {
    name: "AWSElasticBlockStoreVolumeSource",
    fields: &[
        field("fsType", Str, Inherited, "The file system on it; ext4 if not set."),
        field(
            "partition",
            Int32,
            Inherited,
            "The number of the partition; the whole disk if 0 or not set.",
        ),
        field("readOnly", Bool, Inherited, "Whether writing is refused."),
        field("volumeID", Str, Inherited, "The ID of the EBS disk, which must exist already."),
    ],
};

/// `AzureDiskVolumeSource`
pub(in crate::spec) static AZURE_DISK_VOLUME_SOURCE: Structure = Structure {
    name: "AzureDiskVolumeSource",
    fields: &[
        field(
            "cachingMode",
            Str,
            Inherited,
            "How the host caches: None, ReadOnly or ReadWrite; ReadWrite if not set.",
        ),
        field("diskName", Str, Inherited, "The disk's name."),
        field("diskURI", Str, Inherited, "Where the disk is: its URI or resource ID."),
        field("fsType", Str, Inherited, "The file system on it; ext4 if not set."),
        field(
            "kind",
            Str,
            Inherited,
            "The kind of disk: Shared, Dedicated or Managed; Shared if not set.",
        ),
        field("readOnly", Bool, Inherited, "Whether writing is refused."),
    ],
};

/// `AzureFileVolumeSource`
pub(in crate::spec) static AZURE_FILE_VOLUME_SOURCE: Structure = Structure {
    name: "AzureFileVolumeSource",
    fields: &[
        field("readOnly", Bool, Inherited, "Whether writing is refused."),
        field(
            "secretName",
            Str,
            Inherited,
            "The secret with the name and the key of the storage account.",
        ),
        field("shareName", Str, Inherited, "The share."),
    ],
};

/// `CephFSVolumeSource`
pub(in crate::spec) static CEPH_FS_VOLUME_SOURCE: Structure = Structure {
    name: "CephFSVolumeSource",
    fields: &[
        field(
            "monitors",
            List(&Str),
            Inherited,
            "Addresses of the Ceph monitors (without effect nowadays).",
        ),
        field(
            "path",
            Str,
            Inherited,
            "The directory that becomes the volume; / if not set (without effect nowadays).",
        ),
        field("readOnly", Bool, Inherited, "Whether writing is refused (without effect nowadays)."),
        field(
            "secretFile",
            Str,
            Inherited,
            "The user's key file; /etc/ceph/user.secret if not set (without effect nowadays).",
        ),
        field(
            "secretRef",
            Object(&LOCAL_OBJECT_REFERENCE),
            Inherited,
            "The secret with the user's key (without effect nowadays).",
        ),
        field("user", Str, Inherited, "The Ceph user; admin if not set (without effect nowadays)."),
    ],
};

/// `CinderVolumeSource`
pub(in crate::spec) static CINDER_VOLUME_SOURCE: Structure = Structure {
    name: "CinderVolumeSource",
    fields: &[
        field("fsType", Str, Inherited, "The file system on it; ext4 if not set."),
        field("readOnly", Bool, Inherited, "Whether writing is refused."),
        field(
            "secretRef",
            Object(&LOCAL_OBJECT_REFERENCE),
            Inherited,
            "The secret with what is needed to connect to OpenStack.",
        ),
        field("volumeID", Str, Inherited, "The ID of the Cinder volume, which must exist already."),
    ],
};

/// `CSIVolumeSource`
pub(in crate::spec) static CSI_VOLUME_SOURCE: Structure = Structure {
    name: "CSIVolumeSource",
    fields: &[
        field("driver", Str, Inherited, "The driver's name, e.g. inline.storage.example.com."),
        field("fsType", Str, Inherited, "The file system on it; the driver decides if not set."),
        field(
            "nodePublishSecretRef",
            Object(&LOCAL_OBJECT_REFERENCE),
            Inherited,
            "The secret handed to the driver when it mounts the volume.",
        ),
        field("readOnly", Bool, Inherited, "Whether writing is refused."),
        field(
            "volumeAttributes",
            Map(&Str),
            Inherited,
            "Settings for the driver, which alone knows their meaning.",
        ),
    ],
};

/// `FCVolumeSource`
pub(in crate::spec) static FC_VOLUME_SOURCE: Structure = Structure {
    name: "FCVolumeSource",
    fields: &[
        field("fsType", Str, Inherited, "The file system on it; ext4 if not set."),
        field(
            "lun",
            Int32,
            Inherited,
            "The number of the disk at the targets; goes with targetWWNs.",
        ),
        field("readOnly", Bool, Inherited, "Whether writing is refused."),
        field(
            "targetWWNs",
            List(&Str),
            Inherited,
            "World wide names of the targets; with lun, instead of wwids.",
        ),
        field(
            "wwids",
            List(&Str),
            Inherited,
            "World wide identifiers of the disk, instead of targetWWNs and lun.",
        ),
    ],
};

/// `FlexVolumeSource`
pub(in crate::spec) static FLEX_VOLUME_SOURCE: Structure = Structure {
    name: "FlexVolumeSource",
    fields: &[
        field("driver", Str, Inherited, "The driver's name, e.g. example.com/disk."),
        field("fsType", Str, Inherited, "The file system on it; the driver decides if not set."),
        field("options", Map(&Str), Inherited, "Further options for the driver."),
        field("readOnly", Bool, Inherited, "Whether writing is refused."),
        field(
            "secretRef",
            Object(&LOCAL_OBJECT_REFERENCE),
            Inherited,
            "The secret whose keys are handed to the driver.",
        ),
    ],
};

/// `FlockerVolumeSource`
pub(in crate::spec) static FLOCKER_VOLUME_SOURCE: Structure = Structure {
    name: "FlockerVolumeSource",
    fields: &[
        field(
            "datasetName",
            Str,
            Inherited,
            "The dataset's name, instead of datasetUUID (without effect nowadays).",
        ),
        field(
            "datasetUUID",
            Str,
            Inherited,
            "The dataset's UUID, instead of datasetName (without effect nowadays).",
        ),
    ],
};

/// `GCEPersistentDiskVolumeSource`
pub(in crate::spec) static GCE_PERSISTENT_DISK_VOLUME_SOURCE: Structure = Structure {
    name: "GCEPersistentDiskVolumeSource",
    fields: &[
        field("fsType", Str, Inherited, "The file system on it; ext4 if not set."),
        field(
            "partition",
            Int32,
            Inherited,
            "The number of the partition; the whole disk if 0 or not set.",
        ),
        field("pdName", Str, Inherited, "The disk's name; it must exist already."),
        field("readOnly", Bool, Inherited, "Whether writing is refused."),
    ],
};

/// `GitRepoVolumeSource`
pub(in crate::spec) static GIT_REPO_VOLUME_SOURCE: Structure = Structure {
    name: "GitRepoVolumeSource",
    fields: &[
        field(
            "directory",
            Str,
            Inherited,
            "Where in the volume the clone is; . is the volume itself (without effect nowadays).",
        ),
        field("repository", Str, Inherited, "The URL to clone (without effect nowadays)."),
        field("revision", Str, Inherited, "The commit to check out (without effect nowadays)."),
    ],
};

/// `GlusterfsVolumeSource`
pub(in crate::spec) static GLUSTERFS_VOLUME_SOURCE: Structure = Structure {
    name: "GlusterfsVolumeSource",
    fields: &[
        field(
            "endpoints",
            Str,
            Inherited,
            "The Endpoints object that lists the servers (without effect nowadays).",
        ),
        field("path", Str, Inherited, "The Gluster volume (without effect nowadays)."),
        field("readOnly", Bool, Inherited, "Whether writing is refused (without effect nowadays)."),
    ],
};

/// `ISCSIVolumeSource`
pub(in crate::spec) static ISCSI_VOLUME_SOURCE: Structure = Structure {
    name: "ISCSIVolumeSource",
    fields: &[
        field(
            "chapAuthDiscovery",
            Bool,
            Inherited,
            "Whether finding the target takes CHAP authentication.",
        ),
        field(
            "chapAuthSession",
            Bool,
            Inherited,
            "Whether the session with the target takes CHAP authentication.",
        ),
        field("fsType", Str, Inherited, "The file system on it; ext4 if not set."),
        field(
            "initiatorName",
            Str,
            Inherited,
            "The name by which the node introduces itself, instead of its own.",
        ),
        field("iqn", Str, Inherited, "The qualified name (IQN) of the target."),
        field(
            "iscsiInterface",
            Str,
            Inherited,
            "The iSCSI interface of the node; default, which is TCP, if not set.",
        ),
        field("lun", Int32, Inherited, "The number of the disk at the target."),
        field(
            "portals",
            List(&Str),
            Inherited,
            "Further addresses of the target, each an IP or IP:port.",
        ),
        field("readOnly", Bool, Inherited, "Whether writing is refused."),
        field(
            "secretRef",
            Object(&LOCAL_OBJECT_REFERENCE),
            Inherited,
            "The secret with the users and passwords for CHAP.",
        ),
        field("targetPortal", Str, Inherited, "The target's address: an IP or IP:port."),
    ],
};

/// `NFSVolumeSource`
pub(in crate::spec) static NFS_VOLUME_SOURCE: Structure = Structure {
    name: "NFSVolumeSource",
    fields: &[
        field("path", Str, Inherited, "The exported directory."),
        field("readOnly", Bool, Inherited, "Whether writing is refused."),
        field("server", Str, Inherited, "The server's host name or IP address."),
    ],
};

/// `PhotonPersistentDiskVolumeSource`
pub(in crate::spec) static PHOTON_PERSISTENT_DISK_VOLUME_SOURCE: Structure = Structure {
    name: "PhotonPersistentDiskVolumeSource",
    fields: &[
        field(
            "fsType",
            Str,
            Inherited,
            "The file system on it; ext4 if not set (without effect nowadays).",
        ),
        field("pdID", Str, Inherited, "The disk's ID (without effect nowadays)."),
    ],
};

/// `PortworxVolumeSource`
pub(in crate::spec) static PORTWORX_VOLUME_SOURCE: Structure = Structure {
    name: "PortworxVolumeSource",
    fields: &[
        field("fsType", Str, Inherited, "The file system on it; ext4 if not set."),
        field("readOnly", Bool, Inherited, "Whether writing is refused."),
        field("volumeID", Str, Inherited, "The ID of the Portworx volume."),
    ],
};

/// `QuobyteVolumeSource`
pub(in crate::spec) static QUOBYTE_VOLUME_SOURCE: Structure = Structure {
    name: "QuobyteVolumeSource",
    fields: &[
        field(
            "group",
            Str,
            Inherited,
            "The group for file access; none if not set (without effect nowadays).",
        ),
        field("readOnly", Bool, Inherited, "Whether writing is refused (without effect nowadays)."),
        field(
            "registry",
            Str,
            Inherited,
            "The registries as host:port, with commas between them (without effect nowadays).",
        ),
        field(
            "tenant",
            Str,
            Inherited,
            "The tenant who owns the volume (without effect nowadays).",
        ),
        field(
            "user",
            Str,
            Inherited,
            "The user for file access; the service account's if not set (without effect nowadays).",
        ),
        field(
            "volume",
            Str,
            Inherited,
            "The name of the volume, which must exist already (without effect nowadays).",
        ),
    ],
};

/// `RBDVolumeSource`
pub(in crate::spec) static RBD_VOLUME_SOURCE: Structure = Structure {
    name: "RBDVolumeSource",
    fields: &[
        field(
            "fsType",
            Str,
            Inherited,
            "The file system on it; ext4 if not set (without effect nowadays).",
        ),
        field("image", Str, Inherited, "The name of the RADOS image (without effect nowadays)."),
        field(
            "keyring",
            Str,
            Inherited,
            "The key file on the node; /etc/ceph/keyring if not set (without effect nowadays).",
        ),
        field(
            "monitors",
            List(&Str),
            Inherited,
            "Addresses of the Ceph monitors (without effect nowadays).",
        ),
        field("pool", Str, Inherited, "The RADOS pool; rbd if not set (without effect nowadays)."),
        field("readOnly", Bool, Inherited, "Whether writing is refused (without effect nowadays)."),
        field(
            "secretRef",
            Object(&LOCAL_OBJECT_REFERENCE),
            Inherited,
            "The secret with the user's key; it goes before keyring (without effect nowadays).",
        ),
        field(
            "user",
            Str,
            Inherited,
            "The RADOS user; admin if not set (without effect nowadays).",
        ),
    ],
};

/// `ScaleIOVolumeSource`
pub(in crate::spec) static SCALE_IO_VOLUME_SOURCE: Structure = Structure {
    name: "ScaleIOVolumeSource",
    fields: &[
        field(
            "fsType",
            Str,
            Inherited,
            "The file system on it; xfs if not set (without effect nowadays).",
        ),
        field(
            "gateway",
            Str,
            Inherited,
            "The address of the API gateway (without effect nowadays).",
        ),
        field(
            "protectionDomain",
            Str,
            Inherited,
            "The protection domain that the storage is in (without effect nowadays).",
        ),
        field("readOnly", Bool, Inherited, "Whether writing is refused (without effect nowadays)."),
        field(
            "secretRef",
            Object(&LOCAL_OBJECT_REFERENCE),
            Inherited,
            "The secret with the user and password; required (without effect nowadays).",
        ),
        field(
            "sslEnabled",
            Bool,
            Inherited,
            "Whether the gateway is spoken to over TLS (without effect nowadays).",
        ),
        field(
            "storageMode",
            Str,
            Inherited,
            "ThickProvisioned or ThinProvisioned; the latter if not set (without effect nowadays).",
        ),
        field(
            "storagePool",
            Str,
            Inherited,
            "The storage pool in the protection domain (without effect nowadays).",
        ),
        field(
            "system",
            Str,
            Inherited,
            "The name of the storage system (without effect nowadays).",
        ),
        field(
            "volumeName",
            Str,
            Inherited,
            "The name of the volume, which must exist already (without effect nowadays).",
        ),
    ],
};

/// `StorageOSVolumeSource`
pub(in crate::spec) static STORAGE_OS_VOLUME_SOURCE: Structure = Structure {
    name: "StorageOSVolumeSource",
    fields: &[
        field(
            "fsType",
            Str,
            Inherited,
            "The file system on it; ext4 if not set (without effect nowadays).",
        ),
        field("readOnly", Bool, Inherited, "Whether writing is refused (without effect nowadays)."),
        field(
            "secretRef",
            Object(&LOCAL_OBJECT_REFERENCE),
            Inherited,
            "The secret with the credentials for the StorageOS API (without effect nowadays).",
        ),
        field(
            "volumeName",
            Str,
            Inherited,
            "The volume's name, unique in its namespace (without effect nowadays).",
        ),
        field(
            "volumeNamespace",
            Str,
            Inherited,
            "The namespace in StorageOS; the pod's if not set (without effect nowadays).",
        ),
    ],
};

/// `VsphereVirtualDiskVolumeSource`
pub(in crate::spec) static VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE: Structure = Structure {
    name: "VsphereVirtualDiskVolumeSource",
    fields: &[
        field("fsType", Str, Inherited, "The file system on it; ext4 if not set."),
        field(
            "storagePolicyID",
            Str,
            Inherited,
            "The ID of the storage policy that storagePolicyName names.",
        ),
        field("storagePolicyName", Str, Inherited, "The name of the storage policy."),
        field(
            "volumePath",
            Str,
            Inherited,
            "The path of the disk's VMDK file, e.g. [datastore] directory/disk.vmdk.",
        ),
    ],
};

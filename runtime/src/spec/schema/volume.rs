//! Volumes whose content a node makes itself.

use super::Support::{Inherited, Rejected, Supported};
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
            "A disk of AWS EBS; deprecated in favour of the driver ebs.csi.aws.com.",
        ),
        field(
            "azureDisk",
            Object(&AZURE_DISK_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "A disk of Azure; deprecated in favour of the driver disk.csi.azure.com.",
        ),
        field(
            "azureFile",
            Object(&AZURE_FILE_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "A file share of Azure; deprecated in favour of the driver file.csi.azure.com.",
        ),
        field(
            "cephfs",
            Object(&CEPH_FS_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "A directory of a Ceph file system; Kubernetes no longer supports it.",
        ),
        field(
            "cinder",
            Object(&CINDER_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "A disk of OpenStack; deprecated in favour of the driver cinder.csi.openstack.org.",
        ),
        field(
            "configMap",
            Object(&CONFIG_MAP_VOLUME_SOURCE),
            Supported,
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
            Supported,
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
            Supported,
            "A volume made for the pod from a claim.",
        ),
        field(
            "fc",
            Object(&FC_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "A disk reached over Fibre Channel.",
        ),
        field(
            "flexVolume",
            Object(&FLEX_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "A volume of an executable on the node; deprecated in favour of CSI drivers.",
        ),
        field(
            "flocker",
            Object(&FLOCKER_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "A dataset of Flocker; Kubernetes no longer supports it.",
        ),
        field(
            "gcePersistentDisk",
            Object(&GCE_PERSISTENT_DISK_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "A disk of Google Cloud; deprecated in favour of the driver pd.csi.storage.gke.io.",
        ),
        field(
            "gitRepo",
            Object(&GIT_REPO_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "A clone of a git repository; Kubernetes no longer supports it.",
        ),
        field(
            "glusterfs",
            Object(&GLUSTERFS_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "A volume of Gluster; Kubernetes no longer supports it.",
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
            Supported,
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
            Supported,
            "A volume that outlives the pod.",
        ),
        field(
            "photonPersistentDisk",
            Object(&PHOTON_PERSISTENT_DISK_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "A disk of Photon Controller; Kubernetes no longer supports it.",
        ),
        field(
            "portworxVolume",
            Object(&PORTWORX_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "A volume of Portworx; deprecated in favour of the driver pxd.portworx.com.",
        ),
        field(
            "projected",
            Object(&PROJECTED_VOLUME_SOURCE),
            Supported,
            "Files of several sources in one directory.",
        ),
        field(
            "quobyte",
            Object(&QUOBYTE_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "A volume of Quobyte; Kubernetes no longer supports it.",
        ),
        field(
            "rbd",
            Object(&RBD_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "A block device of Ceph; Kubernetes no longer supports it.",
        ),
        field(
            "scaleIO",
            Object(&SCALE_IO_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "A volume of ScaleIO; Kubernetes no longer supports it.",
        ),
        field("secret", Object(&SECRET_VOLUME_SOURCE), Supported, "The keys of a secret as files."),
        field(
            "storageos",
            Object(&STORAGE_OS_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "A volume of StorageOS; Kubernetes no longer supports it.",
        ),
        field(
            "vsphereVolume",
            Object(&VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE),
            Rejected("there is no driver for this storage"),
            "A disk of vSphere; deprecated in favour of the driver csi.vsphere.vmware.com.",
        ),
    ],
};

/// `EmptyDirVolumeSource`
pub(in crate::spec) static EMPTY_DIR_VOLUME_SOURCE: Structure = Structure {
    name: "EmptyDirVolumeSource",
    fields: &[
        field("medium", Str, Supported, "What holds it: the node's disk, or Memory."),
        field("sizeLimit", Quantity, Supported, "How large it may get."),
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
        field("defaultMode", Int32, Supported, "Permission bits of files; 0644 if not set."),
        field(
            "items",
            List(&Object(&KEY_TO_PATH)),
            Supported,
            "Which keys become which files; all if not set.",
        ),
        field("name", Str, Supported, "The object's name."),
        field("optional", Bool, Supported, "Whether the object or its keys may be missing."),
    ],
};

/// `SecretVolumeSource`
pub(in crate::spec) static SECRET_VOLUME_SOURCE: Structure = Structure {
    name: "SecretVolumeSource",
    fields: &[
        field("defaultMode", Int32, Supported, "Permission bits of files; 0644 if not set."),
        field(
            "items",
            List(&Object(&KEY_TO_PATH)),
            Supported,
            "Which keys become which files; all if not set.",
        ),
        field("optional", Bool, Supported, "Whether the object or its keys may be missing."),
        field("secretName", Str, Supported, "The object's name."),
    ],
};

/// `DownwardAPIVolumeSource`
pub(in crate::spec) static DOWNWARD_API_VOLUME_SOURCE: Structure = Structure {
    name: "DownwardAPIVolumeSource",
    fields: &[
        field("defaultMode", Int32, Supported, "Permission bits of files; 0644 if not set."),
        field(
            "items",
            List(&Object(&DOWNWARD_API_VOLUME_FILE)),
            Supported,
            "The files, and which field each holds.",
        ),
    ],
};

/// `DownwardAPIVolumeFile`
pub(in crate::spec) static DOWNWARD_API_VOLUME_FILE: Structure = Structure {
    name: "DownwardAPIVolumeFile",
    fields: &[
        field(
            "fieldRef",
            Object(&OBJECT_FIELD_SELECTOR),
            Supported,
            "The field of the pod: its name, namespace, uid, labels or annotations.",
        ),
        field("mode", Int32, Supported, "Permission bits of the file; defaultMode if not set."),
        field("path", Str, Supported, "The file in the volume: a relative path without ..."),
        field(
            "resourceFieldRef",
            Object(&RESOURCE_FIELD_SELECTOR),
            Supported,
            "The request or limit of a container, instead of fieldRef.",
        ),
    ],
};

/// `KeyToPath`
pub(in crate::spec) static KEY_TO_PATH: Structure = Structure {
    name: "KeyToPath",
    fields: &[
        field("key", Str, Supported, "The key."),
        field("mode", Int32, Supported, "Permission bits of the file."),
        field("path", Str, Supported, "The file in the volume."),
    ],
};

/// `ProjectedVolumeSource`
pub(in crate::spec) static PROJECTED_VOLUME_SOURCE: Structure = Structure {
    name: "ProjectedVolumeSource",
    fields: &[
        field("defaultMode", Int32, Supported, "Permission bits of files; 0644 if not set."),
        field("sources", List(&Object(&VOLUME_PROJECTION)), Supported, "The sources."),
    ],
};

/// `VolumeProjection`
pub(in crate::spec) static VOLUME_PROJECTION: Structure = Structure {
    name: "VolumeProjection",
    fields: &[
        field(
            "clusterTrustBundle",
            Object(&CLUSTER_TRUST_BUNDLE_PROJECTION),
            Rejected("there is no cluster that has trust bundles"),
            "Certificates of authorities to trust, from trust bundles of the cluster.",
        ),
        field(
            "configMap",
            Object(&CONFIG_MAP_PROJECTION),
            Supported,
            "The keys of a config map as files.",
        ),
        field(
            "downwardAPI",
            Object(&DOWNWARD_API_PROJECTION),
            Supported,
            "Fields of the pod as files.",
        ),
        field(
            "podCertificate",
            Object(&POD_CERTIFICATE_PROJECTION),
            Rejected("there is no API server that would issue a certificate"),
            "A private key and its certificate, issued to the pod and renewed in time.",
        ),
        field("secret", Object(&SECRET_PROJECTION), Supported, "The keys of a secret as files."),
        field(
            "serviceAccountToken",
            Object(&SERVICE_ACCOUNT_TOKEN_PROJECTION),
            Rejected("there is no API server that would issue a token"),
            "A token of the pod's service account, renewed in time.",
        ),
    ],
};

/// `ConfigMapProjection`
pub(in crate::spec) static CONFIG_MAP_PROJECTION: Structure = Structure {
    name: "ConfigMapProjection",
    fields: &[
        field(
            "items",
            List(&Object(&KEY_TO_PATH)),
            Supported,
            "Which keys become which files; all if not set.",
        ),
        field("name", Str, Supported, "The object's name."),
        field("optional", Bool, Supported, "Whether the object or its keys may be missing."),
    ],
};

/// `SecretProjection`
pub(in crate::spec) static SECRET_PROJECTION: Structure = Structure {
    name: "SecretProjection",
    fields: &[
        field(
            "items",
            List(&Object(&KEY_TO_PATH)),
            Supported,
            "Which keys become which files; all if not set.",
        ),
        field("name", Str, Supported, "The object's name."),
        field("optional", Bool, Supported, "Whether the object or its keys may be missing."),
    ],
};

/// `DownwardAPIProjection`
pub(in crate::spec) static DOWNWARD_API_PROJECTION: Structure = Structure {
    name: "DownwardAPIProjection",
    fields: &[field(
        "items",
        List(&Object(&DOWNWARD_API_VOLUME_FILE)),
        Supported,
        "The files, and which field each holds.",
    )],
};

/// `ServiceAccountTokenProjection`
pub(in crate::spec) static SERVICE_ACCOUNT_TOKEN_PROJECTION: Structure = Structure {
    name: "ServiceAccountTokenProjection",
    fields: &[
        field(
            "audience",
            Str,
            Inherited,
            "Whom the token is meant for; the API server if not set.",
        ),
        field(
            "expirationSeconds",
            Int64,
            Inherited,
            "How long the token is valid; 3600 seconds if not set, at least 600.",
        ),
        field("path", Str, Inherited, "The file in the volume that holds the token."),
    ],
};

/// `ClusterTrustBundleProjection`
pub(in crate::spec) static CLUSTER_TRUST_BUNDLE_PROJECTION: Structure = Structure {
    name: "ClusterTrustBundleProjection",
    fields: &[
        field(
            "labelSelector",
            Object(&LABEL_SELECTOR),
            Inherited,
            "Which bundles of the signer are taken; none if not set, all if empty.",
        ),
        field(
            "name",
            Str,
            Inherited,
            "The one bundle to take, instead of signerName and labelSelector.",
        ),
        field("optional", Bool, Inherited, "Whether the bundles may be missing."),
        field("path", Str, Inherited, "The file in the volume that holds the certificates."),
        field(
            "signerName",
            Str,
            Inherited,
            "The signer whose bundles are taken together, instead of name.",
        ),
    ],
};

/// `PodCertificateProjection`
pub(in crate::spec) static POD_CERTIFICATE_PROJECTION: Structure = Structure {
    name: "PodCertificateProjection",
    fields: &[
        field(
            "certificateChainPath",
            Str,
            Inherited,
            "The file for the certificate and its intermediates alone.",
        ),
        field(
            "credentialBundlePath",
            Str,
            Inherited,
            "The file for the key and the certificates together, so that they always match.",
        ),
        field("keyPath", Str, Inherited, "The file for the private key alone."),
        field(
            "keyType",
            Str,
            Inherited,
            "RSA3072, RSA4096, ECDSAP256, ECDSAP384, ECDSAP521 or ED25519.",
        ),
        field(
            "maxExpirationSeconds",
            Int32,
            Inherited,
            "How long the certificate may be valid: 3600 to 7862400 seconds; 86400 if not set.",
        ),
        field("signerName", Str, Inherited, "The signer that is asked for the certificate."),
        field(
            "userAnnotations",
            Map(&Str),
            Inherited,
            "Further information for the signer; its keys begin with a domain.",
        ),
    ],
};

/// `ImageVolumeSource`
pub(in crate::spec) static IMAGE_VOLUME_SOURCE: Structure = Structure {
    name: "ImageVolumeSource",
    fields: &[
        field("pullPolicy", Str, Supported, "When the registry is asked."),
        field("reference", Str, Supported, "The image."),
    ],
};

/// `PersistentVolumeClaimVolumeSource`
pub(in crate::spec) static PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE: Structure = Structure {
    name: "PersistentVolumeClaimVolumeSource",
    fields: &[
        field("claimName", Str, Supported, "The claim."),
        field("readOnly", Bool, Supported, "Whether writing is refused."),
    ],
};

/// `EphemeralVolumeSource`
pub(in crate::spec) static EPHEMERAL_VOLUME_SOURCE: Structure = Structure {
    name: "EphemeralVolumeSource",
    fields: &[field(
        "volumeClaimTemplate",
        Object(&PERSISTENT_VOLUME_CLAIM_TEMPLATE),
        Supported,
        "The claim to make; it is named POD-VOLUME and goes with the pod.",
    )],
};

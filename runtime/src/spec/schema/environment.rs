//! Variables of the environment and where they come from.

use super::Support::{Inherited, Supported};
use super::Type::{Bool, Object, Quantity, Str};
use super::{Structure, field};

/// `EnvVar`
pub(in crate::spec) static ENV_VAR: Structure = Structure {
    name: "EnvVar",
    fields: &[
        field("name", Str, Supported, "The name; printable ASCII without =."),
        field(
            "value",
            Str,
            Supported,
            "The value; $(NAME) is replaced by a variable defined before, $$ by $.",
        ),
        field(
            "valueFrom",
            Object(&ENV_VAR_SOURCE),
            Supported,
            "Where the value comes from instead.",
        ),
    ],
};

/// `EnvVarSource`
pub(in crate::spec) static ENV_VAR_SOURCE: Structure = Structure {
    name: "EnvVarSource",
    fields: &[
        field(
            "configMapKeyRef",
            Object(&CONFIG_MAP_KEY_SELECTOR),
            Supported,
            "A key of a config map.",
        ),
        field("fieldRef", Object(&OBJECT_FIELD_SELECTOR), Supported, "A field of the pod."),
        field("fileKeyRef", Object(&FILE_KEY_SELECTOR), Supported, "A key of a file in a volume."),
        field(
            "resourceFieldRef",
            Object(&RESOURCE_FIELD_SELECTOR),
            Supported,
            "A request or limit of a container.",
        ),
        field("secretKeyRef", Object(&SECRET_KEY_SELECTOR), Supported, "A key of a secret."),
    ],
};

/// `ConfigMapKeySelector`
pub(in crate::spec) static CONFIG_MAP_KEY_SELECTOR: Structure = Structure {
    name: "ConfigMapKeySelector",
    fields: &[
        field("key", Str, Inherited, "The key."),
        field("name", Str, Inherited, "The name of the config map."),
        field("optional", Bool, Inherited, "Whether the config map or the key may be missing."),
    ],
};

/// `SecretKeySelector`
pub(in crate::spec) static SECRET_KEY_SELECTOR: Structure = Structure {
    name: "SecretKeySelector",
    fields: &[
        field("key", Str, Inherited, "The key."),
        field("name", Str, Inherited, "The name of the secret."),
        field("optional", Bool, Inherited, "Whether the secret or the key may be missing."),
    ],
};

/// `FileKeySelector`
pub(in crate::spec) static FILE_KEY_SELECTOR: Structure = Structure {
    name: "FileKeySelector",
    fields: &[
        field("key", Str, Inherited, "The key in the file."),
        field("optional", Bool, Inherited, "Whether the file or the key may be missing."),
        field("path", Str, Inherited, "The file in the volume."),
        field("volumeName", Str, Inherited, "The volume, an emptyDir."),
    ],
};

/// `ObjectFieldSelector`
pub(in crate::spec) static OBJECT_FIELD_SELECTOR: Structure = Structure {
    name: "ObjectFieldSelector",
    fields: &[
        field("apiVersion", Str, Inherited, "The API version that the path is of; v1 if not set."),
        field(
            "fieldPath",
            Str,
            Inherited,
            "The field, e.g. metadata.name, metadata.labels['key'] or status.podIP.",
        ),
    ],
};

/// `ResourceFieldSelector`
pub(in crate::spec) static RESOURCE_FIELD_SELECTOR: Structure = Structure {
    name: "ResourceFieldSelector",
    fields: &[
        field("containerName", Str, Inherited, "The container; the one itself in a variable."),
        field("divisor", Quantity, Inherited, "What the amount is divided by, rounded up."),
        field("resource", Str, Inherited, "The amount, e.g. limits.cpu or requests.memory."),
    ],
};

/// `EnvFromSource`
pub(in crate::spec) static ENV_FROM_SOURCE: Structure = Structure {
    name: "EnvFromSource",
    fields: &[
        field("configMapRef", Object(&CONFIG_MAP_ENV_SOURCE), Inherited, "The config map."),
        field("prefix", Str, Inherited, "What is put before each key."),
        field("secretRef", Object(&SECRET_ENV_SOURCE), Inherited, "The secret."),
    ],
};

/// `ConfigMapEnvSource`
pub(in crate::spec) static CONFIG_MAP_ENV_SOURCE: Structure = Structure {
    name: "ConfigMapEnvSource",
    fields: &[
        field("name", Str, Inherited, "The name of the config map."),
        field("optional", Bool, Inherited, "Whether it may be missing."),
    ],
};

/// `SecretEnvSource`
pub(in crate::spec) static SECRET_ENV_SOURCE: Structure = Structure {
    name: "SecretEnvSource",
    fields: &[
        field("name", Str, Inherited, "The name of the secret."),
        field("optional", Bool, Inherited, "Whether it may be missing."),
    ],
};

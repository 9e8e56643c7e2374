//! Security contexts.

use super::Support::{Inherited, NoEffect, Rejected, Supported};
use super::Type::{Bool, Int64, List, Object, Str};
use super::{Structure, field};

/// `SecurityContext`
pub(in crate::spec) static SECURITY_CONTEXT: Structure = Structure {
    name: "SecurityContext",
    fields: &[
        field(
            "allowPrivilegeEscalation",
            Bool,
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "Whether a program may gain more privileges than its parent has.",
        ),
        field(
            "appArmorProfile",
            Object(&APP_ARMOR_PROFILE),
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "The AppArmor profile.",
        ),
        field("capabilities", Object(&CAPABILITIES), Supported, "Privileges of root, one by one."),
        field(
            "privileged",
            Bool,
            Rejected("WebAssembly cannot be privileged"),
            "Whether the container may do what the host may.",
        ),
        field(
            "procMount",
            Str,
            NoEffect("WebAssembly has no /proc"),
            "Whether parts of /proc are hidden.",
        ),
        field(
            "readOnlyRootFilesystem",
            Bool,
            NoEffect("only volumes are writable"),
            "Whether the image's own files cannot be written.",
        ),
        field(
            "runAsGroup",
            Int64,
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "The group that programs run as.",
        ),
        field(
            "runAsNonRoot",
            Bool,
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "Whether user 0 is refused.",
        ),
        field(
            "runAsUser",
            Int64,
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "The user that programs run as.",
        ),
        field(
            "seLinuxOptions",
            Object(&SE_LINUX_OPTIONS),
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "The SELinux context.",
        ),
        field(
            "seccompProfile",
            Object(&SECCOMP_PROFILE),
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "The filter of system calls.",
        ),
        field(
            "windowsOptions",
            Object(&WINDOWS_SECURITY_CONTEXT_OPTIONS),
            Rejected("this is not Windows"),
            "What only Windows has.",
        ),
    ],
};

/// `PodSecurityContext`
pub(in crate::spec) static POD_SECURITY_CONTEXT: Structure = Structure {
    name: "PodSecurityContext",
    fields: &[
        field(
            "appArmorProfile",
            Object(&APP_ARMOR_PROFILE),
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "The AppArmor profile.",
        ),
        field(
            "fsGroup",
            Int64,
            NoEffect("volumes belong to the user that runs wasmpod"),
            "The group that owns volumes.",
        ),
        field(
            "fsGroupChangePolicy",
            Str,
            NoEffect("volumes belong to the user that runs wasmpod"),
            "When the owner of volumes is changed.",
        ),
        field(
            "runAsGroup",
            Int64,
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "The group that programs run as.",
        ),
        field(
            "runAsNonRoot",
            Bool,
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "Whether user 0 is refused.",
        ),
        field(
            "runAsUser",
            Int64,
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "The user that programs run as.",
        ),
        field(
            "seLinuxChangePolicy",
            Str,
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "How volumes get their SELinux label.",
        ),
        field(
            "seLinuxOptions",
            Object(&SE_LINUX_OPTIONS),
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "The SELinux context.",
        ),
        field(
            "seccompProfile",
            Object(&SECCOMP_PROFILE),
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "The filter of system calls.",
        ),
        field(
            "supplementalGroups",
            List(&Int64),
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "Further groups of programs.",
        ),
        field(
            "supplementalGroupsPolicy",
            Str,
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "Whether groups of the image count.",
        ),
        field(
            "sysctls",
            List(&Object(&SYSCTL)),
            Rejected("WebAssembly has no kernel of its own"),
            "Settings of the kernel.",
        ),
        field(
            "windowsOptions",
            Object(&WINDOWS_SECURITY_CONTEXT_OPTIONS),
            Rejected("this is not Windows"),
            "What only Windows has.",
        ),
    ],
};

/// `Capabilities`
pub(in crate::spec) static CAPABILITIES: Structure = Structure {
    name: "Capabilities",
    fields: &[
        field(
            "add",
            List(&Str),
            Rejected("WebAssembly has no capabilities to add"),
            "Privileges in addition to the usual ones.",
        ),
        field(
            "drop",
            List(&Str),
            NoEffect("WebAssembly has no capabilities to begin with"),
            "Privileges taken away; ALL for all.",
        ),
    ],
};

/// `SeccompProfile`
pub(in crate::spec) static SECCOMP_PROFILE: Structure = Structure {
    name: "SeccompProfile",
    fields: &[
        field(
            "localhostProfile",
            Str,
            Inherited,
            "The profile on the node, for the type Localhost.",
        ),
        field("type", Str, Inherited, "RuntimeDefault, Unconfined or Localhost."),
    ],
};

/// `AppArmorProfile`
pub(in crate::spec) static APP_ARMOR_PROFILE: Structure = Structure {
    name: "AppArmorProfile",
    fields: &[
        field(
            "localhostProfile",
            Str,
            Inherited,
            "The profile on the node, for the type Localhost.",
        ),
        field("type", Str, Inherited, "RuntimeDefault, Unconfined or Localhost."),
    ],
};

/// `SELinuxOptions`
pub(in crate::spec) static SE_LINUX_OPTIONS: Structure = Structure {
    name: "SELinuxOptions",
    fields: &[
        field("level", Str, Inherited, "The level."),
        field("role", Str, Inherited, "The role."),
        field("type", Str, Inherited, "The type."),
        field("user", Str, Inherited, "The user."),
    ],
};

/// `WindowsSecurityContextOptions`
pub(in crate::spec) static WINDOWS_SECURITY_CONTEXT_OPTIONS: Structure = Structure {
    name: "WindowsSecurityContextOptions",
    fields: &[
        field("gmsaCredentialSpec", Str, Inherited, "The GMSA credential itself."),
        field("gmsaCredentialSpecName", Str, Inherited, "The name of the GMSA credential."),
        field("hostProcess", Bool, Inherited, "Whether it runs as a process of the host."),
        field("runAsUserName", Str, Inherited, "The user that programs run as."),
    ],
};

/// `Sysctl`
pub(in crate::spec) static SYSCTL: Structure = Structure {
    name: "Sysctl",
    fields: &[
        field("name", Str, Inherited, "The setting."),
        field("value", Str, Inherited, "Its value."),
    ],
};

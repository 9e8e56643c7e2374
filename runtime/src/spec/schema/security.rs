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
            "",
        ),
        field(
            "appArmorProfile",
            Object(&APP_ARMOR_PROFILE),
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "",
        ),
        field("capabilities", Object(&CAPABILITIES), Supported, ""),
        field("privileged", Bool, Rejected("WebAssembly cannot be privileged"), ""),
        field("procMount", Str, NoEffect("WebAssembly has no /proc"), ""),
        field("readOnlyRootFilesystem", Bool, NoEffect("only volumes are writable"), ""),
        field(
            "runAsGroup",
            Int64,
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "",
        ),
        field(
            "runAsNonRoot",
            Bool,
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "",
        ),
        field(
            "runAsUser",
            Int64,
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "",
        ),
        field(
            "seLinuxOptions",
            Object(&SE_LINUX_OPTIONS),
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "",
        ),
        field(
            "seccompProfile",
            Object(&SECCOMP_PROFILE),
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "",
        ),
        field(
            "windowsOptions",
            Object(&WINDOWS_SECURITY_CONTEXT_OPTIONS),
            Rejected("this is not Windows"),
            "",
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
            "",
        ),
        field("fsGroup", Int64, NoEffect("volumes belong to the user that runs wasmpod"), ""),
        field(
            "fsGroupChangePolicy",
            Str,
            NoEffect("volumes belong to the user that runs wasmpod"),
            "",
        ),
        field(
            "runAsGroup",
            Int64,
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "",
        ),
        field(
            "runAsNonRoot",
            Bool,
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "",
        ),
        field(
            "runAsUser",
            Int64,
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "",
        ),
        field(
            "seLinuxChangePolicy",
            Str,
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "",
        ),
        field(
            "seLinuxOptions",
            Object(&SE_LINUX_OPTIONS),
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "",
        ),
        field(
            "seccompProfile",
            Object(&SECCOMP_PROFILE),
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "",
        ),
        field(
            "supplementalGroups",
            List(&Int64),
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "",
        ),
        field(
            "supplementalGroupsPolicy",
            Str,
            NoEffect("the WebAssembly sandbox has no users and makes no system calls"),
            "",
        ),
        field(
            "sysctls",
            List(&Object(&SYSCTL)),
            Rejected("WebAssembly has no kernel of its own"),
            "",
        ),
        field(
            "windowsOptions",
            Object(&WINDOWS_SECURITY_CONTEXT_OPTIONS),
            Rejected("this is not Windows"),
            "",
        ),
    ],
};

/// `Capabilities`
pub(in crate::spec) static CAPABILITIES: Structure = Structure {
    name: "Capabilities",
    fields: &[
        field("add", List(&Str), Rejected("WebAssembly has no capabilities to add"), ""),
        field("drop", List(&Str), NoEffect("WebAssembly has no capabilities to begin with"), ""),
    ],
};

/// `SeccompProfile`
pub(in crate::spec) static SECCOMP_PROFILE: Structure = Structure {
    name: "SeccompProfile",
    fields: &[field("localhostProfile", Str, Inherited, ""), field("type", Str, Inherited, "")],
};

/// `AppArmorProfile`
pub(in crate::spec) static APP_ARMOR_PROFILE: Structure = Structure {
    name: "AppArmorProfile",
    fields: &[field("localhostProfile", Str, Inherited, ""), field("type", Str, Inherited, "")],
};

/// `SELinuxOptions`
pub(in crate::spec) static SE_LINUX_OPTIONS: Structure = Structure {
    name: "SELinuxOptions",
    fields: &[
        field("level", Str, Inherited, ""),
        field("role", Str, Inherited, ""),
        field("type", Str, Inherited, ""),
        field("user", Str, Inherited, ""),
    ],
};

/// `WindowsSecurityContextOptions`
pub(in crate::spec) static WINDOWS_SECURITY_CONTEXT_OPTIONS: Structure = Structure {
    name: "WindowsSecurityContextOptions",
    fields: &[
        field("gmsaCredentialSpec", Str, Inherited, ""),
        field("gmsaCredentialSpecName", Str, Inherited, ""),
        field("hostProcess", Bool, Inherited, ""),
        field("runAsUserName", Str, Inherited, ""),
    ],
};

/// `Sysctl`
pub(in crate::spec) static SYSCTL: Structure = Structure {
    name: "Sysctl",
    fields: &[field("name", Str, Inherited, ""), field("value", Str, Inherited, "")],
};

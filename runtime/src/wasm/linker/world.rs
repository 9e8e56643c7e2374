//! What a component is, told from its exports: a command or an http service, of WASI 0.2 or 0.3.

use std::fmt;

use wasmtime::component::Component;

use super::imports;

/// The worlds whose components are run. One that is of several is of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum World {
    /// `wasi:cli/command` of WASI 0.2.
    P2,
    /// `wasi:cli/command` of WASI 0.3.
    P3,
    /// `wasi:http/proxy` of WASI 0.2.
    HttpP2,
    /// `wasi:http/service` of WASI 0.3.
    HttpP3,
}

/// What a module is that can be neither run nor served.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::wasm) enum NoProgram {
    /// A core module without `_start`.
    Library,
    /// A core module whose `_start` is not a function without parameters and results.
    OddStart,
    /// A component that exports `wasi:cli/run` of a version that is neither 0.2 nor 0.3.
    OtherRun(String),
    /// A component that exports an http handler of such a version.
    OtherHandler(String),
    /// A component that exports something else, or nothing.
    OtherWorld(Vec<String>),
}

impl World {
    const ALL: [Self; 4] = [Self::P2, Self::P3, Self::HttpP2, Self::HttpP3];

    /// Tells the world from what a component exports.
    pub(super) fn of(component: &Component) -> Result<Self, NoProgram> {
        let ty = component.component_type();
        let exports: Vec<&str> = ty.exports(component.engine()).map(|(name, _)| name).collect();
        Self::of_exports(&exports)
    }

    /// Returns the interface that makes a component one of this world.
    pub(super) fn export(self) -> &'static str {
        match self {
            Self::P2 | Self::P3 => "wasi:cli/run",
            Self::HttpP2 => "wasi:http/incoming-handler",
            Self::HttpP3 => "wasi:http/handler",
        }
    }

    /// Returns whether its components are served.
    pub(super) fn is_http(self) -> bool {
        matches!(self, Self::HttpP2 | Self::HttpP3)
    }

    fn track(self) -> &'static str {
        match self {
            Self::P2 | Self::HttpP2 => "@0.2.",
            Self::P3 | Self::HttpP3 => "@0.3.",
        }
    }

    /// Returns whether a component that exports this is one of this world.
    pub(super) fn is_of(self, name: &str) -> bool {
        let version = name.strip_prefix(self.export());
        let patch = version.and_then(|version| version.strip_prefix(self.track()));
        patch.is_some_and(|patch| patch.parse::<u32>().is_ok())
    }

    fn of_exports(exports: &[&str]) -> Result<Self, NoProgram> {
        let is_exported = |world: &Self| exports.iter().any(|name| world.is_of(name));
        if let Some(world) = Self::ALL.into_iter().find(is_exported) {
            return Ok(world);
        }
        let exported = |world: Self| exports.iter().find(|name| name.starts_with(world.export()));
        Err(if let Some(name) = exported(Self::P2) {
            NoProgram::OtherRun((*name).to_owned())
        } else if let Some(name) = exported(Self::HttpP2).or_else(|| exported(Self::HttpP3)) {
            NoProgram::OtherHandler((*name).to_owned())
        } else {
            NoProgram::OtherWorld(exports.iter().map(|&name| name.to_owned()).collect())
        })
    }
}

impl fmt::Display for NoProgram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Library => f.write_str(
                "it is a library: it exports no `_start`; build it as a command (a `bin`, with a \
                 `main`)",
            ),
            Self::OddStart => {
                f.write_str("its `_start` is not a function without parameters and results")
            }
            Self::OtherRun(name) => {
                write!(f, "it exports `{name}`, want `wasi:cli/run` of WASI 0.2 or 0.3: rebuild it")
            }
            Self::OtherHandler(name) => write!(
                f,
                "it exports `{name}`, want `wasi:http/incoming-handler` of WASI 0.2 or \
                 `wasi:http/handler` of WASI 0.3: rebuild it"
            ),
            Self::OtherWorld(exports) => {
                if exports.is_empty() {
                    return f.write_str("it is no program: it exports nothing");
                }
                f.write_str(
                    "it is no program: it exports neither `wasi:cli/run` nor an http handler, but ",
                )?;
                imports::list(f, exports.iter().map(|name| format!("`{name}`")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::World;

    #[test]
    fn worlds() {
        for (exports, expected) in [
            (&["wasi:cli/run@0.2.0"][..], World::P2),
            (&["test:a/b", "wasi:cli/run@0.2.12"], World::P2),
            (&["wasi:cli/run@0.3.1"], World::P3),
            (&["wasi:http/incoming-handler@0.2.0"], World::HttpP2),
            (&["wasi:http/incoming-handler@0.2.0", "wasi:cli/run@0.3.0"], World::P3),
            (&["wasi:http/handler@0.3.2"], World::HttpP3),
        ] {
            assert_eq!(World::of_exports(exports), Ok(expected), "{exports:?}");
        }
    }

    #[test]
    fn other_worlds() {
        for (exports, expected) in [
            (
                &["wasi:cli/run@0.3.0-rc-2026-01-06"][..],
                "it exports `wasi:cli/run@0.3.0-rc-2026-01-06`, want `wasi:cli/run` of WASI 0.2 \
                 or 0.3: rebuild it",
            ),
            (
                &["wasi:http/handler@0.3.0-rc-2026-01-06"],
                "it exports `wasi:http/handler@0.3.0-rc-2026-01-06`, want \
                 `wasi:http/incoming-handler` of WASI 0.2 or `wasi:http/handler` of WASI 0.3: \
                 rebuild it",
            ),
            (
                &["a:b/c", "add"],
                "it is no program: it exports neither `wasi:cli/run` nor an http handler, but \
                 `a:b/c`, `add`",
            ),
            (&[], "it is no program: it exports nothing"),
        ] {
            assert_eq!(World::of_exports(exports).unwrap_err().to_string(), expected);
        }
    }
}

//! Everything that guests can import: WASI 0.2 and 0.3 for components, WASI 0.1 for core modules,
//! and for both what wasmpod adds.
//!
//! A linker is made once for the process, when the first guest of its kind is prepared. The sockets
//! of components are those of the pod's network; core modules have none yet.

mod imports;

use std::fmt;

use wasmtime::{Engine, Module, component::Component};
use wasmtime_wasi::{p2, p3};

pub(super) use self::imports::Missing;
use super::context::ContainerContext;
use super::stop::{self, Disposition};
use super::{preview1, sockets};

/// A linker for core modules.
pub(super) type CoreLinker = wasmtime::Linker<ContainerContext>;

/// A linker for components.
pub(super) type ComponentLinker = wasmtime::component::Linker<ContainerContext>;

/// A program that is linked and type-checked: what is left is to instantiate it.
pub(super) struct Program {
    pub(super) entry: Entry,
    /// What SIGTERM does to it.
    pub(super) on_terminate: Disposition,
}

/// What of a program is started.
pub(super) enum Entry {
    /// A core module with WASI 0.1 or none, and its `_start`.
    Core(wasmtime::InstancePre<ContainerContext>),
    /// A component that exports `wasi:cli/run` of WASI 0.2.
    P2(p2::bindings::CommandPre<ContainerContext>),
    /// A component that exports `wasi:cli/run` of WASI 0.3.
    P3(wasmtime::component::InstancePre<ContainerContext>, p3::bindings::CommandIndices),
}

/// Why a module cannot be run here.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    /// It wants what is not there.
    #[error("{0}")]
    Missing(Missing),
    /// It wants what is there, of another type.
    #[error("an import is not what this host provides: {0:#}")]
    Mismatch(wasmtime::Error),
    /// What it has to start is of another type.
    #[error("its `wasi:cli/run` is not WASI's: {0:#}")]
    OddRun(wasmtime::Error),
    /// It has nothing to start.
    #[error("{0}")]
    NotACommand(NotACommand),
}

/// What a module is that is no command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotACommand {
    /// A core module without `_start`.
    Library,
    /// A core module whose `_start` is not a function without parameters and results.
    OddStart,
    /// A component that exports an http handler.
    HttpService(String),
    /// A component that exports `wasi:cli/run` of a version that is neither 0.2 nor 0.3.
    OtherRun(String),
    /// A component that exports something else, or nothing.
    OtherWorld(Vec<String>),
}

/// Makes the linker for core modules.
pub(super) fn core_linker(engine: &Engine) -> wasmtime::Result<CoreLinker> {
    let mut linker = CoreLinker::new(engine);
    preview1::add_to_linker(&mut linker)?;
    stop::add_to_core_linker(&mut linker)?;
    Ok(linker)
}

/// Makes the linker for components. Components built for 0.3 import interfaces of 0.2 as well,
/// through their standard library.
pub(super) fn component_linker(engine: &Engine) -> wasmtime::Result<ComponentLinker> {
    let mut linker = ComponentLinker::new(engine);
    p2::add_to_linker_async(&mut linker)?;
    p3::add_to_linker(&mut linker)?;
    sockets::replace_in_linker(&mut linker)?;
    stop::add_to_component_linker(&mut linker)?;
    Ok(linker)
}

/// Links a core module.
pub(super) fn link_module(linker: &CoreLinker, module: &Module) -> Result<Program, LinkError> {
    match module.get_export("_start") {
        None => return Err(LinkError::NotACommand(NotACommand::Library)),
        Some(wasmtime::ExternType::Func(start))
            if start.params().len() + start.results().len() == 0 => {}
        Some(_) => return Err(LinkError::NotACommand(NotACommand::OddStart)),
    }
    match linker.instantiate_pre(module) {
        Ok(pre) => Ok(Program::new(Entry::Core(pre), stop::imported_by_module(module))),
        Err(error) => Err(match imports::missing_in_module(linker, module) {
            Some(missing) => LinkError::Missing(missing),
            None => LinkError::Mismatch(error),
        }),
    }
}

/// Links a component.
pub(super) fn link_component(
    linker: &ComponentLinker,
    component: &Component,
) -> Result<Program, LinkError> {
    // Which world it is of tells more than what it imports: an http service imports http, too.
    let world = World::of(component).map_err(LinkError::NotACommand)?;
    let pre = match linker.instantiate_pre(component) {
        Ok(pre) => pre,
        Err(error) => {
            return Err(match imports::missing_in_component(linker, component) {
                Some(missing) => LinkError::Missing(missing),
                None => LinkError::Mismatch(error),
            });
        }
    };
    let entry = match world {
        World::P2 => p2::bindings::CommandPre::new(pre).map(Entry::P2),
        World::P3 => p3::bindings::CommandIndices::new(&pre).map(|indices| Entry::P3(pre, indices)),
    };
    let handles_stop = stop::imported_by_component(component);
    entry.map(|entry| Program::new(entry, handles_stop)).map_err(LinkError::OddRun)
}

impl Program {
    fn new(entry: Entry, handles_stop: bool) -> Self {
        let on_terminate = if handles_stop { Disposition::Handled } else { Disposition::Default };
        Self { entry, on_terminate }
    }
}

/// The worlds that are run.
enum World {
    P2,
    P3,
}

impl World {
    /// Tells the world from what a component exports.
    fn of(component: &Component) -> Result<Self, NotACommand> {
        let ty = component.component_type();
        let exports: Vec<&str> = ty.exports(component.engine()).map(|(name, _)| name).collect();
        Self::of_exports(&exports)
    }

    fn of_exports(exports: &[&str]) -> Result<Self, NotACommand> {
        let exported = |prefix: &str| exports.iter().find(|name| name.starts_with(prefix));
        let is_release = |name: &str, track: &str| {
            name.strip_prefix(track).is_some_and(|patch| patch.parse::<u32>().is_ok())
        };
        if exports.iter().any(|name| is_release(name, "wasi:cli/run@0.2.")) {
            Ok(Self::P2)
        } else if exports.iter().any(|name| is_release(name, "wasi:cli/run@0.3.")) {
            Ok(Self::P3)
        } else if let Some(name) = exported("wasi:cli/run") {
            Err(NotACommand::OtherRun((*name).to_owned()))
        } else if let Some(name) =
            exported("wasi:http/incoming-handler").or_else(|| exported("wasi:http/handler"))
        {
            Err(NotACommand::HttpService((*name).to_owned()))
        } else {
            Err(NotACommand::OtherWorld(exports.iter().map(|&name| name.to_owned()).collect()))
        }
    }
}

impl fmt::Display for NotACommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Library => f.write_str(
                "it is a library: it exports no `_start`; build it as a command (a `bin`, with a \
                 `main`)",
            ),
            Self::OddStart => {
                f.write_str("its `_start` is not a function without parameters and results")
            }
            Self::HttpService(name) => {
                write!(f, "it exports `{name}`: http services are not supported yet")
            }
            Self::OtherRun(name) => {
                write!(f, "it exports `{name}`, want `wasi:cli/run` of WASI 0.2 or 0.3: rebuild it")
            }
            Self::OtherWorld(exports) => {
                if exports.is_empty() {
                    return f.write_str("it is no command: it exports nothing");
                }
                f.write_str("it is no command: it does not export `wasi:cli/run`, but ")?;
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
            (&["wasi:cli/run@0.2.0"][..], "0.2"),
            (&["test:a/b", "wasi:cli/run@0.2.12"], "0.2"),
            (&["wasi:cli/run@0.3.1"], "0.3"),
            (
                &["wasi:cli/run@0.3.0-rc-2026-01-06"],
                "it exports `wasi:cli/run@0.3.0-rc-2026-01-06`, want `wasi:cli/run` of WASI 0.2 \
                 or 0.3: rebuild it",
            ),
            (
                &["wasi:http/incoming-handler@0.2.0"],
                "it exports `wasi:http/incoming-handler@0.2.0`: http services are not supported yet",
            ),
            (
                &["wasi:http/handler@0.3.0"],
                "it exports `wasi:http/handler@0.3.0`: http services are not supported yet",
            ),
            (
                &["a:b/c", "add"],
                "it is no command: it does not export `wasi:cli/run`, but `a:b/c`, `add`",
            ),
            (&[], "it is no command: it exports nothing"),
        ] {
            let world = match World::of_exports(exports) {
                Ok(World::P2) => "0.2".to_owned(),
                Ok(World::P3) => "0.3".to_owned(),
                Err(other) => other.to_string(),
            };
            assert_eq!(world, expected);
        }
    }
}

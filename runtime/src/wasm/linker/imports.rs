//! Which imports of a module are missing: all of them, with their functions.
//!
//! Linking stops at the first import that does not fit. When it does, this looks at all of them,
//! by trying to define each again in a copy of the linker, which fails for what is already there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use wasmtime::component::{Component, types::ComponentItem};
use wasmtime::{Engine, FuncType, Module};

use super::{ComponentLinker, CoreLinker};

/// How many names a message lists.
const LISTED_MAX: usize = 12;

/// The versions on one track of WASI that are tried, `0.2.0` to `0.2.40`.
const PATCH_MAX: u32 = 40;

/// How many missing interfaces are looked for: the rest of a hostile module's is not worth it.
const MISSING_MAX: usize = 100;

/// What is missing, in the order of the names.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::wasm) struct Missing {
    kind: Kind,
    /// Interfaces (of a core module: the modules it imports from) that are missing wholly or in
    /// part, with the functions that are.
    interfaces: BTreeMap<String, Interface>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Module,
    Component,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Interface {
    /// Whether the host has others of its functions.
    in_part: bool,
    functions: BTreeSet<String>,
}

/// Finds what a core module imports in vain.
pub(super) fn missing_in_module(linker: &CoreLinker, module: &Module) -> Option<Missing> {
    let mut probe = linker.clone();
    probe.allow_shadowing(false);
    let mut defined = |module: &str, name: &str| {
        let nothing = FuncType::new(linker.engine(), [], []);
        probe.func_new(module, name, nothing, |_, _, _| Ok(())).is_err()
    };
    let names: BTreeSet<_> =
        module.imports().map(|import| (import.module(), import.name())).collect();
    let mut interfaces = BTreeMap::<String, Interface>::new();
    let mut known = BTreeSet::new();
    for (module, name) in names {
        if interfaces.len() == MISSING_MAX {
            break;
        }
        if defined(module, name) {
            known.insert(module);
        } else {
            interfaces.entry(module.to_owned()).or_default().functions.insert(name.to_owned());
        }
    }
    for (name, interface) in &mut interfaces {
        interface.in_part = known.contains(name.as_str()) || name.starts_with("wasi_");
    }
    some(Kind::Module, interfaces)
}

/// Finds what a component imports in vain.
pub(super) fn missing_in_component(
    linker: &ComponentLinker,
    component: &Component,
) -> Option<Missing> {
    let engine = linker.engine();
    let mut probe = Probe::new(linker);
    let mut interfaces = BTreeMap::new();
    for (name, import) in component.component_type().imports(engine) {
        if interfaces.len() == MISSING_MAX {
            break;
        }
        let Some(wanted) = wanted_functions(engine, &import.ty) else { continue };
        let interface = match probe.provided_as(name) {
            None => Interface { in_part: false, functions: wanted },
            Some(provided) => {
                Interface { in_part: true, functions: probe.not_provided(&provided, wanted) }
            }
        };
        if !(interface.in_part && interface.functions.is_empty()) {
            interfaces.insert(name.to_owned(), interface);
        }
    }
    some(Kind::Component, interfaces)
}

/// Returns the functions and resources of an import; none of one that the host need not provide.
fn wanted_functions(engine: &Engine, import: &ComponentItem) -> Option<BTreeSet<String>> {
    let is_wanted = |item: &ComponentItem| {
        matches!(item, ComponentItem::ComponentFunc(_) | ComponentItem::Resource(_))
    };
    match import {
        ComponentItem::ComponentInstance(instance) => {
            let exports = instance.exports(engine).filter(|(_, export)| is_wanted(&export.ty));
            Some(exports.map(|(name, _)| name.to_owned()).collect())
        }
        ComponentItem::ComponentFunc(_)
        | ComponentItem::Module(_)
        | ComponentItem::Component(_) => Some(BTreeSet::new()),
        _ => None,
    }
}

/// A copy of a linker, to see what is defined in it.
struct Probe {
    linker: ComponentLinker,
    /// What was not, and now is.
    tried: BTreeSet<String>,
}

impl Probe {
    fn new(linker: &ComponentLinker) -> Self {
        let mut linker = linker.clone();
        linker.allow_shadowing(false);
        Self { linker, tried: BTreeSet::new() }
    }

    fn has(&mut self, name: &str) -> bool {
        if self.tried.contains(name) {
            return false;
        }
        let defined = self.linker.root().func_new(name, |_, _, _, _| Ok(())).is_err();
        if !defined {
            self.tried.insert(name.to_owned());
        }
        defined
    }

    /// Returns the name under which the host has an interface: for 0.2.3 that may be its 0.2.12.
    fn provided_as(&mut self, name: &str) -> Option<String> {
        if self.has(name) {
            return Some(name.to_owned());
        }
        let (track, patch) = name.rsplit_once('.')?;
        let is_release = patch.bytes().all(|byte| byte.is_ascii_digit());
        let mut others = (0..=PATCH_MAX).map(|patch| format!("{track}.{patch}"));
        is_release.then(|| others.find(|other| self.has(other))).flatten()
    }

    /// Returns which functions the host's interface of that name does not have.
    fn not_provided(&mut self, interface: &str, wanted: BTreeSet<String>) -> BTreeSet<String> {
        match self.linker.instance(interface) {
            Ok(mut instance) => wanted
                .into_iter()
                .filter(|function| instance.func_new(function, |_, _, _, _| Ok(())).is_ok())
                .collect(),
            // The host has something of that name, and it is no interface.
            Err(_) => wanted,
        }
    }
}

fn some(kind: Kind, interfaces: BTreeMap<String, Interface>) -> Option<Missing> {
    (!interfaces.is_empty()).then_some(Missing { kind, interfaces })
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it imports ")?;
        list(f, self.interfaces.iter().map(|(name, interface)| interface.describe(name)))?;
        f.write_str(", which this host does not provide")?;
        let hints: BTreeSet<_> =
            self.interfaces.keys().filter_map(|name| hint(self.kind, name)).collect();
        hints.iter().try_for_each(|hint| write!(f, "; {hint}"))
    }
}

impl Interface {
    fn describe(&self, name: &str) -> String {
        let functions = Names(&self.functions);
        match (self.functions.is_empty(), self.in_part) {
            (true, _) => format!("`{name}`"),
            (false, true) => format!("{functions} of `{name}`"),
            (false, false) => format!("`{name}` ({functions})"),
        }
    }
}

struct Names<'a>(&'a BTreeSet<String>);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(f, self.0.iter().map(|name| format!("`{name}`")))
    }
}

/// Writes a list, and of a long one the beginning.
pub(super) fn list(
    f: &mut fmt::Formatter<'_>,
    items: impl ExactSizeIterator<Item = String>,
) -> fmt::Result {
    let more = items.len().saturating_sub(LISTED_MAX);
    for (index, item) in items.take(LISTED_MAX).enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(f, "{comma}{item}")?;
    }
    if more > 0 { write!(f, " and {more} more") } else { Ok(()) }
}

/// Returns what can be done about an import that people do run into.
fn hint(kind: Kind, name: &str) -> Option<&'static str> {
    let names: &[(Kind, &str, &str)] = &[
        (Kind::Module, "wasi", "WebAssembly threads are not supported: build it without"),
        (Kind::Module, "wbg", "it was built for a browser: build it for wasm32-wasip2"),
        (Kind::Module, "__wbindgen", "it was built for a browser: build it for wasm32-wasip2"),
        (Kind::Module, "env", "its imports from `env` are functions that were never linked"),
    ];
    names
        .iter()
        .find(|(of, prefix, _)| {
            *of == kind && (name == *prefix || (name.starts_with(prefix) && prefix.len() > 4))
        })
        .map(|(_, _, hint)| *hint)
}

#[cfg(test)]
mod tests {
    use super::{BTreeMap, BTreeSet, Interface, Kind, Missing};

    fn check(kind: Kind, interfaces: &[(&str, bool, &[&str])], expected: &str) {
        let interfaces: BTreeMap<_, _> = interfaces
            .iter()
            .map(|(name, in_part, functions)| {
                let functions: BTreeSet<_> = functions.iter().map(|&f| f.to_owned()).collect();
                ((*name).to_owned(), Interface { in_part: *in_part, functions })
            })
            .collect();
        assert_eq!(Missing { kind, interfaces }.to_string(), expected);
    }

    #[test]
    fn messages() {
        check(
            Kind::Component,
            &[("wasi:http/outgoing-handler@0.2.0", false, &["handle"])],
            "it imports `wasi:http/outgoing-handler@0.2.0` (`handle`), which this host does not \
             provide",
        );
        check(
            Kind::Component,
            &[("a:b/c", false, &[]), ("wasi:cli/exit@0.2.99", true, &["explode"])],
            "it imports `a:b/c`, `explode` of `wasi:cli/exit@0.2.99`, which this host does not \
             provide",
        );
        check(
            Kind::Module,
            &[("wasi", false, &["thread-spawn"]), ("x", false, &["f"])],
            "it imports `wasi` (`thread-spawn`), `x` (`f`), which this host does not provide; \
             WebAssembly threads are not supported: build it without",
        );
        let many: Vec<String> = (0..20).map(|n| format!("f{n:02}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        check(
            Kind::Module,
            &[("x", false, &many)],
            "it imports `x` (`f00`, `f01`, `f02`, `f03`, `f04`, `f05`, `f06`, `f07`, `f08`, \
             `f09`, `f10`, `f11` and 8 more), which this host does not provide",
        );
    }
}

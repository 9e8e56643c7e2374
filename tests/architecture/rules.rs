//! The rules, as functions from what was read to what is wrong with it.

use std::collections::BTreeSet;

use super::drawing::Arrows;
use super::source::{PathUse, Source};
use super::tree::{File, module};

/// Where the layers live.
pub(crate) const LAYERS: &str = "runtime/src";

/// The longest file we want to read.
pub(crate) const LINES_MAX: usize = 800;

/// Returns every use of a module for which there is no arrow.
pub(crate) fn arrows_kept(file: &str, source: &Source, arrows: &Arrows) -> Vec<String> {
    let own = module(LAYERS, file);
    // The root declares the modules and re-exports for outsiders.
    let Some(from) = own.first() else { return Vec::new() };
    let Some(allowed) = arrows.get(from) else {
        return vec![format!("{file}: {from} is not in the drawing")];
    };
    let names = source.paths.iter().filter_map(|path| Some((path.line, target(path, own.len())?)));
    names
        .filter(|(_, to)| *to != from && arrows.contains_key(*to) && !allowed.contains(*to))
        .map(|(line, to)| format!("{file}:{line}: {from} may not use {to}"))
        .collect()
}

/// Returns the top-level module that `path` leads to, said in a file `levels` below the root.
fn target(path: &PathUse, levels: usize) -> Option<&String> {
    let first = path.segments.first()?;
    if first == "crate" || first == "wasmpod" {
        return path.segments.get(1);
    }
    let rest = path.segments.iter().skip(usize::from(first == "self"));
    let up = rest.take_while(|name| *name == "super").count();
    if up > 0 && up == levels + path.depth {
        return path.segments.get(up + usize::from(first == "self"));
    }
    None
}

/// Returns every use of a big dependency outside the modules it belongs to.
pub(crate) fn dependencies_kept(file: &str, source: &Source, owners: &Arrows) -> Vec<String> {
    let own = module(LAYERS, file).into_iter().next().unwrap_or_default();
    let foreign = |path: &&PathUse| {
        owners.get(&path.segments[0]).is_some_and(|modules| !modules.contains(&own))
    };
    let wrong = source.paths.iter().filter(foreign);
    wrong
        .map(|path| format!("{file}:{}: {} does not belong here", path.line, path.segments[0]))
        .collect()
}

/// Returns every reading of the time outside `clock`, tests excepted.
pub(crate) fn time_is_given(file: &str, source: &Source) -> Vec<String> {
    const READERS: [&str; 4] = ["Instant", "SystemTime", "Timestamp", "Zoned"];
    if module(LAYERS, file).first().is_some_and(|name| name == "clock") || is_test_file(file) {
        return Vec::new();
    }
    let reads = |path: &&PathUse| {
        !path.in_test && READERS.iter().any(|reader| path.ends_with(&[reader, "now"]))
    };
    let wrong = source.paths.iter().filter(reads);
    wrong.map(|path| format!("{file}:{}: only clock reads the time", path.line)).collect()
}

/// Returns every test that is ignored, and every sleep in a test.
pub(crate) fn tests_run(file: &str, source: &Source) -> Vec<String> {
    let all_test = file.starts_with("tests/") || is_test_file(file);
    let ignored = source.attributes.iter().filter(|a| a.name == "ignore");
    let ignored = ignored.map(|a| format!("{file}:{}: an ignored test", a.line));
    let sleeps = source.paths.iter().filter(|path| {
        (all_test || path.in_test)
            && (path.ends_with(&["thread", "sleep"]) || path.ends_with(&["time", "sleep"]))
    });
    let sleeps = sleeps.map(|path| format!("{file}:{}: a test that sleeps", path.line));
    ignored.chain(sleeps).collect()
}

/// `mod tests;` in a file of its own.
fn is_test_file(file: &str) -> bool {
    file.ends_with("/tests.rs") || file.contains("/tests/")
}

/// Returns what is wrong with the file as a text: no module comment, too long.
pub(crate) fn readable(file: &str, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let first = text.lines().next().unwrap_or_default();
    if first.trim_start_matches("//!").trim().is_empty() || !first.starts_with("//!") {
        wrong.push(format!("{file}: does not begin with a module comment (//!)"));
    }
    let lines = text.lines().count();
    if lines > LINES_MAX {
        wrong.push(format!("{file}: {lines} lines, more than {LINES_MAX}"));
    }
    wrong
}

/// Returns the files of one crate that no `mod` leads to from `roots`.
pub(crate) fn forgotten(files: &[File], roots: &[&str]) -> Vec<String> {
    let mut reached: BTreeSet<String> = roots.iter().map(ToString::to_string).collect();
    let mut open: Vec<_> = reached.iter().cloned().collect();
    while let Some(path) = open.pop() {
        let Some(file) = files.iter().find(|file| file.path == path) else { continue };
        let folder = submodules(&path, roots);
        for name in file.source.modules.iter().map(|module| &module.name) {
            for found in [format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs")] {
                if reached.insert(found.clone()) {
                    open.push(found);
                }
            }
        }
    }
    let lost = files.iter().filter(|file| !reached.contains(&file.path));
    lost.map(|file| format!("{}: no mod leads to it", file.path)).collect()
}

/// Returns the folder in which the modules that `file` declares lie.
fn submodules<'a>(file: &'a str, roots: &[&str]) -> &'a str {
    let folder = || file.rsplit_once('/').map_or("", |(folder, _)| folder);
    if roots.contains(&file) || file.ends_with("/mod.rs") {
        return folder();
    }
    file.trim_end_matches(".rs")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architecture::drawing;
    use crate::architecture::source::read;

    fn drawn() -> Arrows {
        drawing::arrows("```arrows\nspec →\npod → spec\nwasm → spec\nclock →\n```", "arrows")
    }

    #[test]
    fn uses() {
        fn check(file: &str, text: &str, expected: &[&str]) {
            assert_eq!(arrows_kept(file, &read(text), &drawn()), expected, "{text}");
        }
        let pod = "runtime/src/pod/mod.rs";
        check(pod, "use crate::spec::Pod; use crate::pod::x; use self::y;", &[]);
        check(pod, "use crate::wasm::Engine;", &["runtime/src/pod/mod.rs:1: pod may not use wasm"]);
        check(
            pod,
            "\nuse crate::{spec, wasm::W};",
            &["runtime/src/pod/mod.rs:2: pod may not use wasm"],
        );
        check(
            pod,
            "fn f() { crate::wasm::g() }",
            &["runtime/src/pod/mod.rs:1: pod may not use wasm"],
        );
        check(pod, "use super::wasm;", &["runtime/src/pod/mod.rs:1: pod may not use wasm"]);
        check(pod, "mod tests { use super::wasm; }", &[]);
        check("runtime/src/pod/a.rs", "use super::wasm; //! crate::wasm", &[]);
        check("runtime/src/lib.rs", "pub use crate::wasm::W;", &[]);
        check("runtime/src/new.rs", "", &["runtime/src/new.rs: new is not in the drawing"]);
    }

    #[test]
    fn dependencies() {
        let owners = drawing::arrows("```d\nwasmtime → wasm\n```", "d");
        let check = |file: &str, text: &str, count: usize| {
            assert_eq!(dependencies_kept(file, &read(text), &owners).len(), count, "{file} {text}");
        };
        check("runtime/src/wasm/engine.rs", "use wasmtime::Engine;", 0);
        check("runtime/src/pod/mod.rs", "use wasmtime::Engine;", 1);
        check("runtime/src/runtime.rs", "fn f(e: &wasmtime::Engine) {}", 1);
        check("runtime/src/lib.rs", "pub use wasmtime;", 1);
        check("runtime/src/pod/mod.rs", "use crate::wasmtime; // wasmtime::Engine", 0);
    }

    #[test]
    fn time() {
        fn check(file: &str, text: &str, count: usize) {
            assert_eq!(time_is_given(file, &read(text)).len(), count, "{file} {text}");
        }
        check("runtime/src/clock.rs", "std::time::Instant::now()", 0);
        check("runtime/src/pod/mod.rs", "fn f() { let x = Instant::now(); }", 1);
        check("runtime/src/pod/mod.rs", "fn f() { let x = clock.now(); }", 0);
        check("runtime/src/pod/mod.rs", "#[cfg(test)] mod t { fn f() { SystemTime::now() } }", 0);
        check("runtime/src/pod/tests.rs", "fn f() { SystemTime::now() }", 0);
    }

    #[test]
    fn tests_that_do_not_run() {
        fn check(file: &str, text: &str, count: usize) {
            assert_eq!(tests_run(file, &read(text)).len(), count, "{file} {text}");
        }
        check("tests/a.rs", "#[test] #[ignore = \"slow\"] fn f() { thread::sleep(x) }", 2);
        check("runtime/src/a.rs", "fn f() { tokio::time::sleep(x) }", 0);
        check("runtime/src/a.rs", "#[cfg(test)] mod t { fn f() { std::thread::sleep(x) } }", 1);
    }

    #[test]
    fn texts() {
        fn check(text: &str, count: usize) {
            assert_eq!(readable("a.rs", text).len(), count);
        }
        check("//! What it is for.\n", 0);
        check("//!\n", 1);
        check("use a;\n", 1);
        check(&format!("//! Long.\n{}", "\n".repeat(LINES_MAX)), 1);
    }

    #[test]
    fn files() {
        let file = |path: &str, text: &str| File {
            path: path.to_owned(),
            text: text.to_owned(),
            source: read(text),
        };
        let all = [
            file("a/lib.rs", "mod b; mod inline { }"),
            file("a/b.rs", "mod c;"),
            file("a/b/c/mod.rs", "mod d;"),
            file("a/b/c/d.rs", ""),
            file("a/c.rs", ""),
        ];
        assert_eq!(forgotten(&all, &["a/lib.rs"]), ["a/c.rs: no mod leads to it"]);
    }
}

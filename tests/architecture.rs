//! The rules of docs/architecture.md, held against the code.
//!
//! `tokens` and `source` read Rust, `drawing` reads the document, `rules` says what is wrong, `tree`
//! finds the files. Each rule is tested on made-up code first, so that it can fail.

mod drawing;
mod rules;
mod source;
mod tokens;
mod tree;

use std::collections::BTreeSet;

use self::tree::{File, files, root};

/// The folders whose Rust is ours; `rules` says which of them each rule covers.
const FOLDERS: [&str; 6] = ["runtime", "shim", "xtask", "examples", "tests", "wit"];

fn document(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// Reports everything that is wrong at once.
fn check(wrong: impl IntoIterator<Item = String>) {
    let wrong: Vec<_> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn all_files() -> Vec<File> {
    let found: Vec<_> = FOLDERS.iter().flat_map(|folder| files(folder)).collect();
    assert!(found.len() > 30, "found only {} files: looked in the wrong place", found.len());
    found
}

#[test]
fn the_drawing_has_every_module_and_no_circle() {
    let arrows = drawing::arrows(&document("docs/architecture.md"), "arrows");
    assert_eq!(drawing::circle(&arrows), None);
    let drawn: BTreeSet<_> = arrows.keys().cloned().collect();
    let behind: BTreeSet<_> = arrows.values().flatten().cloned().collect();
    let real: BTreeSet<_> = files(rules::LAYERS)
        .iter()
        .filter_map(|file| tree::module(rules::LAYERS, &file.path).into_iter().next())
        .collect();
    assert_eq!(drawn, real, "the modules drawn, and those in {}", rules::LAYERS);
    assert!(behind.is_subset(&drawn), "an arrow leads nowhere: {:?}", behind.difference(&drawn));
}

#[test]
fn every_use_follows_an_arrow() {
    let arrows = drawing::arrows(&document("docs/architecture.md"), "arrows");
    let files = files(rules::LAYERS);
    check(files.iter().flat_map(|file| rules::arrows_kept(&file.path, &file.source, &arrows)));
}

#[test]
fn big_dependencies_stay_where_they_belong() {
    let owners = drawing::arrows(&document("docs/architecture.md"), "dependencies");
    assert!(owners.contains_key("wasmtime"), "docs/architecture.md has no block `dependencies`");
    let files = files(rules::LAYERS);
    check(
        files.iter().flat_map(|file| rules::dependencies_kept(&file.path, &file.source, &owners)),
    );
}

#[test]
fn only_clock_reads_the_time() {
    let files = files(rules::LAYERS);
    check(files.iter().flat_map(|file| rules::time_is_given(&file.path, &file.source)));
}

#[test]
fn no_test_is_ignored_or_sleeps() {
    check(all_files().iter().flat_map(|file| {
        // A guest may sleep: that it does is what the test is about.
        let guest = file.path.starts_with("tests/guests/");
        if guest { Vec::new() } else { rules::tests_run(&file.path, &file.source) }
    }));
}

#[test]
fn every_file_is_readable() {
    check(all_files().iter().flat_map(|file| rules::readable(&file.path, &file.text)));
}

#[test]
fn no_file_is_forgotten() {
    let crates: [(&str, &[&str]); 4] = [
        ("runtime/src", &["runtime/src/lib.rs", "runtime/src/main.rs"]),
        ("shim/src", &["shim/src/lib.rs"]),
        ("xtask/src", &["xtask/src/main.rs"]),
        ("tests", &["tests/main.rs"]),
    ];
    check(crates.iter().flat_map(|(folder, roots)| {
        let mut files = files(folder);
        files.retain(|file| !file.path.starts_with("tests/guests/"));
        rules::forgotten(&files, roots)
    }));
}

#[test]
fn every_example_is_explained() {
    let readme = document("examples/README.md");
    let folders = std::fs::read_dir(root().join("examples")).unwrap();
    let names = folders.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let names: Vec<_> =
        names.map(|p| p.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    assert!(!names.is_empty(), "found no example");
    let unexplained = names.iter().filter(|name| !readme.contains(&format!("\n## {name}\n")));
    check(unexplained.map(|name| format!("examples/README.md: no section `## {name}`")));
}

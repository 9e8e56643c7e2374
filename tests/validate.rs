//! `wasmpod validate`, as a user runs it: what it says of manifests that are none.

use std::fs::{self, File};
use std::process::Stdio;

use crate::harness::TestEnv;

/// A Pod that is right, and ends inside of its container.
const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: a
    image: b
";

const TOO_LARGE: &str = "it is too large to be a manifest: more than 250000 values, counted again \
                         for each alias, or nested more than 100 deep";

/// Validates a file with that content, and checks all that is said of it, but for its name.
#[track_caller]
fn check(content: impl AsRef<[u8]>, expected: &str) {
    let env = TestEnv::new();
    env.write("m.yaml", content);
    let output = env.run(["validate", "m.yaml"]);
    let expected = match expected {
        "" => String::new(),
        expected => format!("m.yaml:{expected}\n"),
    };
    let output = output.exits(i32::from(!expected.is_empty())).prints(&expected);
    assert_eq!(output.stderr, "");
}

/// As [`check`], of a right Pod with more text at its end.
#[track_caller]
fn check_more(more: &str, expected: &str) {
    check(format!("{POD}{more}"), expected);
}

#[test]
fn nothing() {
    for content in ["", "  \n\n", "# a\n# b\n", "---\n---\n", "null\n"] {
        check(content, "1:1: error: there is no document in it");
    }
}

#[test]
fn binary_files() {
    check(b"\x7fELF\x02\x01\x01\0\0", "1:8: error: it is a binary file, not a manifest");
    check(b"\0asm\x01\0\0\0", "1:1: error: it is a WebAssembly binary, not a manifest");
    check_more("    workingDir: /\0a\n", "8:18: error: it is a binary file, not a manifest");
    let env = TestEnv::new();
    File::create(env.work().join("large.yaml")).unwrap().set_len(100 << 20).unwrap();
    let message = "large.yaml:1:1: error: it is larger than the 16 MiB that a manifest may have\n";
    env.run(["validate", "large.yaml"]).exits(1).prints(message);
}

#[test]
fn encodings() {
    let utf16 = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("\u{feff}{POD}").encode_utf16().flat_map(bytes).collect()
    };
    check(format!("\u{feff}{POD}"), "");
    check(POD.replace('\n', "\r\n"), "");
    check(utf16(u16::to_le_bytes), "");
    check(utf16(u16::to_be_bytes), "");
    let odd = [utf16(u16::to_le_bytes), vec![b'a']].concat();
    check(odd, "1:1: error: its byte order mark says UTF-16, but it is not");
    let characters = utf16(u16::to_le_bytes);
    let utf32: Vec<u8> = characters.chunks(2).flat_map(|c| [c[0], c[1], 0, 0]).collect();
    check(utf32, "1:1: error: its byte order mark says UTF-16, but it is not");
    let latin1 = [POD.as_bytes(), b"    workingDir: \"/\xe4\"\n"].concat();
    check(latin1, "8:19: error: it is not UTF-8 text");
    let mut cut = format!("{POD}    workingDir: /ä").into_bytes();
    cut.pop();
    check(cut, "8:18: error: it is not UTF-8 text");
}

#[test]
fn halves() {
    check_more("    command: [\"b", "8:15: error: unclosed quote");
    check_more("    comma", "8:5: error: simple key expected ':'");
    check_more("    env: [{name: a", "8:11: error: unclosed bracket '{'");
    check("{\"kind\": \"Pod\",\n \"spec\": {\"contai", "2:11: error: unclosed quote");
}

#[test]
fn bombs() {
    check("[".repeat(1_000_000), &format!("1:256: error: {TOO_LARGE}"));
    check("{\"a\":".repeat(1_000_000), &format!("1:501: error: {TOO_LARGE}"));
    check("- ".repeat(1_000_000), &format!("1:201: error: {TOO_LARGE}"));
    let laughs: String = (1..30)
        .map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(",")))
        .collect();
    check(format!("a0: &a0 x\n{laughs}"), &format!("7:10: error: {TOO_LARGE}"));
    check("a: &a [*a]\n", "1:8: error: Recursive reference not allowed here");
    check("a: *b\n", "1:4: error: reference to unknown value");
}

#[test]
fn merged_maps() {
    check(POD.replace("- name: a", "- &a\n    name: a") + "  - {<<: *a, name: c}\n", "");
    check("a: {<<: 1}\n", "1:9: error: YAML merge value must be mapping or sequence of mappings");
}

#[test]
fn numbers() {
    let check = |number: &str, expected: &str| {
        check_more(&format!("  terminationGracePeriodSeconds: {number}\n"), expected);
    };
    check("1e1", "");
    check(
        "1e400",
        "8:3: error: spec.terminationGracePeriodSeconds: Invalid value: \".inf\": must be a finite number",
    );
    check(
        ".nan",
        "8:3: error: spec.terminationGracePeriodSeconds: Invalid value: \".nan\": must be a finite number",
    );
    let integer = |number| {
        let field = "spec.terminationGracePeriodSeconds";
        format!("8:3: error: {field}: Invalid value: {number}: must be a 64-bit integer")
    };
    check("1.5", &integer("1.5"));
    check("9223372036854775808", &integer("9223372036854775808"));
}

#[test]
fn what_is_no_manifest() {
    let object = "an object is a map with apiVersion and kind, and this is";
    check("#!/bin/sh\necho hi\n", &format!("2:1: error: {object} text"));
    check("- a\n", &format!("1:1: error: {object} a list"));
    check(
        "metadata: {name: a}\n",
        "1:1: error: apiVersion: Required value: it says what the document is\n\
         m.yaml:1:1: error: kind: Required value: it says what the document is",
    );
    check(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\n",
        "4:10: error: a key is text, not a list or a map (a template has to be rendered first)",
    );
    check_more("    image: c\n", "8:5: error: duplicate field \"spec.containers[0].image\"");
    check(
        "metadata:\n\tname: a\n",
        "2:2: error: tabs disallowed within this context (block indentation)",
    );
    check_more("    x: 1\r\n", "8:5: error: unknown field \"spec.containers[0].x\"");
}

#[test]
fn files_and_directories() {
    let env = TestEnv::new();
    fs::create_dir_all(env.work().join("more/in")).unwrap();
    let none = "more: error: it has no .json, .yaml or .yml file in it (directories in it are read \
                with --recursive)\n";
    env.run(["validate", "more"]).exits(1).prints(none);
    env.write("more/in/a.yml", POD);
    env.run(["validate", "more"]).exits(1).prints(none);
    env.run(["validate", "-R", "more"]).success().prints("");
    env.write("more/b.json", "{");
    let told = env.run(["validate", "-R", "more", "missing.yaml"]).exits(1).stdout;
    assert!(told.starts_with("more/b.json:1:1: error: "), "{told}");
    assert!(told.contains("\nmissing.yaml: error: cannot open it: "), "{told}");
    env.wasmpod(["validate", "-"]).stdin(POD).run().success().prints("");
}

#[test]
fn readers_that_have_enough() {
    let env = TestEnv::new();
    env.write("m.yaml", format!("{POD}    x: 1\n"));
    for arguments in [&["validate", "m.yaml"][..], &["explain", "pod"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = env.wasmpod(arguments).into_command();
        let output = command.stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(141), "{output:?}");
        assert_eq!(output.stderr, b"", "{output:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_an_error() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let env = TestEnv::new();
    env.write("m.yaml", format!("{POD}    x: 1\n"));
    for arguments in [&["validate", "m.yaml"][..], &["explain", "pod"], &["explain", "nope"]] {
        let mut command = env.wasmpod(arguments).into_command();
        let code = command.stdout(full()).stderr(full()).status().unwrap().code();
        assert_eq!(code, Some(1), "{arguments:?}");
    }
    let mut command = env.wasmpod(["explain", "pod"]).into_command();
    let output = command.stdout(full()).stderr(Stdio::piped()).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.starts_with("error: cannot write the output: No space left"), "{told}");
}

#[test]
fn what_is_quoted_does_not_steer_the_terminal() {
    check_more(
        "    \"\\e[2J\\u202e\\x85\": 1\n",
        "8:5: error: unknown field \"spec.containers[0].\\u001b[2J\\u202e\\u0085\"",
    );
    let told = TestEnv::new().run(["explain", "\u{1b}[31mred"]).exits(1).stderr;
    assert!(told.starts_with("error: there is no kind \"\\u001b[31mred\""), "{told}");
}

#[test]
fn every_line_for_programs_is_json() {
    let env = TestEnv::new();
    env.write("list.yaml", format!("{POD}---\napiVersion: v1\nkind: List\nitems: [{{}}, 1]\n"));
    let output = env.run(["validate", "-o", "json", "list.yaml", "missing.yaml"]).exits(1);
    let objects: Vec<serde_json::Value> =
        output.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let lines: Vec<_> = objects.iter().map(|object| object["line"].as_u64()).collect();
    assert_eq!(lines, [Some(1), Some(11), Some(11), None]);
    let reasons: Vec<_> =
        objects.iter().map(|object| object["findings"][0]["reason"].as_str()).collect();
    let expected = [None, Some("FieldValueRequired"), Some("Malformed"), Some("Unreadable")];
    assert_eq!(reasons, expected);
}

//! Manifests of all kinds, and what is wrong with some.

use serde_json::json;

use super::{Flaw, MAX_BYTES, read};
use crate::spec::path::FieldPath;

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "a table reads better without ampersands")]
fn check(text: impl AsRef<[u8]>, expected: serde_json::Value) {
    let values: Vec<_> = read(text.as_ref())
        .into_iter()
        .map(|document| document.map(|document| document.value).expect("it is well formed"))
        .collect();
    assert_eq!(serde_json::Value::from(values), expected);
}

/// Every document that cannot be read, as `line:column: message`.
#[track_caller]
fn check_malformed(text: impl AsRef<[u8]>, expected: &[&str]) {
    let errors: Vec<_> = read(text.as_ref())
        .into_iter()
        .filter_map(Result::err)
        .map(|error| format!("{}:{}: {}", error.line, error.column, error.message))
        .collect();
    assert_eq!(errors, expected);
}

#[test]
fn yaml_is_read_as_kubectl_reads_it() {
    check(
        "a: yes\nb: 0644\nc: 0o644\nd: 12:30:45\ne: ~\nf: '1'\ng: 1e1\n",
        json!([{
            "a": true, "b": 420, "c": 420, "d": "12:30:45", "e": null, "f": "1", "g": 10.0
        }]),
    );
    check(
        "base: &b {x: 1}\nmerged:\n  <<: *b\n  y: 2\n",
        json!([{
            "base": {"x": 1}, "merged": {"x": 1, "y": 2}
        }]),
    );
    check("80: a\ntrue: b\n", json!([{"80": "a", "true": "b"}]));
}

#[test]
fn documents_are_told_apart() {
    check("# only\n---\na: 1\n---\n# nothing\n---\n--- {a: 2}\n...\n", json!([{"a": 1}, {"a": 2}]));
    check("%YAML 1.1\n---\na: 1\n", json!([{"a": 1}]));
    check("a: |\n  x\n  --- y\n", json!([{"a": "x\n--- y\n"}]));
    for line_break in ["\r\n", "\r"] {
        let text = "a: 1\n---\na: |\n  b\n  c\n".replace('\n', line_break);
        check(text, json!([{"a": 1}, {"a": "b\nc\n"}]));
        check_malformed(
            "a: 1\n---\nb: [\n".replace('\n', line_break),
            &["3:4: unclosed bracket '['"],
        );
    }
    check(
        r#"{"a": "\ud83d\ude00"} {"a": [1, -2, 2.5, null, true]}"#,
        json!([
            {"a": "😀"}, {"a": [1, -2, 2.5, null, true]}
        ]),
    );
    check("{\n\t\"a\": {\n\t\t\"b\": 1\n\t}\n}", json!([{"a": {"b": 1}}]));
    check("{a: 1, b: [x]}", json!([{"a": 1, "b": ["x"]}]));
}

#[test]
fn encodings() {
    check(b"\xef\xbb\xbfa: 1", json!([{"a": 1}]));
    check(b"\xff\xfea\0:\0 \x001\0", json!([{"a": 1}]));
    check(b"\xfe\xff\0a\0:\0 \x001", json!([{"a": 1}]));
    check_malformed(b"\xff\xfea\0:", &["1:1: its byte order mark says UTF-16, but it is not"]);
    check_malformed(b"a: 1\nb: \xff", &["2:4: it is not UTF-8 text"]);
    check_malformed(b"a\0b", &["1:2: it is a binary file, not a manifest"]);
    check_malformed(b"\0asm\x01", &["1:1: it is a WebAssembly binary, not a manifest"]);
}

#[test]
fn nothing_is_an_error() {
    for text in ["", "\n\n", "# comment\n", "---\n---\n", "~"] {
        check_malformed(text, &["1:1: there is no document in it"]);
    }
}

#[test]
fn the_last_of_two_counts() {
    for text in ["{\"b\": {\"a\": 1, \"a\": 2, \"a\": 3}}", "b:\n  a: 1\n  a: 2\n  a: 3\n"] {
        let documents = read(text.as_bytes());
        let document = documents[0].as_ref().expect("it can be read");
        assert_eq!(document.value, json!({"b": {"a": 3}}));
        let field = FieldPath::root().field("b").field("a");
        assert_eq!(document.flaws, [Flaw::Duplicate(field)]);
    }
}

#[test]
fn bounds() {
    check_malformed(
        vec![b'a'; MAX_BYTES + 1],
        &["1:1: it is larger than the 16 MiB that a manifest may have"],
    );
    for text in ["[".repeat(100_000), "{\"a\":".repeat(100_000), "- ".repeat(100_000)] {
        assert!(read(text.as_bytes())[0].is_err());
    }
    let bomb: String = (1..30)
        .map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(",")))
        .collect();
    assert!(read(format!("a0: &a0 x\n{bomb}").as_bytes())[0].is_err());
    check_malformed("{}".repeat(10_001), &["1:1: it has more than 10000 documents up to here"]);
    check_malformed(
        "a\n---\n".repeat(10_001),
        &["20000:1: it has more than 10000 documents up to here"],
    );
    let wide = format!("{{\"a\": [{}0]}}", "0,".repeat(300_000));
    let too_large = "it is too large to be a manifest: more than 250000 values, counted again for \
                     each alias, or nested more than 100 deep";
    check_malformed(&wide, &[&format!("1:500003: {too_large}")]);
    check_malformed(wide.replace('"', ""), &[&format!("1:500000: {too_large}")]);
    check_malformed("[".repeat(1_000), &[&format!("1:256: {too_large}")]);
    let long = read(format!("a: {}", "9".repeat(10_000)).as_bytes());
    let flaw = Flaw::NotFinite(FieldPath::root().field("a"), ".inf");
    assert_eq!(long[0].as_ref().expect("it is well formed").flaws, [flaw]);
    assert_eq!(read("{}\n{} {}".as_bytes())[2].as_ref().expect("it is well formed").line, 2);
}

#[test]
fn fields_are_found() {
    let text = "# a comment\n---\nspec:\n  list:\n  - name: a\n  - name: b\n    x: 1\n";
    let documents = read(text.as_bytes());
    let locator = documents[0].as_ref().expect("it is well formed").locator();
    let item = FieldPath::root().field("spec").field("list").index(1);
    assert_eq!(locator.locate(&item.field("x")), (7, 5));
    assert_eq!(locator.locate(&item.field("missing")), (6, 5));
    assert_eq!(locator.locate(&FieldPath::root().field("status")), (3, 1));
}

//! Rules of names, each as a function from a name to the rules that it breaks.

/// A DNS label, RFC 1123.
pub(super) fn dns_label(name: &str) -> Vec<String> {
    let mut broken = longer_than(name, 63);
    if !is_dns_label(name) {
        broken.push(matching(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', \
             and must start and end with an alphanumeric character",
            &["my-name", "123-abc"],
            "[a-z0-9]([-a-z0-9]*[a-z0-9])?",
        ));
    }
    broken
}

/// A DNS label that may not have dots; said apart, as a dot is the most frequent mistake.
pub(super) fn dns_label_without_dots(name: &str) -> Vec<String> {
    if name.contains('.') { vec!["must not contain dots".to_owned()] } else { dns_label(name) }
}

/// A DNS subdomain, RFC 1123: labels with dots between them.
pub(super) fn dns_subdomain(name: &str) -> Vec<String> {
    let mut broken = longer_than(name, 253);
    if !name.split('.').all(is_dns_label) {
        broken.push(matching(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, \
             '-' or '.', and must start and end with an alphanumeric character",
            &["example.com"],
            "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
        ));
    }
    broken
}

/// A DNS subdomain that may have underscores, as names of services in searches do.
pub(super) fn dns_subdomain_with_underscore(name: &str) -> Vec<String> {
    let mut broken = longer_than(name, 253);
    let inner = |byte: u8| byte == b'-' || byte == b'_' || is_lower_alphanumeric(byte);
    let label = |label: &str| {
        framed(label.strip_prefix('_').unwrap_or(label), is_lower_alphanumeric, inner)
    };
    if !name.split('.').all(label) {
        broken.push(matching(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, \
             '_', '-' or '.', and must start and end with an alphanumeric character",
            &["example.com"],
            "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*",
        ));
    }
    broken
}

/// A DNS label, RFC 1035: it starts with a letter.
pub(super) fn dns_1035_label(name: &str) -> Vec<String> {
    let mut broken = longer_than(name, 63);
    if !(is_dns_label(name) && name.starts_with(|c: char| c.is_ascii_lowercase())) {
        broken.push(matching(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start \
             with an alphabetic character, and end with an alphanumeric character",
            &["my-name", "abc-123"],
            "[a-z]([-a-z0-9]*[a-z0-9])?",
        ));
    }
    broken
}

/// A name with an optional prefix, `example.com/name`: keys of labels and the like.
pub(super) fn qualified_name(name: &str) -> Vec<String> {
    let mut broken = Vec::new();
    let parts: Vec<_> = name.split('/').collect();
    let last = match parts[..] {
        [last] => last,
        [prefix, last] => {
            if prefix.is_empty() {
                broken.push("prefix part must be non-empty".to_owned());
            } else {
                let rules = dns_subdomain(prefix);
                broken.extend(rules.into_iter().map(|rule| format!("prefix part {rule}")));
            }
            last
        }
        _ => {
            return vec![
                matching(
                    "a qualified name must consist of alphanumeric characters, '-', '_' or '.', \
                     and must start and end with an alphanumeric character",
                    &["MyName", "my.name", "123-abc"],
                    "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]",
                ) + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
            ];
        }
    };
    if last.is_empty() {
        broken.push("name part must be non-empty".to_owned());
    }
    broken.extend(longer_than(last, 63).into_iter().map(|rule| format!("name part {rule}")));
    if !is_label_word(last) {
        broken.push(matching(
            "name part must consist of alphanumeric characters, '-', '_' or '.', and must start \
             and end with an alphanumeric character",
            &["MyName", "my.name", "123-abc"],
            "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]",
        ));
    }
    broken
}

/// The key of a label: a qualified name, but a wrong one is told in one sentence.
pub(super) fn label_key(name: &str) -> Vec<String> {
    if name.matches('/').count() < 2 {
        return qualified_name(name);
    }
    vec![
        matching(
            "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must \
             start and end with an alphanumeric character",
            &["MyName", "my.name", "123-abc"],
            "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]",
        ) + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
    ]
}

/// The value of a label.
pub(super) fn label_value(value: &str) -> Vec<String> {
    let mut broken = longer_than(value, 63);
    if !value.is_empty() && !is_label_word(value) {
        broken.push(matching(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', \
             '_' or '.', and must start and end with an alphanumeric character",
            &["MyValue", "my_value", "12345"],
            "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?",
        ));
    }
    broken
}

/// The name of a variable of the environment.
pub(super) fn env_var(name: &str) -> Vec<String> {
    if name.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=') {
        return Vec::new();
    }
    vec![
        "a valid environment variable name must consist only of printable ASCII characters other \
         than '='"
            .to_owned(),
    ]
}

/// The name of a port.
pub(super) fn port(name: &str) -> Vec<String> {
    let mut broken = longer_than(name, 15);
    if name.is_empty() || !name.bytes().all(|byte| byte == b'-' || is_lower_alphanumeric(byte)) {
        broken.push(
            "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned(),
        );
    }
    if !name.bytes().any(|byte| byte.is_ascii_lowercase()) {
        broken.push("must contain at least one letter (a-z)".to_owned());
    }
    if name.contains("--") {
        broken.push("must not contain consecutive hyphens".to_owned());
    }
    if name.starts_with('-') || name.ends_with('-') {
        broken.push("must not begin or end with a hyphen".to_owned());
    }
    broken
}

/// The name of an HTTP header.
pub(super) fn http_header(name: &str) -> Vec<String> {
    if !name.is_empty() && name.bytes().all(|byte| byte == b'-' || byte.is_ascii_alphanumeric()) {
        return Vec::new();
    }
    vec![matching(
        "a valid HTTP header must consist of alphanumeric characters or '-'",
        &["X-Header-Name"],
        "[-A-Za-z0-9]+",
    )]
}

/// The key of a config map or secret: the name of a file.
pub(super) fn config_map_key(key: &str) -> Vec<String> {
    let mut broken = longer_than(key, 253);
    let allowed = |byte: u8| matches!(byte, b'-' | b'_' | b'.') || byte.is_ascii_alphanumeric();
    if key.is_empty() || !key.bytes().all(allowed) {
        broken.push(matching(
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
            &["key.name", "KEY_NAME", "key-name"],
            "[-._a-zA-Z0-9]+",
        ));
    }
    match key {
        "." => broken.push("must not be '.'".to_owned()),
        ".." => broken.push("must not be '..'".to_owned()),
        _ if key.starts_with("..") => broken.push("must not start with '..'".to_owned()),
        _ => {}
    }
    broken
}

/// A path that stays inside its directory.
pub(super) fn local_path(path: &str) -> Vec<String> {
    let mut broken = relative(path);
    broken.extend(without_backsteps(path));
    broken
}

/// A local path whose first element may not begin with two dots, as those are the host's own.
pub(super) fn local_visible_path(path: &str) -> Vec<String> {
    let mut broken = local_path(path);
    if path.starts_with("..") && broken.iter().all(|rule| rule != "must not contain '..'") {
        broken.push("must not start with '..'".to_owned());
    }
    broken
}

/// A path without `..` as an element.
pub(super) fn without_backsteps(path: &str) -> Vec<String> {
    if path.split('/').any(|element| element == "..") {
        return vec!["must not contain '..'".to_owned()];
    }
    Vec::new()
}

fn relative(path: &str) -> Vec<String> {
    if path.starts_with('/') { vec!["must be a relative path".to_owned()] } else { Vec::new() }
}

fn longer_than(name: &str, max: usize) -> Vec<String> {
    if name.len() > max {
        return vec![format!("must be no more than {max} characters")];
    }
    Vec::new()
}

fn matching(rule: &str, examples: &[&str], pattern: &str) -> String {
    let examples: Vec<_> = examples.iter().map(|example| format!("'{example}'")).collect();
    format!("{rule} (e.g. {}, regex used for validation is '{pattern}')", examples.join(",  or "))
}

fn is_dns_label(label: &str) -> bool {
    framed(label, is_lower_alphanumeric, |byte| byte == b'-' || is_lower_alphanumeric(byte))
}

fn is_label_word(word: &str) -> bool {
    framed(
        word,
        |byte| byte.is_ascii_alphanumeric(),
        |byte| matches!(byte, b'-' | b'_' | b'.') || byte.is_ascii_alphanumeric(),
    )
}

/// Whether the first and last bytes are of one class and those between of another.
fn framed(word: &str, ends: impl Fn(u8) -> bool, inner: impl Fn(u8) -> bool) -> bool {
    match word.as_bytes() {
        [] => false,
        [only] => ends(*only),
        [first, between @ .., last] => {
            ends(*first) && ends(*last) && between.iter().all(|byte| inner(*byte))
        }
    }
}

fn is_lower_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names that keep to a rule, and those that do not with the start of what is said.
    #[track_caller]
    fn check(rule: fn(&str) -> Vec<String>, good: &[&str], bad: &[(&str, &str)]) {
        for name in good {
            assert_eq!(rule(name), Vec::<String>::new(), "{name:?}");
        }
        for (name, expected) in bad {
            let broken = rule(name);
            assert!(
                broken.iter().any(|rule| rule.starts_with(expected)),
                "{name:?} breaks {broken:?}, not {expected:?}"
            );
        }
    }

    #[test]
    fn dns_names() {
        let long_label = "a".repeat(63);
        let too_long_label = "a".repeat(64);
        check(
            dns_label,
            &["a", "0", "a-b", "123", &long_label],
            &[
                ("", "a lowercase RFC 1123 label must"),
                ("-a", "a lowercase RFC 1123 label must"),
                ("a-", "a lowercase RFC 1123 label must"),
                ("A", "a lowercase RFC 1123 label must"),
                ("a.b", "a lowercase RFC 1123 label must"),
                ("ä", "a lowercase RFC 1123 label must"),
                (&too_long_label, "must be no more than 63 characters"),
            ],
        );
        check(dns_label_without_dots, &["a"], &[("a.b", "must not contain dots")]);
        check(
            dns_subdomain,
            &["a", "a.b", "0.1", &too_long_label],
            &[
                ("", "a lowercase RFC 1123 subdomain must"),
                ("a..b", "a lowercase RFC 1123 subdomain must"),
                (".a", "a lowercase RFC 1123 subdomain must"),
                (&"a".repeat(254), "must be no more than 253 characters"),
            ],
        );
        check(dns_subdomain_with_underscore, &["_tcp.a_b", "a"], &[("a.-", "a lowercase")]);
        check(dns_1035_label, &["a-1"], &[("1-a", "a DNS-1035 label must")]);
    }

    #[test]
    fn labels() {
        check(
            qualified_name,
            &["a", "A_b.c-1", "example.com/name"],
            &[
                ("", "name part must be non-empty"),
                ("/a", "prefix part must be non-empty"),
                ("a/", "name part must be non-empty"),
                ("A/a", "prefix part a lowercase RFC 1123 subdomain"),
                ("a/b/c", "a qualified name must"),
                ("-a", "name part must consist of"),
            ],
        );
        check(label_key, &["a/b"], &[("a/b/c", "a valid label key must")]);
        check(
            label_value,
            &["", "a", "A.b_c-1"],
            &[
                ("-", "a valid label must"),
                ("a b", "a valid label must"),
                (&"a".repeat(64), "must be no more than 63 characters"),
            ],
        );
    }

    #[test]
    fn other_names() {
        check(
            env_var,
            &["A", "a-b.c", "1", "a b", "{}"],
            &[
                ("A=B", "a valid environment variable name"),
                ("Ä", "a valid environment variable name"),
                ("a\n", "a valid environment variable name"),
            ],
        );
        check(
            port,
            &["a", "http-2", "abcdefghijklmno"],
            &[
                ("abcdefghijklmnop", "must be no more than 15 characters"),
                ("80", "must contain at least one letter"),
                ("A", "must contain only alpha-numeric"),
                ("a--b", "must not contain consecutive hyphens"),
                ("-a", "must not begin or end with a hyphen"),
            ],
        );
        check(http_header, &["X-Name"], &[("", "a valid HTTP header"), ("a b", "a valid HTTP")]);
        check(
            config_map_key,
            &["a.b", "KEY"],
            &[
                ("..", "must not be '..'"),
                ("..a", "must not start with '..'"),
                ("a/b", "a valid config key must"),
            ],
        );
        check(
            local_visible_path,
            &["a", "a..b", "a/..b"],
            &[
                ("/a", "must be a relative path"),
                ("a/../b", "must not contain '..'"),
                ("..a", "must not start with '..'"),
            ],
        );
    }
}

//! `$(NAME)` in commands, arguments and values.

/// Returns `text` with each `$(NAME)` replaced by what `lookup` knows, and none if that is longer
/// than `bytes_max`: a short text can stand for a very long one.
///
/// `$$` becomes `$`, so that `$$(NAME)` is text. A name that is not known, and whatever only looks
/// like a reference, stays as it is. What comes in is not expanded again.
pub fn expand<'a>(
    text: &str,
    bytes_max: usize,
    lookup: impl Fn(&str) -> Option<&'a str>,
) -> Option<String> {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        if expanded.len() > bytes_max {
            return None;
        }
        expanded.push_str(&rest[..dollar]);
        let after = &rest[dollar + 1..];
        rest = if let Some(escaped) = after.strip_prefix('$') {
            expanded.push('$');
            escaped
        } else if let Some((name, tail)) =
            after.strip_prefix('(').and_then(|reference| reference.split_once(')'))
        {
            match lookup(name) {
                Some(value) => expanded.push_str(value),
                None => expanded.push_str(&rest[dollar..rest.len() - tail.len()]),
            }
            tail
        } else {
            expanded.push('$');
            after
        };
    }
    expanded.push_str(rest);
    (expanded.len() <= bytes_max).then_some(expanded)
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let lookup = |name: &str| match name {
            "A" => Some("a"),
            "REFERENCE" => Some("$(A)"),
            "EMPTY" => Some(""),
            "WITH SPACE" => Some("s"),
            _ => None,
        };
        assert_eq!(expand(text, 100, lookup).as_deref(), Some(expected), "{text:?}");
    }

    #[test]
    fn references() {
        check("", "");
        check("plain", "plain");
        check("$(A)", "a");
        check("x$(A)y$(A)z", "xayaz");
        check("$(EMPTY)", "");
        check("$(WITH SPACE)", "s");
        check("ä$(A)ä", "äaä");
    }

    #[test]
    fn what_comes_in_is_not_expanded_again() {
        check("$(REFERENCE)", "$(A)");
        check("$($(A))", "$($(A))");
    }

    #[test]
    fn what_is_not_known_stays() {
        check("$(B)", "$(B)");
        check("$()", "$()");
        check("$(A", "$(A");
        check("$A ${A} $ä $", "$A ${A} $ä $");
        check("$(A)$(", "a$(");
    }

    #[test]
    fn what_gets_too_long_is_none() {
        let long = "a".repeat(50);
        let lookup = |name: &str| (name == "A").then_some(long.as_str());
        assert_eq!(expand("$(A)$(A)", 100, lookup).map(|text| text.len()), Some(100));
        assert_eq!(expand("$(A)$(A)b", 100, lookup), None);
        assert_eq!(expand(&"$(A)".repeat(1_000_000), 100, lookup), None);
        assert_eq!(expand(&long, 49, lookup), None);
    }

    #[test]
    fn two_dollars_are_one() {
        check("$$", "$");
        check("$$(A)", "$(A)");
        check("$$$(A)", "$a");
        check("$$$$(A)", "$$(A)");
        check("a$$b", "a$b");
    }
}

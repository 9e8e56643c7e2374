//! The name that a pod's containers see as their host's.

use super::Pod;

impl Pod {
    /// Returns the pod's host name: what it asks for, or its own name, cut to a DNS label.
    pub fn hostname(&self) -> &str {
        truncate(self.spec.hostname.as_deref().unwrap_or(&self.metadata.name))
    }
}

/// Cuts a name to what a host name may have, and takes off what may not be its end.
fn truncate(name: &str) -> &str {
    const LONGEST: usize = 63;
    name[..name.floor_char_boundary(LONGEST)].trim_end_matches(['-', '.'])
}

#[cfg(test)]
mod tests {
    use super::truncate;

    #[track_caller]
    fn check(name: &str, expected: &str) {
        assert_eq!(truncate(name), expected);
    }

    #[test]
    fn long_names_are_cut() {
        check("short", "short");
        check("with.dots", "with.dots");
        check(&"a".repeat(63), &"a".repeat(63));
        check(&"a".repeat(64), &"a".repeat(63));
        check(&format!("{}.-.{}", "a".repeat(60), "b".repeat(9)), &"a".repeat(60));
    }
}

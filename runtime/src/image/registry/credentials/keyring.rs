//! Credentials by where they are for, and the rules by which the kubelet picks them.
//!
//! An entry is a registry, perhaps with a port and the beginning of a path: `ghcr.io`,
//! `registry.example.org:5000/team`. `*`, `?` and `[…]` stand for what they do in file names, within
//! one label of the host's name: `*.example.org` is `a.example.org`, and neither `example.org` nor
//! `a.b.example.org`. Of several that match, the longest is tried first.

use std::fmt;

use super::Credentials;
use super::docker_config::{DockerConfig, InvalidDockerConfig};
use crate::image::reference::Reference;

/// What Docker Hub is called in these files, for historical reasons.
const DOCKER_HUB: &str = "index.docker.io";

/// Credentials for several registries.
#[derive(Clone, Default)]
pub struct Keyring {
    /// The longest places first.
    entries: Vec<Entry>,
}

#[derive(Clone)]
struct Entry {
    place: Place,
    credentials: Credentials,
}

/// What an entry is for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    host: String,
    port: Option<String>,
    /// With the slash that it begins with; empty for all of the registry.
    path: String,
}

impl Keyring {
    /// Adds what a Secret of the type `kubernetes.io/dockerconfigjson` holds.
    pub fn add_docker_config_json(&mut self, json: &[u8]) -> Result<(), InvalidDockerConfig> {
        self.add(DockerConfig::parse(json)?)
    }

    /// Adds what a Secret of the type `kubernetes.io/dockercfg` holds.
    pub fn add_dockercfg(&mut self, json: &[u8]) -> Result<(), InvalidDockerConfig> {
        self.add(DockerConfig::parse_dockercfg(json)?)
    }

    pub(super) fn add(&mut self, config: DockerConfig) -> Result<(), InvalidDockerConfig> {
        for (place, credentials) in config.into_credentials()? {
            self.entries.push(Entry { place: Place::parse(&place), credentials });
        }
        self.entries.sort_by_key(|entry| std::cmp::Reverse(entry.place.length()));
        Ok(())
    }

    /// Returns who one may be to pull this image, in the order in which to try it.
    pub(in crate::image::registry) fn find(&self, reference: &Reference) -> Vec<Credentials> {
        let image = Place::parse(&format!("{}/{}", reference.registry(), reference.repository()));
        let is_hub = |entry: &&Entry| entry.place.host == DOCKER_HUB;
        let matching = self.entries.iter().filter(|entry| entry.place.covers(&image));
        let mut found: Vec<_> = matching.map(|entry| entry.credentials.clone()).collect();
        if found.is_empty() && reference.registry() == "docker.io" {
            found.extend(self.entries.iter().filter(is_hub).map(|entry| entry.credentials.clone()));
        }
        found
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.entries.iter().map(|entry| &entry.place)).finish()
    }
}

impl Place {
    /// Reads `[https://]HOST[:PORT][/v1|/v2][/PATH]`.
    fn parse(text: &str) -> Self {
        let text = text.strip_prefix("https://").or(text.strip_prefix("http://")).unwrap_or(text);
        let (authority, path) = text.split_at(text.find('/').unwrap_or(text.len()));
        let path = ["/v1/", "/v2/"]
            .iter()
            .find_map(|version| path.strip_prefix(version).map(|_| &path[version.len() - 1..]));
        let path = path.unwrap_or(&text[authority.len()..]);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
                (host, Some(port.to_owned()))
            }
            _ => (authority, None),
        };
        let path = if path == "/" { "" } else { path };
        Self { host: host.to_ascii_lowercase(), port, path: path.to_owned() }
    }

    fn length(&self) -> usize {
        self.host.len() + self.port.as_ref().map_or(0, |port| port.len() + 1) + self.path.len()
    }

    fn covers(&self, image: &Self) -> bool {
        let (labels, others) = (self.host.split('.'), image.host.split('.'));
        self.port == image.port
            && labels.clone().count() == others.clone().count()
            && labels.zip(others).all(|(pattern, label)| is_match(pattern, label))
            && image.path.starts_with(&self.path)
    }
}

/// Whether a pattern of file names matches; one that is none matches nothing.
fn is_match(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut from) = (0, 0);
    // Where the last star is, and up to where it reaches.
    let mut star = None;
    while from < text.len() {
        let taken = match pattern.get(at) {
            Some(b'*') => {
                star = Some((at + 1, from));
                at += 1;
                continue;
            }
            Some(_) => match_one(&pattern[at..], text[from]),
            None => None,
        };
        match (taken, star) {
            (Some(length), _) => (at, from) = (at + length, from + 1),
            (None, Some((after, reached))) => {
                star = Some((after, reached + 1));
                (at, from) = (after, reached + 1);
            }
            (None, None) => return false,
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

/// Returns how long the beginning of a pattern is, if it matches this byte.
fn match_one(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern {
        [b'?', ..] => Some(1),
        [b'[', set @ ..] => {
            let length = set.iter().position(|end| *end == b']').filter(|length| *length > 0)?;
            let (is_negated, set) = match &set[..length] {
                [b'^', rest @ ..] => (true, rest),
                all => (false, all),
            };
            (is_in(set, byte) != is_negated).then_some(length + 2)
        }
        [own, ..] if *own == byte => Some(1),
        _ => None,
    }
}

fn is_in(set: &[u8], byte: u8) -> bool {
    match set {
        [] => false,
        [low, b'-', high, rest @ ..] => (*low..=*high).contains(&byte) || is_in(rest, byte),
        [own, rest @ ..] => *own == byte || is_in(rest, byte),
    }
}

#[cfg(test)]
mod tests {
    use super::{Credentials, Keyring, is_match};

    /// Checks whose password is tried for an image, in which order: each user is called as its place.
    fn check(places: &[&str], image: &str, expected: &[&str]) {
        let auths: serde_json::Map<_, _> = places
            .iter()
            .map(|place| ((*place).to_owned(), serde_json::json!({"username": place})))
            .collect();
        let mut keyring = Keyring::default();
        keyring
            .add_docker_config_json(
                &serde_json::to_vec(&serde_json::json!({"auths": auths})).unwrap(),
            )
            .unwrap();
        let found = keyring.find(&image.parse().unwrap());
        let users: Vec<_> = found.iter().map(Credentials::user).collect();
        assert_eq!(users, expected, "{places:?} {image}");
    }

    #[test]
    fn places() {
        check(&["ghcr.io"], "ghcr.io/team/app:v1", &["ghcr.io"]);
        check(&["ghcr.io"], "quay.io/team/app", &[]);
        check(&["https://ghcr.io/v2/"], "ghcr.io/app", &["https://ghcr.io/v2/"]);
        check(&["http://GHCR.io/"], "ghcr.io/app", &["http://GHCR.io/"]);
        check(&["a.b:5000"], "a.b:5000/app", &["a.b:5000"]);
        check(&["a.b"], "a.b:5000/app", &[]);
        check(&["a.b:5000"], "a.b/app", &[]);
        check(&["a.b/x", "a.b", "a.b/x/y"], "a.b/x/y/z", &["a.b/x/y", "a.b/x", "a.b"]);
        check(&["a.b/x", "a.b"], "a.b/z", &["a.b"]);
    }

    #[test]
    fn globs_stay_within_a_label() {
        check(&["*.b.c"], "a.b.c/app", &["*.b.c"]);
        check(&["*.b.c"], "b.c/app", &[]);
        check(&["*.b.c"], "x.a.b.c/app", &[]);
        check(&["*.*.c/team"], "a.b.c/team/app", &["*.*.c/team"]);
        check(&["r?g.[a-c].c"], "reg.b.c/app", &["r?g.[a-c].c"]);
        check(&["reg.[^a-c].c"], "reg.b.c/app", &[]);
    }

    #[test]
    fn docker_hub_has_several_names() {
        let old = "https://index.docker.io/v1/";
        check(&[old], "app", &[old]);
        check(&["docker.io"], "team/app", &["docker.io"]);
        check(&[old], "ghcr.io/app", &[]);
    }

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("*", "", true),
            ("*", "abc", true),
            ("a*c", "abbc", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*c", "abcd", false),
            ("?", "", false),
            ("[", "[", false),
            ("[]", "]", false),
            ("[a-", "a", false),
            ("[a-]", "-", true),
            ("a", "ab", false),
        ] {
            assert_eq!(is_match(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let mut keyring = Keyring::default();
        keyring.add_dockercfg(br#"{"a.b": {"username": "u", "password": "hunter2"}}"#).unwrap();
        let text = format!("{keyring:?}");
        assert!(text.contains("a.b") && !text.contains("hunter2"), "{text}");
        let error = keyring.add_dockercfg(br#"{"a.b": {"auth": "hunter2"}}"#).unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

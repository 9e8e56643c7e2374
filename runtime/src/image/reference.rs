//! Image references: what a user writes, and the one full name that it stands for.
//!
//! The grammar and the defaults are those of the distribution project's `reference` package, which
//! the kubelet, containerd and Docker share. A [`Reference`] is always normalised: two texts for
//! one image give equal values.

use std::fmt;
use std::str::FromStr;

use super::digest::Digest;

/// Long enough for any real name; the grammar itself sets no bound on a host.
const TEXT_MAX_BYTES: usize = 1024;
const PATH_MAX_BYTES: usize = 255;
const TAG_MAX_BYTES: usize = 128;

const DEFAULT_REGISTRY: &str = "docker.io";
const DEFAULT_REGISTRY_ALIAS: &str = "index.docker.io";
const DEFAULT_NAMESPACE: &str = "library";
const DEFAULT_TAG: &str = "latest";

/// A normalised image reference: registry, repository, and a tag or a digest or both.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

impl Reference {
    /// Returns the registry's host and port, `docker.io` if the user named none.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// Returns the path within the registry, e.g. `library/busybox`.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// Returns the tag. It is `latest` only if the user gave neither a tag nor a digest.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// Returns the digest, if the user pinned one.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// Returns the same repository, pinned to this digest.
    pub fn with_digest(&self, digest: Digest) -> Self {
        Self { tag: None, digest: Some(digest), ..self.clone() }
    }

    /// Returns the name under which the store keeps the image: a digest makes a tag meaningless, so
    /// the name has either.
    pub fn stored_name(&self) -> String {
        match &self.digest {
            Some(digest) => format!("{}/{}@{digest}", self.registry, self.repository),
            None => self.to_string(),
        }
    }

    /// Returns the last word of the repository, which names the program if nothing else does.
    pub fn base_name(&self) -> &str {
        self.repository.rsplit('/').next().expect("a split has at least one part")
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// A text that is no image reference, and why. The words are the kubelet's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("couldn't parse image name {name:?}: {why}")]
pub struct InvalidReference {
    name: String,
    why: Why,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Why {
    #[error("invalid reference format")]
    Format,
    #[error("invalid reference format: repository name ({0}) must be lowercase")]
    UpperCase(String),
    #[error("invalid repository name ({0}), cannot specify 64-byte hexadecimal strings")]
    Identifier(String),
    #[error("repository name must not be more than {PATH_MAX_BYTES} characters")]
    TooLong,
    #[error("unsupported digest algorithm, only sha256 is known here")]
    DigestAlgorithm,
    #[error("invalid checksum digest format")]
    DigestFormat,
    #[error("invalid checksum digest length")]
    DigestLength,
}

impl FromStr for Reference {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, InvalidReference> {
        parse(text).map_err(|why| InvalidReference {
            name: text.chars().take(TEXT_MAX_BYTES).collect(),
            why,
        })
    }
}

fn parse(text: &str) -> Result<Reference, Why> {
    if text.len() > TEXT_MAX_BYTES {
        return Err(Why::TooLong);
    }
    if text.len() == 64 && text.bytes().all(is_lower_hex) {
        return Err(Why::Identifier(text.to_owned()));
    }
    let (registry, rest) = split_registry(text);
    let (rest, digest) = match rest.split_once('@') {
        Some((rest, digest)) => (rest, Some(parse_digest(digest)?)),
        None => (rest, None),
    };
    let (path, tag) = match rest.split_once(':') {
        Some((path, tag)) => (path, Some(tag)),
        None => (rest, None),
    };
    if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(Why::UpperCase(path.to_owned()));
    }
    let repository = if registry == DEFAULT_REGISTRY && !path.contains('/') {
        format!("{DEFAULT_NAMESPACE}/{path}")
    } else {
        path.to_owned()
    };
    let is_well_formed =
        is_host(registry) && repository.split('/').all(is_path_component) && tag.is_none_or(is_tag);
    if !is_well_formed {
        return Err(Why::Format);
    }
    if repository.len() > PATH_MAX_BYTES {
        return Err(Why::TooLong);
    }
    let tag = tag.or_else(|| digest.is_none().then_some(DEFAULT_TAG)).map(str::to_owned);
    Ok(Reference { registry: registry.to_owned(), repository, tag, digest })
}

/// Tells the registry from the repository: only a first word that cannot be a repository's is one.
fn split_registry(text: &str) -> (&str, &str) {
    match text.split_once('/') {
        Some((DEFAULT_REGISTRY_ALIAS, rest)) => (DEFAULT_REGISTRY, rest),
        Some((first, rest))
            if first == "localhost"
                || first.contains(['.', ':'])
                || first.bytes().any(|byte| byte.is_ascii_uppercase()) =>
        {
            (first, rest)
        }
        _ => (DEFAULT_REGISTRY, text),
    }
}

fn parse_digest(text: &str) -> Result<Digest, Why> {
    let (algorithm, digits) = text.split_once(':').ok_or(Why::Format)?;
    if !is_digest_algorithm(algorithm)
        || digits.len() < 32
        || !digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        return Err(Why::Format);
    }
    if algorithm != "sha256" {
        return Err(Why::DigestAlgorithm);
    }
    if digits.len() != 64 {
        return Err(Why::DigestLength);
    }
    text.parse().map_err(|_| Why::DigestFormat)
}

fn is_digest_algorithm(text: &str) -> bool {
    text.split(['-', '_', '+', '.']).all(|part| {
        part.starts_with(|first: char| first.is_ascii_alphabetic())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// A DNS name, an IPv4 address or an IPv6 address in brackets, and perhaps a port.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, "")) => return is_ipv6(address),
            Some((address, port)) => {
                return is_ipv6(address) && port.strip_prefix(':').is_some_and(is_port);
            }
            None => return false,
        },
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    host.split('.').all(is_host_label) && port.is_none_or(is_port)
}

fn is_ipv6(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':')
}

fn is_port(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_host_label(label: &str) -> bool {
    !label.is_empty()
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Words of lower-case letters and digits, between them `.`, `_`, `__` or any number of `-`.
fn is_path_component(component: &str) -> bool {
    let is_word_byte = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_separator = |text: &str| {
        matches!(text, "." | "_" | "__")
            || (!text.is_empty() && text.bytes().all(|byte| byte == b'-'))
    };
    if !component.bytes().all(|byte| is_word_byte(byte) || matches!(byte, b'.' | b'_' | b'-')) {
        return false;
    }
    let edges_are_words = component.bytes().next().is_some_and(is_word_byte)
        && component.bytes().next_back().is_some_and(is_word_byte);
    edges_are_words
        && component
            .split(|letter: char| letter.is_ascii_alphanumeric())
            .filter(|between| !between.is_empty())
            .all(is_separator)
}

fn is_tag(tag: &str) -> bool {
    let is_word_byte = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    tag.len() <= TAG_MAX_BYTES
        && tag.bytes().next().is_some_and(is_word_byte)
        && tag.bytes().all(|byte| is_word_byte(byte) || matches!(byte, b'.' | b'-'))
}

fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

#[cfg(test)]
mod tests {
    use super::Reference;

    const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn check(text: &str, full: &str) {
        match text.parse::<Reference>() {
            Ok(reference) => assert_eq!(reference.to_string(), full, "{text}"),
            Err(error) => panic!("{text}: {error}"),
        }
        let again = full.parse::<Reference>().unwrap();
        assert_eq!(again.to_string(), full, "a normalised name stays as it is");
    }

    #[test]
    fn normalised() {
        for (text, full) in [
            ("nginx", "docker.io/library/nginx:latest"),
            ("nginx:1.27", "docker.io/library/nginx:1.27"),
            ("team/app", "docker.io/team/app:latest"),
            ("docker.io/nginx", "docker.io/library/nginx:latest"),
            ("index.docker.io/nginx", "docker.io/library/nginx:latest"),
            ("index.docker.io/team/app", "docker.io/team/app:latest"),
            ("localhost/app", "localhost/app:latest"),
            ("localhost:5000/app:v1", "localhost:5000/app:v1"),
            ("registry:5000/app", "registry:5000/app:latest"),
            ("Registry/app", "Registry/app:latest"),
            ("ghcr.io/a/b/c:d", "ghcr.io/a/b/c:d"),
            ("127.0.0.1:5000/app", "127.0.0.1:5000/app:latest"),
            ("[2001:db8::1]/app", "[2001:db8::1]/app:latest"),
            ("[::1]:5000/app:x", "[::1]:5000/app:x"),
            // Without a slash this is a repository and a tag, not a host and a port.
            ("example.org:5000", "docker.io/library/example.org:5000"),
            ("a-b__c.d---e", "docker.io/library/a-b__c.d---e:latest"),
            ("app:Tag_1.2-3", "docker.io/library/app:Tag_1.2-3"),
        ] {
            check(text, full);
        }
    }

    #[test]
    fn pinned() {
        let reference = format!("app:v1@sha256:{HEX}").parse::<Reference>().unwrap();
        assert_eq!(reference.tag(), Some("v1"));
        assert_eq!(reference.digest().map(|digest| digest.hex()), Some(HEX));
        assert_eq!(reference.stored_name(), format!("docker.io/library/app@sha256:{HEX}"));

        let untagged = format!("app@sha256:{HEX}").parse::<Reference>().unwrap();
        assert_eq!(untagged.tag(), None);
        assert_eq!(untagged.stored_name(), reference.stored_name());
    }

    #[test]
    fn refused() {
        let format = "invalid reference format";
        let long_tag = format!("a:{}", "t".repeat(129));
        let long_path = format!("ghcr.io/{}", "p".repeat(256));
        let long_text = format!("{}/a", "h".repeat(2000));
        let sha512 = format!("a@sha512:{HEX}{HEX}");
        let upper_digest = format!("a@sha256:{}", HEX.to_uppercase());
        let short_digest = format!("a@sha256:{}", &HEX[..40]);
        for (text, why) in [
            ("", format),
            (" a", format),
            ("a ", format),
            ("a\n", format),
            ("/a", format),
            ("a/", format),
            ("a//b", format),
            ("a:", format),
            ("a:-x", format),
            ("a:b:c", format),
            ("a@", format),
            ("a@sha256", format),
            ("a@sha256:00", format),
            ("a@@", format),
            ("-a", format),
            ("a-", format),
            ("a._b", format),
            ("a___b", format),
            ("a..b", format),
            ("ä", format),
            ("-host.example/a", format),
            ("host.example:port/a", format),
            ("[::1/a", format),
            ("[::1]5000/a", format),
            ("[xyz]:1/a", format),
            ("https://ghcr.io/a", format),
            (&long_tag, format),
            ("App", "repository name (App) must be lowercase"),
            ("ghcr.io/App", "repository name (App) must be lowercase"),
            (HEX, "cannot specify 64-byte hexadecimal strings"),
            (&long_path, "must not be more than 255 characters"),
            (&long_text, "must not be more than 255 characters"),
            (&sha512, "unsupported digest algorithm"),
            (&upper_digest, "invalid checksum digest format"),
            (&short_digest, "invalid checksum digest length"),
        ] {
            let error = text.parse::<Reference>().expect_err(text).to_string();
            assert!(error.starts_with("couldn't parse image name "), "{error}");
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}

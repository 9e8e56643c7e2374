//! How a registry wants us to prove who we are: the `WWW-Authenticate` header of a refusal
//! (RFC 9110, and the distribution project's token protocol).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;
use serde::Deserialize;

use super::credentials::Credentials;

/// What a registry asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// User and password with each request.
    Basic,
    /// A token from elsewhere.
    Bearer {
        /// Where to get it.
        realm: String,
        /// For whom it is.
        service: Option<String>,
        /// What it allows.
        scope: Option<String>,
    },
}

impl Challenge {
    /// Reads the header; none if it asks for something that we cannot do.
    pub(super) fn parse(header: &str) -> Option<Self> {
        let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Some(Self::Basic);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let (mut realm, mut service, mut scope) = (None, None, None);
        for (name, value) in parameters(rest) {
            match name.to_ascii_lowercase().as_str() {
                "realm" => realm = Some(value),
                "service" => service = Some(value),
                "scope" => scope = Some(value),
                _ => {}
            }
        }
        Some(Self::Bearer { realm: realm?, service, scope })
    }
}

/// What the token server answers.
#[derive(Deserialize)]
pub(super) struct TokenAnswer {
    token: Option<String>,
    access_token: Option<String>,
}

impl TokenAnswer {
    /// Returns the header that the token makes.
    pub(super) fn authorization(self) -> Option<HeaderValue> {
        let token = self.token.or(self.access_token).filter(|token| !token.is_empty())?;
        sensitive(&format!("Bearer {token}"))
    }
}

/// Returns the header that a user and a password make.
pub(super) fn basic_authorization(credentials: &Credentials) -> Option<HeaderValue> {
    match credentials {
        Credentials::Password { user, password } => {
            sensitive(&format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
        }
        Credentials::IdentityToken(_) => None,
    }
}

fn sensitive(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Splits `a="b, c",d=e`.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches([',', ' ']).to_owned();
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(',').unwrap_or((after, "")),
        };
        parameters.push((name, value.trim().to_owned()));
        rest = after;
    }
    parameters
}

#[cfg(test)]
mod tests {
    use super::Challenge;

    fn check(header: &str, expected: Option<(&str, Option<&str>, Option<&str>)>) {
        let expected = expected.map(|(realm, service, scope)| match realm {
            "" => Challenge::Basic,
            realm => Challenge::Bearer {
                realm: realm.to_owned(),
                service: service.map(str::to_owned),
                scope: scope.map(str::to_owned),
            },
        });
        assert_eq!(Challenge::parse(header), expected, "{header}");
    }

    #[test]
    fn challenges() {
        check("Basic realm=\"x\"", Some(("", None, None)));
        check("basic", Some(("", None, None)));
        check("Bearer realm=\"https://a/t\"", Some(("https://a/t", None, None)));
        check(
            "Bearer realm=\"https://a/t\",service=\"s\",scope=\"repository:a:pull,push\"",
            Some(("https://a/t", Some("s"), Some("repository:a:pull,push"))),
        );
        check("bearer Service=s, realm=https://a/t", Some(("https://a/t", Some("s"), None)));
        check("Bearer realm=\"https://a/t", Some(("https://a/t", None, None)));
        check("Bearer service=\"s\"", None);
        check("Negotiate", None);
        check("", None);
        check("Bearer ====\"\"", None);
    }
}

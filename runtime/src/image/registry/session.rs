//! The conversation with one registry about one repository: requests that authenticate themselves
//! when asked to, and answers that are bounded and translated.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Client, Method, Response, StatusCode};
use serde::Deserialize;

use super::auth::{Challenge, TokenAnswer, basic_authorization};
use super::credentials::Credentials;
use super::error::{PullError, innermost};
use super::retry;
use crate::image::manifest::shortened;
use crate::image::reference::Reference;

/// How much of an error's explanation is read.
const MESSAGE_MAX_BYTES: usize = 16 << 10;

/// No token server says more.
const TOKEN_MAX_BYTES: usize = 1 << 20;

/// A conversation. Requests may run at the same time.
pub(super) struct Session {
    client: Client,
    /// `https://HOST`, without a slash at its end.
    pub(super) base: String,
    /// The registry as the user names it.
    registry: String,
    pub(super) repository: String,
    credentials: Option<Credentials>,
    /// Set by the first request that is asked for it.
    authorization: Mutex<Option<HeaderValue>>,
    retry_wait: Duration,
}

impl Session {
    /// Starts a conversation. Nothing is sent yet.
    pub(super) fn new(
        client: Client,
        base: String,
        reference: &Reference,
        credentials: Option<Credentials>,
        retry_wait: Duration,
    ) -> Self {
        let registry = reference.registry().to_owned();
        let repository = reference.repository().to_owned();
        let authorization = Mutex::new(None);
        Self { client, base, registry, repository, credentials, authorization, retry_wait }
    }

    /// Asks for something below `/v2/REPOSITORY/`, and returns an answer that is a success.
    pub(super) async fn request(
        &self,
        method: Method,
        path: &str,
        accept: &[&str],
    ) -> Result<Response, PullError> {
        let url = format!("{}/v2/{}/{path}", self.base, self.repository);
        let mut answer = self.send_authorized(&method, &url, accept).await?;
        let mut retries = 0;
        while let Some(wait) =
            retry::wait(answer.status(), answer.headers(), retries, self.retry_wait)
        {
            tracing::info!("{} answers {}, asking again", self.registry, answer.status());
            tokio::time::sleep(wait).await;
            answer = self.send_authorized(&method, &url, accept).await?;
            retries += 1;
        }
        if answer.status().is_success() {
            Ok(answer)
        } else {
            Err(self.refusal(answer, path).await)
        }
    }

    /// Reads an answer that must be short.
    pub(super) async fn read(
        &self,
        answer: Response,
        max_bytes: usize,
        what: &str,
    ) -> Result<Vec<u8>, PullError> {
        let mut stream = answer.bytes_stream();
        let mut body = Vec::new();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|error| self.interrupted(what, &error))?;
            if body.len() + chunk.len() > max_bytes {
                let why = format!("is longer than {max_bytes} bytes");
                return Err(self.bad_answer(what, why));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    pub(super) fn interrupted(&self, what: &str, error: &reqwest::Error) -> PullError {
        let why = match error.is_timeout() {
            true => "nothing came for a while".to_owned(),
            false => innermost(error),
        };
        PullError::Interrupted { registry: self.registry.clone(), what: what.to_owned(), why }
    }

    pub(super) fn bad_answer(&self, what: &str, why: String) -> PullError {
        PullError::Answer { registry: self.registry.clone(), what: what.to_owned(), why }
    }

    async fn send_authorized(
        &self,
        method: &Method,
        url: &str,
        accept: &[&str],
    ) -> Result<Response, PullError> {
        let answer = self.send(method, url, accept).await?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        self.authorize(answer.headers()).await?;
        self.send(method, url, accept).await
    }

    async fn send(
        &self,
        method: &Method,
        url: &str,
        accept: &[&str],
    ) -> Result<Response, PullError> {
        let mut request = self.client.request(method.clone(), url);
        if !accept.is_empty() {
            request = request.header(ACCEPT, accept.join(", "));
        }
        if let Some(authorization) = self.authorization() {
            request = request.header(AUTHORIZATION, authorization);
        }
        request.send().await.map_err(|error| self.unreachable(&error))
    }

    fn authorization(&self) -> Option<HeaderValue> {
        self.authorization.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Gets what the registry asks for.
    async fn authorize(&self, headers: &HeaderMap) -> Result<(), PullError> {
        let challenges = headers.get_all(WWW_AUTHENTICATE).iter();
        let challenge =
            challenges.filter_map(|header| Challenge::parse(header.to_str().ok()?)).next();
        let authorization = match challenge {
            Some(Challenge::Basic) => self.credentials.as_ref().and_then(basic_authorization),
            Some(Challenge::Bearer { realm, service, scope }) => {
                self.fetch_token(&realm, service, scope).await?
            }
            None => None,
        };
        if authorization.is_none() {
            return Err(self.denied());
        }
        *self.authorization.lock().unwrap_or_else(PoisonError::into_inner) = authorization;
        Ok(())
    }

    async fn fetch_token(
        &self,
        realm: &str,
        service: Option<String>,
        scope: Option<String>,
    ) -> Result<Option<HeaderValue>, PullError> {
        self.check_realm(realm)?;
        let scope = scope.unwrap_or_else(|| format!("repository:{}:pull", self.repository));
        let mut query = vec![("scope", scope)];
        query.extend(service.map(|service| ("service", service)));
        let request = match &self.credentials {
            Some(Credentials::IdentityToken(token)) => {
                query.push(("grant_type", "refresh_token".to_owned()));
                query.push(("client_id", "wasmpod".to_owned()));
                query.push(("refresh_token", token.clone()));
                self.client.post(realm).form(&query)
            }
            Some(credentials) => {
                let request = self.client.get(realm).query(&query);
                match basic_authorization(credentials) {
                    Some(authorization) => request.header(AUTHORIZATION, authorization),
                    None => request,
                }
            }
            None => self.client.get(realm).query(&query),
        };
        let answer = request.send().await.map_err(|error| self.unreachable(&error))?;
        match answer.status() {
            status if status.is_success() => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::BAD_REQUEST => {
                return Err(self.denied());
            }
            _ => return Err(self.refusal(answer, "a token").await),
        }
        let body = self.read(answer, TOKEN_MAX_BYTES, "a token").await?;
        let answer: TokenAnswer = serde_json::from_slice(&body)
            .map_err(|_| self.bad_answer("a token", "is not a token".to_owned()))?;
        Ok(answer.authorization())
    }

    /// A secret goes only over a secure connection, or to where the registry itself is plain.
    fn check_realm(&self, realm: &str) -> Result<(), PullError> {
        let is_plain = realm.starts_with("http://") && self.base.starts_with("http://");
        match is_plain || realm.starts_with("https://") {
            true => Ok(()),
            false => {
                let why = format!("sends us to {:?}, which is not secure", shortened(realm));
                Err(self.bad_answer("a token", why))
            }
        }
    }

    fn denied(&self) -> PullError {
        let (registry, repository) = (self.registry.clone(), self.repository.clone());
        match &self.credentials {
            None => PullError::LoginRequired { registry, repository },
            Some(credentials) => {
                PullError::Denied { registry, repository, user: credentials.user().to_owned() }
            }
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> PullError {
        let registry = self.registry.clone();
        let why = match error.is_timeout() {
            true => "it does not answer".to_owned(),
            false => innermost(error),
        };
        match mentions_tls(error) {
            true => PullError::Tls { registry, why },
            false => PullError::Unreachable { registry, why },
        }
    }

    async fn refusal(&self, answer: Response, what: &str) -> PullError {
        let status = answer.status();
        let registry = self.registry.clone();
        let what = self.name_of(what);
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => self.denied(),
            StatusCode::NOT_FOUND => PullError::NotFound { registry, what },
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {
                let message = self.message(answer).await;
                PullError::Unavailable { registry, status: status.as_u16(), message }
            }
            status if status.is_server_error() => {
                let message = self.message(answer).await;
                PullError::Unavailable { registry, status: status.as_u16(), message }
            }
            status => {
                let message = self.message(answer).await;
                PullError::Refused { registry, status: status.as_u16(), message, what }
            }
        }
    }

    /// Returns what the user calls a thing below `/v2/REPOSITORY/`.
    fn name_of(&self, path: &str) -> String {
        let repository = &self.repository;
        match path.split_once('/') {
            Some(("manifests", digest)) if digest.contains(':') => format!("{repository}@{digest}"),
            Some(("manifests", tag)) => format!("{repository}:{tag}"),
            Some(("blobs", digest)) => format!("blob {digest} of {repository}"),
            _ => format!("{path} for {repository}"),
        }
    }

    /// Returns what a registry says of an error, ready to be put after its status.
    async fn message(&self, answer: Response) -> String {
        let Ok(body) = self.read(answer, MESSAGE_MAX_BYTES, "an error").await else {
            return String::new();
        };
        let Ok(errors) = serde_json::from_slice::<Errors>(&body) else { return String::new() };
        match errors.errors.first() {
            Some(error) => format!(" ({}: {})", shortened(&error.code), shortened(&error.message)),
            None => String::new(),
        }
    }
}

/// What a registry says of an error (OCI distribution specification, "Error Codes").
#[derive(Deserialize)]
struct Errors {
    errors: Vec<ErrorEntry>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct ErrorEntry {
    code: String,
    message: String,
}

/// Whether a connection came about, but not a secure one.
fn mentions_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    // An error within an `io::Error` is not its source, but its inside.
    let inside = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>()
        || inside.is_some_and(|inside| mentions_tls(inside))
        || error.source().is_some_and(mentions_tls)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::mentions_tls;

    #[test]
    fn tls_is_found_within() {
        let tls = || rustls::Error::DecryptError;
        assert!(mentions_tls(&tls()));
        assert!(mentions_tls(&io::Error::other(tls())));
        assert!(mentions_tls(&io::Error::other(io::Error::other(tls()))));
        assert!(!mentions_tls(&io::Error::other(io::Error::from(io::ErrorKind::TimedOut))));
    }
}

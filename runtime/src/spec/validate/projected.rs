//! Projected volumes: files of several sources in one place.

use std::collections::BTreeSet;

use super::errors::Errors;
use super::{names, selector, volumes};
use crate::spec::node::Node;

const SOURCES: &[&str] = &[
    "secret",
    "configMap",
    "downwardAPI",
    "serviceAccountToken",
    "clusterTrustBundle",
    "podCertificate",
];

const MIN_TOKEN_SECONDS: i64 = 600;
const MAX_TOKEN_SECONDS: i64 = 1 << 32;

/// Checks a projected volume.
pub(super) fn volume(volume: &Node<'_>, errors: &mut Errors) {
    volumes::mode(&volume.get("defaultMode"), errors);
    let mut paths = BTreeSet::new();
    for projection in volume.get("sources").items() {
        let set: Vec<_> = SOURCES.iter().filter(|source| projection.get(source).is_set()).collect();
        if set.len() > 1 {
            errors.forbidden(&projection, "may not specify more than 1 volume type per source");
        }
        for kind in set {
            let source = projection.get(kind);
            match *kind {
                "secret" | "configMap" => {
                    errors.required_text(&source.get("name"));
                    volumes::files(&source, errors);
                }
                "downwardAPI" => {
                    for item in source.get("items").items() {
                        volumes::downward_item(&source, &item, errors);
                    }
                }
                "serviceAccountToken" => token(&source, errors),
                "clusterTrustBundle" => trust_bundle(&source, errors),
                _ => certificate(&source, errors),
            }
            for path in file_paths(&source) {
                if !path.is_empty() && !paths.insert(path.str()) {
                    errors.invalid(&path, "conflicting duplicate paths");
                }
            }
        }
    }
}

/// Returns the nodes with the paths that a source makes files at.
fn file_paths<'a>(source: &Node<'a>) -> Vec<Node<'a>> {
    let mut paths: Vec<_> = source.get("items").items().map(|item| item.get("path")).collect();
    for field in ["path", "credentialBundlePath", "keyPath", "certificateChainPath"] {
        paths.push(source.get(field));
    }
    paths
}

fn token(token: &Node<'_>, errors: &mut Errors) {
    let seconds = token.get("expirationSeconds");
    if seconds.int().is_some_and(|seconds| seconds < MIN_TOKEN_SECONDS) {
        errors.invalid(&seconds, "may not specify a duration less than 10 minutes");
    }
    if seconds.int().is_some_and(|seconds| seconds > MAX_TOKEN_SECONDS) {
        errors.invalid(&seconds, "may not specify a duration larger than 2^32 seconds");
    }
    volumes::required_local_path(&token.get("path"), errors);
}

fn trust_bundle(bundle: &Node<'_>, errors: &mut Errors) {
    let (name, signer) = (bundle.get("name"), bundle.get("signerName"));
    match (name.is_set(), signer.is_set()) {
        (true, true) => errors.invalid(&name, "only one of name and signerName may be used"),
        (false, false) => errors.required(bundle, "either name or signerName must be specified"),
        (true, false) => {
            errors.broken(&name, names::dns_subdomain(name.str()));
            if bundle.get("labelSelector").is_set() {
                errors.invalid(
                    &bundle.get("labelSelector"),
                    "labelSelector may not be set when name is set",
                );
            }
        }
        (false, true) => selector::label_selector(&bundle.get("labelSelector"), errors),
    }
    volumes::required_local_path(&bundle.get("path"), errors);
}

const KEY_TYPES: &[&str] =
    &["RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519"];

fn certificate(certificate: &Node<'_>, errors: &mut Errors) {
    errors.required_text(&certificate.get("signerName"));
    errors.required_one_of(&certificate.get("keyType"), KEY_TYPES, "");
    let paths = ["credentialBundlePath", "keyPath", "certificateChainPath"];
    let set: Vec<_> = paths
        .into_iter()
        .map(|field| certificate.get(field))
        .filter(|path| !path.is_empty())
        .collect();
    if set.is_empty() {
        errors.required(
            certificate,
            "specify at least one of credentialBundlePath, keyPath, and certificateChainPath",
        );
    }
    for path in set {
        errors.broken(&path, names::local_visible_path(path.str()));
    }
    errors.in_range(&certificate.get("maxExpirationSeconds"), 3600, 91 * 24 * 3600);
}

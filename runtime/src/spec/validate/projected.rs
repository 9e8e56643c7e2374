//! Projected volumes: files of several sources in one place.

use std::collections::BTreeSet;

use super::errors::Errors;
use super::volumes;
use crate::spec::node::Node;

const SOURCES: &[&str] = &["secret", "configMap", "downwardAPI", "serviceAccountToken"];

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
                _ => token(&source, errors),
            }
            for path in file_paths(&source) {
                if !path.is_empty() && !paths.insert(path.str()) {
                    errors.invalid_part(volume, path.str(), "conflicting duplicate paths");
                }
            }
        }
    }
}

/// Returns the nodes with the paths that a source makes files at.
fn file_paths<'a>(source: &Node<'a>) -> Vec<Node<'a>> {
    let mut paths: Vec<_> = source.get("items").items().map(|item| item.get("path")).collect();
    paths.push(source.get("path"));
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

//! The credentials that a pod has for registries: those of its `imagePullSecrets`, as they are now.
//!
//! A secret that is missing or cannot be read is told, and the pull goes on without it.

use crate::image::Keyring;
use crate::lifecycle::{Notice, NoticeKind};
use crate::spec::{NamespacedName, Objects, Pod, Secret};

const REASON: &str = "FailedToRetrieveImagePullSecret";

/// Collects the credentials, and what to tell of those that are not to be had.
pub(super) fn keyring(pod: &Pod, objects: &Objects) -> (Keyring, Vec<Notice>) {
    let (mut keyring, mut missing, mut notices) = (Keyring::default(), Vec::new(), Vec::new());
    let mut warn = |text| notices.push(Notice::of_pod(NoticeKind::Warning, REASON, text));
    for name in &pod.spec.image_pull_secrets {
        match objects.secret(&NamespacedName::new(&pod.metadata.namespace, name)) {
            None => missing.push(name.as_str()),
            Some(secret) => {
                if let Err(why) = add(&mut keyring, secret) {
                    warn(format!("Unable to read image pull secret {name:?}: {why}"));
                }
            }
        }
    }
    if !missing.is_empty() {
        let names = missing.join(", ");
        warn(format!(
            "Unable to retrieve some image pull secrets ({names}); attempting to pull the image may \
             not succeed."
        ));
    }
    (keyring, notices)
}

fn add(keyring: &mut Keyring, secret: &Secret) -> Result<(), String> {
    let data = |key: &str| secret.data.get(key).ok_or_else(|| format!("it has no key `{key}`"));
    let added = match secret.secret_type.as_str() {
        "kubernetes.io/dockerconfigjson" => {
            keyring.add_docker_config_json(data(".dockerconfigjson")?)
        }
        "kubernetes.io/dockercfg" => keyring.add_dockercfg(data(".dockercfg")?),
        other => {
            return Err(format!(
                "it is of type {other:?}, want kubernetes.io/dockerconfigjson or \
                 kubernetes.io/dockercfg"
            ));
        }
    };
    added.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::lifecycle::tests::pod;
    use crate::spec::{Object, RestartPolicy};

    const CONFIG: &str = r#"{"auths":{"a.b":{"username":"u","password":"hunter2"}}}"#;

    /// Checks what is told of a pod that refers to `s`, which is this secret or missing.
    fn check(secret: Option<(&str, &str, &str)>, expected: &[&str]) {
        let mut objects = Objects::default();
        let mut web = pod(RestartPolicy::Never, &["a"]);
        web.spec.image_pull_secrets = vec!["s".to_owned()];
        if let Some((secret_type, key, value)) = secret {
            objects.insert(Object::Secret(Arc::new(Secret {
                name: NamespacedName::new(&web.metadata.namespace, "s"),
                secret_type: secret_type.to_owned(),
                data: BTreeMap::from([(key.to_owned(), value.into())]),
                immutable: false,
            })));
        }
        let (keyring, notices) = keyring(&web, &objects);
        let told: Vec<_> = notices.iter().map(|notice| notice.message.as_str()).collect();
        assert_eq!(told, expected);
        assert_eq!(format!("{keyring:?}").contains("a.b"), expected.is_empty());
    }

    #[test]
    fn secrets_of_both_types() {
        check(Some(("kubernetes.io/dockerconfigjson", ".dockerconfigjson", CONFIG)), &[]);
        let entries = &CONFIG[9..CONFIG.len() - 1];
        check(Some(("kubernetes.io/dockercfg", ".dockercfg", entries)), &[]);
    }

    #[test]
    fn what_is_not_to_be_had_is_told() {
        let missing = "Unable to retrieve some image pull secrets (s); attempting to pull the \
                       image may not succeed.";
        check(None, &[missing]);
        let json = "kubernetes.io/dockerconfigjson";
        let no_key = "Unable to read image pull secret \"s\": it has no key `.dockerconfigjson`";
        check(Some((json, "other", CONFIG)), &[no_key]);
        let bad = "Unable to read image pull secret \"s\": it is no Docker configuration (line 1, \
                   column 1)";
        check(Some((json, ".dockerconfigjson", "hunter2")), &[bad]);
        let other = "Unable to read image pull secret \"s\": it is of type \"Opaque\", want \
                     kubernetes.io/dockerconfigjson or kubernetes.io/dockercfg";
        check(Some(("Opaque", ".dockerconfigjson", CONFIG)), &[other]);
    }
}

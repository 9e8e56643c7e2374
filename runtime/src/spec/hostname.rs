//! The name that a pod's containers see as their host's.
//!
//! | the document says              | host name          | domain                               |
//! |--------------------------------|--------------------|--------------------------------------|
//! | `hostnameOverride`             | that               |                                      |
//! | `hostname`, or the pod's name  | that, cut to 63    |                                      |
//! | and `subdomain`                |                    | `SUBDOMAIN.NAMESPACE.svc.CLUSTER`    |

use super::Pod;

/// The longest label of a name, to which host names are cut.
const LABEL_MAX: usize = 63;

/// The longest host name that Linux takes.
const KERNEL_MAX: usize = 64;

/// How a pod is called on its network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostName {
    /// The name itself. A pod that is to have none has an empty one.
    pub name: String,
    /// The domain that it is in.
    pub domain: Option<String>,
    /// Whether programs see the name with its domain.
    pub is_seen_in_full: bool,
}

/// The name with its domain is to be the host name, and no system takes one that is so long.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "Failed to construct FQDN from Pod hostname and cluster domain, FQDN {name} is too long \
     ({KERNEL_MAX} characters is the max, {} characters requested)",
    name.len()
)]
pub struct HostNameTooLong {
    name: String,
}

impl HostName {
    /// Returns the name with its domain, if it has one.
    pub fn in_full(&self) -> Option<String> {
        self.domain.as_ref().map(|domain| format!("{}.{domain}", self.name))
    }

    /// Returns what programs see: `HOSTNAME`, `/etc/hostname`.
    ///
    /// # Errors
    ///
    /// If it would be too long.
    pub fn seen(&self) -> Result<String, HostNameTooLong> {
        match self.in_full().filter(|_| self.is_seen_in_full) {
            Some(name) if name.len() > KERNEL_MAX => Err(HostNameTooLong { name }),
            Some(name) => Ok(name),
            None => Ok(self.name.clone()),
        }
    }
}

impl Pod {
    /// Returns the pod's host name, in a cluster of that domain.
    pub fn host_name(&self, cluster_domain: &str) -> HostName {
        let spec = &self.spec;
        if let Some(name) = &spec.hostname_override {
            return HostName { name: name.clone(), ..HostName::default() };
        }
        let name = spec.hostname.as_deref().unwrap_or(&self.metadata.name);
        let namespace = &self.metadata.namespace;
        let subdomain = spec.subdomain.as_ref();
        HostName {
            name: truncate(name).to_owned(),
            domain: subdomain.map(|domain| format!("{domain}.{namespace}.svc.{cluster_domain}")),
            is_seen_in_full: spec.set_hostname_as_fqdn,
        }
    }
}

/// Cuts a name to what a host name may have, and takes off what may not be its end.
fn truncate(name: &str) -> &str {
    name[..name.floor_char_boundary(LABEL_MAX)].trim_end_matches(['-', '.'])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::spec::{Identity, parse};

    #[test]
    fn long_names_are_cut() {
        let check = |name: &str, expected: &str| assert_eq!(truncate(name), expected);
        check("short", "short");
        check("with.dots", "with.dots");
        check(&"a".repeat(63), &"a".repeat(63));
        check(&"a".repeat(64), &"a".repeat(63));
        check(&format!("{}.-.{}", "a".repeat(60), "b".repeat(9)), &"a".repeat(60));
    }

    /// What programs see, and the domain.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "a table reads better without ampersands")]
    fn check(fields: Value, expected: &str) {
        let mut spec = json!({"containers": [{"name": "a", "image": "b"}]});
        spec.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let metadata = json!({"name": "web.0", "namespace": "shop"});
        let document =
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec});
        let parsed = parse(document.to_string().as_bytes()).remove(0);
        let identity = Identity { uid: "1".to_owned(), name_suffix: "x".to_owned() };
        let name = parsed.pod(&identity).unwrap().host_name("cluster.local");
        let seen = name.seen().unwrap_or_else(|error| error.to_string());
        assert_eq!([seen, name.domain.unwrap_or_default()].join(" "), expected);
    }

    #[test]
    fn names() {
        check(json!({}), "web.0 ");
        check(json!({"hostname": "db"}), "db ");
        check(json!({"subdomain": "sub"}), "web.0 sub.shop.svc.cluster.local");
        check(json!({"setHostnameAsFQDN": true}), "web.0 ");
        check(
            json!({"hostname": "db", "subdomain": "sub", "setHostnameAsFQDN": true}),
            "db.sub.shop.svc.cluster.local sub.shop.svc.cluster.local",
        );
        check(json!({"hostname": "db", "subdomain": "sub", "hostnameOverride": "a.b"}), "a.b ");
        let long = "s".repeat(40);
        check(
            json!({"hostname": "db", "subdomain": long, "setHostnameAsFQDN": true}),
            &format!(
                "Failed to construct FQDN from Pod hostname and cluster domain, FQDN \
                 db.{long}.shop.svc.cluster.local is too long (64 characters is the max, 66 \
                 characters requested) {long}.shop.svc.cluster.local"
            ),
        );
    }
}

//! The resolver's configuration of a pod, `/etc/resolv.conf`.
//!
//! Pure. What the policy of the pod says comes first, from the host or the cluster; what the pod
//! adds itself is appended, and what is said twice is there once.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use crate::spec::{DnsConfig, DnsPolicy};

/// How much of it a resolver takes.
const NAMESERVERS_MAX: usize = 3;
const SEARCHES_MAX: usize = 32;
const SEARCH_CHARACTERS_MAX: usize = 2048;

/// The configuration of a resolver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResolvConf {
    /// Addresses of name servers.
    pub nameservers: Vec<String>,
    /// Domains that short names are looked up in.
    pub searches: Vec<String>,
    /// Options, `name` or `name:value`.
    pub options: Vec<String>,
}

/// The cluster whose names a node's pods are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// The domain below which its names are.
    pub domain: String,
    /// Its name servers.
    pub dns: Vec<IpAddr>,
}

impl Default for Cluster {
    fn default() -> Self {
        Self { domain: "cluster.local".to_owned(), dns: Vec::new() }
    }
}

/// What of the document is not in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DnsNotice {
    /// The policy is that of a cluster, and there is none.
    NoClusterDns,
    /// There are more name servers than a resolver takes; those are left.
    Nameservers(String),
    /// There are more domains than a resolver takes; those are left.
    Searches(String),
}

impl DnsNotice {
    /// Returns Kubernetes' word for it.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NoClusterDns => "MissingClusterDNS",
            Self::Nameservers(_) | Self::Searches(_) => "DNSConfigForming",
        }
    }
}

impl fmt::Display for DnsNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoClusterDns => f.write_str(
                "there is no cluster DNS for dnsPolicy ClusterFirst: names are looked up as by \
                 dnsPolicy Default",
            ),
            Self::Nameservers(left) => write!(
                f,
                "Nameserver limits were exceeded, some nameservers have been omitted, the applied \
                 nameserver line is: {left}"
            ),
            Self::Searches(left) => write!(
                f,
                "Search Line limits were exceeded, some search paths have been omitted, the applied \
                 search line is: {left}"
            ),
        }
    }
}

impl ResolvConf {
    /// Reads a file. What it does not know is passed over, as every resolver does.
    pub fn parse(text: &str) -> Self {
        let mut conf = Self::default();
        for line in text.lines() {
            let line = line.split(['#', ';']).next().unwrap_or_default();
            let mut words = line.split_whitespace();
            match words.next() {
                Some("nameserver") => conf.nameservers.extend(words.next().map(str::to_owned)),
                Some("search") => {
                    let without_dot = |word: &str| match word.strip_suffix('.') {
                        Some("") | None => word.to_owned(),
                        Some(domain) => domain.to_owned(),
                    };
                    conf.searches = words.map(without_dot).collect();
                }
                Some("options") => merge(&mut conf.options, words.map(str::to_owned)),
                _ => {}
            }
        }
        conf
    }

    /// Makes the configuration of a pod in that namespace.
    pub fn of_pod(
        host: &Self,
        cluster: &Cluster,
        namespace: &str,
        policy: DnsPolicy,
        config: &DnsConfig,
    ) -> (Self, Vec<DnsNotice>) {
        let mut notices = Vec::new();
        let mut conf = match policy {
            DnsPolicy::None => Self::default(),
            DnsPolicy::Default => host.clone(),
            DnsPolicy::ClusterFirst | DnsPolicy::ClusterFirstWithHostNet => {
                if cluster.dns.is_empty() {
                    notices.push(DnsNotice::NoClusterDns);
                    host.clone()
                } else {
                    Self::of_cluster(host, cluster, namespace)
                }
            }
        };
        conf.nameservers.extend(config.nameservers.iter().cloned());
        conf.searches.extend(config.searches.iter().cloned());
        merge(&mut conf.options, config.options.iter().cloned());
        notices.extend(conf.cut());
        (conf, notices)
    }

    fn of_cluster(host: &Self, cluster: &Cluster, namespace: &str) -> Self {
        let domain = &cluster.domain;
        let own = [format!("{namespace}.svc.{domain}"), format!("svc.{domain}"), domain.clone()];
        Self {
            nameservers: cluster.dns.iter().map(IpAddr::to_string).collect(),
            searches: own.into_iter().chain(host.searches.iter().cloned()).collect(),
            options: vec!["ndots:5".to_owned()],
        }
    }

    /// Takes out what is there twice, and what a resolver would not take.
    fn cut(&mut self) -> Vec<DnsNotice> {
        let mut notices = Vec::new();
        unique(&mut self.nameservers);
        unique(&mut self.searches);
        if self.nameservers.len() > NAMESERVERS_MAX {
            self.nameservers.truncate(NAMESERVERS_MAX);
            notices.push(DnsNotice::Nameservers(self.nameservers.join(" ")));
        }
        let mut length = 0;
        let fits = |domain: &&String| {
            length += domain.len() + 1;
            length <= SEARCH_CHARACTERS_MAX + 1
        };
        let count = self.searches.iter().take(SEARCHES_MAX).take_while(fits).count();
        if count < self.searches.len() {
            self.searches.truncate(count);
            notices.push(DnsNotice::Searches(self.searches.join(" ")));
        }
        notices
    }
}

impl fmt::Display for ResolvConf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.searches.is_empty() {
            writeln!(f, "search {}", self.searches.join(" "))?;
        }
        for nameserver in &self.nameservers {
            writeln!(f, "nameserver {nameserver}")?;
        }
        if !self.options.is_empty() {
            writeln!(f, "options {}", self.options.join(" "))?;
        }
        Ok(())
    }
}

/// Adds options; one whose name is there already takes its place.
fn merge(options: &mut Vec<String>, more: impl Iterator<Item = String>) {
    fn name(option: &str) -> &str {
        option.split(':').next().unwrap_or_default()
    }
    for option in more {
        match options.iter_mut().find(|known| name(known) == name(&option)) {
            Some(known) => *known = option,
            None => options.push(option),
        }
    }
}

fn unique(words: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    words.retain(|word| seen.insert(word.clone()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn parses() {
        for (text, expected) in [
            ("", ""),
            ("nameserver 1.1.1.1\nnameserver ::1 # near\n", "nameserver 1.1.1.1\nnameserver ::1\n"),
            ("search a\nsearch b. . c\n", "search b . c\n"),
            (
                "options ndots:1 edns0\noptions ndots:2\nnonsense\nnameserver\n;x",
                "options ndots:2 edns0\n",
            ),
        ] {
            assert_eq!(ResolvConf::parse(text).to_string(), expected, "{text}");
        }
    }

    #[test]
    fn policies() {
        let host = "nameserver 9.9.9.9\nsearch home svc.k8s\noptions edns0\n";
        let host = ResolvConf::parse(host);
        let cluster = |dns: &[IpAddr]| Cluster { domain: "k8s".to_owned(), dns: dns.to_vec() };
        let with = cluster(&["10.0.0.10".parse().unwrap()]);
        let without = cluster(&[]);
        let config = DnsConfig {
            nameservers: words("9.9.9.9 1.1.1.1"),
            searches: words("home mine"),
            options: words("ndots:2 edns0"),
        };
        let nothing = DnsConfig::default();
        use DnsPolicy::{ClusterFirst, Default, None};
        let of_host = "search home svc.k8s\nnameserver 9.9.9.9\noptions edns0\n";
        for (policy, cluster, config, expected) in [
            (Default, &with, &nothing, of_host),
            (ClusterFirst, &without, &nothing, of_host),
            (
                ClusterFirst,
                &with,
                &nothing,
                "search ns.svc.k8s svc.k8s k8s home\nnameserver 10.0.0.10\noptions ndots:5\n",
            ),
            (
                ClusterFirst,
                &with,
                &config,
                "search ns.svc.k8s svc.k8s k8s home mine\nnameserver 10.0.0.10\n\
                 nameserver 9.9.9.9\nnameserver 1.1.1.1\noptions ndots:2 edns0\n",
            ),
            (
                None,
                &with,
                &config,
                "search home mine\nnameserver 9.9.9.9\nnameserver 1.1.1.1\noptions ndots:2 edns0\n",
            ),
        ] {
            let (conf, notices) = ResolvConf::of_pod(&host, cluster, "ns", policy, config);
            assert_eq!(conf.to_string(), expected, "{policy:?}");
            let expected = cluster.dns.is_empty().then_some(DnsNotice::NoClusterDns);
            assert_eq!(notices, Vec::from_iter(expected), "{policy:?}");
        }
    }

    #[test]
    fn what_is_too_much_is_left_out() {
        let check = |config: DnsConfig, nameservers: usize, searches: usize, reasons: &[&str]| {
            let host = ResolvConf::parse("nameserver 9.9.9.9\n");
            let cluster = Cluster::default();
            let made = ResolvConf::of_pod(&host, &cluster, "ns", DnsPolicy::Default, &config);
            let (conf, notices) = made;
            assert_eq!((conf.nameservers.len(), conf.searches.len()), (nameservers, searches));
            let told: Vec<_> = notices.iter().map(ToString::to_string).collect();
            assert_eq!(told.len(), reasons.len(), "{told:?}");
            for (told, reason) in told.iter().zip(reasons) {
                assert!(told.starts_with(reason), "{told}");
            }
        };
        let numbered = |count: usize, length: usize| {
            (0..count).map(|number| format!("{number:0length$}")).collect::<Vec<_>>()
        };
        let nameservers =
            |count| DnsConfig { nameservers: numbered(count, 3), ..DnsConfig::default() };
        let searches =
            |count, length| DnsConfig { searches: numbered(count, length), ..DnsConfig::default() };
        check(nameservers(2), 3, 0, &[]);
        check(nameservers(3), 3, 0, &["Nameserver limits"]);
        check(searches(32, 2), 1, 32, &[]);
        check(searches(33, 2), 1, 32, &["Search Line limits"]);
        check(searches(8, 255), 1, 8, &[]);
        check(searches(9, 227), 1, 8, &["Search Line limits"]);
        check(searches(9, 226), 1, 9, &[]);
    }
}

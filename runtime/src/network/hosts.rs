//! The hosts file of a pod: the names that it knows by itself.
//!
//! Pure. What programs read as `/etc/hosts` is what the pod's own resolver goes by, so that the two
//! cannot differ. The text is the kubelet's.

use std::fmt::{self, Write as _};
use std::net::IpAddr;

use super::{Family, PodAddresses};
use crate::spec::{HostAlias, HostName};

/// What every pod knows.
const LOCAL: &str = "\
# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
";

/// The hosts file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts(String);

impl Hosts {
    /// Makes the file of a pod. One without a name is not in it.
    pub fn new(addresses: &PodAddresses, name: &HostName, aliases: &[HostAlias]) -> Self {
        let mut text = LOCAL.to_owned();
        let mut add = |line: fmt::Arguments<'_>| {
            text.write_fmt(line).expect("text takes everything");
        };
        if !name.name.is_empty() {
            let names = name.in_full().into_iter().chain([name.name.clone()]).collect::<Vec<_>>();
            for family in [Family::V4, Family::V6] {
                add(format_args!("{}\t{}\n", addresses.of(family), names.join("\t")));
            }
        }
        if !aliases.is_empty() {
            add(format_args!("\n# Entries added by HostAliases.\n"));
        }
        for HostAlias { ip, hostnames } in aliases {
            add(format_args!("{ip}\t{}\n", hostnames.join("\t")));
        }
        Self(text)
    }

    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Returns the addresses of a name, in the order of the file.
    pub(super) fn addresses(&self, name: &str) -> Vec<IpAddr> {
        let lines = self.0.lines().filter(|line| !line.starts_with('#'));
        let of_line = |line: &str| {
            let mut words = line.split_whitespace();
            let address: IpAddr = words.next()?.parse().ok()?;
            words.any(|word| word.eq_ignore_ascii_case(name)).then_some(address)
        };
        let mut found = Vec::new();
        for address in lines.filter_map(of_line) {
            if !found.contains(&address) {
                found.push(address);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::network::NodeRanges;

    fn hosts(name: &str, domain: Option<&str>, aliases: &[(&str, &[&str])]) -> Hosts {
        let addresses = Arc::new(NodeRanges::default()).lease().unwrap().addresses();
        let domain = domain.map(str::to_owned);
        let name = HostName { name: name.to_owned(), domain, ..HostName::default() };
        let alias = |(ip, names): &(&str, &[&str])| HostAlias {
            ip: ip.parse().unwrap(),
            hostnames: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        Hosts::new(&addresses, &name, &aliases.iter().map(alias).collect::<Vec<_>>())
    }

    #[test]
    fn text() {
        let check = |hosts: Hosts, expected: &str| {
            assert_eq!(hosts.text().strip_prefix(LOCAL), Some(expected));
        };
        check(hosts("", None, &[]), "");
        check(hosts("web", None, &[]), "10.88.0.2\tweb\nfd88::2\tweb\n");
        check(
            hosts("web", Some("sub.ns"), &[("1.2.3.4", &["a", "b.c"]), ("::5", &["a"])]),
            "10.88.0.2\tweb.sub.ns\tweb\nfd88::2\tweb.sub.ns\tweb\n\n\
             # Entries added by HostAliases.\n1.2.3.4\ta\tb.c\n::5\ta\n",
        );
    }

    #[test]
    fn addresses() {
        let hosts = hosts("web", Some("sub.ns"), &[("1.2.3.4", &["a", "web"]), ("::5", &["a"])]);
        for (name, expected) in [
            ("localhost", "127.0.0.1 ::1"),
            ("LocalHost", "127.0.0.1 ::1"),
            ("ip6-localhost", "::1"),
            ("web", "10.88.0.2 fd88::2 1.2.3.4"),
            ("web.sub.ns", "10.88.0.2 fd88::2"),
            ("a", "1.2.3.4 ::5"),
            ("sub.ns", ""),
            ("1.2.3.4", ""),
            ("#", ""),
        ] {
            let found: Vec<_> = hosts.addresses(name).iter().map(IpAddr::to_string).collect();
            assert_eq!(found.join(" "), expected, "{name}");
        }
    }
}

//! The environment of a container, put together when the container starts.

use std::net::IpAddr;

use super::expand::expand;
use super::quantity::Quantity;
use super::{Container, EnvValue, FieldRef, Metadata, NodeResource};

/// What only the running pod knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodFacts {
    /// The name of the node.
    pub node_name: String,
    /// The service account, `default` if the document is silent.
    pub service_account_name: String,
    /// The addresses of the node, the preferred family first.
    pub host_ips: Vec<IpAddr>,
    /// The addresses of the pod, the preferred family first.
    pub pod_ips: Vec<IpAddr>,
    /// Cores that the node gives to pods.
    pub allocatable_cpu: Quantity,
    /// Bytes of memory that it gives.
    pub allocatable_memory: Quantity,
    /// Bytes of disk that it gives.
    pub allocatable_ephemeral_storage: Quantity,
}

/// Returns the variables that the document asks for, no name twice, in the order of first mention.
///
/// A later variable of the same name wins. `$(NAME)` refers to what was defined before it; what the
/// image defines is not seen, as in Kubernetes.
pub fn environment(
    container: &Container,
    metadata: &Metadata,
    facts: &PodFacts,
) -> Vec<(String, String)> {
    let mut variables = Vec::new();
    for variable in &container.env {
        let value = match &variable.value {
            EnvValue::Literal(text) => expand(text, |name| lookup(&variables, name)),
            EnvValue::Field(field) => field.value(metadata, facts),
            EnvValue::Allocatable { resource, divisor } => {
                let amount = match resource {
                    NodeResource::Cpu => facts.allocatable_cpu,
                    NodeResource::Memory => facts.allocatable_memory,
                    NodeResource::EphemeralStorage => facts.allocatable_ephemeral_storage,
                };
                amount.divided_by(*divisor).to_string()
            }
        };
        set(&mut variables, variable.name.clone(), value);
    }
    variables
}

/// Returns the image's variables with the document's over them.
pub fn over_image(
    image: impl IntoIterator<Item = (String, String)>,
    document: &[(String, String)],
) -> Vec<(String, String)> {
    let mut variables = Vec::new();
    for (name, value) in image.into_iter().chain(document.iter().cloned()) {
        set(&mut variables, name, value);
    }
    variables
}

/// Returns words of a command line with their references to the document's variables replaced.
pub fn expand_words(words: &[String], document: &[(String, String)]) -> Vec<String> {
    words.iter().map(|word| expand(word, |name| lookup(document, name))).collect()
}

fn lookup<'a>(variables: &'a [(String, String)], name: &str) -> Option<&'a str> {
    variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn set(variables: &mut Vec<(String, String)>, name: String, value: String) {
    match variables.iter_mut().find(|(known, _)| *known == name) {
        Some(variable) => variable.1 = value,
        None => variables.push((name, value)),
    }
}

impl FieldRef {
    /// Returns what a container sees of the field; a label that is not there is empty.
    pub fn value(&self, metadata: &Metadata, facts: &PodFacts) -> String {
        let first = |ips: &[IpAddr]| ips.first().map(IpAddr::to_string).unwrap_or_default();
        let all = |ips: &[IpAddr]| ips.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(",");
        match self {
            Self::Name => metadata.name.clone(),
            Self::Namespace => metadata.namespace.clone(),
            Self::Uid => metadata.uid.clone(),
            Self::Label(key) => metadata.labels.get(key).cloned().unwrap_or_default(),
            Self::Annotation(key) => metadata.annotations.get(key).cloned().unwrap_or_default(),
            Self::NodeName => facts.node_name.clone(),
            Self::ServiceAccountName => facts.service_account_name.clone(),
            Self::HostIp => first(&facts.host_ips),
            Self::HostIps => all(&facts.host_ips),
            Self::PodIp => first(&facts.pod_ips),
            Self::PodIps => all(&facts.pod_ips),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PodFacts, environment, expand_words, over_image};
    use crate::spec::parse::{Identity, parse};

    /// The environment of a container whose `env` is written in YAML's flow style.
    #[track_caller]
    fn check(env: &str, expected: &[(&str, &str)]) {
        let manifest = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a, labels: {{app: b}}}}\n\
             spec: {{containers: [{{name: a, image: a, env: {env}, resources: {{limits: {{cpu: 1500m}}}}}}]}}\n"
        );
        let identity = Identity { uid: "u".to_owned(), name_suffix: String::new() };
        let documents = parse(manifest.as_bytes());
        let pod = documents[0].pod(&identity).expect("it is a pod");
        let facts = PodFacts {
            node_name: "node".to_owned(),
            service_account_name: "default".to_owned(),
            host_ips: vec!["192.0.2.1".parse().expect("it is an address")],
            pod_ips: ["10.0.0.1", "fd00::1"].map(|ip| ip.parse().expect("it is an address")).into(),
            allocatable_cpu: 4.into(),
            allocatable_memory: (1 << 30).into(),
            allocatable_ephemeral_storage: 7.into(),
        };
        assert_eq!(environment(&pod.spec.containers[0], &pod.metadata, &facts), owned(expected));
    }

    fn owned(variables: &[(&str, &str)]) -> Vec<(String, String)> {
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_was_defined_before_can_be_referred_to() {
        check(
            "[{name: A, value: $(B)}, {name: B, value: b}, {name: C, value: $(B)$(A)}]",
            &[("A", "$(B)"), ("B", "b"), ("C", "b$(B)")],
        );
    }

    #[test]
    fn the_later_of_two_wins() {
        check(
            "[{name: A, value: '1'}, {name: B}, {name: A, value: $(A)2}]",
            &[("A", "12"), ("B", "")],
        );
    }

    #[test]
    fn fields() {
        let field = |name: &str, path: &str| {
            format!("{{name: {name}, valueFrom: {{fieldRef: {{fieldPath: \"{path}\"}}}}}}")
        };
        let env = [
            field("A", "metadata.name"),
            field("B", "metadata.namespace"),
            field("C", "metadata.uid"),
            field("D", "metadata.labels['app']"),
            field("E", "metadata.annotations['none']"),
            field("F", "spec.nodeName"),
            field("G", "spec.serviceAccountName"),
            field("H", "status.hostIP"),
            field("I", "status.podIP"),
            field("J", "status.podIPs"),
            field("K", "status.hostIPs"),
        ];
        check(
            &format!("[{}]", env.join(",")),
            &[
                ("A", "a"),
                ("B", "default"),
                ("C", "u"),
                ("D", "b"),
                ("E", ""),
                ("F", "node"),
                ("G", "default"),
                ("H", "192.0.2.1"),
                ("I", "10.0.0.1"),
                ("J", "10.0.0.1,fd00::1"),
                ("K", "192.0.2.1"),
            ],
        );
    }

    #[test]
    fn resources() {
        let field = |name: &str, resource: &str, divisor: &str| {
            format!(
                "{{name: {name}, valueFrom: {{resourceFieldRef: {{resource: {resource}, divisor: \
                 {divisor}}}}}}}"
            )
        };
        let env = [
            field("A", "limits.cpu", "1"),
            field("B", "limits.cpu", "1m"),
            field("C", "requests.cpu", "1m"),
            field("D", "requests.memory", "1"),
            field("E", "limits.memory", "1Mi"),
            field("F", "limits.ephemeral-storage", "0"),
        ];
        check(
            &format!("[{}]", env.join(",")),
            &[("A", "2"), ("B", "1500"), ("C", "1500"), ("D", "0"), ("E", "1024"), ("F", "7")],
        );
    }

    #[test]
    fn the_document_is_over_the_image() {
        let image = owned(&[("PATH", "/bin"), ("A", "image")]);
        let document = owned(&[("A", "document"), ("B", "b")]);
        assert_eq!(
            over_image(image, &document),
            owned(&[("PATH", "/bin"), ("A", "document"), ("B", "b")])
        );
        assert_eq!(
            expand_words(&["$(A)".to_owned(), "$(PATH)".to_owned()], &document),
            ["document", "$(PATH)"]
        );
    }
}

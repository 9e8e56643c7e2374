//! A manifest, judged: the one way from bytes to a [`Pod`].
//!
//! Each document is decoded, defaulted and checked, and everything that is wrong with it is told at
//! once, with its line. What Kubernetes would reject and what only this engine cannot do are two
//! things: the first is [`Problem::Invalid`], the second [`Problem::Unsupported`].

use std::fmt;

use serde_json::Value;

use super::invalid::Invalid;
use super::manifest::{self, Malformed};
use super::node::Node;
use super::path::FieldPath;
use super::qos::QosClass;
use super::support::Limitation;
use super::{Object, Pod, convert, judge};

/// How many objects a manifest may have, in documents and in lists.
const MAX_OBJECTS: usize = 10_000;

/// An object of a manifest, judged: a document, or one of the items of a list.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The line at which it starts, from 1.
    pub line: usize,
    /// What it is, if it says so.
    pub kind: Option<Kind>,
    /// `metadata.name`, or `metadata.generateName`; empty if it has neither.
    pub name: String,
    /// All that there is to say about it, in the order of lines.
    pub findings: Vec<Finding>,
    pub(super) object: Option<Value>,
}

/// The kind of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// `apiVersion`
    pub api_version: String,
    /// `kind`
    pub kind: String,
}

/// Something to say about a document, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The line of the manifest, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What there is to say.
    pub problem: Problem,
}

/// What there is to say about a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// It is no document.
    Malformed(String),
    /// Kubernetes would reject it.
    Invalid(Invalid),
    /// This engine cannot do what it asks for.
    Unsupported(Limitation),
    /// This engine passes over what it asks for.
    NoEffect(Limitation),
    /// Objects of this kind are not run here.
    NotRunnable(Kind),
    /// The API has no such kind.
    NoSuchKind(Kind),
    /// Nothing is known about this kind.
    Unchecked(Kind),
}

/// What makes a Pod different from all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Becomes `metadata.uid`.
    pub uid: String,
    /// What is appended to `metadata.generateName`, see [`Identity::suffix`].
    pub name_suffix: String,
}

/// Reads a manifest and judges its documents; what a list holds is judged one by one.
pub fn parse(manifest: &[u8]) -> Vec<Parsed> {
    let mut objects = Vec::new();
    for document in manifest::read(manifest) {
        judge::document(document, &mut objects);
        if objects.len() > MAX_OBJECTS {
            let line = objects.last().map_or(1, |last| last.line);
            let message = format!("it has more than {MAX_OBJECTS} objects up to here");
            return vec![Parsed::malformed(Malformed { line, column: 1, message })];
        }
    }
    objects
}

impl Parsed {
    /// Returns what there is to say of a document that cannot be read.
    pub(super) fn malformed(Malformed { line, column, message }: Malformed) -> Self {
        let problem = Problem::Malformed(message);
        let findings = vec![Finding { line, column, problem }];
        Self { line, kind: None, name: String::new(), findings, object: None }
    }

    /// Whether Kubernetes would accept it, as far as is known here.
    pub fn is_valid(&self) -> bool {
        !self.findings.iter().any(|finding| finding.problem.is_error())
    }

    /// Whether it can be run.
    pub fn is_runnable(&self) -> bool {
        self.findings.iter().all(|finding| finding.problem.is_harmless())
    }

    /// Returns the object with every default filled in, if it is valid and its kind is known.
    pub fn object(&self) -> Option<&Value> {
        self.object.as_ref().filter(|_| self.is_valid())
    }

    /// Returns the quality of service of a valid Pod.
    pub fn qos_class(&self) -> Option<QosClass> {
        let is_pod = self.kind.as_ref().is_some_and(Kind::is_pod);
        self.object().filter(|_| is_pod).map(QosClass::of)
    }

    /// Returns the Pod, if it is one that can be run.
    pub fn pod(&self, identity: &Identity) -> Option<Pod> {
        let is_pod = self.kind.as_ref().is_some_and(Kind::is_pod);
        let object = self.object.as_ref().filter(|_| is_pod && self.is_runnable())?;
        Some(convert::pod(&Node::root(object), identity))
    }

    /// Returns what a Pod can refer to, if it is a valid one.
    pub fn referent(&self) -> Option<Object> {
        let kind = self.kind.as_ref().filter(|kind| kind.is_referent())?;
        let object = Node::root(self.object()?);
        Some(match kind.kind.as_str() {
            "ConfigMap" => convert::config_map(&object),
            "PersistentVolumeClaim" => convert::claim(&object),
            _ => convert::secret(&object),
        })
    }
}

impl Kind {
    /// Returns what an object says of itself, in empty texts if it does not.
    pub(super) fn of(object: &Value) -> Self {
        let text = |field| object.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { api_version: text("apiVersion"), kind: text("kind") }
    }

    /// Whether the object said it.
    pub(super) fn is_named(&self) -> bool {
        !self.kind.is_empty() && !self.api_version.is_empty()
    }

    /// Returns what to do instead of running an object of this kind.
    fn instead(&self) -> &'static str {
        match self.kind.as_str() {
            "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job" => {
                "but a Pod of v1 with its spec.template may be"
            }
            "CronJob" => "but a Pod of v1 with its spec.jobTemplate.spec.template may be",
            "Service" => "but the hostPort of a Pod publishes a port",
            _ => "only a Pod of v1 can, with ConfigMaps, Secrets and claims",
        }
    }

    /// Whether this is a Pod.
    pub fn is_pod(&self) -> bool {
        self.api_version == "v1" && self.kind == "Pod"
    }

    /// Whether a Pod can refer to this.
    pub fn is_referent(&self) -> bool {
        self.api_version == "v1"
            && matches!(self.kind.as_str(), "ConfigMap" | "Secret" | "PersistentVolumeClaim")
    }
}

impl Identity {
    /// Returns five letters and digits from randomness, as Kubernetes appends them to names.
    ///
    /// Vowels, and digits that look like them, are left out, so that no word comes out.
    pub fn suffix(random: u64) -> String {
        const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
        let mut rest = random;
        (0..5)
            .map(|_| {
                let letter = LETTERS[(rest % LETTERS.len() as u64) as usize];
                rest /= LETTERS.len() as u64;
                char::from(letter)
            })
            .collect()
    }

    /// Returns the name that `generateName` becomes, never longer than a DNS label.
    pub(super) fn generated_name(&self, base: &str) -> String {
        const LONGEST_BASE: usize = 58;
        let base = &base[..base.floor_char_boundary(LONGEST_BASE)];
        format!("{base}{}", self.name_suffix)
    }
}

impl Problem {
    /// Whether the document can be run in spite of it.
    pub fn is_harmless(&self) -> bool {
        matches!(self, Self::NoEffect(_))
    }

    /// Whether Kubernetes would reject the document for it.
    pub fn is_error(&self) -> bool {
        matches!(self, Self::Malformed(_) | Self::Invalid(_) | Self::NoSuchKind(_))
    }

    /// Returns a word for programs: for what is invalid, that of Kubernetes' own answers.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "Malformed",
            Self::Invalid(invalid) => invalid.kind.reason(),
            Self::Unsupported(_) => "Unsupported",
            Self::NoEffect(_) => "NoEffect",
            Self::NotRunnable(_) => "NotRunnable",
            Self::NoSuchKind(_) => "NoSuchKind",
            Self::Unchecked(_) => "Unchecked",
        }
    }

    /// Returns it as a problem of an object that stands at `base`.
    pub(super) fn under(mut self, base: &FieldPath) -> Self {
        match &mut self {
            Self::Invalid(invalid) => invalid.field = invalid.field.under(base),
            Self::Unsupported(limitation) | Self::NoEffect(limitation) => {
                limitation.field = limitation.field.under(base);
            }
            Self::Malformed(_)
            | Self::NotRunnable(_)
            | Self::NoSuchKind(_)
            | Self::Unchecked(_) => {}
        }
        self
    }

    /// Returns the field that it is about.
    pub fn field(&self) -> Option<&FieldPath> {
        match self {
            Self::Invalid(invalid) => Some(&invalid.field),
            Self::Unsupported(limitation) | Self::NoEffect(limitation) => Some(&limitation.field),
            Self::Malformed(_)
            | Self::NotRunnable(_)
            | Self::NoSuchKind(_)
            | Self::Unchecked(_) => None,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(message) => f.write_str(message),
            Self::Invalid(invalid) => write!(f, "{invalid}"),
            Self::Unsupported(limitation) => {
                write!(f, "{}: not supported: {}", limitation.field, limitation.reason)
            }
            Self::NoEffect(limitation) => {
                write!(f, "{}: has no effect: {}", limitation.field, limitation.reason)
            }
            Self::NotRunnable(kind) => {
                write!(f, "a {kind} cannot be run yet, {}", kind.instead())
            }
            Self::NoSuchKind(kind) => write!(
                f,
                "no matches for kind \"{}\" in version \"{}\"",
                kind.kind, kind.api_version
            ),
            Self::Unchecked(kind) => {
                write!(f, "{kind} is not known here; it was not checked and cannot be run")
            }
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.kind, self.api_version)
    }
}

#[cfg(test)]
mod tests;

//! A manifest, judged: the one way from bytes to a [`Pod`].
//!
//! Each document is decoded, defaulted and checked, and everything that is wrong with it is told at
//! once, with its line. What Kubernetes would reject and what only this engine cannot do are two
//! things: the first is [`Problem::Invalid`], the second [`Problem::Unsupported`].

use std::fmt;

use serde_json::Value;

use super::invalid::{Invalid, InvalidKind};
use super::manifest::{self, Document, Malformed};
use super::node::Node;
use super::path::FieldPath;
use super::qos::QosClass;
use super::schema::{self, Structure};
use super::support::{self, Limitation};
use super::validate::{self, Errors};
use super::{Object, Pod, convert, decode, defaults};

/// A document of a manifest, judged.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The line at which it starts, from 1.
    pub line: usize,
    /// What it is, if it says so.
    pub kind: Option<Kind>,
    /// `metadata.name`, or `metadata.generateName`, or empty.
    pub name: String,
    /// All that there is to say about it, in the order of lines.
    pub findings: Vec<Finding>,
    object: Option<Value>,
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

/// Reads a manifest and judges its documents.
pub fn parse(manifest: &[u8]) -> Vec<Parsed> {
    manifest::read(manifest).into_iter().map(judge).collect()
}

impl Parsed {
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

    /// Returns the ConfigMap or Secret, if it is a valid one.
    pub fn config_object(&self) -> Option<Object> {
        let kind = self.kind.as_ref().filter(|kind| kind.is_config())?;
        let object = Node::root(self.object()?);
        Some(match kind.kind.as_str() {
            "ConfigMap" => convert::config_map(&object),
            _ => convert::secret(&object),
        })
    }
}

impl Kind {
    /// Whether this is a Pod.
    pub fn is_pod(&self) -> bool {
        self.api_version == "v1" && self.kind == "Pod"
    }

    /// Whether this is a ConfigMap or a Secret, which a Pod can refer to.
    pub fn is_config(&self) -> bool {
        self.api_version == "v1" && matches!(self.kind.as_str(), "ConfigMap" | "Secret")
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

fn judge(document: Result<Document, Malformed>) -> Parsed {
    let document = match document {
        Ok(document) => document,
        Err(Malformed { line, column, message }) => {
            let problem = Problem::Malformed(message);
            return Parsed {
                line,
                kind: None,
                name: String::new(),
                findings: vec![Finding { line, column, problem }],
                object: None,
            };
        }
    };
    let text = |path: &str| {
        document.value.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let kind = Kind { api_version: text("/apiVersion"), kind: text("/kind") };
    let name = Some(text("/metadata/name"))
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| text("/metadata/generateName"));
    let (object, problems) = match unnamed(&kind) {
        Some(invalid) => (None, vec![Problem::Invalid(invalid)]),
        None => match schema::kind(&kind.api_version, &kind.kind) {
            Some(structure) => judge_object(document.value.clone(), &kind, structure),
            None if schema::is_unheard_of(&kind.api_version, &kind.kind) => {
                (None, vec![Problem::NoSuchKind(kind.clone())])
            }
            None => (None, vec![Problem::Unchecked(kind.clone())]),
        },
    };
    let is_named = !kind.kind.is_empty() && !kind.api_version.is_empty();
    Parsed {
        line: document.line,
        findings: located(&document, problems),
        kind: is_named.then_some(kind),
        name,
        object,
    }
}

/// Returns what is missing to know what kind of object it is.
fn unnamed(kind: &Kind) -> Option<Invalid> {
    let fields = [("kind", &kind.kind), ("apiVersion", &kind.api_version)];
    let (field, _) = fields.into_iter().find(|(_, value)| value.is_empty())?;
    let detail = "it says what the document is".to_owned();
    Some(Invalid { field: FieldPath::root().field(field), kind: InvalidKind::Required { detail } })
}

fn judge_object(
    value: Value,
    kind: &Kind,
    structure: &'static Structure,
) -> (Option<Value>, Vec<Problem>) {
    let mut invalid = Vec::new();
    let mut object = decode::decode(value, structure, &mut invalid);
    let mut problems = Vec::new();
    if kind.is_pod() {
        problems.extend(support::limitations(&object, structure).into_iter().map(|limitation| {
            if limitation.refused {
                Problem::Unsupported(limitation)
            } else {
                Problem::NoEffect(limitation)
            }
        }));
    } else if !kind.is_config() {
        problems.push(Problem::NotRunnable(kind.clone()));
    }
    let mut errors = Errors::default();
    defaults::object(&kind.kind, &mut object);
    validate::object(&kind.kind, &Node::root(&object), &mut errors);
    // What was left out because of its type is not missing.
    let mistyped: Vec<_> = invalid.iter().map(|invalid| invalid.field.clone()).collect();
    invalid.extend(
        errors
            .into_vec()
            .into_iter()
            .filter(|error| !mistyped.iter().any(|field| field == &error.field)),
    );
    problems.extend(invalid.into_iter().map(Problem::Invalid));
    (Some(object), problems)
}

fn located(document: &Document, problems: Vec<Problem>) -> Vec<Finding> {
    if problems.is_empty() {
        return Vec::new();
    }
    let locator = document.locator();
    let mut findings: Vec<_> = problems
        .into_iter()
        .map(|problem| {
            let (line, column) = match problem.field() {
                Some(field) => locator.locate(field),
                None => locator.locate(&FieldPath::root().field("kind")),
            };
            Finding { line, column, problem }
        })
        .collect();
    findings.sort_by_key(|finding| (finding.line, finding.column));
    findings
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
                write!(
                    f,
                    "a {kind} cannot be run yet, only a Pod of v1, with ConfigMaps and Secrets"
                )
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

//! `wasmpod explain`: what a field means, and what becomes of it here.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Context as _, ensure};

use super::stdout::OutputError;
use crate::spec::printable;
use crate::spec::schema::{self, Field, Structure, Type, table};

/// Explain a field of a manifest, and whether it has an effect here
#[derive(Debug, clap::Args)]
pub(super) struct Explain {
    /// The field, e.g. pod.spec.containers.image
    #[arg(value_name = "FIELD.PATH")]
    path: String,

    /// List the fields of fields, too
    #[arg(long)]
    recursive: bool,
}

impl Explain {
    /// Runs the command.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let text = explain(&self.path, self.recursive)?;
        io::stdout().lock().write_all(text.as_bytes()).map_err(OutputError)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns what there is to say about a path that begins with a kind.
fn explain(path: &str, recursive: bool) -> anyhow::Result<String> {
    let mut names = path.split('.');
    let kind = names.next().filter(|kind| !kind.is_empty());
    let kind = kind.context("a path begins with a kind, e.g. pod.spec")?;
    let (api_version, mut structure) =
        schema::kind_named(kind).with_context(|| no_such_kind(kind))?;
    let kind = structure.name;
    let mut text = format!("kind:    {kind}\nversion: {api_version}\n");
    match kind {
        "Pod" => {}
        "ConfigMap" | "Secret" | "PersistentVolumeClaim" => {
            text.push_str(&format!("here:    a {kind} is what a Pod beside it can refer to\n"));
        }
        _ => text.push_str(&format!("here:    a {kind} can be validated, and not be run yet\n")),
    }
    let mut below = Some(structure);
    let (mut last, mut settled) = (None, None);
    for name in names {
        ensure!(!name.is_empty(), "\"{path}\" has a dot without a field after it");
        // Indexes of lists and keys of maps say nothing about a field.
        let name = match name.split_once('[') {
            Some((name, subscript)) if subscript.ends_with(']') => name,
            _ => name,
        };
        structure =
            below.with_context(|| format!("\"{path}\" goes beyond a field without parts"))?;
        let field = structure.field(name).with_context(|| no_such_field(structure, name))?;
        below = field.ty.structure();
        last = Some(field);
        settled = settled.or_else(|| Some(field).filter(|field| table::settles_all_below(field)));
    }
    if let Some(field) = last {
        text.push_str(&about(&printable(path), status(kind, settled.unwrap_or(field)), field));
    }
    if let Some(structure) = below {
        text.push_str("\nfields:\n");
        list(kind, structure, settled, recursive, 1, &mut text);
    }
    Ok(text)
}

/// Lists the fields of a structure, a line for each. A field above may have settled what becomes of
/// all of them.
fn list(
    kind: &str,
    structure: &Structure,
    settled: Option<&'static Field>,
    recursive: bool,
    depth: usize,
    text: &mut String,
) {
    for field in structure.fields {
        let name = format!("{:indent$}{}", "", field.name, indent = 2 * depth);
        let settled =
            settled.or_else(|| Some(field).filter(|field| table::settles_all_below(field)));
        let (status, _) = status(kind, settled.unwrap_or(field));
        text.push_str(&format!("{name:<34} {status:<12} {}\n", type_name(&field.ty)));
        if let Some(inner) = field.ty.structure().filter(|_| recursive) {
            list(kind, inner, settled, recursive, depth + 1, text);
        }
    }
}

fn no_such_kind(name: &str) -> String {
    let kinds: Vec<_> = schema::kinds().map(|(_, kind)| kind.name).collect();
    match schema::nearest(name, kinds.iter().copied()) {
        Some(kind) => format!("there is no kind \"{name}\"; did you mean \"{kind}\"?"),
        None => format!("there is no kind \"{name}\"; the kinds are {}", kinds.join(", ")),
    }
}

fn no_such_field(structure: &Structure, name: &str) -> String {
    let wrong = format!("{} has no field \"{name}\"", structure.name);
    match schema::nearest(name, structure.fields.iter().map(|field| field.name)) {
        Some(field) => format!("{wrong}; did you mean \"{field}\"?"),
        None => wrong,
    }
}

/// Returns what becomes of a field: of a kind that is not run, it is only looked at.
fn status(kind: &str, field: &Field) -> (&'static str, &'static str) {
    match table::status(field) {
        ("supported", note)
            if !matches!(kind, "Pod" | "ConfigMap" | "Secret" | "PersistentVolumeClaim") =>
        {
            ("validated", note)
        }
        status => status,
    }
}

fn about(path: &str, (status, note): (&str, &str), field: &Field) -> String {
    let mut text = format!("field:   {path}\ntype:    {}\nhere:    {status}", type_name(&field.ty));
    if !note.is_empty() {
        text.push_str(&format!(": {note}"));
    }
    text.push('\n');
    if !field.doc.is_empty() {
        text.push_str(&format!("\n{}\n", field.doc));
    }
    text
}

/// Returns a type as its name in Kubernetes' documentation.
fn type_name(ty: &Type) -> String {
    match ty {
        Type::Any => "any".to_owned(),
        Type::Bool => "boolean".to_owned(),
        Type::Bytes => "bytes".to_owned(),
        Type::Int32 | Type::Int64 => "integer".to_owned(),
        Type::IntOrString => "integer or string".to_owned(),
        Type::Quantity => "quantity".to_owned(),
        Type::Str => "string".to_owned(),
        Type::Time => "time".to_owned(),
        Type::List(inner) => format!("[]{}", type_name(inner)),
        Type::Map(inner) => format!("map[string]{}", type_name(inner)),
        Type::Object(structure) => structure.name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::explain;

    #[test]
    fn a_field_without_parts() {
        assert_eq!(
            explain("pod.spec.containers[0].image", false).expect("there is such a field"),
            "kind:    Pod\nversion: v1\nfield:   pod.spec.containers[0].image\ntype:    string\n\
             here:    supported\n\nThe image, e.g. registry.example.com/name:tag.\n"
        );
    }

    #[test]
    fn a_field_with_parts_lists_them() {
        let text = explain("pod.spec.volumes.emptyDir", false).expect("there is such a field");
        assert!(text.contains("\nfields:\n  medium "), "{text}");
        assert!(
            text.contains("  sizeLimit                        supported    quantity\n"),
            "{text}"
        );
    }

    #[test]
    fn what_is_quoted_does_not_write_to_the_terminal() {
        let text = explain("pod.spec[\u{1b}]2;x\u{7}]", false).expect("there is such a field");
        assert!(text.contains("field:   pod.spec[\\u001b]2;x\\u0007]\n"), "{text}");
    }

    #[test]
    fn a_kind() {
        let text = explain("deployment", false).expect("there is such a kind");
        let expected = "kind:    Deployment\nversion: apps/v1\n\
                        here:    a Deployment can be validated, and not be run yet\n\nfields:\n";
        assert!(text.starts_with(expected), "{text}");
    }

    #[test]
    fn what_is_said_of_a_field_holds_below_it() {
        let text = explain("pod.spec.affinity.nodeAffinity", true).expect("there is such a field");
        assert!(text.contains("here:    no effect: there is one node\n"), "{text}");
        assert!(!text.contains("supported"), "{text}");
        let text = explain("pod.spec.volumes", true).expect("there is such a field");
        assert!(text.contains("    fsType                         rejected "), "{text}");
        let text = explain("cm", false).expect("there is such a kind");
        assert!(
            text.contains("here:    a ConfigMap is what a Pod beside it can refer to\n"),
            "{text}"
        );
        assert!(text.contains("  data                             supported "), "{text}");
    }

    #[test]
    fn names_of_kinds() {
        for name in ["Pod", "pod", "pods", "po", "PO"] {
            let text = explain(name, false).expect("there is such a kind");
            assert!(text.starts_with("kind:    Pod\n"), "{name}: {text}");
        }
        for (name, kind) in [("sts", "StatefulSet"), ("svc", "Service"), ("cj", "CronJob")] {
            let text = explain(name, false).expect("there is such a kind");
            assert!(text.starts_with(&format!("kind:    {kind}\n")), "{name}: {text}");
        }
    }

    #[test]
    fn fields_of_fields() {
        let text = explain("pod.spec.volumes", true).expect("there is such a field");
        let lines: Vec<_> = text.lines().collect();
        let at = lines.iter().position(|line| line.starts_with("  emptyDir "));
        let below = &lines[at.expect("there is such a field") + 1..];
        assert!(below[0].starts_with("    medium "), "{text}");
        assert!(below[1].starts_with("    sizeLimit "), "{text}");
        let whole = explain("cronjob", true).expect("there is such a kind");
        assert!(whole.lines().count() > 1_000, "{whole}");
    }

    #[test]
    fn what_is_not_there() {
        for (path, expected) in [
            ("", "a path begins with a kind, e.g. pod.spec"),
            ("pood", "there is no kind \"pood\"; did you mean \"Pod\"?"),
            ("ingress", "there is no kind \"ingress\"; the kinds are Pod, "),
            (
                "pod.spec.Containers",
                "PodSpec has no field \"Containers\"; did you mean \"containers\"?",
            ),
            (
                "pod.spec.containers.imagePulPolicy",
                "Container has no field \"imagePulPolicy\"; did you mean \"imagePullPolicy\"?",
            ),
            ("pod.spec.x", "PodSpec has no field \"x\""),
            (".pod", "a path begins with a kind, e.g. pod.spec"),
            ("pod.", "\"pod.\" has a dot without a field after it"),
            ("pod..spec", "\"pod..spec\" has a dot without a field after it"),
            ("pod.spec[0", "Pod has no field \"spec[0\""),
            ("pod.spec.hostname.x", "\"pod.spec.hostname.x\" goes beyond a field without parts"),
        ] {
            let error = explain(path, false).expect_err("there is nothing there").to_string();
            assert!(error.starts_with(expected), "{path}: {error}");
        }
    }
}

//! `wasmpod explain`: what a field means, and what becomes of it here.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;

use crate::spec::schema::{self, Field, Structure, Type, table};

/// Explain a field of a manifest, and whether it has an effect here
#[derive(Debug, clap::Args)]
pub(super) struct Explain {
    /// The field, e.g. pod.spec.containers.image
    #[arg(value_name = "FIELD.PATH")]
    path: String,
}

impl Explain {
    /// Runs the command.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let text = explain(&self.path)?;
        io::stdout().lock().write_all(text.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns what there is to say about a path that begins with a kind.
fn explain(path: &str) -> anyhow::Result<String> {
    let mut names = path.split('.').filter(|name| !name.is_empty());
    let kind = names.next().context("a path begins with a kind, e.g. pod.spec")?;
    let (api_version, mut structure) = schema::kind_named(kind).with_context(|| {
        let kinds = schema::kinds().map(|(_, kind)| kind.name).collect::<Vec<_>>();
        format!("there is no kind \"{kind}\"; the kinds are {}", kinds.join(", "))
    })?;
    let kind = structure.name;
    let mut text = format!("kind:    {kind}\nversion: {api_version}\n");
    if kind != "Pod" {
        text.push_str(&format!("here:    a {kind} can be validated, and not be run yet\n"));
    }
    let mut below = Some(structure);
    let mut last = None;
    for name in names {
        // Indexes of lists and keys of maps say nothing about a field.
        let name = name.split('[').next().unwrap_or(name);
        structure =
            below.with_context(|| format!("\"{path}\" goes beyond a field without parts"))?;
        let field = find(structure, name)?;
        below = field.ty.structure();
        last = Some(field);
    }
    if let Some(field) = last {
        text.push_str(&about(path, kind, field));
    }
    if let Some(structure) = below {
        text.push_str("\nfields:\n");
        for field in structure.fields {
            let (status, _) = status(kind, field);
            text.push_str(&format!(
                "  {:<32} {:<12} {}\n",
                field.name,
                status,
                type_name(&field.ty)
            ));
        }
    }
    Ok(text)
}

fn find(structure: &Structure, name: &str) -> anyhow::Result<&'static Field> {
    let wrong_case = || structure.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name));
    structure.field(name).with_context(|| match wrong_case() {
        Some(field) => {
            format!("{} has no field \"{name}\", but \"{}\"", structure.name, field.name)
        }
        None => format!("{} has no field \"{name}\"", structure.name),
    })
}

/// Returns what becomes of a field: of a kind that is not run, it is only looked at.
fn status(kind: &str, field: &Field) -> (&'static str, &'static str) {
    match table::status(field) {
        ("supported", note) if kind != "Pod" => ("validated", note),
        status => status,
    }
}

fn about(path: &str, kind: &str, field: &Field) -> String {
    let (status, note) = status(kind, field);
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
            explain("pod.spec.containers[0].image").expect("there is such a field"),
            "kind:    Pod\nversion: v1\nfield:   pod.spec.containers[0].image\ntype:    string\n\
             here:    supported\n\nThe image, e.g. registry.example.com/name:tag.\n"
        );
    }

    #[test]
    fn a_field_with_parts_lists_them() {
        let text = explain("pod.spec.volumes.emptyDir").expect("there is such a field");
        assert!(text.contains("\nfields:\n  medium "), "{text}");
        assert!(
            text.contains("  sizeLimit                        no effect    quantity\n"),
            "{text}"
        );
    }

    #[test]
    fn a_kind() {
        let text = explain("deployment").expect("there is such a kind");
        let expected = "kind:    Deployment\nversion: apps/v1\n\
                        here:    a Deployment can be validated, and not be run yet\n\nfields:\n";
        assert!(text.starts_with(expected), "{text}");
    }

    #[test]
    fn what_is_not_there() {
        for (path, expected) in [
            ("", "a path begins with a kind, e.g. pod.spec"),
            ("pood", "there is no kind \"pood\"; the kinds are Pod, "),
            ("pod.spec.Containers", "PodSpec has no field \"Containers\", but \"containers\""),
            ("pod.spec.x", "PodSpec has no field \"x\""),
            ("pod.spec.hostname.x", "\"pod.spec.hostname.x\" goes beyond a field without parts"),
        ] {
            let error = explain(path).expect_err("there is nothing there").to_string();
            assert!(error.starts_with(expected), "{path}: {error}");
        }
    }
}

//! `wasmpod validate`: what Kubernetes, and what this engine, would say about manifests.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use serde_json::json;

use crate::spec::manifest::MAX_BYTES;
use crate::spec::parse::{Finding, Parsed, Problem, parse};

/// Check manifests as Kubernetes does, without running anything
///
/// Says everything that is wrong, with file, line, column and field. What is valid in Kubernetes
/// but not supported here, or without effect, is a warning. Exits with 1 if anything is wrong.
#[derive(Debug, clap::Args)]
pub(super) struct Validate {
    /// Manifests in YAML or JSON, directories of them, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// How to print what there is to say
    #[arg(short, long, value_enum, default_value = "text")]
    output: Output,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Output {
    /// A line for each
    Text,
    /// A JSON object a line for each document
    Json,
}

impl Validate {
    /// Runs the command.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let mut out = io::stdout().lock();
        let mut valid = true;
        for file in manifests(&self.files)? {
            let name = file.display().to_string();
            let documents = match read(&file) {
                Ok(bytes) => parse(&bytes),
                Err(error) => {
                    valid = false;
                    writeln!(out, "{name}: error: {error:#}")?;
                    continue;
                }
            };
            for document in &documents {
                valid &= document.is_valid();
                match self.output {
                    Output::Text => print_text(&mut out, &name, document)?,
                    Output::Json => writeln!(out, "{}", as_json(&name, document))?,
                }
            }
        }
        Ok(if valid { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Returns the files to read: those named, and those with a manifest's ending in directories.
fn manifests(files: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut manifests = Vec::new();
    for file in files {
        if !file.is_dir() {
            manifests.push(file.clone());
            continue;
        }
        let mut found = Vec::new();
        let entries =
            std::fs::read_dir(file).with_context(|| format!("cannot read {}", file.display()))?;
        for entry in entries {
            let path = entry.with_context(|| format!("cannot read {}", file.display()))?.path();
            if path.extension().is_some_and(|end| ["yaml", "yml", "json"].iter().any(|e| end == *e))
            {
                found.push(path);
            }
        }
        anyhow::ensure!(
            !found.is_empty(),
            "{} has no .yaml, .yml or .json file in it",
            file.display()
        );
        found.sort();
        manifests.extend(found);
    }
    Ok(manifests)
}

/// Reads a manifest, or a little more than one may have, so that its size is told.
fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = if file == Path::new("-") {
        read_bounded(io::stdin().lock())
    } else {
        read_bounded(std::fs::File::open(file).context("cannot open it")?)
    };
    bytes.context("cannot read it")
}

/// Reads one byte more than a manifest may have, at most: one that is too large shows.
pub(super) fn read_bounded(input: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn print_text(out: &mut impl Write, file: &str, document: &Parsed) -> io::Result<()> {
    for finding in &document.findings {
        writeln!(out, "{}", told(file, finding, severity(&finding.problem)))?;
    }
    Ok(())
}

fn as_json(file: &str, document: &Parsed) -> serde_json::Value {
    let findings: Vec<_> = document
        .findings
        .iter()
        .map(|Finding { line, column, problem }| {
            json!({
                "line": line,
                "column": column,
                "severity": severity(problem),
                "field": problem.field().map(ToString::to_string),
                "message": problem.to_string(),
            })
        })
        .collect();
    json!({
        "file": file,
        "line": document.line,
        "apiVersion": document.kind.as_ref().map(|kind| &kind.api_version),
        "kind": document.kind.as_ref().map(|kind| &kind.kind),
        "name": document.name,
        "valid": document.is_valid(),
        "runnable": document.is_runnable(),
        "findings": findings,
    })
}

/// Returns a finding as a line of text.
pub(super) fn told(file: &str, finding: &Finding, severity: &str) -> String {
    let Finding { line, column, problem } = finding;
    format!("{file}:{line}:{column}: {severity}: {problem}")
}

fn severity(problem: &Problem) -> &'static str {
    if problem.is_error() { "error" } else { "warning" }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{Output, Validate, as_json, manifests, print_text, read};
    use crate::spec::parse::parse;

    #[derive(clap::Parser)]
    struct Cli {
        #[command(flatten)]
        validate: Validate,
    }

    const WRONG: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  priority: 1\n";

    #[test]
    fn arguments() {
        let cli = Cli::try_parse_from(["x", "-", "-o", "json"]).expect("they are right");
        assert_eq!(cli.validate.output, Output::Json);
        assert!(Cli::try_parse_from(["x"]).is_err());
    }

    #[test]
    fn directories_are_searched_for_manifests() {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let path = |name: &str| directory.path().join(name);
        let empty = manifests(&[directory.path().to_owned()]).expect_err("it is empty");
        assert!(empty.to_string().ends_with("has no .yaml, .yml or .json file in it"), "{empty}");
        for name in ["b.json", "a.yaml", "c.txt"] {
            std::fs::write(path(name), "").expect("a file can be written");
        }
        let found = manifests(&[directory.path().to_owned(), "-".into()]).expect("it can be read");
        assert_eq!(found, [path("a.yaml"), path("b.json"), "-".into()]);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let error = read("/nowhere/pod.yaml".as_ref()).expect_err("it is not there");
        assert!(format!("{error:#}").starts_with("cannot open it: "), "{error:#}");
    }

    #[test]
    fn text_has_a_line_for_each_finding() {
        let mut out = Vec::new();
        for document in parse(WRONG.as_bytes()) {
            print_text(&mut out, "pod.yaml", &document).expect("memory can be written");
        }
        assert_eq!(
            String::from_utf8(out).expect("it is text"),
            "pod.yaml:4:1: error: spec.containers: Required value\n\
             pod.yaml:5:3: warning: spec.priority: has no effect: there is no scheduler, so no \
             pod gives way to another\n"
        );
    }

    #[test]
    fn json_has_a_line_for_each_document() {
        let documents = parse(WRONG.as_bytes());
        let json = as_json("pod.yaml", &documents[0]);
        assert_eq!(json["valid"], false);
        assert_eq!(json["kind"], "Pod");
        assert_eq!(json["findings"][0]["field"], "spec.containers");
    }
}

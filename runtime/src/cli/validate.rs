//! `wasmpod validate`: what Kubernetes, and what this engine, would say about manifests.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;

use super::manifest;
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
        for file in manifest::files(&self.files)? {
            let name = file.display().to_string();
            let documents = match manifest::read(&file) {
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

fn print_text(out: &mut impl Write, file: &str, document: &Parsed) -> io::Result<()> {
    for finding in &document.findings {
        writeln!(out, "{}", manifest::told(file, finding, severity(&finding.problem)))?;
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

fn severity(problem: &Problem) -> &'static str {
    if problem.is_error() { "error" } else { "warning" }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{Output, Validate, as_json, print_text};
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

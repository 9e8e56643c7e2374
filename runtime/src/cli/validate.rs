//! `wasmpod validate`: what Kubernetes, and what this engine, would say about manifests.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;

use super::manifests;
use super::stdout::OutputError;
use crate::spec::parse::{Finding, Parsed, Problem, parse};
use crate::spec::printable;

/// Check manifests as Kubernetes does, without running anything
///
/// Says everything that is wrong, with file, line, column and field. What is valid in Kubernetes
/// but not supported here, or without effect, is a warning. Exits with 1 if anything is wrong.
#[derive(Debug, clap::Args)]
pub(super) struct Validate {
    /// Manifests in YAML or JSON, directories of them, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Read directories in directories, too
    #[arg(short = 'R', long)]
    recursive: bool,

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
        for path in &self.files {
            let files = match manifests::named(path, self.recursive) {
                Ok(files) => files,
                Err(error) => {
                    valid = false;
                    self.print_failure(&mut out, path, &error).map_err(OutputError)?;
                    continue;
                }
            };
            for file in files {
                match manifests::read(&file) {
                    Ok(bytes) => {
                        for object in parse(&bytes) {
                            valid &= object.is_valid();
                            self.print(&mut out, &file, &object).map_err(OutputError)?;
                        }
                    }
                    Err(error) => {
                        valid = false;
                        self.print_failure(&mut out, &file, &error).map_err(OutputError)?;
                    }
                }
            }
        }
        Ok(if valid { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn print(&self, out: &mut impl Write, file: &Path, object: &Parsed) -> io::Result<()> {
        let file = file.display().to_string();
        match self.output {
            Output::Text => print_text(out, &file, object),
            Output::Json => print_json(out, &as_json(&file, object)),
        }
    }

    /// Prints why a file could not be read.
    fn print_failure(
        &self,
        out: &mut impl Write,
        file: &Path,
        error: &anyhow::Error,
    ) -> io::Result<()> {
        let file = file.display().to_string();
        match self.output {
            Output::Text => {
                writeln!(out, "{}", printable(&format!("{file}: error: {error:#}")))
            }
            Output::Json => print_json(out, &failure_as_json(&file, error)),
        }
    }
}

fn print_text(out: &mut impl Write, file: &str, document: &Parsed) -> io::Result<()> {
    for finding in &document.findings {
        writeln!(out, "{}", manifests::told(file, finding, severity(&finding.problem)))?;
    }
    Ok(())
}

fn print_json(out: &mut impl Write, json: &serde_json::Value) -> io::Result<()> {
    writeln!(out, "{}", printable(&json.to_string()))
}

fn as_json(file: &str, object: &Parsed) -> serde_json::Value {
    let findings: Vec<_> = object
        .findings
        .iter()
        .map(|Finding { line, column, problem }| {
            json!({
                "line": line,
                "column": column,
                "severity": severity(problem),
                "reason": problem.reason(),
                "field": problem.field().map(ToString::to_string),
                "message": problem.to_string(),
            })
        })
        .collect();
    json!({
        "file": file,
        "line": object.line,
        "apiVersion": object.kind.as_ref().map(|kind| &kind.api_version),
        "kind": object.kind.as_ref().map(|kind| &kind.kind),
        "name": Some(&object.name).filter(|name| !name.is_empty()),
        "valid": object.is_valid(),
        "runnable": object.is_runnable(),
        "findings": findings,
    })
}

/// Returns what is told of a file without text: all that [`as_json`] tells, though most is unknown.
fn failure_as_json(file: &str, error: &anyhow::Error) -> serde_json::Value {
    json!({
        "file": file,
        "line": null,
        "apiVersion": null,
        "kind": null,
        "name": null,
        "valid": false,
        "runnable": false,
        "findings": [{
            "line": null,
            "column": null,
            "severity": "error",
            "reason": "Unreadable",
            "field": null,
            "message": format!("{error:#}"),
        }],
    })
}

fn severity(problem: &Problem) -> &'static str {
    if problem.is_error() { "error" } else { "warning" }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{Output, Validate, as_json, failure_as_json, print_text};
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
    fn a_file_that_cannot_be_read_has_the_same_keys() {
        let error = anyhow::anyhow!("cannot open it");
        let keys = |json: &serde_json::Value| -> Vec<String> {
            json.as_object().expect("it is an object").keys().cloned().collect()
        };
        let failure = failure_as_json("pod.yaml", &error);
        let object = as_json("pod.yaml", &parse(WRONG.as_bytes())[0]);
        assert_eq!(keys(&failure), keys(&object));
        assert_eq!(keys(&failure["findings"][0]), keys(&object["findings"][0]));
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
        assert_eq!(json["findings"][0]["reason"], "FieldValueRequired");
    }

    #[test]
    fn what_is_quoted_does_not_write_to_the_terminal() {
        let mut out = Vec::new();
        for object in parse(b"apiVersion: v1\nkind: Pod\n\"\\e[2J\\n\": 1\n") {
            print_text(&mut out, "pod\n.yaml", &object).expect("memory can be written");
        }
        let text = String::from_utf8(out).expect("it is text");
        assert!(text.contains("unknown field \"\\u001b[2J\\n\""), "{text}");
        assert!(text.lines().all(|line| line.starts_with("pod\\n.yaml:")), "{text}");
    }
}

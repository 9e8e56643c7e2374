//! A scenario, as it stands in a file: a Pod, what is done to it, and what must be seen.
//!
//! A `.jsonl` file has a scenario in each line, any other is YAML with one in each document. Every
//! field is known, here and in what is expected: a typing error never makes a scenario pass.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Deserialize;
pub(super) use serde_json::Value;
use wasmpod::spec::manifest;

use super::expect::Expect;
use super::step::Step;

/// A scenario.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    /// Its name, and the uid of its Pod.
    pub(super) id: String,
    /// The Pod.
    pub(super) manifest: Value,
    /// ConfigMaps and Secrets beside it.
    #[serde(default)]
    pub(super) objects: Vec<Value>,
    /// What is done, in order.
    #[serde(deserialize_with = "super::step::deserialize")]
    pub(super) steps: Vec<Step>,
    /// What must be seen afterwards.
    pub(super) expect: Expect,
    /// After which it is given up.
    #[serde(default = "a_minute", rename = "timeout_s")]
    pub(super) timeout_seconds: u64,
    /// What it asks of the machine.
    #[serde(default)]
    pub(super) needs: Vec<String>,
    /// For people.
    #[serde(default, rename = "note")]
    _note: String,
    /// For people: where it is from.
    #[serde(default, rename = "source")]
    _source: String,
}

fn a_minute() -> u64 {
    60
}

impl Case {
    /// Reads the scenarios of a file, or of the files in a directory.
    pub(super) fn read_all(place: &Path) -> anyhow::Result<Vec<Self>> {
        let mut cases: Vec<Self> = Vec::new();
        for file in files(place).with_context(|| place.display().to_string())? {
            let bytes = std::fs::read(&file).with_context(|| file.display().to_string())?;
            for (number, value) in values(&file, &bytes)?.into_iter().enumerate() {
                let context = || format!("{}: scenario {}", file.display(), number + 1);
                let case = Self::from_json(value).with_context(context)?;
                if cases.iter().any(|other| other.id == case.id) {
                    bail!("{}: there are two `{}`", file.display(), case.id);
                }
                cases.push(case);
            }
        }
        Ok(cases)
    }

    pub(super) fn from_json(value: Value) -> anyhow::Result<Self> {
        Ok(serde_json::from_value(value)?)
    }
}

fn files(place: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !place.is_dir() {
        return Ok(vec![place.to_owned()]);
    }
    let paths = std::fs::read_dir(place)?.map(|entry| Ok(entry?.path()));
    let mut paths = paths.collect::<std::io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|end| end == "yaml" || end == "jsonl"));
    paths.sort();
    Ok(paths)
}

fn values(file: &Path, bytes: &[u8]) -> anyhow::Result<Vec<Value>> {
    if file.extension().is_some_and(|end| end == "jsonl") {
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let values = lines.map(serde_json::from_slice).collect::<Result<_, _>>();
        return values.with_context(|| file.display().to_string());
    }
    let documents = manifest::read(bytes).into_iter().map(|document| match document {
        Ok(document) => Ok(document.value),
        Err(error) => bail!("{}:{}: {}", file.display(), error.line, error.message),
    });
    documents.collect()
}

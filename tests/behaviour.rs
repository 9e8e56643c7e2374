//! Scenarios: real Pods of real guests, in real time, and what must be seen of them.
//!
//! A scenario is a document of `behaviour/*.yaml` (see `case`). Those of `behaviour/slow` take more
//! than seconds, because Kubernetes' own delays do; `cargo xtask test --behaviour` runs them, and
//! any other file of this form. All scenarios run beside each other: mostly they wait.

mod case;
mod expect;
mod play;
mod recorder;
mod seen;
mod step;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde_json::json;
use wasmpod::wasm::WasmExecutor;

use self::case::{Case, Value};

/// What `cargo xtask test --behaviour` says: the file or directory of scenarios.
const FILE: &str = "WASMPOD_BEHAVIOUR";
/// And the names of those to run, with blanks between them.
const ONLY: &str = "WASMPOD_BEHAVIOUR_ONLY";

/// What a scenario asks of the machine that this engine does not have.
const MISSING: [&str; 2] = ["native", "cgroup"];

/// How a scenario ended.
enum Outcome {
    Passed,
    Failed(Vec<String>),
    Skipped(String),
}

#[tokio::test]
async fn scenarios() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/behaviour");
    let place = std::env::var_os(FILE).map_or(own, PathBuf::from);
    let only = std::env::var(ONLY).unwrap_or_default();
    let only: Vec<_> = only.split_whitespace().collect();
    let mut cases = Case::read_all(&place).unwrap_or_else(|error| panic!("{error:#}"));
    cases.retain(|case| only.is_empty() || only.contains(&&*case.id));
    assert!(!cases.is_empty(), "{}: no scenario", place.display());
    let failed = run(&cases).await;
    assert!(failed.is_empty(), "{} of {} failed: {failed:?}", failed.len(), cases.len());
}

/// Runs scenarios beside each other, a line for each; returns those that failed.
async fn run(cases: &[Case]) -> Vec<&str> {
    let executor = executor();
    let mut running: FuturesUnordered<_> = cases
        .iter()
        .map(async |case| {
            let begun = Instant::now();
            (case, outcome(case, &executor).await, begun.elapsed())
        })
        .collect();
    let mut failed = Vec::new();
    while let Some((case, outcome, took)) = running.next().await {
        let (id, seconds) = (&case.id, took.as_secs_f64());
        match outcome {
            Outcome::Passed => eprintln!("ok      {id} ({seconds:.1} s)"),
            Outcome::Skipped(why) => eprintln!("skipped {id}: {why}"),
            Outcome::Failed(wrong) => {
                eprintln!(
                    "FAILED  {id} ({seconds:.1} s)\n          {}",
                    wrong.join("\n          ")
                );
                failed.push(&*case.id);
            }
        }
    }
    failed
}

async fn outcome(case: &Case, executor: &Arc<WasmExecutor>) -> Outcome {
    if let Some(what) = case.needs.iter().find(|what| MISSING.contains(&what.as_str())) {
        return Outcome::Skipped(format!("it needs {what}"));
    }
    match play::play(case, executor).await {
        Ok(wrong) if wrong.is_empty() => Outcome::Passed,
        Ok(wrong) => Outcome::Failed(wrong),
        Err(error) => Outcome::Failed(vec![format!("{error:#}")]),
    }
}

/// Compiled code is kept where the other tests keep theirs.
fn executor() -> Arc<WasmExecutor> {
    let compiled = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
    Arc::new(WasmExecutor::new(compiled).unwrap())
}

/// Checks what is found wrong with a Pod of one container that writes `hello` and exits with 3.
async fn check_wrong(expect: Value, expected: &[&str]) {
    let case = Case::from_json(json!({
        "id": "wrong",
        "manifest": {
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "wrong"},
            "spec": {
                "restartPolicy": "Never",
                "containers": [{"name": "a", "image": "scripted:1", "args": ["write hello;exit 3"]}],
            },
        },
        "steps": ["apply", "wait-settled"],
        "expect": expect,
    }));
    let wrong = play::play(&case.unwrap(), &executor()).await.unwrap();
    assert_eq!(wrong.len(), expected.len(), "{wrong:#?}");
    for (wrong, expected) in wrong.iter().zip(expected) {
        assert!(wrong.contains(expected), "{wrong:?} does not say {expected:?}");
    }
}

#[tokio::test]
async fn what_is_not_as_expected_is_told() {
    tokio::join!(
        check_wrong(json!({"phase": "Failed", "log": {"a": "^hello"}}), &[]),
        check_wrong(
            json!({"phase": "Succeeded"}),
            &["phase: want \"Succeeded\", found \"Failed\""]
        ),
        check_wrong(
            json!({"containers": {"a": {"exitCode": 0, "restartCount": ">=1"}, "b": {}}}),
            &[
                "a.exitCode: want 0, found 3",
                "a.restartCount: want >=1, found 0",
                "b: there is none"
            ],
        ),
        check_wrong(json!({"conditions": {"Ready": "True"}}), &["condition Ready: want \"True\""]),
        check_wrong(
            json!({"order": [["start:a", "exit:a"], ["exit:a", "start:a"], ["start:b", "exit:a"]]}),
            &["exit:a is not before start:a", "start:b is not before exit:a"],
        ),
        check_wrong(
            json!({"minDelay": [["start:a", "exit:a", 60]], "maxDelay": [["start:a", "gone", 0]]}),
            &["from start:a to exit:a", "from start:a to gone"],
        ),
        check_wrong(
            json!({"events": [{"reason": "Killing"}], "noEvents": [{"reason": "Started"}]}),
            &["no event", "an event"],
        ),
        check_wrong(
            json!({"log": {"a": "^bye"}, "logNot": {"a": "hel+o"}, "previousLog": {"a": ""}}),
            &["log of a: no \"^bye\"", "log of a: \"hel+o\"", "previous log of a: there is none"],
        ),
    );
}

#[test]
fn what_is_not_understood_is_refused() {
    fn check(step: &str, key: &str, expected: &str) {
        let case = Case::from_json(json!({
            "id": "odd", "manifest": {}, "steps": [step], "expect": {key: {}},
        }));
        let error = format!("{:#}", case.expect_err("it is refused"));
        assert!(error.contains(expected), "{error}");
    }
    check("apply", "moon", "unknown field `moon`");
    check("dance", "log", "no step `dance`");
    check("set-image a", "log", "want NAME=IMAGE");
    check("delete now", "log", "`now`");
}

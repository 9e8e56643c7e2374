//! What a test's `.json` says, in both of its forms.
//!
//! The first is one object: `args`, `env`, `dirs` or `root`, `exit_code`, `stdout`, `stderr`. The second is
//! a list of `operations`, which are done one after the other: `run` with the first four, `write` and `read`
//! with a stream (`id`) and what goes through it (`payload`), `wait` with the exit code. All that is written
//! is written at once, and all that is read is compared at the end; for a program with pipes that makes no
//! difference. What needs a network is not understood but noticed.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use serde::Deserialize;

/// What a test is given, and what it has to do.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Case {
    pub(super) given: Given,
    pub(super) exit_code: i32,
    /// All of it, if it matters.
    pub(super) stdout: Option<String>,
    pub(super) stderr: Option<String>,
    /// What it cannot do without and we do not have.
    pub(super) needs: Option<String>,
}

/// What a program is given.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) args: Vec<String>,
    pub(super) env: BTreeMap<String, String>,
    pub(super) dirs: Vec<Dir>,
    pub(super) stdin: String,
}

/// A directory that lies beside the test.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dir {
    pub(super) host: String,
    pub(super) guest: String,
}

/// A `.json` of either form.
#[derive(Deserialize)]
struct File {
    operations: Option<Vec<Operation>>,
    #[serde(default)]
    proposals: Vec<String>,
    world: Option<String>,
    #[serde(flatten)]
    run: Run,
    #[serde(default)]
    exit_code: i32,
    stdout: Option<String>,
    stderr: Option<String>,
}

#[derive(Default, Deserialize)]
struct Run {
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    /// Each is at its own name in the guest.
    #[serde(default)]
    dirs: Vec<String>,
    /// Is at `/` in the guest.
    root: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Operation {
    Run(Run),
    Write {
        #[serde(default)]
        payload: String,
    },
    Read {
        #[serde(default = "stdout")]
        id: String,
        #[serde(default)]
        payload: String,
    },
    Wait {
        #[serde(default)]
        exit_code: i32,
    },
    Connect {},
    Send {},
    Recv {},
    Request {},
    Kill {},
}

fn stdout() -> String {
    "stdout".to_owned()
}

impl Case {
    /// Reads a `.json`.
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let file: File = serde_json::from_str(text).context("not a test's specification")?;
        let mut case = match file.operations {
            Some(operations) => Self::of_operations(operations)?,
            None => Self {
                given: Given::from(file.run),
                exit_code: file.exit_code,
                stdout: file.stdout,
                stderr: file.stderr,
                needs: None,
            },
        };
        let other_world = file.world.filter(|world| world != "wasi:cli/command");
        if case.needs.is_none() {
            case.needs = other_world.or_else(|| file.proposals.first().cloned());
        }
        Ok(case)
    }

    fn of_operations(operations: Vec<Operation>) -> anyhow::Result<Self> {
        let mut case = Self::default();
        for operation in operations {
            match operation {
                Operation::Run(run) => case.given = Given::from(run),
                Operation::Write { payload } => case.given.stdin.push_str(&payload),
                Operation::Read { id, payload } => {
                    let stream = match id.as_str() {
                        "stdout" => &mut case.stdout,
                        "stderr" => &mut case.stderr,
                        other => bail!("no stream is called `{other}`"),
                    };
                    stream.get_or_insert_default().push_str(&payload);
                }
                Operation::Wait { exit_code } => case.exit_code = exit_code,
                Operation::Connect {} | Operation::Send {} | Operation::Recv {} => {
                    case.needs = Some("sockets".to_owned());
                }
                Operation::Request {} => case.needs = Some("http".to_owned()),
                Operation::Kill {} => case.needs = Some("signals".to_owned()),
            }
        }
        Ok(case)
    }
}

impl From<Run> for Given {
    fn from(run: Run) -> Self {
        let root = run.root.map(|host| Dir { host, guest: "/".to_owned() });
        let dirs = run.dirs.into_iter().map(|dir| Dir { host: dir.clone(), guest: dir });
        Self {
            args: run.args,
            env: run.env,
            dirs: root.into_iter().chain(dirs).collect(),
            stdin: String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &Case) {
        assert_eq!(Case::parse(text).unwrap(), *expected, "{text}");
    }

    fn dir(host: &str, guest: &str) -> Dir {
        Dir { host: host.to_owned(), guest: guest.to_owned() }
    }

    #[test]
    fn one_object() {
        check("{}", &Case::default());
        let given = Given {
            args: vec!["one".to_owned(), "two words".to_owned()],
            env: BTreeMap::from([("A".to_owned(), "b=c".to_owned())]),
            dirs: vec![dir("data.dir", "data.dir")],
            stdin: String::new(),
        };
        check(
            r#"{"args": ["one", "two words"], "env": {"A": "b=c"}, "dirs": ["data.dir"],
                "exit_code": 7, "stdout": "out\n", "stderr": ""}"#,
            &Case {
                given,
                exit_code: 7,
                stdout: Some("out\n".to_owned()),
                stderr: Some(String::new()),
                needs: None,
            },
        );
        let given = Given { dirs: vec![dir("data.dir", "/")], ..Default::default() };
        check(r#"{"root": "data.dir"}"#, &Case { given, ..Default::default() });
    }

    #[test]
    fn operations() {
        let given = Given {
            args: vec!["x".to_owned()],
            stdin: "in".to_owned(),
            dirs: vec![dir("data.dir", "/")],
            ..Default::default()
        };
        check(
            r#"{"operations": [
                {"type": "run", "args": ["x"], "root": "data.dir"},
                {"type": "write", "id": "stdin", "payload": "in"},
                {"type": "read", "payload": "o"}, {"type": "read", "id": "stdout", "payload": "ut"},
                {"type": "read", "id": "stderr", "payload": "err"},
                {"type": "wait", "exit_code": 3}]}"#,
            &Case {
                given,
                exit_code: 3,
                stdout: Some("out".to_owned()),
                stderr: Some("err".to_owned()),
                needs: None,
            },
        );
    }

    #[test]
    fn what_is_not_there_yet() {
        for (text, needs) in [
            (r#"{"proposals": ["sockets"]}"#, "sockets"),
            (r#"{"world": "wasi:http/service", "operations": []}"#, "wasi:http/service"),
            (r#"{"operations": [{"type": "run"}, {"type": "connect", "id": "s"}]}"#, "sockets"),
            (r#"{"operations": [{"type": "run"}, {"type": "request"}]}"#, "http"),
        ] {
            assert_eq!(Case::parse(text).unwrap().needs.as_deref(), Some(needs), "{text}");
        }
    }

    #[test]
    fn what_is_wrong() {
        for text in [
            "",
            "[]",
            r#"{"args": "x"}"#,
            r#"{"operations": [{"type": "dance"}]}"#,
            r#"{"operations": [{"type": "read", "id": "stdin"}]}"#,
        ] {
            assert!(Case::parse(text).is_err(), "{text}");
        }
    }
}

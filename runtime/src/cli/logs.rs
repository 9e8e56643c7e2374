//! `wasmpod logs`: what a container has written, from its log.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use jiff::{SignedDuration, Timestamp};

use super::{Context, stderr};
use crate::sandbox::{LogOptions, LogReadError, LogReader, LoggedContainer, PodLogs, Since};

/// How many candidates an error names.
const NAMES_MAX: usize = 10;

/// Print what a container of a Pod has written
///
/// Of Pods that run on this machine, and of the last one of each name that has ended: its logs are
/// kept until the next of that name is over. The options are those of `kubectl logs`.
#[derive(Args, Debug)]
pub(super) struct Logs {
    /// The name of the Pod, or its uid
    pod: String,

    /// Which container; the first if there are several
    #[arg(value_name = "CONTAINER", conflicts_with = "container")]
    container_argument: Option<String>,

    /// The same
    #[arg(short, long)]
    container: Option<String>,

    /// The namespace of the Pod
    #[arg(short, long, default_value = "default")]
    namespace: String,

    /// Go on with what is written later, until the container has ended
    #[arg(short, long)]
    follow: bool,

    /// The run before the last one
    #[arg(short, long)]
    previous: bool,

    /// So many lines from the end; all if negative
    #[arg(long, value_name = "LINES", default_value_t = -1, allow_negative_numbers = true)]
    tail: i64,

    /// Nothing older, e.g. 5s, 2m or 3h; 0 is no limit
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    since: Option<Duration>,

    /// Nothing older than a time (RFC 3339)
    #[arg(long, value_name = "TIME", conflicts_with = "since")]
    since_time: Option<Timestamp>,

    /// Put the time before every line
    #[arg(long)]
    timestamps: bool,

    /// End after so many bytes; 0 is no limit
    #[arg(long, value_name = "BYTES", default_value_t = 0)]
    limit_bytes: u64,
}

impl Logs {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<ExitCode> {
        let pod = self.pod(context)?;
        let container = self.container(&pod)?;
        let opened = LogReader::open(&pod.of(&container), &self.options()).await;
        let (name, pod) = (&container.name, &pod.name);
        let mut reader = match opened {
            Err(LogReadError::NoLog(_)) => {
                bail!("container {name:?} in pod {pod:?} has not been started");
            }
            Err(LogReadError::NoPreviousLog(_)) => {
                bail!("previous terminated container {name:?} in pod {pod:?} not found");
            }
            result => result?,
        };
        while let Some(chunk) = reader.next().await? {
            let mut stdout = io::stdout().lock();
            match stdout.write_all(&chunk.bytes).and_then(|()| stdout.flush()) {
                // `wasmpod logs … | head` has what it wanted.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
                result => result.context("cannot write the output")?,
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn options(&self) -> LogOptions {
        let since = self.since.filter(|ago| !ago.is_zero()).map(Since::Ago);
        let since = since.or(self.since_time.map(Since::Time));
        LogOptions {
            follow: self.follow,
            previous: self.previous,
            since,
            timestamps: self.timestamps,
            tail_lines: u64::try_from(self.tail).ok(),
            limit_bytes: Some(self.limit_bytes).filter(|bytes| *bytes > 0),
            stream: None,
        }
    }

    /// Returns the logs of the pod that is meant.
    fn pod(&self, context: &Context) -> anyhow::Result<PodLogs> {
        let logs = context.data.logs();
        let all = PodLogs::list(&logs, &context.data.pods())
            .with_context(|| format!("cannot read {}", logs.display()))?;
        let name = self.pod.strip_prefix("pod/").unwrap_or(&self.pod);
        let is_meant =
            |pod: &&PodLogs| pod.uid == name || pod.namespace == self.namespace && pod.name == name;
        let mut meant = all.iter().filter(is_meant);
        let Some(pod) = meant.next() else {
            let mut names: Vec<_> =
                all.iter().filter(|pod| pod.namespace == self.namespace).collect();
            names.dedup_by_key(|pod| &pod.name);
            let names = listed(names.iter().map(|pod| &pod.name));
            bail!("there are no logs of a pod {name:?} in namespace {:?}{names}", self.namespace);
        };
        if meant.any(|other| other.is_alive) {
            let uid = &pod.uid;
            stderr::say(format_args!(
                "several pods are named {name:?}; the youngest is {uid}, others go by their uid"
            ));
        }
        Ok(pod.clone())
    }

    /// Returns the container that is meant.
    fn container(&self, pod: &PodLogs) -> anyhow::Result<LoggedContainer> {
        let all = pod.containers().context("cannot read the logs of the pod")?;
        if let Some(name) = self.container.as_ref().or(self.container_argument.as_ref()) {
            let found = all.iter().find(|container| container.name == *name);
            return found.cloned().with_context(|| {
                let names = listed(all.iter().map(|container| &container.name));
                format!("container {name:?} is not valid for pod {:?}{names}", pod.name)
            });
        }
        let Some(first) = all.first() else { bail!("pod {:?} has no logs", pod.name) };
        if all.len() > 1 {
            let names: Vec<_> = all.iter().map(ToString::to_string).collect();
            let names = names.join(", ");
            stderr::say(format_args!("Defaulted container {:?} out of: {names}", first.name));
        }
        Ok(first.clone())
    }
}

/// Returns the names that could have been meant, as the end of a message.
fn listed<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let mut names: Vec<_> = names.take(NAMES_MAX + 1).map(String::as_str).collect();
    if names.is_empty() {
        return String::new();
    }
    if names.len() > NAMES_MAX {
        names[NAMES_MAX] = "…";
    }
    format!("; there are: {}", names.join(", "))
}

/// Reads a duration as kubectl does: `90s`, `1h30m`, `0`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let parsed: SignedDuration =
        text.parse().map_err(|_| "want a duration like 5s, 2m or 3h".to_owned())?;
    Duration::try_from(parsed).map_err(|_| "a duration is not negative".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, seconds) in
            [("5s", 5.0), ("2m", 120.0), ("1h30m", 5400.0), ("1.5h", 5400.0), ("0", 0.0)]
        {
            assert_eq!(duration(text).map(|d| d.as_secs_f64()), Ok(seconds), "{text}");
        }
        for text in ["", "5", "-5s", "soon"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn candidates() {
        let names: Vec<_> = (0..20).map(|n| format!("p{n}")).collect();
        assert_eq!(listed([].iter()), "");
        assert_eq!(listed(names[..2].iter()), "; there are: p0, p1");
        assert!(listed(names.iter()).ends_with("p9, …"));
    }
}

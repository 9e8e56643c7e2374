//! One step of a scenario.

use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use serde::{Deserialize as _, Deserializer, de::Error as _};
use serde_json::Value;

/// What is done to a Pod, or waited for.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    /// `apply`: the Pod is taken on.
    Apply,
    /// `wait 8s`: so much time passes.
    Pass(Duration),
    /// `wait-settled`: the Pod is over, or it is as expected and nothing changes any more.
    Settle,
    /// `wait Running`, `wait Ready`, `wait ImagePullBackOff`: until the phase is that, the condition
    /// true, or a container waits for that reason.
    Until(String),
    /// `wait-log NAME TEXT`: until the container has written that.
    UntilLog(String, String),
    /// `delete [grace=N] [force]`
    Delete { grace_seconds: Option<u64>, force: bool },
    /// `evict GRACE MESSAGE`: the node cannot have it any longer.
    Evict { grace_seconds: u64, message: String },
    /// `sample 5s after delete`: what is expected `duringTermination` must be so by then.
    Sample(Duration),
    /// `set-image NAME=IMAGE`
    SetImage { container: String, image: String },
    /// `patch {…}`: the document changes, as by a merge patch.
    Patch(Value),
    /// `set-object {…}`: a ConfigMap or Secret appears, or is another.
    SetObject(Value),
    /// `add-ephemeral {…}`
    AddEphemeral(Value),
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(steps: D) -> Result<Vec<Step>, D::Error> {
    let steps = Vec::<String>::deserialize(steps)?;
    let parsed = steps.iter().map(|text| Step::parse(text).with_context(|| text.clone()));
    parsed.map(|step| step.map_err(|error| D::Error::custom(format!("{error:#}")))).collect()
}

impl Step {
    fn parse(text: &str) -> anyhow::Result<Self> {
        let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
        let two = || rest.split_once(' ').ok_or_else(|| anyhow!("want two words"));
        Ok(match (verb, rest) {
            ("apply", "") => Self::Apply,
            ("wait-settled", "") => Self::Settle,
            ("wait", time) if seconds(time).is_ok() => Self::Pass(seconds(time)?),
            ("wait", what) if !what.is_empty() => Self::Until(what.to_owned()),
            ("wait-log", _) => {
                let (container, text) = two()?;
                Self::UntilLog(container.to_owned(), text.to_owned())
            }
            ("delete", _) => delete(rest)?,
            ("evict", _) => {
                let (grace, message) = two()?;
                Self::Evict { grace_seconds: grace.parse()?, message: message.to_owned() }
            }
            ("sample", _) => {
                let time = rest.strip_suffix(" after delete").context("want `Ns after delete`")?;
                Self::Sample(seconds(time)?)
            }
            ("set-image", _) => {
                let (container, image) = rest.split_once('=').context("want NAME=IMAGE")?;
                Self::SetImage { container: container.to_owned(), image: image.to_owned() }
            }
            ("patch", _) => Self::Patch(serde_json::from_str(rest)?),
            ("set-object", _) => Self::SetObject(serde_json::from_str(rest)?),
            ("add-ephemeral", _) => Self::AddEphemeral(serde_json::from_str(rest)?),
            _ => bail!("there is no step `{text}`"),
        })
    }
}

fn delete(rest: &str) -> anyhow::Result<Step> {
    let (mut grace_seconds, mut force) = (None, false);
    for word in rest.split_whitespace() {
        match word.split_once('=') {
            Some(("grace", seconds)) => grace_seconds = Some(seconds.parse()?),
            None if word == "force" => force = true,
            _ => bail!("`{word}` says nothing about a delete"),
        }
    }
    Ok(Step::Delete { grace_seconds, force })
}

fn seconds(text: &str) -> anyhow::Result<Duration> {
    let number = text.strip_suffix('s').context("want seconds, as 8s")?;
    Ok(Duration::try_from_secs_f64(number.parse()?)?)
}

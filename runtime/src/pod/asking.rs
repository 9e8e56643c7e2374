//! Probes and hooks, carried out once.

use std::sync::Arc;

use crate::executor::{Exec, ExecConfig, ExitCause, Stdin};
use crate::lifecycle::Answer;
use crate::network::PodNetwork;
use crate::sandbox::ContainerLog;
use crate::spec::{Container, HookHandler, Probe, ProbeHandler};

pub(super) struct Target {
    pub(super) container: Arc<Container>,
    pub(super) network: Arc<PodNetwork>,
    pub(super) exec: Arc<dyn Exec>,
}

pub(super) async fn probe(probe: &Probe, target: &Target) -> Answer {
    let ProbeHandler::Exec(command) = &probe.handler else {
        return Answer::Error("unknown".to_owned());
    };
    let timeout = std::time::Duration::from_secs(probe.timeout_seconds.into());
    match tokio::time::timeout(timeout, exec(command, target)).await {
        Ok(Ok(())) => Answer::Success,
        Ok(Err(text)) => Answer::Failure(text),
        Err(_) => Answer::Failure("timed out".to_owned()),
    }
}

pub(super) async fn run_hook(hook: &HookHandler, target: &Target) -> Result<(), String> {
    match hook {
        HookHandler::Exec(command) => exec(command, target).await,
        HookHandler::Sleep(seconds) => {
            tokio::time::sleep(std::time::Duration::from_secs(*seconds)).await;
            Ok(())
        }
        _ => Err("invalid handler".to_owned()),
    }
}

async fn exec(command: &[String], target: &Target) -> Result<(), String> {
    let _ = &target.network;
    let _ = &target.container;
    let config = ExecConfig {
        argv: command.to_vec(),
        stdin: Stdin::Closed,
        tty: false,
        output: ContainerLog::discard(),
    };
    let mut run = target.exec.create(config).await.map_err(|error| error.to_string())?;
    run.start().await.map_err(|error| error.to_string())?;
    let exit = run.wait().await;
    match exit.cause {
        ExitCause::Exited if exit.code == 0 => Ok(()),
        _ => Err(format!("exit code {}", exit.code)),
    }
}

//! Hooks: what is done after a container's start, or before it is asked to end.

use std::time::Duration;

use super::request::Get;
use super::{Target, exec, http};
use crate::spec::{HookHandler, HttpGet};

/// Carries out a hook, however long it takes.
///
/// # Errors
///
/// If it fails, in the kubelet's words. Those are for the log and for the container's status, not
/// for an event, in which the kubelet says `PostStartHook failed` or `PreStopHook failed` and no
/// more: a hook may print secrets.
pub async fn run_hook(hook: &HookHandler, target: &Target<'_>) -> Result<(), String> {
    match hook {
        HookHandler::Exec(command) => exec_hook(command, target).await,
        HookHandler::HttpGet(get) => http_hook(get, target).await,
        HookHandler::Sleep(seconds) => {
            tokio::time::sleep(Duration::from_secs(*seconds)).await;
            Ok(())
        }
        HookHandler::TcpSocket(_) => {
            Err("Cannot run handler: invalid handler: tcpSocket".to_owned())
        }
    }
}

async fn exec_hook(command: &[String], target: &Target<'_>) -> Result<(), String> {
    let failed = |error: String, output: String| {
        let command = command.join(" ");
        let whose = whose(target);
        format!(
            "Exec lifecycle hook ([{command}]) {whose} failed - error: {error}, message: {output:?}"
        )
    };
    match exec::run(command.to_vec(), target).await {
        Ok(ended) if ended.exit.code == 0 => Ok(()),
        Ok(ended) => {
            let (command, code) = (command.join(" "), ended.exit.code);
            let complaint = ended.complaint();
            let error = format!("command '{command}' exited with {code}: {complaint}");
            Err(failed(error, ended.output()))
        }
        Err(error) => Err(failed(error.to_string(), String::new())),
    }
}

/// Gets a URL; that there is an answer is enough. A server that has no TLS is asked without, as
/// hooks were before their scheme was looked at.
async fn http_hook(get: &HttpGet, target: &Target<'_>) -> Result<(), String> {
    let failed = |error: String| {
        let whose = whose(target);
        format!("HTTP lifecycle hook ({}) {whose} failed - error: {error}", get.path)
    };
    let request = Get::new(get, target.container, &target.pod_ip(), "lifecycle");
    let request = request.map_err(|error| failed(error.to_string()))?;
    let mut fetched = http::fetch(request.clone(), target.network).await;
    if fetched.as_ref().is_err_and(http::FetchError::is_plain_http) {
        fetched = http::fetch(request.in_the_clear(), target.network).await;
    }
    let mut reply = fetched.map_err(|error| failed(error.to_string()))?;
    // A server may mind that nobody listens to the end; how it ends is of no interest.
    let _ = reply.body().await;
    Ok(())
}

fn whose(target: &Target<'_>) -> String {
    let metadata = &target.pod.metadata;
    let pod = format!("{}_{}({})", metadata.name, metadata.namespace, metadata.uid);
    format!("for Container {:?} in Pod {pod:?}", target.container.name.as_str())
}

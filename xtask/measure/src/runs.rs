//! Runs of one container, one after the other, in one pod.

use std::sync::Arc;
use std::time::Instant;

use anyhow::bail;
use wasmpod::executor::{ContainerConfig, Stdin};
use wasmpod::image::{Image, Keyring};
use wasmpod::runtime::Runtime;
use wasmpod::sandbox::{ContainerLog, Places, PodSandbox};
use wasmpod::spec::environment::Allocatable;
use wasmpod::spec::files::Sources;
use wasmpod::spec::{ImagePullPolicy, Objects, Pod};

use crate::pod::pod;
use crate::{IMAGE, Input};

pub(crate) async fn answer(runtime: &Arc<Runtime>) -> anyhow::Result<()> {
    let pod = pod(0);
    let keyring = Keyring::default();
    let found = runtime.images.ensure(IMAGE, ImagePullPolicy::Never, &keyring, &|_| ());
    let (image, _) = found.await?;
    let (objects, allocatable) = (Objects::default(), Allocatable::default());
    let (pods, claims) = (runtime.data.pods(), runtime.data.claims());
    let places = Places { pods: &pods, claims: &claims };
    let sources = Sources { pod: &pod, objects: &objects, allocatable: &allocatable };
    let sandbox = PodSandbox::create(places, &runtime.network, &sources)?;
    let sandbox = Arc::new(sandbox);
    let mut input = Input::new();
    while input.line().await.is_some() {
        let start = Instant::now();
        run(runtime, &pod, &image, &sandbox).await?;
        crate::answer(start.elapsed().as_secs_f64() * 1e6)?;
    }
    sandbox.remove()?;
    Ok(())
}

/// What the start action does, and then waits for the end.
async fn run(
    runtime: &Runtime,
    pod: &Pod,
    image: &Arc<Image>,
    sandbox: &Arc<PodSandbox>,
) -> anyhow::Result<()> {
    let name = pod.spec.containers[0].name.clone();
    let log = ContainerLog::create(name.clone(), &runtime.data.path().join("0.log"), None)?;
    let config = ContainerConfig {
        name,
        image: image.clone(),
        argv: image.config.entrypoint.clone(),
        env: Vec::new(),
        working_dir: "/".to_owned(),
        mounts: Vec::new(),
        stdin: Stdin::Closed,
        tty: false,
        memory_limit_bytes: None,
        cpu_limit_millis: None,
        listen_ports: Vec::new(),
        http_port: 80,
        http: wasmpod::spec::HttpSettings::default(),
        log: log.clone(),
        sandbox: sandbox.clone(),
    };
    let mut container = runtime.executor.create(config).await?;
    container.start().await?;
    let exit = container.wait().await;
    log.close().await;
    if exit.code != 0 {
        bail!("the guest ended with {exit:?}");
    }
    Ok(())
}

//! Pods as nobody would write them.

use super::random::Random;
use crate::lifecycle::tests::{pod, probe};
use crate::spec::{
    Container, ContainerKind, ContainerRestartPolicy, ExitCodes, HookHandler, Pod, Probe,
    RestartAction, RestartPolicy, RestartRule,
};

/// Returns a pod that is valid, at least.
pub(super) fn random_pod(random: &mut Random) -> Pod {
    let policy =
        random.pick(&[RestartPolicy::Always, RestartPolicy::OnFailure, RestartPolicy::Never]);
    let (inits, mains) = (random.below(4), 1 + random.below(4));
    let mut names: Vec<String> = Vec::new();
    for number in 0..inits {
        names.push(format!("{}:init{number}", random.pick(&["i", "s"])));
    }
    names.extend((0..mains).map(|number| format!("main{number}")));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut pod = pod(policy, &names);
    pod.spec.termination_grace_seconds = random.below(60);
    pod.spec.active_deadline_seconds = random.one_in(3).then(|| 1 + random.below(600));
    for container in pod.spec.init_containers.iter_mut().chain(&mut pod.spec.containers) {
        furnish(container, random);
    }
    pod
}

/// Gives a container what its kind may have.
fn furnish(container: &mut Container, random: &mut Random) {
    if random.one_in(4) && container.kind != ContainerKind::Sidecar {
        use ContainerRestartPolicy::{Always, Never, OnFailure};
        let policies: &[_] = match container.kind {
            // `Always` would make a sidecar of it.
            ContainerKind::Init => &[OnFailure, Never],
            _ => &[Always, OnFailure, Never],
        };
        container.restart_policy = Some(random.pick(policies));
        container.restart_policy_rules =
            (0..random.below(3)).map(|_| random_rule(random)).collect();
    }
    if container.kind == ContainerKind::Init {
        return;
    }
    container.startup_probe = random.one_in(4).then(|| random_probe(random));
    container.liveness_probe = random.one_in(4).then(|| random_probe(random));
    container.readiness_probe = random.one_in(4).then(|| random_probe(random));
    container.post_start = random.one_in(4).then_some(HookHandler::Sleep(1));
    container.pre_stop = random.one_in(4).then_some(HookHandler::Sleep(1));
}

fn random_rule(random: &mut Random) -> RestartRule {
    let codes = vec![i32::try_from(random.below(4)).unwrap()];
    RestartRule {
        exit_codes: if random.one_in(2) { ExitCodes::In(codes) } else { ExitCodes::NotIn(codes) },
        action: random.pick(&[RestartAction::Restart, RestartAction::RestartAllContainers]),
    }
}

fn random_probe(random: &mut Random) -> Probe {
    let small = |random: &mut Random| u32::try_from(random.below(20)).unwrap();
    Probe {
        initial_delay_seconds: small(random),
        period_seconds: 1 + small(random),
        failure_threshold: 1 + small(random) / 5,
        termination_grace_seconds: random.one_in(2).then(|| 1 + random.below(20)),
        ..probe()
    }
}

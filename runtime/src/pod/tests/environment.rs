//! Containers whose variables come from objects and files.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::{Play, pod};
use crate::spec::{
    ConfigMap, EnvFrom, EnvFromSource, EnvValue, EnvVar, FileKeyRef, KeyRef, NamespacedName,
    Object, RestartPolicy,
};

fn config_map(name: &str, value: &str) -> Object {
    Object::ConfigMap(Arc::new(ConfigMap {
        name: NamespacedName::new("default", name),
        data: BTreeMap::from([("A".to_owned(), value.to_owned())]),
        binary_data: BTreeMap::new(),
        immutable: false,
    }))
}

impl Play {
    /// Waits until that many seconds after the start; returns why the first container waits then.
    async fn waiting_after(&self, seconds: u64) -> (String, String) {
        tokio::time::sleep_until(self.started + Duration::from_secs(seconds)).await;
        let status = self.status.borrow().container_statuses.clone().unwrap();
        let waiting = status[0].state.clone().unwrap().waiting.expect("it waits");
        (waiting.reason.unwrap(), waiting.message.unwrap())
    }
}

#[tokio::test(start_paused = true)]
async fn a_container_waits_for_what_it_refers_to() {
    let mut pod = pod(RestartPolicy::Never, &["a: run 1, env A, env B"]);
    let container = &mut pod.spec.containers[0];
    container.env_from = vec![EnvFrom {
        prefix: String::new(),
        source: EnvFromSource::ConfigMap("first".to_owned()),
        optional: false,
    }];
    let key = KeyRef { name: "second".to_owned(), key: "A".to_owned(), optional: false };
    container.env = vec![EnvVar { name: "B".to_owned(), value: EnvValue::ConfigMapKey(key) }];

    let play = Play::start(pod);
    let waits = |message: &str| ("CreateContainerConfigError".to_owned(), message.to_owned());
    assert_eq!(play.waiting_after(5).await, waits("configmap \"first\" not found"));
    play.runtime.objects.change(|objects| objects.insert(config_map("first", "1")));
    assert_eq!(play.waiting_after(15).await, waits("configmap \"second\" not found"));
    play.runtime.objects.change(|objects| objects.insert(config_map("second", "2")));
    let mut play = play.ends("Succeeded", "20 create a; 20 A=1; 20 B=2; 20 start a").await;
    let expected = ["first", "second"].map(|name| format!("Error: configmap {name:?} not found"));
    assert_eq!(play.notices("Failed"), expected);
}

#[tokio::test(start_paused = true)]
async fn each_start_sees_what_is_there_then() {
    let mut pod = pod(RestartPolicy::OnFailure, &["a: run 5, exit 1, env A"]);
    let key = KeyRef { name: "map".to_owned(), key: "A".to_owned(), optional: true };
    pod.spec.containers[0].env =
        vec![EnvVar { name: "A".to_owned(), value: EnvValue::ConfigMapKey(key) }];
    let play = Play::start(pod);
    tokio::time::sleep_until(play.started + Duration::from_secs(2)).await;
    play.runtime.objects.change(|objects| objects.insert(config_map("map", "later")));
    play.stop_after(4, None).await;
    play.ends("Failed", "0 create a; 0 start a; 5 create a; 5 A=later; 5 start a; 6 Terminate a")
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_file_is_read_when_the_container_starts() {
    let mut pod = pod(RestartPolicy::Never, &["i:init: run 3", "a: env KEY"]);
    let file = FileKeyRef {
        volume: "data".to_owned(),
        path: "env".to_owned(),
        key: "KEY".to_owned(),
        optional: false,
    };
    pod.spec.containers[0].env =
        vec![EnvVar { name: "KEY".to_owned(), value: EnvValue::FileKey(file) }];
    let play = Play::start(pod);
    assert_eq!(play.waiting_after(5).await.0, "CreateContainerConfigError");
    let file = play.data.path().join("pods/1234/volumes/data/env");
    std::fs::write(file, "KEY='value'\n").unwrap();
    play.ends("Succeeded", "0 create init; 0 start init; 13 create a; 13 KEY=value; 13 start a")
        .await;
}

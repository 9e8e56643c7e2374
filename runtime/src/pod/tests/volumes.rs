//! Volumes that follow objects and the pod itself.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::{Play, pod};
use crate::pod::PodRequest;
use crate::spec::{
    ConfigMap, DownwardFile, DownwardValue, EmptyDirMedium, FileSource, FileVolume, NamespacedName,
    Object, ObjectFiles, Pod, RestartPolicy, Volume, VolumeSource,
};

/// Returns a pod that runs for so many seconds, with a volume `files` of these sources.
fn pod_with(seconds: u32, sources: Vec<FileSource>) -> Pod {
    let mut pod = pod(RestartPolicy::Never, &[&format!("a: run {seconds}")]);
    let files = FileVolume { is_projected: true, default_mode: 0o644, sources };
    let source = VolumeSource::Files(files);
    pod.spec.volumes.push(Volume { name: "files".to_owned(), source });
    pod
}

fn config_map_files(name: &str) -> FileSource {
    let name = name.to_owned();
    FileSource::ConfigMap(ObjectFiles { name, items: Vec::new(), optional: false })
}

fn config_map(name: &str, key: &str, immutable: bool) -> Object {
    Object::ConfigMap(Arc::new(ConfigMap {
        name: NamespacedName::new("default", name),
        data: BTreeMap::from([(key.to_owned(), String::new())]),
        binary_data: BTreeMap::new(),
        immutable,
    }))
}

impl Play {
    /// Waits until that many seconds after the start, and until nothing is under way.
    async fn at(&self, seconds: u64) {
        let then = self.started + Duration::from_secs(seconds) + Duration::from_millis(1);
        tokio::time::sleep_until(then).await;
    }

    /// Returns the names in the volume that its containers are meant to see.
    fn files(&self) -> Vec<String> {
        let volume = self.data.path().join("pods/1234/volumes/files");
        let entries = std::fs::read_dir(volume).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| !name.starts_with("..")).collect();
        names.sort();
        names
    }

    fn set(&self, object: Object) {
        self.runtime.objects.change(|objects| objects.insert(object));
    }
}

#[tokio::test(start_paused = true)]
async fn a_volume_waits_for_its_object() {
    let play = Play::start(pod_with(1, vec![config_map_files("map")]));
    play.at(15).await;
    assert!(!play.data.path().join("pods/1234").exists(), "nothing is left of what failed");
    play.set(config_map("map", "a", false));
    let mut play = play.ends("Succeeded", "20 create a; 20 start a").await;
    let expected = "MountVolume.SetUp failed for volume \"files\" : configmap \"map\" not found";
    assert_eq!(play.notices("FailedMount"), [expected; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_volume_follows_its_objects() {
    let play = Play::start(pod_with(60, vec![config_map_files("b"), config_map_files("a")]));
    play.set(config_map("a", "a1", true));
    play.set(config_map("b", "b1", false));
    play.at(15).await;
    assert_eq!(play.files(), ["a1", "b1"]);
    play.set(config_map("b", "b2", false));
    play.at(20).await;
    assert_eq!(play.files(), ["a1", "b2"]);
    // What was immutable is another object by the same name now, if at all.
    play.set(config_map("a", "a2", false));
    play.set(config_map("b", "b3", false));
    play.at(25).await;
    assert_eq!(play.files(), ["a1", "b3"]);
    play.runtime.objects.change(|objects| {
        objects.remove_config_map(&NamespacedName::new("default", "b"));
    });
    play.at(30).await;
    assert_eq!(play.files(), ["a1", "b3"], "it keeps what it has");
    let mut play = play.ends("Succeeded", "0 create a; 0 start a").await;
    let notices = play.notices("FailedMount");
    let expected = "MountVolume.SetUp failed for volume \"files\" : configmap \"b\" not found";
    assert_eq!(notices.last().map(String::as_str), Some(expected), "{notices:?}");
}

#[tokio::test(start_paused = true)]
async fn a_volume_follows_its_pod() {
    let label = |pod: &mut Pod, value: &str| {
        pod.metadata.labels.insert("app".to_owned(), value.to_owned());
    };
    let file = DownwardFile { path: "labels".to_owned(), mode: None, value: DownwardValue::Labels };
    let mut pod = pod_with(10, vec![FileSource::DownwardApi(vec![file])]);
    label(&mut pod, "one");
    let mut changed = pod.clone();
    label(&mut changed, "two");
    let play = Play::start(pod);
    let labels = play.data.path().join("pods/1234/volumes/files/labels");
    play.at(1).await;
    assert_eq!(std::fs::read_to_string(&labels).unwrap(), "app=\"one\"");
    play.requests.send(PodRequest::Update(Arc::new(changed))).await.unwrap();
    play.at(2).await;
    assert_eq!(std::fs::read_to_string(&labels).unwrap(), "app=\"two\"");
    play.ends("Succeeded", "0 create a; 0 start a").await;
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_stores_too_much_is_evicted() {
    let mut pod = pod(RestartPolicy::Always, &["a: stubborn"]);
    let source =
        VolumeSource::EmptyDir { medium: EmptyDirMedium::Disk, size_limit: Some(8192.into()) };
    pod.spec.volumes.push(Volume { name: "small".to_owned(), source });
    let play = Play::start(pod);
    play.at(25).await;
    let volume = play.data.path().join("pods/1234/volumes/small");
    std::fs::write(volume.join("file"), [1; 10_000]).unwrap();
    let mut play = play.ends("Failed", "0 create a; 0 start a; 30 Terminate a; 32 Kill a").await;
    let expected = "Usage of EmptyDir volume \"small\" exceeds the limit \"8192\". ";
    assert_eq!(play.notices("Evicted"), [expected]);
    assert_eq!(play.status.borrow().reason.as_deref(), Some("Evicted"));
}

#[tokio::test(start_paused = true)]
async fn logs_count_as_what_a_container_stores() {
    let mut pod = pod(RestartPolicy::Always, &["a: forever", "b: forever"]);
    let limit = ("ephemeral-storage".to_owned(), 100_000.into());
    pod.spec.containers[1].resources.limits = [limit].into();
    pod.spec.ephemeral_storage_limit = Some(1_000_000.into());
    let play = Play::start(pod);
    play.at(15).await;
    let log = play.data.path().join("logs/pods/default_web_1234/b/0.log");
    std::fs::write(log, vec![1; 200_000]).unwrap();
    let mut play = play
        .ends(
            "Failed",
            "0 create a; 0 start a; 0 create b; 0 start b; 20 Terminate a; 20 Terminate b",
        )
        .await;
    let expected = "Container b exceeded its local ephemeral storage limit \"100k\". ";
    assert_eq!(play.notices("Evicted"), [expected]);
}

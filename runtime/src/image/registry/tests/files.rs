//! Images that are fetched for their files alone.

use super::*;
use crate::image::Presence;
use crate::spec::ImagePullPolicy;

/// Puts an artifact with these layers, each with a media type, a title unless it is empty, and what
/// is in it.
fn put_files(scene: &Scene, name: &str, layers: &[(&str, &str, &[u8])]) {
    let (repository, tag) = name.split_once(':').unwrap();
    let put_blob = |media_type: &str, bytes: &[u8]| {
        let blob = Descriptor::of(media_type, bytes);
        scene.put(&format!("{repository}/blobs/{}", blob.digest), Answer::new(200, bytes));
        blob
    };
    let layer = |(media_type, title, bytes): &(&str, &str, &[u8])| {
        let mut layer = put_blob(media_type, bytes);
        if !title.is_empty() {
            let key = "org.opencontainers.image.title".to_owned();
            layer.annotations.insert(key, (*title).to_owned());
        }
        layer
    };
    let layers = layers.iter().map(layer).collect();
    let manifest = Manifest::new(put_blob("application/vnd.oci.empty.v1+json", b"{}"), layers);
    scene.put_manifest(repository, &[tag], &serde_json::to_vec(&manifest).unwrap());
}

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, path, *bytes).unwrap();
    }
    tar.into_inner().unwrap()
}

const TAR: &str = "application/vnd.oci.image.layer.v1.tar";

#[tokio::test]
async fn layers_become_files() {
    let scene = Scene::new().await;
    let lower = archive(&[("model/old", b"1"), ("model/kept", b"2")]);
    let upper = archive(&[("model/.wh.old", b""), ("top", b"3")]);
    let layers: [(_, _, &[u8]); 3] =
        [(TAR, "", &lower), (TAR, "", &upper), ("text/plain", "docs/readme", b"hello")];
    put_files(&scene, "model:v1", &layers);
    scene.refuses("model:v1", "media type `text/plain`").await;

    let (images, image) = (scene.images(), scene.reference("model:v1").to_string());
    for (number, fetched) in [true, false].into_iter().enumerate() {
        let place = scene.dir.path().join(number.to_string());
        let (policy, keyring) = (ImagePullPolicy::IfNotPresent, Keyring::default());
        let unpacked = images.unpack_files(&image, policy, &keyring, &|_| {}, &place).await;
        assert_eq!(unpacked.unwrap() != Presence::AlreadyPresent, fetched);
        let read = |path: &str| std::fs::read_to_string(place.join(path)).ok();
        assert_eq!(read("model/kept").as_deref(), Some("2"));
        assert_eq!(read("docs/readme").as_deref(), Some("hello"));
        assert_eq!((read("model/old"), read("top").as_deref()), (None, Some("3")));
    }
}

#[tokio::test]
async fn what_is_no_file_is_refused() {
    let scene = Scene::new().await;
    let place = scene.dir.path().join("volume");
    let check = async |layer: (&str, &str, &[u8]), expected: &str| {
        put_files(&scene, "model:v1", &[layer]);
        let image = scene.reference("model:v1").to_string();
        let (policy, keyring) = (ImagePullPolicy::Always, Keyring::default());
        let unpacked = scene.images().unpack_files(&image, policy, &keyring, &|_| {}, &place).await;
        let error = unpacked.unwrap_err();
        assert!(error.message().contains(expected), "{}, want {expected}", error.message());
        assert!(!place.exists(), "{expected}");
    };
    check(("text/plain", "", b"a"), "media type `text/plain` and no title").await;
    check(("text/plain", "../a", b"a"), "the title \"../a\"").await;
    check((TAR, "", b"no archive"), "cannot unpack layer").await;
}

#[tokio::test]
async fn what_may_not_be_pulled_has_to_be_there() {
    let scene = Scene::new().await;
    let place = scene.dir.path().join("volume");
    let (policy, keyring) = (ImagePullPolicy::Never, Keyring::default());
    let unpacked = scene.images().unpack_files("none:1", policy, &keyring, &|_| {}, &place).await;
    let error = unpacked.unwrap_err();
    assert_eq!(error.reason().as_str(), "ErrImageNeverPull");
}

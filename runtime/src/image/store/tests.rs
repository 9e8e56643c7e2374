//! The store as its users see it: what it holds, what it survives, what it says.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Barrier;

use super::*;
use crate::image::manifest::Index;

/// The smallest modules that there are.
const CORE: &[u8] = b"\0asm\x01\0\0\0";
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

struct Fixture {
    dir: tempfile::TempDir,
    store: ImageStore,
}

impl Fixture {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = ImageStore::open(dir.path().join("images")).unwrap();
        Self { dir, store }
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn import(&self, name: &str, bytes: &[u8]) -> Digest {
        let file = self.file("app.wasm", bytes);
        self.store.import_wasm(&file, &reference(name), &ImageConfig::default()).unwrap()
    }

    /// Stores an ordinary image with these layers, and names it.
    fn put_image(&self, name: &str, config: &str, layers: &[Vec<u8>]) -> Descriptor {
        let in_use = self.store.hold_for_writing().unwrap();
        let put = |media_type: &str, bytes: &[u8]| {
            let descriptor = Descriptor::of(media_type, bytes);
            self.store.put_blob(&in_use, bytes, &descriptor).unwrap();
            descriptor
        };
        let config = put(media_type::IMAGE_CONFIG, config.as_bytes());
        let tar = "application/vnd.oci.image.layer.v1.tar+gzip";
        let layers = layers.iter().map(|layer| put(tar, layer)).collect();
        let manifest = serde_json::to_vec(&Manifest::new(config, layers)).unwrap();
        let manifest = put(media_type::MANIFEST, &manifest);
        self.store.tag(&in_use, &reference(name), &manifest, None).unwrap();
        manifest
    }

    fn blobs(&self) -> usize {
        fs::read_dir(self.store.layout.blobs()).unwrap().count()
    }
}

fn reference(name: &str) -> Reference {
    name.parse().unwrap()
}

fn error_of<T: std::fmt::Debug>(outcome: Result<T, StoreError>, expected: &str) {
    let error = outcome.expect_err(expected).to_string();
    assert!(error.contains(expected), "{error}, want {expected}");
}

fn check_ingest_is_empty(store: &ImageStore) {
    let left: Vec<_> = fs::read_dir(store.layout.ingest()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn an_import_can_be_run() {
    let fixture = Fixture::new();
    let config = ImageConfig {
        entrypoint: vec!["run".into(), "--fast".into()],
        env: vec![("A".into(), "1".into())],
        ..ImageConfig::default()
    };
    let file = fixture.file("app.wasm", COMPONENT);
    let name = reference("localhost/app:v1");
    let digest = fixture.store.import_wasm(&file, &name, &config).unwrap();

    let image = fixture.store.resolve(&name).unwrap().unwrap();
    assert_eq!(image.digest, digest);
    assert_eq!(image.module.digest, Digest::of(COMPONENT));
    assert_eq!(fs::read(&image.module.path).unwrap(), COMPONENT);
    assert_eq!(image.config, config);
    assert_eq!(image.rootfs, None);
    check_ingest_is_empty(&fixture.store);

    let again = fixture.store.import_wasm(&file, &name, &config).unwrap();
    assert_eq!(again, digest, "the same file gives the same image");
    assert_eq!(fixture.store.list().unwrap().len(), 1);
}

#[test]
fn names_and_digests_lead_to_the_image() {
    let fixture = Fixture::new();
    let digest = fixture.import("ghcr.io/team/app:v1", CORE);
    for (name, expected) in [
        ("ghcr.io/team/app:v1", true),
        ("ghcr.io/team/app:v2", false),
        ("ghcr.io/team/app", false),
        ("ghcr.io/other/app:v1", false),
        (&format!("ghcr.io/team/app@{digest}"), true),
        (&format!("ghcr.io/team/app:v7@{digest}"), true),
        (&format!("ghcr.io/other/app@{digest}"), false),
        (&format!("ghcr.io/team/app@{}", Digest::of(b"")), false),
    ] {
        let found = fixture.store.resolve(&reference(name)).unwrap();
        assert_eq!(found.is_some(), expected, "{name}");
    }
    let image = fixture.store.resolve(&reference("ghcr.io/team/app:v1")).unwrap().unwrap();
    assert_eq!(image.config.entrypoint, ["app.wasm"], "its file's name");
}

#[test]
fn other_tools_can_read_it() {
    let fixture = Fixture::new();
    let digest = fixture.import("app", CORE);
    let root = fixture.store.directory();
    let json = |path: &Path| -> serde_json::Value {
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    };
    assert_eq!(json(&root.join("oci-layout"))["imageLayoutVersion"], "1.0.0");
    let index = json(&root.join("index.json"));
    assert_eq!(index["schemaVersion"], 2);
    let entry = &index["manifests"][0];
    assert_eq!(entry["digest"], digest.as_str());
    let name = "org.opencontainers.image.ref.name";
    assert_eq!(entry["annotations"][name], "docker.io/library/app:latest");

    let manifest = json(&root.join("blobs/sha256").join(digest.hex()));
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.wasm.config.v0+json");
    assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
    let config: Descriptor = serde_json::from_value(manifest["config"].clone()).unwrap();
    let config = json(&fixture.store.blob_path(&config.digest));
    assert_eq!((&config["architecture"], &config["os"]), (&"wasm".into(), &"wasip1".into()));
    assert_eq!(config["layerDigests"][0], Digest::of(CORE).as_str());
}

#[test]
fn it_reads_what_other_tools_wrote() {
    let fixture = Fixture::new();
    fixture.import("unused", CORE);
    let entry = fixture.store.find(&reference("unused")).unwrap().unwrap();
    // An index of platforms, under a short name.
    let in_use = fixture.store.hold_for_writing().unwrap();
    let platforms = serde_json::to_vec(&Index::of(vec![entry])).unwrap();
    let mut platforms_entry = Descriptor::of(media_type::INDEX, &platforms);
    fixture.store.put_blob(&in_use, platforms.as_slice(), &platforms_entry).unwrap();
    platforms_entry.annotations.insert(NAME_ANNOTATION.into(), "app:v1".into());
    let layout = serde_json::to_vec(&Index::of(vec![platforms_entry])).unwrap();
    fs::write(fixture.store.layout.index(), layout).unwrap();

    assert!(fixture.store.resolve(&reference("docker.io/library/app:v1")).unwrap().is_some());
    assert!(fixture.store.resolve(&reference("app:v2")).unwrap().is_none());
}

#[test]
fn opening_and_reading_makes_nothing() {
    let fixture = Fixture::new();
    assert!(fixture.store.resolve(&reference("app")).unwrap().is_none());
    assert!(fixture.store.list().unwrap().is_empty());
    assert!(fixture.store.hold().is_none());
    assert!(fixture.store.stamp().is_none());
    assert!(!fixture.store.directory().exists());
}

#[test]
fn directories_that_are_no_store() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    error_of(
        ImageStore::open(&file),
        "/file as image store: it is not a directory; choose another",
    );
    let below = ImageStore::open(file.join("images"));
    error_of(below, "it is not a directory; choose another with --data-dir");
    error_of(ImageStore::open(dir.path()), "it has other files and no oci-layout");
    fs::write(dir.path().join("oci-layout"), r#"{"imageLayoutVersion":"9.0.0"}"#).unwrap();
    error_of(ImageStore::open(dir.path()), "want version 1.0.0");
    fs::write(dir.path().join("oci-layout"), "garbage").unwrap();
    error_of(ImageStore::open(dir.path()), "want version 1.0.0");
}

#[test]
fn system_errors_say_what_to_do() {
    let check = |kind: io::ErrorKind, expected: &str| {
        let dir = tempfile::tempdir().unwrap();
        let error =
            StoreError::io("write", &dir.path().join("index.json"), kind.into()).to_string();
        assert!(error.starts_with("cannot write "), "{error}");
        assert!(error.contains("index.json") && error.contains(expected), "{error}");
    };
    check(io::ErrorKind::PermissionDenied, "permission denied");
    check(io::ErrorKind::PermissionDenied, "choose another data directory with --data-dir");
    check(io::ErrorKind::ReadOnlyFilesystem, "its file system is read-only");
    check(io::ErrorKind::StorageFull, "no space is left on its disk");
    check(io::ErrorKind::QuotaExceeded, "remove images with `wasmpod image rm`");
}

#[test]
fn a_store_that_cannot_be_written_is_still_read() {
    let fixture = Fixture::new();
    fixture.import("app", CORE);
    // Even root cannot make a directory where there is a file.
    fs::remove_dir(fixture.store.layout.ingest()).unwrap();
    fs::write(fixture.store.layout.ingest(), "").unwrap();

    assert!(fixture.store.resolve(&reference("app")).unwrap().is_some());
    let file = fixture.file("other.wasm", COMPONENT);
    let outcome = fixture.store.import_wasm(&file, &reference("other"), &ImageConfig::default());
    error_of(outcome, "ingest");
    assert_eq!(fixture.store.list().unwrap().len(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_loses_nothing() {
    let fixture = Fixture::new();
    fixture.import("app", CORE);
    let new_index = fixture.store.directory().join("index.json.new");
    std::os::unix::fs::symlink("/dev/full", new_index).unwrap();
    let file = fixture.file("other.wasm", COMPONENT);
    let outcome = fixture.store.import_wasm(&file, &reference("other"), &ImageConfig::default());
    error_of(outcome, "index.json: no space is left on its disk; remove images");
    assert!(fixture.store.resolve(&reference("app")).unwrap().is_some());
    assert!(fixture.store.resolve(&reference("other")).unwrap().is_none());
}

#[test]
fn a_damaged_index_is_named() {
    let fixture = Fixture::new();
    fixture.import("app", CORE);
    for (garbage, expected) in
        [("", "is damaged"), ("{\"manifests\": [{}]}", "is damaged"), ("\0\0\0", "move it away")]
    {
        fs::write(fixture.store.layout.index(), garbage).unwrap();
        error_of(fixture.store.resolve(&reference("app")), expected);
        error_of(fixture.store.list(), "index.json");
    }
    fs::remove_file(fixture.store.layout.index()).unwrap();
    fixture.import("app", CORE);
    assert!(
        fixture.store.resolve(&reference("app")).unwrap().is_some(),
        "it can be imported again"
    );
}

#[test]
fn damaged_blobs_are_noticed() {
    let fixture = Fixture::new();
    let digest = fixture.import("app", CORE);
    let module = fixture.store.blob_path(&Digest::of(CORE));
    fs::write(&module, &CORE[..4]).unwrap();
    let found = fixture.store.resolve(&reference("app")).unwrap();
    assert!(found.is_none(), "a module that was cut short has to be fetched again");
    assert_eq!(fixture.store.list().unwrap()[0].size_bytes, None);
    fixture.import("app", CORE);
    assert_eq!(fs::read(&module).unwrap(), CORE, "an import repairs it");
    fs::write(&module, b"\0asm\x02\0\0\0").unwrap();
    fixture.import("app", CORE);
    assert_eq!(fs::read(&module).unwrap(), CORE, "even if its size is right");

    let manifest = fixture.store.blob_path(&digest);
    let mut bytes = fs::read(&manifest).unwrap();
    bytes[20] ^= 1;
    fs::write(&manifest, bytes).unwrap();
    error_of(fixture.store.resolve(&reference("app")), "is damaged");
    fs::write(&manifest, vec![b' '; DOCUMENT_MAX_BYTES as usize + 1]).unwrap();
    error_of(fixture.store.resolve(&reference("app")), "too many for a manifest");
    fs::remove_file(&manifest).unwrap();
    assert!(fixture.store.resolve(&reference("app")).unwrap().is_none());
}

#[test]
fn only_what_was_promised_is_stored() {
    let fixture = Fixture::new();
    let in_use = fixture.store.hold_for_writing().unwrap();
    let promised = Descriptor::of("x/y", b"hello");
    let put = |bytes: &[u8]| fixture.store.put_blob(&in_use, bytes, &promised);
    error_of(put(b"hell"), "has 4 bytes, 5 bytes were promised");
    error_of(put(b"hello!"), "has more bytes than that, 5 bytes were promised");
    error_of(put(b"hullo"), "it was damaged or forged");
    error_of(put(b""), "has 0 bytes");
    assert_eq!(fixture.blobs(), 0);
    check_ingest_is_empty(&fixture.store);
    put(b"hello").unwrap();
    put(b"not read, for it is there").unwrap();
    assert_eq!(fs::read(fixture.store.blob_path(&promised.digest)).unwrap(), b"hello");
}

#[test]
fn what_a_dead_process_left_is_removed() {
    let fixture = Fixture::new();
    let in_use = fixture.store.hold_for_writing().unwrap();
    let ingest = fixture.store.layout.ingest();
    fs::write(ingest.join("dead"), "half a blob").unwrap();
    fs::write(ingest.join("rootfs-dead"), "").unwrap();
    fs::create_dir(ingest.join("rootfs-dead.d")).unwrap();
    fs::write(ingest.join("rootfs-dead.d/file"), "").unwrap();
    let alive = Descriptor::of("x/y", b"alive");
    let mut writer = fixture.store.begin_blob(&in_use, &alive).unwrap().unwrap();
    writer.write(b"ali").unwrap();

    drop(fixture.store.hold_for_writing().unwrap());
    let left: Vec<_> =
        fs::read_dir(&ingest).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, [alive.digest.hex()]);
    writer.write(b"ve").unwrap();
    writer.commit().unwrap();
    assert!(fixture.store.has_blob(&alive));
    check_ingest_is_empty(&fixture.store);
}

#[test]
fn a_half_blob_of_the_same_digest_is_started_over() {
    let fixture = Fixture::new();
    let in_use = fixture.store.hold_for_writing().unwrap();
    let blob = Descriptor::of("x/y", b"short");
    let half = fixture.store.layout.ingest().join(blob.digest.hex());
    fs::write(half, "something longer that was left behind").unwrap();
    fixture.store.put_blob(&in_use, b"short".as_slice(), &blob).unwrap();
    assert_eq!(fs::read(fixture.store.blob_path(&blob.digest)).unwrap(), b"short");
}

#[test]
fn one_of_many_writers_writes() {
    const WRITERS: usize = 16;
    let fixture = Fixture::new();
    let bytes: Vec<u8> = (0..200_000u32).flat_map(u32::to_le_bytes).collect();
    let blob = Descriptor::of("x/y", &bytes);
    let start = Barrier::new(WRITERS);
    let write = || {
        // A store of its own for each, as in processes of their own.
        let store = ImageStore::open(fixture.store.directory()).unwrap();
        start.wait();
        let in_use = store.hold_for_writing().unwrap();
        match store.begin_blob(&in_use, &blob).unwrap() {
            Some(mut writer) => {
                bytes.chunks(10_000).for_each(|chunk| writer.write(chunk).unwrap());
                writer.commit().unwrap();
                1
            }
            None => 0,
        }
    };
    let written: usize = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS).map(|_| scope.spawn(write)).collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).sum()
    });
    assert_eq!(written, 1);
    assert_eq!(fs::read(fixture.store.blob_path(&blob.digest)).unwrap(), bytes);
    check_ingest_is_empty(&fixture.store);
}

#[test]
fn no_name_is_lost_among_many_writers() {
    const WRITERS: usize = 8;
    const NAMES: usize = 12;
    let fixture = Fixture::new();
    let start = Barrier::new(WRITERS);
    let import = |writer: usize| {
        let store = ImageStore::open(fixture.store.directory()).unwrap();
        // Different modules, and one that all of them have.
        let own = [CORE, b"\0\x02\x01", &[b'a' + writer as u8]].concat();
        let files = [
            fixture.file(&format!("{writer}.wasm"), &own),
            fixture.file(&format!("{writer}-same.wasm"), CORE),
        ];
        start.wait();
        for number in 0..NAMES {
            let name = reference(&format!("app-{writer}:{number}"));
            store.import_wasm(&files[number % 2], &name, &ImageConfig::default()).unwrap();
            assert!(store.resolve(&name).unwrap().is_some());
        }
    };
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let import = &import;
            scope.spawn(move || import(writer));
        }
    });
    let images = fixture.store.list().unwrap();
    assert_eq!(images.len(), WRITERS * NAMES);
    assert!(images.iter().all(|image| image.size_bytes.is_some()));
}

#[test]
fn removing_frees_what_nobody_needs() {
    let fixture = Fixture::new();
    fixture.import("one:v1", CORE);
    let file = fixture.file("other.wasm", CORE);
    fixture.store.import_wasm(&file, &reference("two:v1"), &ImageConfig::default()).unwrap();
    assert_eq!(fixture.blobs(), 4, "the module and its configuration are shared");

    let removed = fixture.store.remove(&reference("one:v1")).unwrap();
    assert!(matches!(removed, Removed::Blobs { freed_bytes: 1.. }), "{removed:?}");
    assert_eq!(fixture.blobs(), 3);
    assert!(fixture.store.resolve(&reference("one:v1")).unwrap().is_none());
    assert!(fixture.store.resolve(&reference("two:v1")).unwrap().is_some());

    let user = fixture.store.hold().unwrap();
    assert_eq!(fixture.store.remove(&reference("two:v1")).unwrap(), Removed::NameOnly);
    assert_eq!(fixture.blobs(), 3, "somebody uses the store");
    drop(user);
    error_of(fixture.store.remove(&reference("two:v1")), "`wasmpod image ls` lists what is");
}

#[test]
fn an_image_travels_without_a_registry() {
    let (here, there) = (Fixture::new(), Fixture::new());
    let digest = here.import("localhost/app:v1", CORE);
    for name in ["app.tar", "layout"] {
        let to = here.dir.path().join(name);
        assert_eq!(here.store.export(&reference("localhost/app:v1"), &to).unwrap(), digest);
        error_of(here.store.export(&reference("localhost/app:v1"), &to), "cannot write ");
        let beyond = here.dir.path().join("none/app.tar");
        let error = here.store.export(&reference("localhost/app:v1"), &beyond).unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(source, "No such file or directory (os error 2)", "no name but the user's");
        let layout = ForeignLayout::open(&to).unwrap().unwrap();
        let image = reference(&format!("localhost/{name}:v2"));
        assert_eq!(there.store.import_layout(&layout, &image).unwrap(), digest);
        assert!(matches!(there.store.lookup(&image).unwrap(), Lookup::Ready(_)), "{name}");
    }
    assert_eq!(there.blobs(), 3);
    let module = here.file("app.wasm", CORE);
    assert!(ForeignLayout::open(&module).unwrap().is_none());
}

#[test]
fn layouts_of_others_are_not_believed() {
    let (here, there) = (Fixture::new(), Fixture::new());
    let digest = here.import("app:v1", CORE);
    let (image, to) = (reference("app:v1"), here.dir.path().join("layout"));
    here.store.export(&image, &to).unwrap();
    let import = || there.store.import_layout(&ForeignLayout::open(&to)?.unwrap(), &image);
    let blob = |digest: &Digest| to.join("blobs/sha256").join(digest.hex());

    fs::write(blob(&Digest::of(CORE)), COMPONENT).unwrap();
    error_of(import(), "it was damaged or forged on its way");
    fs::remove_file(blob(&Digest::of(CORE))).unwrap();
    error_of(import(), "is not in the store");
    fs::write(blob(&digest), "{}").unwrap();
    error_of(import(), "it was damaged or forged on its way");
    let index = fs::read_to_string(to.join("index.json")).unwrap();
    fs::write(to.join("index.json"), "{").unwrap();
    error_of(import(), "is damaged");
    fs::write(to.join("index.json"), r#"{"schemaVersion":2,"manifests":[]}"#).unwrap();
    error_of(import(), "is no OCI image layout with an image in it");
    let mut index: serde_json::Value = serde_json::from_str(&index).unwrap();
    let entry = index["manifests"][0].clone();
    index["manifests"].as_array_mut().unwrap().push(entry);
    index["manifests"][0]["annotations"] = serde_json::json!({NAME_ANNOTATION: "v9"});
    index["manifests"][1]["annotations"] = serde_json::json!({NAME_ANNOTATION: "v8"});
    fs::write(to.join("index.json"), index.to_string()).unwrap();
    error_of(import(), "has several images: name one of v9, v8");
    assert_eq!(there.store.list().unwrap(), []);
    check_ingest_is_empty(&there.store);
}

#[test]
fn the_form_for_containerd_runs_here_too() {
    let fixture = Fixture::new();
    let component = fixture.file("component.wasm", COMPONENT);
    let module = fixture.file("module.wasm", CORE);
    let config = ImageConfig { cmd: vec!["-v".to_owned()], ..ImageConfig::default() };
    let mut ids = Vec::new();
    for (file, name) in [(&module, "one:v1"), (&component, "two:v1")] {
        let name = reference(name);
        fixture.store.import_for_containerd(file, &name, &config).unwrap();
        let (_, manifest) = fixture.store.manifest(&name).unwrap();
        let json = fs::read(fixture.store.blob_path(&manifest.config.digest)).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!((&json["os"], &json["architecture"]), (&"wasip1".into(), &"wasm".into()));
        assert_eq!(json["rootfs"]["diff_ids"][0], manifest.layers[0].digest.as_str());
        let digest = Digest::of(&fs::read(file).unwrap());
        assert_eq!(json["config"]["Labels"]["wasmpod.dev/module"], digest.as_str());
        let image = fixture.store.resolve(&name).unwrap().unwrap();
        assert_eq!(image.module.digest, digest);
        assert_eq!(
            (image.config.entrypoint, image.config.cmd),
            (vec!["/app.wasm".to_owned()], vec!["-v".to_owned()])
        );
        ids.push(manifest.config.digest);
    }
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn what_is_leased_stays() {
    let fixture = Fixture::new();
    let digest = fixture.import("one:v1", CORE);
    let in_use = fixture.store.hold().unwrap();
    let lease = fixture.store.lease(&in_use, &digest).unwrap();
    drop(in_use);
    assert_eq!(fixture.store.remove(&reference("one:v1")).unwrap(), Removed::NameOnly);
    let all = CollectPolicy { all: true, ..CollectPolicy::default() };
    assert_eq!(fixture.store.collect(&all).unwrap().blobs, 0, "somebody runs it");
    assert_eq!(fixture.blobs(), 3);
    fixture.import("one:v1", CORE);
    assert_eq!(fixture.store.collect(&all).unwrap().names, [] as [String; 0]);

    drop(lease);
    let collected = fixture.store.collect(&all).unwrap();
    assert_eq!(collected.names, ["docker.io/library/one:v1"]);
    assert_eq!((collected.blobs, collected.kept_bytes), (3, 0));
    assert_eq!(fixture.blobs(), 0);
    assert_eq!(fs::read_dir(fixture.store.directory().join("leases")).unwrap().count(), 0);
}

#[test]
fn garbage_goes_and_what_has_a_name_stays() {
    let fixture = Fixture::new();
    let policy = CollectPolicy::default();
    assert_eq!(fixture.store.collect(&policy).unwrap(), Collected::default());
    assert!(!fixture.store.directory().exists(), "nothing is made for it");

    fixture.import("app:v1", CORE);
    let old = fixture.import("app:v2", &[CORE, b"\0\x02\x01a"].concat());
    fixture.import("app:v2", &[CORE, b"\0\x02\x01b"].concat());
    let note = fixture.store.layout.blobs().join("note");
    fs::write(&note, "not ours").unwrap();
    let would = fixture.store.collect(&CollectPolicy { dry_run: true, ..policy.clone() }).unwrap();
    assert_eq!((would.blobs, would.names.len()), (3, 0));
    assert!(fixture.store.blob_path(&old).exists());
    assert_eq!(fixture.store.collect(&policy).unwrap(), would);
    assert!(!fixture.store.blob_path(&old).exists() && note.exists());
    for name in ["app:v1", "app:v2"] {
        assert!(fixture.store.resolve(&reference(name)).unwrap().is_some(), "{name}");
    }
}

#[test]
fn the_longest_unused_images_go_first() {
    let fixture = Fixture::new();
    let modules: Vec<_> =
        ["a", "b", "c"].map(|name| [CORE, b"\0\x02\x01", name.as_bytes()].concat()).into();
    for (name, module) in ["a:1", "b:1", "c:1"].iter().zip(&modules) {
        let digest = fixture.import(name, module);
        let in_use = fixture.store.hold().unwrap();
        drop(fixture.store.lease(&in_use, &digest).unwrap());
    }
    let used = |name: &str, hours: u64| {
        let digest = fixture.store.manifest(&reference(name)).unwrap().0.digest;
        let path = fixture.store.directory().join("leases").join(digest.hex());
        let then = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(hours * 3600);
        fs::File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
        then
    };
    used("a:1", 2);
    let since = used("b:1", 1) + std::time::Duration::from_secs(1);
    used("c:1", 3);
    let collect = |policy: CollectPolicy| fixture.store.collect(&policy).unwrap();
    let dry = CollectPolicy { dry_run: true, ..CollectPolicy::default() };
    let kept = collect(dry.clone()).kept_bytes;
    let names = |policy| collect(policy).names.join(" ").replace("docker.io/library/", "");
    assert_eq!(names(CollectPolicy { unused_since: Some(since), ..dry.clone() }), "b:1");
    assert_eq!(names(CollectPolicy { keep_bytes: Some(kept), ..dry.clone() }), "");
    assert_eq!(names(CollectPolicy { keep_bytes: Some(kept - 1), ..dry.clone() }), "b:1");
    assert_eq!(names(CollectPolicy { keep_bytes: Some(kept / 3), ..dry.clone() }), "a:1 b:1");
    assert_eq!(names(CollectPolicy { keep_bytes: Some(0), ..dry }), "a:1 b:1 c:1");
    assert_eq!(fixture.store.list().unwrap().len(), 3);
}

#[test]
fn bad_modules_are_not_imported() {
    let fixture = Fixture::new();
    for (bytes, expected) in [
        (b"".as_slice(), "is empty"),
        (b"\x7fELF\x02", "ELF program"),
        (b"\0asm\x01\0\0\0\x01\x20", "bytes are missing"),
    ] {
        let file = fixture.file("bad.wasm", bytes);
        let outcome = fixture.store.import_wasm(&file, &reference("bad"), &ImageConfig::default());
        error_of(outcome, expected);
    }
    assert!(!fixture.store.directory().exists(), "nothing was made for them");
}

mod file_trees {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn layer(files: &[(&str, &[u8])]) -> Vec<u8> {
        gzip(&archive(files))
    }

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        for (path, bytes) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o444);
            tar.append_data(&mut header, path, *bytes).unwrap();
        }
        tar.into_inner().unwrap()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    }

    const WASI: &str = r#"{"os":"wasip1","architecture":"wasm","config":
        {"Entrypoint":["/app/main.wasm"],"Cmd":["x"],"Env":["PATH=/bin:/app"],"WorkingDir":"/srv"}}"#;

    #[test]
    fn an_image_is_unpacked_once() {
        let fixture = Fixture::new();
        let lower = layer(&[("app/main.wasm", b"old"), ("etc/gone", b"1"), ("etc/kept", b"2")]);
        let upper = layer(&[("app/main.wasm", CORE), ("etc/.wh.gone", b"")]);
        let manifest = fixture.put_image("app", WASI, &[lower, upper]);

        assert!(matches!(fixture.store.lookup(&reference("app")).unwrap(), Lookup::Packed(_)));
        let image = fixture.store.resolve(&reference("app")).unwrap().unwrap();
        let rootfs = image.rootfs.unwrap();
        assert_eq!(image.digest, manifest.digest);
        assert_eq!(image.module.digest, Digest::of(CORE));
        assert_eq!(image.module.path, rootfs.join("app/main.wasm"));
        assert_eq!(fs::read(rootfs.join("etc/kept")).unwrap(), b"2");
        assert!(!rootfs.join("etc/gone").exists());
        assert_eq!(image.config.entrypoint, ["/app/main.wasm"]);
        assert_eq!(image.config.working_dir.as_deref(), Some("/srv"));
        check_ingest_is_empty(&fixture.store);

        assert!(matches!(fixture.store.lookup(&reference("app")).unwrap(), Lookup::Ready(_)));
        let removed = fixture.store.remove(&reference("app")).unwrap();
        assert!(matches!(removed, Removed::Blobs { .. }));
        assert!(!rootfs.exists());
    }

    #[test]
    fn programs_are_found_as_by_a_shell() {
        let files = layer(&[("bin/tool.wasm", CORE), ("srv/here.wasm", CORE), ("top.wasm", CORE)]);
        for (program, expected) in [
            ("/bin/tool.wasm", "bin/tool.wasm"),
            ("tool.wasm", "bin/tool.wasm"),
            ("here.wasm", "srv/here.wasm"),
            ("./here.wasm", "srv/here.wasm"),
            ("top.wasm", "top.wasm"),
        ] {
            let fixture = Fixture::new();
            let config = WASI.replace("/app/main.wasm", program);
            fixture.put_image("app", &config, std::slice::from_ref(&files));
            let image = fixture.store.resolve(&reference("app")).unwrap().unwrap();
            assert!(image.module.path.ends_with(expected), "{program}: {:?}", image.module.path);
        }
    }

    #[test]
    fn what_cannot_be_run_says_why() {
        let check = |config: &str, layers: &[Vec<u8>], expected: &str| {
            let fixture = Fixture::new();
            fixture.put_image("app", config, layers);
            error_of(fixture.store.resolve(&reference("app")), expected);
            check_ingest_is_empty(&fixture.store);
        };
        let linux = WASI.replace("wasip1", "linux").replace("\"wasm\"", "\"amd64\"");
        let shell = linux.replace("/app/main.wasm", "/bin/sh");
        check(&shell, &[layer(&[])], "linux/amd64 whose program `/bin/sh`");
        check(WASI, &[layer(&[("other", CORE)])], "`/app/main.wasm` is not in the image");
        check(WASI, &[layer(&[("app/main.wasm", b"#!/bin/sh")])], "this is a script");
        check(WASI, &[b"\x28\xb5\x2f\xfdzstd".to_vec()], "compressed with zstd");
        check(WASI, &[gzip(b"not a tar archive")], "cannot unpack layer");
        check(WASI, &[layer(&[("app/main.wasm", CORE)])[..40].to_vec()], "cannot unpack layer");
        check("7", &[layer(&[])], "is not a document of an image");
    }

    #[test]
    fn a_layer_that_changed_on_the_disk_is_not_unpacked() {
        let fixture = Fixture::new();
        let forged = archive(&[("app/main.wasm", COMPONENT)]);
        let honest = archive(&[("app/main.wasm", CORE)]);
        assert_eq!(forged.len(), honest.len(), "its size does not give it away");
        fixture.put_image("app", WASI, std::slice::from_ref(&honest));
        fs::write(fixture.store.blob_path(&Digest::of(&honest)), forged).unwrap();
        error_of(fixture.store.resolve(&reference("app")), "is damaged");
        assert!(matches!(fixture.store.lookup(&reference("app")).unwrap(), Lookup::Packed(_)));
    }

    #[test]
    fn one_of_many_unpacks() {
        const USERS: usize = 8;
        let fixture = Fixture::new();
        let files: Vec<_> = (0..200).map(|number| format!("data/{number}")).collect();
        let mut entries: Vec<(&str, &[u8])> =
            files.iter().map(|path| (path.as_str(), path.as_bytes())).collect();
        entries.push(("app/main.wasm", CORE));
        fixture.put_image("app", WASI, &[layer(&entries)]);
        let start = Barrier::new(USERS);
        let resolve = || {
            let store = ImageStore::open(fixture.store.directory()).unwrap();
            start.wait();
            let image = store.resolve(&reference("app")).unwrap().unwrap();
            fs::read_dir(image.rootfs.unwrap().join("data")).unwrap().count()
        };
        std::thread::scope(|scope| {
            let users: Vec<_> = (0..USERS).map(|_| scope.spawn(resolve)).collect();
            for user in users {
                assert_eq!(user.join().unwrap(), 200);
            }
        });
        check_ingest_is_empty(&fixture.store);
    }
}

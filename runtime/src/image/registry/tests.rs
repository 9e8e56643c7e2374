//! Pulls from a registry that does what a test wants, also what none should do.

mod files;

use std::collections::HashMap;
use std::sync::Mutex;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::image::manifest::Index;
use crate::image::manifest::Platform;
use crate::image::store::Lookup;
use crate::image::{ImageError, ImageReason, Images, Presence};
use crate::spec::ImagePullPolicy;

const MODULE: &[u8] = b"\0asm\x01\0\0\0\0\x05\x04name";

/// What a registry has, by path below `/v2/`, and what it was asked for.
#[derive(Default)]
struct Fake {
    answers: Mutex<HashMap<String, Answer>>,
    asked: Mutex<Vec<String>>,
}

#[derive(Clone)]
struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    end: End,
    /// What the `Authorization` must be; otherwise the answer is 401 with this challenge.
    login: Option<(String, String)>,
}

/// What follows the body.
#[derive(Clone, Copy, PartialEq)]
enum End {
    /// Nothing: it is as long as was said.
    Proper,
    /// The connection breaks off, though more was promised.
    Short,
    /// Nothing for ever, though more was promised.
    Silence,
    /// More and more; no length was said.
    Endless,
}

impl Answer {
    fn new(status: u16, body: &[u8]) -> Self {
        Self { status, headers: Vec::new(), body: body.to_vec(), end: End::Proper, login: None }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn ending(self, end: End) -> Self {
        Self { end, ..self }
    }

    fn for_login(self, authorization: &str, challenge: String) -> Self {
        Self { login: Some((authorization.to_owned(), challenge)), ..self }
    }
}

/// Does not wait for what is unavailable.
fn config() -> RegistryConfig {
    RegistryConfig { retry_wait: Duration::ZERO, ..RegistryConfig::default() }
}

/// A fake registry that is being served, a store, and a client.
struct Scene {
    fake: Arc<Fake>,
    host: String,
    dir: tempfile::TempDir,
    registry: Registry,
    _server: tokio::task::JoinHandle<()>,
}

impl Scene {
    async fn new() -> Self {
        Self::with_config(config()).await
    }

    async fn with_config(config: RegistryConfig) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let fake = Arc::<Fake>::default();
        let server = tokio::spawn(serve(listener, fake.clone()));
        let dir = tempfile::tempdir().unwrap();
        Self { fake, host, dir, registry: Registry::new(config), _server: server }
    }

    fn store(&self) -> ImageStore {
        ImageStore::open(self.dir.path().join("images")).unwrap()
    }

    fn images(&self) -> Images {
        Images::new(self.dir.path().join("images"), config())
    }

    fn put(&self, path: &str, answer: Answer) {
        self.fake.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    /// Puts an honest artifact with this module and returns its manifest.
    fn put_artifact(&self, name: &str, module: &[u8]) -> Descriptor {
        let (repository, tag) = name.split_once(':').unwrap();
        let put_blob = |media_type: &str, bytes: &[u8]| {
            let blob = Descriptor::of(media_type, bytes);
            self.put(&format!("{repository}/blobs/{}", blob.digest), Answer::new(200, bytes));
            blob
        };
        let layer = put_blob(media_type::WASM, module);
        let manifest = Manifest::new(put_blob(media_type::WASM_CONFIG, b"{}"), vec![layer]);
        let bytes = serde_json::to_vec(&manifest).unwrap();
        self.put_manifest(repository, &[tag], &bytes)
    }

    fn put_manifest(&self, repository: &str, tags: &[&str], bytes: &[u8]) -> Descriptor {
        let manifest = Descriptor::of(media_type::MANIFEST, bytes);
        let answer =
            Answer::new(200, bytes).with("Docker-Content-Digest", manifest.digest.to_string());
        for version in tags.iter().chain([&manifest.digest.as_str()]) {
            self.put(&format!("{repository}/manifests/{version}"), answer.clone());
        }
        manifest
    }

    fn reference(&self, name: &str) -> Reference {
        format!("{}/{name}", self.host).parse().unwrap()
    }

    async fn pull(&self, name: &str) -> Result<Pulled, PullError> {
        self.registry.pull(&self.store(), &self.reference(name), &Keyring::default(), &|_| {}).await
    }

    async fn refuses(&self, name: &str, expected: &str) {
        let error = self.pull(name).await.expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}, want {expected}");
        assert!(!error.contains('\n') && !error.contains('\u{1b}'), "{error:?}");
        assert_eq!(self.store().list().unwrap(), [], "{expected}");
        let left = self.dir.path().join("images/ingest").read_dir().map_or(0, Iterator::count);
        assert_eq!(left, 0, "{expected}: something is left in ingest");
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.fake.asked.lock().unwrap())
    }

    fn times_asked(&self, what: &str) -> usize {
        self.fake.asked.lock().unwrap().iter().filter(|asked| asked.contains(what)).count()
    }
}

async fn serve(listener: TcpListener, fake: Arc<Fake>) {
    while let Ok((connection, _)) = listener.accept().await {
        let fake = fake.clone();
        tokio::spawn(async move {
            // A client that hangs up is part of the play.
            let _ = answer_one(connection, &fake).await;
        });
    }
}

async fn answer_one(connection: TcpStream, fake: &Fake) -> std::io::Result<()> {
    let mut connection = BufReader::new(connection);
    let (mut line, mut authorization) = (String::new(), String::new());
    connection.read_line(&mut line).await?;
    let request = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    loop {
        line.clear();
        connection.read_line(&mut line).await?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("authorization") => {
                authorization = value.to_owned();
            }
            Some(_) => {}
            None => break,
        }
    }
    let secret = if authorization.is_empty() { "" } else { " with a secret" };
    fake.asked.lock().unwrap().push(request.clone() + secret);
    let (method, path) = request.split_once(' ').unwrap_or_default();
    let path = path.trim_start_matches("/v2/").split('?').next().unwrap_or_default();
    let answer = fake.answers.lock().unwrap().get(path).cloned();
    let mut answer = answer.unwrap_or_else(|| Answer::new(404, b"{}"));
    if let Some((wanted, challenge)) = answer.login.take()
        && authorization != wanted
    {
        answer = Answer::new(401, b"{}").with("WWW-Authenticate", challenge);
    }
    let mut head = format!("HTTP/1.1 {} Said\r\nConnection: close\r\n", answer.status);
    match answer.end {
        End::Proper => head += &format!("Content-Length: {}\r\n", answer.body.len()),
        End::Short | End::Silence => {
            head += &format!("Content-Length: {}\r\n", answer.body.len() + 3)
        }
        End::Endless => {}
    }
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    connection.write_all((head + "\r\n").as_bytes()).await?;
    if method != "HEAD" {
        connection.write_all(&answer.body).await?;
        match answer.end {
            End::Silence => drop(connection.read_u8().await),
            End::Endless => loop {
                connection.write_all(&[b' '; 4096]).await?;
            },
            End::Proper | End::Short => {}
        }
    }
    connection.shutdown().await
}

#[tokio::test]
async fn an_artifact_is_pulled_once() {
    let scene = Scene::new().await;
    let manifest = scene.put_artifact("team/app:v1", MODULE);
    let seen = Mutex::new(0);
    let progress = |event: PullEvent<'_>| {
        if let PullEvent::Bytes { count, .. } = event {
            *seen.lock().unwrap() += count;
        }
    };
    let reference = scene.reference("team/app:v1");
    let pulled = scene
        .registry
        .pull(&scene.store(), &reference, &Keyring::default(), &progress)
        .await
        .unwrap();
    let size = MODULE.len() as u64 + 2;
    assert_eq!((&pulled.manifest, pulled.fetched_bytes), (&manifest.digest, size));
    assert_eq!(seen.into_inner().unwrap(), size);
    let image = scene.store().resolve(&reference).unwrap().unwrap();
    assert_eq!(image.digest, manifest.digest);
    assert_eq!(std::fs::read(image.module.path).unwrap(), MODULE);
    assert_eq!(image.config.entrypoint, ["app.wasm"]);

    assert_eq!(scene.pull("team/app:v1").await.unwrap().fetched_bytes, 0);
    assert_eq!(scene.times_asked("/blobs/"), 2, "config and layer, the first time");
    let by_digest = format!("team/app@{}", manifest.digest);
    assert_eq!(scene.pull(&by_digest).await.unwrap().fetched_bytes, 0);
}

#[tokio::test]
async fn of_an_index_the_wasm_platform_is_pulled() {
    let scene = Scene::new().await;
    let mut wasm = scene.put_artifact("app:wasm", MODULE);
    let mut linux = scene.put_artifact("app:linux", b"not asked for");
    let platform = |os: &str, architecture: &str| {
        Some(Platform { os: os.into(), architecture: architecture.into(), variant: None })
    };
    wasm.platform = platform("wasip1", "wasm");
    linux.platform = platform("linux", "amd64");
    let index = serde_json::to_vec(&Index::of(vec![linux, wasm.clone()])).unwrap();
    let index = scene.put_manifest("app", &["v1"], &index);

    assert_eq!(scene.pull("app:v1").await.unwrap().manifest, wasm.digest);
    let store = scene.store();
    let tagged = scene.reference("app:v1");
    assert_eq!(store.remote_digest(&tagged).unwrap(), Some(index.digest.clone()));
    for digest in [&index.digest, &wasm.digest] {
        let pinned = tagged.with_digest(digest.clone());
        assert!(matches!(store.lookup(&pinned).unwrap(), Lookup::Ready(_)), "{digest}");
    }
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let scene = Scene::new().await;
    scene.refuses("missing:v1", "check its name and tag").await;
    let error = br#"{"errors":[{"code":"SLOW\u001b[1m\n","message":"down"}]}"#;
    for (status, expected) in [
        (401, "requires a login for app, or there is no such image"),
        (403, "run `docker login"),
        (404, "app:v1 is not at 127.0.0.1"),
        (429, "it answers 429 (SLOW[1m: down); try again later"),
        (500, "it answers 500"),
        (503, "try again later"),
        (418, "answers 418 (SLOW[1m: down) to a request for app:v1"),
    ] {
        scene.put("app/manifests/v1", Answer::new(status, error));
        scene.refuses("app:v1", expected).await;
    }
    let elsewhere = Answer::new(302, b"").with("Location", "/v2/app/manifests/v1");
    scene.put("app/manifests/v1", elsewhere);
    scene.refuses("app:v1", "too many redirects").await;
}

#[tokio::test]
async fn nobody_there() {
    let scene = Scene::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let reference = format!("{address}/app:v1").parse().unwrap();
    let error = scene
        .registry
        .pull(&scene.store(), &reference, &Keyring::default(), &|_| {})
        .await
        .unwrap_err();
    assert!(!error.is_registry_unavailable(), "it may be the name or the network as well");
    assert!(error.to_string().contains("check the name and the network"), "{error}");
}

#[tokio::test]
async fn manifests_are_not_believed() {
    let scene = Scene::new().await;
    let manifest = |body: &[u8]| scene.put("app/manifests/v1", Answer::new(200, body));
    manifest(b"<html>Please pay</html>");
    scene.refuses("app:v1", "is not a document of an image").await;
    manifest(br#"{"schemaVersion":1,"name":"app"}"#);
    scene.refuses("app:v1", "schema version 1").await;
    scene.put("app/manifests/v1", Answer::new(200, b"{").ending(End::Endless));
    scene.refuses("app:v1", "is longer than 4194304 bytes").await;
    scene.put("app/manifests/v1", Answer::new(200, b"{}").ending(End::Short));
    scene.refuses("app:v1", "broke off").await;

    let honest = scene.put_artifact("app:v2", MODULE);
    let answer = scene.fake.answers.lock().unwrap()["app/manifests/v2"].clone();
    let wrong = Digest::of(b"another");
    let mut lying = answer.clone();
    lying.headers = vec![("Docker-Content-Digest", wrong.to_string())];
    scene.put("app/manifests/v2", lying);
    scene.refuses("app:v2", "it was damaged or forged on its way").await;
    scene.put(&format!("app/manifests/{wrong}"), answer);
    scene.refuses(&format!("app@{wrong}"), "it was damaged or forged on its way").await;
    assert_ne!(honest.digest, wrong);
}

#[tokio::test]
async fn promises_are_judged_before_they_are_fetched() {
    let scene = Scene::new().await;
    let put = |layer: Descriptor| {
        let manifest = Manifest::new(Descriptor::of(media_type::WASM_CONFIG, b"{}"), vec![layer]);
        scene.put_manifest("app", &["v1"], &serde_json::to_vec(&manifest).unwrap());
    };
    put(Descriptor::new(media_type::WASM, Digest::of(b""), 3 << 30));
    scene.refuses("app:v1", "has 3221225472 bytes, more than the 2147483648").await;
    put(Descriptor::new("application/vnd.oci.image.layer.v1.tar", Digest::of(b""), u64::MAX));
    scene.refuses("app:v1", "more than the 17179869184").await;
    put(Descriptor::new("application/vnd.cncf.helm.chart", Digest::of(b""), 1));
    scene.refuses("app:v1", "media type `application/vnd.cncf.helm.chart`").await;
    assert_eq!(scene.times_asked("/blobs/"), 0);
}

#[tokio::test]
async fn blobs_are_not_believed() {
    let scene = Scene::new().await;
    scene.put_artifact("app:v1", MODULE);
    let path = format!("app/blobs/{}", Digest::of(MODULE));
    let mut forged = MODULE.to_vec();
    forged[9] ^= 1;
    let (half, _) = MODULE.split_at(9);
    let until_close = |body: &[u8], end| Answer::new(200, body).ending(end);
    for (answer, expected) in [
        (Answer::new(200, &forged), "it was damaged or forged on its way"),
        (Answer::new(200, half), "has 9 bytes, the manifest promised 15"),
        (until_close(&MODULE[..12], End::Short), "broke off"),
        (until_close(MODULE, End::Endless), "has more bytes than that, 15 bytes were promised"),
        (Answer::new(404, b""), "is not at"),
        (Answer::new(500, b""), "it answers 500"),
    ] {
        scene.put(&path, answer);
        scene.refuses("app:v1", expected).await;
    }
    scene.put(&path, Answer::new(200, MODULE));
    assert!(scene.pull("app:v1").await.is_ok(), "what failed before can be pulled");
}

#[tokio::test]
async fn silence_has_an_end() {
    let read_timeout = Duration::from_millis(50);
    let scene = Scene::with_config(RegistryConfig { read_timeout, ..config() }).await;
    scene.put_artifact("app:v1", MODULE);
    let path = format!("app/blobs/{}", Digest::of(MODULE));
    scene.put(&path, Answer::new(200, &MODULE[..12]).ending(End::Silence));
    scene.refuses("app:v1", "broke off: nothing came for a while").await;
}

#[tokio::test]
async fn a_pull_that_is_given_up_leaves_nothing() {
    let scene = Scene::new().await;
    scene.put_artifact("app:v1", MODULE);
    let path = format!("app/blobs/{}", Digest::of(MODULE));
    scene.put(&path, Answer::new(200, &MODULE[..12]).ending(End::Silence));
    let came = tokio::sync::Notify::new();
    let progress = |event: PullEvent<'_>| {
        if matches!(event, PullEvent::Bytes { digest, .. } if *digest == Digest::of(MODULE)) {
            came.notify_one();
        }
    };
    let reference = scene.reference("app:v1");
    let (store, keyring) = (scene.store(), Keyring::default());
    tokio::select! {
        outcome = scene.registry.pull(&store, &reference, &keyring, &progress) => panic!("{outcome:?}"),
        () = came.notified() => {}
    }
    // The next one waits until the writer of the first let go.
    scene.put(&path, Answer::new(200, MODULE));
    scene.pull("app:v1").await.unwrap();
    assert!(store.resolve(&reference).unwrap().is_some());
}

#[tokio::test]
async fn logins() {
    let dir = tempfile::tempdir().unwrap();
    let docker_config = dir.path().join("config.json");
    let with_login = RegistryConfig { docker_config: Some(docker_config.clone()), ..config() };
    let scene = Scene::with_config(with_login).await;
    scene.put_artifact("app:v1", MODULE);
    let guard = |authorization: &str, challenge: &str| {
        for (path, answer) in scene.fake.answers.lock().unwrap().iter_mut() {
            if path.starts_with("app/") {
                *answer = answer.clone().for_login(authorization, challenge.to_owned());
            }
        }
    };
    // `dTpw` is u:p
    let log_in = |auth: &str| {
        let json = format!(r#"{{"auths":{{"{}":{{"auth":"{auth}"}}}}}}"#, scene.host);
        std::fs::write(&docker_config, json).unwrap();
    };

    guard("Basic dTpw", "Basic realm=\"r\"");
    scene.refuses("app:v1", "requires a login for app").await;
    log_in("dTp4");
    scene.refuses("app:v1", "refuses access to app for user u").await;
    log_in("dTpw");
    scene.pull("app:v1").await.unwrap();
    scene.store().remove(&scene.reference("app:v1")).unwrap();

    let realm = format!("http://{}/v2/token", scene.host);
    guard("Bearer secret", &format!("Bearer realm=\"{realm}\",service=\"s\""));
    scene.put(
        "token",
        Answer::new(200, br#"{"token":"secret"}"#).for_login("Basic dTpw", "x".into()),
    );
    scene.asked();
    scene.pull("app:v1").await.unwrap();
    let tokens: Vec<_> =
        scene.asked().into_iter().filter(|asked| asked.contains("token")).collect();
    assert_eq!(tokens, ["GET /v2/token?scope=repository%3Aapp%3Apull&service=s with a secret"]);
    scene.store().remove(&scene.reference("app:v1")).unwrap();

    scene.put("token", Answer::new(200, b"{").ending(End::Endless));
    scene.refuses("app:v1", "request for a token is longer than").await;
    scene.put("token", Answer::new(200, b"{}"));
    scene.refuses("app:v1", "refuses access to app for user u").await;
    guard("Bearer secret", "Bearer realm=\"ftp://elsewhere\"");
    scene.refuses("app:v1", "sends us to \"ftp://elsewhere\", which is not secure").await;
    std::fs::write(&docker_config, "{").unwrap();
    scene.refuses("app:v1", "the credentials for 127.0.0.1").await;
}

#[tokio::test]
async fn a_secret_does_not_follow_a_redirect() {
    let dir = tempfile::tempdir().unwrap();
    let docker_config = dir.path().join("config.json");
    let with_login = RegistryConfig { docker_config: Some(docker_config.clone()), ..config() };
    let (scene, elsewhere) = (Scene::with_config(with_login).await, Scene::new().await);
    let auth = format!(r#"{{"auths":{{"{}":{{"auth":"dTpw"}}}}}}"#, scene.host);
    std::fs::write(&docker_config, auth).unwrap();
    scene.put_artifact("app:v1", MODULE);
    let path = format!("app/blobs/{}", Digest::of(MODULE));
    let location = format!("http://{}/v2/somewhere", elsewhere.host);
    let redirect = Answer::new(307, b"").with("Location", location);
    scene.put(&path, redirect.for_login("Basic dTpw", "Basic realm=\"r\"".into()));
    elsewhere.put("somewhere", Answer::new(200, MODULE));

    scene.pull("app:v1").await.unwrap();
    assert_eq!(elsewhere.asked(), ["GET /v2/somewhere"]);
    assert_eq!(scene.times_asked("with a secret"), 1);
}

async fn ensure(
    images: &Images,
    name: &Reference,
    policy: ImagePullPolicy,
) -> Result<Presence, ImageError> {
    images
        .ensure(&name.to_string(), policy, &Keyring::default(), &|_| {})
        .await
        .map(|(_, presence)| presence)
}

#[tokio::test]
async fn pull_policies() {
    use ImagePullPolicy::{Always, IfNotPresent, Never};
    let scene = Scene::new().await;
    let images = scene.images();
    let name = scene.reference("app:v1");
    scene.put_artifact("app:v1", MODULE);

    let never = ensure(&images, &name, Never).await.unwrap_err();
    assert_eq!(never.reason(), ImageReason::ErrImageNeverPull);
    let expected = format!("Container image \"{name}\" is not present with pull policy of Never");
    assert_eq!(never.message(), expected);
    assert_eq!(scene.asked(), [""; 0]);

    let pulled = Presence::Pulled { fetched_bytes: MODULE.len() as u64 + 2 };
    assert_eq!(ensure(&images, &name, IfNotPresent).await.unwrap(), pulled);
    scene.asked();
    for policy in [IfNotPresent, Never] {
        assert_eq!(ensure(&images, &name, policy).await.unwrap(), Presence::AlreadyPresent);
        let another_process = scene.images();
        assert_eq!(
            ensure(&another_process, &name, policy).await.unwrap(),
            Presence::AlreadyPresent
        );
    }
    assert_eq!(scene.asked(), [""; 0], "the image is there");

    assert_eq!(ensure(&images, &name, Always).await.unwrap(), Presence::AlreadyPresent);
    assert_eq!(scene.asked(), ["HEAD /v2/app/manifests/v1"]);
    let newer = [MODULE, b"\0\x01\0"].concat();
    scene.put_artifact("app:v1", &newer);
    let pulled = Presence::Pulled { fetched_bytes: newer.len() as u64 };
    assert_eq!(ensure(&images, &name, Always).await.unwrap(), pulled);
    let (image, _) =
        images.ensure(&name.to_string(), Never, &Keyring::default(), &|_| {}).await.unwrap();
    assert_eq!(image.module.digest, Digest::of(&newer));

    scene.put("app/manifests/v1", Answer::new(500, b""));
    let error = ensure(&images, &name, Always).await.unwrap_err();
    assert_eq!(error.reason(), ImageReason::RegistryUnavailable);
    assert!(error.message().contains("IfNotPresent runs it without asking"), "{}", error.message());
    scene.put("app/manifests/v1", Answer::new(404, b""));
    assert_eq!(
        ensure(&images, &name, Always).await.unwrap_err().reason(),
        ImageReason::ErrImagePull
    );
}

#[tokio::test]
async fn what_the_disk_damaged_is_pulled_again() {
    use ImagePullPolicy::{IfNotPresent, Never};
    let scene = Scene::new().await;
    let name = scene.reference("app:v1");
    let manifest = scene.put_artifact("app:v1", MODULE);
    ensure(&scene.images(), &name, IfNotPresent).await.unwrap();
    std::fs::write(scene.store().blob_path(&manifest.digest), "garbage").unwrap();

    let error = ensure(&scene.images(), &name, Never).await.unwrap_err();
    assert_eq!(error.reason(), ImageReason::ImageInspectError);
    assert!(error.message().contains("is damaged"), "{}", error.message());
    let again = ensure(&scene.images(), &name, IfNotPresent).await.unwrap();
    assert_eq!(again, Presence::Pulled { fetched_bytes: 0 }, "but for the manifest all is well");
    assert_eq!(ensure(&scene.images(), &name, Never).await.unwrap(), Presence::AlreadyPresent);
}

#[tokio::test]
async fn many_pulls_are_one_download() {
    let scene = Scene::new().await;
    scene.put_artifact("app:v1", MODULE);
    let images = scene.images();
    let name = scene.reference("app:v1");
    let pulls = (0..50).map(|_| ensure(&images, &name, ImagePullPolicy::IfNotPresent));
    let outcomes = futures_util::future::join_all(pulls).await;
    let pulled =
        outcomes.iter().filter(|outcome| *outcome.as_ref().unwrap() != Presence::AlreadyPresent);
    assert_eq!(pulled.count(), 1);
    assert_eq!(scene.times_asked("/manifests/"), 1);
    assert_eq!(scene.times_asked("/blobs/"), 2);

    // Two processes: each asks for the manifest, but one of them fetches a blob.
    scene.store().remove(&name).unwrap();
    scene.put_artifact("app:v1", &[MODULE, b"\0\x01\0"].concat());
    scene.asked();
    let (one, other) = (scene.images(), scene.images());
    let pulls = [&one, &other].map(|images| ensure(images, &name, ImagePullPolicy::IfNotPresent));
    for outcome in futures_util::future::join_all(pulls).await {
        outcome.unwrap();
    }
    assert_eq!(scene.times_asked(&Digest::of(&[MODULE, b"\0\x01\0"].concat()).to_string()), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn a_thousand_starts_look_once() {
    let scene = Scene::new().await;
    scene.put_artifact("app:v1", MODULE);
    scene.pull("app:v1").await.unwrap();
    scene.asked();
    let (images, name) = (Arc::new(scene.images()), scene.reference("app:v1").to_string());
    let start = || {
        let (images, name) = (images.clone(), name.clone());
        let policy = ImagePullPolicy::IfNotPresent;
        tokio::spawn(
            async move { images.ensure(&name, policy, &Keyring::default(), &|_| {}).await },
        )
    };
    let starts: Vec<_> = (0..1000).map(|_| start()).collect();
    let mut found = Vec::new();
    for start in starts {
        found.push(start.await.unwrap().unwrap());
    }
    let (first, _) = &found[0];
    for (image, presence) in &found {
        assert_eq!(*presence, Presence::AlreadyPresent);
        assert!(Arc::ptr_eq(image, first), "what one found serves all");
    }
    assert_eq!(scene.asked(), [""; 0]);
}

#[tokio::test]
async fn bad_names_are_not_asked_for() {
    let scene = Scene::new().await;
    let images = scene.images();
    let error = images
        .ensure("App", ImagePullPolicy::Always, &Keyring::default(), &|_| {})
        .await
        .unwrap_err();
    assert_eq!(error.reason(), ImageReason::InvalidImageName);
    assert_eq!(
        error.message(),
        "Failed to apply default image tag \"App\": couldn't parse image name \"App\": invalid \
         reference format: repository name (App) must be lowercase"
    );
}

#[tokio::test]
async fn bare_files_need_no_store() {
    let scene = Scene::new().await;
    let images = scene.images();
    let file = scene.dir.path().join("hello.wasm");
    std::fs::write(&file, MODULE).unwrap();
    let image = images.with_file("hello.wasm", &file).unwrap();
    assert_eq!(image.digest, Digest::of(MODULE));
    assert_eq!(image.config.entrypoint, ["hello.wasm"]);
    for policy in [ImagePullPolicy::Always, ImagePullPolicy::Never] {
        let (found, presence) =
            images.ensure("hello.wasm", policy, &Keyring::default(), &|_| {}).await.unwrap();
        assert!(Arc::ptr_eq(&found, &image) && presence == Presence::AlreadyPresent);
    }
    assert!(!scene.dir.path().join("images").exists(), "nothing was made");
    assert_eq!(scene.asked(), [""; 0]);

    let missing = images.with_file("no.wasm", &scene.dir.path().join("no.wasm")).unwrap_err();
    assert!(missing.message().ends_with("no.wasm: there is no such file"), "{}", missing.message());
}

/// Returns the credentials of a pull secret for this registry, with the password `p` of everybody.
fn keyring(host: &str, users: &[&str]) -> Keyring {
    let mut keyring = Keyring::default();
    for user in users {
        let json = format!(r#"{{"auths":{{"{host}":{{"username":"{user}","password":"p"}}}}}}"#);
        keyring.add_docker_config_json(json.as_bytes()).unwrap();
    }
    keyring
}

#[tokio::test]
async fn credentials_are_tried_one_after_the_other() {
    let dir = tempfile::tempdir().unwrap();
    let docker_config = dir.path().join("config.json");
    let with_login = RegistryConfig { docker_config: Some(docker_config.clone()), ..config() };
    let scene = Scene::with_config(with_login).await;
    scene.put_artifact("app:v1", MODULE);
    for answer in scene.fake.answers.lock().unwrap().values_mut() {
        // `dTpw` is u:p
        *answer = answer.clone().for_login("Basic dTpw", "Basic realm=\"r\"".into());
    }
    let pull = async |users: &[&str]| {
        let (reference, keyring) = (scene.reference("app:v1"), keyring(&scene.host, users));
        let pulled = scene.registry.pull(&scene.store(), &reference, &keyring, &|_| {}).await;
        pulled.map(drop).map_err(|error| error.to_string())
    };
    let error = pull(&[]).await.unwrap_err();
    assert!(error.contains("requires a login"), "{error}");
    let error = pull(&["a", "b"]).await.unwrap_err();
    assert!(error.contains("refuses access to app for user b"), "{error}");
    pull(&["a", "u"]).await.unwrap();
    let json = format!(r#"{{"auths":{{"{}":{{"auth":"dTpw"}}}}}}"#, scene.host);
    std::fs::write(&docker_config, json).unwrap();
    pull(&["a"]).await.expect("this user's own come last");
    std::fs::write(&docker_config, "{").unwrap();
    pull(&["u"]).await.expect("the pull secrets suffice");
}

#[tokio::test]
async fn who_is_unavailable_is_asked_again() {
    let scene = Scene::new().await;
    scene.put_artifact("app:v1", MODULE);
    let blob = format!("app/blobs/{}", Digest::of(MODULE));
    for path in ["app/manifests/v1", &blob] {
        let good = scene.fake.answers.lock().unwrap()[path].clone();
        scene.put(path, Answer::new(503, b"").with("Retry-After", "0"));
        scene.refuses("app:v1", "it answers 503").await;
        assert_eq!(scene.times_asked(path), 4, "{path}");
        scene.put(path, Answer::new(429, b"").with("Retry-After", "3600"));
        scene.refuses("app:v1", "it answers 429").await;
        assert_eq!(scene.times_asked(path), 5, "{path}: an hour is not waited");
        scene.put(path, good);
        scene.asked();
    }
    scene.pull("app:v1").await.unwrap();
}

#[tokio::test]
async fn mirrors_come_first() {
    let [near, origin] = [Scene::new().await, Scene::new().await];
    let dead = { TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap() };
    let mirrors = vec![dead.to_string(), format!("{}/cache", near.host)];
    let host = HostConfig { mirrors, ..HostConfig::default() };
    let hosts = BTreeMap::from([(origin.host.clone(), host)]);
    let registry = Registry::new(RegistryConfig { hosts, ..config() });
    let store = origin.store();
    let pull = async |name: &str, users: &[&str]| {
        let (reference, keyring) = (origin.reference(name), keyring(&origin.host, users));
        let pulled = registry.pull(&store, &reference, &keyring, &|_| {}).await;
        pulled.map(|pulled| pulled.manifest).map_err(|error| error.to_string())
    };
    let mirrored = near.put_artifact("cache/app:v1", MODULE);
    origin.put_artifact("only-there:v1", MODULE);

    assert_eq!(pull("app:v1", &["u"]).await, Ok(mirrored.digest.clone()));
    assert_eq!(origin.asked(), [] as [String; 0]);
    assert!(near.asked().iter().all(|asked| !asked.contains("secret")));
    assert!(store.resolve(&origin.reference("app:v1")).unwrap().is_some(), "under its own name");
    pull("only-there:v1", &[]).await.unwrap();
    assert!(near.times_asked("cache/only-there") > 0);
    let error = pull("nowhere:v1", &[]).await.unwrap_err();
    assert!(error.contains(&format!("nowhere:v1 is not at {}", origin.host)), "{error}");
}

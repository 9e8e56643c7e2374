//! What manifests ask to run: a Pod, with the ConfigMaps, Secrets and claims that it refers to.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use super::{manifests, stderr};
use crate::spec::manifest::MAX_BYTES;
use crate::spec::parse::{self, Identity, Kind, Parsed};
use crate::spec::{Objects, Pod};

/// How large the manifests may be together.
const BYTES_MAX: usize = 4 * MAX_BYTES;

/// A Pod to run, and what it can refer to.
#[derive(Debug)]
pub(super) struct Submission {
    pub(super) pod: Pod,
    pub(super) objects: Objects,
}

impl Submission {
    /// Reads manifests that hold one Pod, or several of which `chosen` is one. Prints what there is
    /// to say about them.
    pub(super) fn read(
        files: &[PathBuf],
        chosen: Option<&str>,
        identity: &Identity,
    ) -> anyhow::Result<Self> {
        let mut documents = documents(files)?;
        // What is wrong with a Pod that is not run is nobody's concern now.
        documents
            .retain(|document| !document.is_pod() || chosen.is_none_or(|name| document.is(name)));
        for document in &documents {
            document.tell();
        }
        if let Some(Document { file, .. }) = documents.iter().find(|d| !d.parsed.is_runnable()) {
            bail!("{file}: cannot be run");
        }
        check_names(&documents)?;
        let pod = one_pod(&documents, chosen)?;
        let namespace = pod.namespace();
        let pod = pod.parsed.pod(identity).with_context(|| pod.place())?;
        let mut objects = Objects::default();
        for document in &documents {
            if let Some(object) = document.parsed.referent() {
                let (kind, name) = (object.kind(), object.name());
                ensure!(
                    name.namespace == namespace,
                    "{}: {kind} {:?} is in namespace {:?}, where Pod {:?} in namespace \
                     {namespace:?} cannot refer to it",
                    document.place(),
                    name.name,
                    name.namespace,
                    pod.metadata.name
                );
                objects.insert(object);
            }
        }
        Ok(Self { pod, objects })
    }
}

/// A document, and the file in which it stands.
struct Document {
    file: String,
    parsed: Parsed,
}

fn documents(files: &[PathBuf]) -> anyhow::Result<Vec<Document>> {
    let mut documents = Vec::new();
    let mut room = BYTES_MAX;
    for path in manifests::files(files)? {
        let file = path.display().to_string();
        let text = manifests::read(&path).with_context(|| file.clone())?;
        room = room.checked_sub(text.len()).with_context(|| {
            format!("{file}: the manifests are larger than {} MiB together", BYTES_MAX >> 20)
        })?;
        let parsed = parse::parse(&text).into_iter();
        documents.extend(parsed.map(|parsed| Document { file: file.clone(), parsed }));
    }
    Ok(documents)
}

/// Checks that whatever can be referred to has a name, and none the name of another of its kind.
fn check_names(documents: &[Document]) -> anyhow::Result<()> {
    let mut places = BTreeMap::new();
    for document in documents {
        let (kind, name) = (document.kind(), document.name());
        if name.is_empty() {
            // The name of such a Pod is yet to be made.
            ensure!(
                document.is_pod(),
                "{}: a {kind} needs a metadata.name, by which the Pod refers to it",
                document.place()
            );
            continue;
        }
        let key = (kind, document.namespace(), name);
        if let Some(first) = places.insert(key, document.place()) {
            bail!("{}: {kind} {name:?} is already at {first}", document.place());
        }
    }
    Ok(())
}

fn one_pod<'a>(documents: &'a [Document], chosen: Option<&str>) -> anyhow::Result<&'a Document> {
    let pods: Vec<_> = documents.iter().filter(|document| document.is_pod()).collect();
    match (pods.as_slice(), chosen) {
        ([pod], _) => Ok(pod),
        ([], None) => bail!("there is no Pod in {}", files_of(documents)),
        ([], Some(name)) => bail!("there is no Pod {name:?} among the manifests"),
        (pods, None) => {
            let names: Vec<_> = pods.iter().map(|pod| pod.parsed.name.as_str()).collect();
            bail!(
                "there are {} Pods: {}; choose the one to run with --pod",
                pods.len(),
                names.join(", ")
            )
        }
        (pods, Some(name)) => {
            let places: Vec<_> = pods.iter().map(|pod| pod.place()).collect();
            bail!("there are {} Pods {name:?}: {}", pods.len(), places.join(", "))
        }
    }
}

fn files_of(documents: &[Document]) -> String {
    let mut files: Vec<_> = documents.iter().map(|document| document.file.as_str()).collect();
    files.dedup();
    files.join(", ")
}

impl Document {
    fn tell(&self) {
        for finding in &self.parsed.findings {
            let severity = if finding.problem.is_harmless() { "warning" } else { "error" };
            stderr::say(manifests::told(&self.file, finding, severity));
        }
    }

    fn is_pod(&self) -> bool {
        self.parsed.kind.as_ref().is_some_and(Kind::is_pod)
    }

    /// Whether it is called so.
    fn is(&self, name: &str) -> bool {
        self.parsed.name == name
    }

    /// Returns where it stands.
    fn place(&self) -> String {
        format!("{}:{}", self.file, self.parsed.line)
    }

    fn kind(&self) -> &str {
        self.parsed.kind.as_ref().map_or("", |kind| &kind.kind)
    }

    fn name(&self) -> &str {
        self.metadata("name")
    }

    fn namespace(&self) -> &str {
        self.metadata("namespace")
    }

    fn metadata(&self, field: &str) -> &str {
        let metadata = self.parsed.object().and_then(|object| object.get("metadata"));
        metadata
            .and_then(|metadata| metadata.get(field))
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Submission;
    use crate::spec::NamespacedName;
    use crate::spec::parse::Identity;

    const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\n\
                       spec: {containers: [{name: a, image: a}]}\n---\n";
    const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\n---\n";

    fn pod(name: &str) -> String {
        POD.replace("NAME", name)
    }

    fn map(name: &str) -> String {
        MAP.replace("NAME", name)
    }

    /// Reads files of these contents, `a.yaml`, `b.yaml` …
    fn read(contents: &[String], chosen: Option<&str>) -> Result<Submission, String> {
        let directory = tempfile::tempdir().unwrap();
        for (letter, content) in ('a'..).zip(contents) {
            std::fs::write(directory.path().join(format!("{letter}.yaml")), content).unwrap();
        }
        let identity = Identity { uid: "u".to_owned(), name_suffix: "xxxxx".to_owned() };
        let prefix = format!("{}/", directory.path().display());
        Submission::read(&[directory.path().to_owned()], chosen, &identity)
            .map_err(|error| format!("{error:#}").replace(&prefix, ""))
    }

    #[track_caller]
    fn check(contents: &[String], chosen: Option<&str>, expected: Result<&str, &str>) {
        let name = read(contents, chosen).map(|submission| submission.pod.metadata.name);
        assert_eq!(name.as_deref(), expected.map_err(str::to_owned).as_ref().copied());
    }

    #[test]
    fn one_pod_and_what_it_refers_to() {
        let secret = map("s").replace("ConfigMap", "Secret");
        let submission = read(&[pod("web"), map("m") + &secret], None).unwrap();
        let named = |name| NamespacedName::new("default", name);
        assert!(submission.objects.config_map(&named("m")).is_some());
        assert!(submission.objects.secret(&named("s")).is_some());
        // Of two kinds, both can be called the same.
        check(&[map("a") + &secret.replace("name: s", "name: a") + &pod("a")], None, Ok("a"));
    }

    #[test]
    fn one_pod_of_several() {
        let two = [pod("a"), map("m") + &pod("b")];
        check(&two, None, Err("there are 2 Pods: a, b; choose the one to run with --pod"));
        check(&two, Some("b"), Ok("b"));
        check(&two, Some("c"), Err("there is no Pod \"c\" among the manifests"));
        check(&[map("m"), map("k")], None, Err("there is no Pod in a.yaml, b.yaml"));
        check(
            &[pod("a") + &pod("a").replace("containers", "c")],
            None,
            Err("a.yaml: cannot be run"),
        );
        check(&[pod("a") + &pod("b").replace("containers", "c")], Some("a"), Ok("a"));
        let generated = pod("a-").replace("name: a-", "generateName: a-");
        check(std::slice::from_ref(&generated), Some("a-"), Ok("a-xxxxx"));
        let both = [generated.clone(), generated];
        check(&both, Some("a-"), Err("there are 2 Pods \"a-\": a.yaml:1, b.yaml:1"));
    }

    #[test]
    fn names_are_there_once() {
        let again = "b.yaml:1: ConfigMap \"m\" is already at a.yaml:5";
        check(&[pod("a") + &map("m"), map("m")], None, Err(again));
        let again = "a.yaml:5: Pod \"a\" is already at a.yaml:1";
        check(&[pod("a") + &pod("a")], Some("a"), Err(again));
        let nameless = map("m").replace("name: m", "generateName: m");
        let error = "a.yaml:1: a ConfigMap needs a metadata.name, by which the Pod refers to it";
        check(&[nameless + &pod("a")], None, Err(error));
    }

    #[test]
    fn a_pod_refers_within_its_namespace() {
        let elsewhere = |text: String| text.replace("metadata: {", "metadata: {namespace: x, ");
        check(&[elsewhere(pod("a")), elsewhere(map("m"))], None, Ok("a"));
        let error = "b.yaml:1: ConfigMap \"m\" is in namespace \"x\", where Pod \"a\" in namespace \
                     \"default\" cannot refer to it";
        check(&[pod("a"), elsewhere(map("m"))], None, Err(error));
    }
}

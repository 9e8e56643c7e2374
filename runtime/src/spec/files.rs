//! What is in a volume whose files the host writes: keys of objects and fields of the pod, at their
//! paths.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Component, Path};

use super::environment::{Allocatable, NoContainer};
use super::{
    DownwardFile, DownwardValue, FileSource, FileVolume, KeyToPath, NamespacedName, ObjectFiles,
    Objects, Pod,
};

/// How large the files of a volume may be together. A key can be named again and again, so that a
/// short document could ask for more than a disk holds.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// What the files come from.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The pod itself.
    pub pod: &'a Pod,
    /// What it can refer to.
    pub objects: &'a Objects,
    /// What its node gives.
    pub allocatable: &'a Allocatable,
}

/// The files of a volume by their paths, which are relative and have neither `.` nor `..` in them.
pub type Files<'a> = BTreeMap<String, VolumeFile<'a>>;

/// A file of a volume. Not for printing: it may be a Secret's.
#[derive(Clone, PartialEq, Eq)]
pub struct VolumeFile<'a> {
    /// What is in it.
    pub data: Cow<'a, [u8]>,
    /// Its permission bits.
    pub mode: u32,
}

/// Why a volume cannot have one of its files now.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// There is no such ConfigMap.
    #[error("configmap {0:?} not found")]
    NoConfigMap(String),
    /// There is no such Secret.
    #[error("secret {0:?} not found")]
    NoSecret(String),
    /// The ConfigMap does not have the key.
    #[error("configmap references non-existent config key: {0}")]
    NoConfigMapKey(String),
    /// The Secret does not have the key.
    #[error("references non-existent secret key: {0}")]
    NoSecretKey(String),
    /// The resources of a container are asked for, and the pod has no such container.
    #[error(transparent)]
    NoContainer(#[from] NoContainer),
    /// A path is that of the volume itself.
    #[error("invalid path {0:?}: it names no file")]
    NoName(String),
    /// All files together are too large.
    #[error("the files are larger than {} MiB together", BYTES_MAX >> 20)]
    TooLarge,
}

/// Why a volume cannot be filled now; at least one reason.
#[derive(Debug, PartialEq, Eq)]
pub struct FilesError(Vec<FileError>);

impl FileVolume {
    /// Returns the files that are to be in the volume.
    ///
    /// # Errors
    ///
    /// Everything that is missing and not optional.
    pub fn files<'a>(&'a self, sources: &Sources<'a>) -> Result<Files<'a>, FilesError> {
        let mut files = Collection {
            sources: *sources,
            default_mode: self.default_mode,
            files: Files::new(),
            room: BYTES_MAX,
            errors: Vec::new(),
        };
        for source in &self.sources {
            let taken = match source {
                FileSource::ConfigMap(map) => files.config_map(map),
                FileSource::Secret(secret) => files.secret(secret),
                FileSource::DownwardApi(items) => {
                    items.iter().for_each(|item| files.downward(item));
                    Ok(())
                }
            };
            files.note(taken);
        }
        if files.errors.is_empty() { Ok(files.files) } else { Err(FilesError(files.errors)) }
    }
}

/// The files of a volume, as far as its sources have been gone through.
struct Collection<'a> {
    sources: Sources<'a>,
    default_mode: u32,
    files: Files<'a>,
    room: usize,
    errors: Vec<FileError>,
}

impl<'a> Collection<'a> {
    fn config_map(&mut self, from: &'a ObjectFiles) -> Result<(), FileError> {
        let objects = self.sources.objects;
        let Some(map) = objects.config_map(&self.own(&from.name)) else {
            return missing(from, FileError::NoConfigMap(from.name.clone()));
        };
        let text = |value: &'a String| value.as_bytes();
        if from.items.is_empty() {
            let binary = map.binary_data.iter().map(|(key, value)| (key, value.as_slice()));
            let all = map.data.iter().map(|(key, value)| (key, text(value))).chain(binary);
            return all.into_iter().try_for_each(|(key, data)| self.add(key, None, data.into()));
        }
        let find = |key: &str| {
            let binary = || map.binary_data.get(key).map(Vec::as_slice);
            map.data.get(key).map(text).or_else(binary)
        };
        self.items(from, find, FileError::NoConfigMapKey)
    }

    fn secret(&mut self, from: &'a ObjectFiles) -> Result<(), FileError> {
        let objects = self.sources.objects;
        let Some(secret) = objects.secret(&self.own(&from.name)) else {
            return missing(from, FileError::NoSecret(from.name.clone()));
        };
        if from.items.is_empty() {
            let mut all = secret.data.iter();
            return all.try_for_each(|(key, data)| self.add(key, None, data.as_slice().into()));
        }
        let find = |key: &str| secret.data.get(key).map(Vec::as_slice);
        self.items(from, find, FileError::NoSecretKey)
    }

    /// Takes the keys that are named, up to the first that is missing.
    fn items(
        &mut self,
        from: &'a ObjectFiles,
        find: impl Fn(&str) -> Option<&'a [u8]>,
        no_key: fn(String) -> FileError,
    ) -> Result<(), FileError> {
        for KeyToPath { key, path, mode } in &from.items {
            match find(key) {
                Some(data) => self.add(path, *mode, data.into())?,
                None => missing(from, no_key(key.clone()))?,
            }
        }
        Ok(())
    }

    fn downward(&mut self, item: &DownwardFile) {
        let metadata = &self.sources.pod.metadata;
        let text = match &item.value {
            DownwardValue::Labels => lines(&metadata.labels),
            DownwardValue::Annotations => lines(&metadata.annotations),
            // Validation has refused fields which only a pod that runs has.
            DownwardValue::Field(field) => field.of_metadata(metadata).unwrap_or_default(),
            DownwardValue::Resource(resource) => match resource.value(self.sources.allocatable) {
                Ok(amount) => amount,
                Err(error) => return self.errors.push(error.into()),
            },
        };
        let added = self.add(&item.path, item.mode, text.into_bytes().into());
        self.note(added);
    }

    fn add(&mut self, path: &str, mode: Option<u32>, data: Cow<'a, [u8]>) -> Result<(), FileError> {
        let path = normalized(path).ok_or_else(|| FileError::NoName(path.to_owned()))?;
        self.room = self.room.checked_sub(data.len()).ok_or(FileError::TooLarge)?;
        let mode = mode.unwrap_or(self.default_mode);
        self.files.insert(path, VolumeFile { data, mode });
        Ok(())
    }

    fn note(&mut self, taken: Result<(), FileError>) {
        self.errors.extend(taken.err().filter(|error| !self.errors.contains(error)));
    }

    /// Returns the full name of an object that the pod refers to.
    fn own(&self, name: &str) -> NamespacedName {
        NamespacedName::new(&self.sources.pod.metadata.namespace, name)
    }
}

/// Returns what comes of something that is missing: nothing, if it was optional.
fn missing(from: &ObjectFiles, error: FileError) -> Result<(), FileError> {
    if from.optional { Ok(()) } else { Err(error) }
}

/// Returns a path without what leads nowhere, and none if nothing is left.
fn normalized(path: &str) -> Option<String> {
    let mut normal = String::new();
    for component in Path::new(path).components() {
        match component {
            Component::Normal(name) => {
                let separator = if normal.is_empty() { "" } else { "/" };
                normal = normal + separator + name.to_str()?;
            }
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    (!normal.is_empty()).then_some(normal)
}

/// Returns a line `KEY="VALUE"` for each pair, the last without its end.
fn lines(pairs: &BTreeMap<String, String>) -> String {
    let line = |(key, value): (&String, &String)| format!("{key}={}", quoted(value));
    pairs.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Quotes text as Go does: what cannot be printed is written by its number.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\x07' => quoted.push_str("\\a"),
            '\x08' => quoted.push_str("\\b"),
            '\x0b' => quoted.push_str("\\v"),
            '\x0c' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ if is_printable(character) => quoted.push(character),
            '\0'..='\x7f' => quoted += &format!("\\x{:02x}", u32::from(character)),
            '\u{80}'..='\u{ffff}' => quoted += &format!("\\u{:04x}", u32::from(character)),
            _ => quoted += &format!("\\U{:08x}", u32::from(character)),
        }
    }
    quoted + "\""
}

/// Whether a character can be seen. One that joins the one before it can, which its own debug form
/// would not say.
fn is_printable(character: char) -> bool {
    let mut text = String::from('a');
    text.push(character);
    character == '\'' || text.escape_debug().eq(text.chars())
}

impl fmt::Display for FilesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [error] => error.fmt(f),
            errors => {
                let texts: Vec<_> = errors.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", texts.join(", "))
            }
        }
    }
}

impl std::error::Error for FilesError {}

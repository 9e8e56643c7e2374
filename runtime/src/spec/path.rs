//! Where in an object something stands, written as Kubernetes writes it: `spec.containers[0].name`.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// The path of a field, from the root of its object.
///
/// A path shares its beginning with the paths next to it, so that walking an object is cheap.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct FieldPath(Option<Arc<Step>>);

#[derive(PartialEq, Eq, Hash)]
struct Step {
    parent: FieldPath,
    segment: Segment,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// A field of a structure.
    Field(Cow<'static, str>),
    /// An element of a list.
    Index(usize),
    /// A key of a map.
    Key(String),
}

impl FieldPath {
    /// Returns the path of the object itself.
    pub fn root() -> Self {
        Self(None)
    }

    /// Returns the path of a field of the structure that stands here.
    pub fn field(&self, name: impl Into<Cow<'static, str>>) -> Self {
        self.step(Segment::Field(name.into()))
    }

    /// Returns the path of an element of the list that stands here.
    pub fn index(&self, index: usize) -> Self {
        self.step(Segment::Index(index))
    }

    /// Returns the path of a key of the map that stands here.
    pub fn key(&self, key: impl Into<String>) -> Self {
        self.step(Segment::Key(key.into()))
    }

    /// Returns the path of what holds this field; the root holds itself.
    pub fn parent(&self) -> Self {
        self.0.as_ref().map_or_else(Self::root, |step| step.parent.clone())
    }

    /// Returns the last step.
    pub fn last(&self) -> Option<&Segment> {
        self.0.as_ref().map(|step| &step.segment)
    }

    /// Whether this is the object itself.
    pub fn is_root(&self) -> bool {
        self.0.is_none()
    }

    /// Returns this path and those of all that it stands in, but for the root.
    pub fn and_above(&self) -> impl Iterator<Item = Self> {
        let itself = Some(self.clone()).filter(|path| !path.is_root());
        std::iter::successors(itself, |path| Some(path.parent()).filter(|path| !path.is_root()))
    }

    /// Returns this path of an object that itself stands at `base`.
    pub fn under(&self, base: &Self) -> Self {
        if base.is_root() {
            return self.clone();
        }
        self.segments().into_iter().fold(base.clone(), |path, segment| path.step(segment.clone()))
    }

    /// Returns the steps from the root.
    pub fn segments(&self) -> Vec<&Segment> {
        let mut segments = Vec::new();
        let mut path = self;
        while let Some(step) = &path.0 {
            segments.push(&step.segment);
            path = &step.parent;
        }
        segments.reverse();
        segments
    }

    fn step(&self, segment: Segment) -> Self {
        Self(Some(Arc::new(Step { parent: self.clone(), segment })))
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.segments().into_iter().enumerate() {
            match segment {
                Segment::Field(name) if position == 0 => write!(f, "{name}")?,
                Segment::Field(name) => write!(f, ".{name}")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) => write!(f, "[{key}]")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::FieldPath;

    #[test]
    fn is_written_as_kubernetes_does() {
        let container = FieldPath::root().field("spec").field("containers").index(1);
        assert_eq!(container.field("name").to_string(), "spec.containers[1].name");
        assert_eq!(
            container.field("resources").field("limits").key("cpu").to_string(),
            "spec.containers[1].resources.limits[cpu]"
        );
        assert_eq!(FieldPath::root().to_string(), "");
    }

    #[test]
    fn is_taken_apart_and_put_together() {
        let spec = FieldPath::root().field("spec");
        let name = spec.field("containers").index(1).field("name");
        let above: Vec<_> = name.and_above().map(|path| path.to_string()).collect();
        let expected = ["spec.containers[1].name", "spec.containers[1]", "spec.containers", "spec"];
        assert_eq!(above, expected);
        assert_eq!(FieldPath::root().and_above().count(), 0);
        assert_eq!(spec.parent(), FieldPath::root());
        let item = FieldPath::root().field("items").index(3);
        assert_eq!(name.under(&item).to_string(), "items[3].spec.containers[1].name");
        assert_eq!(name.under(&FieldPath::root()), name);
    }
}

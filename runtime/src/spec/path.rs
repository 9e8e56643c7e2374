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
}

//! The ConfigMaps and Secrets that pods can refer to, as they are now.
//!
//! A container sees what they are when it starts. Who has to follow them, as a volume does,
//! subscribes.

use std::sync::Arc;

use tokio::sync::watch;

use crate::spec::Objects;

/// The objects of a process; they may change while pods run.
#[derive(Debug, Default)]
pub struct ObjectStore(watch::Sender<Arc<Objects>>);

impl ObjectStore {
    /// Returns the objects of this moment. They stay as they are.
    pub fn current(&self) -> Arc<Objects> {
        self.0.borrow().clone()
    }

    /// Changes the objects, and wakes up whoever follows them.
    pub fn change(&self, change: impl FnOnce(&mut Objects)) {
        self.0.send_modify(|objects| change(Arc::make_mut(objects)));
    }

    /// Returns what follows the objects from now on.
    pub fn subscribe(&self) -> watch::Receiver<Arc<Objects>> {
        self.0.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::ObjectStore;
    use crate::spec::{NamespacedName, Object, Secret};

    #[test]
    fn a_change_is_seen_by_who_follows_and_not_in_what_was_taken() {
        let (store, name) = (ObjectStore::default(), NamespacedName::new("default", "a"));
        let (before, mut follower) = (store.current(), store.subscribe());
        assert!(!follower.has_changed().unwrap());
        store.change(|objects| {
            objects.insert(Object::Secret(Arc::new(Secret {
                name: name.clone(),
                secret_type: "Opaque".to_owned(),
                data: BTreeMap::new(),
                immutable: false,
            })));
        });
        assert!(follower.has_changed().unwrap());
        assert!(follower.borrow_and_update().secret(&name).is_some());
        assert!(store.current().secret(&name).is_some());
        assert!(before.secret(&name).is_none());
    }
}

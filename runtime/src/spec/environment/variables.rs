//! Variables by name, in the order of first mention, within bounds.
//!
//! What they may come to is bounded as for a process: a few lines of `$(A)$(A)` could ask for more
//! memory than there is.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use super::EnvironmentError;
use crate::spec::expand::expand;

/// How large an environment, or a command line, may be: what Linux gives a process for both.
pub(super) const BYTES_MAX: usize = 2 * 1024 * 1024;

/// Variables, no name twice; none has a NUL character. Not for printing: Secrets are among them.
#[derive(Clone, Default)]
pub struct Variables {
    /// Names and values.
    list: Vec<(String, String)>,
    /// Where a name stands in the list.
    places: HashMap<String, usize>,
    bytes: usize,
}

impl Variables {
    /// Returns the value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.places.get(name).map(|place| self.list[*place].1.as_str())
    }

    /// Returns names and values in the order of first mention.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.list.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns these over the variables of an image.
    pub fn over(&self, image: impl IntoIterator<Item = (String, String)>) -> Vec<(String, String)> {
        let mut variables = Self::default();
        image.into_iter().for_each(|(name, value)| variables.put(name, value));
        self.list.iter().cloned().for_each(|(name, value)| variables.put(name, value));
        variables.list
    }

    /// Returns words of a command line with their references to these variables replaced.
    ///
    /// # Errors
    ///
    /// If the words get too long.
    pub fn expand_words(&self, words: &[String]) -> Result<Vec<String>, EnvironmentError> {
        let mut room = BYTES_MAX;
        let expand = |word: &String| {
            let word = expand(word, room, |name| self.get(name))?;
            room = room.checked_sub(word.len() + 1)?;
            Some(word)
        };
        let words: Option<Vec<_>> = words.iter().map(expand).collect();
        words.ok_or(EnvironmentError::WordsTooLarge)
    }

    /// Returns the value of a variable with its references to these replaced.
    pub(super) fn expand(&self, text: &str) -> Result<String, EnvironmentError> {
        expand(text, BYTES_MAX, |name| self.get(name)).ok_or(EnvironmentError::TooLarge)
    }

    /// Returns text with its references to these replaced, and the names of those that are not
    /// there or empty.
    pub(in crate::spec) fn expand_all(
        &self,
        text: &str,
    ) -> Result<(String, BTreeSet<String>), EnvironmentError> {
        let missing = RefCell::new(BTreeSet::new());
        let expanded = expand(text, BYTES_MAX, |name| {
            let value = self.get(name).unwrap_or_default();
            if value.is_empty() {
                missing.borrow_mut().insert(name.to_owned());
            }
            Some(value)
        });
        Ok((expanded.ok_or(EnvironmentError::TooLarge)?, missing.into_inner()))
    }

    /// Sets a variable.
    pub(in crate::spec) fn set(
        &mut self,
        name: String,
        value: String,
    ) -> Result<(), EnvironmentError> {
        if value.contains('\0') {
            return Err(EnvironmentError::Nul(name));
        }
        self.put(name, value);
        if self.bytes > BYTES_MAX { Err(EnvironmentError::TooLarge) } else { Ok(()) }
    }

    fn put(&mut self, name: String, value: String) {
        if let Some(place) = self.places.get(&name) {
            let old = &mut self.list[*place].1;
            self.bytes = self.bytes - old.len() + value.len();
            *old = value;
        } else {
            self.bytes += name.len() + value.len() + "=\0".len();
            self.places.insert(name.clone(), self.list.len());
            self.list.push((name, value));
        }
    }
}

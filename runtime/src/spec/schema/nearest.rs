//! The name that was probably meant, for hints.

/// The longest name that is compared; there is no longer one to find.
const LONGEST: usize = 80;

/// Returns the name that is most like `wrong`, if one is enough so.
pub(crate) fn nearest<'a>(
    wrong: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    if wrong.len() > LONGEST {
        return None;
    }
    let wrong = wrong.to_lowercase();
    let distances = names.into_iter().map(|name| (distance(&wrong, &name.to_lowercase()), name));
    let (distance, name) = distances.min_by_key(|(distance, _)| *distance)?;
    // What differs in more than a quarter of its letters is another name.
    (distance <= 1 + name.len() / 4 && distance < name.len()).then_some(name)
}

/// Returns how many characters have to be put in, left out, or changed to make one into the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    // The distances of what was read of `from` to each beginning of `to`.
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (read, left) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], read + 1);
        for (column, right) in to.iter().enumerate() {
            let changed = diagonal + usize::from(left != *right);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn distances() {
        for (from, to, expected) in
            [("", "", 0), ("", "abc", 3), ("image", "image", 0), ("kitten", "sitting", 3)]
        {
            assert_eq!(distance(from, to), expected, "{from} {to}");
            assert_eq!(distance(to, from), expected, "{to} {from}");
        }
    }

    #[test]
    fn names_that_were_meant() {
        let names = ["image", "imagePullPolicy", "env", "envFrom", "tty", "command"];
        for (wrong, expected) in [
            ("imagePulPolicy", Some("imagePullPolicy")),
            ("imagepullpolicy", Some("imagePullPolicy")),
            ("img", Some("image")),
            ("comand", Some("command")),
            ("enve", Some("env")),
            ("x", None),
            ("", None),
            ("wholly-different", None),
        ] {
            assert_eq!(nearest(wrong, names), expected, "{wrong}");
        }
        assert_eq!(nearest(&"image".repeat(1_000_000), names), None);
    }
}

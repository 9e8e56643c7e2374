//! The table of fields as Markdown, for `docs/kubernetes.md`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Field, Structure, Support, Type};

/// Returns a table of all fields of a structure, down to where one word says it all.
pub fn markdown(structure: &'static Structure) -> String {
    let mut table = String::from("| Field | Here | Note |\n|---|---|---|\n");
    rows(structure, "", &mut BTreeSet::new(), &mut table);
    table
}

fn rows(
    structure: &'static Structure,
    prefix: &str,
    seen: &mut BTreeSet<&'static str>,
    table: &mut String,
) {
    for field in structure.fields {
        let path = format!("{prefix}{}{}", field.name, suffix(&field.ty));
        let (status, note) = status(field);
        let inner = field.ty.structure().filter(|_| matches!(field.support, Support::Supported));
        match inner {
            Some(inner) if !seen.insert(inner.name) => {
                row(table, &path, status, &format!("as the other {}", inner.name));
            }
            Some(inner) => {
                row(table, &path, status, note);
                rows(inner, &format!("{path}."), seen, table);
            }
            None => row(table, &path, status, note),
        }
    }
}

fn row(table: &mut String, path: &str, status: &str, note: &str) {
    writeln!(table, "| `{path}` | {status} | {note} |").expect("a string can be written");
}

/// Returns how many there are of a field.
fn suffix(ty: &Type) -> &'static str {
    match ty {
        Type::List(_) => "[*]",
        _ => "",
    }
}

/// Whether this is what becomes of all that stands in the field, too.
pub fn settles_all_below(field: &Field) -> bool {
    matches!(field.support, Support::NoEffect(_) | Support::Rejected(_))
}

/// Returns what becomes of a field, in a word, and why.
pub fn status(field: &Field) -> (&'static str, &'static str) {
    match field.support {
        Support::Supported | Support::Inherited => ("supported", ""),
        Support::Partly(_, note) | Support::Keys(_, note) => ("partly", note),
        Support::NoEffect(reason) => ("no effect", reason),
        Support::Rejected(reason) => ("rejected", reason),
    }
}

#[cfg(test)]
mod tests {
    use super::markdown;
    use crate::spec::schema::kind;

    const BEGIN: &str = "<!-- fields: begin -->\n";
    const END: &str = "<!-- fields: end -->";

    /// The table in the documentation is the table in the code. `UPDATE_DOCS=1` writes it anew.
    #[test]
    #[allow(clippy::disallowed_methods, reason = "a test may read what it compares with")]
    fn documentation_is_current() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/kubernetes.md");
        let text = std::fs::read_to_string(file).expect("the page is in the repository");
        let (before, rest) = text.split_once(BEGIN).expect("the page has the first mark");
        let (table, after) = rest.split_once(END).expect("the page has the last mark");
        let current = markdown(kind("v1", "Pod").expect("it is in the table"));
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(file, format!("{before}{BEGIN}{current}{END}{after}"))
                .expect("the page can be written");
            return;
        }
        assert!(table == current, "docs/kubernetes.md is behind: run with UPDATE_DOCS=1");
    }
}

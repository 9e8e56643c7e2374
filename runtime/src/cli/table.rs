//! Rows of text with aligned columns.

/// Returns rows with columns as wide as they have to be, and `gap` between them.
pub(super) fn table<const COLUMNS: usize>(rows: &[[String; COLUMNS]], gap: &str) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: [usize; COLUMNS] = std::array::from_fn(|column| width(column).unwrap_or(0));
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        text.push_str(cells.collect::<Vec<_>>().join(gap).trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_are_aligned() {
        let rows = [["A", "LONG"], ["longer", "b"]].map(|row| row.map(str::to_owned));
        assert_eq!(table(&rows, "  "), "A       LONG\nlonger  b\n");
    }
}

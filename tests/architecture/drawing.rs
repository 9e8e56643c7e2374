//! The drawing in docs/architecture.md: who may use whom, and where a big dependency may appear.

use std::collections::{BTreeMap, BTreeSet};

/// From a name to what stands behind its arrow.
pub(crate) type Arrows = BTreeMap<String, BTreeSet<String>>;

/// Returns the lines `name → a, b` of the fenced block called `block`.
pub(crate) fn arrows(document: &str, block: &str) -> Arrows {
    let fence = format!("```{block}");
    let lines = document.lines().skip_while(|line| *line != fence).skip(1);
    lines.take_while(|line| *line != "```").filter_map(arrow).collect()
}

fn arrow(line: &str) -> Option<(String, BTreeSet<String>)> {
    let (from, to) = line.split_once('→')?;
    let names = to.split(',').map(str::trim).filter(|name| !name.is_empty());
    Some((from.trim().to_owned(), names.map(str::to_owned).collect()))
}

/// Returns a circle of arrows, if there is one.
pub(crate) fn circle(arrows: &Arrows) -> Option<Vec<String>> {
    arrows.keys().find_map(|from| way_back(arrows, &[from.as_str()]))
}

fn way_back(arrows: &Arrows, way: &[&str]) -> Option<Vec<String>> {
    for next in arrows.get(*way.last()?)? {
        let longer = [way, &[next.as_str()]].concat();
        if *next == *way[0] {
            return Some(longer.into_iter().map(str::to_owned).collect());
        }
        if !way.contains(&next.as_str())
            && let Some(found) = way_back(arrows, &longer)
        {
            return Some(found);
        }
    }
    None
}

#[test]
fn reads_arrows() {
    let document = "a → x\n```arrows\nspec →\npod → spec, wasm\n```\nb → y\n";
    let found: Vec<_> = arrows(document, "arrows").into_iter().collect();
    let set = |names: &[&str]| names.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    assert_eq!(found, [("pod".to_owned(), set(&["spec", "wasm"])), ("spec".to_owned(), set(&[]))]);
    assert!(arrows(document, "others").is_empty());
}

#[test]
fn finds_a_circle() {
    fn check(lines: &str, expected: Option<&str>) {
        let found = circle(&arrows(&format!("```arrows\n{lines}\n```"), "arrows"));
        assert_eq!(found.map(|way| way.join(" ")).as_deref(), expected, "{lines:?}");
    }
    check("a → b\nb →", None);
    check("a → a", Some("a a"));
    check("a → b, c\nb → c\nc → d\nd → b", Some("b c d b"));
}

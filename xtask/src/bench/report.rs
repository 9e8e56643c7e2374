//! What was measured, as a table for people and as a JSON object a line for programs.

use serde::Serialize;

/// One thing measured: medians of `n` samples each.
#[derive(Debug, Serialize)]
pub(crate) struct Measurement {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) ours: f64,
    pub(crate) peer: Option<f64>,
    /// Ours by peer: less than 1 is better.
    pub(crate) ratio: Option<f64>,
    pub(crate) n: usize,
}

impl Measurement {
    /// Returns the measurement, its ratio computed.
    pub(crate) fn new(
        name: &'static str,
        unit: &'static str,
        ours: f64,
        peer: Option<f64>,
        n: usize,
    ) -> Self {
        let ratio = peer.map(|peer| ours / peer);
        Self { name, unit, ours, peer, ratio, n }
    }

    /// Returns the heading of the table.
    pub(crate) fn heading() -> String {
        format!("{:<30} {:>10} {:>10} {:>7} {:>5}  unit", "name", "ours", "peer", "ratio", "n")
    }

    /// Returns the measurement's line of the table.
    pub(crate) fn row(&self) -> String {
        let number = |value: Option<f64>, decimals| {
            value.map_or("-".to_owned(), |value| format!("{value:.decimals$}"))
        };
        let (ours, peer) = (number(Some(self.ours), 3), number(self.peer, 3));
        let ratio = number(self.ratio, 3);
        format!("{:<30} {ours:>10} {peer:>10} {ratio:>7} {:>5}  {}", self.name, self.n, self.unit)
    }

    /// Returns the measurement as JSON.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string(self).expect("numbers and strings are JSON")
    }
}

#[test]
fn says_what_was_measured() {
    let with = Measurement::new("start/warm", "ms", 1.0, Some(4.0), 20);
    let without = Measurement::new("density/kib_per_pod", "KiB", 43.5, None, 1);
    assert_eq!(
        with.json(),
        r#"{"name":"start/warm","unit":"ms","ours":1.0,"peer":4.0,"ratio":0.25,"n":20}"#
    );
    assert_eq!(
        without.json(),
        r#"{"name":"density/kib_per_pod","unit":"KiB","ours":43.5,"peer":null,"ratio":null,"n":1}"#
    );
    assert_eq!(
        [Measurement::heading(), with.row(), without.row()].join("\n"),
        "\
name                                 ours       peer   ratio     n  unit
start/warm                          1.000      4.000   0.250    20  ms
density/kib_per_pod                43.500          -       -     1  KiB"
    );
}

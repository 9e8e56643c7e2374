//! How far a transfer is, and how fast, in the words of a line on the terminal.

use std::time::Duration;

/// How many letters the bar has.
const BAR_LENGTH: u64 = 20;

/// Before that nobody can say how fast it is.
const BEFORE_RATE: Duration = Duration::from_millis(500);

/// Bytes that are on their way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Transfer {
    pub(super) came: u64,
    /// Until now: more may be announced later.
    pub(super) announced: u64,
}

impl Transfer {
    /// Returns how far it is after so long: bar, percentage, bytes and rate.
    pub(super) fn text(self, since_start: Duration) -> String {
        let Self { came, announced } = self;
        if announced == 0 {
            return "waiting for the registry".to_owned();
        }
        let share = (came as f64 / announced as f64).min(1.0);
        let filled = (share * BAR_LENGTH as f64) as usize;
        let bar: String = (0..BAR_LENGTH as usize).map(|at| bar_letter(at, filled)).collect();
        let percent = (share * 100.0) as u32;
        let text = format!("[{bar}] {percent:>3}% {} of {}", size(came), size(announced));
        if since_start < BEFORE_RATE {
            return text;
        }
        let rate = size((came as f64 / since_start.as_secs_f64()) as u64);
        format!("{text}, {rate}/s")
    }
}

fn bar_letter(at: usize, filled: usize) -> char {
    match at.cmp(&filled) {
        std::cmp::Ordering::Less => '=',
        std::cmp::Ordering::Equal => '>',
        std::cmp::Ordering::Greater => ' ',
    }
}

/// Returns a size for people.
pub(super) fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "KiB", "MiB"] {
        if value < 1000.0 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1024.0;
    }
    format!("{value:.1} GiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let text =
            |came, announced, ms| Transfer { came, announced }.text(Duration::from_millis(ms));
        const MIB: u64 = 1 << 20;
        assert_eq!(text(0, 0, 9), "waiting for the registry");
        let begun = "[>                   ]   0% 0 B of 12.0 MiB";
        assert_eq!(text(0, 12 * MIB, 100), begun);
        let quarter = "[=====>              ]  25% 3.0 MiB of 12.0 MiB, 2.0 MiB/s";
        assert_eq!(text(3 * MIB, 12 * MIB, 1500), quarter);
        let all = "[====================] 100% 12.0 MiB of 12.0 MiB, 6.0 MiB/s";
        assert_eq!(text(12 * MIB, 12 * MIB, 2000), all);
        let more = "[====================] 100% 2.0 MiB of 1.0 MiB";
        assert_eq!(text(2 * MIB, MIB, 1), more);
    }

    #[test]
    fn sizes() {
        for (bytes, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 KiB"),
            (2 << 20, "2.0 MiB"),
            (3 << 30, "3.0 GiB"),
            (2000 << 30, "2000.0 GiB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }
}

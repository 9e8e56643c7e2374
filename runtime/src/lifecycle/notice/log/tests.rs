//! Notices in, what is kept and visible of them out.

use std::time::Duration;

use jiff::Timestamp;

use super::{BURST, KEPT_MAX, MESSAGE_MAX, NoticeLog};
use crate::lifecycle::tests::pod;
use crate::lifecycle::{Notice, NoticeKind, Now};
use crate::spec::RestartPolicy;

fn at(seconds: u64) -> Now {
    let passed = Duration::from_secs(seconds);
    Now { monotonic: passed, wall: Timestamp::UNIX_EPOCH + passed }
}

fn warning(message: impl Into<String>) -> Notice {
    Notice::about(&"a".into(), NoticeKind::Warning, "Unhealthy", message.into())
}

fn visible(log: &NoticeLog) -> Vec<String> {
    let line = |told: &super::Told| {
        let (first, last) = (told.first.as_second(), told.last.as_second());
        format!("{} x{} {first}..{last}", told.notice.message, told.count)
    };
    log.visible().map(line).collect()
}

#[test]
fn what_is_told_again_is_counted() {
    let mut log = NoticeLog::default();
    for (second, message) in [(1, "one"), (2, "two"), (5, "one"), (9, "one")] {
        log.record(&warning(message), at(second));
    }
    assert_eq!(visible(&log), ["one x3 1..9", "two x1 2..2"]);
    let of_another = Notice { container: Some("b".into()), ..warning("one") };
    assert_eq!(log.record(&of_another, at(10)).count, 1, "another container's is another");
    assert_eq!(log.record(&warning("one"), at(3600 + 10)).count, 1, "forgotten");
}

#[test]
fn many_that_are_similar_are_told_in_one() {
    let mut log = NoticeLog::default();
    for number in 1..=12 {
        log.record(&warning(format!("number {number}")), at(number));
    }
    let lines = visible(&log);
    assert_eq!(lines.len(), 10, "{lines:?}");
    assert_eq!(lines[8], "number 9 x1 9..9");
    assert_eq!(lines[9], "(combined from similar events): number 12 x3 10..12");
    log.record(&warning("later"), at(12 + 601));
    assert_eq!(visible(&log).last().unwrap(), "later x1 613..613", "a new series");
}

#[test]
fn a_flood_stays_out_of_sight_but_for_its_beginning() {
    let mut log = NoticeLog::default();
    for _ in 0..100 {
        log.record(&warning("again"), at(1));
    }
    assert_eq!(visible(&log), [format!("again x{BURST} 1..1")]);
    log.record(&Notice { reason: "Other", ..warning("new") }, at(2));
    assert_eq!(visible(&log).len(), 1, "of the same pod");
    log.record(&warning("again"), at(302));
    assert_eq!(visible(&log), ["again x101 1..302"], "one more, with all that came before");
    assert_eq!(log.all().count(), 2);
}

#[test]
fn what_is_kept_is_bounded() {
    let mut log = NoticeLog::default();
    for number in 0..2000 {
        let message = format!("{number} {}", "ä".repeat(2000));
        // Each in a series of its own.
        let told = log.record(&warning(message), at(number * 700));
        assert!(told.notice.message.len() <= MESSAGE_MAX);
        let of_pod = Notice::of_pod(NoticeKind::Normal, "Of", format!("{number}"));
        log.record(&of_pod, at(number * 700));
    }
    assert!(log.all().count() <= KEPT_MAX);
}

#[test]
fn no_two_events_have_one_name() {
    let pod = pod(RestartPolicy::Always, &["a"]);
    let mut log = NoticeLog::default();
    log.record(&warning("one"), at(1));
    log.record(&warning("two"), at(1));
    let events: Vec<_> = log.visible().map(|told| told.event(&pod, "node")).collect();
    let names: Vec<_> = events.iter().map(|event| event.metadata.name.clone().unwrap()).collect();
    assert_eq!(names, ["web.3b9aca00", "web.3b9aca01"]);
    let json = serde_json::to_value(&events[0]).unwrap();
    assert_eq!(json["involvedObject"]["fieldPath"], "spec.containers{a}");
    assert_eq!((&json["type"], &json["reason"]), (&"Warning".into(), &"Unhealthy".into()));
    assert_eq!((&json["count"], &json["source"]["component"]), (&1.into(), &"wasmpod".into()));
    assert_eq!(json["firstTimestamp"], "1970-01-01T00:00:01Z");
}

//! When to ask a registry again that is busy or broken for the moment.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// How often the same is asked again.
pub(super) const RETRIES_MAX: u32 = 3;

/// Who is told to wait longer gives up: the pod tries again later.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// Returns after how long to ask again; nothing if that is of no use.
pub(super) fn wait(
    status: StatusCode,
    headers: &HeaderMap,
    retries: u32,
    first: Duration,
) -> Option<Duration> {
    let is_passing = matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504);
    if !is_passing || retries >= RETRIES_MAX {
        return None;
    }
    // The other form, a date, is rare: it is as if nothing were said.
    let told = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let wait = told.map_or(first * 2u32.pow(retries), Duration::from_secs);
    (wait <= WAIT_MAX).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits() {
        let check = |status: u16, told: Option<&str>, retries, expected: Option<u64>| {
            let mut headers = HeaderMap::new();
            headers.extend(told.map(|told| (RETRY_AFTER, told.parse().unwrap())));
            let status = StatusCode::from_u16(status).unwrap();
            let wait = wait(status, &headers, retries, Duration::from_secs(1));
            assert_eq!(wait.map(|wait| wait.as_secs()), expected, "{status} {told:?} {retries}");
        };
        check(503, None, 0, Some(1));
        check(503, None, 2, Some(4));
        check(503, None, 3, None);
        check(429, Some("7"), 0, Some(7));
        check(429, Some(" 30 "), 0, Some(30));
        check(429, Some("31"), 0, None);
        check(429, Some("99999999999999999999999"), 0, Some(1));
        check(429, Some("Wed, 21 Oct 2015 07:28:00 GMT"), 1, Some(2));
        for status in [200, 401, 403, 404, 501] {
            check(status, Some("1"), 0, None);
        }
    }
}

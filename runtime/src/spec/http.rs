//! How components that are http services are served: annotations of a Pod under `wasmpod.dev/http-`,
//! which hold for each service in it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::quantity::Quantity;

/// What the keys begin with.
pub(super) const PREFIX: &str = "wasmpod.dev/http-";

const NAMES: &str = "max-concurrency, queue, request-timeout-seconds, max-request-bytes, reuse";

/// How a service is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSettings {
    /// `max-concurrency`: how many requests are handled at a time.
    pub concurrency_max: u32,
    /// `queue`: how many wait beyond that; the others are answered with 503.
    pub queue_max: u32,
    /// `request-timeout-seconds`: how long a request may wait for its turn, and how long nothing of
    /// it and of its response may move.
    pub request_timeout: Duration,
    /// `max-request-bytes`: how large the body of a request may be.
    pub request_bytes_max: Option<u64>,
    /// `reuse`: how many requests an instance handles, one after the other.
    pub reuse_max: u32,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            concurrency_max: 100,
            queue_max: 1000,
            request_timeout: Duration::from_secs(60),
            request_bytes_max: None,
            reuse_max: 1,
        }
    }
}

impl HttpSettings {
    /// Reads the annotations of a valid Pod.
    pub fn of(annotations: &BTreeMap<String, String>) -> Self {
        let mut settings = Self::default();
        for (key, value) in annotations {
            if let Some(name) = key.strip_prefix(PREFIX) {
                // What is not valid was told when the Pod was validated.
                let _ = settings.set(name, value);
            }
        }
        settings
    }

    /// Takes one annotation, or says what is wrong with it.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "max-concurrency" => self.concurrency_max = number(value, 1, 1000)?,
            "queue" => self.queue_max = number(value, 0, 100_000)?,
            "request-timeout-seconds" => {
                self.request_timeout = Duration::from_secs(number(value, 1, 86_400)?.into());
            }
            "max-request-bytes" => self.request_bytes_max = Some(bytes(value)?),
            "reuse" => self.reuse_max = number(value, 1, 1_000_000)?,
            _ => return Err(format!("unknown; those under {PREFIX} are {NAMES}")),
        }
        Ok(())
    }
}

fn number(value: &str, min: u32, max: u32) -> Result<u32, String> {
    let number = value.parse().ok().filter(|number| (min..=max).contains(number));
    number.ok_or_else(|| format!("must be a number between {min} and {max}"))
}

fn bytes(value: &str) -> Result<u64, String> {
    let quantity: Quantity = value.parse().map_err(|error| format!("{error}"))?;
    u64::try_from(quantity.value()).map_err(|_| "must be greater than or equal to 0".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations() {
        let of = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            HttpSettings::of(&pairs.collect())
        };
        assert_eq!(of(&[("other/http-queue", "1")]), HttpSettings::default());
        let found = of(&[
            ("wasmpod.dev/http-max-concurrency", "3"),
            ("wasmpod.dev/http-queue", "0"),
            ("wasmpod.dev/http-request-timeout-seconds", "5"),
            ("wasmpod.dev/http-max-request-bytes", "1Mi"),
            ("wasmpod.dev/http-reuse", "1000"),
        ]);
        let expected = HttpSettings {
            concurrency_max: 3,
            queue_max: 0,
            request_timeout: Duration::from_secs(5),
            request_bytes_max: Some(1 << 20),
            reuse_max: 1000,
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_wrong() {
        for (name, value, expected) in [
            ("max-concurrency", "0", "must be a number between 1 and 1000"),
            ("max-concurrency", "", "must be a number between 1 and 1000"),
            ("queue", "-1", "must be a number between 0 and 100000"),
            ("request-timeout-seconds", "5s", "must be a number between 1 and 86400"),
            ("max-request-bytes", "-1", "must be greater than or equal to 0"),
            ("max-request-bytes", "1Mii", "unable to parse quantity's suffix"),
            ("reuse", "0", "must be a number between 1 and 1000000"),
            (
                "retries",
                "1",
                "unknown; those under wasmpod.dev/http- are max-concurrency, queue, \
                 request-timeout-seconds, max-request-bytes, reuse",
            ),
        ] {
            let found = HttpSettings::default().set(name, value);
            assert_eq!(found, Err(expected.to_owned()), "{name} {value}");
        }
    }
}

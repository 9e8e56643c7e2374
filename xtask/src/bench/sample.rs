//! Samples of two things, taken alternately, so that what disturbs one disturbs the other.

/// The medians of what was sampled.
#[derive(Debug, PartialEq)]
pub(crate) struct Medians {
    pub(crate) ours: f64,
    pub(crate) peer: Option<f64>,
}

/// Something that can be measured again and again.
pub(crate) type Sampler<'a> = &'a mut dyn FnMut() -> anyhow::Result<f64>;

/// Samples `ours` and `peer` in turns, `count` times each; the first `warm_up` turns do not count.
pub(crate) fn alternate(
    warm_up: usize,
    count: usize,
    ours: Sampler<'_>,
    mut peer: Option<Sampler<'_>>,
) -> anyhow::Result<Medians> {
    let (mut our_samples, mut peer_samples) = (Vec::new(), Vec::new());
    for _ in 0..warm_up + count {
        our_samples.push(ours()?);
        if let Some(peer) = &mut peer {
            peer_samples.push(peer()?);
        }
    }
    let counted = |samples: Vec<f64>| samples.into_iter().skip(warm_up).collect::<Vec<_>>();
    let ours = median(counted(our_samples));
    let ours = ours.ok_or_else(|| anyhow::anyhow!("nothing was sampled"))?;
    Ok(Medians { ours, peer: median(counted(peer_samples)) })
}

fn median(mut samples: Vec<f64>) -> Option<f64> {
    samples.sort_by(f64::total_cmp);
    let (low, high) = (samples.len().checked_sub(1)? / 2, samples.len() / 2);
    Some(f64::midpoint(samples[low], samples[high]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        fn check(samples: &[f64], expected: Option<f64>) {
            assert_eq!(median(samples.to_vec()), expected);
        }
        check(&[], None);
        check(&[3.0], Some(3.0));
        check(&[9.0, 1.0, 2.0], Some(2.0));
        check(&[9.0, 1.0, 2.0, 4.0], Some(3.0));
    }

    #[test]
    fn warm_up_does_not_count() {
        let (mut a, mut b) = (0.0, 100.0);
        let mut ours = || {
            Ok({
                a += 1.0;
                a
            })
        };
        let mut peer = || {
            Ok({
                b += 1.0;
                b
            })
        };
        let medians = alternate(2, 3, &mut ours, Some(&mut peer)).expect("nothing fails");
        assert_eq!(medians, Medians { ours: 4.0, peer: Some(104.0) });
    }
}

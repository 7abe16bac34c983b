//! Latin hypercube: each key's range is cut into as many strata as there are points, and each stratum is used once.

use crate::kernel::Root;

/// The shares of the way, from 0 to 1, that a key takes at each of so many points. They depend on the seed, the key and the
/// number of points, so that a key more changes none of the others.
pub(super) fn shares(seed: u64, key: &str, points: u32) -> Vec<f64> {
    let purpose = |purpose: &str| Root::new(seed, 0).purpose(key, purpose);
    let (order, place) = (purpose("sweep order"), purpose("sweep place"));
    // Sorted by keyed draws, the strata come in a random order; equal draws keep theirs.
    let mut strata: Vec<u32> = (0..points).collect();
    strata.sort_by_cached_key(|&stratum| order.draw(u64::from(stratum), 0).bits());
    let within = |stratum: u32| place.draw(u64::from(stratum), 0).unit();
    strata.into_iter().map(|stratum| (f64::from(stratum) + within(stratum)) / f64::from(points)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stratum_is_used_once() {
        for points in [1, 2, 7, 100] {
            let mut strata: Vec<u32> =
                shares(7, "run.load", points).iter().map(|share| (share * f64::from(points)) as u32).collect();
            strata.sort_unstable();
            assert!(strata.iter().copied().eq(0..points), "{strata:?}");
        }
    }

    #[test]
    fn keys_are_independent_and_seeds_differ() {
        let (a, b) = (shares(7, "a", 1_000), shares(7, "b", 1_000));
        let mean = 0.5;
        let covariance: f64 = a.iter().zip(&b).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / 1_000.0;
        // The correlation of two random orders of 1,000 has a standard deviation of 0.032.
        assert!((covariance * 12.0).abs() < 0.13, "{covariance}");
        assert_eq!(a, shares(7, "a", 1_000));
        assert_ne!(a, shares(8, "a", 1_000));
    }
}

//! Thinning, superposition, retries, duplicates: attempts that fail independently.

use libm::pow;

/// P(all of N attempts fail) = f^N.
#[must_use]
pub fn all_attempts_fail(failure: f64, attempts: u32) -> f64 {
    pow(failure, f64::from(attempts))
}

/// Mean attempts where each fails with probability f and at most N are made: (1−f^N)/(1−f), and N where f = 1.
#[must_use]
pub fn mean_attempts(failure: f64, attempts: u32) -> f64 {
    if failure == 1.0 {
        return f64::from(attempts);
    }
    (1.0 - all_attempts_fail(failure, attempts)) / (1.0 - failure)
}

/// Mean attempts at the bottom of layers that each make at most N attempts at the layer below: a layer's attempt fails
/// where all those of the layer below do. Where the bottom always fails, this is N to the power of the layers.
#[must_use]
pub fn mean_nested_attempts(failure: f64, attempts: u32, layers: u32) -> f64 {
    let (mean, _) = (0..layers).fold((1.0, failure), |(mean, failure), _| {
        (mean * mean_attempts(failure, attempts), all_attempts_fail(failure, attempts))
    });
    mean
}

//! How the values of several keys that vary are combined into points.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::vary::VALUES_AT_MOST;

/// How the values of several keys are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampling {
    /// Every value of each key with every value of all others; the last key varies fastest.
    Grid,
    /// So many points of a Latin hypercube: each key's range is cut into as many parts, each part used once.
    Latin(u32),
    /// So many points of a scrambled Sobol sequence, which fills the space of all keys evenly; a power of two is evenest.
    Sobol(u32),
}

/// A way to combine values that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no way to combine values: write grid, or latin:N or sobol:N with 2 to 100,000 points")]
pub struct SamplingError(String);

impl FromStr for Sampling {
    type Err = SamplingError;

    fn from_str(text: &str) -> Result<Self, SamplingError> {
        let refused = || SamplingError(text.to_owned());
        if text == "grid" {
            return Ok(Self::Grid);
        }
        let (way, points) = text.split_once(':').ok_or_else(refused)?;
        let points = points.parse().ok().filter(|points| (2..=VALUES_AT_MOST).contains(points)).ok_or_else(refused)?;
        match way {
            "latin" => Ok(Self::Latin(points)),
            "sobol" => Ok(Self::Sobol(points)),
            _ => Err(refused()),
        }
    }
}

impl fmt::Display for Sampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grid => f.write_str("grid"),
            Self::Latin(points) => write!(f, "latin:{points}"),
            Self::Sobol(points) => write!(f, "sobol:{points}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_to_combine_is_written_as_it_is_read() {
        for text in ["grid", "latin:40", "sobol:64"] {
            assert_eq!(text.parse::<Sampling>().unwrap().to_string(), text);
        }
        for text in ["", "halton:8", "latin", "latin:1", "sobol:100001", "latin:x"] {
            assert!(text.parse::<Sampling>().is_err(), "{text}");
        }
    }
}

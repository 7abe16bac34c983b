//! Stations one after another (Burke): each M/M/1 station sees Poisson arrivals, and the sojourns are independent.

use super::{MarkovServer, falls_to};

/// M/M/1 stations in a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Tandem {
    stations: Vec<MarkovServer>,
}

impl Tandem {
    /// λ and the μ of each station, all above λ.
    #[must_use]
    pub fn new(arrival_rate: f64, service_rates: &[f64]) -> Option<Self> {
        let stations: Option<Vec<_>> =
            service_rates.iter().map(|&rate| MarkovServer::new(arrival_rate, rate)).collect();
        stations.filter(|stations| !stations.is_empty()).map(|stations| Self { stations })
    }

    /// Σ 1/(μᵢ−λ).
    #[must_use]
    pub fn mean_sojourn(&self) -> f64 {
        self.stations.iter().map(MarkovServer::mean_sojourn).sum()
    }

    /// Σ 1/(μᵢ−λ)².
    #[must_use]
    pub fn sojourn_variance(&self) -> f64 {
        self.stations.iter().map(|station| station.mean_sojourn() * station.mean_sojourn()).sum()
    }

    /// P(W > t) of one or two stations; none for more.
    ///
    /// With α = μ₁−λ and β = μ₂−λ: (αe^{−βt} − βe^{−αt})/(α−β), and (1 + αt)e^{−αt} where they are equal.
    #[must_use]
    pub fn sojourn_exceeds(&self, t: f64) -> Option<f64> {
        let t = t.max(0.0);
        let rates: Vec<f64> = self.stations.iter().map(|station| 1.0 / station.mean_sojourn()).collect();
        match rates[..] {
            [alpha] => Some(libm::exp(-alpha * t)),
            [alpha, beta] => {
                // αe^{−βt} − βe^{−αt} = (α−β)e^{−βt} + βe^{−βt}(1 − e^{−(α−β)t}), which does not cancel.
                let gap = alpha - beta;
                let ratio = if gap == 0.0 { t } else { -libm::expm1(-gap * t) / gap };
                Some(libm::exp(-beta * t) * (1.0 + beta * ratio))
            }
            _ => None,
        }
    }

    /// Where P(W > t) falls to 1−p, for one or two stations.
    #[must_use]
    pub fn sojourn_quantile(&self, p: f64) -> Option<f64> {
        self.sojourn_exceeds(0.0)?;
        Some(falls_to(1.0 - p, |t| self.sojourn_exceeds(t).unwrap_or(0.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_stations_are_the_limit_of_nearly_equal_ones() {
        let equal = Tandem::new(1.0, &[3.0, 3.0]).unwrap();
        let nearly = Tandem::new(1.0, &[3.0, 3.000_000_1]).unwrap();
        // (1 + 2·1)·e^{−2}.
        assert!((equal.sojourn_exceeds(1.0).unwrap() - 3.0 * libm::exp(-2.0)).abs() < 1e-15);
        assert!((equal.sojourn_exceeds(1.0).unwrap() - nearly.sojourn_exceeds(1.0).unwrap()).abs() < 1e-7);
        let median = equal.sojourn_quantile(0.5).unwrap();
        assert!((equal.sojourn_exceeds(median).unwrap() - 0.5).abs() < 1e-12);
        assert_eq!(Tandem::new(1.0, &[2.0; 3]).unwrap().sojourn_exceeds(1.0), None);
        assert_eq!((Tandem::new(1.0, &[]), Tandem::new(1.0, &[2.0, 1.0])), (None, None));
    }
}

//! Gamma, and Erlang as its whole-numbered case.

use rand_distr::{Distribution as _, Exp1, StandardNormal};
use statrs::function::gamma::gamma_lr;

use super::error::{DistributionError, positive, within};
use super::shape::Shape;
use crate::kernel::random::Draw;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Gamma {
    shape: f64,
    scale: f64,
    method: Method,
}

/// How a value of scale 1 is drawn.
#[derive(Debug, Clone, PartialEq)]
enum Method {
    /// Shape 1 is the exponential.
    Exponential,
    /// Marsaglia and Tsang (2000), for a shape above 1.
    Squeeze(Squeeze),
    /// The same for shape + 1, times U^(1/shape), for a shape below 1.
    Boosted(Squeeze, f64),
}

#[derive(Debug, Clone, PartialEq)]
struct Squeeze {
    d: f64,
    c: f64,
}

impl Squeeze {
    fn new(shape: f64) -> Self {
        let d = shape - 1.0 / 3.0;
        Self { d, c: 1.0 / (9.0 * d).sqrt() }
    }

    /// About one round in twenty is refused at shape 1, fewer above; logarithms are needed in few of them.
    #[inline]
    fn sample(&self, draw: &mut Draw) -> f64 {
        loop {
            let x: f64 = StandardNormal.sample(draw);
            let root = 1.0 + self.c * x;
            if root <= 0.0 {
                continue;
            }
            let v = root * root * root;
            let u = 1.0 - draw.unit();
            let square = x * x;
            if u < 1.0 - 0.0331 * square * square || libm::log(u) < 0.5 * square + self.d * (1.0 - v + libm::log(v)) {
                return self.d * v;
            }
        }
    }
}

impl Gamma {
    pub(super) fn new(shape: f64, scale: f64) -> Result<Self, DistributionError> {
        let shape = within("shape", 1e-7, 1e13, shape)?;
        let scale = positive("scale", scale)?;
        let method = if shape == 1.0 {
            Method::Exponential
        } else if shape > 1.0 {
            Method::Squeeze(Squeeze::new(shape))
        } else {
            Method::Boosted(Squeeze::new(shape + 1.0), 1.0 / shape)
        };
        Ok(Self { shape, scale, method })
    }

    pub(super) fn erlang(stages: u32, mean: f64) -> Result<Self, DistributionError> {
        let stages = within("stages", 1.0, f64::from(u32::MAX), f64::from(stages))?;
        Self::new(stages, positive("mean", mean)? / stages)
    }

    /// Shape 1/cv², scale mean·cv².
    pub(super) fn mean_cv(mean: f64, cv: f64) -> Result<Self, DistributionError> {
        let mean = positive("mean", mean)?;
        let cv = within("cv", 1e-6, 1e3, cv)?;
        Self::new(1.0 / (cv * cv), mean * cv * cv)
    }
}

impl Shape for Gamma {
    #[inline]
    fn sample(&self, draw: &mut Draw) -> f64 {
        let unit_scale: f64 = match &self.method {
            Method::Exponential => Exp1.sample(draw),
            Method::Squeeze(squeeze) => squeeze.sample(draw),
            Method::Boosted(squeeze, inverse_shape) => {
                squeeze.sample(draw) * libm::pow(1.0 - draw.unit(), *inverse_shape)
            }
        };
        self.scale * unit_scale
    }
    fn mean(&self) -> f64 {
        self.shape * self.scale
    }
    fn variance(&self) -> f64 {
        self.shape * self.scale * self.scale
    }
    fn cdf(&self, x: f64) -> f64 {
        let x = x / self.scale;
        if x <= 0.0 {
            0.0
        } else if x.is_finite() {
            gamma_lr(self.shape, x)
        } else {
            1.0
        }
    }
}

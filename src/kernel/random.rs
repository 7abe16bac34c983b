//! Randomness keyed by what it is for: (seed, replication, stream, item, attempt, purpose).
//!
//! A value never depends on when it is drawn, so one item has the same service time in every design, adding a node
//! shifts nobody else's numbers, and the draws of one item can be recomputed alone.

/// The root of all randomness of one replication.
#[derive(Debug, Clone, Copy)]
pub struct Root(u64);

/// All draws for one purpose of one stream or node, e.g. `("service", "post")`.
#[derive(Debug, Clone, Copy)]
pub struct Purpose(u64);

/// A short, independent sequence of random bits: the draws for one (purpose, item, attempt).
#[derive(Debug, Clone)]
pub struct Draw(u64);

const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Root {
    /// The root for one replication of a seed.
    #[must_use]
    pub fn new(seed: u64, replication: u64) -> Self {
        Self(mix(mix(seed ^ 0x9E37_79B9_7F4A_7C15).wrapping_add(replication)))
    }
    /// The draws for one use (`"service"`, `"arrival"`, …) by one named owner (a stream, a function, a node label).
    #[must_use]
    pub fn purpose(&self, owner: &str, purpose: &str) -> Purpose {
        let mut h = self.0;
        for b in owner.bytes().chain([0xFF]).chain(purpose.bytes()) {
            h = mix(h ^ u64::from(b));
        }
        Purpose(h)
    }
}

impl Purpose {
    /// The draws for one item (any stable ordinal) and attempt (0 where it does not differ by attempt).
    #[must_use]
    pub fn draw(&self, item: u64, attempt: u32) -> Draw {
        Draw(mix(self.0 ^ mix(item.wrapping_add(0x9E37_79B9_7F4A_7C15) ^ (u64::from(attempt) << 48))))
    }
}

impl Draw {
    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }
    /// Uniform in [0, 1).
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }
    /// True with the given probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        probability > 0.0 && self.unit() < probability
    }
}

//! Randomness keyed by what it is for: (seed, replication, stream, item, attempt, purpose).
//!
//! A value never depends on when it is drawn, so one item has the same service time in every design, adding a node
//! shifts nobody else's numbers, and the draws of one item can be recomputed alone.
//!
//! The key is built in two steps, by how often each is taken.
//!
//! * Rarely, [`Root::purpose`] hashes seed, replication, owner and purpose with BLAKE3, every name preceded by its
//!   length, into two independent words; no two purposes share them by any pattern in their names or numbers.
//! * For every value, [`Purpose::draw`] places (item, attempt) in a 128-bit state without loss: the first word is a
//!   bijection of the item, the second an odd step of its own for each attempt. Two keys of one purpose therefore
//!   never share a state, and the first bits of two items (same attempt), or of two attempts (same item), always differ.
//!
//! [`Draw::bits`] then is SplitMix64 (Steele, Lea, Flood 2014) with that step, and Stafford's thirteenth variant of the
//! MurmurHash3 finaliser: two multiplications a value. `tests/kernel_random.rs` holds the battery of tests.

use std::convert::Infallible;

use rand::TryRng;
use rand::rand_core::utils::fill_bytes_via_next_word;

/// Begins every hash, so that another program's keys, or a later scheme's, share nothing with these.
const DOMAIN: &str = "simctl keyed randomness 1";
/// Spreads attempts over the steps; even, so that an odd step stays odd, and injective for all 32-bit attempts.
const ATTEMPT: u64 = 0x9E37_79B9_7F4A_7C15 << 1;

/// The root of all randomness of one replication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Root {
    seed: u64,
    replication: u64,
}

/// All draws for one purpose of one stream or node, e.g. `("post", "service")`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purpose {
    items: u64,
    step: u64,
}

/// A short, independent sequence of random bits: the draws for one (purpose, item, attempt).
///
/// It is a generator of the `rand` family (`rand::Rng`), so `rand_distr` samples from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    state: u64,
    step: u64,
}

/// A bijection of 64 bits in which each input bit flips half of the output (Stafford's Mix13).
#[inline]
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Root {
    /// The root for one replication of a seed.
    #[must_use]
    pub const fn new(seed: u64, replication: u64) -> Self {
        Self { seed, replication }
    }

    /// The draws for one use (`"service"`, `"arrival"`, …) by one named owner (a stream, a function, a node label).
    ///
    /// It costs a cryptographic hash: make it once for a node and keep it.
    #[must_use]
    pub fn purpose(&self, owner: &str, purpose: &str) -> Purpose {
        let mut hasher = blake3::Hasher::new();
        hasher.update(DOMAIN.as_bytes());
        hasher.update(&self.seed.to_le_bytes());
        hasher.update(&self.replication.to_le_bytes());
        for name in [owner, purpose] {
            hasher.update(&(name.len() as u64).to_le_bytes());
            hasher.update(name.as_bytes());
        }
        let hash = hasher.finalize();
        let word = |at: usize| {
            hash.as_bytes()[at..at + 8].iter().rev().fold(0, |word: u64, &byte| word << 8 | u64::from(byte))
        };
        Purpose { items: word(0), step: word(8) | 1 }
    }
}

impl Purpose {
    /// The draws for one item (any stable ordinal) and attempt (0 where it does not differ by attempt).
    #[inline]
    #[must_use]
    pub const fn draw(&self, item: u64, attempt: u32) -> Draw {
        Draw { state: mix(item ^ self.items), step: self.step.wrapping_add((attempt as u64).wrapping_mul(ATTEMPT)) }
    }
}

impl Draw {
    /// The next 64 random bits.
    #[inline]
    pub const fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(self.step);
        mix(self.state)
    }

    /// Uniform in [0, 1): a multiple of 2⁻⁵³.
    #[inline]
    pub const fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// True with the given probability; never for 0 or less (or NaN), always for 1 or more.
    ///
    /// It always consumes one value, so that later draws do not depend on the probability.
    #[inline]
    pub const fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Uniform in 0..`count`; 0 if `count` is 0. The bias is below `count` / 2⁶⁴.
    #[inline]
    pub const fn below(&mut self, count: u64) -> u64 {
        ((self.bits() as u128 * count as u128) >> 64) as u64
    }
}

impl TryRng for Draw {
    type Error = Infallible;

    /// The upper half of the next 64 bits.
    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.bits() >> 32) as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.bits())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        fill_bytes_via_next_word(bytes, || Ok(self.bits()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    /// With the step of the published SplitMix64, from a state of 0.
    fn published() -> Draw {
        Draw { state: 0, step: 0x9E37_79B9_7F4A_7C15 }
    }

    /// The first outputs of the reference implementation for the seed 0.
    const SPLIT_MIX: [u64; 3] = [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F];

    #[test]
    fn bits_are_those_of_split_mix() {
        let mut draw = published();
        assert_eq!([draw.bits(), draw.bits(), draw.bits()], SPLIT_MIX);
    }

    #[test]
    fn what_rand_asks_for_is_made_of_the_same_bits() {
        assert_eq!(published().next_u32(), 0xE220_A839);
        assert_eq!(published().next_u64(), SPLIT_MIX[0]);
        let mut bytes = [0; 12];
        published().fill_bytes(&mut bytes);
        assert_eq!(bytes[..8], SPLIT_MIX[0].to_le_bytes());
        assert_eq!(bytes[8..], SPLIT_MIX[1].to_le_bytes()[..4]);
    }

    /// The upper 53 bits, over 2^53; of ten parts the ninth, as 0xE220… is 0.883 of 2^64.
    #[test]
    fn a_real_and_a_choice_are_shares_of_the_bits() {
        let share = (SPLIT_MIX[0] >> 11) as f64 / 9_007_199_254_740_992.0;
        assert_eq!(published().unit(), share);
        assert!((share - 0.883).abs() < 1e-3);
        assert_eq!([10, 1, 0, u64::MAX].map(|count| published().below(count)), [8, 0, 0, 0xE220_A839_7B1D_CDAE]);
    }

    #[test]
    fn a_chance_is_met_below_its_probability_only() {
        let share = published().unit();
        assert!(!published().chance(share) && published().chance(share + 1e-9) && !published().chance(share - 1e-9));
        assert!(published().chance(1.0) && !published().chance(0.0) && !published().chance(f64::NAN));
        let (mut one, mut other) = (published(), published());
        assert!(!one.chance(0.0) && other.chance(1.0));
        assert_eq!((one.bits(), other.bits()), (SPLIT_MIX[1], SPLIT_MIX[1]), "one value each");
    }

    /// The hash of everything that names a purpose, length before name, in little-endian words.
    #[test]
    fn a_purpose_is_a_hash_of_its_names() {
        for (owner, purpose) in [("post", "service"), ("post", "arrival"), ("a", ""), ("", "a"), ("items", "gap")] {
            let mut text = b"simctl keyed randomness 1".to_vec();
            for word in [7, 3, owner.len() as u64] {
                text.extend(word.to_le_bytes());
            }
            text.extend(owner.bytes());
            text.extend((purpose.len() as u64).to_le_bytes());
            text.extend(purpose.bytes());
            let hash = blake3::hash(&text);
            let word = |at: usize| u64::from_le_bytes(hash.as_bytes()[at..at + 8].try_into().expect("eight bytes"));
            let found = Root::new(7, 3).purpose(owner, purpose);
            assert_eq!((found.items, found.step & !1), (word(0), word(8) & !1));
            assert_eq!(found.step & 1, 1, "an even step would leave out half of the states");
        }
    }

    /// No two items begin in one state, and no two attempts take one step; all steps are odd.
    #[test]
    fn items_and_attempts_share_no_state() {
        let purpose = Root::new(1, 0).purpose("post", "service");
        let mut states: Vec<u64> = (0..2_000).map(|item| purpose.draw(item, 0).state).collect();
        let mut steps: Vec<u64> = (0..2_000).map(|attempt| purpose.draw(0, attempt).step).collect();
        assert!(steps.iter().all(|step| step % 2 == 1));
        assert_eq!(steps[1].wrapping_sub(steps[0]), 0x3C6E_F372_FE94_F82A, "twice the golden ratio");
        for words in [&mut states, &mut steps] {
            words.sort_unstable();
            assert!(words.windows(2).all(|pair| pair[0] != pair[1]));
        }
        assert_eq!(purpose.draw(5, 1).state, purpose.draw(5, 0).state);
    }
}

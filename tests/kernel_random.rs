//! A battery for the keyed randomness: no key, and no neighbour of a key, may be told from noise.
//!
//! Every statistical test has a fixed seed and rejects at 10⁻⁵ or less, by thresholds from the normal approximation of
//! its statistic. None was tuned: a failure means that the generator changed for the worse.

use std::collections::HashSet;

use simctl::kernel::{Draw, Purpose, Root};

const SEED: u64 = 20_261_123;
/// Two-sided 10⁻⁶ of the standard normal distribution.
const Z_CRITICAL: f64 = 4.892;

fn purpose() -> Purpose {
    Root::new(SEED, 0).purpose("post", "service")
}

/// The standard score of a χ² statistic over equally likely bins (Wilson–Hilferty).
fn chi_square_score(counts: &[u64]) -> f64 {
    let expected = counts.iter().sum::<u64>() as f64 / counts.len() as f64;
    let statistic: f64 = counts.iter().map(|&count| (count as f64 - expected).powi(2) / expected).sum();
    let freedom = (counts.len() - 1) as f64;
    let spread = 2.0 / (9.0 * freedom);
    ((statistic / freedom).cbrt() - (1.0 - spread)) / spread.sqrt()
}

/// Too uneven and too even are both wrong.
fn assert_uniform(what: &str, words: &(impl Iterator<Item = u64> + Clone)) {
    for shift in [0, 20, 40, 56] {
        let mut counts = [0; 256];
        for word in words.clone() {
            counts[(word >> shift & 0xFF) as usize] += 1;
        }
        let score = chi_square_score(&counts);
        assert!(score.abs() < Z_CRITICAL, "{what}, bits from {shift}: a standard score of {score}");
    }
}

/// Each bit is set in half of the words.
fn assert_bits_balanced(what: &str, words: impl Iterator<Item = u64>) {
    let mut set = [0u64; 64];
    let mut total = 0;
    for word in words {
        total += 1;
        for (bit, count) in set.iter_mut().enumerate() {
            *count += word >> bit & 1;
        }
    }
    for (bit, &count) in set.iter().enumerate() {
        let score = (2.0 * count as f64 - f64::from(total)) / f64::from(total).sqrt();
        assert!(score.abs() < Z_CRITICAL, "{what}, bit {bit}: a standard score of {score}");
    }
}

/// The correlation of pairs of uniforms, times √n, is standard normal when they are independent.
fn assert_uncorrelated(what: &str, pairs: impl Iterator<Item = (f64, f64)>) {
    let mut count = 0;
    let mut product = 0.0;
    for (a, b) in pairs {
        count += 1;
        product += (a - 0.5) * (b - 0.5);
    }
    let score = 12.0 * product / f64::from(count).sqrt();
    assert!(score.abs() < Z_CRITICAL, "{what}: a standard score of {score}");
}

/// The XOR of two words is itself noise when they are independent: bits agree half of the time, each and together.
fn assert_independent(what: &str, pairs: impl Iterator<Item = (Draw, Draw)> + Clone) {
    let words = pairs.clone().map(|(mut a, mut b)| a.bits() ^ b.bits());
    assert_uniform(what, &words);
    assert_bits_balanced(what, words);
    assert_uncorrelated(what, pairs.map(|(mut a, mut b)| (a.unit(), b.unit())));
}

/// A family's name, and its n-th key.
type Family = (&'static str, Box<dyn Fn(u32) -> Draw>);

/// The families of keys in which only one part of the key moves, each by its smallest step.
fn families() -> Vec<Family> {
    vec![
        ("items", Box::new(|n| purpose().draw(u64::from(n), 0))),
        ("items of high bits only", Box::new(|n| purpose().draw(u64::from(n) << 44, 0))),
        ("attempts", Box::new(|n| purpose().draw(7, n))),
        ("attempts of high bits only", Box::new(|n| purpose().draw(7, n << 16))),
        ("replications", Box::new(|n| Root::new(SEED, u64::from(n)).purpose("post", "service").draw(7, 0))),
        ("seeds", Box::new(|n| Root::new(u64::from(n), 0).purpose("post", "service").draw(7, 0))),
        ("owners", Box::new(|n| Root::new(SEED, 0).purpose(&format!("node-{n}"), "service").draw(7, 0))),
        ("purposes", Box::new(|n| Root::new(SEED, 0).purpose("post", &format!("use-{n}")).draw(7, 0))),
    ]
}

/// Keys that hash a name are dearer; all families stay within a second.
const KEYS: u32 = 1 << 16;

#[test]
fn first_bits_are_uniform_across_neighbouring_keys() {
    for (name, draw) in families() {
        let words: Vec<u64> = (0..KEYS).map(|n| draw(n).bits()).collect();
        assert_uniform(name, &words.iter().copied());
        assert_bits_balanced(name, words.into_iter());
    }
}

#[test]
fn neighbouring_keys_are_independent_at_every_short_distance() {
    for (name, draw) in families() {
        let draws: Vec<Draw> = (0..KEYS).map(draw).collect();
        for lag in [1, 2, 3, 16, 256] {
            let pairs = draws.iter().cloned().zip(draws[lag..].iter().cloned());
            assert_independent(&format!("{name}, {lag} apart"), pairs);
        }
    }
}

#[test]
fn later_bits_of_one_key_are_independent_of_earlier_bits_of_its_neighbour() {
    for (name, draw) in families() {
        for (own, other) in [(0, 1), (1, 0), (1, 2), (3, 1)] {
            let pairs = (0..KEYS - 1).map(|n| {
                let (mut left, mut right) = (draw(n), draw(n + 1));
                (0..own).for_each(|_| _ = left.bits());
                (0..other).for_each(|_| _ = right.bits());
                (left, right)
            });
            let pairs: Vec<_> = pairs.collect();
            assert_independent(&format!("{name}, draw {own} and {other}"), pairs.into_iter());
        }
    }
}

#[test]
fn the_same_item_differs_between_purposes_roots_and_attempts() {
    let base = purpose();
    let others = [
        ("another purpose", Root::new(SEED, 0).purpose("post", "failure"), 0),
        ("another owner", Root::new(SEED, 0).purpose("audit", "service"), 0),
        ("another replication", Root::new(SEED, 1).purpose("post", "service"), 0),
        ("another seed", Root::new(SEED + 1, 0).purpose("post", "service"), 0),
        ("another attempt", base, 1),
    ];
    for (name, other, attempt) in others {
        let pairs = (0..u64::from(KEYS)).map(|item| (base.draw(item, 0), other.draw(item, attempt)));
        assert_independent(name, pairs);
    }
}

#[test]
fn items_and_attempts_do_not_trade_places() {
    let base = purpose();
    let pairs = (1..KEYS).map(|n| (base.draw(u64::from(n), 0), base.draw(0, n)));
    assert_independent("item n against attempt n", pairs);
    let pairs = (1..KEYS).map(|n| (base.draw(u64::from(n), n - 1), base.draw(u64::from(n) - 1, n)));
    assert_independent("one item on, one attempt back", pairs);
}

#[test]
fn names_cannot_run_into_each_other() {
    let root = Root::new(SEED, 0);
    let names = [("ab", "c"), ("a", "bc"), ("", "abc"), ("abc", ""), ("ab\0", "c"), ("ab", "\0c"), ("c", "ab")];
    let first: HashSet<u64> =
        names.iter().map(|(owner, purpose)| root.purpose(owner, purpose).draw(0, 0).bits()).collect();
    assert_eq!(first.len(), names.len());
    // Seed and replication are two numbers, not a sum.
    assert_ne!(Root::new(1, 2).purpose("a", "b"), Root::new(2, 1).purpose("a", "b"));
    assert_ne!(Root::new(0, 3).purpose("a", "b"), Root::new(1, 2).purpose("a", "b"));
}

/// Flips each bit of a key in turn and counts how often each bit of the output follows.
fn assert_avalanche(what: &str, bits: u32, output: impl Fn(u64, u64) -> u64) {
    const SAMPLES: u64 = 4_096;
    for input in 0..bits {
        let mut followed = [0u32; 64];
        for sample in 0..SAMPLES {
            let key = sample.wrapping_mul(0x0001_0000_0001_0001);
            let change = output(key, sample) ^ output(key ^ 1 << input, sample);
            for (bit, count) in followed.iter_mut().enumerate() {
                *count += u32::from(change >> bit & 1 == 1);
            }
        }
        for (bit, &count) in followed.iter().enumerate() {
            let score = (2.0 * f64::from(count) - SAMPLES as f64) / (SAMPLES as f64).sqrt();
            // 64 × 64 pairs of bits: 10⁻⁵ for all of them is 2.4·10⁻⁹ each, 5.97 standard deviations.
            assert!(score.abs() < 5.97, "{what}: bit {input} of the key against bit {bit}: a score of {score}");
        }
    }
}

#[test]
fn each_bit_of_the_item_flips_half_of_the_output() {
    let base = purpose();
    assert_avalanche("item", 64, |key, _| base.draw(key, 0).bits());
}

#[test]
fn each_bit_of_the_attempt_flips_half_of_the_output() {
    let base = purpose();
    assert_avalanche("attempt", 32, |key, sample| base.draw(sample, key as u32).bits());
}

#[test]
fn each_bit_of_seed_and_replication_flips_half_of_the_output() {
    assert_avalanche("seed", 64, |key, _| Root::new(key, 0).purpose("post", "service").draw(7, 0).bits());
    assert_avalanche("replication", 64, |key, _| Root::new(SEED, key).purpose("post", "service").draw(7, 0).bits());
}

#[test]
fn first_bits_of_neighbouring_keys_never_collide() {
    // 2²⁰ items and 2²⁰ attempts: by construction none share their first bits. 2¹⁰ × 2¹⁰ of both: 2³⁹ pairs, each alike
    // with odds of 2⁻⁶⁴, so a collision in the fixed seed would come up once in 30 million seeds.
    let base = purpose();
    let unique = |words: Vec<u64>| words.iter().collect::<HashSet<_>>().len();
    assert_eq!(unique((0..1 << 20).map(|item| base.draw(item, 0).bits()).collect()), 1 << 20);
    assert_eq!(unique((0..1 << 20).map(|attempt| base.draw(0, attempt).bits()).collect()), 1 << 20);
    let both = (0..1 << 20u32).map(|n| base.draw(u64::from(n >> 10), n & 0x3FF).bits());
    assert_eq!(unique(both.collect()), 1 << 20);
}

#[test]
fn thirty_two_bits_of_neighbouring_keys_collide_as_often_as_noise() {
    // 2²⁰ values in 2³² boxes: about 2⁴⁰/2³³ = 128 pairs collide, Poisson; 128 ± 4.892·√128 is 72.7 to 183.3.
    let base = purpose();
    for shift in [0, 16, 32] {
        let boxes: HashSet<u32> = (0..1 << 20).map(|item| (base.draw(item, 0).bits() >> shift) as u32).collect();
        let collisions = (1 << 20) - boxes.len();
        assert!((73..=183).contains(&collisions), "bits from {shift}: {collisions} collisions");
    }
}

#[test]
fn the_draws_of_one_key_are_uniform_and_independent_of_each_other() {
    for (item, attempt) in [(0, 0), (1, 0), (0, 1), (u64::MAX, u32::MAX)] {
        let mut draw = purpose().draw(item, attempt);
        let words: Vec<u64> = (0..1 << 18).map(|_| draw.bits()).collect();
        assert_uniform("one key", &words.iter().copied());
        assert_bits_balanced("one key", words.iter().copied());
        for lag in [1, 2, 3, 64] {
            let changes = words.iter().zip(&words[lag..]).map(|(a, b)| a ^ b);
            assert_uniform("one key, changes", &changes);
            assert_bits_balanced("one key, changes", changes);
        }
    }
}

#[test]
fn a_draw_does_not_depend_on_what_was_drawn_before() {
    let base = purpose();
    let forward: Vec<u64> = (0..1_000).map(|item| base.draw(item, 0).bits()).collect();
    let mut backward: Vec<u64> = (0..1_000)
        .rev()
        .map(|item| {
            base.draw(item, 1).bits();
            purpose().draw(item, 0).bits()
        })
        .collect();
    backward.reverse();
    assert_eq!(forward, backward);
}

#[test]
fn units_chances_and_counts_are_what_they_say() {
    let base = purpose();
    let draws = || (0..1_000_000).map(|item| base.draw(item, 0));
    assert!(draws().all(|mut draw| (0.0..1.0).contains(&draw.unit())));
    // A mean of 1/2 with a standard deviation of √(1/12)/1000; a share of 1/5 with one of 0.4/1000.
    let mean = draws().map(|mut draw| draw.unit()).sum::<f64>() / 1e6;
    assert!((mean - 0.5).abs() < Z_CRITICAL * (1.0f64 / 12.0).sqrt() / 1e3, "a mean of {mean}");
    let share = draws().filter_map(|mut draw| draw.chance(0.2).then_some(())).count() as f64 / 1e6;
    assert!((share - 0.2).abs() < Z_CRITICAL * 0.4 / 1e3, "a share of {share}");
    assert!(!draws().any(|mut draw| draw.chance(0.0) || draw.chance(-1.0) || draw.chance(f64::NAN)));
    assert!(draws().all(|mut draw| draw.chance(1.0)));
    let mut counts = [0; 7];
    draws().for_each(|mut draw| counts[draw.below(7) as usize] += 1);
    assert!(chi_square_score(&counts).abs() < Z_CRITICAL);
    assert_eq!(base.draw(0, 0).below(0), 0);
}

#[test]
fn the_battery_catches_a_weak_generator() {
    // The item itself, a bare multiplication, and the hash of one of them shifted: each must fail somewhere.
    let caught = |words: Vec<u64>| {
        std::panic::catch_unwind(|| {
            assert_uniform("weak", &words.iter().copied());
            let changes = words.iter().zip(&words[1..]).map(|(a, b)| a ^ b);
            assert_bits_balanced("weak", changes);
        })
        .is_err()
    };
    assert!(caught((0..1 << 16).collect()));
    assert!(caught((0..1 << 16).map(|n: u64| n.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect()));
    let base = purpose();
    assert!(caught((0..1 << 16).map(|n| base.draw(n, 0).bits() | 1).collect()));
    assert!(!caught((0..1 << 16).map(|n| base.draw(n, 0).bits()).collect()));
}

/// These bits are part of every result ever published: they may never change.
#[test]
fn golden_vectors() {
    let cases = [
        (0, 0, "", "", 0, 0, [0x805B_2926_172A_7AAC, 0x5935_094A_98AC_80FB, 0xC1A6_EF8C_7BB0_201E]),
        (1, 0, "post", "service", 0, 0, [0x985B_52F0_41E1_2D0B, 0xC4ED_F202_FBC8_07FD, 0x2E9B_4590_332B_6AFA]),
        (1, 0, "post", "service", 1, 0, [0xEE25_5370_F8EF_59E6, 0x577C_3A2E_4288_270B, 0x9AF4_4EDC_0E68_0C98]),
        (1, 0, "post", "service", 0, 1, [0x2800_8AE3_C1BB_B079, 0xFFD5_DCAF_6B96_B975, 0x83F2_8F45_67B9_B092]),
        (
            20_261_123,
            19,
            "withdrawals",
            "arrival",
            u64::MAX,
            u32::MAX,
            [0x37FB_D558_B4B5_219B, 0x4AF2_DDE1_3A37_1753, 0xD5EB_2E96_85BE_3577],
        ),
    ];
    for (seed, replication, owner, name, item, attempt, expected) in cases {
        let mut draw = Root::new(seed, replication).purpose(owner, name).draw(item, attempt);
        let words = [draw.bits(), draw.bits(), draw.bits()];
        assert_eq!(words, expected, "{seed} {replication} {owner} {name} {item} {attempt}");
    }
}

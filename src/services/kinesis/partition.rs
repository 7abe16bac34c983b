//! Which shard a record goes to (K-con): the MD5 of its partition key, as a number of 128 bits, lies in the range of one.

use md5::{Digest, Md5};

/// The hash ranges of a stream's shards: equal but for the last, which takes what is left over, as AWS cuts them when a
/// stream is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shards {
    count: u32,
    width: u128,
}

/// Where a record goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The shard, from 0.
    pub shard: u32,
    /// Another hash of the key, evenly spread also among the keys of one shard: what a consumer's own division of a
    /// shard goes by.
    pub within: u64,
}

impl Shards {
    /// The ranges of `count` shards, at least 1.
    #[must_use]
    pub fn new(count: u32) -> Self {
        let count = count.max(1);
        // 2^128 / count, rounded down, which 128 bits do not hold for a single shard: all keys are in its first range.
        let width = u128::MAX / u128::from(count) + u128::from(count.is_power_of_two() && count > 1);
        Self { count, width }
    }

    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Where a record with this key goes. The partition key is the key's decimal text.
    #[must_use]
    pub fn place(&self, key: u64) -> Place {
        let hash = hash_of(key);
        let shard = (hash / self.width).min(u128::from(self.count - 1)) as u32;
        Place { shard, within: hash as u64 }
    }
}

/// The MD5 of the key's decimal text.
fn hash_of(key: u64) -> u128 {
    let mut text = [0; 20];
    let mut from = text.len();
    let mut left = key;
    loop {
        from -= 1;
        text[from] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    u128::from_be_bytes(Md5::digest(&text[from..]).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digests of "0", "7" and "18446744073709551615", as `md5sum` gives them.
    #[test]
    fn the_key_is_hashed_as_its_decimal_text() {
        assert_eq!(hash_of(0), 0xcfcd_2084_95d5_65ef_66e7_dff9_f987_64da);
        assert_eq!(hash_of(7), 0x8f14_e45f_ceea_167a_5a36_dedd_4bea_2543);
        assert_eq!(hash_of(u64::MAX), 0x7e78_25a3_d858_8a75_6abd_0ce2_ed07_e121);
    }

    /// Rule [doc] K-con: the hash ranges of a new stream's shards are equal, the last has what is left over.
    ///
    /// Of three shards AWS gives the first 0 to 113427455640312821154458202477256070484, and the last the odd one more.
    #[test]
    fn ranges_are_equal_and_the_last_takes_the_rest() {
        assert_eq!(Shards::new(3).width, 113_427_455_640_312_821_154_458_202_477_256_070_485);
        assert_eq!(Shards::new(4).width, 1 << 126);
        assert_eq!(Shards::new(2).width, 1 << 127);
        // 0xcf… is in the last of four quarters, 0x8f… in the third, 0x7e… in the second.
        assert_eq!([0, 7, u64::MAX].map(|key| Shards::new(4).place(key).shard), [3, 2, 1]);
        assert_eq!([0, 7, u64::MAX].map(|key| Shards::new(1).place(key).shard), [0, 0, 0]);
    }

    /// 100,000 keys on 10 shards: each count is binomial with a standard deviation of 95; within a shard, the other hash
    /// spreads its 10,000 over 10 with one of 30.
    #[test]
    fn keys_are_spread_evenly_over_shards_and_within_them() {
        let shards = Shards::new(10);
        let (mut counts, mut within) = ([0i64; 10], [0i64; 10]);
        for key in 0..100_000 {
            let place = shards.place(key);
            counts[place.shard as usize] += 1;
            if place.shard == 0 {
                within[((u128::from(place.within) * 10) >> 64) as usize] += 1;
            }
        }
        assert!(counts.iter().all(|count| (count - 10_000).abs() < 5 * 95), "{counts:?}");
        let share = counts[0] / 10;
        assert!(within.iter().all(|count| (count - share).abs() < 5 * 30), "{within:?}");
    }
}

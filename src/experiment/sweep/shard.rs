//! Which points of a sweep are one machine's: every n-th, so that no shard has all the heavy ones of a range.

use std::str::FromStr;

use thiserror::Error;

/// Shard `index` of `count`; its points are those whose number leaves `index` when divided by `count`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    index: u64,
    /// At least 1.
    count: u64,
}

/// Why a shard cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ShardError {
    /// It is not of the form `i/n`.
    #[error("`{0}` is no shard: write i/n with i from 1 to n, e.g. 3/8")]
    Form(String),
    /// The index is beyond the count.
    #[error("index {index} is not below the {count} shards")]
    Beyond {
        /// From 0.
        index: u64,
        /// Of how many.
        count: u64,
    },
    /// A scheduler's variable is no number.
    #[error("{name} is `{value}`, which is no number")]
    Number {
        /// Which variable.
        name: &'static str,
        /// What it holds.
        value: String,
    },
    /// The scheduler does not say how many shards there are.
    #[error("{0} does not say of how many: write --shards N")]
    Count(&'static str),
    /// The indices of a Slurm array have holes, so that they do not number the shards.
    #[error("the array's indices have holes: use --array=0-7 with --shards 8, so that an index is a shard")]
    Holes,
    /// Nothing names a shard.
    #[error(
        "no shard: write --shard i/n, or run it in an array job (SLURM_ARRAY_TASK_ID, AWS_BATCH_JOB_ARRAY_INDEX or \
         JOB_COMPLETION_INDEX is set there)"
    )]
    Absent,
}

impl Shard {
    /// The whole sweep.
    pub const WHOLE: Self = Self { index: 0, count: 1 };

    fn new(index: u64, count: u64) -> Result<Self, ShardError> {
        if index < count { Ok(Self { index, count }) } else { Err(ShardError::Beyond { index, count }) }
    }

    /// Its points of so many, in order.
    pub fn points(self, of: u64) -> impl Iterator<Item = u64> {
        (self.index..of).step_by(usize::try_from(self.count).unwrap_or(usize::MAX))
    }

    /// The shard that a scheduler's variables name: Slurm's, AWS Batch's, or those of a Kubernetes indexed Job.
    ///
    /// `shards` says of how many, where the variables do not, or where a task is submitted again alone: the index is
    /// then the shard's own, from 0.
    ///
    /// # Errors
    /// If they name none, or one that cannot be.
    pub fn of_scheduler(variable: impl Fn(&str) -> Option<String>, shards: Option<u64>) -> Result<Self, ShardError> {
        let number = |name: &'static str| match variable(name) {
            None => Ok(None),
            Some(value) => value.parse::<u64>().map(Some).map_err(|_| ShardError::Number { name, value }),
        };
        if let Some(index) = number("SLURM_ARRAY_TASK_ID")? {
            let Some(count) = shards else {
                let known = |name| number(name)?.ok_or(ShardError::Count("SLURM_ARRAY_TASK_ID"));
                let [least, most, count] =
                    [known("SLURM_ARRAY_TASK_MIN")?, known("SLURM_ARRAY_TASK_MAX")?, known("SLURM_ARRAY_TASK_COUNT")?];
                if most.checked_sub(least).is_none_or(|between| between.saturating_add(1) != count) || index < least {
                    return Err(ShardError::Holes);
                }
                return Self::new(index - least, count);
            };
            return Self::new(index, count);
        }
        if let Some(index) = number("AWS_BATCH_JOB_ARRAY_INDEX")? {
            let count = match shards {
                Some(count) => count,
                None => number("AWS_BATCH_JOB_ARRAY_SIZE")?.ok_or(ShardError::Count("AWS_BATCH_JOB_ARRAY_INDEX"))?,
            };
            return Self::new(index, count);
        }
        if let Some(index) = number("JOB_COMPLETION_INDEX")? {
            return Self::new(index, shards.ok_or(ShardError::Count("JOB_COMPLETION_INDEX"))?);
        }
        Err(ShardError::Absent)
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    /// `i/n`, with i from 1.
    fn from_str(text: &str) -> Result<Self, ShardError> {
        let wrong = || ShardError::Form(text.to_owned());
        let (index, count) = text.split_once('/').ok_or_else(wrong)?;
        let (index, count): (u64, u64) = (index.parse().map_err(|_| wrong())?, count.parse().map_err(|_| wrong())?);
        index.checked_sub(1).filter(|&index| index < count).map(|index| Self { index, count }).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_share_the_points_without_a_hole() {
        for (points, count) in [(10, 3), (3, 8), (1, 1), (100, 7)] {
            let mut all: Vec<u64> = (1..=count)
                .flat_map(|index| format!("{index}/{count}").parse::<Shard>().unwrap().points(points))
                .collect();
            all.sort_unstable();
            assert!(all.into_iter().eq(0..points), "{points} in {count}");
        }
    }

    #[test]
    fn shards_are_counted_from_one_as_people_do() {
        assert_eq!("3/8".parse(), Ok(Shard { index: 2, count: 8 }));
        for text in ["0/8", "9/8", "3", "3/", "a/8", "1/0", "-1/8"] {
            assert_eq!(text.parse::<Shard>(), Err(ShardError::Form(text.to_owned())));
        }
    }

    fn of(variables: &[(&str, &str)], shards: Option<u64>) -> Result<Shard, ShardError> {
        let find = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Shard::of_scheduler(find, shards)
    }

    #[test]
    fn schedulers_name_shards() {
        let slurm = |id, least, most, count| {
            [
                ("SLURM_ARRAY_TASK_ID", id),
                ("SLURM_ARRAY_TASK_MIN", least),
                ("SLURM_ARRAY_TASK_MAX", most),
                ("SLURM_ARRAY_TASK_COUNT", count),
            ]
        };
        assert_eq!(of(&slurm("3", "1", "8", "8"), None), Ok(Shard { index: 2, count: 8 }));
        assert_eq!(of(&slurm("3", "0", "7", "8"), None), Ok(Shard { index: 3, count: 8 }));
        assert_eq!(of(&slurm("3", "1", "5", "3"), None), Err(ShardError::Holes));
        // Submitted again alone, the array is of one.
        assert_eq!(of(&slurm("3", "3", "3", "1"), Some(8)), Ok(Shard { index: 3, count: 8 }));
        let batch = [("AWS_BATCH_JOB_ARRAY_INDEX", "2"), ("AWS_BATCH_JOB_ARRAY_SIZE", "4")];
        assert_eq!(of(&batch, None), Ok(Shard { index: 2, count: 4 }));
        assert_eq!(of(&batch[..1], Some(6)), Ok(Shard { index: 2, count: 6 }));
        let job = [("JOB_COMPLETION_INDEX", "0")];
        assert_eq!(of(&job, Some(5)), Ok(Shard { index: 0, count: 5 }));
        assert_eq!(of(&job, None), Err(ShardError::Count("JOB_COMPLETION_INDEX")));
        assert_eq!(of(&[("JOB_COMPLETION_INDEX", "5")], Some(5)), Err(ShardError::Beyond { index: 5, count: 5 }));
        let value = "x".to_owned();
        let error = ShardError::Number { name: "JOB_COMPLETION_INDEX", value };
        assert_eq!(of(&[("JOB_COMPLETION_INDEX", "x")], Some(5)), Err(error));
        assert_eq!(of(&[], Some(5)), Err(ShardError::Absent));
    }
}

//! The sizes of a task: for each amount of processor, the memory that goes with it (F-size).

/// CPU units in a virtual processor.
pub const UNITS_PER_VCPU: u32 = 1_024;

/// Processor and memory of a task, one of AWS's combinations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Processor, in CPU units: 1,024 are a virtual processor.
    cpu_units: u32,
    /// Memory, MB.
    memory_mb: u64,
}

/// Why AWS runs no task of a size.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SizeError {
    /// No task has so much processor.
    #[error("a Fargate task cannot have {vcpu} vCPU")]
    Processor {
        /// What was asked for.
        vcpu: f64,
    },
    /// This memory does not go with this processor.
    #[error("a Fargate task of {vcpu} vCPU cannot have {}", written(*memory_mb))]
    Memory {
        /// The processor.
        vcpu: f64,
        /// What was asked for.
        memory_mb: u64,
        /// What goes with it, in words.
        allowed: &'static str,
    },
}

/// A size of memory as a scenario writes it: in gigabytes where they are whole.
fn written(memory_mb: u64) -> String {
    if memory_mb.is_multiple_of(1_024) { format!("{}GB", memory_mb / 1_024) } else { format!("{memory_mb}MB") }
}

/// The memory that goes with an amount of processor.
struct Range {
    cpu_units: u32,
    min_mb: u64,
    max_mb: u64,
    step_mb: u64,
    words: &'static str,
}

const fn range(cpu_units: u32, [min_gb, max_gb, step_gb]: [u64; 3], words: &'static str) -> Range {
    Range { cpu_units, min_mb: min_gb * 1_024, max_mb: max_gb * 1_024, step_mb: step_gb * 1_024, words }
}

/// AWS's table (F-size). With a quarter of a processor 512 MB and 1 and 2 GB go: of the steps of 512 MB between them
/// 1,536 MB is the one that does not.
const RANGES: [Range; 7] = [
    Range { cpu_units: 256, min_mb: 512, max_mb: 2_048, step_mb: 512, words: "512MB, 1GB or 2GB" },
    range(512, [1, 4, 1], "1GB to 4GB in steps of 1GB"),
    range(1_024, [2, 8, 1], "2GB to 8GB in steps of 1GB"),
    range(2_048, [4, 16, 1], "4GB to 16GB in steps of 1GB"),
    range(4_096, [8, 30, 1], "8GB to 30GB in steps of 1GB"),
    range(8_192, [16, 60, 4], "16GB to 60GB in steps of 4GB"),
    range(16_384, [32, 120, 8], "32GB to 120GB in steps of 8GB"),
];

impl Range {
    const fn allows(&self, memory_mb: u64) -> bool {
        let between = memory_mb >= self.min_mb && memory_mb <= self.max_mb;
        between && (memory_mb - self.min_mb).is_multiple_of(self.step_mb) && memory_mb != 1_536
    }
}

impl Size {
    /// A size of so many virtual processors and megabytes.
    ///
    /// # Errors
    /// [`SizeError`] where AWS has no such size.
    pub fn new(vcpu: f64, memory_mb: u64) -> Result<Self, SizeError> {
        let units = vcpu * f64::from(UNITS_PER_VCPU);
        let range = RANGES.iter().find(|range| f64::from(range.cpu_units) == units);
        let range = range.ok_or(SizeError::Processor { vcpu })?;
        if range.allows(memory_mb) {
            Ok(Self { cpu_units: range.cpu_units, memory_mb })
        } else {
            Err(SizeError::Memory { vcpu, memory_mb, allowed: range.words })
        }
    }

    /// Processor in CPU units, of which 1,024 are a virtual processor.
    #[must_use]
    pub const fn cpu_units(self) -> u32 {
        self.cpu_units
    }

    /// Memory in megabytes.
    #[must_use]
    pub const fn memory_mb(self) -> u64 {
        self.memory_mb
    }

    /// Speed of one thread: 1 is a whole virtual processor, and more of them do not help one thread.
    #[must_use]
    pub fn thread_speed(self) -> f64 {
        f64::from(self.cpu_units.min(UNITS_PER_VCPU)) / f64::from(UNITS_PER_VCPU)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every megabyte of memory from 1 MB to 128 GB, counted: 3, 4, 7, 13, 23, 12 and 12 sizes.
    #[test]
    fn each_processor_has_its_own_memory() {
        let sizes = |vcpu: f64| (1..=131_072).filter(|&memory_mb| Size::new(vcpu, memory_mb).is_ok()).count();
        assert_eq!([0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0].map(sizes), [3, 4, 7, 13, 23, 12, 12]);
        for (vcpu, least_mb, most_mb) in [(0.25, 512, 2_048), (1.0, 2_048, 8_192), (16.0, 32_768, 122_880)] {
            assert!(Size::new(vcpu, least_mb).is_ok() && Size::new(vcpu, most_mb).is_ok());
            assert!(Size::new(vcpu, least_mb / 2).is_err() && Size::new(vcpu, most_mb * 2).is_err());
        }
    }

    #[test]
    fn a_size_that_aws_does_not_have_is_refused_with_its_limits() {
        assert_eq!(Size::new(3.0, 8_192), Err(SizeError::Processor { vcpu: 3.0 }));
        let allowed = "512MB, 1GB or 2GB";
        assert_eq!(Size::new(0.25, 1_536), Err(SizeError::Memory { vcpu: 0.25, memory_mb: 1_536, allowed }));
    }

    #[test]
    fn one_thread_uses_at_most_one_processor() {
        let speed = |vcpu: f64, memory_mb: u64| Size::new(vcpu, memory_mb).map(Size::thread_speed);
        assert_eq!((speed(0.25, 512), speed(1.0, 2_048), speed(4.0, 8_192)), (Ok(0.25), Ok(1.0), Ok(1.0)));
    }
}

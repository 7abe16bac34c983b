//! What a producer does whose call was refused: it tries again, as the AWS SDKs do in their standard mode.

use crate::kernel::{Draw, Span};

/// No wait is longer.
const LONGEST: Span = Span::from_secs(20);

/// How long it waits after the `refused`-th refusal (from 1) of a record: U(0, 1) × min(2^(refused − 1) s, 20 s).
#[must_use]
pub fn back_off(refused: u32, draw: &mut Draw) -> Span {
    let most = Span::from_secs(1).times(1 << (refused.max(1) - 1).min(5)).min(LONGEST);
    most.scaled(draw.unit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Root;

    #[test]
    fn waits_are_even_up_to_a_second_doubling_up_to_twenty() {
        let purpose = Root::new(1, 0).purpose("producer", "back-off");
        for (refused, most) in [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (5, 16.0), (6, 20.0), (40, 20.0)] {
            let waits: Vec<f64> =
                (0..2_000).map(|item| back_off(refused, &mut purpose.draw(item, refused)).as_secs_f64()).collect();
            let mean = waits.iter().sum::<f64>() / 2_000.0;
            // The mean of 2,000 even draws has a standard error of most / √12 / √2,000 = 0.0065 × most.
            assert!((mean / most - 0.5).abs() < 0.033, "after {refused}: a mean of {mean} s");
            assert!(waits.iter().all(|&wait| wait < most));
        }
    }
}

//! Colours that stay apart for colour-blind readers, and in grey: neighbours differ in lightness and in their dashes.

use plotters::style::RGBColor;

use crate::words::DuplicateCause;

/// How a strategy is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ink {
    /// Of lines and areas.
    pub line: RGBColor,
    /// Of text that belongs to them: dark enough to read.
    pub text: RGBColor,
    /// Lengths drawn and left out by turns; empty is a whole line.
    pub dashes: &'static [f64],
}

/// No two have the same dashes but the first and the third, which are dark and light.
const INKS: [Ink; 12] = [
    Ink { line: RGBColor(0x14, 0x21, 0x3D), text: RGBColor(0x14, 0x21, 0x3D), dashes: &[] },
    Ink { line: RGBColor(0xD5, 0x5E, 0x00), text: RGBColor(0xA3, 0x47, 0x00), dashes: &[10.0, 4.0] },
    Ink { line: RGBColor(0x4A, 0xA8, 0xDE), text: RGBColor(0x14, 0x66, 0x94), dashes: &[] },
    Ink { line: RGBColor(0x8E, 0x3B, 0x8A), text: RGBColor(0x7A, 0x2E, 0x76), dashes: &[3.0, 3.0] },
    Ink { line: RGBColor(0xE6, 0x9F, 0x00), text: RGBColor(0x85, 0x5C, 0x00), dashes: &[14.0, 3.0, 3.0, 3.0] },
    Ink { line: RGBColor(0x00, 0x9E, 0x73), text: RGBColor(0x00, 0x6E, 0x50), dashes: &[6.0, 3.0] },
    Ink {
        line: RGBColor(0xEA, 0x94, 0xBC),
        text: RGBColor(0xA1, 0x2C, 0x63),
        dashes: &[10.0, 3.0, 2.0, 3.0, 2.0, 3.0],
    },
    Ink { line: RGBColor(0x7A, 0x4A, 0x21), text: RGBColor(0x6B, 0x3F, 0x1A), dashes: &[20.0, 5.0] },
    Ink { line: RGBColor(0x9A, 0x9A, 0x9A), text: RGBColor(0x5E, 0x5E, 0x5E), dashes: &[2.0, 2.0] },
    Ink { line: RGBColor(0x7D, 0x8F, 0x00), text: RGBColor(0x56, 0x63, 0x00), dashes: &[16.0, 4.0, 6.0, 4.0] },
    Ink { line: RGBColor(0xA8, 0x12, 0x3E), text: RGBColor(0x8C, 0x0F, 0x34), dashes: &[5.0, 2.0, 1.0, 2.0] },
    Ink { line: RGBColor(0x3F, 0xB5, 0xAC), text: RGBColor(0x0F, 0x6E, 0x68), dashes: &[12.0, 6.0] },
];

/// The ink of the strategy at that index; after twelve they come again.
pub(super) fn ink(index: usize) -> Ink {
    INKS[index % INKS.len()]
}

/// The colours of strategies' names, as style sheets write them: they come again after the last.
pub(in crate::report) fn strategy_colours() -> impl Iterator<Item = String> {
    INKS.iter().map(|ink| format!("#{:02X}{:02X}{:02X}", ink.text.0, ink.text.1, ink.text.2))
}

/// The ways an effect can end, from good to bad, and their colours: each also differs from the next in lightness.
pub(super) const PROCESSED: RGBColor = RGBColor(0x8F, 0xBF, 0xDD);
/// Applied again.
pub(super) const DUPLICATE: RGBColor = RGBColor(0xD5, 0x5E, 0x00);
/// Caught by idempotency.
pub(super) const SUPPRESSED: RGBColor = RGBColor(0xF5, 0xCB, 0x8B);
/// Put aside into a dead-letter queue.
pub(super) const DEAD_LETTERED: RGBColor = RGBColor(0x6E, 0x4C, 0x8C);
/// Too old.
pub(super) const EXPIRED: RGBColor = RGBColor(0xCC, 0x9B, 0xC2);
/// Refused at the door.
pub(super) const REJECTED: RGBColor = RGBColor(0x8A, 0x8A, 0x8A);
/// Nothing works towards it any more.
pub(super) const LOST: RGBColor = RGBColor(0x1A, 0x1A, 0x1A);
/// Not done when the run ended.
pub(super) const BACKLOG: RGBColor = RGBColor(0xC9, 0xC9, 0xC9);

/// The causes of duplicates in their order; those that often stand side by side are apart in lightness.
const CAUSES: [RGBColor; DuplicateCause::ALL.len()] = [
    RGBColor(0x4A, 0xA8, 0xDE),
    RGBColor(0x14, 0x21, 0x3D),
    RGBColor(0xD5, 0x5E, 0x00),
    RGBColor(0x7A, 0x2E, 0x00),
    RGBColor(0xCC, 0x9B, 0xC2),
    RGBColor(0x6E, 0x4C, 0x8C),
    RGBColor(0x00, 0x4D, 0x38),
    RGBColor(0xE6, 0x9F, 0x00),
    RGBColor(0x00, 0x9E, 0x73),
    RGBColor(0xB0, 0x2E, 0x6B),
    RGBColor(0xF0, 0xE4, 0x42),
    RGBColor(0x8A, 0x5A, 0x00),
    RGBColor(0xF5, 0xCB, 0x8B),
];

/// The colour of a cause, which stands beside its words.
pub(super) fn cause(cause: DuplicateCause) -> RGBColor {
    CAUSES[cause.index()]
}

/// The services of the bill, and their colours: the ones that often stand side by side are apart in lightness. Darker
/// and lighter ones take turns in the order of the bill.
const SERVICES: [(&str, RGBColor); 11] = [
    ("lambda", RGBColor(0x4A, 0xA8, 0xDE)),
    ("s3", RGBColor(0x00, 0x4D, 0x38)),
    ("fargate", RGBColor(0xF5, 0xCB, 0x8B)),
    ("sqs", RGBColor(0x14, 0x21, 0x3D)),
    ("sns", RGBColor(0xE6, 0x9F, 0x00)),
    ("eventbridge", RGBColor(0x6E, 0x4C, 0x8C)),
    ("kinesis", RGBColor(0xCC, 0x9B, 0xC2)),
    ("dynamodb", RGBColor(0x7A, 0x2E, 0x00)),
    ("api", RGBColor(0x00, 0x9E, 0x73)),
    ("step-functions", RGBColor(0xB0, 0x2E, 0x6B)),
    ("durable", RGBColor(0xD5, 0x5E, 0x00)),
];

/// The colour of a service of the bill, which stands beside its name; grey for one that has none of its own.
pub(super) fn service(name: &str) -> RGBColor {
    SERVICES.iter().find(|(service, _)| *service == name).map_or(REJECTED, |&(_, colour)| colour)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::LineItem;

    /// Linear light, then the share of it that a colour has, as WCAG 2 defines them.
    fn luminance(colour: RGBColor) -> f64 {
        let linear = |channel: u8| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.040_45 { share / 12.92 } else { libm::pow((share + 0.055) / 1.055, 2.4) }
        };
        0.2126 * linear(colour.0) + 0.7152 * linear(colour.1) + 0.0722 * linear(colour.2)
    }

    fn contrast(one: RGBColor, other: RGBColor) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn any_two_strategies_are_told_apart_without_colours() {
        for (place, one) in INKS.iter().enumerate() {
            for other in &INKS[..place] {
                let apart = one.dashes != other.dashes || contrast(one.line, other.line) > 4.0;
                assert!(apart && one.line != other.line && one.text != other.text, "{one:?} and {other:?}");
            }
        }
        for neighbours in INKS.windows(2) {
            assert!(contrast(neighbours[0].line, neighbours[1].line) > 1.25, "{neighbours:?}");
        }
    }

    #[test]
    fn names_can_be_read_on_white() {
        for ink in &INKS {
            assert!(contrast(ink.text, RGBColor(0xFF, 0xFF, 0xFF)) >= 4.5, "{ink:?}");
        }
    }

    #[test]
    fn every_service_of_the_bill_has_a_colour_of_its_own() {
        let mut colours: Vec<_> = SERVICES.iter().map(|(_, colour)| (colour.0, colour.1, colour.2)).collect();
        colours.sort_unstable();
        colours.dedup();
        assert_eq!(colours.len(), SERVICES.len());
        for item in LineItem::ALL {
            assert!(SERVICES.iter().any(|(service, _)| *service == item.service()), "{}", item.service());
        }
    }
}

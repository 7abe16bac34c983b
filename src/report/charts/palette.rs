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

const INKS: [Ink; 6] = [
    Ink { line: RGBColor(0x14, 0x21, 0x3D), text: RGBColor(0x14, 0x21, 0x3D), dashes: &[] },
    Ink { line: RGBColor(0xD5, 0x5E, 0x00), text: RGBColor(0xA3, 0x47, 0x00), dashes: &[10.0, 4.0] },
    Ink { line: RGBColor(0x4A, 0xA8, 0xDE), text: RGBColor(0x14, 0x66, 0x94), dashes: &[] },
    Ink { line: RGBColor(0x8E, 0x3B, 0x8A), text: RGBColor(0x7A, 0x2E, 0x76), dashes: &[3.0, 3.0] },
    Ink { line: RGBColor(0xE6, 0x9F, 0x00), text: RGBColor(0x85, 0x5C, 0x00), dashes: &[14.0, 3.0, 3.0, 3.0] },
    Ink { line: RGBColor(0x00, 0x9E, 0x73), text: RGBColor(0x00, 0x6E, 0x50), dashes: &[6.0, 3.0] },
];

/// The ink of the strategy at that index; after six they come again.
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
];

/// The colour of a cause, which stands beside its words.
pub(super) fn cause(cause: DuplicateCause) -> RGBColor {
    CAUSES[cause.index()]
}

/// The services of the bill, and their colours: the ones that often stand side by side are apart in lightness. Darker
/// and lighter ones take turns in the order of the bill.
const SERVICES: [(&str, RGBColor); 9] = [
    ("lambda", RGBColor(0x4A, 0xA8, 0xDE)),
    ("s3", RGBColor(0x00, 0x4D, 0x38)),
    ("fargate", RGBColor(0xF5, 0xCB, 0x8B)),
    ("sqs", RGBColor(0x14, 0x21, 0x3D)),
    ("sns", RGBColor(0xE6, 0x9F, 0x00)),
    ("eventbridge", RGBColor(0x6E, 0x4C, 0x8C)),
    ("kinesis", RGBColor(0xCC, 0x9B, 0xC2)),
    ("dynamodb", RGBColor(0x7A, 0x2E, 0x00)),
    ("api", RGBColor(0x00, 0x9E, 0x73)),
];

/// The colour of a service of the bill, which stands beside its name; grey for one that has none of its own.
pub(super) fn service(name: &str) -> RGBColor {
    SERVICES.iter().find(|(service, _)| *service == name).map_or(REJECTED, |&(_, colour)| colour)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::LineItem;

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

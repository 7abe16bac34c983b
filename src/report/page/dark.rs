//! The charts in the dark: for each colour that stands in them one that can be read on a dark page.
//!
//! Greys are turned over: what was near the white of the page is near its black, and tints of that white become tints of
//! the dark page. Colours keep their hue, and are made lighter only as far as they would drown.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The dark page, #171A21 as `page.css` has it: what the white of a chart becomes.
const PAGE: [f64; 3] = [23.0, 26.0, 33.0];
/// Near white, what the black of a chart becomes.
const BRIGHT: f64 = 236.0;
/// The least contrast of a colour with the dark page: more than the 4.5 that text must have, lest hues look dull.
const CONTRAST: f64 = 6.0;
/// Colours in which every channel is above this are tints of white.
const TINT: f64 = 220.0;
/// How much of a tint's hue is left on the dark page.
const TINGE: f64 = 0.9;
/// Channels no further apart than this make a grey.
const GREY: f64 = 16.0;

/// The style rules for the colours of strategies (`--ink` of `.ink-0` and so on) and, in the dark, for all colours of the
/// charts. Those for the dark stand twice: for readers who prefer it, and for those who ask for it here.
pub(super) fn rules<'a>(inks: &[String], charts: impl Iterator<Item = &'a str>) -> String {
    let colours: BTreeSet<String> = charts.flat_map(colours).collect();
    let mut rules = String::new();
    for (index, ink) in inks.iter().enumerate() {
        let _infallible = write!(rules, ".ink-{index}{{--ink:{ink}}}");
    }
    for (open, scope, close) in [
        ("@media screen and (prefers-color-scheme:dark){", ":root:not([data-theme=light]) ", "}"),
        ("@media screen{", ":root[data-theme=dark] ", "}"),
    ] {
        rules.push_str(open);
        for (index, ink) in inks.iter().enumerate() {
            let _infallible = write!(rules, "{scope}.ink-{index}{{--ink:{}}}", darkened(ink));
        }
        for colour in &colours {
            for kind in ["fill", "stroke"] {
                let dark = darkened(colour);
                let _infallible = write!(rules, "{scope}.chart [{kind}=\"{colour}\"]{{{kind}:{dark}}}");
            }
        }
        rules.push_str(close);
    }
    rules
}

/// The colours of a chart, as it writes them.
fn colours(svg: &str) -> Vec<String> {
    let marks = ["fill=\"#", "stroke=\"#"];
    let found = marks.iter().flat_map(|mark| svg.split(mark).skip(1));
    let hex = found.filter_map(|rest| rest.get(..6).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit())));
    hex.map(|hex| format!("#{hex}")).collect()
}

/// The colour for a dark page.
fn darkened(colour: &str) -> String {
    let channel = |at: usize| u8::from_str_radix(&colour[at..at + 2], 16).map_or(0.0, f64::from);
    let rgb = [channel(1), channel(3), channel(5)];
    let (least, most) = rgb.iter().fold((255.0_f64, 0.0_f64), |(least, most), &c| (least.min(c), most.max(c)));
    let dark = match () {
        () if least > TINT => tinted(rgb, least),
        () if most - least <= GREY => turned(rgb),
        () => lightened(rgb),
    };
    let [red, green, blue] = dark.map(|channel| libm::round(channel) as u8);
    format!("#{red:02X}{green:02X}{blue:02X}")
}

/// White becomes the page, black becomes bright, and what is between stays between.
fn turned(rgb: [f64; 3]) -> [f64; 3] {
    std::array::from_fn(|index| {
        let share = rgb[index] / 255.0;
        PAGE[index] * share + BRIGHT * (1.0 - share)
    })
}

/// The dark page with the hue of a tint.
fn tinted(rgb: [f64; 3], least: f64) -> [f64; 3] {
    let turned = turned([least; 3]);
    std::array::from_fn(|index| turned[index] + TINGE * (rgb[index] - least))
}

/// Mixed with white until it stands out.
fn lightened(rgb: [f64; 3]) -> [f64; 3] {
    let mixed = |step: u32| rgb.map(|channel| channel + (255.0 - channel) * f64::from(step) / 50.0);
    let stands_out = |colour: &[f64; 3]| contrast(*colour, PAGE) >= CONTRAST;
    (0..=50).map(mixed).find(stands_out).unwrap_or([255.0; 3])
}

/// The contrast ratio of two colours as WCAG 2 defines it, 1 to 21.
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(rgb: [f64; 3]) -> f64 {
    let linear = rgb.map(|channel| {
        let share = channel / 255.0;
        if share <= 0.040_45 { share / 12.92 } else { libm::pow((share + 0.055) / 1.055, 2.4) }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((contrast([255.0; 3], [0.0; 3]) - 21.0).abs() < 1e-9);
        // #767676 on white is the well-known edge of 4.5.
        assert!((contrast([118.0; 3], [255.0; 3]) - 4.54).abs() < 0.005);
    }

    #[test]
    fn every_colour_of_text_and_lines_stands_out_on_the_dark_page() {
        for colour in ["#222222", "#595959", "#14213D", "#7A2E00", "#004D38", "#D55E00", "#4AA8DE", "#8E3B8A"] {
            let dark = darkened(colour);
            let channel = |at: usize| f64::from(u8::from_str_radix(&dark[at..at + 2], 16).expect("hex"));
            let ratio = contrast([channel(1), channel(3), channel(5)], PAGE);
            assert!(ratio >= 4.5, "{colour} {dark} {ratio}");
        }
        assert_eq!(darkened("#FFFFFF"), "#171A21");
        assert_eq!(darkened("#4AA8DE"), "#4AA8DE", "what stands out stays");
        assert_ne!(darkened("#D55E00"), "#D55E00");
    }

    #[test]
    fn tints_of_white_become_tints_of_the_dark_page_on_which_text_can_be_read() {
        for (tint, hue) in [("#FFF7E3", 0), ("#E6F5F0", 1), ("#FBEAE3", 0), ("#F3F7FA", 2)] {
            let dark = darkened(tint);
            let rgb = [1, 3, 5].map(|at| f64::from(u8::from_str_radix(&dark[at..at + 2], 16).expect("hex")));
            assert!(contrast(rgb, [BRIGHT; 3]) > 7.0, "{tint} {dark}");
            assert!(rgb[hue] - PAGE[hue] > 5.0, "{tint} {dark}");
        }
    }

    #[test]
    fn colours_are_found_once_and_nothing_else_is() {
        let rules = rules(&[], ["<a fill=\"#14213D\" stroke=\"#14213D\" fill=\"#x}*{y\"/>"].into_iter());
        assert_eq!(rules.matches("#14213D").count(), 4);
        assert!(!rules.contains("*{"));
    }
}

//! The table of `simctl verify`: one line a check.

use super::{Finding, LEVEL, Verdict};

/// Width of the model's column.
const MODEL: usize = 14;
/// Width of the column of what is compared.
const WHAT: usize = 40;

/// The heading of the columns.
#[must_use]
pub fn header() -> String {
    format!("{:MODEL$}{:WHAT$}{:>11}{:>12}  {:<23} verdict", "model", "", "theory", "simulation", "99.9 % interval")
}

/// One check.
#[must_use]
pub fn line(finding: &Finding) -> String {
    let &Finding { model, what, unit, theory, simulation, low, high, verdict, .. } = finding;
    let what = if unit.is_empty() { what.to_owned() } else { format!("{what}, {unit}") };
    let interval = format!("{} to {}", number(low), number(high));
    let verdict = match verdict {
        Verdict::Agrees => "agrees",
        Verdict::Differs => "DIFFERS",
    };
    format!("{model:MODEL$}{what:WHAT$}{:>11}{:>12}  {interval:<23} {verdict}", number(theory), number(simulation))
}

/// The closing words: how many agree, what the level means, and what the intervals include.
#[must_use]
pub fn summary(findings: &[Finding]) -> String {
    let all = findings.len();
    let differ = findings.iter().filter(|finding| finding.verdict == Verdict::Differs).count();
    let by_chance = 1.0 - LEVEL.powi(i32::try_from(all).unwrap_or(i32::MAX));
    let answer = if differ == 0 {
        format!("simulation and theory agree in all {all} checks")
    } else {
        format!("simulation and theory differ in {differ} of {all} checks")
    };
    format!(
        "{answer} (of seeds chosen at random, {:.1} % would see a right simulator fail one or more)",
        by_chance * 100.0
    )
}

/// Five significant digits.
fn number(value: f64) -> String {
    if !value.is_finite() {
        return "none".to_owned();
    }
    let magnitude = if value == 0.0 { 0 } else { libm::floor(libm::log10(value.abs())) as i32 };
    let decimals = usize::try_from(4 - magnitude).unwrap_or(0).min(9);
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_five_digits() {
        let texts = [0.5, 2.345_678, 0.001, 26.99, 970.0, 123_456.0, 0.0, f64::NAN].map(number);
        assert_eq!(texts, ["0.50000", "2.3457", "0.0010000", "26.990", "970.00", "123456", "0.0000", "none"]);
    }

    #[test]
    fn the_closing_words_count() {
        let finding = |verdict| Finding {
            model: "M/M/1",
            what: "mean",
            unit: "s",
            theory: 1.0,
            simulation: 1.0,
            low: 0.9,
            high: 1.1,
            slack: 0.0,
            replications: 2,
            verdict,
        };
        let agrees = summary(&[finding(Verdict::Agrees)]);
        assert!(agrees.starts_with("simulation and theory agree in all 1 checks"), "{agrees}");
        // 1 − 0.999² is 0.1999 %.
        let differs = summary(&[finding(Verdict::Agrees), finding(Verdict::Differs)]);
        assert!(differs.starts_with("simulation and theory differ in 1 of 2 checks"), "{differs}");
        assert!(differs.contains("0.2 %"), "{differs}");
    }
}

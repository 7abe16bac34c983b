//! A comparison of two sides on the screen, and as a document.

use super::plain_table::{align_right, plain_table, text_of};
use super::{ReportError, number, terminal};
use crate::experiment::compare::{Compared, Row, Verdict};
use crate::stats::Estimate;

/// A table of every metric that differs or could, and a closing sentence; `width` in characters.
#[must_use]
pub fn render_comparison(compared: &Compared, width: u16) -> String {
    let mut out = format!("A is {}\nB is {}\n", compared.first, compared.second);
    out.push_str(&match &compared.unpaired {
        None => "replication by replication the same items: differences are taken pair by pair\n".to_owned(),
        Some(why) => format!("not paired, as {why}: independent samples (Welch)\n"),
    });
    for (side, names) in [("A", &compared.only_first), ("B", &compared.only_second)] {
        if !names.is_empty() {
            out.push_str(&format!("only in {side}: {}\n", names.join(", ")));
        }
    }
    let shown: Vec<&Row> = compared.rows.iter().filter(|row| row.verdict != Verdict::Equal).collect();
    if !shown.is_empty() {
        out.push_str(&format!("\n{}\n", table(&shown, width)));
    }
    out.push_str(&format!("\n{}\n", closing(compared)));
    for line in pairing(compared).into_iter().chain(doubts(compared)) {
        out.push_str(&format!("{}\n", terminal::wrapped(&line, usize::from(width), 2)));
    }
    out
}

/// Of each strategy the quantiles in doubt whose replications differ: those are what differences are of.
fn doubts(compared: &Compared) -> Vec<String> {
    let doubtful = || compared.rows.iter().filter(|row| row.doubt.is_some() && row.verdict != Verdict::Equal);
    let mut names: Vec<&str> = doubtful().map(|row| row.strategy.as_str()).collect();
    names.dedup();
    let line = |name: &str| {
        let metrics: Vec<&str> = doubtful().filter(|row| row.strategy == name).map(|row| row.metric).collect();
        format!(
            "! {} of {name}: differences are of the replications' own, which are too short to have their share of the longest \
             items; run longer",
            metrics.join(", ")
        )
    };
    names.into_iter().map(line).collect()
}

fn table(rows: &[&Row], width: u16) -> String {
    let mut table = plain_table(width, &["strategy", "metric", "A", "B", "B - A", "verdict", "would have\nbeen seen"]);
    let mut before = "";
    for row in rows {
        let strategy = if row.strategy == before { "" } else { row.strategy.as_str() };
        before = &row.strategy;
        table.add_row([
            strategy.to_owned(),
            row.metric.to_owned(),
            number::mean(&row.first, row.unit),
            number::mean(&row.second, row.unit),
            difference(row),
            word(row.verdict).to_owned(),
            row.detectable
                .filter(|change| change.is_finite())
                .map_or_else(String::new, |change| format!("±{}", number::plain(change, row.unit))),
        ]);
    }
    align_right(&mut table, 2..5);
    text_of(&table)
}

fn difference(row: &Row) -> String {
    let Some(difference) = &row.difference else { return "-".to_owned() };
    // The interval in a unit of its own: it may be far greater than the value.
    let half =
        number::half_width(difference).map_or_else(String::new, |half| format!(" ±{}", number::plain(half, row.unit)));
    let text = format!("{}{half}", number::plain(difference.mean, row.unit));
    match relative(&row.first, difference) {
        Some(percent) => format!("{text} ({percent:+.1} %)"),
        None => text,
    }
}

fn relative(first: &Estimate, difference: &Estimate) -> Option<f64> {
    let percent = difference.mean / first.mean * 100.0;
    percent.is_finite().then_some(percent)
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Better => "better",
        Verdict::Worse => "WORSE",
        Verdict::NoDifference => "no difference shown",
        Verdict::Equal => "equal",
        Verdict::Unknown => "cannot be told",
    }
}

fn closing(compared: &Compared) -> String {
    let count = |verdict| compared.rows.iter().filter(|row| row.verdict == verdict).count();
    let parts = [
        (Verdict::Better, "better"),
        (Verdict::Worse, "worse"),
        (Verdict::NoDifference, "without a difference shown"),
        (Verdict::Equal, "equal"),
        (Verdict::Unknown, "that cannot be told"),
    ];
    let parts = parts.into_iter().filter(|(verdict, _)| count(*verdict) > 0);
    let parts: Vec<String> = parts.map(|(verdict, words)| format!("{} {words}", count(verdict))).collect();
    format!(
        "Of {} figures, B has {}.\nVerdicts are corrected together (Holm): the chance of any false one is at most 5 %.\nA change \
         as large as in the last column would have been seen four times in five.",
        compared.rows.len(),
        if parts.is_empty() { "none to compare".to_owned() } else { parts.join(", ") }
    )
}

/// What common random numbers are worth: `Common random numbers leave 3.1 % of the variance that independent runs would have
/// (median of 14 figures; 0.2 % to 40 %).`
fn pairing(compared: &Compared) -> Option<String> {
    let mut ratios: Vec<f64> = compared.rows.iter().filter_map(|row| row.variance_ratio).collect();
    ratios.sort_unstable_by(f64::total_cmp);
    let (least, most) = (ratios.first()?, ratios.last()?);
    let median = ratios[ratios.len() / 2];
    let spread = match ratios.len() {
        1 => String::new(),
        count => format!(" (median of {count} figures; {} to {})", number::share(*least), number::share(*most)),
    };
    let left = number::share(median);
    Some(format!(
        "Common random numbers leave {left} of the variance that the differences of independent runs would have{spread}."
    ))
}

/// The comparison as JSON on one line, without a line end; what is `never` is null.
///
/// # Errors
/// [`ReportError::Json`] if it cannot be written.
pub fn comparison_json(compared: &Compared) -> Result<String, ReportError> {
    Ok(serde_json::to_string(compared)?)
}

//! `simctl verify`: the simulator held against queueing theory.

use clap::ValueEnum;

use super::exit::{Exit, Failure};
use super::output::print;
use crate::experiment::Options;
use crate::proof::verify::{Case, Finding, Verdict, cases, header, line, summary};

/// Hold the simulator against queueing theory: run the textbook scenarios and compare them with closed forms.
///
/// Exits with 1 if any theory lies outside its 99.9 % interval.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    simctl verify\n  \
    simctl verify --only mm1,mmc --seed 7\n\n\
    Each line is one closed form: what theory says, the mean of the replications, and its 99.9 % Student-t interval\n\
    (widened by the histogram's error bound for percentiles and variances). A right simulator fails a check in one of a\n\
    thousand seeds; the default seeds are the scenarios' own. The scenarios are those of scenarios/textbook.")]
pub(super) struct Args {
    /// Root of all randomness, instead of the scenarios' own seeds
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Threads (no result depends on it) [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Only these scenarios, separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    only: Vec<String>,
    /// What is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table for people, line by line as results come
    Text,
    /// One JSON list of all checks
    Json,
}

pub(super) fn execute(args: &Args) -> Result<Exit, Failure> {
    let cases = args.cases()?;
    args.print(&header())?;
    let mut findings = Vec::new();
    for case in &cases {
        let found = args.verify(case)?;
        found.iter().try_for_each(|finding| args.print(&line(finding)))?;
        findings.extend(found);
    }
    args.print(&format!("\n{}", summary(&findings)))?;
    if args.format == Format::Json {
        let list = serde_json::to_string(&findings)
            .map_err(|error| Failure::internal(&format!("cannot write the list of checks: {error}"), ""))?;
        print(format_args!("{list}\n"))?;
    }
    Ok(exit_of(&findings))
}

fn exit_of(findings: &[Finding]) -> Exit {
    let agree = findings.iter().all(|finding| finding.verdict == Verdict::Agrees);
    if agree { Exit::Done } else { Exit::No }
}

impl Args {
    fn cases(&self) -> Result<Vec<Case>, Failure> {
        let all = cases();
        let known = || all.iter().map(|case| case.name).collect::<Vec<_>>().join(", ");
        if let Some(unknown) = self.only.iter().find(|name| !all.iter().any(|case| case.name == **name)) {
            let message = format!("error: --only: there is no scenario `{unknown}`; scenarios: {}", known());
            return Err(Failure::bad_input(message));
        }
        let wanted = |case: &Case| self.only.is_empty() || self.only.iter().any(|name| name == case.name);
        Ok(all.into_iter().filter(wanted).collect())
    }

    fn verify(&self, case: &Case) -> Result<Vec<Finding>, Failure> {
        let mut scenario = case.scenario(&[])?;
        scenario.run.seed = self.seed.unwrap_or(scenario.run.seed);
        let options = Options { threads: self.threads.map(usize::from), ..Options::default() };
        Ok(case.verify(&scenario, options)?)
    }

    /// Prints a line of the table, as soon as it is known.
    fn print(&self, text: &str) -> Result<(), Failure> {
        match self.format {
            Format::Text => print(format_args!("{text}\n")),
            Format::Json => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::verify::{Check, Measure, Sample, judge};

    fn finding(theory: f64) -> Finding {
        let check = Check { what: "mean", strategy: 0, measure: Measure::Metric("latency_mean"), theory };
        judge("M/M/1", &check, &[1.0, 1.1, 0.9].map(|value| Sample { value, slack: 0.0 }))
    }

    #[test]
    fn one_theory_outside_its_interval_is_a_no() {
        assert_eq!(exit_of(&[finding(1.0), finding(1.01)]), Exit::Done);
        assert_eq!(exit_of(&[finding(1.0), finding(100.0)]), Exit::No);
    }
}

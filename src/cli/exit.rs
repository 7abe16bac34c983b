//! How the program ends.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use crate::experiment::ExperimentError;
use crate::experiment::limit::LimitError;
use crate::experiment::recommend::RecommendError;
use crate::experiment::sensitivity::SensitivityError;
use crate::experiment::sweep::manifest::ManifestError;
use crate::experiment::sweep::parts::PartError;
use crate::experiment::sweep::{PlanError, SweepError, TemplateError};
use crate::model::RunError;
use crate::report::ReportError;
use crate::scenario::Diagnostics;

/// Exit codes, the same for every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// The answer is no: an objective missed under `--check`, a metric worse under `--fail-on`, a theory not reproduced,
    /// nothing to recommend.
    No,
    /// Bad input or usage, or a place where nothing can be written.
    BadInput,
    /// A mistake of the program.
    Internal,
    /// Stopped by the user.
    Interrupted,
}

impl Exit {
    /// The number that the shell sees.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::No => 1,
            Self::BadInput => 2,
            Self::Internal => 3,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command could not do what it was asked.
#[derive(Debug)]
pub(super) struct Failure {
    exit: Exit,
    message: String,
}

impl Failure {
    /// The user's to mend.
    pub(super) fn bad_input(message: impl Into<String>) -> Self {
        Self { exit: Exit::BadInput, message: message.into() }
    }

    /// Standard output that cannot be written.
    pub(super) fn unprinted(error: &io::Error) -> Self {
        Self { exit: Exit::BadInput, message: format!("error: cannot write to standard output: {error}") }
    }

    /// The program's to mend: one line, and below it what only those want who mend it.
    pub(super) fn internal(what: &str, details: &str) -> Self {
        let message = format!("error: internal error: {what}; please report it with the scenario\n{details}");
        Self { exit: Exit::Internal, message }
    }

    /// The same with what it is about, after `error: `.
    fn about(self, what: &str) -> Self {
        let message = self.message.strip_prefix("error: ").unwrap_or(&self.message);
        Self { exit: self.exit, message: format!("error: {what}: {message}") }
    }

    /// The same with a line after it.
    pub(super) fn with_line(self, line: &str) -> Self {
        Self { exit: self.exit, message: format!("{}\n{line}", self.message.trim_end()) }
    }

    /// Tells the user, and how the program ends.
    pub(super) fn report(self) -> Exit {
        // Standard error may be closed; there is nobody left to tell then.
        let _ = writeln!(io::stderr(), "{}", self.message.trim_end());
        self.exit
    }
}

impl From<Diagnostics> for Failure {
    fn from(diagnostics: Diagnostics) -> Self {
        Self::bad_input(diagnostics.render(io::stderr().is_terminal()))
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        match &error {
            ReportError::Table(_) | ReportError::Json(_) | ReportError::Chart { .. } => {
                Self::internal(&with_causes(&error), "")
            }
            ReportError::Name { .. }
            | ReportError::Foreign { .. }
            | ReportError::NotAFolder { .. }
            | ReportError::Part(_)
            | ReportError::Columns(_)
            | ReportError::Io { .. } => Self::bad_input(format!("error: {}", with_causes(&error))),
        }
    }
}

impl From<ExperimentError> for Failure {
    fn from(error: ExperimentError) -> Self {
        let message = with_causes(&error);
        match &error {
            ExperimentError::Run { source, .. } if matches!(**source, RunError::Ledger(_)) => {
                Self::internal(&message, "")
            }
            ExperimentError::Stopped => Self { exit: Exit::Interrupted, message: format!("error: {message}") },
            ExperimentError::Run { .. } | ExperimentError::Threads(_) => Self::bad_input(format!("error: {message}")),
        }
    }
}

impl From<PartError> for Failure {
    fn from(error: PartError) -> Self {
        Self::bad_input(format!("error: {error}"))
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Base(template) => template.into(),
            PlanError::Refused { point, values, diagnostics } => {
                let frames = diagnostics.render(io::stderr().is_terminal());
                Self::bad_input(format!("{frames}\n\nnothing was run: point {point} of the sweep is {values}"))
            }
            other => Self::bad_input(other.to_string()),
        }
    }
}

impl From<TemplateError> for Failure {
    fn from(error: TemplateError) -> Self {
        match error {
            TemplateError::Scenario(diagnostics) => diagnostics.into(),
            TemplateError::Strategy(_) | TemplateError::RunAlone(_) => Self::bad_input(error.to_string()),
        }
    }
}

impl From<LimitError> for Failure {
    fn from(error: LimitError) -> Self {
        match error {
            LimitError::Scenario(template) => template.into(),
            LimitError::Experiment(source) => source.into(),
            other => Self::bad_input(other.to_string()),
        }
    }
}

impl From<SensitivityError> for Failure {
    fn from(error: SensitivityError) -> Self {
        match error {
            SensitivityError::Scenario(template) => template.into(),
            SensitivityError::Experiment(source) => source.into(),
            SensitivityError::Refused { values, diagnostics } => {
                Self::from(diagnostics).with_line(&format!("\nnothing was run: one of the points is {values}"))
            }
            other => Self::bad_input(other.to_string()),
        }
    }
}

impl From<RecommendError> for Failure {
    fn from(error: RecommendError) -> Self {
        match error {
            RecommendError::Plan(PlanError::Refused { values, diagnostics, .. }) => {
                Self::from(diagnostics).with_line(&format!("\nnothing was run: a setting of the search is {values}"))
            }
            RecommendError::Plan(plan) => plan.into(),
            RecommendError::Experiment(source) => source.into(),
            other => Self::bad_input(other.to_string()),
        }
    }
}

impl From<ManifestError> for Failure {
    fn from(error: ManifestError) -> Self {
        match error {
            ManifestError::Plan(plan) => plan.into(),
            other => Self::bad_input(other.to_string()),
        }
    }
}

impl From<SweepError> for Failure {
    fn from(error: SweepError) -> Self {
        match error {
            SweepError::Plan(plan) => plan.into(),
            SweepError::Part(part) => part.into(),
            SweepError::Experiment(source) => source.into(),
            SweepError::Point { point, values, source } => {
                Self::from(source).about(&format!("point {point} ({values})"))
            }
        }
    }
}

/// `what: why: why that`, leaving out causes that the message above them repeats.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !message.contains(&text) {
            message = format!("{message}: {text}");
        }
        cause = error.source();
    }
    message
}

//! How the program ends.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use crate::experiment::ExperimentError;
use crate::model::RunError;
use crate::report::ReportError;
use crate::scenario::Diagnostics;

/// Exit codes, the same for every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// The answer is no: an objective missed under `--check`, a theory not reproduced.
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

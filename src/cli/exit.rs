//! How the program ends.

use std::io::{IsTerminal, Write};
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
    /// Bad input or usage.
    BadInput,
    /// A mistake of the program.
    Internal,
    /// Stopped by the user.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::No => 1,
            Exit::BadInput => 2,
            Exit::Internal => 3,
            Exit::Interrupted => 130,
        })
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

    /// Tells the user, and how the program ends.
    pub(super) fn report(self) -> Exit {
        // Standard error may be closed; there is nobody left to tell then.
        let _ = writeln!(std::io::stderr(), "{}", self.message.trim_end());
        self.exit
    }
}

impl From<Diagnostics> for Failure {
    fn from(diagnostics: Diagnostics) -> Self {
        Self::bad_input(diagnostics.render(std::io::stderr().is_terminal()))
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        Self::bad_input(with_causes(&error))
    }
}

impl From<ExperimentError> for Failure {
    fn from(error: ExperimentError) -> Self {
        let exit = match &error {
            ExperimentError::Stopped => Exit::Interrupted,
            ExperimentError::Run { source, .. } if matches!(**source, RunError::Ledger(_)) => Exit::Internal,
            ExperimentError::Run { .. } | ExperimentError::Threads(_) => Exit::BadInput,
        };
        Self { exit, message: with_causes(&error) }
    }
}

/// `error: what: why: why that`, leaving out causes that the message above them repeats.
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
    format!("error: {message}")
}

//! Standard output: what cannot be written is an error, unless it is that nobody reads on.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use super::exit::Failure;

/// Columns of a screen for people.
pub(super) const WIDTH: u16 = 100;

/// Prints a text, to the last byte: what stays in a buffer fails unseen when the program ends.
pub(super) fn print(text: impl Display) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    printed(write!(out, "{text}").and_then(|()| out.flush()))
}

/// Whether it is an error that printing ended so. A reader that stopped reading (`simctl run … | head`) is none.
pub(super) fn printed(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::unprinted(&error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Says on standard error what holds of a scenario but may surprise. Nobody may read it, which is no error.
pub(super) fn note(notes: &[String]) {
    let mut err = io::stderr().lock();
    for note in notes {
        let _unread = writeln!(err, "note: {note}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_reader_that_stopped_is_no_error() {
        assert!(printed(Ok(())).is_ok());
        assert!(printed(Err(ErrorKind::BrokenPipe.into())).is_ok());
        for kind in [ErrorKind::StorageFull, ErrorKind::PermissionDenied, ErrorKind::Other] {
            assert!(printed(Err(kind.into())).is_err(), "{kind}");
        }
    }
}

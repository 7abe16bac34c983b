//! Mistakes of the program: a panic is told in one line and ends the program with a code of its own.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Arc, Mutex, PoisonError};

use super::exit::{Exit, Failure};

/// What is known of a panic at the place where it happens, and lost once it is caught.
#[derive(Debug)]
struct Account {
    message: String,
    place: String,
    backtrace: Option<String>,
}

type Accounts = Arc<Mutex<Vec<Account>>>;

/// Does the work. A panic in it is reported once everything is unwound (so that temporary folders are gone), and ends as
/// [`Exit::Internal`]; rayon hands the panic of a worker on to the thread that waits for it, so those arrive here too.
///
/// From here on the hook of the whole process is ours: no other line is printed for a panic.
pub(super) fn guarded(work: impl FnOnce() -> Exit) -> Exit {
    let accounts = Accounts::default();
    listen(Arc::clone(&accounts));
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| told(payload.as_ref(), &accounts).report())
}

fn listen(accounts: Accounts) {
    panic::set_hook(Box::new(move |panic| {
        accounts.lock().unwrap_or_else(PoisonError::into_inner).push(Account::of(panic));
    }));
}

impl Account {
    fn of(panic: &PanicHookInfo<'_>) -> Self {
        let place = panic.location().map(|location| format!(" ({}:{})", location.file(), location.line()));
        let backtrace = Backtrace::capture();
        let captured = backtrace.status() == BacktraceStatus::Captured;
        Self {
            message: message(panic.payload()),
            place: place.unwrap_or_default(),
            backtrace: captured.then(|| backtrace.to_string()),
        }
    }
}

/// The failure for a caught panic. Several threads may have panicked: the account is that of the panic caught.
fn told(payload: &(dyn Any + Send), accounts: &Accounts) -> Failure {
    let message = message(payload);
    let accounts = accounts.lock().unwrap_or_else(PoisonError::into_inner);
    let account = accounts.iter().find(|account| account.message == message);
    let place = account.map_or("", |account| &account.place);
    let backtrace = account.and_then(|account| account.backtrace.as_deref()).unwrap_or_default();
    Failure::internal(&format!("{message}{place}"), backtrace)
}

/// The text of a panic on one line: a failed `assert_eq` has three.
fn message(payload: &(dyn Any + Send)) -> String {
    let borrowed = payload.downcast_ref::<&str>().copied();
    let text = borrowed.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("panic without a message").lines().map(str::trim).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Output};

    use rayon::prelude::*;

    use super::*;

    /// Set in the process in which a test is played for its end.
    const PLAYED: &str = "SIMCTL_TEST_PLAYED";

    /// How a process ends that guards this work. The hook is the whole process's, so the calling test is started once
    /// more, alone: there the work is done, here the end is seen.
    fn ended(test: &str, backtrace: &str, work: impl FnOnce() -> Exit) -> Output {
        if std::env::var_os(PLAYED).is_some() {
            std::process::exit(guarded(work).code().into());
        }
        let name = format!("{}::{test}", module_path!().split_once("::").expect("a path in the crate").1);
        let mut command = Command::new(std::env::current_exe().expect("the path of the tests"));
        command.args([&name, "--exact", "--nocapture"]).env(PLAYED, "1").env("RUST_BACKTRACE", backtrace);
        command.env_remove("RUST_LIB_BACKTRACE").output().expect("the tests start")
    }

    /// The only line on standard error, without the line number in it.
    fn only_line(output: &Output) -> String {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(text.lines().count(), 1, "{text}");
        let (before, rest) = text.split_once(".rs:").expect("a place");
        let (line, after) = rest.split_once(')').expect("the end of the place");
        assert!(line.parse::<u32>().is_ok_and(|line| line > 0), "{text}");
        format!("{before}.rs){after}")
    }

    #[test]
    fn a_panic_is_one_line_and_an_internal_error() {
        let output = ended("a_panic_is_one_line_and_an_internal_error", "0", || panic!("the {} is lost", "ledger"));
        assert_eq!(output.status.code(), Some(3));
        assert_eq!(
            only_line(&output),
            "error: internal error: the ledger is lost (src/cli/guard.rs); please report it with the scenario\n"
        );
    }

    #[test]
    fn a_panic_in_a_worker_arrives_with_its_own_place() {
        let output = ended("a_panic_in_a_worker_arrives_with_its_own_place", "0", || {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("threads");
            let sum: u32 = pool.install(|| (0..100_u32).into_par_iter().inspect(|&job| assert_eq!(job, 100)).sum());
            if sum == 0 { Exit::No } else { Exit::Done }
        });
        assert_eq!(output.status.code(), Some(3));
        let line = only_line(&output);
        let begin = "error: internal error: assertion `left == right` failed; left: ";
        assert!(line.starts_with(begin), "{line}");
        assert!(line.ends_with("; right: 100 (src/cli/guard.rs); please report it with the scenario\n"), "{line}");
    }

    #[test]
    fn a_backtrace_follows_where_it_is_asked_for() {
        let output = ended("a_backtrace_follows_where_it_is_asked_for", "1", || panic!("traced"));
        assert_eq!(output.status.code(), Some(3));
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.starts_with("error: internal error: traced (") && text.contains("guarded"), "{text}");
    }

    #[test]
    fn work_without_panic_ends_as_it_says() {
        let output = ended("work_without_panic_ends_as_it_says", "0", || Exit::Interrupted);
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(130), &b""[..]));
    }
}

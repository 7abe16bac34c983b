//! The program as a shell runs it.

use std::path::Path;
use std::process::{Command, Output};

/// The program, in a folder.
pub fn simctl(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simctl"));
    command.current_dir(folder).env_remove("RUST_BACKTRACE");
    command
}

/// How it ends: exit code, standard output, standard error.
pub fn ended(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = simctl(folder).args(arguments).output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.code(), text(stdout), text(stderr))
}

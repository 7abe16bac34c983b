//! The `simctl` program: parse, dispatch, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    simctl::cli::main()
}

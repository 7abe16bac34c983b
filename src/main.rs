//! The `simctl` program: parse, dispatch, exit code.

fn main() {}

//! What is fuzzed; `tests/fuzz_corpus.rs` of the project runs the same functions over the committed inputs.

pub mod targets;

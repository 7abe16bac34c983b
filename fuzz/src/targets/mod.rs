//! Each target takes any bytes at all and must come back, soon and with little memory, whether they mean something or not.
//!
//! Where two readings can be compared (what is printed reads back as the same), they are.

mod files;
mod machines;
mod scenarios;
mod sweeps;
mod texts;

use std::path::PathBuf;

pub use files::{number_files, trace_invocations, trace_minutes, trace_timestamps};
pub use machines::{jsonata, state_machine};
pub use scenarios::{flow, prices, run, scenario, set};
pub use sweeps::{earlier_run, manifest, parts};
pub use texts::{conditions, schedule, vary};

/// A function that takes any bytes.
pub type Target = fn(&[u8]);

/// Every target, by the name of its program and of its folder in the corpus.
pub const TARGETS: [(&str, Target); 17] = [
    ("conditions", conditions),
    ("earlier_run", earlier_run),
    ("flow", flow),
    ("jsonata", jsonata),
    ("manifest", manifest),
    ("number_files", number_files),
    ("parts", parts),
    ("prices", prices),
    ("run", run),
    ("scenario", scenario),
    ("schedule", schedule),
    ("set", set),
    ("state_machine", state_machine),
    ("trace_invocations", trace_invocations),
    ("trace_minutes", trace_minutes),
    ("trace_timestamps", trace_timestamps),
    ("vary", vary),
];

/// The project's folder, seen from it and from `fuzz/`.
fn project() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    if here.ends_with("fuzz") { here.parent().map_or(here.clone(), PathBuf::from) } else { here }
}

/// A folder in memory where the system has one: what brings a file to the disk takes long on a real one.
fn in_memory() -> PathBuf {
    let folder = PathBuf::from("/dev/shm");
    if folder.is_dir() { folder } else { std::env::temp_dir() }
}

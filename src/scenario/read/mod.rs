//! From a checked and filled tree to the settings that each floor owns.

mod api;
pub(crate) mod arrivals;
mod batch_source;
mod breaker;
mod choreographies;
mod distributions;
pub(crate) mod faults;
mod fluid;
mod functions;
mod idempotency;
mod initialise;
mod jobs;
mod machines;
pub(crate) mod notes;
pub(crate) mod objectives;
mod precision;
pub(crate) mod prices;
mod push;
mod queues;
mod remedies;
mod resources;
pub(crate) mod run;
mod samples;
mod schedulers;
mod state;
pub(crate) mod strategies;
mod streams;
pub(crate) mod sweep;
mod values;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::diagnostics::{Diagnostic, Diagnostics};
use super::tree::{Node, Origin};

/// Reads settings; what is wrong goes into the diagnostics and the setting is absent.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    pub(crate) diagnostics: &'a mut Diagnostics,
    /// The scenario's folder: paths in the file start there.
    pub(crate) folder: &'a Path,
    /// The files that were asked for and are there.
    pub(crate) files: Vec<PathBuf>,
    /// The texts of state machines, by their files as flows name them.
    pub(crate) machine_texts: BTreeMap<String, String>,
}

impl Reader<'_> {
    /// Reports what is wrong with a value.
    fn fault(&mut self, node: &Node, title: impl Into<String>, expected: impl Into<String>) {
        self.diagnostics.push(Diagnostic::new(title).at(node.origin.place()).expected(expected));
    }

    /// A path as written: from the scenario's folder, but from the working directory in a `--set`.
    fn path(&mut self, node: &Node) -> Option<PathBuf> {
        let written = Path::new(node.text()?);
        let from_file = matches!(&node.origin, Origin::Written(place) if place.source == 0);
        let path = if from_file { self.folder.join(written) } else { written.to_path_buf() };
        if path.is_file() {
            self.files.push(path.clone());
            return Some(path);
        }
        let title = format!("there is no file \"{}\"", written.display());
        self.fault(
            node,
            title,
            "expected a file; paths start at the scenario's folder, in a `--set` at the working directory",
        );
        None
    }
}

//! From a JSON document to a machine, with every fault of it at once: each has the JSON path of its place and what the
//! specification asks for there.

mod common;
mod errors;
mod express;
mod fields;
mod map;
mod states;

use super::json::{Document, DocumentError};
use super::machine::{Graph, Machine, QueryLanguage, State};

/// A fault of a state machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The JSON path of its place: `$.States.Pay.Next`.
    pub path: String,
    /// What is wrong there, and what the specification asks for.
    pub reason: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path, self.reason)
    }
}

/// Why a text is no machine.
#[derive(Debug, thiserror::Error)]
pub enum MachineError {
    /// It is neither JSON nor YAML.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// It breaks rules of the language.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Faults(Vec<Fault>),
    /// It is larger than AWS allows.
    #[error("the definition has {0} bytes: expected at most 1,048,576, AWS's limit")]
    TooLarge(usize),
}

/// AWS's largest definition, in bytes.
const BYTES_AT_MOST: usize = 1 << 20;
/// AWS's longest name of a state, in characters.
const NAME_AT_MOST: usize = 80;

impl Machine {
    /// Reads a machine from its JSON or YAML.
    ///
    /// # Errors
    /// A text that is neither, or all that breaks the rules of the language.
    pub fn parse(text: &str) -> Result<Self, MachineError> {
        if text.len() > BYTES_AT_MOST {
            return Err(MachineError::TooLarge(text.len()));
        }
        Self::read(&Document::parse(text)?).map_err(MachineError::Faults)
    }

    /// Reads a machine from a document.
    ///
    /// # Errors
    /// All that breaks the rules of the language.
    pub fn read(document: &Document) -> Result<Self, Vec<Fault>> {
        let mut reader = Reader {
            faults: Vec::new(),
            language: QueryLanguage::JsonPath,
            names: Vec::new(),
            states: Vec::new(),
            graphs: Vec::new(),
        };
        let machine = reader.machine(document);
        match machine {
            Some(machine) if reader.faults.is_empty() => {
                let faults = machine.express_children_faults();
                if faults.is_empty() { Ok(machine) } else { Err(faults) }
            }
            _ => Err(reader.faults),
        }
    }
}

/// Gathers faults.
struct Reader {
    faults: Vec<Fault>,
    /// The machine's own.
    language: QueryLanguage,
    /// Names of all states seen: each may stand once in a machine.
    names: Vec<String>,
    /// States read so far; none where one is still being read, or has a fault.
    states: Vec<Option<State>>,
    /// Graphs read so far, in the same way.
    graphs: Vec<Option<Graph>>,
}

/// The states that can lead to each other.
struct Scope<'a> {
    names: Vec<&'a str>,
    /// Index of the first in the machine.
    base: usize,
}

/// Where a graph stands.
#[derive(Clone, Copy)]
struct Place {
    owner: Option<usize>,
    depth: usize,
}

impl Reader {
    fn fault(&mut self, path: impl Into<String>, reason: impl Into<String>) {
        self.faults.push(Fault { path: path.into(), reason: reason.into() });
    }

    fn machine(&mut self, document: &Document) -> Option<Machine> {
        if !matches!(document, Document::Table(_)) {
            self.fault("$", format!("expected an object with `StartAt` and `States`, not {}", document.kind()));
            return None;
        }
        let fields = ["StartAt", "States", "Comment", "Version", "TimeoutSeconds", "QueryLanguage"];
        self.known_fields("$", document, &fields);
        self.language = self.language("$", document, QueryLanguage::JsonPath);
        if let Some(version) = document.get("Version")
            && version.text() != Some("1.0")
        {
            self.fault("$.Version", "expected \"1.0\"");
        }
        let timeout =
            document.get("TimeoutSeconds").filter(|value| !value.text().is_some_and(common::has_substitution));
        let timeout_seconds = timeout.and_then(|value| {
            let seconds = common::whole(value).filter(|&seconds| seconds <= 99_999_999);
            if seconds.is_none() {
                self.fault("$.TimeoutSeconds", "expected whole seconds from 0 to 99999999");
            }
            seconds
        });
        self.graph("$", document, self.language, Place { owner: None, depth: 0 })?;
        Some(Machine {
            comment: document.get("Comment").and_then(Document::text).map(str::to_owned),
            states: std::mem::take(&mut self.states).into_iter().collect::<Option<_>>()?,
            graphs: std::mem::take(&mut self.graphs).into_iter().collect::<Option<_>>()?,
            timeout_seconds,
        })
    }

    /// `StartAt` and `States` of a machine, a branch or a processor; gives its index.
    fn graph(&mut self, path: &str, document: &Document, language: QueryLanguage, place: Place) -> Option<usize> {
        let states_path = format!("{path}.States");
        let entries = match document.get("States") {
            Some(Document::Table(entries)) if !entries.is_empty() => entries,
            Some(_) => {
                self.fault(states_path, "expected an object with at least one state");
                return None;
            }
            None => {
                self.fault(path, "`States` is missing");
                return None;
            }
        };
        let base = self.states.len();
        let scope = Scope { names: entries.iter().map(|(name, _)| name.as_str()).collect(), base };
        self.state_names(&states_path, &scope.names);
        let start = match document.get("StartAt") {
            Some(value) => self.target(&format!("{path}.StartAt"), value, &scope),
            None => {
                self.fault(path, "`StartAt` is missing");
                None
            }
        };
        let faults_before = self.faults.len();
        let index = self.graphs.len();
        self.graphs.push(None);
        self.states.resize_with(base + entries.len(), || None);
        for (offset, (name, state)) in entries.iter().enumerate() {
            let place = Place { owner: Some(base + offset), depth: place.depth + 1 };
            let path = format!("{states_path}.{}", common::key(name));
            self.states[base + offset] = self.state(&path, name, state, &scope, language, place);
        }
        let graph = Graph {
            path: path.to_owned(),
            start: start?,
            states: base..base + entries.len(),
            owner: place.owner,
            depth: place.depth,
        };
        if self.faults.len() == faults_before {
            self.reachable(&states_path, &graph);
        }
        self.graphs[index] = Some(graph);
        Some(index)
    }

    fn state_names(&mut self, path: &str, scope: &[&str]) {
        for (index, &name) in scope.iter().enumerate() {
            let place = format!("{path}.{}", common::key(name));
            if name.chars().count() > NAME_AT_MOST {
                self.fault(&place, "the name of a state has at most 80 characters");
            }
            if scope[..index].contains(&name) {
                self.fault(&place, "two states have this name");
            } else if self.names.iter().any(|known| known == name) {
                self.fault(&place, "another state of the machine has this name");
            }
        }
        self.names.extend(scope.iter().map(|&name| name.to_owned()));
    }

    /// Every state must be reached, and from somewhere the graph must end.
    fn reachable(&mut self, path: &str, graph: &Graph) {
        let base = graph.states.start;
        let mut reached = vec![false; graph.states.len()];
        let mut open = vec![graph.start];
        let mut ends = false;
        while let Some(index) = open.pop() {
            if std::mem::replace(&mut reached[index - base], true) {
                continue;
            }
            let Some(state) = &self.states[index] else { return };
            let (targets, is_end) = state.targets();
            open.extend(targets);
            ends |= is_end;
        }
        let unreached = self.states[graph.states.clone()].iter().flatten().zip(reached).filter(|(_, reached)| !reached);
        let unreached: Vec<String> = unreached.map(|(state, _)| common::key(&state.name)).collect();
        for name in unreached {
            self.fault(format!("{path}.{name}"), "no way leads to this state");
        }
        if !ends {
            self.fault(path, "no way leads to an end: expected a state with `End`, a Succeed or a Fail state");
        }
    }
}

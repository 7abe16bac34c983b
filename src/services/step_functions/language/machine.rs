//! A state machine as it is understood: every name resolved, every path parsed, every default filled in.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use super::choice::Condition;
use super::jsonata::Expression;
use super::path::Path;
use super::retry::Retrier;
use super::template::Template;

/// A state machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Machine {
    /// What it says of itself.
    pub comment: Option<String>,
    /// All its states, those inside Parallel and Map states too; what leads to a state gives its index here.
    pub states: Vec<State>,
    /// The machine itself, and every branch and processor in it; what holds one gives its index here.
    pub graphs: Vec<Graph>,
    /// The longest an execution may take, in seconds; none: as long as its type allows.
    pub timeout_seconds: Option<u64>,
}

/// States that lead to each other: a machine, a branch of a Parallel state, or what a Map state does for each item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// Its JSON path in the definition: `$`, `$.States.Fork.Branches[0]`.
    pub path: String,
    /// Its first state.
    pub start: usize,
    /// Its states, in the order in which they were written.
    pub states: Range<usize>,
    /// The Parallel or Map state that it belongs to; none: it is the machine.
    pub owner: Option<usize>,
    /// How many graphs it stands in: 0 of the machine.
    pub depth: usize,
}

/// How values are told from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QueryLanguage {
    /// Paths and payload templates.
    #[default]
    JsonPath,
    /// Expressions between `{%` and `%}`.
    Jsonata,
}

/// A state.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Unique in its machine's scope.
    pub name: String,
    /// Its query language: its own, or the machine's.
    pub language: QueryLanguage,
    /// What it does.
    pub kind: Kind,
    /// What it reads and leaves.
    pub data: Data,
    /// What it does when it fails.
    pub retry: Vec<Retrier>,
    /// Where it goes when it fails for good.
    pub catch: Vec<Catcher>,
    /// Where it goes; none of a Choice, Succeed or Fail state.
    pub next: Option<Transition>,
}

/// Where a state goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// To the state of this index.
    To(usize),
    /// Its graph ends.
    End,
}

/// What a state selects of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Selection {
    /// What the path selects.
    Path(Path),
    /// `null`: an empty object for an input or output, nothing for a result.
    Discard,
}

/// What a state reads and leaves, in the order in which it happens.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Data {
    /// `InputPath`; none: the whole input.
    pub input: Option<Selection>,
    /// `Parameters`, or `Arguments` of JSONata.
    pub parameters: Option<Template>,
    /// `ResultSelector`.
    pub result_selector: Option<Template>,
    /// `ResultPath`; none: the result takes the input's place.
    pub result: Option<Selection>,
    /// `OutputPath`; none: the whole.
    pub output: Option<Selection>,
    /// `Output` of JSONata.
    pub output_template: Option<Template>,
    /// `Assign`: variables for later states.
    pub assign: Option<Template>,
}

/// A catcher.
#[derive(Debug, Clone, PartialEq)]
pub struct Catcher {
    /// The errors it takes.
    pub errors: Vec<String>,
    /// Index of the state it goes to.
    pub next: usize,
    /// Where it puts the error; none: in the input's place.
    pub result: Option<Selection>,
    /// `Output` of JSONata.
    pub output_template: Option<Template>,
    /// `Assign`.
    pub assign: Option<Template>,
}

/// A number that is fixed, or selected when the state is entered.
#[derive(Debug, Clone, PartialEq)]
pub enum Amount {
    /// As written.
    Fixed(u64),
    /// As written, where a number may have a fraction.
    Fraction(f64),
    /// What a path selects of the state's input.
    Path(Path),
    /// What a JSONata expression gives.
    Expression(Expression),
}

/// A text that is fixed, or made when the state is entered.
#[derive(Debug, Clone, PartialEq)]
pub enum Text {
    /// As written.
    Fixed(String),
    /// What a path selects, or an intrinsic function makes.
    Template(Template),
}

/// What a state does.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Work of a resource.
    Task(Box<Task>),
    /// The first rule that holds.
    Choice {
        /// In the order in which they are tried.
        rules: Vec<Rule>,
        /// Where it goes if none holds.
        default: Option<usize>,
    },
    /// Time passes.
    Wait(Wait),
    /// All branches at once: graphs of the machine.
    Parallel(Vec<usize>),
    /// The same for each item.
    Map(Box<Map>),
    /// Nothing but its data.
    Pass {
        /// What it leaves as its result; none: its input.
        result: Option<Arc<Value>>,
    },
    /// The graph ends well.
    Succeed,
    /// The execution fails.
    Fail {
        /// The error's name.
        error: Option<Text>,
        /// What is said of it.
        cause: Option<Text>,
    },
}

impl Kind {
    /// Its `Type`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Task(_) => "Task",
            Self::Choice { .. } => "Choice",
            Self::Wait(_) => "Wait",
            Self::Parallel(_) => "Parallel",
            Self::Map(_) => "Map",
            Self::Pass { .. } => "Pass",
            Self::Succeed => "Succeed",
            Self::Fail { .. } => "Fail",
        }
    }
}

/// Work of a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// What does it: an ARN, or what stands for one.
    pub resource: String,
    /// The longest it may take, in seconds.
    pub timeout: Amount,
    /// The longest it may be silent, in seconds; none: any time.
    pub heartbeat: Option<Amount>,
}

/// A rule of a Choice state.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// When it holds.
    pub condition: Condition,
    /// Index of the state it goes to.
    pub next: usize,
    /// `Assign`.
    pub assign: Option<Template>,
    /// `Output` of JSONata.
    pub output_template: Option<Template>,
}

/// How long a Wait state waits.
#[derive(Debug, Clone, PartialEq)]
pub enum Wait {
    /// For so many seconds.
    Seconds(Amount),
    /// Until an instant, to the second.
    Until(jiff::Timestamp),
    /// Until the instant that a path selects.
    UntilPath(Path),
    /// Until the instant that a JSONata expression gives.
    UntilExpression(Expression),
}

/// The same for each item.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// What is done for each item: a graph of the machine.
    pub processor: usize,
    /// Where its iterations run.
    pub mode: MapMode,
    /// `ItemsPath`, or `Items` of JSONata; none: the state's input.
    pub items: Option<Items>,
    /// `ItemReader`: where the items are read from; none: they are in the state's input.
    pub reader: Option<ItemReader>,
    /// `ResultWriter`: where the results are put; none: in the state's result.
    pub writer: Option<Template>,
    /// `ItemSelector`, or the older `Parameters`.
    pub item_selector: Option<Template>,
    /// Iterations at once; 0: no limit set.
    pub max_concurrency: Amount,
    /// Failed iterations that are tolerated.
    pub tolerated_count: Option<Amount>,
    /// The same as a share in per cent.
    pub tolerated_percentage: Option<Amount>,
    /// `ItemBatcher`: how many items make one iteration; none: one.
    pub batcher: Option<ItemBatcher>,
}

/// Where the items of a distributed Map state are read from.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemReader {
    /// What is asked for them.
    pub resource: String,
    /// With what.
    pub parameters: Option<Template>,
    /// Items that are used at most; none, or 0: all.
    pub max_items: Option<Amount>,
}

/// How items are put together.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemBatcher {
    /// Items of a batch at most.
    pub max_items: Option<Amount>,
    /// Bytes of a batch at most.
    pub max_bytes: Option<Amount>,
    /// What every batch has beside its items.
    pub input: Option<Template>,
}

/// The items of a Map state.
#[derive(Debug, Clone, PartialEq)]
pub enum Items {
    /// What a path selects.
    Path(Path),
    /// What a JSONata expression or an array gives.
    Template(Template),
}

/// Where a Map state's iterations run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MapMode {
    /// In the execution itself, about 40 at once.
    #[default]
    Inline,
    /// As child executions, Standard ones.
    DistributedStandard,
    /// As child executions, Express ones.
    DistributedExpress,
}

impl Task {
    /// Whether its end comes after the call of its resource has returned: `.sync`, `.waitForTaskToken`.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        self.resource.ends_with(".waitForTaskToken")
            || self.resource.ends_with(".sync")
            || self.resource.ends_with(".sync:2")
    }

    /// Whether its worker asks for work itself: an activity.
    #[must_use]
    pub fn is_activity(&self) -> bool {
        self.resource.contains(":activity:")
    }
}

impl Machine {
    /// The machine's own graph: the one that an execution begins with.
    pub const WHOLE: usize = 0;

    /// The state of a name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        self.states.iter().position(|state| state.name == name)
    }
}

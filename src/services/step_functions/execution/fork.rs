//! Parallel and Map states: branches and iterations, and children of distributed maps.

use std::sync::Arc;

use serde_json::{Map as Table, Value};

use crate::kernel::{Handle, Span};

use super::super::language::machine::{ItemBatcher, Items, Kind, Map, MapMode, QueryLanguage};
use super::super::language::retry::reserved;
use super::super::language::template::Source;
use super::data::Seen;
use super::flow::{Fork, History, Item, Phase, Todo};
use super::run::Run;
use super::timers::Due;
use super::{End, EventKind, Failure, Token, Work};

/// The longest that an Express child lasts, in seconds.
const EXPRESS_SECONDS: u64 = 300;
/// AWS's longest input of a batch.
const BATCH_BYTES: u64 = 262_144;

impl Run<'_> {
    pub(super) fn begin_parallel(&mut self, flow: Handle, branches: &[usize]) -> Result<(), Failure> {
        let input = self.effective_input(flow)?;
        let token = Token { flow, serial: self.new_serial(flow) };
        let payload = self.payload(flow, Arc::clone(&input), token)?;
        self.flow_mut(flow).has_forked = true;
        self.note(flow, EventKind::ParallelStarted);
        let todo = Todo {
            items: Vec::new(),
            next: branches.len(),
            concurrency: branches.len(),
            most: None,
            starts_at: self.now,
            is_timed: false,
            input,
            tolerated: (0, 0.0),
            is_selected: true,
        };
        self.flow_mut(flow).phase = Phase::Forked(Box::new(Fork::new(branches.len(), todo)));
        let history = self.flow(flow).history;
        for (index, &graph) in branches.iter().enumerate() {
            let child = self.fork_off(Some(flow), index, history, Arc::clone(&payload));
            self.seat(flow, child);
            self.go(child, self.program.machine.graphs[graph].start);
        }
        Ok(())
    }

    pub(super) fn begin_map(&mut self, flow: Handle, map: &Map) -> Result<(), Failure> {
        let input = self.effective_input(flow)?;
        let items = if map.reader.is_some() { Vec::new() } else { self.items(flow, map, &input)? };
        let concurrency = self.concurrency(flow, map, &input)?;
        self.note(flow, EventKind::MapStarted(items.len()));
        let tolerated = self.tolerated(flow, map, &input)?;
        let most = map.reader.as_ref().and_then(|reader| reader.max_items.as_ref());
        let most = most.map(|most| self.amount(flow, &input, most, "MaxItems")).transpose()?;
        let (starts_at, is_timed) = (self.now, false);
        let todo = Todo {
            starts_at,
            is_timed,
            concurrency,
            tolerated,
            most,
            items: Vec::new(),
            next: 0,
            input,
            is_selected: false,
        };
        let fork = Box::new(Fork::new(0, todo));
        self.flow_mut(flow).has_forked = true;
        if map.mode != MapMode::Inline {
            self.note(flow, EventKind::MapRunStarted);
        }
        if map.reader.is_some() {
            return self.read_items(flow, map, fork);
        }
        self.begin_items(flow, map, fork, items)
    }

    /// Asks for the items.
    fn read_items(&mut self, flow: Handle, map: &Map, fork: Box<Fork>) -> Result<(), Failure> {
        let parameters = map.reader.as_ref().and_then(|reader| reader.parameters.as_ref());
        let request = match parameters {
            Some(template) => Arc::new(self.made(flow, template, &fork.todo.input, Seen::default(), "ItemReader")?),
            None => Arc::clone(&fork.todo.input),
        };
        let token = Token { flow, serial: self.new_serial(flow) };
        self.flow_mut(flow).phase = Phase::Reading(fork);
        self.start(flow, token, Work::ReadItems, request);
        Ok(())
    }

    /// The items are there.
    pub(super) fn items_read(&mut self, flow: Handle, items: Arc<Value>) {
        self.new_serial(flow);
        let phase = std::mem::replace(&mut self.flow_mut(flow).phase, Phase::Idle);
        let (Phase::Reading(fork), Kind::Map(map)) = (phase, &self.state(flow).kind) else { return };
        let items = match Arc::try_unwrap(items).unwrap_or_else(|shared| (*shared).clone()) {
            Value::Array(items) => items,
            other => {
                let failure =
                    Failure::new(reserved::ITEM_READER, format!("Attempting to map over non-iterable node: {other}"));
                return self.map_run_failed(flow, failure);
            }
        };
        let most = fork.todo.most.unwrap_or(0.0);
        if most < 0.0 {
            let failure = Failure::new(reserved::ITEM_READER, "field MaxItems must be positive");
            return self.map_run_failed(flow, failure);
        }
        let mut items = items;
        if most > 0.0 {
            items.truncate(most as usize);
        }
        let begun = self.begin_items(flow, map, fork, items);
        self.or_fail(flow, begun);
    }

    fn begin_items(&mut self, flow: Handle, map: &Map, mut fork: Box<Fork>, items: Vec<Value>) -> Result<(), Failure> {
        fork.todo.items = match &map.batcher {
            Some(batcher) => {
                fork.todo.is_selected = true;
                self.batches(flow, map, batcher, &fork.todo.input, items)?
            }
            None => items,
        };
        fork.results.resize_with(fork.todo.items.len(), || None);
        let is_empty = fork.results.is_empty();
        self.flow_mut(flow).phase = Phase::Forked(fork);
        if is_empty { self.fork_succeeded(flow) } else { self.start_iterations(flow) }
    }

    fn items(&self, flow: Handle, map: &Map, input: &Arc<Value>) -> Result<Vec<Value>, Failure> {
        let (found, place) = match &map.items {
            None => ((**input).clone(), "$".to_owned()),
            Some(Items::Path(path)) => {
                let found = self.scope(flow, input, Seen::default()).select(path).map(std::borrow::Cow::into_owned);
                (found.ok_or_else(|| self.not_found(flow, path))?, path.text().to_owned())
            }
            Some(Items::Template(template)) => {
                (self.made(flow, template, input, Seen::default(), "Items")?, "Items".to_owned())
            }
        };
        match found {
            Value::Array(items) => Ok(items),
            // Of a JSONata object, or of a distributed map, the entries are the items.
            Value::Object(table) if self.state(flow).language == QueryLanguage::Jsonata => {
                let entry = |(key, value)| Value::Array(vec![Value::String(key), value]);
                Ok(table.into_iter().map(entry).collect())
            }
            _ => Err(self.told(flow, reserved::RUNTIME, &format!("Reference path \"{place}\" must point to array."))),
        }
    }

    fn concurrency(&self, flow: Handle, map: &Map, input: &Value) -> Result<usize, Failure> {
        let wanted = self.whole(flow, input, &map.max_concurrency, "MaxConcurrency")?;
        let settings = &self.program.settings;
        let most =
            if map.mode == MapMode::Inline { settings.inline_concurrency } else { settings.distributed_concurrency };
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        Ok(if wanted == 0 { most } else { wanted.min(most) }.max(1))
    }

    fn tolerated(&self, flow: Handle, map: &Map, input: &Value) -> Result<(u64, f64), Failure> {
        let count = map.tolerated_count.as_ref();
        let count = count.map(|amount| self.whole(flow, input, amount, "ToleratedFailureCount")).transpose()?;
        let field = "ToleratedFailurePercentage";
        let percentage = map.tolerated_percentage.as_ref();
        let percentage = percentage.map(|amount| self.amount(flow, input, amount, field)).transpose()?;
        if percentage.is_some_and(|percentage| !(0.0..=100.0).contains(&percentage)) {
            return Err(self.told(flow, reserved::RUNTIME, &format!("{field} must be between 0 and 100.")));
        }
        Ok(match (count, percentage) {
            // Where only one is given, the other does not fail the run.
            (None, Some(percentage)) => (u64::MAX, percentage),
            (Some(count), None) => (count, 100.0),
            (Some(count), Some(percentage)) => (count, percentage),
            (None, None) => (0, 0.0),
        })
    }

    /// Items put together, each as the item selector makes it.
    fn batches(
        &mut self,
        flow: Handle,
        map: &Map,
        batcher: &ItemBatcher,
        input: &Arc<Value>,
        items: Vec<Value>,
    ) -> Result<Vec<Value>, Failure> {
        let whole = |amount: &Option<_>, field| {
            amount.as_ref().map(|amount| self.whole(flow, input, amount, field)).transpose()
        };
        let most = whole(&batcher.max_items, "MaxItemsPerBatch")?.unwrap_or(u64::MAX).max(1);
        let bytes = whole(&batcher.max_bytes, "MaxInputBytesPerBatch")?.unwrap_or(BATCH_BYTES).min(BATCH_BYTES);
        let around = batcher.input.as_ref();
        let around =
            around.map(|template| self.made(flow, template, input, Seen::default(), "BatchInput")).transpose()?;
        let mut batches: Vec<Vec<Value>> = Vec::new();
        let mut length = 0;
        for (index, item) in items.into_iter().enumerate() {
            let item = self.iteration_input(flow, map, input, index, Arc::new(item))?;
            let item = Arc::try_unwrap(item).unwrap_or_else(|shared| (*shared).clone());
            let own = item.to_string().len() as u64 + 1;
            match batches.last_mut().filter(|batch| (batch.len() as u64) < most && length + own <= bytes) {
                Some(batch) => {
                    length += own;
                    batch.push(item);
                }
                None => {
                    length = own;
                    batches.push(vec![item]);
                }
            }
        }
        let whole_batch = |batch: Vec<Value>| {
            let mut table = Table::new();
            table.extend(around.clone().map(|around| ("BatchInput".to_owned(), around)));
            table.insert("Items".to_owned(), Value::Array(batch));
            Value::Object(table)
        };
        Ok(batches.into_iter().map(whole_batch).collect())
    }

    /// What an iteration receives: its item, or what `ItemSelector` makes of it.
    fn iteration_input(
        &mut self,
        flow: Handle,
        map: &Map,
        input: &Value,
        index: usize,
        value: Arc<Value>,
    ) -> Result<Arc<Value>, Failure> {
        let Some(selector) = &map.item_selector else { return Ok(value) };
        let outer = self.flow_mut(flow).item.replace(Arc::new(Item { index, value }));
        let made = self.made(flow, selector, input, Seen::default(), "ItemSelector");
        self.flow_mut(flow).item = outer;
        made.map(Arc::new)
    }

    fn start_iterations(&mut self, flow: Handle) -> Result<(), Failure> {
        let Kind::Map(map) = &self.state(flow).kind else { return Ok(()) };
        let now = self.now;
        loop {
            let Phase::Forked(fork) = &mut self.flow_mut(flow).phase else { return Ok(()) };
            let todo = &mut fork.todo;
            if todo.next == todo.items.len() || fork.children.len() >= todo.concurrency {
                return Ok(());
            }
            if let Some(interval) = map.mode.interval() {
                if todo.starts_at > now {
                    self.start_later(flow);
                    return Ok(());
                }
                todo.starts_at = now + interval;
            }
            let index = todo.next;
            todo.next += 1;
            let item = Arc::new(std::mem::take(&mut todo.items[index]));
            let (input, is_selected) = (Arc::clone(&todo.input), todo.is_selected);
            if map.mode == MapMode::Inline {
                self.note(flow, EventKind::IterationStarted(index));
            }
            let own = if is_selected {
                Arc::clone(&item)
            } else {
                self.iteration_input(flow, map, &input, index, Arc::clone(&item))?
            };
            self.start_iteration(flow, map, index, item, own);
        }
    }

    /// Children of a distributed Map start one after another.
    fn start_later(&mut self, flow: Handle) {
        let serial = self.flow(flow).serial;
        let Phase::Forked(fork) = &mut self.flow_mut(flow).phase else { return };
        if !std::mem::replace(&mut fork.todo.is_timed, true) {
            let at = fork.todo.starts_at;
            self.execution.timers.set(at, Due::Start, flow, serial);
        }
    }

    /// The next child may start.
    pub(super) fn start_child(&mut self, flow: Handle) {
        if let Phase::Forked(fork) = &mut self.flow_mut(flow).phase {
            fork.todo.is_timed = false;
        }
        if let Err(failure) = self.start_iterations(flow) {
            self.silence(flow);
            self.or_fail(flow, Err(failure));
        }
    }

    fn start_iteration(&mut self, flow: Handle, map: &Map, index: usize, item: Arc<Value>, input: Arc<Value>) {
        let history = match map.mode {
            MapMode::Inline => self.flow(flow).history,
            mode => self.execution.histories.insert(History {
                events: 0,
                started: self.now,
                input: Arc::clone(&input),
                flow: None,
                is_child: true,
                is_express_child: mode == MapMode::DistributedExpress,
            }),
        };
        let child = self.fork_off(Some(flow), index, history, Arc::clone(&input));
        self.flow_mut(child).item = Some(Arc::new(Item { index, value: item }));
        self.seat(flow, child);
        if map.mode != MapMode::Inline {
            self.execution.histories[history].flow = Some(child);
            self.note_history(history, EventKind::ExecutionStarted(&input));
        }
        if map.mode == MapMode::DistributedExpress {
            let at = self.now + Span::from_secs(EXPRESS_SECONDS);
            self.execution.timers.set(at, Due::Execution, history, 0);
        }
        drop(input);
        self.go(child, self.program.machine.graphs[map.processor].start);
    }

    fn seat(&mut self, parent: Handle, child: Handle) {
        let Phase::Forked(fork) = &mut self.flow_mut(parent).phase else { return };
        let seat = fork.children.len();
        fork.children.push(child);
        self.flow_mut(child).seat = seat;
    }

    fn unseat(&mut self, parent: Handle, child: Handle) {
        let seat = self.flow(child).seat;
        let Phase::Forked(fork) = &mut self.flow_mut(parent).phase else { return };
        fork.children.swap_remove(seat);
        if let Some(&moved) = fork.children.get(seat) {
            self.flow_mut(moved).seat = seat;
        }
    }

    /// A branch or iteration has come to its end.
    pub(super) fn child_finished(&mut self, parent: Handle, child: Handle, output: Arc<Value>) {
        let (index, history) = (self.flow(child).index, self.flow(child).history);
        self.unseat(parent, child);
        if history != self.flow(parent).history {
            self.note_history(history, EventKind::ExecutionEnded(&End::Succeeded(Arc::clone(&output))));
            self.bill_child(history);
            self.execution.histories.remove(history);
        } else if matches!(self.state(parent).kind, Kind::Map(_)) {
            self.note(parent, EventKind::IterationSucceeded(index));
        }
        self.forget(child);
        let Phase::Forked(fork) = &mut self.flow_mut(parent).phase else { return };
        fork.results[index] = Some(Arc::try_unwrap(output).unwrap_or_else(|shared| (*shared).clone()));
        fork.done += 1;
        self.child_done(parent);
    }

    fn child_done(&mut self, parent: Handle) {
        let Phase::Forked(fork) = &self.flow(parent).phase else { return };
        let done =
            if fork.done == fork.results.len() { self.fork_succeeded(parent) } else { self.start_iterations(parent) };
        if let Err(failure) = done {
            self.silence(parent);
            self.or_fail(parent, Err(failure));
        }
    }

    fn fork_succeeded(&mut self, flow: Handle) -> Result<(), Failure> {
        let phase = std::mem::replace(&mut self.flow_mut(flow).phase, Phase::Idle);
        let Phase::Forked(fork) = phase else { return Ok(()) };
        let result = match &self.state(flow).kind {
            Kind::Map(map) => {
                if map.mode != MapMode::Inline {
                    self.note(flow, EventKind::MapRunSucceeded);
                }
                self.note(flow, EventKind::MapSucceeded);
                self.written(flow, map, &fork)?
            }
            _ => {
                self.note(flow, EventKind::ParallelSucceeded);
                None
            }
        };
        let result = result.unwrap_or_else(|| Value::Array(fork.results.into_iter().flatten().collect()));
        self.leave_with(flow, Arc::new(result))
    }

    /// Where a `ResultWriter` says that it put the results.
    fn written(&self, flow: Handle, map: &Map, fork: &Fork) -> Result<Option<Value>, Failure> {
        let Some(writer) = &map.writer else { return Ok(None) };
        let writer = self.made(flow, writer, &fork.todo.input, Seen::default(), "ResultWriter")?;
        let parameters = writer.get("Parameters").or_else(|| writer.get("Arguments"));
        let text = |key| parameters.and_then(|table| table.get(key)).and_then(Value::as_str).unwrap_or_default();
        let run = format!("{}-{}", self.execution.seed.number, self.key(self.flow(flow)));
        let prefix = match text("Prefix") {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        };
        Ok(Some(serde_json::json!({
            "MapRunArn": format!("arn:aws:states:us-east-1:123456789012:mapRun:{}/{run}", self.program.settings.name),
            "ResultWriterDetails": { "Bucket": text("Bucket"), "Key": format!("{prefix}{run}/manifest.json") },
        })))
    }

    /// A branch or iteration has failed, for good.
    pub(super) fn child_failed(&mut self, parent: Handle, child: Handle, failure: Failure) {
        let (index, history) = (self.flow(child).index, self.flow(child).history);
        self.unseat(parent, child);
        if history == self.flow(parent).history {
            if matches!(self.state(parent).kind, Kind::Map(_)) {
                self.note(parent, EventKind::IterationFailed(index));
            }
            self.forget(child);
            self.silence(parent);
            return self.fail(parent, failure);
        }
        self.note_history(history, EventKind::ExecutionEnded(&End::Failed(failure)));
        self.bill_child(history);
        self.execution.histories.remove(history);
        self.forget(child);
        let Phase::Forked(fork) = &mut self.flow_mut(parent).phase else { return };
        fork.failed += 1;
        fork.done += 1;
        let (count, percentage) = fork.todo.tolerated;
        // Both are the floating-point numbers next to what they stand for: equal shares are equal here, and others differ
        // by more than that, of as many items as a Map state may have.
        let share = 100.0 * fork.failed as f64 / fork.results.len() as f64;
        if fork.failed as u64 > count || share > percentage {
            let cause = "The specified tolerated failure threshold was exceeded";
            return self.map_run_failed(parent, Failure::new(reserved::TOLERATED, cause));
        }
        self.child_done(parent);
    }

    /// A distributed run has failed.
    pub(super) fn map_run_failed(&mut self, flow: Handle, failure: Failure) {
        self.silence(flow);
        self.note(flow, EventKind::MapRunFailed(&failure));
        self.fail(flow, failure);
    }
}

impl MapMode {
    /// The time from the start of one child execution to the next: 1,000 Express or 100 Standard ones a second.
    const fn interval(self) -> Option<Span> {
        match self {
            Self::Inline => None,
            Self::DistributedStandard => Some(Span::from_millis(10)),
            Self::DistributedExpress => Some(Span::from_millis(1)),
        }
    }
}

impl Fork {
    fn new(results: usize, todo: Todo) -> Self {
        let mut places = Vec::new();
        places.resize_with(results, || None);
        Self { results: places, children: Vec::new(), done: 0, failed: 0, todo }
    }
}

//! What each type of state does when it is entered, and what tasks answer.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::kernel::{Handle, Span, Time};

use super::super::language::choice::{ConditionError, instant_of};
use super::super::language::machine::{Amount, Kind, QueryLanguage, Rule, Task, Text, Transition, Wait};
use super::super::language::retry::reserved;
use super::super::language::template::{Source, TemplateError};
use super::data::Seen;
use super::flow::{Phase, TaskPhase};
use super::run::Run;
use super::timers::Due;
use super::{EventKind, Failure, TaskStart, Token, Work, values};

/// A timeout of the language that stands for none.
const FOREVER_SECONDS: u64 = 99_999_999;

impl Run<'_> {
    /// Does what a state does.
    pub(super) fn perform(&mut self, flow: Handle) -> Result<(), Failure> {
        match &self.state(flow).kind {
            Kind::Pass { result } => self.pass(flow, result.as_ref()),
            Kind::Task(task) => self.begin_task(flow, task),
            Kind::Choice { rules, default } => self.choose(flow, rules, *default),
            Kind::Wait(wait) => self.wait(flow, wait),
            Kind::Parallel(branches) => self.begin_parallel(flow, branches),
            Kind::Map(map) => self.begin_map(flow, map),
            Kind::Succeed => self.leave(flow),
            Kind::Fail { error, cause } => Err(self.declared_failure(flow, error.as_ref(), cause.as_ref())?),
        }
    }

    fn pass(&mut self, flow: Handle, result: Option<&Arc<Value>>) -> Result<(), Failure> {
        let state = self.state(flow);
        if state.language == QueryLanguage::Jsonata {
            return self.leave(flow);
        }
        let input = self.effective_input(flow)?;
        let result = match (result, &state.data.parameters) {
            (Some(result), _) => Arc::clone(result),
            (None, Some(parameters)) => Arc::new(self.made(flow, parameters, &input, Seen::default(), "Parameters")?),
            (None, None) => input,
        };
        self.leave_with(flow, result)
    }

    fn choose(&mut self, flow: Handle, rules: &[Rule], default: Option<usize>) -> Result<(), Failure> {
        let input = self.effective_input(flow)?;
        let mut chosen = None;
        for rule in rules {
            let holds = rule.condition.holds(&self.scope(flow, &input, Seen::default()));
            if holds.map_err(|error| self.undecided(flow, &error))? {
                chosen = Some(rule);
                break;
            }
        }
        let data = &self.state(flow).data;
        let (assign, output_template, next) = match (chosen, default) {
            (Some(rule), _) => (&rule.assign, &rule.output_template, rule.next),
            (None, Some(next)) => (&data.assign, &data.output_template, next),
            (None, None) => {
                return Err(Failure::new(reserved::NO_CHOICE, "No choice rule matched and there is no default"));
            }
        };
        let (output, assigned) = match self.state(flow).language {
            QueryLanguage::Jsonata => self.declared(flow, output_template, assign, &input, None)?,
            QueryLanguage::JsonPath => {
                let assigned = self.assigned(flow, assign.as_ref(), &input, Seen::default())?;
                (self.select(flow, data.output.as_ref(), input)?, assigned)
            }
        };
        self.exit(flow, output, assigned, Transition::To(next))
    }

    fn undecided(&self, flow: Handle, error: &ConditionError) -> Failure {
        let name = match error {
            ConditionError::Nothing(_) => reserved::RUNTIME,
            ConditionError::Expression(..) => reserved::QUERY,
        };
        self.told(flow, name, &error.to_string())
    }

    fn wait(&mut self, flow: Handle, wait: &Wait) -> Result<(), Failure> {
        let input = self.effective_input(flow)?;
        let until = match wait {
            Wait::Seconds(amount) => self.now + Span::from_secs(self.whole(flow, &input, amount, "Seconds")?),
            Wait::Until(instant) => self.time(*instant),
            Wait::UntilPath(path) => {
                let found = self.scope(flow, &input, Seen::default()).select(path).map(std::borrow::Cow::into_owned);
                let instant = found.as_ref().and_then(Value::as_str).and_then(instant_of);
                let Some(instant) = instant else {
                    let cause = format!(
                        "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: {} == {}",
                        path.text(),
                        found.unwrap_or_default()
                    );
                    return Err(self.told(flow, reserved::RUNTIME, &cause));
                };
                self.time(instant)
            }
            Wait::UntilExpression(expression) => {
                let value = self.scope(flow, &input, Seen::default()).evaluate(expression);
                let value = value.map_err(|reason| {
                    let (field, expression) = (String::new(), expression.text().to_owned());
                    self.not_made(flow, TemplateError::Expression { field, expression, reason }, &input, "Timestamp")
                })?;
                let Some(instant) = value.as_str().and_then(instant_of) else {
                    let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    let cause = format!(
                        "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: {shown}"
                    );
                    return Err(self.told(flow, reserved::QUERY, &cause));
                };
                self.time(instant)
            }
        };
        if until <= self.now {
            return self.leave(flow);
        }
        self.wait_until(flow, until, Due::Wait);
        Ok(())
    }

    /// An instant on the simulated clock, to the second as AWS cuts it; the past is now.
    fn time(&self, instant: Timestamp) -> Time {
        let nanos = i128::from(instant.as_second()) * 1_000_000_000 - self.program.settings.epoch.as_nanosecond();
        Time::from_nanos(u64::try_from(nanos.max(0)).unwrap_or(u64::MAX))
    }

    fn declared_failure(&self, flow: Handle, error: Option<&Text>, cause: Option<&Text>) -> Result<Failure, Failure> {
        let error = error.map(|text| self.text(flow, text, "Error")).transpose()?;
        let cause = cause.map(|text| self.text(flow, text, "Cause")).transpose()?;
        Ok(Failure { error, cause })
    }

    fn text(&self, flow: Handle, text: &Text, field: &str) -> Result<Arc<str>, Failure> {
        let template = match text {
            Text::Fixed(text) => return Ok(text.as_str().into()),
            Text::Template(template) => template,
        };
        let input = Arc::clone(&self.flow(flow).input);
        let field = match self.state(flow).language {
            QueryLanguage::JsonPath => format!("{field}Path"),
            QueryLanguage::Jsonata => field.to_owned(),
        };
        let made = template.value(&self.scope(flow, &input, Seen::default())).map_err(|error| match error {
            TemplateError::Nothing { path, .. } => {
                let error = TemplateError::Nothing { field: field.clone(), path };
                self.not_made(flow, error, &input, &field)
            }
            other => self.not_made(flow, other, &input, &field),
        })?;
        match made {
            Value::String(text) => Ok(text.into()),
            other => Err(self.told(flow, reserved::RUNTIME, &format!("The value of {field} is no string: {other}"))),
        }
    }

    /// A number that is fixed, selected, or made.
    pub(super) fn amount(&self, flow: Handle, input: &Value, amount: &Amount, field: &str) -> Result<f64, Failure> {
        let kind = if field.ends_with("Percentage") { "float" } else { "integer" };
        let is_fit = |number: &f64| kind == "float" || *number == libm::trunc(*number);
        match amount {
            Amount::Fixed(number) => Ok(*number as f64),
            Amount::Fraction(number) => Ok(*number),
            Amount::Path(path) => {
                let scope = self.scope(flow, input, Seen::default());
                let Some(found) = scope.select(path) else { return Err(self.not_found(flow, path)) };
                values::number(&found).filter(is_fit).ok_or_else(|| {
                    let shown = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
                    let path = path.text();
                    let cause = format!(
                        "The {field}Path field refers to value \"{shown}\" which is not a valid {kind}: {path}"
                    );
                    self.told(flow, reserved::RUNTIME, &cause)
                })
            }
            Amount::Expression(expression) => {
                let told = |reason: String| {
                    let (field, expression) = (String::new(), expression.text().to_owned());
                    TemplateError::Expression { field, expression, reason }
                };
                let value = self.scope(flow, input, Seen::default()).evaluate(expression);
                let number = value.and_then(|value| {
                    let number = value.as_f64().filter(is_fit);
                    number.ok_or_else(|| format!("returned {value}, which is not a valid {kind}"))
                });
                number.map_err(|reason| self.not_made(flow, told(reason), input, field))
            }
        }
    }

    /// The same for a whole number from 0.
    pub(super) fn whole(&self, flow: Handle, input: &Value, amount: &Amount, field: &str) -> Result<u64, Failure> {
        let number = self.amount(flow, input, amount, field)?;
        if number < 0.0 {
            return Err(self.told(flow, reserved::RUNTIME, &format!("{field} cannot be negative.")));
        }
        Ok(number as u64)
    }

    fn begin_task(&mut self, flow: Handle, task: &Task) -> Result<(), Failure> {
        let input = self.effective_input(flow)?;
        let serial = self.new_serial(flow);
        let token = Token { flow, serial };
        let timeout = self.whole(flow, &input, &task.timeout, "TimeoutSeconds")?;
        let heartbeat = task.heartbeat.as_ref().map(|amount| self.whole(flow, &input, amount, "HeartbeatSeconds"));
        let heartbeat = heartbeat.transpose()?.map(Span::from_secs);
        let payload = self.payload(flow, input, token)?;
        let silent_at = heartbeat.map_or(Time::NEVER, |heartbeat| self.now + heartbeat);
        self.flow_mut(flow).phase = Phase::Task(TaskPhase { heartbeat, silent_at, submitted: false });
        if timeout < FOREVER_SECONDS {
            self.execution.timers.set(self.now + Span::from_secs(timeout), Due::Timeout, flow, serial);
        }
        if heartbeat.is_some() {
            self.execution.timers.set(silent_at, Due::Heartbeat, flow, serial);
        }
        self.start(flow, token, Work::Task, payload);
        Ok(())
    }

    /// `Parameters` or `Arguments`, or the input.
    pub(super) fn payload(&self, flow: Handle, input: Arc<Value>, token: Token) -> Result<Arc<Value>, Failure> {
        let state = self.state(flow);
        let field = if state.language == QueryLanguage::Jsonata { "Arguments" } else { "Parameters" };
        match &state.data.parameters {
            Some(template) => {
                let seen = Seen { token: Some(token), ..Seen::default() };
                let made = self.made(flow, template, &input, seen, field)?;
                let most = self.program.settings.payload_at_most;
                if values::exceeds(&made, most) {
                    let cause = format!("The state's {field} exceed {most} bytes, or are nested too deep.");
                    return Err(self.told(flow, reserved::DATA_LIMIT, &cause));
                }
                Ok(Arc::new(made))
            }
            None => Ok(input),
        }
    }

    /// Asks a resource for work.
    pub(super) fn start(&mut self, flow: Handle, token: Token, work: Work, input: Arc<Value>) {
        if work == Work::Task {
            self.note(flow, EventKind::TaskScheduled(&input));
            self.note(flow, EventKind::TaskStarted);
        }
        let of = self.flow(flow);
        let (state, retries, key) = (of.state, of.retry_count, self.key(of));
        self.host.start_task(TaskStart { token, state, work, input, retries, key });
    }

    pub(super) fn task_submitted(&mut self, flow: Handle) {
        if let Phase::Task(task) = &mut self.flow_mut(flow).phase
            && !std::mem::replace(&mut task.submitted, true)
        {
            self.note(flow, EventKind::TaskSubmitted);
        }
    }

    pub(super) fn task_succeeded(&mut self, flow: Handle, output: Arc<Value>) {
        if matches!(self.flow(flow).phase, Phase::Reading(_)) {
            return self.items_read(flow, output);
        }
        if let Kind::Task(task) = &self.state(flow).kind
            && task.is_awaited()
        {
            self.task_submitted(flow);
        }
        self.flow_mut(flow).phase = Phase::Idle;
        self.new_serial(flow);
        if values::exceeds(&output, self.program.settings.payload_at_most) {
            let most = self.program.settings.payload_at_most;
            let cause = format!(
                "The state/task returned a result with a size exceeding the maximum number of bytes service limit, {most}."
            );
            let failure = Failure::new(reserved::DATA_LIMIT, cause);
            self.note(flow, EventKind::TaskFailed(&failure));
            return self.fail(flow, failure);
        }
        self.note(flow, EventKind::TaskSucceeded(&output));
        let left = self.leave_with(flow, output);
        self.or_fail(flow, left);
    }

    pub(super) fn task_failed(&mut self, flow: Handle, failure: Failure) {
        if matches!(self.flow(flow).phase, Phase::Reading(_)) {
            let failure = Failure { error: Some(reserved::ITEM_READER.into()), ..failure };
            return self.map_run_failed(flow, failure);
        }
        self.flow_mut(flow).phase = Phase::Idle;
        self.new_serial(flow);
        self.note(flow, EventKind::TaskFailed(&failure));
        self.fail(flow, failure);
    }
}

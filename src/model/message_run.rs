//! A run over a batch, of messages or of records: one after the other, each effect at its own instant.
//!
//! A run has one pending event, the end of the message it works on; as long as that comes before everything else in the
//! calendar it is taken at once.

use super::in_hand::InHand;
use super::item_work::{Assignment, EffectOf, WorkHost, WorkResult};
use super::kept_state::Begins;
use super::lambda_node::{Ended, process_of};
use super::ledger::Path;
use super::message::{MessageRef, Run, Work};
use super::message_batch::{Left, throttled_for};
use super::simulation::{Event, NodeState, Simulation, class};
use super::story::What;
use crate::handlers::{Ends, Plan};
use crate::kernel::{Handle, Time};
use crate::services::downstream::Process;
use crate::services::lambda::Start;
use crate::words::NodeId;

/// How far a run has come.
#[derive(Debug, Clone, Copy)]
pub(super) struct MessageRun {
    /// The way of each message from the poller to the handler's start.
    to_handler: Path,
    /// The process it runs in.
    process: Process,
    /// The run is killed here.
    deadline: Time,
    /// The message it works on.
    index: usize,
    begun: Time,
    plan: Plan,
    /// When it is done with it, or killed.
    ends: Time,
}

impl MessageRun {
    /// The place in its batch of what it works on.
    pub(super) const fn index(&self) -> usize {
        self.index
    }

    /// When it is done with that, or killed.
    pub(super) const fn ends(&self) -> Time {
        self.ends
    }

    /// When it began with that.
    pub(super) const fn begun(&self) -> Time {
        self.begun
    }

    fn is_killed(&self) -> bool {
        self.begun + self.plan.processing > self.deadline
    }
}

impl Simulation<'_> {
    /// An invocation about a batch is admitted: its handler starts with the first message.
    pub(super) fn begin_messages(&mut self, reference: MessageRef, node: NodeId, batch: Handle, start: Start) {
        let now = self.now;
        let message = &mut self.messages[reference];
        message.run = Some(Run::of_many_steps(start));
        let delays = start.delays;
        let to_handler = Path {
            hop: delays.dispatch,
            cold: delays.cold_start(),
            back_off: throttled_for(message),
            ..Path::default()
        };
        let function = message.node;
        let begins = now + delays.before_run();
        let deadline = begins + self.lambda(function).timeout();
        let begun = begins + delays.repeated_init;
        let process = process_of(function, &start);
        let run = MessageRun { to_handler, process, deadline, index: 0, begun, plan: Plan::NOTHING, ends: begun };
        if self.works_in_steps(function) {
            return self.begin_message(reference, node, batch, run);
        }
        let run = self.plan_message(reference, node, batch, run);
        self.calendar.schedule(run.ends, class::END, Event::MessageEnds(reference));
    }

    /// The run of a function that calls something begins with its next message.
    fn begin_message(&mut self, reference: MessageRef, node: NodeId, batch: Handle, mut run: MessageRun) {
        let InHand { function, item, path } = self.in_hand(node, batch, run.index);
        // Nobody knows yet when its work is over.
        run.ends = run.deadline;
        self.keep_run(node, batch, run);
        self.begin_work(Assignment {
            host: WorkHost::Messages(reference),
            function,
            item,
            begins: run.begun,
            process: run.process,
            deadline: Some(run.deadline),
            path: path.then(run.to_handler),
        });
    }

    /// The work of such a run on a message is over: it goes on to the next, or ends.
    pub(super) fn message_over(&mut self, reference: MessageRef, result: WorkResult) {
        let Work::Messages(node, batch) = self.messages[reference].work else { return };
        let Some(mut run) = self.run_of(node, batch) else { return };
        let InHand { function, .. } = self.in_hand(node, batch, run.index);
        let had_effect = result.effect != EffectOf::None;
        if !had_effect {
            self.lambda(function).runs.wasted += u128::from(result.worked.as_nanos());
        }
        let ends = self.leave_message(node, batch, &run, result.ended, had_effect);
        // A run that was not ready for its work fails as a whole, whatever it would report of a single item.
        let ends = if result.fails_run { Some(result.ended) } else { ends };
        if let Some(ended) = ends {
            return self.batch_run_ends(reference, node, batch, ended);
        }
        run.index += 1;
        run.begun = self.now;
        if run.index == self.batch_len(node, batch) {
            return self.batch_run_ends(reference, node, batch, Ended::Returned);
        }
        self.begin_message(reference, node, batch, run);
    }

    /// What came of the message worked on. Returns how the run ends, if it ends with it.
    fn leave_message(
        &mut self,
        node: NodeId,
        batch: Handle,
        run: &MessageRun,
        ended: Ended,
        had_effect: bool,
    ) -> Option<Ended> {
        let left = match ended.cause_to_repeat() {
            Some(cause) if had_effect => Left::Redone(cause),
            Some(_) => Left::Undone,
            None => Left::InHand,
        };
        self.leave_item(node, batch, run.index, left);
        match ended {
            Ended::Returned => None,
            Ended::Errored if self.reports_the_rest(node, batch, run.index) => Some(Ended::Returned),
            Ended::Errored if self.goes_on(node) => None,
            ended => Some(ended),
        }
    }

    /// What the run does with its next message, and until when.
    fn plan_message(&mut self, reference: MessageRef, node: NodeId, batch: Handle, mut run: MessageRun) -> MessageRun {
        let InHand { function, item, .. } = self.in_hand(node, batch, run.index);
        let attempt = self.ordinals.next_run(item, function);
        self.tell_began_in_run(reference, item, attempt);
        let arrived = *self.ledger.arrived(item);
        let shed = self.sheds(function, item, run.begun);
        run.plan = if shed {
            Plan::NOTHING
        } else {
            let handler = &self.lambda(function).handler;
            handler.plan(arrived.stream.index(), arrived.number, attempt, arrived.service)
        };
        if self.lambda(function).kept.is_some() && !shed {
            let last = run.index + 1 == self.batch_len(node, batch);
            let begins = Begins { process: run.process, arrived: &arrived, attempt, at: run.begun, last };
            run.plan.processing += self.state_adds(function, &begins, &run.plan);
        }
        run.ends = (run.begun + run.plan.processing).min(run.deadline);
        self.keep_run(node, batch, run);
        run
    }

    /// The run is done with a message, or killed over it. The messages that it is done with before anything else happens
    /// follow at once.
    pub(super) fn message_ends(&mut self, reference: MessageRef) {
        let Some(&Work::Messages(node, batch)) = self.messages.get(reference).map(|message| &message.work) else {
            return;
        };
        loop {
            let Some(mut run) = self.run_of(node, batch) else { return };
            if let Some(ended) = self.finish_message(node, batch, &run) {
                return self.batch_run_ends(reference, node, batch, ended);
            }
            run.index += 1;
            run.begun = self.now;
            if run.index == self.batch_len(node, batch) {
                return self.batch_run_ends(reference, node, batch, Ended::Returned);
            }
            let run = self.plan_message(reference, node, batch, run);
            if self.calendar.next_time().is_some_and(|next| next <= run.ends) {
                self.calendar.schedule(run.ends, class::END, Event::MessageEnds(reference));
                return;
            }
            self.now = run.ends;
        }
    }

    /// The effect of the message worked on. Returns how the run ends, if it ends with it.
    fn finish_message(&mut self, node: NodeId, batch: Handle, run: &MessageRun) -> Option<Ended> {
        let InHand { function, item, path } = self.in_hand(node, batch, run.index);
        if run.is_killed() {
            self.tell(item, function, What::Finished { ended: Ended::TimedOut, effect: false });
            let worked = self.now.since(run.begun);
            self.lambda(function).runs.wasted += u128::from(worked.as_nanos());
            return Some(Ended::TimedOut);
        }
        let Plan { processing, ends, effect } = run.plan;
        if effect {
            let path = path.then(run.to_handler).then(Path { service: processing, ..Path::default() });
            self.effect(function, run.process, item, path, processing);
        } else {
            if ends == Ends::Returned {
                self.shed(function, item, run.begun);
            }
            self.lambda(function).runs.wasted += u128::from(processing.as_nanos());
        }
        self.tell(item, function, What::Finished { ended: ends.into(), effect });
        self.leave_message(node, batch, run, ends.into(), effect)
    }

    /// The run ends: what it processed is deleted if it returned; the rest comes back when its visibility timeout has
    /// run.
    pub(super) fn batch_run_ends(&mut self, reference: MessageRef, node: NodeId, batch: Handle, ended: Ended) {
        if let NodeState::Stream(_) = self.nodes[node.index()] {
            return self.record_run_ends(reference, node, batch, ended);
        }
        let message = self.messages[reference];
        if let Some(run) = message.run {
            self.end_run(message.node, message.tried, &run.start, ended);
        }
        if let Some(run) = self.run_of(node, batch) {
            self.tell_run_failed(node, batch, run.index, ended);
            self.sqs(node).batches[batch].leave_behind(run.index, ended);
        }
        if ended == Ended::Returned {
            self.delete_processed(node, batch);
        }
        self.poller_done(node, batch, Some(ended != Ended::Returned));
        self.messages.remove(reference);
        if self.works_in_steps(message.node) {
            self.disarm_if_deleted(node, batch);
        }
        self.arm_visibility(node, batch, Time::NEVER);
        self.drop_if_over(node, batch);
        self.look(node);
    }
}

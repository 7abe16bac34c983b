//! How nodes tell of moments, and how somebody listens to a run.

use super::{Attempt, Host, Moment, Recorder, Spot, Strike, What};
use crate::kernel::Handle;
use crate::model::ledger::ItemRef;
use crate::model::message::{Message, MessageRef, Work};
use crate::model::simulation::Simulation;
use crate::services::lambda::async_queue::Verdict;
use crate::services::lambda::{Place, Start};
use crate::words::NodeId;

impl Simulation<'_> {
    /// Has a run listened to, from now on.
    pub fn listen(&mut self, recorder: Recorder) {
        self.ledger.listen(Some(Box::new(recorder)));
    }

    /// Who listens, if anybody does.
    #[must_use]
    pub fn recorder(&self) -> Option<&Recorder> {
        self.ledger.recorder()
    }

    /// Ends the listening, with what was heard. Runs under way are told of as far as they have come.
    pub fn stop_listening(&mut self) -> Option<Recorder> {
        self.tell_unfinished_runs();
        self.ledger.listen(None).map(|recorder| *recorder)
    }

    /// Tells of a moment of an item at a node, now.
    #[inline]
    pub(in crate::model) fn tell(&mut self, item: ItemRef, node: NodeId, what: What) {
        self.ledger.tell(self.now, item, Spot::Node(node), what);
        if let What::Began(attempt) = what
            && self.recorder().is_some()
            && let Some(strike) = self.attempt_struck(node, item, attempt.ordinal)
        {
            self.ledger.tell(self.now, item, Spot::Node(node), What::Struck(strike));
        }
    }

    /// Tells that a fault strikes what a message asks a function to work on, now.
    pub(in crate::model) fn tell_message_struck(&mut self, message: MessageRef, strike: Strike) {
        let Message { node, work, .. } = self.messages[message];
        match work {
            Work::Item(item) => self.tell(item, node, What::Struck(strike)),
            Work::Messages(mapping, batch) => self.tell_batch(mapping, batch, node, What::Struck(strike)),
            Work::Request(api, request) => {
                let item = self.item_of_request(api, request);
                self.tell(item, node, What::Struck(strike));
            }
            // Faults strike no function that does a task or goes on with an execution: the reader refuses them.
            Work::Tick(_) | Work::Task(_) | Work::Step(_) | Work::Resume(_) => {}
        }
    }

    /// Tells of a moment of a node, now, that is about no item alone.
    #[inline]
    pub(in crate::model) fn tell_of(&mut self, node: NodeId, what: What) {
        self.ledger.tell_of(Moment { at: self.now, item: None, spot: Spot::Node(node), what });
    }

    /// Tells that a function begins to work on an item in an environment, now.
    #[inline]
    pub(in crate::model) fn tell_began(&mut self, item: ItemRef, node: NodeId, ordinal: u32, start: &Start) {
        self.tell(item, node, What::Began(Attempt { ordinal, on: host_of(start) }));
    }

    /// The same in the run of a message, over several items.
    pub(in crate::model) fn tell_began_in_run(&mut self, run: MessageRef, item: ItemRef, ordinal: u32) {
        if self.recorder().is_some()
            && let Message { node, run: Some(run), .. } = self.messages[run]
        {
            self.tell_began(item, node, ordinal, &run.start);
        }
    }

    /// Tells of a moment at a node, now, of each item of the batch that a mapping has in hand.
    pub(in crate::model) fn tell_batch(&mut self, mapping: NodeId, batch: Handle, node: NodeId, what: What) {
        if self.recorder().is_none() {
            return;
        }
        for index in 0..self.batch_len(mapping, batch) {
            let item = self.in_hand(mapping, batch, index).item;
            self.tell(item, node, what);
        }
    }

    /// Tells what follows of a try of an event that was refused, or that failed.
    pub(in crate::model) fn tell_follow(&mut self, message: MessageRef, verdict: Verdict) {
        let Message { node, work, run, .. } = self.messages[message];
        let item = match work {
            Work::Item(item) => item,
            Work::Step(run) => self.item_of_step(run),
            _ => return,
        };
        let again = if let Verdict::RetryAt(at) = verdict { Some(at) } else { None };
        match (run, again) {
            (None, again) => self.tell(item, node, What::Throttled { again }),
            (Some(_), Some(until)) => self.tell(item, node, What::BackOff { until }),
            (Some(_), None) => {}
        }
    }

    fn tell_unfinished_runs(&mut self) {
        if self.recorder().is_none() {
            return;
        }
        let mut runs = Vec::new();
        let under_way = |message: &&Message| message.run.is_some() || message.batch_run.is_some();
        let messages: Vec<Message> = self.messages.iter().filter(under_way).copied().collect();
        for message in messages {
            let on = match message.run {
                Some(run) => Some(host_of(&run.start)),
                None => self.place_of(&message).map(|place| place.told()),
            };
            let Some(on) = on else { continue };
            runs.push((message.node, What::Ran { since: message.tried, on, ended: None }));
        }
        for service in self.in_service.iter() {
            runs.push((service.node(), What::Ran { since: service.begun(), on: Host::Server, ended: None }));
        }
        for (node, ran) in runs {
            self.tell_of(node, ran);
        }
    }
}

/// Where a run of Lambda happens.
pub(in crate::model) const fn host_of(start: &Start) -> Host {
    let ordinal = match start.place {
        Place::OnDemand(environment) => Some(environment.ordinal),
        Place::Provisioned(_) => None,
    };
    Host::Environment { ordinal, start_up: start.delays }
}

//! An Availability Zone is lost: the runs in it end where they are, and their environments and tasks are gone.

use std::collections::BTreeMap;

use crate::kernel::Purpose;
use crate::model::in_hand::InHand;
use crate::model::item_work::{EffectOf, ItemWork, WorkHost, WorkRef, WorkResult};
use crate::model::lambda_node::Ended;
use crate::model::message::{Message, MessageRef, Work};
use crate::model::simulation::{NodeState, Simulation};
use crate::model::story::{Strike, What};
use crate::services::lambda::{Place as Environment, Start};
use crate::words::NodeId;

/// Draws of the zone of a place: by the ordinal of an environment, the number of a provisioned one, or the firing that
/// started a task.
const ENVIRONMENT: u32 = 0;
const PROVISIONED: u32 = 1;
const TASK: u32 = 2;

impl Simulation<'_> {
    /// The share of a function's environments and tasks that was in a zone is gone, with what ran there.
    pub(super) fn lose_zone(&mut self, node: NodeId, share: f64, zones: &Purpose) {
        let in_zone = |number: u64, kind: u32| zones.draw(number, kind).chance(share);
        if let NodeState::Lambda(state) = &mut self.nodes[node.index()] {
            let idle = |ordinal| in_zone(ordinal, ENVIRONMENT);
            state.function.lose_idle(idle, |number| in_zone(u64::from(number), PROVISIONED));
        }
        self.note_ends(node);
        let lost: Vec<MessageRef> = self
            .messages
            .entries()
            .filter(|(_, message)| message.node == node)
            .filter(|(_, message)| Self::is_lost(message, zones, share))
            .map(|(reference, _)| reference)
            .collect();
        let works = self.works_of_runs(node);
        for reference in lost {
            self.lose_run(reference, works.get(&reference).copied());
        }
    }

    /// The work that runs of a function do step by step, by the message of the run.
    fn works_of_runs(&self, node: NodeId) -> BTreeMap<MessageRef, WorkRef> {
        let works = self.works.entries().filter(|(_, work)| work.function == node);
        let of_run = |(reference, work): (WorkRef, &ItemWork)| match work.host {
            WorkHost::Run(message) | WorkHost::Messages(message) => Some((message, reference)),
            WorkHost::Worker(..) => None,
        };
        works.filter_map(of_run).collect()
    }

    /// Whether the run of a message, if there is one, is in the zone.
    fn is_lost(message: &Message, zones: &Purpose, share: f64) -> bool {
        match (message.run, message.batch_run) {
            (Some(run), _) => match run.start.place {
                Environment::OnDemand(environment) => zones.draw(environment.ordinal, ENVIRONMENT).chance(share),
                Environment::Provisioned(number) => zones.draw(u64::from(number), PROVISIONED).chance(share),
            },
            (None, Some(_)) => match message.work {
                Work::Tick(ordinal) => {
                    zones.draw(u64::from(ordinal) << 8 | u64::from(message.errors), TASK).chance(share)
                }
                _ => false,
            },
            (None, None) => false,
        }
    }

    /// The run of a message ends with the place it runs in, and so does the work that it does step by step.
    fn lose_run(&mut self, reference: MessageRef, work: Option<WorkRef>) {
        let Some(&message) = self.messages.get(reference) else { return };
        if message.batch_run.is_some() {
            return self.batch_lost(reference);
        }
        let Some(run) = message.run else { return };
        if let Some(work) = work.filter(|&work| self.works.contains(work)) {
            let item = self.works[work].item;
            self.tell(item, message.node, What::Struck(Strike::ZoneLost));
            return self.lose_work(work);
        }
        match message.work {
            Work::Messages(node, batch) => {
                let Some(at_work) = self.run_of(node, batch) else { return };
                let InHand { function, item, .. } = self.in_hand(node, batch, at_work.index());
                self.tell(item, function, What::Struck(Strike::ZoneLost));
                self.tell(item, function, What::Finished { ended: Ended::Lost, effect: false });
                let worked = self.now.since(at_work.begun());
                self.lambda(function).runs.wasted += u128::from(worked.as_nanos());
                self.batch_run_ends(reference, node, batch, Ended::Lost);
            }
            Work::Item(_) | Work::Request(..) => {
                self.tell_message_struck(reference, Strike::ZoneLost);
                let announced = run.plan.effect && !run.timed_out;
                self.item_run_lost(reference, &message, &run.start, announced);
            }
            // Of functions that do tasks or go on with executions no zone is lost: the reader refuses such faults.
            Work::Tick(_) | Work::Task(_) | Work::Step(_) | Work::Resume(_) => {}
        }
    }

    /// A run over one item, all of which was known when it began, ends before its effect.
    fn item_run_lost(&mut self, reference: MessageRef, message: &Message, start: &Start, announced: bool) {
        let worked = self.now.since(message.tried + start.delays.before_run());
        self.end_run(message.node, message.tried, start, Ended::Lost);
        self.lambda(message.node).runs.wasted += u128::from(worked.as_nanos());
        let result = WorkResult { ended: Ended::Lost, effect: EffectOf::None, announced, fails_run: false, worked };
        let item = match message.work {
            Work::Item(item) => Some(item),
            Work::Request(api, request) => Some(self.item_of_request(api, request)),
            Work::Tick(_) | Work::Messages(..) | Work::Task(_) | Work::Step(_) | Work::Resume(_) => None,
        };
        if let Some(item) = item {
            self.tell(item, message.node, What::Finished { ended: Ended::Lost, effect: false });
        }
        match message.work {
            Work::Request(api, request) => self.request_run_over(reference, api, request, &result),
            _ => self.conclude(reference, Ended::Lost),
        }
    }
}

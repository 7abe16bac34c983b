//! A topic or a bus in the graph: what is published to it is pushed to each of the nodes after it.
//!
//! A publish at the instant at hand costs no event of its own, nor does a delivery that succeeds: what comes after it
//! comes at a later instant by itself. Only what waits has an event: a publish whose item is still on its way here or
//! was refused, a delivery that failed, or one that is delayed by a quota.

use super::ledger::{Arrived, Branches, End, ItemRef, Path};
use super::simulation::{Event, NodeState, Simulation, class};
use super::story::{Refusal, Spot, Strike, What};
use super::workflow::RunRef;
use crate::kernel::{Arena, Handle, Purpose, Time};
use crate::services::push_delivery::settings::{Excess, OnFailure, PushSettings};
use crate::services::push_delivery::{Verdict, billed_chunks, publisher_wait};
use crate::services::rate::Rate;
use crate::words::{DuplicateCause, NodeId};

/// Tries of one delivery are below this, so that an item's publishes and their tries share a key.
const TRIES: u32 = 1 << 20;

/// A topic or a bus at work.
#[derive(Debug)]
pub(super) struct PushNode {
    settings: PushSettings,
    publishes: Option<Rate>,
    invocations: Option<Rate>,
    /// What follows, in the order of the flow.
    subscribers: Vec<Subscriber>,
    /// Leaves below it.
    branches: Branches,
    /// Waits of publishers that were refused, by stream.
    publishers: Vec<Purpose>,
    pending: Arena<Pending>,
    /// A fault lets nothing be delivered before then.
    pub closed_until: Time,
    /// The share of deliveries that a fault lets fail at present.
    pub failing: f64,
}

/// A subscription, or a rule and its target.
#[derive(Debug)]
pub(super) struct Subscriber {
    /// Leaves below it.
    pub branches: Branches,
    /// What becomes of its deliveries, by stream.
    pub draws: Vec<Purpose>,
}

/// What is yet to be done. Each holds its item.
#[derive(Debug, Clone, Copy)]
enum Pending {
    /// An item comes to be published, for the first time or again.
    Publish(Publication),
    /// A publish whose turn has come.
    Admitted(Publication),
    /// A delivery that failed is due again.
    Retry(Delivery),
    /// A delivery whose turn has come.
    Try(Delivery),
    /// A delivery that failed has grown too old.
    TooOld(Delivery),
}

/// An item on its way into a topic or a bus.
#[derive(Debug, Clone, Copy)]
struct Publication {
    item: ItemRef,
    path: Path,
    /// The item's publishes here before this one.
    ordinal: u32,
    /// Tries that were refused.
    refused: u32,
    /// The event of a step of a choreography, and the rule that it matches; none: it is the item's own.
    step: Option<(RunRef, usize)>,
}

/// A message on its way to one subscriber.
#[derive(Debug, Clone, Copy)]
struct Delivery {
    item: ItemRef,
    path: Path,
    /// Which subscriber.
    place: usize,
    /// The item's publishes here before that of this message.
    publication: u32,
    published: Time,
    /// Tries that failed.
    failures: u32,
    /// Whose step of a choreography it is to begin; none: it hands the item on.
    step: Option<RunRef>,
}

impl PushNode {
    pub(super) fn new(
        settings: PushSettings,
        subscribers: Vec<Subscriber>,
        branches: Branches,
        publishers: Vec<Purpose>,
    ) -> Self {
        Self {
            publishes: settings.publish_quota.map(quota),
            invocations: settings.invocation_quota.map(quota),
            settings,
            subscribers,
            branches,
            publishers,
            pending: Arena::new(),
            closed_until: Time::ZERO,
            failing: 0.0,
        }
    }
}

impl PushNode {
    /// What a message is billed for: 64 KB each.
    pub(super) fn chunks(&self) -> u64 {
        billed_chunks(self.settings.message_bytes)
    }
}

/// So many a second, of which a second's worth may come at once.
fn quota(per_second: u64) -> Rate {
    let per_second = per_second.max(1);
    Rate::new(per_second, per_second)
}

impl Simulation<'_> {
    fn push(&mut self, node: NodeId) -> &mut PushNode {
        match &mut self.nodes[node.index()] {
            NodeState::Push(state) => state,
            other => unreachable!("a delivery names a node that pushes nothing: {other:?}"),
        }
    }

    fn push_later(&mut self, node: NodeId, at: Time, pending: Pending) {
        let handle = self.push(node).pending.insert(pending);
        self.calendar.schedule(at, class::ARRIVAL, Event::Push(node, handle));
    }

    /// What was put off at a topic or a bus is due.
    pub(super) fn push_due(&mut self, node: NodeId, handle: Handle) {
        let state = self.push(node);
        let Some(&pending) = state.pending.get(handle) else { return };
        state.pending.remove(handle);
        match pending {
            Pending::Publish(publication) => self.try_publish(node, publication),
            Pending::Admitted(publication) => self.published(node, publication),
            Pending::Retry(delivery) => self.queue_try(node, delivery),
            Pending::Try(delivery) => self.try_delivery(node, delivery),
            Pending::TooOld(delivery) => self.give_delivery_up(node, &delivery, Some(End::Expired)),
        }
    }

    /// An item is published at `at`. Takes over one hold.
    pub(super) fn publish(&mut self, node: NodeId, item: ItemRef, at: Time, path: Path) {
        let ordinal = self.ordinals.next_delivery(item, node);
        let publication = Publication { item, path, ordinal, refused: 0, step: None };
        if at > self.now {
            self.push_later(node, at, Pending::Publish(publication));
        } else {
            self.try_publish(node, publication);
        }
    }

    /// A step of a choreography puts its event on the bus, which matches one rule. What is there already, or is put by a
    /// service of AWS, costs nothing and counts against no quota.
    pub(super) fn publish_step(
        &mut self,
        node: NodeId,
        item: ItemRef,
        step: (RunRef, usize),
        is_free: bool,
        path: Path,
    ) {
        let ordinal = self.ordinals.next_delivery(item, node);
        let publication = Publication { item, path, ordinal, refused: 0, step: Some(step) };
        if is_free { self.match_rules(node, publication) } else { self.try_publish(node, publication) }
    }

    /// A publish is accepted, waits for its turn, or is refused for the quota.
    fn try_publish(&mut self, node: NodeId, publication: Publication) {
        let now = self.now;
        let state = self.push(node);
        let excess = state.settings.excess;
        let Some(quota) = &mut state.publishes else { return self.published(node, publication) };
        match excess {
            Excess::Delayed => match quota.reserve(now) {
                at if at > now => {
                    self.tell(publication.item, node, What::Delayed { until: at });
                    self.push_later(node, at, Pending::Admitted(publication));
                }
                _ => self.published(node, publication),
            },
            Excess::Refused { .. } if quota.try_take(now) => self.published(node, publication),
            Excess::Refused { attempts } => self.publish_refused(node, publication, attempts),
        }
    }

    /// The publisher's SDK tries again, or has tried often enough.
    fn publish_refused(&mut self, node: NodeId, mut publication: Publication, attempts: u32) {
        let now = self.now;
        let Publication { item, ordinal, .. } = publication;
        publication.refused += 1;
        if publication.refused >= attempts {
            self.tell(item, node, What::Refused { why: Refusal::Rate, again: None });
            if let Some((run, _)) = publication.step {
                return self.event_given_up(run);
            }
            let branches = self.push(node).branches;
            self.ledger.end(now, item, branches, End::Rejected);
            return self.ledger.release(now, item);
        }
        let &Arrived { stream, number, .. } = self.ledger.arrived(item);
        let key = ordinal.wrapping_mul(TRIES).wrapping_add(publication.refused);
        let unit = self.push(node).publishers[stream.index()].draw(number, key).unit();
        let wait = publisher_wait(publication.refused, unit);
        self.tell(item, node, What::Refused { why: Refusal::Rate, again: Some(now + wait) });
        publication.path.back_off += wait;
        self.push_later(node, now + wait, Pending::Publish(publication));
    }

    /// A publish was accepted: every subscriber whose filter it matches gets a copy.
    fn published(&mut self, node: NodeId, publication: Publication) {
        let state = self.push(node);
        let (billed_as, chunks) = (state.settings.billed_as, state.chunks());
        if self.workflows.runs_in(node) {
            self.pay_to_keep_track(node, billed_as, u128::from(chunks));
        } else {
            self.usage.add(billed_as, u128::from(chunks));
        }
        self.tell(publication.item, node, What::Kept { copy: false, until: None });
        self.match_rules(node, publication);
    }

    fn match_rules(&mut self, node: NodeId, publication: Publication) {
        let Publication { item, path, ordinal, step, .. } = publication;
        let published = self.now;
        let delivery = Delivery { item, path, place: 0, publication: ordinal, published, failures: 0, step: None };
        if let Some((run, place)) = step {
            return self.queue_try(node, Delivery { place, step: Some(run), ..delivery });
        }
        if self.workflows.runs_in(node) {
            return self.begin_choreography(node, item, path);
        }
        let &Arrived { stream, number, .. } = self.ledger.arrived(item);
        let subscribers = self.push(node).subscribers.len();
        for place in 0..subscribers {
            if self.filters.pass(node, place, stream, number) {
                self.ledger.hold(item);
                self.queue_try(node, Delivery { place, ..delivery });
            }
        }
        self.ledger.release(self.now, item);
    }

    /// A delivery is tried at once, or when the quota of invocations has room.
    fn queue_try(&mut self, node: NodeId, delivery: Delivery) {
        let now = self.now;
        let until = self.push(node).closed_until;
        if until > now {
            self.tell(delivery.item, node, What::Struck(Strike::Waits { until }));
            return self.push_later(node, until, Pending::Retry(delivery));
        }
        match self.push(node).invocations.as_mut().map(|quota| quota.reserve(now)) {
            Some(at) if at > now => {
                self.tell(delivery.item, node, What::Delayed { until: at });
                self.push_later(node, at, Pending::Try(delivery));
            }
            _ => self.try_delivery(node, delivery),
        }
    }

    /// A delivery is tried: handed on after a latency, put off, or given up.
    fn try_delivery(&mut self, node: NodeId, mut delivery: Delivery) {
        let (now, design) = (self.now, self.design);
        let Delivery { item, path, place, publication, published, failures, step } = delivery;
        let &Arrived { stream, number, .. } = self.ledger.arrived(item);
        let closed = self.is_closed(design.nodes[node.index()].next[place]);
        let PushNode { settings, subscribers, failing, .. } = self.push(node);
        let key = publication.wrapping_mul(TRIES).wrapping_add(failures);
        let mut draw = subscribers[place].draws[stream.index()].draw(number, key);
        let odds = &settings.deliveries[place];
        let gone = draw.chance(odds.client_error) && failures == 0;
        let by_fault =
            subscribers[place].draws[stream.index()].draw(number, key.wrapping_add(TRIES / 2)).chance(*failing);
        let failed = draw.chance(odds.server_error) || by_fault || closed;
        if gone {
            self.tell(item, node, What::Refused { why: Refusal::ClientError, again: None });
            return self.give_delivery_up(node, &delivery, None);
        }
        if failed {
            delivery.failures += 1;
            let verdict = settings.retry.after_failure(published, now, delivery.failures, draw.unit());
            let again = if let Verdict::RetryAt(at) = verdict { Some(at) } else { None };
            if closed {
                self.tell(item, design.nodes[node.index()].next[place], What::Struck(Strike::Refused));
            } else if by_fault {
                self.tell(item, node, What::Struck(Strike::Fails));
            }
            self.tell(item, node, What::Refused { why: Refusal::ServerError, again });
            return self.delivery_failed(node, delivery, verdict);
        }
        let latency = settings.latency.span(&mut draw);
        let again = draw.chance(settings.duplicate_probability).then(|| settings.latency.span(&mut draw));
        let next = design.nodes[node.index()].next[place];
        if let Some(latency) = again {
            let copy = Path { hop: latency, cause: Some(DuplicateCause::AtLeastOnceDelivery), ..Path::default() };
            self.ledger.tell(now + latency, item, Spot::Node(node), What::HandedOn { to: Some(next), copy: true });
            let second = step.map(|run| self.copy_of_event(run));
            if second.is_none() {
                self.ledger.hold(item);
            }
            self.hand_on(next, item, second, now + latency, path.then(copy));
        }
        self.ledger.tell(now + latency, item, Spot::Node(node), What::HandedOn { to: Some(next), copy: false });
        self.hand_on(next, item, step, now + latency, path.then(Path { hop: latency, ..Path::default() }));
    }

    fn hand_on(&mut self, next: NodeId, item: ItemRef, step: Option<RunRef>, at: Time, path: Path) {
        match step {
            Some(run) => self.invoke_step(next, run, at, path),
            None => self.deliver(next, item, at, path),
        }
    }

    fn delivery_failed(&mut self, node: NodeId, mut delivery: Delivery, verdict: Verdict) {
        match verdict {
            Verdict::RetryAt(at) => {
                delivery.path.back_off += at.since(self.now);
                self.push_later(node, at, Pending::Retry(delivery));
            }
            Verdict::TooOldAt(at) => self.push_later(node, at, Pending::TooOld(delivery)),
            Verdict::Exhausted => self.give_delivery_up(node, &delivery, None),
        }
    }

    /// A delivery is given up: kept in the subscriber's dead-letter queue, or dropped. What is dropped for its failures
    /// is lost, what is dropped for its age has expired.
    fn give_delivery_up(&mut self, node: NodeId, delivery: &Delivery, dropped_as: Option<End>) {
        let now = self.now;
        if let Some(run) = delivery.step {
            self.tell(delivery.item, node, What::GivenUp);
            return self.event_given_up(run);
        }
        let PushNode { settings, subscribers, .. } = self.push(node);
        let branches = subscribers[delivery.place].branches;
        let end = match settings.deliveries[delivery.place].on_failure {
            OnFailure::Drop => dropped_as,
            OnFailure::DeadLetterQueue => Some(End::DeadLettered),
        };
        self.tell(delivery.item, node, What::GivenUp);
        if let Some(end) = end {
            self.ledger.end(now, delivery.item, branches, end);
        }
        self.ledger.release(now, delivery.item);
    }
}

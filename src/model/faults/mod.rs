//! What faults strike in a design, and what they do there.
//!
//! Each part that is struck has a [`Timeline`]; at each of its boundaries, which are events of the calendar, what holds
//! of it is worked out anew and handed to the part, so that nothing is asked of the schedule of faults between them. What
//! happens at an instant (a zone is lost, code is replaced) is an act of the same event. A run without faults has
//! none of this.

mod door;
mod invokes;
mod lost;
mod strike;
mod target;

use super::design::{Design, NodeKind};
use super::ledger::{ItemRef, Path};
use super::simulation::{Event, Simulation, class};
use crate::arrivals::StreamSettings;
use crate::kernel::{Arena, Purpose, Root, Time};
use crate::services::faults::{FaultKind, Timeline};
use crate::words::NodeId;

pub(super) use invokes::Invoked;
pub use target::{DesignFault, Target};

/// The faults of a run.
#[derive(Debug)]
pub(super) struct Faults {
    /// What is struck, in the order of the targets.
    parts: Vec<(Target, Timeline)>,
    /// By node: whose place in `parts` holds back what is sent there, if any does.
    doors: Vec<Option<usize>>,
    /// The instants at which something begins or ends, in order.
    boundaries: Vec<Time>,
    /// What happens at some of them, in order.
    acts: Vec<(Time, Act)>,
    /// Items that their senders hold back.
    held: Arena<Held>,
    /// Draws by node, of functions that are struck.
    draws: Vec<Option<FunctionDraws>>,
    /// Which items are poison, by fault of the design and stream.
    poisons: Vec<Vec<Purpose>>,
}

/// Something that a fault does at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Act {
    /// The environments and tasks of a function that were in a zone are gone.
    LoseZone(NodeId, f64),
    /// Every environment of a function is replaced.
    ReplaceCode(NodeId),
    /// Items from now on are poison for a function: the fault, and the share.
    PoisonFrom(NodeId, usize, f64),
    /// From now on they are not.
    PoisonUntil(NodeId, usize),
}

/// An item that its sender holds back. It holds the item in the ledger.
#[derive(Debug, Clone, Copy)]
struct Held {
    node: NodeId,
    item: ItemRef,
    path: Path,
}

/// What is drawn of a function that is struck.
#[derive(Debug)]
struct FunctionDraws {
    /// The zone of each environment and task.
    zones: Purpose,
    /// Whether an invoke is refused, by stream; the last is for firings of a schedule.
    refusals: Vec<Purpose>,
}

impl Faults {
    /// The faults of a design; none where nothing goes wrong.
    pub(super) fn new(design: &Design, streams: &[StreamSettings], root: &Root) -> Option<Box<Self>> {
        if design.faults.is_empty() {
            return None;
        }
        let mut parts: Vec<(Target, Timeline)> = Vec::new();
        let mut acts = Vec::new();
        for (number, DesignFault { fault, targets }) in design.faults.iter().enumerate() {
            for &target in targets {
                let place = parts.iter().position(|(known, _)| *known == target).unwrap_or_else(|| {
                    parts.push((target, Timeline::default()));
                    parts.len() - 1
                });
                parts[place].1.add(fault.kind, &fault.windows);
                for window in &fault.windows {
                    acts.extend(
                        acts_of(&fault.kind, target, number)
                            .map(|(begins, act)| (if begins { window.start } else { window.end }, act)),
                    );
                }
            }
        }
        acts.sort_by_key(|&(at, _)| at);
        let mut boundaries: Vec<Time> = parts.iter().flat_map(|(_, timeline)| timeline.boundaries()).collect();
        boundaries.sort_unstable();
        boundaries.dedup();
        boundaries.retain(|&at| at < Time::NEVER);
        let poison_of = |fault: &DesignFault| {
            let purpose = format!("poison of {}", fault.fault.name);
            streams.iter().map(|stream| root.purpose(&stream.name, &purpose)).collect()
        };
        Some(Box::new(Self {
            doors: doors(design, &parts),
            boundaries,
            acts,
            held: Arena::new(),
            draws: draws(design, &parts, streams, root),
            poisons: design.faults.iter().map(poison_of).collect(),
            parts,
        }))
    }
}

/// What a fault does to a part at the start (true) and at the end of its windows.
fn acts_of(kind: &FaultKind, target: Target, number: usize) -> impl Iterator<Item = (bool, Act)> + use<> {
    let acts = match (target, *kind) {
        (Target::Node(node), FaultKind::ZoneLost { share }) => [Some((true, Act::LoseZone(node, share))), None],
        (Target::Node(node), FaultKind::BadDeploy { .. }) => {
            [Some((true, Act::ReplaceCode(node))), Some((false, Act::ReplaceCode(node)))]
        }
        (Target::Node(node), FaultKind::Poison { probability }) => {
            [Some((true, Act::PoisonFrom(node, number, probability))), Some((false, Act::PoisonUntil(node, number)))]
        }
        _ => [None, None],
    };
    acts.into_iter().flatten()
}

/// The nodes whose senders hold back while they are unavailable: not functions, schedules and APIs, whose callers are
/// told.
fn doors(design: &Design, parts: &[(Target, Timeline)]) -> Vec<Option<usize>> {
    let takes_in = |kind: &NodeKind| {
        matches!(kind, NodeKind::Notification(_) | NodeKind::Sqs(_) | NodeKind::Push(_) | NodeKind::Stream(_))
    };
    let door = |(index, node): (usize, &super::design::Node)| {
        let target = Target::Node(NodeId(index as u16));
        parts.iter().position(|(struck, _)| *struck == target).filter(|_| takes_in(&node.kind))
    };
    design.nodes.iter().enumerate().map(door).collect()
}

fn draws(
    design: &Design,
    parts: &[(Target, Timeline)],
    streams: &[StreamSettings],
    root: &Root,
) -> Vec<Option<FunctionDraws>> {
    let of_node = |(index, node): (usize, &super::design::Node)| {
        let target = Target::Node(NodeId(index as u16));
        let struck = matches!(node.kind, NodeKind::Function(_)) && parts.iter().any(|(struck, _)| *struck == target);
        let label = &node.label;
        let by_stream = || streams.iter().map(|stream| root.purpose(&format!("{}/{label}", stream.name), "refusal"));
        struck.then(|| FunctionDraws {
            zones: root.purpose(label, "zone"),
            refusals: by_stream().chain([root.purpose(label, "refused firing")]).collect(),
        })
    };
    design.nodes.iter().enumerate().map(of_node).collect()
}

impl Simulation<'_> {
    /// Puts every boundary in the calendar. To be done before all else, so that each comes first at its instant among the
    /// events of its class: what arrives as a fault begins finds it.
    pub(super) fn start_faults(&mut self) {
        let Some(faults) = &self.faults else { return };
        for (number, &at) in faults.boundaries.iter().enumerate() {
            self.calendar.schedule(at, class::ARRIVAL, Event::Fault(number as u32));
        }
    }

    /// Something begins or ends: what holds of each part is worked out anew, then what happens at this instant does.
    pub(super) fn fault_boundary(&mut self, number: u32) {
        let Some(faults) = self.faults.take() else { return };
        let at = faults.boundaries[number as usize];
        for (target, timeline) in &faults.parts {
            if timeline.changes(at) {
                self.strike(*target, timeline, at);
            }
        }
        let first = faults.acts.partition_point(|&(when, _)| when < at);
        let acts = faults.acts[first..].iter().take_while(|&&(when, _)| when == at).map(|&(_, act)| act);
        for act in acts {
            match act {
                Act::LoseZone(node, share) => {
                    if let Some(draws) = &faults.draws[node.index()] {
                        self.lose_zone(node, share, &draws.zones);
                    }
                }
                Act::ReplaceCode(node) => self.replace_code(node),
                Act::PoisonFrom(node, fault, share) => self.poison_from(node, &faults.poisons[fault], share),
                Act::PoisonUntil(node, fault) => self.poison_until(node, &faults.poisons[fault]),
            }
        }
        self.faults = Some(faults);
    }
}

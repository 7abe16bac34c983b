//! The way that most executions took.

use super::graph::Diagram;
use super::layout::Stop;

/// The way that most took through a graph, without what stands inside of its states; empty if nothing came there.
pub(super) fn path(diagram: &Diagram<'_>, graph: usize) -> Vec<Stop> {
    if diagram.begun(graph) == 0 {
        return Vec::new();
    }
    let mut path = vec![Stop::Start(graph)];
    let mut state = diagram.machine.graphs[graph].start;
    while !path.contains(&Stop::State(state)) {
        path.push(Stop::State(state));
        let ways = diagram.machine.ways.iter().enumerate().filter(|(_, way)| way.from == state);
        let most =
            ways.map(|(place, way)| (diagram.taken(place), way.to)).max_by_key(|&(taken, to)| (taken, usize::MAX - to));
        match most {
            Some((taken, to)) if taken > 0 && taken >= diagram.ended(state) => state = to,
            _ => {
                if diagram.machine.states[state].ends && diagram.ended(state) > 0 {
                    path.push(Stop::End(graph));
                }
                break;
            }
        }
    }
    path
}

/// The same through the whole machine: the path of each graph after that of the one it stands in.
pub(super) fn everywhere(diagram: &Diagram<'_>) -> Vec<Stop> {
    let (mut hot, mut open) = (Vec::new(), vec![0]);
    while let Some(graph) = open.pop() {
        let path = path(diagram, graph);
        let inside = path.iter().filter_map(|stop| match stop {
            Stop::State(state) => Some(&diagram.machine.states[*state].inner),
            Stop::Start(_) | Stop::End(_) => None,
        });
        open.extend(inside.flatten());
        hot.extend(path);
    }
    hot
}

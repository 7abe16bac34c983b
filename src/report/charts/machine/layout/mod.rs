//! Where the states of a machine stand: in layers from above to below, as their ways lead, with what stands inside of a
//! Parallel or Map state laid out in it first.
//!
//! Every way goes from one layer to the next by way points, one of which is as wide as its label; between two layers of
//! states is one of labels ([`ranks`]). The order in a layer follows the means of the neighbours ([`order`]), and so do the
//! places, with the hottest path and long ways upright ([`positions`]).

mod order;
mod positions;
mod ranks;
mod routes;

use super::graph::{Block, Diagram};
use super::hot;

/// A point, pixels.
pub(super) type Point = (f64, f64);

/// Between two boxes side by side.
const GAP: f64 = 26.0;
/// Between a layer and the labels behind it.
pub(super) const RISE: f64 = 26.0;
/// The height of a label.
pub(super) const LABEL: f64 = 15.0;
/// Inside of a container, around what stands in it.
pub(super) const PADDING: f64 = 16.0;
/// Between two graphs in one container.
const BETWEEN: f64 = 20.0;
/// The dot where a graph begins or ends, with its room.
const DOT: f64 = 16.0;

/// A state, placed: the upper left corner and the size of its box.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Box {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// What a placed way leads from or to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// A state.
    State(usize),
    /// The beginning of a graph.
    Start(usize),
    /// Its end.
    End(usize),
}

/// A way, placed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Route {
    pub(super) from: Stop,
    pub(super) to: Stop,
    /// Which of the machine's ways it is; none: to the first state, or from the last.
    pub(super) way: Option<usize>,
    /// From the lower edge of one box to the upper edge of the next.
    pub(super) points: Vec<Point>,
    /// The middle of its label.
    pub(super) label: Option<Point>,
}

/// A machine, placed.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    /// By state.
    pub(super) boxes: Vec<Box>,
    pub(super) routes: Vec<Route>,
    /// Centres of the dots where graphs begin and end.
    pub(super) dots: Vec<(Stop, Point)>,
}

/// Places a machine.
pub(super) fn layout(diagram: &Diagram<'_>) -> Layout {
    let mut layout = Layout { boxes: vec![Box::default(); diagram.blocks.len()], ..Layout::default() };
    let placed = graph(diagram, 0, &mut layout);
    (layout.width, layout.height) = (placed.width, placed.height);
    layout
}

/// What was placed of one graph, from its own upper left corner.
struct Placed {
    width: f64,
    height: f64,
}

/// Something in a layer: a state, a dot, or a way point.
#[derive(Debug, Clone)]
struct Spot {
    stop: Option<Stop>,
    rank: usize,
    width: f64,
    height: f64,
    x: f64,
}

/// A stretch of a way from one rank to the next.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    from: usize,
    to: usize,
    weight: f64,
}

struct Way {
    from: Stop,
    to: Stop,
    way: Option<usize>,
    label_width: f64,
    weight: f64,
    /// It leads up: it is laid out the other way round.
    reversed: bool,
}

fn graph(diagram: &Diagram<'_>, index: usize, layout: &mut Layout) -> Placed {
    let states = diagram.states_of(index);
    for &state in &states {
        inner(diagram, state, layout);
    }
    let ways = ranks::ways(diagram, index, &states);
    let ranks = ranks::ranks(&states, &ways, index);
    let mut spots: Vec<Spot> = Vec::new();
    let place =
        |stop: Stop, rank: usize, (width, height): (f64, f64)| Spot { stop: Some(stop), rank, width, height, x: 0.0 };
    spots.push(place(Stop::Start(index), 0, (DOT, DOT)));
    for (&state, rank) in states.iter().zip(&ranks) {
        let Box { width, height, .. } = layout.boxes[state];
        spots.push(place(Stop::State(state), *rank, (width, height)));
    }
    let last = ranks.iter().max().copied().unwrap_or(0) + 2;
    if ways.iter().any(|way| way.to == Stop::End(index)) {
        spots.push(place(Stop::End(index), last, (DOT, DOT)));
    }
    let (stretches, chains) = ranks::stretches(&ways, &mut spots);
    let mut layers = order::layers(&spots);
    order::order(&mut layers, &stretches, spots.len());
    let upright = ranks::upright(&ways, &chains, &spots, &hot::path(diagram, index));
    positions::positions(&layers, &stretches, &upright, &mut spots);
    let (tops, heights, height) = tops(&layers, &spots);
    let left = spots.iter().map(|spot| spot.x - spot.width / 2.0).fold(f64::INFINITY, f64::min);
    let right = spots.iter().map(|spot| spot.x + spot.width / 2.0).fold(f64::NEG_INFINITY, f64::max);
    spots.iter_mut().for_each(|spot| spot.x -= left);
    let top = |spot: &Spot| tops[spot.rank] + (heights[spot.rank] - spot.height) / 2.0;
    for spot in &spots {
        match spot.stop {
            Some(Stop::State(state)) => shift(diagram, state, spot.x - spot.width / 2.0, top(spot), layout),
            Some(stop) => layout.dots.push((stop, (spot.x, top(spot) + spot.height / 2.0))),
            None => {}
        }
    }
    let edges = |spot: &Spot| (tops[spot.rank], tops[spot.rank] + heights[spot.rank]);
    layout.routes.extend(routes::routes(&ways, &chains, &spots, &edges));
    Placed { width: right - left, height }
}

/// Lays out what stands inside of a state, or takes the size of its own box.
fn inner(diagram: &Diagram<'_>, state: usize, layout: &mut Layout) {
    let Block { width, height, inner } = &diagram.blocks[state];
    if inner.is_empty() {
        layout.boxes[state] = Box { x: 0.0, y: 0.0, width: *width, height: *height };
        return;
    }
    let mut x = PADDING;
    let mut tallest: f64 = 0.0;
    for &graph_index in inner {
        let (routes, dots) = (layout.routes.len(), layout.dots.len());
        let placed = graph(diagram, graph_index, layout);
        let (dx, dy) = (x, height + PADDING / 2.0);
        for &state in &diagram.states_below(graph_index) {
            layout.boxes[state].x += dx;
            layout.boxes[state].y += dy;
        }
        move_routes(&mut layout.routes[routes..], dx, dy);
        layout.dots[dots..].iter_mut().for_each(|(_, at)| *at = (at.0 + dx, at.1 + dy));
        x += placed.width + BETWEEN;
        tallest = tallest.max(placed.height);
    }
    let content = x - BETWEEN + PADDING;
    let spare = (width - content).max(0.0) / 2.0;
    if spare > 0.0 {
        move_inside(diagram, state, spare, 0.0, layout);
    }
    layout.boxes[state] = Box { x: 0.0, y: 0.0, width: content.max(*width), height: height + tallest + 1.5 * PADDING };
}

fn move_routes(routes: &mut [Route], dx: f64, dy: f64) {
    for route in routes {
        route.points.iter_mut().for_each(|point| *point = (point.0 + dx, point.1 + dy));
        route.label = route.label.map(|(x, y)| (x + dx, y + dy));
    }
}

/// Moves all that stands in a state.
fn move_inside(diagram: &Diagram<'_>, state: usize, dx: f64, dy: f64, layout: &mut Layout) {
    let inside: Vec<usize> =
        diagram.blocks[state].inner.iter().flat_map(|&graph| diagram.states_below(graph)).collect();
    let graphs: Vec<usize> = diagram.graphs_below(state);
    for &state in &inside {
        layout.boxes[state].x += dx;
        layout.boxes[state].y += dy;
    }
    let is_inside = |stop: Stop| match stop {
        Stop::State(state) => inside.contains(&state),
        Stop::Start(graph) | Stop::End(graph) => graphs.contains(&graph),
    };
    for route in layout.routes.iter_mut().filter(|route| is_inside(route.from)) {
        move_routes(std::slice::from_mut(route), dx, dy);
    }
    for (_, at) in layout.dots.iter_mut().filter(|(stop, _)| is_inside(*stop)) {
        *at = (at.0 + dx, at.1 + dy);
    }
}

/// Moves a state and all that stands in it.
fn shift(diagram: &Diagram<'_>, state: usize, dx: f64, dy: f64, layout: &mut Layout) {
    layout.boxes[state].x += dx;
    layout.boxes[state].y += dy;
    if !diagram.blocks[state].inner.is_empty() {
        move_inside(diagram, state, dx, dy, layout);
    }
}

/// The upper edge and the height of each layer, and the height of all.
fn tops(layers: &[Vec<usize>], spots: &[Spot]) -> (Vec<f64>, Vec<f64>, f64) {
    let heights: Vec<f64> =
        layers.iter().map(|layer| layer.iter().map(|&spot| spots[spot].height).fold(0.0, f64::max)).collect();
    let mut tops = Vec::with_capacity(heights.len());
    let mut y = 0.0;
    for (rank, height) in heights.iter().enumerate() {
        tops.push(y);
        // Less room around the dots.
        y += height + if rank == 0 { RISE / 2.0 } else { RISE };
    }
    (tops, heights, (y - RISE).max(0.0))
}

//! Where the states of a machine stand: in layers from above to below, as their ways lead, with what stands inside of a
//! Parallel or Map state laid out in it first.
//!
//! Every way goes from one layer to the next by way points, one of which is as wide as its label; between two layers of
//! states is one of labels. The order in a layer follows the means of the neighbours, and so do the places, as close to
//! them as the widths allow (an isotonic regression, which is exact).

use super::graph::{Block, Diagram};

/// A point, pixels.
pub(super) type Point = (f64, f64);

/// Between two boxes side by side.
const GAP: f64 = 26.0;
/// Between a layer and the labels behind it.
const RISE: f64 = 20.0;
/// The height of a label.
pub(super) const LABEL: f64 = 15.0;
/// Inside of a container, around what stands in it.
pub(super) const PADDING: f64 = 16.0;
/// Between two graphs in one container.
const BETWEEN: f64 = 20.0;
/// The dot where a graph begins or ends, with its room.
const DOT: f64 = 16.0;
/// Passes over the layers, each down and up.
const PASSES: usize = 12;
/// Passes over the places: long ways come straight slowly.
const SETTLING: usize = 80;
/// How much straighter a way is between two of its own points than between two boxes, …
const LONG: f64 = 60.0;
/// … and between a box and a point.
const HALF_LONG: f64 = 2.0;

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
    let ways = ways(diagram, index, &states);
    let ranks = ranks(&states, &ways, index);
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
    let (stretches, chains) = stretches(&ways, &mut spots);
    let mut layers = layers(&spots);
    order(&mut layers, &stretches, spots.len());
    positions(&layers, &stretches, &mut spots);
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
    for (way, chain) in ways.iter().zip(&chains) {
        let edges = |spot: &Spot| (tops[spot.rank], tops[spot.rank] + heights[spot.rank]);
        layout.routes.push(route(way, chain, &spots, &edges));
    }
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

/// The ways of a graph: from its beginning, between its states, and to its end; those that close a circle are reversed.
fn ways(diagram: &Diagram<'_>, index: usize, states: &[usize]) -> Vec<Way> {
    let plain =
        |from: Stop, to: Stop, weight: f64| Way { from, to, way: None, label_width: 0.0, weight, reversed: false };
    let first = diagram.machine.graphs[index].start;
    let mut ways = vec![plain(Stop::Start(index), Stop::State(first), 4.0)];
    let backward = backward(diagram, states, first);
    for (place, shape) in diagram.machine.ways.iter().enumerate().filter(|(_, way)| states.contains(&way.from)) {
        ways.push(Way {
            from: Stop::State(shape.from),
            to: Stop::State(shape.to),
            way: Some(place),
            label_width: diagram.label_width(place),
            weight: 1.0 + 6.0 * diagram.share(place),
            reversed: backward.contains(&place),
        });
    }
    let ends = states.iter().filter(|&&state| diagram.machine.states[state].ends);
    ways.extend(ends.map(|&state| plain(Stop::State(state), Stop::End(index), 1.0)));
    ways
}

/// The ways that lead back to a state that one has come by, from a walk in depth.
fn backward(diagram: &Diagram<'_>, states: &[usize], first: usize) -> Vec<usize> {
    let mut backward = Vec::new();
    let mut done: Vec<usize> = Vec::new();
    // The states on the present way, each with the ways that are still to be taken from it.
    let out = |state: usize| -> Vec<usize> {
        let ways = diagram.machine.ways.iter().enumerate();
        ways.filter(|(_, way)| way.from == state).map(|(place, _)| place).rev().collect()
    };
    let starts = std::iter::once(first).chain(states.iter().copied());
    for start in starts {
        if done.contains(&start) {
            continue;
        }
        let mut path = vec![(start, out(start))];
        while let Some((state, left)) = path.last_mut() {
            let Some(place) = left.pop() else {
                done.push(*state);
                path.pop();
                continue;
            };
            let to = diagram.machine.ways[place].to;
            if path.iter().any(|(on_path, _)| *on_path == to) {
                backward.push(place);
            } else if !done.contains(&to) {
                path.push((to, out(to)));
            }
        }
    }
    backward
}

/// The rank of each state: even, below all that leads to it.
fn ranks(states: &[usize], ways: &[Way], index: usize) -> Vec<usize> {
    let place = |stop: Stop| match stop {
        Stop::State(state) => states.iter().position(|&other| other == state),
        Stop::Start(_) | Stop::End(_) => None,
    };
    let mut ranks = vec![2; states.len()];
    for _ in 0..=states.len() {
        for way in ways.iter().filter(|way| way.to != Stop::End(index) && way.from != way.to) {
            let (from, to) = if way.reversed { (way.to, way.from) } else { (way.from, way.to) };
            if let (Some(from), Some(to)) = (place(from), place(to)) {
                ranks[to] = ranks[to].max(ranks[from] + 2);
            }
        }
    }
    ranks
}

/// Cuts ways into stretches from rank to rank, with way points between; of each way its chain of spots, downwards.
fn stretches(ways: &[Way], spots: &mut Vec<Spot>) -> (Vec<Stretch>, Vec<Vec<usize>>) {
    let mut stretches = Vec::new();
    let mut chains = Vec::new();
    for way in ways {
        let find = |stop: Stop| spots.iter().position(|spot| spot.stop == Some(stop)).unwrap_or(0);
        let (mut from, mut to) = (find(way.from), find(way.to));
        if way.reversed {
            std::mem::swap(&mut from, &mut to);
        }
        let mut chain = vec![from];
        if from != to {
            let (first, last) = (spots[from].rank + 1, spots[to].rank);
            for rank in first..last {
                let labelled = rank == if way.reversed { last - 1 } else { first };
                let width = if labelled { way.label_width.max(8.0) } else { 8.0 };
                let height = if labelled && way.label_width > 0.0 { LABEL } else { 0.0 };
                spots.push(Spot { stop: None, rank, width, height, x: 0.0 });
                chain.push(spots.len() - 1);
            }
            chain.push(to);
            let is_point = |spot: usize| spots[spot].stop.is_none();
            let straight = |pair: &[usize]| match (is_point(pair[0]), is_point(pair[1])) {
                (true, true) => LONG,
                (false, false) => 1.0,
                _ => HALF_LONG,
            };
            let stretch = |pair: &[usize]| Stretch { from: pair[0], to: pair[1], weight: way.weight * straight(pair) };
            stretches.extend(chain.windows(2).map(stretch));
        }
        chains.push(chain);
    }
    (stretches, chains)
}

fn layers(spots: &[Spot]) -> Vec<Vec<usize>> {
    let count = spots.iter().map(|spot| spot.rank + 1).max().unwrap_or(0);
    let mut layers = vec![Vec::new(); count];
    spots.iter().enumerate().for_each(|(index, spot)| layers[spot.rank].push(index));
    layers
}

/// Orders each layer by the means of its neighbours' places; of all orders met the one with the fewest crossings.
fn order(layers: &mut Vec<Vec<usize>>, stretches: &[Stretch], spots: usize) {
    let mut best = (crossings(layers, stretches, spots), layers.clone());
    for pass in 0..PASSES {
        let ranks: Vec<usize> =
            if pass % 2 == 0 { (0..layers.len()).collect() } else { (0..layers.len()).rev().collect() };
        for rank in ranks {
            let places = places(layers, spots);
            let mean = |spot: usize| {
                let neighbours = stretches.iter().filter_map(|stretch| match pass % 2 {
                    0 => (stretch.to == spot).then_some(places[stretch.from]),
                    _ => (stretch.from == spot).then_some(places[stretch.to]),
                });
                let (sum, count) = neighbours.fold((0.0, 0.0), |(sum, count), place| (sum + place, count + 1.0));
                if count > 0.0 { sum / count } else { places[spot] }
            };
            let mut keyed: Vec<(f64, usize)> = layers[rank].iter().map(|&spot| (mean(spot), spot)).collect();
            keyed.sort_by(|left, right| left.0.total_cmp(&right.0));
            layers[rank] = keyed.into_iter().map(|(_, spot)| spot).collect();
        }
        let found = crossings(layers, stretches, spots);
        if found < best.0 {
            best = (found, layers.clone());
        }
    }
    *layers = best.1;
}

/// The place of each spot in its layer, from 0 to 1.
fn places(layers: &[Vec<usize>], spots: usize) -> Vec<f64> {
    let mut places = vec![0.0; spots];
    for layer in layers {
        for (place, &spot) in layer.iter().enumerate() {
            places[spot] = (place as f64 + 0.5) / layer.len() as f64;
        }
    }
    places
}

fn crossings(layers: &[Vec<usize>], stretches: &[Stretch], spots: usize) -> usize {
    let places = places(layers, spots);
    let rank_of = |spot: usize| layers.iter().position(|layer| layer.contains(&spot));
    let ranked: Vec<_> = stretches.iter().map(|stretch| (rank_of(stretch.from), stretch)).collect();
    let mut count = 0;
    for (index, (rank, one)) in ranked.iter().enumerate() {
        for (_, other) in ranked[index + 1..].iter().filter(|(other, _)| other == rank) {
            let (above, below) = (places[one.from] - places[other.from], places[one.to] - places[other.to]);
            count += usize::from(above * below < 0.0);
        }
    }
    count
}

/// Places the spots of each layer as near to the means of their neighbours as their widths allow.
fn positions(layers: &[Vec<usize>], stretches: &[Stretch], spots: &mut [Spot]) {
    for layer in layers {
        let mut x = 0.0;
        for &spot in layer {
            spots[spot].x = x + spots[spot].width / 2.0;
            x += spots[spot].width + GAP;
        }
        layer.iter().for_each(|&spot| spots[spot].x -= (x - GAP) / 2.0);
    }
    for pass in 0..SETTLING {
        let ranks: Vec<usize> =
            if pass % 2 == 0 { (0..layers.len()).collect() } else { (0..layers.len()).rev().collect() };
        // The last passes look both ways.
        let both = pass >= PASSES;
        for rank in ranks {
            let wanted = |spot: usize| {
                let neighbours = stretches.iter().filter_map(|stretch| {
                    let above = (stretch.to == spot && (both || pass % 2 == 0)).then_some(stretch.from);
                    let below = (stretch.from == spot && (both || pass % 2 == 1)).then_some(stretch.to);
                    above.or(below).map(|other| (spots[other].x, stretch.weight))
                });
                let (sum, weight) =
                    neighbours.fold((0.0, 0.0), |(sum, all), (x, weight)| (sum + x * weight, all + weight));
                if weight > 0.0 { (sum / weight, weight) } else { (spots[spot].x, 0.1) }
            };
            let layer = &layers[rank];
            let wishes: Vec<(f64, f64)> = layer.iter().map(|&spot| wanted(spot)).collect();
            let widths: Vec<f64> = layer.iter().map(|&spot| spots[spot].width).collect();
            for (&spot, x) in layer.iter().zip(apart(&wishes, &widths)) {
                spots[spot].x = x;
            }
        }
    }
}

/// Centres nearest to the wished ones (weighted least squares) in this order, with room for the widths: pools of those
/// that push each other.
fn apart(wishes: &[(f64, f64)], widths: &[f64]) -> Vec<f64> {
    // With the widths taken off, the centres need only not fall.
    let mut offsets = Vec::with_capacity(widths.len());
    let mut offset = 0.0;
    for (index, width) in widths.iter().enumerate() {
        if index > 0 {
            offset += (widths[index - 1] + width) / 2.0 + GAP;
        }
        offsets.push(offset);
    }
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for ((wish, weight), offset) in wishes.iter().zip(&offsets) {
        let mut pool = ((wish - offset) * weight, *weight, 1);
        while let Some(&(sum, all, count)) = pools.last()
            && sum / all >= pool.0 / pool.1
        {
            pool = (pool.0 + sum, pool.1 + all, pool.2 + count);
            pools.pop();
        }
        pools.push(pool);
    }
    let means = pools.iter().flat_map(|&(sum, all, count)| std::iter::repeat_n(sum / all, count));
    means.zip(offsets).map(|(mean, offset)| mean + offset).collect()
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

/// A way through its spots, from the lower edge of one box to the upper edge of the next. It passes upright through the
/// layers of states, so that it keeps clear of their boxes, and through its label; `edges` are a layer's.
fn route(way: &Way, chain: &[usize], spots: &[Spot], edges: &dyn Fn(&Spot) -> (f64, f64)) -> Route {
    let top = |spot: &Spot| {
        let (upper, lower) = edges(spot);
        upper + (lower - upper - spot.height) / 2.0
    };
    let (first, last) = (&spots[chain[0]], &spots[chain[chain.len() - 1]]);
    let mut label = None;
    let mut points = Vec::new();
    if chain.len() == 1 {
        // It leads to where it comes from: round the right edge.
        let (x, y) = (first.x + first.width / 2.0, top(first) + first.height / 2.0);
        points.extend([(x, y - 8.0), (x + 22.0, y - 8.0), (x + 22.0, y + 8.0), (x, y + 8.0)]);
        return Route { from: way.from, to: way.to, way: way.way, points, label };
    }
    points.push((first.x, top(first) + first.height));
    for &spot in &chain[1..chain.len() - 1] {
        let spot = &spots[spot];
        if spot.height > 0.0 {
            label = Some((spot.x, top(spot) + spot.height / 2.0));
            points.extend([(spot.x, top(spot)), (spot.x, top(spot) + spot.height)]);
        } else if spot.rank.is_multiple_of(2) {
            let (upper, lower) = edges(spot);
            points.extend([(spot.x, upper), (spot.x, lower)]);
        }
    }
    points.push((last.x, top(last)));
    if way.reversed {
        points.reverse();
    }
    Route { from: way.from, to: way.to, way: way.way, points, label }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wants_the_same_place_stands_side_by_side_around_it() {
        let placed = apart(&[(100.0, 1.0), (100.0, 1.0)], &[40.0, 60.0]);
        assert_eq!(placed, [100.0 - (50.0 + GAP) / 2.0, 100.0 + (50.0 + GAP) / 2.0]);
        let free = apart(&[(0.0, 1.0), (500.0, 1.0)], &[40.0, 60.0]);
        assert_eq!(free, [0.0, 500.0]);
    }
}

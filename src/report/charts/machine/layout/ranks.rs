//! The ways of a graph, the layer of each state, and the points by which ways pass through the layers between.

use super::{Diagram, LABEL, Spot, Stop, Stretch, Way};

/// How much more a way pulls at a point of its own that could not be joined to its next one than at a box.
const LONG: f64 = 8.0;

/// The ways of a graph: from its beginning, between its states, and to its end; those that close a circle are reversed.
pub(super) fn ways(diagram: &Diagram<'_>, index: usize, states: &[usize]) -> Vec<Way> {
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
pub(super) fn ranks(states: &[usize], ways: &[Way], index: usize) -> Vec<usize> {
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
pub(super) fn stretches(ways: &[Way], spots: &mut Vec<Spot>) -> (Vec<Stretch>, Vec<Vec<usize>>) {
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
            let stretch = |pair: &[usize]| {
                let long = is_point(pair[0]) && is_point(pair[1]);
                Stretch { from: pair[0], to: pair[1], weight: if long { LONG } else { 1.0 } * way.weight }
            };
            stretches.extend(chain.windows(2).map(stretch));
        }
        chains.push(chain);
    }
    (stretches, chains)
}

/// Pairs of spots that are to stand upright, those first that matter most: along the hottest path, and between the points
/// of a way, the longest first.
pub(super) fn upright(ways: &[Way], chains: &[Vec<usize>], spots: &[Spot], hot: &[Stop]) -> Vec<(usize, usize)> {
    let pairs = |chain: &Vec<usize>| chain.windows(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>();
    let is_hot = |way: &Way| hot.windows(2).any(|pair| pair == [way.from, way.to]);
    let mut hottest: Vec<_> = ways.iter().zip(chains).filter(|(way, _)| is_hot(way)).collect();
    hottest.sort_by(|(one, _), (other, _)| other.weight.total_cmp(&one.weight));
    let mut longest: Vec<&Vec<usize>> = chains.iter().collect();
    longest.sort_by_key(|chain| std::cmp::Reverse(chain.len()));
    let is_point = |spot: usize| spots[spot].stop.is_none();
    let along = longest.into_iter().flat_map(pairs).filter(|&(one, other)| is_point(one) && is_point(other));
    hottest.into_iter().flat_map(|(_, chain)| pairs(chain)).chain(along).collect()
}

//! The lines of the ways: where they leave and reach their boxes, and what they pass between.

use super::{Route, Spot, Way};

/// From the corner of a box to the first way.
const CORNER: f64 = 22.0;
/// Between two ways at one edge of a box.
const PORT: f64 = 18.0;

/// Every way with the chain of its spots, drawn; `edges` are those of a spot's layer.
pub(super) fn routes(
    ways: &[Way],
    chains: &[Vec<usize>],
    spots: &[Spot],
    edges: &dyn Fn(&Spot) -> (f64, f64),
) -> Vec<Route> {
    let ports = ports(ways, chains, spots);
    let routes = ways.iter().zip(chains).zip(ports);
    routes.map(|((way, chain), ports)| route(way, chain, ports, spots, edges)).collect()
}

/// Where each way leaves the upper of its boxes, and where it reaches the lower.
fn ports(ways: &[Way], chains: &[Vec<usize>], spots: &[Spot]) -> Vec<(f64, f64)> {
    let mut ports = vec![(0.0, 0.0); ways.len()];
    for (index, spot) in spots.iter().enumerate().filter(|(_, spot)| spot.stop.is_some()) {
        for below in [true, false] {
            let towards = |chain: &Vec<usize>| match chain.as_slice() {
                [first, next, ..] if below && *first == index => Some(*next),
                [.., next, last] if !below && *last == index => Some(*next),
                _ => None,
            };
            let reach = (spot.width / 2.0 - CORNER).max(0.0);
            let mut here: Vec<(usize, f64)> = chains
                .iter()
                .enumerate()
                .filter_map(|(way, chain)| Some((way, spots[towards(chain)?].x.clamp(spot.x - reach, spot.x + reach))))
                .collect();
            here.sort_by(|one, other| one.1.total_cmp(&other.1));
            let wishes: Vec<(f64, f64)> = here.iter().map(|&(way, x)| (x, ways[way].weight)).collect();
            let room = PORT.min(2.0 * reach / here.len().saturating_sub(1).max(1) as f64);
            let last = here.len().saturating_sub(1);
            for (index, (&(way, _), x)) in here.iter().zip(apart(&wishes, room)).enumerate() {
                let (before, after) = (index as f64 * room, (last - index) as f64 * room);
                let x = x.min(spot.x + reach - after).max(spot.x - reach + before);
                if below { ports[way].0 = x } else { ports[way].1 = x }
            }
        }
    }
    ports
}

/// Places nearest to the wished ones (weighted least squares) in this order and so far apart: pools of those that push
/// each other.
fn apart(wishes: &[(f64, f64)], room: f64) -> Vec<f64> {
    // With the room taken off, the places need only not fall.
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (index, (wish, weight)) in wishes.iter().enumerate() {
        let mut pool = ((wish - index as f64 * room) * weight, *weight, 1);
        while let Some(&(sum, all, count)) = pools.last()
            && sum / all >= pool.0 / pool.1
        {
            pool = (pool.0 + sum, pool.1 + all, pool.2 + count);
            pools.pop();
        }
        pools.push(pool);
    }
    let means = pools.iter().flat_map(|&(sum, all, count)| std::iter::repeat_n(sum / all, count));
    means.enumerate().map(|(index, mean)| mean + index as f64 * room).collect()
}

/// A way through its spots, from the lower edge of one box to the upper edge of the next. It passes upright through the
/// layers of states, so that it keeps clear of their boxes, and through its label; `edges` are a layer's.
fn route(
    way: &Way,
    chain: &[usize],
    (leaves, reaches): (f64, f64),
    spots: &[Spot],
    edges: &dyn Fn(&Spot) -> (f64, f64),
) -> Route {
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
    points.push((leaves, top(first) + first.height));
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
    points.push((reaches, top(last)));
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
        assert_eq!(apart(&[(100.0, 1.0), (100.0, 1.0)], 20.0), [90.0, 110.0]);
        assert_eq!(apart(&[(0.0, 1.0), (500.0, 1.0)], 20.0), [0.0, 500.0]);
        assert_eq!(apart(&[(100.0, 3.0), (100.0, 1.0)], 20.0), [95.0, 115.0], "the heavier gives way less");
    }
}

//! The order of what stands in a layer: by the means of its neighbours, with as few crossings as were met.

use super::{Spot, Stretch};

/// Passes over the layers, each down and up.
const PASSES: usize = 12;

pub(super) fn layers(spots: &[Spot]) -> Vec<Vec<usize>> {
    let count = spots.iter().map(|spot| spot.rank + 1).max().unwrap_or(0);
    let mut layers = vec![Vec::new(); count];
    spots.iter().enumerate().for_each(|(index, spot)| layers[spot.rank].push(index));
    layers
}

/// Orders each layer by the means of its neighbours' places; of all orders met the one with the fewest crossings.
pub(super) fn order(layers: &mut Vec<Vec<usize>>, stretches: &[Stretch], spots: usize) {
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

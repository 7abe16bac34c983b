//! The settings of which no other is both cheaper and sooner.

/// Which of the points (cost, latency) lie on the front; equal ones are there once, what is infinite or nothing never.
pub(super) fn front(points: &[(f64, f64)]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.retain(|&index| points[index].0.is_finite() && points[index].1.is_finite());
    order.sort_by(|&a, &b| points[a].0.total_cmp(&points[b].0).then(points[a].1.total_cmp(&points[b].1)));
    let mut on_front = vec![false; points.len()];
    let mut soonest = f64::INFINITY;
    for index in order {
        if points[index].1 < soonest {
            on_front[index] = true;
            soonest = points[index].1;
        }
    }
    on_front
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dearer_and_later_is_behind_the_front() {
        let points = [(1.0, 9.0), (2.0, 5.0), (3.0, 6.0), (4.0, 1.0), (2.0, 5.0), (2.0, 7.0)];
        assert_eq!(front(&points), [true, true, false, true, false, false]);
        assert_eq!(front(&[(0.0, f64::INFINITY), (f64::NAN, 1.0), (5.0, 5.0)]), [false, false, true]);
        assert!(front(&[]).is_empty());
    }
}

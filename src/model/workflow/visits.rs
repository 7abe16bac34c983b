//! Which visit of its state a task belongs to: what tells a repetition from another step.

/// The tasks of one execution by their visits.
#[derive(Debug, Default)]
pub(super) struct Visits {
    /// State, place in the execution, and which visit of the state that is; in the order of the first two.
    known: Vec<(u32, u32, u32)>,
    /// State, visit and retries of the attempts that failed and were not followed yet, oldest first.
    failed: Vec<(u32, u32, u32)>,
}

impl Visits {
    /// A task of a state begins at a place of its execution, where `retries` before it have failed. Its visit: the first
    /// at a new place, else the same as before, be it that the state was retried or one that holds it.
    ///
    /// Attempts of several iterations that failed as often are followed up in the order of their failures.
    pub(super) fn begin(&mut self, state: u32, place: u32, retries: u32) -> u32 {
        if retries > 0 {
            let followed = self.failed.iter().position(|&(of, _, before)| of == state && before + 1 == retries);
            if let Some(followed) = followed {
                return self.failed.remove(followed).1;
            }
        }
        match self.known.binary_search_by_key(&(state, place), |&(state, place, _)| (state, place)) {
            Ok(found) => self.known[found].2,
            Err(insert) => {
                let first = self.known.partition_point(|&(of, ..)| of < state);
                let behind = self.known.partition_point(|&(of, ..)| of <= state);
                let visit = (behind - first) as u32;
                self.known.insert(insert, (state, place, visit));
                visit
            }
        }
    }

    /// An attempt has failed.
    pub(super) fn failed(&mut self, state: u32, visit: u32, retries: u32) {
        self.failed.push((state, visit, retries));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_belongs_to_the_visit_of_what_failed() {
        let mut visits = Visits::default();
        assert_eq!((visits.begin(3, 10, 0), visits.begin(3, 20, 0)), (0, 1));
        visits.failed(3, 1, 0);
        assert_eq!(visits.begin(3, 99, 1), 1);
        assert_eq!(visits.begin(3, 30, 0), 2, "another turn of a loop is another visit");
    }

    #[test]
    fn what_comes_to_the_same_place_again_is_the_same_visit() {
        let mut visits = Visits::default();
        assert_eq!(visits.begin(7, 5, 0), 0);
        assert_eq!(visits.begin(7, 5, 0), 0, "the Parallel state around it was retried");
        assert_eq!(visits.begin(8, 5, 0), 0, "each state counts for itself");
    }
}

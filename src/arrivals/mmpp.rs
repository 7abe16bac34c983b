//! A Markov-modulated Poisson process: the rate jumps between states that follow each other in turn.

use crate::kernel::{Purpose, Root, Time};

use super::clock::{Clock, unit_exponential};
use super::settings::MmppState;

/// Arrivals while the states pass by. The run starts as a stay in the first state begins.
///
/// An item needs one unit exponential of cumulated rate; a stay gives `rate * length` of it. Stays are keyed by their
/// ordinal and items by theirs, so a higher load moves items closer together and leaves the states where they were.
#[derive(Debug)]
pub(super) struct Mmpp {
    clock: Clock,
    states: Vec<State>,
    current: usize,
    stay: u64,
    left_ns: f64,
    gaps: Purpose,
    stays: Purpose,
    until: Time,
}

#[derive(Debug)]
struct State {
    rate_per_ns: f64,
    mean_stay_ns: f64,
}

impl Mmpp {
    /// At least one state; stays are above zero.
    pub(super) fn new(states: &[MmppState], until: Time, load: f64, root: &Root, stream: &str) -> Self {
        let states: Vec<_> = states
            .iter()
            .map(|state| State {
                rate_per_ns: state.rate * load / 1e9,
                mean_stay_ns: state.mean_stay.as_nanos() as f64,
            })
            .collect();
        let stays = root.purpose(stream, "stay");
        let left_ns = unit_exponential(&mut stays.draw(0, 0)) * states[0].mean_stay_ns;
        let gaps = root.purpose(stream, "gap");
        Self { clock: Clock::default(), states, current: 0, stay: 0, left_ns, gaps, stays, until }
    }

    /// When item `number` arrives; [`Time::NEVER`] past the end of the stream.
    pub(super) fn next(&mut self, number: u64) -> Time {
        let mut owed = unit_exponential(&mut self.gaps.draw(number, 0));
        loop {
            let rate = self.states[self.current].rate_per_ns;
            if owed < rate * self.left_ns {
                let gap = owed / rate;
                self.left_ns -= gap;
                return self.clock.advance(gap);
            }
            owed -= rate * self.left_ns;
            if self.clock.advance(self.left_ns) >= self.until {
                return Time::NEVER;
            }
            self.change_state();
        }
    }

    fn change_state(&mut self) {
        self.current = (self.current + 1) % self.states.len();
        self.stay += 1;
        self.left_ns = unit_exponential(&mut self.stays.draw(self.stay, 0)) * self.states[self.current].mean_stay_ns;
    }

    /// The long-run rate: rates weighted by the mean stays.
    pub(super) fn mean_rate(states: &[MmppState]) -> f64 {
        let length: f64 = states.iter().map(|state| state.mean_stay.as_secs_f64()).sum();
        states.iter().map(|state| state.rate * state.mean_stay.as_secs_f64()).sum::<f64>() / length
    }
}

//! What is watched of a strategy's faults: when the backlog is back to its level before each, when items come in time
//! again, and how many requests were made meanwhile.
//!
//! **Backlog.** The level before a fault is the highest that held for any time in a window before it as long as the fault
//! (cut off at the start of the run). It is back at the first instant from the fault's end on from which on it is no
//! higher for any time. That it may rise again later is nothing to this fault.
//!
//! **Latency.** Items are counted by the time of their arrival, in windows from the start of the run: how many came, and how
//! many of them within the bound. The latency is back with the first window that begins at the fault's end or later, in
//! which items arrived, and of which at least 99 % came within the bound: their p99 meets it. Items never processed do not.
//!
//! **Requests.** Of each function, downstream and API: the requests offered to it while a fault holds, and of them those
//! that are no repetition. Requests refused count; what is repeated is the item's try at that place, whoever repeats it.

use std::collections::VecDeque;

use super::outcome::{Back, FaultOutcome, OccurrenceOutcome, RequestTotals};
use crate::kernel::{Span, Time};
use crate::metrics::Grid;
use crate::services::faults::Window;

/// The shortest window in which arrivals are counted together.
const SHORTEST_WINDOW: Span = Span::from_secs(60);

/// A fault by its name, and from when until when it holds, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Watched {
    pub name: String,
    pub windows: Vec<Window>,
}

/// The backlog and the latency around faults, told by the ledger.
#[derive(Debug, Clone)]
pub struct FaultWatch {
    /// Occurrences whose time before has not come yet, by the beginning of that.
    later: VecDeque<Occurrence>,
    /// Those that are watched.
    open: Vec<Occurrence>,
    /// Those after which the backlog is back.
    over: Vec<Occurrence>,
    /// The level has been what it is since then.
    since: Time,
    /// What is in time, if an objective says so.
    bound: Option<Span>,
    window: Span,
    arrivals: Vec<Arrivals>,
}

#[derive(Debug, Clone, Copy)]
struct Occurrence {
    /// Its fault's place, and its own among those of the fault.
    place: (usize, usize),
    /// The time before it begins here.
    from: Time,
    window: Window,
    /// The highest level in that time.
    before: u64,
    back: Option<Time>,
}

/// Items that arrived in one window.
#[derive(Debug, Clone, Copy, Default)]
struct Arrivals {
    arrived: u64,
    in_time: u64,
}

impl Arrivals {
    /// Whether the 99th percentile of their latency meets the bound.
    const fn is_good(self) -> bool {
        self.arrived > 0 && (self.arrived - self.in_time) * 100 <= self.arrived
    }
}

impl FaultWatch {
    /// A watch of these faults over a run whose items arrive up to `duration`; none where there are none.
    pub(super) fn new(faults: &[Watched], duration: Span, bound: Option<Span>) -> Option<Box<Self>> {
        let mut all = Vec::new();
        for (fault, watched) in faults.iter().enumerate() {
            for (number, &window) in watched.windows.iter().enumerate() {
                let Window { start, end } = window;
                let from = Time::ZERO + start.since(Time::ZERO).saturating_sub(end.since(start));
                all.push(Occurrence { place: (fault, number), from, window, before: 0, back: None });
            }
        }
        if all.is_empty() {
            return None;
        }
        all.sort_by_key(|occurrence| (occurrence.from, occurrence.place));
        let window = Grid::covering(duration).width().max(SHORTEST_WINDOW);
        let windows = duration.as_nanos() / window.as_nanos() + 1;
        Some(Box::new(Self {
            later: all.into(),
            open: Vec::new(),
            over: Vec::new(),
            since: Time::ZERO,
            bound,
            window,
            arrivals: vec![Arrivals::default(); windows as usize],
        }))
    }

    /// The backlog has had this level up to now.
    pub(super) fn held(&mut self, level: u64, until: Time) {
        let since = std::mem::replace(&mut self.since, until);
        if since == until {
            return;
        }
        while self.later.front().is_some_and(|next| next.from < until) {
            self.open.extend(self.later.pop_front());
        }
        let mut index = 0;
        while index < self.open.len() {
            let occurrence = &mut self.open[index];
            if since < occurrence.window.start && until > occurrence.from {
                occurrence.before = occurrence.before.max(level);
            }
            if until > occurrence.window.end && level <= occurrence.before {
                occurrence.back = Some(since.max(occurrence.window.end));
                let over = self.open.swap_remove(index);
                self.over.push(over);
            } else {
                index += 1;
            }
        }
    }

    /// An item arrives.
    pub(super) fn arrived(&mut self, at: Time) {
        if let Some(window) = self.window_of(at) {
            window.arrived += 1;
        }
    }

    /// An item has all its effects.
    pub(super) fn completed(&mut self, arrived: Time, latency: Span) {
        if self.bound.is_some_and(|bound| latency <= bound)
            && let Some(window) = self.window_of(arrived)
        {
            window.in_time += 1;
        }
    }

    fn window_of(&mut self, at: Time) -> Option<&mut Arrivals> {
        let index = at.since(Time::ZERO).as_nanos() / self.window.as_nanos();
        self.arrivals.get_mut(index as usize)
    }

    /// What came of each fault, in their order, in a run that ended at that level.
    pub(super) fn finish(mut self, faults: Vec<Watched>, level: u64, end: Time) -> Vec<FaultOutcome> {
        self.held(level, end);
        let outcome = |watched: Watched| {
            let occurrences = vec![OccurrenceOutcome::default(); watched.windows.len()];
            FaultOutcome { name: watched.name, occurrences, requests: Vec::new() }
        };
        let mut outcomes: Vec<FaultOutcome> = faults.into_iter().map(outcome).collect();
        let all = self.over.iter().chain(&self.open).chain(&self.later);
        for occurrence in all {
            let Window { start, end: over } = occurrence.window;
            // Of a drained run nothing is to come.
            let drained = (level == 0).then(|| end.max(over));
            let backlog = match occurrence.back.or(drained) {
                Some(back) => Back::After(back.since(over)),
                None => Back::Never,
            };
            let (fault, number) = occurrence.place;
            outcomes[fault].occurrences[number] = OccurrenceOutcome {
                start,
                end: over,
                backlog_before: occurrence.before,
                backlog,
                latency: self.latency_back(over),
            };
        }
        outcomes
    }

    /// When items that arrive after a fault come in time again.
    fn latency_back(&self, end: Time) -> Back {
        if self.bound.is_none() {
            return Back::Unknown;
        }
        let first = end.since(Time::ZERO).as_nanos().div_ceil(self.window.as_nanos()) as usize;
        let after = self.arrivals.get(first..).unwrap_or_default();
        let start_of = |index: usize| Time::ZERO + self.window.times((first + index) as u64);
        match after.iter().position(|window| window.is_good()) {
            Some(index) => Back::After(start_of(index).since(end)),
            None if after.iter().all(|window| window.arrived == 0) => Back::Unknown,
            None => Back::Never,
        }
    }
}

/// The requests to each part of a design while faults hold.
#[derive(Debug)]
pub(super) struct RequestWatch {
    /// Faults by number, with the windows in which they hold, by their start.
    windows: VecDeque<(Window, usize)>,
    /// By fault and then by part: offered, and first ones.
    counts: Vec<Vec<(u64, u64)>>,
}

impl RequestWatch {
    /// A watch over so many parts; none where there are no faults.
    pub(super) fn new(faults: &[Watched], parts: usize) -> Option<Box<Self>> {
        let of = |(fault, watched): (usize, &Watched)| {
            watched.windows.iter().map(move |&window| (window, fault)).collect::<Vec<_>>()
        };
        let mut windows: Vec<_> = faults.iter().enumerate().flat_map(of).collect();
        windows.sort_unstable_by_key(|&(Window { start, end }, fault)| (start, end, fault));
        let counts = vec![vec![(0, 0); parts]; faults.len()];
        (!windows.is_empty()).then(|| Box::new(Self { windows: windows.into(), counts }))
    }

    /// A request is offered to a part.
    pub(super) fn offered(&mut self, now: Time, part: usize, first: bool) {
        while self.windows.front().is_some_and(|(window, _)| window.end <= now) {
            self.windows.pop_front();
        }
        let begun = self.windows.iter().take_while(|(window, _)| window.start <= now);
        for &(_, fault) in begun.filter(|(window, _)| window.contains(now)) {
            let (offered, firsts) = &mut self.counts[fault][part];
            *offered += 1;
            *firsts += u64::from(first);
        }
    }

    /// By fault, what was counted of each part that has a label.
    pub(super) fn finish(self, labels: &[Option<String>]) -> Vec<Vec<RequestTotals>> {
        let of_fault = |counts: Vec<(u64, u64)>| {
            let asked = labels.iter().zip(counts);
            let asked = asked.filter_map(|(label, (offered, first))| Some((label.clone()?, offered, first)));
            asked.map(|(label, offered, first)| RequestTotals { label, offered, first }).collect()
        };
        self.counts.into_iter().map(of_fault).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::ZERO + Span::from_secs(seconds)
    }

    fn watched(windows: &[(u64, u64)]) -> Vec<Watched> {
        let windows = windows.iter().map(|&(start, end)| Window { start: at(start), end: at(end) }).collect();
        vec![Watched { name: "outage".to_owned(), windows }]
    }

    /// Levels, each up to an instant; the last one to the end of the run.
    fn watch(windows: &[(u64, u64)], levels: &[(u64, u64)]) -> Vec<OccurrenceOutcome> {
        let mut watch = FaultWatch::new(&watched(windows), Span::from_secs(1_000), None).expect("a fault");
        levels.iter().for_each(|&(level, until)| watch.held(level, at(until)));
        let &(level, end) = levels.last().expect("a level");
        watch.finish(watched(windows), level, at(end)).remove(0).occurrences
    }

    fn after(seconds: u64) -> Back {
        Back::After(Span::from_secs(seconds))
    }

    #[test]
    fn the_backlog_is_back_when_it_is_no_higher_than_ever_in_as_long_a_time_before() {
        // 9 held before the window of 10 s before the fault, and only up to its beginning.
        let found = watch(
            &[(100, 110)],
            &[(9, 90), (3, 95), (5, 99), (2, 100), (50, 130), (6, 135), (5, 140), (8, 150), (0, 200)],
        );
        assert_eq!((found[0].backlog_before, found[0].backlog), (5, after(25)));
    }

    #[test]
    fn a_backlog_that_is_no_higher_at_the_end_is_back_at_once_and_one_that_stays_higher_never_is() {
        assert_eq!(watch(&[(100, 110)], &[(3, 300)])[0].backlog, after(0));
        assert_eq!(watch(&[(100, 110)], &[(3, 100), (4, 300)])[0].backlog, Back::Never);
        let drained = watch(&[(100, 110)], &[(3, 50), (0, 50)]);
        assert_eq!((drained[0].backlog_before, drained[0].backlog), (0, after(0)), "drained before the fault");
    }

    #[test]
    fn a_level_that_holds_for_no_time_is_none() {
        let found = watch(&[(100, 110)], &[(1, 95), (7, 95), (1, 100), (4, 120), (1, 120), (4, 130), (0, 140)]);
        assert_eq!((found[0].backlog_before, found[0].backlog), (1, after(20)));
    }

    #[test]
    fn each_occurrence_has_its_own_time_before() {
        let found = watch(&[(10, 20), (40, 50)], &[(1, 10), (8, 45), (9, 55), (8, 60), (0, 100)]);
        let levels: Vec<u64> = found.iter().map(|occurrence| occurrence.backlog_before).collect();
        assert_eq!(levels, [1, 8]);
        assert_eq!([found[0].backlog, found[1].backlog], [after(40), after(5)]);
    }

    /// Windows of a minute. Of those that begin at the end of the fault, 150 s, or later, the one of 180 s has 2 of 100
    /// items late, that of 240 s none at all, that of 300 s one of 100.
    #[test]
    fn the_latency_is_back_with_the_first_window_whose_p99_meets_the_bound() {
        let bound = Some(Span::from_secs(5));
        let mut watch = FaultWatch::new(&watched(&[(100, 150)]), Span::from_secs(600), bound).expect("a fault");
        for (window, late) in [(120, 50), (180, 2), (300, 1)] {
            for item in 0..100 {
                watch.arrived(at(window));
                watch.completed(at(window), Span::from_secs(if item < late { 6 } else { 5 }));
            }
        }
        let found = watch.finish(watched(&[(100, 150)]), 0, at(700));
        assert_eq!(found[0].occurrences[0].latency, after(150));
    }

    #[test]
    fn the_latency_is_never_back_where_all_are_late_and_unknown_where_none_arrives_or_no_bound_is_set() {
        let run = |bound, arrives: u64| {
            let mut watch = FaultWatch::new(&watched(&[(100, 150)]), Span::from_secs(600), bound).expect("a fault");
            watch.arrived(at(arrives));
            watch.finish(watched(&[(100, 150)]), 0, at(700))[0].occurrences[0].latency
        };
        let bound = Some(Span::from_secs(5));
        assert_eq!([run(bound, 200), run(bound, 100), run(None, 200)], [Back::Never, Back::Unknown, Back::Unknown]);
    }

    #[test]
    fn requests_are_counted_while_a_fault_holds() {
        let mut watch = RequestWatch::new(&watched(&[(10, 20), (30, 40)]), 2).expect("a fault");
        for (second, first) in [(9, true), (10, true), (19, false), (20, true), (35, true), (39, false), (40, true)] {
            watch.offered(at(second), 1, first);
        }
        let labels = [None, Some("b".to_owned())];
        let expected = RequestTotals { label: "b".to_owned(), offered: 4, first: 2 };
        assert_eq!(watch.finish(&labels), [[expected]]);
    }
}

//! Instants of a run as people read them, and round ticks for axes of time.

use super::number;

/// How instants are named: by the clock, when the run starts on the hour, else by the time that has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clock {
    /// `13:00`, `24:00`, `01:00 +1d`.
    OfDay {
        /// The hour of the day at which the run starts.
        from: u8,
    },
    /// `3 h`.
    Elapsed,
}

impl Clock {
    /// The clock of a run with this start (RFC 3339).
    pub(super) fn of(start: &str) -> Self {
        let on_the_hour = start.get(13..19).is_some_and(|rest| rest == ":00:00");
        match start.get(11..13).and_then(|hour| hour.parse().ok()) {
            Some(from) if on_the_hour => Self::OfDay { from },
            _ => Self::Elapsed,
        }
    }

    /// The title of an axis of such instants, `end` seconds long.
    pub(super) fn title(self, start: &str, end: f64) -> String {
        match self {
            Self::OfDay { .. } if end >= LEAST_FOR_CLOCK => {
                let zone = start.get(19..).filter(|zone| !zone.is_empty()).unwrap_or("Z");
                format!("time of day ({})", if zone == "Z" { "UTC" } else { zone })
            }
            _ => "time since the start".to_owned(),
        }
    }

    /// Any instant of a run `end` seconds long, to three digits where it is not read by the clock.
    pub(super) fn instant(self, seconds: f64, end: f64) -> String {
        match self {
            Self::OfDay { .. } if end >= LEAST_FOR_CLOCK => self.name(seconds, end),
            _ => number::duration(seconds),
        }
    }

    /// The same, to the second where it is not read by the clock.
    pub(super) fn exact_instant(self, seconds: f64, end: f64) -> String {
        match self {
            Self::OfDay { .. } if end >= LEAST_FOR_CLOCK => self.name(seconds, end),
            _ => exact(seconds),
        }
    }

    /// The name of a round instant on an axis `end` seconds long.
    pub(super) fn name(self, seconds: f64, end: f64) -> String {
        match self {
            Self::OfDay { from } if end >= LEAST_FOR_CLOCK => {
                let minutes = u64::from(from) * 60 + (seconds / 60.0 + 0.5) as u64;
                let (day, minute) = (minutes / 1_440, minutes % 1_440);
                let clock = format!("{:02}:{:02}", minute / 60, minute % 60);
                match (day, minute) {
                    (0, _) => clock,
                    (1, 0) => "24:00".to_owned(),
                    _ => format!("{clock} +{day}d"),
                }
            }
            _ if seconds == 0.0 => "0".to_owned(),
            _ if end >= 345_600.0 && seconds % 86_400.0 == 0.0 => format!("{} d", seconds / 86_400.0),
            _ => short(seconds),
        }
    }
}

/// Below this length clock times would all look alike.
const LEAST_FOR_CLOCK: f64 = 7_200.0;

/// A round length of time without trailing zeros: `24 h`, `30 min`.
pub(super) fn short(seconds: f64) -> String {
    const UNITS: [(f64, &str); 4] = [(86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s")];
    let least = |size: f64| if size == 86_400.0 { 2.0 * size } else { size };
    let fits = |size: f64| (least(size)..=120.0 * size).contains(&seconds) && (seconds / size * 2.0) % 1.0 == 0.0;
    match UNITS.into_iter().find(|&(size, _)| fits(size)) {
        Some((size, unit)) => format!("{} {unit}", seconds / size),
        None => number::duration(seconds),
    }
}

/// A length of time as people write it, to the second: `6 h 52 min`, `12 min 20 s`, `100 s`; one below two minutes, or
/// of a fraction of a second, as [`short`] has it.
pub(super) fn exact(seconds: f64) -> String {
    if seconds < 120.0 || seconds % 1.0 != 0.0 {
        return short(seconds);
    }
    let whole = seconds as u64;
    let parts = [(whole / 86_400, "d"), (whole / 3_600 % 24, "h"), (whole / 60 % 60, "min"), (whole % 60, "s")];
    let written = parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}"));
    written.collect::<Vec<_>>().join(" ")
}

/// Round instants from 0 to `end`, at most `most` of them.
pub(super) fn ticks(end: f64, most: usize) -> Vec<f64> {
    const STEPS: [f64; 23] = [
        0.001,
        0.01,
        0.1,
        1.0,
        5.0,
        10.0,
        30.0,
        60.0,
        300.0,
        600.0,
        900.0,
        1_800.0,
        3_600.0,
        7_200.0,
        10_800.0,
        14_400.0,
        21_600.0,
        43_200.0,
        86_400.0,
        172_800.0,
        604_800.0,
        2_592_000.0,
        31_536_000.0,
    ];
    let step = STEPS.into_iter().find(|step| end / step < most as f64).unwrap_or(end.max(1.0));
    (0..most).map(|index| index as f64 * step).take_while(|&tick| tick <= end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_from_a_full_hour_is_read_by_the_clock() {
        let clock = Clock::of("2026-11-23T00:00:00Z");
        assert_eq!(clock, Clock::OfDay { from: 0 });
        assert_eq!(clock.name(13.5 * 3_600.0, 90_000.0), "13:30");
        assert_eq!(clock.name(86_400.0, 90_000.0), "24:00");
        assert_eq!(clock.name(90_000.0, 90_000.0), "01:00 +1d");
        assert_eq!(clock.title("2026-11-23T00:00:00Z", 90_000.0), "time of day (UTC)");
        assert_eq!(clock.title("2026-11-23T00:00:00+02:00", 90_000.0), "time of day (+02:00)");
        let noon = Clock::of("2026-11-23T12:00:00Z");
        assert_eq!([0.0, 18_000.0, 43_200.0].map(|at| noon.name(at, 90_000.0)), ["12:00", "17:00", "24:00"]);
    }

    #[test]
    fn a_short_or_other_run_is_read_by_what_has_passed() {
        let clock = Clock::of("2026-11-23T08:15:00Z");
        assert_eq!(clock, Clock::Elapsed);
        assert_eq!(clock.name(10_800.0, 90_000.0), "3 h");
        assert_eq!(clock.instant(45_300.0, 90_000.0), "12.6 h");
        let clock = Clock::OfDay { from: 0 };
        assert_eq!(clock.name(600.0, 3_600.0), "10 min");
        assert_eq!(clock.title("2026-11-23T00:00:00Z", 3_600.0), "time since the start");
        assert_eq!(["30 min", "5 h", "7.56 min"], [1_800.0, 18_015.0, 453.5].map(short));
    }

    #[test]
    fn exact_lengths_are_written_in_the_units_that_people_use() {
        for (seconds, text) in [
            (24_720.0, "6 h 52 min"),
            (740.0, "12 min 20 s"),
            (100.0, "100 s"),
            (7_200.0, "2 h"),
            (90_000.0, "1 d 1 h"),
            (0.25, "250 ms"),
            (453.5, "7.56 min"),
        ] {
            assert_eq!(exact(seconds), text);
        }
    }

    #[test]
    fn ticks_are_round_and_bounded() {
        assert_eq!(
            ticks(90_000.0, 10),
            [0.0, 10_800.0, 21_600.0, 32_400.0, 43_200.0, 54_000.0, 64_800.0, 75_600.0, 86_400.0]
        );
        assert_eq!(ticks(50.0, 6), [0.0, 10.0, 20.0, 30.0, 40.0, 50.0]);
        assert_eq!(ticks(0.0, 6), [0.0]);
        assert!(ticks(1e12, 6).len() <= 6);
    }
}

//! Arrival streams from the outside: counts, gaps, independence, load, alignment with the calendar.
//!
//! Statistical bounds are two-sided at a significance of 1e-4 or less (3.9 standard deviations), on fixed seeds.

use simctl::arrivals::settings::{Burst, KeySettings, MmppState, ProcessSettings, RateProfile, SentTwice};
use simctl::arrivals::{Arrival, Stream, StreamSettings};
use simctl::kernel::{Distribution, Root, Span, Time};

type Fallible = Result<(), Box<dyn std::error::Error>>;

/// Two-sided normal quantile of a significance of 1e-4.
const SIGMAS: f64 = 3.9;
const MONDAY: &str = "2026-11-23T00:00:00Z";

fn stream(name: &str, process: ProcessSettings) -> Result<StreamSettings, Box<dyn std::error::Error>> {
    Ok(StreamSettings {
        name: name.to_owned(),
        process,
        keys: KeySettings::Unique,
        size: Distribution::constant(0.0)?,
        sent_twice: None,
    })
}

fn poisson(rate: f64) -> ProcessSettings {
    ProcessSettings::Poisson(RateProfile::Constant(rate))
}

fn seconds(length: u64) -> Time {
    Time::ZERO + Span::from_secs(length)
}

fn all(
    settings: &StreamSettings,
    start: &str,
    until: Time,
    load: f64,
    seed: u64,
) -> Result<Vec<Arrival>, Box<dyn std::error::Error>> {
    let mut stream = Stream::open(settings, start.parse()?, until, load, &Root::new(seed, 0))?;
    let mut items = Vec::new();
    while let Some(item) = stream.next()? {
        assert!(item.at < until, "arrivals stop at the end, which is exclusive");
        assert!(items.last().is_none_or(|last: &Arrival| last.at <= item.at), "times never go back");
        items.push(item);
    }
    assert_eq!(stream.next()?, None, "a stream that is over stays over");
    Ok(items)
}

/// A Poisson count of that mean lies within the bound.
fn assert_poisson(count: usize, mean: f64) {
    let z = (count as f64 - mean) / mean.sqrt();
    assert!(z.abs() < SIGMAS, "{count} items for a mean of {mean}: z = {z}");
}

/// Kolmogorov-Smirnov against a distribution function: P(D > 2.23 / sqrt n) = 1e-4.
fn assert_follows(mut values: Vec<f64>, cdf: impl Fn(f64) -> f64) {
    values.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    let distance = values.iter().enumerate().fold(0.0f64, |worst, (i, &value)| {
        let p = cdf(value);
        worst.max((p - i as f64 / n).abs()).max(((i + 1) as f64 / n - p).abs())
    });
    assert!(distance < 2.23 / n.sqrt(), "D = {distance} of {n} values");
}

fn gaps(items: &[Arrival]) -> Vec<f64> {
    items.windows(2).map(|pair| pair[1].at.since(pair[0].at).as_secs_f64()).collect()
}

#[test]
fn poisson_counts_and_gaps_are_right() -> Fallible {
    let settings = stream("p", poisson(50.0))?;
    let items = all(&settings, MONDAY, seconds(2_000), 1.0, 1)?;
    assert_poisson(items.len(), 100_000.0);
    assert_follows(gaps(&items), |x| 1.0 - (-50.0 * x).exp());
    assert_eq!(Stream::expected(&settings, MONDAY.parse()?, seconds(2_000), 1.0), Some(100_000.0));
    Ok(())
}

#[test]
fn poisson_gaps_near_a_nanosecond_keep_their_mean() -> Fallible {
    // A mean gap of 2 ns: rounding each by itself would be biased by percents.
    let settings = stream("p", poisson(5e8))?;
    let items = all(&settings, MONDAY, Time::from_nanos(1_000_000), 1.0, 2)?;
    assert_poisson(items.len(), 500_000.0);
    Ok(())
}

#[test]
fn a_sinusoidal_day_has_the_integral_of_its_rate() -> Fallible {
    // 10 + 5 sin(2 pi t / 86,400): 284,754.93541569879 in a quarter of a day.
    let peak_at = Span::from_secs(21_600);
    let profile = RateProfile::Daily { mean: 10.0, peak: 15.0, peak_at };
    let settings = stream("nhpp", ProcessSettings::Poisson(profile))?;
    let items = all(&settings, MONDAY, seconds(21_600), 1.0, 3)?;
    assert_poisson(items.len(), 284_754.935_415_698_8);
    // Given their number, arrivals are independent with the density of the rate.
    let level = |t: f64| {
        10.0 * t + 5.0 * 86_400.0 / std::f64::consts::TAU * (1.0 - (std::f64::consts::TAU * t / 86_400.0).cos())
    };
    let times = items.iter().map(|item| item.at.as_secs_f64()).collect();
    assert_follows(times, |t| level(t) / level(21_600.0));
    Ok(())
}

#[test]
fn a_sinusoid_that_touches_zero_runs_for_days() -> Fallible {
    let profile = RateProfile::Daily { mean: 1.0, peak: 2.0, peak_at: Span::from_secs(45_000) };
    let settings = stream("nhpp", ProcessSettings::Poisson(profile))?;
    let items = all(&settings, "2026-11-25T17:45:00Z", seconds(3 * 86_400), 1.0, 4)?;
    assert_poisson(items.len(), 3.0 * 86_400.0);
    Ok(())
}

#[test]
fn steps_have_the_sum_of_their_rates() -> Fallible {
    // 2/s on [0, 100), 10/s on [100, 160), 2/s on [160, 200): 880.
    let rates = vec![2.0, 2.0, 2.0, 2.0, 2.0, 10.0, 10.0, 10.0, 2.0, 2.0];
    let profile = RateProfile::Steps { rates, period: Span::from_secs(200) };
    let settings = stream("steps", ProcessSettings::Poisson(profile))?;
    assert_poisson(all(&settings, MONDAY, seconds(200), 1.0, 5)?.len(), 880.0);
    // The same for a hundred periods, with each level's own count.
    let items = all(&settings, MONDAY, seconds(20_000), 1.0, 6)?;
    assert_poisson(items.len(), 88_000.0);
    let busy = items.iter().filter(|item| (100..160).contains(&(item.at.as_nanos() / 1_000_000_000 % 200))).count();
    assert_poisson(busy, 60_000.0);
    Ok(())
}

#[test]
fn steps_are_aligned_with_the_civil_calendar() -> Fallible {
    // Open on Wednesdays from 09:00 to 10:00 only; the run starts on Tuesday at 20:30.
    let mut rates = vec![0.0; 168];
    rates[2 * 24 + 9] = 1.0;
    let profile = RateProfile::Steps { rates, period: Span::from_secs(7 * 86_400) };
    let settings = stream("steps", ProcessSettings::Poisson(profile))?;
    let items = all(&settings, "2026-11-24T20:30:00Z", seconds(7 * 86_400), 1.0, 7)?;
    assert_poisson(items.len(), 3_600.0);
    let open = 45_000.0..48_600.0;
    assert!(items.iter().all(|item| open.contains(&item.at.as_secs_f64())));
    Ok(())
}

#[test]
fn a_profile_without_any_rate_ends() -> Fallible {
    let profile = RateProfile::Steps { rates: vec![0.0; 24], period: Span::from_secs(86_400) };
    for process in [ProcessSettings::Poisson(profile), poisson(0.0)] {
        assert_eq!(all(&stream("none", process)?, MONDAY, seconds(86_400), 1.0, 1)?.len(), 0);
    }
    assert_eq!(all(&stream("none", poisson(9.0))?, MONDAY, seconds(86_400), 0.0, 1)?.len(), 0);
    Ok(())
}

#[test]
fn states_of_an_mmpp_mix_by_their_stays() -> Fallible {
    let on_off = |rate, secs| MmppState { rate, mean_stay: Span::from_secs(secs) };
    let process = ProcessSettings::Mmpp(vec![on_off(100.0, 1), on_off(0.0, 4)]);
    let settings = stream("mmpp", process)?;
    let length = 200_000;
    let count = all(&settings, MONDAY, seconds(length), 1.0, 8)?.len() as f64;
    // Mean 20/s. Asymptotic variance of the count over T (Fischer & Meier-Hellstern 1993): mean + 2 l^2 p (1 - p) T / (a + b)
    // with l = 100, p = 0.2, a + b = 1.25/s: 20 T + 2 * 10^4 * 0.16 / 1.25 T = 2,580 T.
    let z = (count - 20.0 * length as f64) / (2_580.0 * length as f64).sqrt();
    assert!(z.abs() < SIGMAS, "z = {z}");
    assert_eq!(Stream::expected(&settings, MONDAY.parse()?, seconds(length), 2.0), Some(40.0 * length as f64));
    Ok(())
}

#[test]
fn renewal_gaps_follow_their_distribution() -> Fallible {
    let gap = Distribution::gamma_mean_cv(2.0, 0.5)?;
    let settings = stream("renewal", ProcessSettings::Renewal { gap: gap.clone() })?;
    let items = all(&settings, MONDAY, seconds(40_000), 1.0, 9)?;
    // Count: mean T / 2, variance cv^2 T / 2 in the long run.
    let z = (items.len() as f64 - 20_000.0) / (0.25f64 * 20_000.0).sqrt();
    assert!(z.abs() < SIGMAS, "z = {z}");
    assert_follows(gaps(&items), |x| gap.cdf(x));
    Ok(())
}

#[test]
fn load_multiplies_every_process() -> Fallible {
    let burst = Burst { items: 10_000, at: Span::from_secs(3_600), within: Span::from_secs(600) };
    let state = |rate, secs| MmppState { rate, mean_stay: Span::from_secs(secs) };
    let daily = RateProfile::Daily { mean: 1.0, peak: 1.5, peak_at: Span::from_secs(43_200) };
    for process in [
        poisson(1.0),
        ProcessSettings::Poisson(daily),
        ProcessSettings::Deterministic { interval: Span::from_secs(1), offset: Span::ZERO },
        ProcessSettings::Renewal { gap: Distribution::constant(1.0)? },
        ProcessSettings::Mmpp(vec![state(1.5, 10), state(0.5, 10)]),
        ProcessSettings::Bursts(vec![burst]),
    ] {
        let settings = stream("load", process)?;
        let counts = |load| all(&settings, MONDAY, seconds(86_400), load, 10).map(|items| items.len() as f64);
        let (one, loaded) = (counts(1.0)?, counts(2.5)?);
        // Counts are Poisson at the most, but for the states: those add 2 * 0.25 / 0.2 * T = 2.5 T at load 1.
        let sd = (loaded + 2.5 * 2.5 * 86_400.0 * 2.5).sqrt() + 2.5 * (one * 3.5).sqrt();
        assert!((loaded - 2.5 * one).abs() < SIGMAS * sd, "{one} and {loaded} of {:?}", settings.process);
        let expected = Stream::expected(&settings, MONDAY.parse()?, seconds(86_400), 2.5).unwrap_or(f64::NAN);
        assert!((loaded - expected).abs() < SIGMAS * sd, "{loaded} for {expected} of {:?}", settings.process);
    }
    Ok(())
}

#[test]
fn two_loads_of_a_profile_are_in_step() -> Fallible {
    // Item n needs the same cumulated rate: at twice the load, item n comes where the rate has grown half as much.
    let settings = stream("p", poisson(1.0))?;
    let one = all(&settings, MONDAY, seconds(10_000), 1.0, 11)?;
    let two = all(&settings, MONDAY, seconds(5_000), 2.0, 11)?;
    assert_eq!(one.len(), two.len());
    assert!(one.iter().zip(&two).all(|(one, two)| one.at.as_nanos().abs_diff(2 * two.at.as_nanos()) <= 2));
    Ok(())
}

#[test]
fn a_stream_knows_nothing_of_the_others() -> Fallible {
    let (first, second) = (stream("first", poisson(3.0))?, stream("second", poisson(3.0))?);
    let (start, until, root) = (MONDAY.parse()?, seconds(10_000), Root::new(12, 0));
    let alone = all(&first, MONDAY, until, 1.0, 12)?;
    let mut streams =
        [Stream::open(&second, start, until, 1.0, &root)?, Stream::open(&first, start, until, 1.0, &root)?];
    let mut found = [Vec::new(), Vec::new()];
    for turn in 0.. {
        // Taken in uneven turns: two of the second for one of the first.
        let which = usize::from(turn % 3 == 0);
        match streams[which].next()? {
            Some(item) => found[which].push(item),
            None if which == 1 => break,
            None => {}
        }
    }
    assert_eq!(found[1], alone);
    assert_ne!(found[0].first(), alone.first());
    // Their gaps do not go together: |r| sqrt n is standard normal.
    let (x, y) = (gaps(&found[0]), gaps(&alone));
    let n = x.len().min(y.len());
    let r: f64 = x.iter().zip(&y).map(|(x, y)| (3.0 * x - 1.0) * (3.0 * y - 1.0)).sum::<f64>() / n as f64;
    assert!((r * (n as f64).sqrt()).abs() < SIGMAS, "r = {r}");
    Ok(())
}

#[test]
fn marks_do_not_move_arrivals() -> Fallible {
    let bare = stream("s", poisson(5.0))?;
    let mut marked = bare.clone();
    marked.keys = KeySettings::Zipf { exponent: 1.1, count: 4_000 };
    marked.size = Distribution::exponential(1e6)?;
    marked.sent_twice = Some(SentTwice { probability: 0.25, after: Distribution::exponential(3.0)? });
    let (bare, marked) = (all(&bare, MONDAY, seconds(4_000), 1.0, 13)?, all(&marked, MONDAY, seconds(4_000), 1.0, 13)?);
    assert!(bare.iter().map(|item| item.at).eq(marked.iter().map(|item| item.at)));
    assert!(bare.iter().enumerate().all(|(n, item)| item.key == n as u64 && item.size == 0 && item.again.is_none()));

    let n = marked.len() as f64;
    let again: Vec<_> = marked.iter().filter_map(|item| item.again).map(Span::as_secs_f64).collect();
    let z = (again.len() as f64 - 0.25 * n) / (n * 0.25 * 0.75).sqrt();
    assert!(z.abs() < SIGMAS, "z = {z}");
    assert_follows(again, |x| 1.0 - (-x / 3.0).exp());
    assert_follows(marked.iter().map(|item| item.size as f64).collect(), |x| 1.0 - (-x / 1e6).exp());
    assert!(marked.iter().all(|item| item.key < 4_000 && item.service.is_none()));
    Ok(())
}

#[test]
fn a_stream_can_move_to_another_thread() -> Fallible {
    let settings = stream("s", poisson(5.0))?;
    let here = all(&settings, MONDAY, seconds(100), 1.0, 14)?.len();
    let mut stream = Stream::open(&settings, MONDAY.parse()?, seconds(100), 1.0, &Root::new(14, 0))?;
    let there = std::thread::spawn(move || {
        let mut count = 0;
        while let Ok(Some(_)) = stream.next() {
            count += 1;
        }
        count
    });
    assert_eq!(there.join().map_err(|_| "the thread panicked")?, here);
    Ok(())
}

#[test]
fn seeds_and_replications_differ_and_repeat() -> Fallible {
    let settings = stream("s", poisson(5.0))?;
    let times = |seed, replication| -> Result<Vec<Time>, Box<dyn std::error::Error>> {
        let mut stream = Stream::open(&settings, MONDAY.parse()?, seconds(100), 1.0, &Root::new(seed, replication))?;
        let mut times = Vec::new();
        while let Some(item) = stream.next()? {
            times.push(item.at);
        }
        Ok(times)
    };
    assert_eq!(times(1, 0)?, times(1, 0)?);
    assert_ne!(times(1, 0)?, times(1, 1)?);
    assert_ne!(times(1, 0)?, times(2, 0)?);
    Ok(())
}

#[test]
fn contradictions_are_refused_by_name() -> Fallible {
    let burst = |at, within| Burst { items: 1, at: Span::from_secs(at), within: Span::from_secs(within) };
    let state = |rate, nanos| MmppState { rate, mean_stay: Span::from_nanos(nanos) };
    let daily = |mean, peak| ProcessSettings::Poisson(RateProfile::Daily { mean, peak, peak_at: Span::ZERO });
    let steps = |rates, nanos| ProcessSettings::Poisson(RateProfile::Steps { rates, period: Span::from_nanos(nanos) });
    for (process, wanted) in [
        (poisson(-1.0), "a rate is -1"),
        (poisson(f64::NAN), "a rate is NaN"),
        (poisson(1e13), "a rate is 1e13/s times 1"),
        (daily(2.0, 500.0), "the peak is 500/s"),
        (daily(2.0, 1.0), "the peak is 1/s"),
        (steps(vec![], 5), "there are no rates"),
        (steps(vec![1.0; 3], 2), "3 rates share 2 ns"),
        (steps(vec![1.0; 3], 30), "the rate would change 8.6e12 times"),
        (ProcessSettings::Mmpp(vec![]), "there are no states"),
        (ProcessSettings::Mmpp(vec![state(1.0, 0)]), "a state's mean stay is zero"),
        (ProcessSettings::Mmpp(vec![state(0.0, 1)]), "the rate would change 8.6e13 times"),
        (ProcessSettings::Renewal { gap: Distribution::constant(0.0)? }, "every gap is zero"),
        (ProcessSettings::Deterministic { interval: Span::ZERO, offset: Span::ZERO }, "the interval is zero"),
        (ProcessSettings::Bursts(vec![burst(86_400, 0)]), "a burst is 1 d after midnight"),
        (ProcessSettings::Bursts(vec![burst(0, 86_401)]), "a burst is 0 ns after midnight"),
    ] {
        let settings = stream("odd", process)?;
        let opened = Stream::open(&settings, MONDAY.parse()?, seconds(86_400), 1.0, &Root::new(1, 0));
        let message = opened.err().map_or_else(String::new, |error| error.to_string());
        assert!(message.starts_with(&format!("arrivals `odd`: {wanted}")), "{message:?}, not {wanted:?}");
    }
    for load in [-1.0, f64::NAN, f64::INFINITY] {
        let opened = Stream::open(&stream("odd", poisson(1.0))?, MONDAY.parse()?, seconds(1), load, &Root::new(1, 0));
        assert!(opened.is_err(), "load {load}");
    }
    Ok(())
}

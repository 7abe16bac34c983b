use super::*;
use proptest::prelude::*;

fn parse(text: &str) -> Expression {
    Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The first `many` times from an instant on.
fn times(text: &str, start: &str, many: usize) -> Vec<String> {
    let expression = parse(text);
    std::iter::successors(expression.first_at_or_after(at(start)), |&last| expression.next_after(last))
        .take(many)
        .map(|instant| instant.to_string())
        .collect()
}

fn syntax(text: &str) -> (&'static str, String, String) {
    match Expression::parse(text) {
        Err(ScheduleError::Syntax { field, range, value, expected }) => {
            assert_eq!(text[range], value);
            (field, value, expected)
        }
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn a_step_from_a_value_runs_to_the_end_of_the_field() {
    let found = times("cron(1/10 8 * * ? *)", "2026-11-23T00:00:00Z", 7);
    let minutes: Vec<&str> = found.iter().map(|instant| &instant[11..16]).collect();
    assert_eq!(minutes, ["08:01", "08:11", "08:21", "08:31", "08:41", "08:51", "08:01"]);
}

/// Rule [doc] E-sched, an example: `20-2` hours wrap within each listed weekday.
#[test]
fn wrapping_hours_belong_to_each_listed_weekday() {
    // 2026-11-23 is a Monday: 00:00 to 02:00 and 20:00 to 23:00 fire on it, and nothing on Saturday the 28th.
    let found = times("cron(0 20-2 ? * MON-FRI *)", "2026-11-27T01:30:00Z", 6);
    let expected = ["27T02", "27T20", "27T21", "27T22", "27T23", "30T00"].map(|hour| format!("2026-11-{hour}:00:00Z"));
    assert_eq!(found, expected);
}

/// Rule [inferred] Quartz: `nW` stays inside its month.
#[test]
fn the_nearest_weekday_stays_inside_the_month() {
    // 1 August 2026 is a Saturday, 31 May 2026 a Sunday.
    assert_eq!(times("cron(0 0 1W 8 ? *)", "2026-01-01T00:00:00Z", 1), ["2026-08-03T00:00:00Z"]);
    assert_eq!(times("cron(0 0 31W 5 ? *)", "2026-01-01T00:00:00Z", 1), ["2026-05-29T00:00:00Z"]);
}

/// Rule [inferred] simctl: `n#k` with no k-th such weekday, the 31st of a short month, 29 February: no run.
#[test]
fn a_fifth_weekday_or_a_leap_day_is_waited_for() {
    // May 2026 has five Fridays; the next month with five is July.
    let fifth = ["2026-05-29T00:00:00Z", "2026-07-31T00:00:00Z"];
    assert_eq!(times("cron(0 0 ? * FRI#5 *)", "2026-05-01T00:00:00Z", 2), fifth);
    let leap = ["2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z"];
    assert_eq!(times("cron(0 0 29 2 ? *)", "2096-01-01T00:00:00Z", 2), leap);
}

#[test]
fn a_rule_that_cannot_fire_ends_the_search() {
    assert_eq!(parse("cron(0 0 30 2 ? *)").first_at_or_after(Timestamp::MIN), None);
    assert_eq!(parse("cron(0 0 1 1 ? 1999)").first_at_or_after(at("2000-01-01T00:00:00Z")), None);
    assert_eq!(parse("cron(* * * * ? *)").next_after(at("2199-12-31T23:59:00Z")), None);
    assert_eq!(parse("cron(* * * * ? *)").first_at_or_after(Timestamp::MAX), None);
    assert_eq!(times("cron(* * * * ? *)", "-000001-01-01T00:00:00Z", 1), ["1970-01-01T00:00:00Z"]);
}

#[test]
fn a_start_inside_a_minute_waits_for_the_next() {
    assert_eq!(times("cron(* * * * ? *)", "2026-11-23T00:00:00.000000001Z", 1), ["2026-11-23T00:01:00Z"]);
}

/// Rule [doc] E-sched: A rate starts when the rule is created, then every interval.
#[test]
fn ticks_are_relative_to_the_start_and_before_the_horizon() {
    let start = at("2026-11-23T00:10:00Z");
    let minutes = |text: &str, horizon: u64| -> Vec<u64> {
        let ticks = parse(text).ticks(start, Span::from_secs(horizon * 60), 100).unwrap();
        ticks.into_iter().map(|tick| tick.as_nanos() / 60_000_000_000).collect()
    };
    assert_eq!(minutes("cron(0/15 * * * ? *)", 50), [5, 20, 35]);
    // A rate begins with the creation of the rule, at the start of the run.
    assert_eq!(minutes("rate(20 minutes)", 60), [0, 20, 40]);
    assert_eq!(minutes("rate(1 day)", 2 * 1_440 + 1), [0, 1_440, 2_880]);
    assert_eq!(minutes("rate(1 hour)", 0), [0; 0]);
    let refused = parse("rate(1 minute)").ticks(start, Span::from_secs(240), 3);
    assert!(matches!(refused, Err(ScheduleError::TooManyTicks { limit: 3, .. })));
}

/// Rule [doc] E-sched: Expressions are read in UTC and have at most 256 characters.
#[test]
fn errors_name_the_field_and_the_bytes() {
    for (text, field, value) in [
        ("cron(71 8 1 * ? *)", "minutes", "71"),
        ("cron(0 8,24 1 * ? *)", "hours", "24"),
        ("cron(0 0 1,L * ? *)", "day-of-month", "L"),
        ("cron(0 0 32W * ? *)", "day-of-month", "32W"),
        ("cron(0 0 1 FOO ? *)", "month", "FOO"),
        ("cron(0 0 ? * 3#1,6#3 *)", "day-of-week", "3#1,6#3"),
        ("cron(0 0 ? * 3#6 *)", "day-of-week", "3#6"),
        ("cron(0 1 * * * *)", "day-of-week", "*"),
        ("cron(0 1 ? * ? *)", "day-of-week", "?"),
        ("cron(0 1 * * ? 2200)", "year", "2200"),
        ("cron(0/0 1 * * ? *)", "minutes", "0"),
        ("cron(5, 0 1 * ? *)", "minutes", ""),
        ("cron(0 1 * * ?)", "expression", "0 1 * * ?"),
        ("every day", "expression", "every day"),
        ("rate(0 minutes)", "rate value", "0"),
        ("rate(1 hours)", "rate unit", "hours"),
        ("rate(2 hour)", "rate unit", "hour"),
        ("rate(99999999999 days)", "rate value", "99999999999"),
    ] {
        let (found, at, expected) = syntax(text);
        assert_eq!((found, at.as_str()), (field, value), "{text}");
        assert!(!expected.is_empty());
    }
    assert_eq!(syntax("rate(2 hour)").2, "`minutes`, `hours` or `days`");
    assert_eq!(syntax(&format!("cron({})", "0,".repeat(200))).0, "expression");
}

/// One item of a field, with values of the given range.
fn item(least: u16, most: u16) -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just("*".to_owned()),
        2 => (least..=most).prop_map(|value| value.to_string()),
        1 => (least..=most, 1u16..40).prop_map(|(value, step)| format!("{value}/{step}")),
        1 => (least..=most, least..=most).prop_map(|(first, last)| format!("{first}-{last}")),
        1 => (least..=most, least..=most, 1u16..9).prop_map(|(a, b, step)| format!("{a}-{b}/{step}")),
        1 => (least..=most, least..=most).prop_map(|(a, b)| format!("{a},{b}")),
    ]
}

fn day_fields() -> impl Strategy<Value = String> {
    let special = prop_oneof![
        Just("L".to_owned()),
        Just("LW".to_owned()),
        (1u16..=30).prop_map(|back| format!("L-{back}")),
        (1u16..=31).prop_map(|day| format!("{day}W")),
    ];
    let weekday = prop_oneof![
        Just("L".to_owned()),
        (1u16..=7).prop_map(|day| format!("{day}L")),
        (1u16..=7, 1u16..=5).prop_map(|(day, nth)| format!("{day}#{nth}")),
    ];
    let months = item(1, 12);
    let of_month = (prop_oneof![item(1, 31), special], months).prop_map(|(day, month)| format!("{day} {month} ?"));
    let of_week = (prop_oneof![item(1, 7), weekday], item(1, 12)).prop_map(|(day, month)| format!("? {month} {day}"));
    prop_oneof![of_month, of_week]
}

/// Whether an item of numbers stands for a value, from the definition of the item alone.
fn stands_for(field: &str, value: i64, least: i64, most: i64) -> bool {
    field.split(',').any(|item| {
        let (base, step) = item.split_once('/').map_or((item, None), |(base, step)| (base, Some(step)));
        let step: i64 = step.map_or(1, |step| step.parse().unwrap());
        let (first, last) = match base.split_once('-') {
            _ if base == "*" => (least, most),
            Some((first, last)) => (first.parse().unwrap(), last.parse().unwrap()),
            None if item.contains('/') => (base.parse().unwrap(), most),
            None => (base.parse().unwrap(), base.parse().unwrap()),
        };
        let wrapped = most - least + 1;
        [value, value + wrapped].into_iter().any(|seen| {
            let end = if last < first { last + wrapped } else { last };
            seen >= first && seen <= end && (seen - first) % step == 0
        })
    })
}

/// Whether a day of month or of week stands for a date, from the calendar alone.
fn day_stands_for(fields: &[&str], date: jiff::civil::Date) -> bool {
    let weekday = |date: jiff::civil::Date| i64::from(date.weekday().to_sunday_one_offset());
    let workday = |date: jiff::civil::Date| (2..=6).contains(&weekday(date));
    let length = date.days_in_month();
    let on = |day: i8| jiff::civil::date(date.year(), date.month(), day);
    let nearest = |day: i8| {
        (1..=length).filter(|&other| workday(on(other))).min_by_key(|other| ((other - day).abs(), *other)).unwrap()
    };
    match (fields[2], fields[4]) {
        ("L", _) => date.day() == length,
        ("LW", _) => (1..=length).rev().find(|&day| workday(on(day))) == Some(date.day()),
        ("?", "L") => weekday(date) == 7,
        ("?", field) if field.contains('#') => {
            let (day, nth) = field.split_once('#').unwrap();
            let so_far = (1..=date.day()).filter(|&day| weekday(on(day)) == weekday(date)).count();
            weekday(date).to_string() == day && so_far.to_string() == nth
        }
        ("?", field) if field.ends_with('L') => {
            let last = (1..=length).rev().find(|&day| weekday(on(day)) == weekday(date));
            weekday(date).to_string() == field.trim_end_matches('L') && last == Some(date.day())
        }
        ("?", field) => stands_for(field, weekday(date), 1, 7),
        (field, _) if field.starts_with("L-") => date.day() + field[2..].parse::<i8>().unwrap() == length,
        (field, _) if field.ends_with('W') => {
            let day: i8 = field.trim_end_matches('W').parse().unwrap();
            day <= length && nearest(day) == date.day()
        }
        (field, _) => stands_for(field, i64::from(date.day()), 1, 31),
    }
}

fn brute_force(text: &str, minute: Timestamp) -> bool {
    let fields: Vec<&str> = text.trim_start_matches("cron(").trim_end_matches(')').split(' ').collect();
    let now = jiff::tz::Offset::UTC.to_datetime(minute);
    stands_for(fields[0], i64::from(now.minute()), 0, 59)
        && stands_for(fields[1], i64::from(now.hour()), 0, 23)
        && stands_for(fields[3], i64::from(now.month()), 1, 12)
        && stands_for(fields[5], i64::from(now.year()), 1970, 2199)
        && day_stands_for(&fields, now.date())
}

proptest! {
    /// Rule [doc] E-sched: A cron expression fires in each minute that matches it.
    #[test]
    fn the_next_time_is_the_first_minute_that_matches(
        minutes in item(0, 59), hours in item(0, 23), days in day_fields(), years in item(1970, 2199),
        start in 0i64..7_258_118_400,
    ) {
        let text = format!("cron({minutes} {hours} {days} {years})");
        let expression = parse(&text);
        let start = Timestamp::from_second(start).unwrap();
        let first_minute = Timestamp::from_second(start.as_second().div_euclid(60) * 60 + 60).unwrap();
        let next = expression.next_after(start);
        prop_assert!(next.is_none_or(|next| next > start && brute_force(&text, next)), "{text} {next:?}");
        // No minute of the next three days is passed over.
        for minute in 0..3 * 1_440 {
            let minute = first_minute + SignedDuration::from_mins(minute);
            let fires = brute_force(&text, minute);
            prop_assert_eq!(expression.matches(minute, start), fires, "{} {}", text, minute);
            if fires {
                prop_assert!(next.is_some_and(|next| next <= minute), "{text} {minute}");
            }
        }
    }

    #[test]
    fn times_strictly_increase(days in day_fields(), minutes in item(0, 59), start in 0i64..7_258_118_400) {
        let expression = parse(&format!("cron({minutes} 3 {days} *)"));
        let mut last = Timestamp::from_second(start).unwrap();
        for _ in 0..20 {
            let Some(next) = expression.next_after(last) else { break };
            prop_assert!(next > last);
            last = next;
        }
    }

    #[test]
    fn no_text_panics(text in "(cron|rate)\\([-0-9A-Z,/*?#LW ]{0,30}\\)") {
        if let Err(ScheduleError::Syntax { range, value, .. }) = Expression::parse(&text) {
            prop_assert_eq!(&text[range], value.as_str());
        }
    }
}

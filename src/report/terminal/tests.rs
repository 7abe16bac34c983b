use super::*;
use crate::report::fixture;
use crate::stats::Estimate;

fn screen(results: &Results) -> String {
    let text = render(results, 100, false);
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    assert!(text.lines().count() <= 40, "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
    text
}

#[test]
fn a_day_of_withdrawals() {
    insta::assert_snapshot!(screen(&fixture::atm()));
}

#[test]
fn a_single_strategy() {
    let mut results = fixture::atm();
    fixture::only(&mut results, 0);
    insta::assert_snapshot!(screen(&results));
}

#[test]
fn a_baseline_that_never_finishes() {
    let mut results = fixture::atm();
    fixture::never(&mut results, 0, 0.023);
    insta::assert_snapshot!(screen(&results));
}

#[test]
fn strategies_that_never_finish() {
    let mut results = fixture::atm();
    fixture::never(&mut results, 0, 0.6);
    fixture::set(&mut results, 0, "latency_p50", Estimate { mean: f64::INFINITY, interval: None, replications: 20 });
    fixture::never(&mut results, 2, 0.02);
    fixture::never(&mut results, 1, 0.02);
    insta::assert_snapshot!(screen(&results));
}

#[test]
fn one_replication() {
    let mut results = fixture::atm();
    fixture::single_replication(&mut results);
    insta::assert_snapshot!(screen(&results));
}

#[test]
fn missed_and_uncertain_objectives_and_rare_ends() {
    let mut results = fixture::atm();
    fixture::set(&mut results, 2, "latency_p99", fixture::around(59.0, 4.0));
    results.objectives[2].certain = false;
    fixture::set(&mut results, 2, "dead_lettered", fixture::around(12.0, 3.1));
    fixture::set(&mut results, 2, "expired", fixture::around(0.4, 0.3));
    fixture::set(&mut results, 0, "backlog_end", fixture::around(4_120.0, 95.0));
    insta::assert_snapshot!(screen(&results));
}

/// An objective that every strategy of a day is held against, certain and met where the strategy's mean is below it.
fn hold(results: &mut Results, text: &str, metric: &'static str, bound: f64) {
    for (strategy, held) in results.strategies.iter().enumerate() {
        let measured = *crate::report::lookup::figure(held, metric).expect("a figure");
        let (met, within) = (measured.mean < bound, fixture::around(0.93, 0.001));
        results.objectives.push(crate::experiment::results::ObjectiveResult {
            text: text.to_owned(),
            location: None,
            metric,
            strategy,
            bound,
            measured,
            met,
            certain: true,
            undefined: false,
            unprocessed: None,
            share_within: metric.starts_with("latency").then_some(within),
        });
    }
}

#[test]
fn a_run_that_is_cut_off_says_so_and_by_what() {
    let mut results = fixture::atm();
    fixture::set(&mut results, 0, "backlog_end", fixture::around(6_650.0, 110.0));
    let line =
        "\n! hourly batch was cut off 24 h after the last arrival (run.drain): 6,650 ±110 items still in the backlog\n";
    let unbroken = |results: &Results| screen(results).replace("\n  ", " ");
    assert!(unbroken(&results).contains(line), "{}", screen(&results));
    results.drain_s = 0.0;
    assert!(
        unbroken(&results).contains("was cut off right after the last arrival (run.drain)"),
        "{}",
        screen(&results)
    );
    fixture::set(&mut results, 0, "backlog_end", fixture::around(0.0, 0.0));
    assert!(!screen(&results).contains("cut off"));
}

/// Lets no item arrive: latencies are of nothing, and so is what is compared.
fn nothing_arrives(results: &mut Results) {
    for (index, strategy) in results.strategies.iter_mut().enumerate() {
        strategy.figures.retain(|figure| !figure.metric.starts_with("latency") && !figure.metric.starts_with("wait"));
        strategy.quantiles.clear();
        strategy.latency_cdf.clear();
        for figure in strategy.figures.iter_mut().filter(|figure| figure.metric != "cost_usd_per_million") {
            figure.estimate = fixture::around(0.0, 0.0);
        }
        results.comparisons.retain(|comparison| comparison.strategy != index);
    }
    for strategy in 0..results.strategies.len() {
        fixture::set(results, strategy, "cost_usd_per_million", endless());
    }
    for point in results.strategies.iter_mut().flat_map(|strategy| &mut strategy.series).flat_map(|s| &mut s.points) {
        *point = crate::experiment::results::SeriesPoint {
            time_s: point.time_s,
            estimate: fixture::around(0.0, 0.0),
            min: 0.0,
            max: 0.0,
        };
    }
    for objective in &mut results.objectives {
        (objective.measured, objective.share_within) = (endless(), None);
        (objective.undefined, objective.met) = (true, true);
    }
}

fn endless() -> Estimate {
    Estimate { mean: f64::INFINITY, interval: None, replications: 20 }
}

#[test]
fn no_item_arrived() {
    let mut results = fixture::atm();
    nothing_arrives(&mut results);
    insta::assert_snapshot!(screen(&results));
    for (name, svg) in crate::report::charts::all(&results).expect("charts") {
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}");
        assert_eq!(name == "outcomes.svg", svg.contains("No item arrived"), "{name}");
    }
    results.objectives[0].undefined = false;
    results.objectives[0].met = false;
    let text = screen(&results);
    let line = "missed by hourly batch (never); not measured for 5-minute batch, per event: no item arrived";
    assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains(line), "{text}");
    fixture::only(&mut results, 1);
    assert!(screen(&results).ends_with("\nNo item arrived.\n"), "{}", screen(&results));
}

/// An objective on the answers of an API, where one of the strategies has none.
#[test]
fn an_objective_on_a_figure_that_a_strategy_does_not_have() {
    let mut results = fixture::atm();
    results.objectives[1].undefined = true;
    let text = screen(&results).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("not measured for 5-minute batch: nothing in the flow has this figure"), "{text}");
}

#[test]
fn items_that_arrive_during_the_warm_up_only() {
    let mut results = fixture::atm();
    nothing_arrives(&mut results);
    for strategy in 0..3 {
        fixture::set(&mut results, strategy, "arrived", fixture::around(1.85, 0.4));
        fixture::set(&mut results, strategy, "processed", fixture::around(1.85, 0.4));
    }
    let last = |results: &Results| screen(results).replace("\n  ", " ").lines().last().expect("a line").to_owned();
    assert_eq!(last(&results), "No latency was measured, for no item arrived after the warm-up.");
    assert!(screen(&results).contains("  - latency_p99 below 60s  not measured: no item arrived after the warm-up\n"));
    let compared = |metric, unit| crate::experiment::results::Comparison {
        strategy: 1,
        metric,
        unit,
        difference: fixture::around(0.0, 0.0),
        ratio: None,
        variance_ratio: None,
    };
    results.comparisons = vec![compared("processed", "effects")];
    assert_eq!(
        last(&results),
        "Against hourly batch, 5-minute batch has no cost per item, for it processes none in some replications."
    );
    fixture::only(&mut results, 1);
    assert_eq!(last(&results), "5-minute batch has no measure of latency, for no item arrived after the warm-up.");
}

#[test]
fn what_an_objective_speaks_of_is_named() {
    let mut results = fixture::atm();
    fixture::only(&mut results, 2);
    let line = |results: &Results| {
        let text = screen(results);
        text.lines().find(|line| line.contains("60s")).expect("the objective").trim().to_owned()
    };
    assert_eq!(line(&results), "✔ latency_p99 below 60s  met by per event (1.40 s, 99.87 % within)");
    // 1.40 s is not above 60 s: those within are those that fall short.
    results.objectives[0].met = false;
    results.objectives[0].text = "latency_p99 above 60s".to_owned();
    assert_eq!(line(&results), "✘ latency_p99 above 60s  missed by per event (1.40 s)");
    results.objectives[0].unprocessed = Some(fixture::around(0.25, 0.01));
    results.objectives[0].text = "latency_mean below 60s".to_owned();
    let named = "✘ latency_mean below 60s  missed by per event (1.40 s where processed, but 25 % never are)";
    assert_eq!(line(&results), named);
}

#[test]
fn figures_that_are_absent_are_left_out() {
    let mut results = fixture::atm();
    for strategy in &mut results.strategies {
        strategy.figures.clear();
        strategy.quantiles.clear();
        strategy.latency_cdf.clear();
        strategy.series.clear();
    }
    results.comparisons.clear();
    results.objectives.clear();
    let odd = |text: &str| ["NaN", "inf", "never", "unbounded", "$"].into_iter().find(|word| text.contains(word));
    let text = screen(&results);
    assert_eq!(odd(&text), None, "{text}");
    for (name, svg) in crate::report::charts::all(&results).expect("charts") {
        assert_eq!(odd(&svg), None, "{name}: {svg}");
    }
    fixture::only(&mut results, 0);
    let text = screen(&results);
    assert_eq!(odd(&text), None, "{text}");
}

#[test]
fn the_seed_is_written_to_its_last_digit() {
    let mut results = fixture::atm();
    // 2^53 + 1: no double.
    results.seed = 9_007_199_254_740_993;
    assert!(screen(&results).contains("seed 9007199254740993,"));
}

#[test]
fn killed_runs_throttled_tries_and_three_objectives() {
    let mut results = fixture::atm();
    fixture::set(&mut results, 0, "timeouts", fixture::around(2.0, 0.0));
    fixture::set(&mut results, 0, "wasted_seconds", fixture::around(640.0, 21.0));
    fixture::set(&mut results, 1, "timeouts", fixture::around(1.0, 0.0));
    fixture::set(&mut results, 1, "expired", fixture::around(3.0, 1.0));
    fixture::set(&mut results, 2, "throttles", fixture::around(82_278.0, 2_050.0));
    fixture::set(&mut results, 2, "attempts", fixture::around(285_000.0, 2_050.0));
    hold(&mut results, "latency_max below 90m", "latency_max", 5_400.0);
    hold(&mut results, "lost below 1", "lost", 1.0);
    insta::assert_snapshot!(screen(&results));
    fixture::set(&mut results, 2, "throttles", fixture::around(2_849.0, 30.0));
    assert!(!screen(&results).contains("throttled"), "less than a hundredth of the tries");
    results.strategies[2].figures.retain(|figure| figure.metric != "attempts");
    assert!(!screen(&results).contains("throttled"), "no share without the tries");
}

/// What is said of the causes of a strategy's duplicates, if anything is.
fn said_of_causes(results: &Results, strategy: usize) -> Option<String> {
    let name = &results.strategies[strategy].name;
    let text = screen(results).replace("\n  ", " ");
    let line = text.lines().find(|line| line.starts_with(&format!("{name}: ")) && line.contains("duplicates"));
    line.map(|line| line[name.len() + 2..].to_owned())
}

#[test]
fn what_clients_of_an_api_saw_is_said() {
    let said = |figures: &[(&str, f64)]| {
        let mut results = fixture::atm();
        fixture::called_by_clients(&mut results, 1, figures);
        let lines = callouts::render(&results, 1_000, Paint { colour: false });
        let name = format!("{}: clients ", results.strategies[1].name);
        lines.lines().find_map(|line| line.strip_prefix(&name)).map(str::to_owned)
    };
    assert_eq!(said(&[]), None, "it has no API");
    let response = [("response_p50", 0.5), ("response_p99", 10.0), ("requests", 2_000_000.0)];
    assert_eq!(said(&response).as_deref(), Some("wait 500 ms (p50) and 10.0 s (p99) for their answer"));
    let errors =
        [&response[..2], &[("requests", 3_111_468.0), ("client_errors", 500.0), ("client_errors_done", 100.0)]];
    let line = said(&errors.concat()).expect("it has clients");
    assert!(
        line.ends_with("; 500 ±10 calls end in an error, of them 100 ±2 done all the same; 1.50 requests a call"),
        "{line}"
    );
}

#[test]
fn causes_of_duplicates_are_named_where_they_matter() {
    let mut results = fixture::atm();
    let said = said_of_causes(&results, 0).expect("41,207 are many");
    assert_eq!(said, "41,200 duplicates, of them 30,900 redone after a kill, 10,300 redone after an error");
    assert_eq!(said_of_causes(&results, 1), None, "it has none");
    let said = said_of_causes(&results, 2).expect("312 of 2 million are more than one in ten thousand");
    assert_eq!(said, "312 duplicates, of them 290 redone after an error, 22.0 delivered twice");
    let mut cause = |scope: &str, count: f64| {
        let figures = &mut results.strategies[2].figures;
        let figure = figures.iter_mut().find(|figure| figure.scope == scope).expect("a cause");
        figure.estimate = fixture::around(count, 0.0);
        fixture::set(&mut results, 2, "duplicates", fixture::around(290.0 + count, 0.0));
        said_of_causes(&results, 2)
    };
    assert_eq!(
        cause("at_least_once_delivery", 2.0).as_deref(),
        Some("292 duplicates, nearly all redone after an error")
    );
    assert_eq!(cause("at_least_once_delivery", 0.0).as_deref(), Some("290 duplicates, all redone after an error"));
    fixture::set(&mut results, 2, "duplicates", fixture::around(200.0, 4.0));
    assert_eq!(said_of_causes(&results, 2), None, "less than one in ten thousand");
    fixture::set(&mut results, 2, "duplicates", fixture::around(5.0, 1.0));
    fixture::set(&mut results, 2, "owed", fixture::around(100.0, 0.0));
    assert_eq!(said_of_causes(&results, 2), None, "a handful");
}

#[test]
fn intervals_wider_than_their_values() {
    let mut results = fixture::atm();
    fixture::set(&mut results, 2, "latency_p99", fixture::around(126.0, 780.0));
    results.objectives[2].certain = false;
    compare(&mut results, "latency_p99", fixture::around(-1_608.0, 800.0), Some(fixture::around(13.8, 16.0)));
    insta::assert_snapshot!(screen(&results));
}

#[test]
fn many_strategies_are_not_all_named() {
    let mut results = fixture::atm();
    let slow = results.strategies[0].clone();
    results.objectives.clear();
    results.strategies.extend((0..6).map(|_| slow.clone()));
    hold(&mut results, "latency_p99 below 60s", "latency_p99", 60.0);
    let text = render(&results, 100, false).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("hourly batch (28.9 min, 93 % within), 4 more; met by per event (1.40 s"), "{text}");
}

#[test]
fn long_names_do_not_widen_the_page() {
    let mut results = fixture::atm();
    fixture::never(&mut results, 0, 0.023);
    fixture::set(&mut results, 2, "timeouts", fixture::around(2.0, 0.0));
    for strategy in &mut results.strategies {
        strategy.name = format!("{} with a name as long as any that a scenario may give", strategy.name);
    }
    let text = screen(&results);
    assert!(text.contains("hourly batch with a nam…  "), "{text}");
}

#[test]
fn a_narrow_terminal() {
    let text = render(&fixture::atm(), 80, false);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn colour_changes_nothing_but_codes() {
    let results = fixture::atm();
    let coloured = render(&results, 100, true);
    assert!(coloured.contains('\u{1b}'));
    let mut bare = String::new();
    let mut in_code = false;
    for letter in coloured.chars() {
        match letter {
            '\u{1b}' => in_code = true,
            'm' if in_code => in_code = false,
            _ if in_code => {}
            other => bare.push(other),
        }
    }
    let trimmed = |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    assert_eq!(trimmed(&bare), trimmed(&render(&results, 100, false)));
}

/// The last sentence for a strategy whose p99 and cost compare with the baseline's in a given way.
fn closing(change: impl Fn(&mut Results)) -> String {
    let mut results = fixture::atm();
    results.strategies.truncate(2);
    results.comparisons.retain(|comparison| comparison.strategy == 1);
    results.objectives.clear();
    change(&mut results);
    let text = render(&results, 100, false);
    text.split("\n\n").last().expect("a part").replace("\n  ", " ").trim_end().to_owned()
}

/// Sets the comparison of the last strategy with the baseline.
fn compare(results: &mut Results, metric: &str, difference: Estimate, ratio: Option<Estimate>) {
    let found = results.comparisons.iter_mut().rev().find(|comparison| comparison.metric == metric);
    let comparison = found.expect("a comparison");
    (comparison.difference, comparison.ratio) = (difference, ratio);
}

/// Sets the duplicates of baseline and strategy, with half widths, and how they compare.
fn repeat(results: &mut Results, base: f64, own: f64, half: f64, ratio: Option<f64>) {
    fixture::set(results, 0, "duplicates", fixture::around(base, base / 50.0));
    fixture::set(results, 1, "duplicates", fixture::around(own, own / 50.0));
    let ratio = ratio.map(|ratio| fixture::around(ratio, ratio / 20.0));
    compare(results, "duplicates", fixture::around(own - base, half), ratio);
}

#[test]
fn closing_sentences() {
    let around = fixture::around;
    let sentences = [
        ("faster and cheaper", closing(|_| ())),
        (
            "slower and dearer",
            closing(|results| {
                fixture::set(results, 1, "latency_p99", around(7_400.0, 20.0));
                compare(results, "latency_p99", around(5_700.0, 20.0), Some(around(0.234, 0.002)));
                compare(results, "cost_usd_per_million", around(1.0, 0.02), Some(around(0.48, 0.006)));
            }),
        ),
        (
            "a difference in cost of unknown size",
            closing(|results| {
                compare(results, "cost_usd_per_million", around(-0.01, 0.009), Some(around(1.02, 0.03)));
            }),
        ),
        (
            "a cost that is always the same times",
            closing(|results| compare(results, "cost_usd_per_million", around(1.0, 0.0), Some(around(0.5, 0.0)))),
        ),
        (
            "no difference shown",
            closing(|results| {
                compare(results, "latency_p99", around(-6.0, 18.0), Some(around(1.01, 0.02)));
                compare(results, "cost_usd_per_million", around(0.001, 0.02), Some(around(1.0, 0.02)));
            }),
        ),
        (
            "a little faster",
            closing(|results| {
                fixture::set(results, 1, "latency_p99", around(1_731.0, 20.0));
                compare(results, "latency_p99", around(-3.0, 1.0), Some(around(1.0021, 0.0008)));
            }),
        ),
        (
            "the very same",
            closing(|results| {
                compare(results, "latency_p99", around(0.0, 0.0), Some(around(1.0, 0.0)));
                compare(results, "cost_usd_per_million", around(0.0, 0.0), Some(around(1.0, 0.0)));
            }),
        ),
        (
            "free of cost",
            closing(|results| {
                fixture::set(results, 0, "cost_usd_per_million", around(0.0, 0.0));
                fixture::set(results, 1, "cost_usd_per_million", around(0.0, 0.0));
            }),
        ),
        (
            "a baseline free of cost",
            closing(|results| fixture::set(results, 0, "cost_usd_per_million", around(0.0, 0.0))),
        ),
        (
            "no latency at all",
            closing(|results| {
                fixture::set(results, 1, "latency_p99", around(0.0, 0.0));
                compare(results, "latency_p99", around(-1_734.0, 20.0), None);
            }),
        ),
        (
            "nothing processed",
            closing(|results| {
                fixture::never(results, 1, 1.0);
                let endless = Estimate { mean: f64::INFINITY, interval: None, replications: 20 };
                fixture::set(results, 1, "cost_usd_per_million", endless);
            }),
        ),
        ("far fewer duplicates", closing(|results| repeat(results, 1_300.0, 410.0, 90.0, Some(3.17)))),
        ("far more duplicates", closing(|results| repeat(results, 410.0, 1_300.0, 90.0, Some(0.315)))),
        ("the first duplicates", closing(|results| repeat(results, 0.0, 410.0, 9.0, None))),
        ("no pair in one replication", closing(|results| repeat(results, 800.0, 200.0, 300.0, None))),
        ("a handful of duplicates", closing(|results| repeat(results, 0.0, 200.0, 9.0, None))),
        ("duplicates not told apart", closing(|results| repeat(results, 1_300.0, 410.0, 900.0, Some(3.17)))),
        ("a few more duplicates", closing(|results| repeat(results, 410.0, 500.0, 20.0, Some(0.82)))),
        ("no comparison", closing(|results| results.comparisons.clear())),
    ];
    let listed: Vec<_> = sentences.iter().map(|(case, sentence)| format!("{case}: {sentence}")).collect();
    insta::assert_snapshot!(listed.join("\n"));
}

#[test]
fn services_are_named_where_they_share_a_bill() {
    let mut results = fixture::atm();
    assert!(!screen(&results).contains("by service"), "Lambda has 96 % of every bill at least");
    for figure in &mut results.strategies[1].figures {
        if figure.scope == "s3" && figure.metric == "cost_usd_per_million" {
            figure.estimate = fixture::around(0.1, 0.001);
        }
    }
    let text = screen(&results);
    let lines = "USD per million, by service\n  hourly batch    lambda $0.400, s3 $0.0124\n  \
                 5-minute batch  lambda $0.381, s3 $0.100\n  per event       lambda $0.865\n";
    assert!(text.contains(lines), "{text}");
}

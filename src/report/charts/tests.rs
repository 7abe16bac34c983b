use super::*;
use crate::experiment::results::FaultWindow;
use crate::report::fixture;

fn named(charts: &[(&'static str, String)], name: &str) -> String {
    charts.iter().find(|chart| chart.0 == name).expect("a chart").1.clone()
}

#[test]
fn charts_are_equal_bytes_each_time_and_of_reading_width() {
    let results = fixture::atm();
    let charts = all(&results).expect("charts");
    assert_eq!(charts, all(&results).expect("charts"));
    for (name, svg) in &charts {
        assert!(svg.starts_with("<svg width=\"720\" height=\""), "{name}: {}", &svg[..60]);
        assert!(svg.trim_end().ends_with("</svg>"), "{name}");
        assert!(svg.len() < 120_000, "{name} has {} bytes", svg.len());
    }
}

#[test]
fn names_are_escaped_wherever_they_stand() {
    let mut results = fixture::atm();
    results.strategies[0].name = "a<b>&\"c\"\u{7}".to_owned();
    for (name, svg) in all(&results).expect("charts") {
        assert!(svg.contains("a&lt;b&gt;&amp;&quot;c&quot;"), "{name}");
        assert!(!svg.contains("a<b") && !svg.contains('\u{7}'), "{name}");
    }
}

#[test]
fn faults_are_shaded_and_named_on_every_chart_over_time() {
    let shade = "#C0392B";
    let mut results = fixture::atm();
    assert!(all(&results).expect("charts").iter().all(|(_, svg)| !svg.contains(shade)));
    let name = "a < b & c".to_owned();
    results.faults = vec![FaultWindow { name, start_s: 21_600.0, end_s: 28_800.0, strategies: vec![0, 2] }];
    let charts = all(&results).expect("charts");
    for name in ["backlog.svg", "concurrency.svg"] {
        let svg = named(&charts, name);
        assert_eq!(svg.matches(shade).count(), 2, "{name}: in the panels of those that it strikes");
        assert!(svg.contains("a &lt; b &amp; c") && svg.contains("shaded: faults"), "{name}");
    }
    assert!(!named(&charts, "latency-cdf.svg").contains(shade), "it has no axis of time");
}

#[test]
fn titles_state_the_finding() {
    let mut results = fixture::atm();
    assert_eq!(
        findings::latency(&results),
        "99 % of items are done within 1.40 s (per event), 5.15 min (5-minute batch), 28.9 min (hourly batch)"
    );
    assert_eq!(
        findings::outcomes(&results),
        "Every item is done; done again: 0 (5-minute batch), 312 (per event), 41,200 (hourly batch)"
    );
    fixture::never(&mut results, 0, 0.023);
    assert_eq!(findings::outcomes(&results), "hourly batch leaves 2.3 % of its items undone and does 41,200 again");
    fixture::set(&mut results, 1, "owed", fixture::around(4_148_624.0, 900.0));
    assert!(findings::outcomes(&results).contains("of its effects undone"), "an item goes down two branches");
}

#[test]
fn items_that_are_never_processed_are_named_at_their_curve() {
    let mut results = fixture::atm();
    assert!(!named(&all(&results).expect("charts"), "latency-cdf.svg").contains("never"));
    fixture::never(&mut results, 0, 0.023);
    assert!(named(&all(&results).expect("charts"), "latency-cdf.svg").contains("2.3 % never"));
}

#[test]
fn duplicates_are_drawn_where_there_are_any() {
    let mut results = fixture::atm();
    assert_eq!(
        findings::duplicates(&results),
        "Most duplicates: hourly batch (41,200), 75 % of them redone after a kill"
    );
    let svg = named(&all(&results).expect("charts"), "duplicates.svg");
    for words in ["30,900 redone after a kill", "290 redone after an error", "22.0 delivered twice"] {
        assert!(svg.contains(words), "{words}");
    }
    results.strategies[0].figures.retain(|figure| figure.scope != "timeout_after_effect");
    fixture::set(&mut results, 0, "duplicates", fixture::around(10_302.0, 300.0));
    assert_eq!(findings::duplicates(&results), "Most duplicates: hourly batch (10,300), all redone after an error");
    fixture::only(&mut results, 1);
    assert!(all(&results).expect("charts").iter().all(|(name, _)| *name != "duplicates.svg"));
}

#[test]
fn cost_is_drawn_by_service_where_services_share_it() {
    let mut results = fixture::atm();
    assert_eq!(
        findings::cost(&results),
        "A million items cost $0.397 (5-minute batch), $0.412 (hourly batch), $0.865 (per event)"
    );
    let svg = named(&all(&results).expect("charts"), "cost.svg");
    // 0.412 × 0.97 and 0.03, 0.397 × 0.96.
    for words in ["lambda $0.400", "s3 $0.0124", "lambda $0.381", "lambda $0.865"] {
        assert!(svg.contains(words), "{words}");
    }
    fixture::only(&mut results, 2);
    assert!(all(&results).expect("charts").iter().all(|(name, _)| *name != "cost.svg"), "Lambda has all of it");
}

#[test]
fn results_with_little_in_them_are_drawn_all_the_same() {
    let mut results = fixture::atm();
    for strategy in &mut results.strategies {
        strategy.latency_cdf.clear();
        strategy.series.clear();
        strategy.figures.clear();
    }
    assert_eq!(all(&results).expect("charts").len(), 4);
    results.strategies.clear();
    assert_eq!(all(&results).expect("charts").len(), 4);
}

#[test]
fn levels_and_latencies_of_zero_are_drawn() {
    let mut results = fixture::atm();
    for strategy in &mut results.strategies {
        strategy.latency_cdf = vec![(0.0, 1.0)];
        for point in strategy.series.iter_mut().flat_map(|series| &mut series.points) {
            (point.estimate, point.min, point.max) = (fixture::around(0.0, 0.0), 0.0, 0.0);
        }
    }
    for (name, svg) in all(&results).expect("charts") {
        assert!(!svg.contains("NaN") && !svg.contains("-2147483648"), "{name}");
    }
}

/// Writes the charts of several made-up results into the folder that `SIMCTL_CHARTS` names.
#[test]
#[ignore = "for people: it draws what is to be looked at"]
fn charts_to_look_at() {
    let folder = std::env::var("SIMCTL_CHARTS").expect("SIMCTL_CHARTS names a folder");
    let mut troubled = fixture::atm();
    fixture::never(&mut troubled, 0, 0.023);
    fixture::set(&mut troubled, 2, "dead_lettered", fixture::around(12.0, 3.0));
    fixture::set(&mut troubled, 1, "duplicates_suppressed", fixture::around(900_000.0, 3_000.0));
    let mut single = fixture::atm();
    fixture::only(&mut single, 2);
    fixture::single_replication(&mut single);
    let mut daytime = fixture::atm();
    daytime.start = "2026-11-23T08:15:00Z".to_owned();
    daytime.strategies.remove(2);
    let mut many = fixture::atm();
    let copies = many.strategies.clone();
    for (index, mut strategy) in copies.into_iter().enumerate() {
        strategy.name = format!("{} with a far longer name, number {index}", strategy.name);
        strategy.latency_cdf.iter_mut().for_each(|point| point.0 *= 1.3);
        many.strategies.push(strategy);
    }
    let cases =
        [("atm", fixture::atm()), ("troubled", troubled), ("single", single), ("daytime", daytime), ("many", many)];
    for (case, results) in cases {
        let folder = std::path::Path::new(&folder).join(case);
        std::fs::create_dir_all(&folder).expect("created");
        for (name, svg) in all(&results).expect("charts") {
            std::fs::write(folder.join(name), svg).expect("written");
        }
    }
}

//! Every family against statrs, or against arithmetic worked out by hand where statrs lacks it.

use statrs::distribution as reference;
use statrs::distribution::ContinuousCDF;

use super::*;
use crate::kernel::random::Root;

/// Draws in each Kolmogorov–Smirnov test.
const DRAWS: u64 = 100_000;
/// The asymptotic critical value of √n·D at significance 10⁻⁴: √(ln(2/10⁻⁴) / 2).
const KS_CRITICAL: f64 = 2.2253;

/// `DRAWS` values of one distribution, one for each item, in ascending order.
fn keyed_sample(name: &str, distribution: &Distribution) -> Vec<f64> {
    let purpose = Root::new(20_261_123, 0).purpose(name, "service");
    let mut values: Vec<f64> = (0..DRAWS).map(|item| distribution.sample(&mut purpose.draw(item, 0))).collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// √n times the greatest distance between the sample's cdf and `cdf`, on both sides of every step, so that it also
/// holds where `cdf` jumps.
fn ks_statistic(ascending: &[f64], cdf: impl Fn(f64) -> f64) -> f64 {
    let count = ascending.len() as f64;
    let mut before = 0;
    let mut distance: f64 = 0.0;
    for equal in ascending.chunk_by(|a, b| a == b) {
        let after = before + equal.len();
        let at = equal[0];
        distance = distance.max((cdf(at.next_down()) - before as f64 / count).abs());
        distance = distance.max((cdf(at) - after as f64 / count).abs());
        before = after;
    }
    count.sqrt() * distance
}

fn assert_close(what: &str, got: f64, expected: f64, relative: f64) {
    assert!((got - expected).abs() <= relative * expected.abs(), "{what}: got {got}, expected {expected}");
}

/// Moments and cdf against the reference, quantile against the cdf, and 100,000 keyed draws against the reference cdf.
fn check(name: &str, built: Built, mean: f64, variance: f64, cdf: impl Fn(f64) -> f64) {
    let distribution = built.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_close(&format!("mean of {name}"), distribution.mean(), mean, 1e-10);
    assert_close(&format!("variance of {name}"), distribution.variance(), variance, 1e-9);
    for step in 1..100 {
        let p = f64::from(step) / 100.0;
        let x = distribution.quantile(p);
        assert!(distribution.cdf(x) >= p - 1e-12, "{name}: the cdf at the quantile of {p} falls short");
        let below = x * (1.0 - 1e-9) - f64::MIN_POSITIVE;
        assert!(distribution.cdf(below) <= p + 1e-12, "{name}: the quantile of {p} is not the least value");
        assert!((distribution.cdf(x) - cdf(x)).abs() < 1e-9, "{name}: cdf({x}) differs from the reference");
    }
    let sample = keyed_sample(name, &distribution);
    assert!(sample[0] >= 0.0 && sample[0] >= distribution.smallest(), "{name}: a value below the support");
    assert!(distribution.largest().is_none_or(|most| sample[sample.len() - 1] <= most), "{name}: a value above it");
    let statistic = ks_statistic(&sample, cdf);
    assert!(statistic < KS_CRITICAL, "{name}: √n·D is {statistic}");
}

fn check_against<R>(name: &str, built: Built, reference: &R)
where
    R: ContinuousCDF<f64, f64> + statrs::statistics::Distribution<f64>,
{
    let (mean, variance) = (reference.mean().unwrap(), reference.variance().unwrap());
    check(name, built, mean, variance, |x| reference.cdf(x));
}

#[test]
fn uniform_is_that_of_statrs() {
    check_against("uniform", Distribution::uniform(2.0, 5.0), &reference::Uniform::new(2.0, 5.0).unwrap());
}

#[test]
fn exponential_is_that_of_statrs() {
    check_against("exponential", Distribution::exponential(4.0), &reference::Exp::new(0.25).unwrap());
}

#[test]
fn gamma_is_that_of_statrs_for_shapes_below_at_and_above_one() {
    for shape in [0.3, 1.0, 1.7, 25.0] {
        let expected = reference::Gamma::new(shape, 0.5).unwrap();
        check_against(&format!("gamma {shape}"), Distribution::gamma(shape, 2.0), &expected);
    }
}

#[test]
fn erlang_is_that_of_statrs() {
    // Four stages with a mean of 2 for their sum: each has the rate 4/2.
    check_against("erlang", Distribution::erlang(4, 2.0), &reference::Erlang::new(4, 2.0).unwrap());
}

#[test]
fn log_normal_is_that_of_statrs() {
    check_against("log-normal", Distribution::log_normal(-1.5, 0.8), &reference::LogNormal::new(-1.5, 0.8).unwrap());
}

#[test]
fn weibull_is_that_of_statrs() {
    for shape in [0.7, 1.5] {
        let expected = reference::Weibull::new(shape, 3.0).unwrap();
        check_against(&format!("weibull {shape}"), Distribution::weibull(shape, 3.0), &expected);
    }
}

#[test]
fn triangular_is_that_of_statrs() {
    for mode in [1.0, 2.0, 6.0] {
        let expected = reference::Triangular::new(1.0, 6.0, mode).unwrap();
        check_against(&format!("triangular {mode}"), Distribution::triangular(1.0, mode, 6.0), &expected);
    }
}

#[test]
fn pareto_is_that_of_statrs_cut_off() {
    // E[X] of shape 2 on [1, 4]: 2/(15/16) · (1 − 1/4) = 1.6; E[X²] = 2/(15/16) · ln 4.
    let whole = reference::Pareto::new(1.0, 2.0).unwrap();
    let second = 32.0 / 15.0 * 4f64.ln();
    let cut = |x: f64| whole.cdf(x).min(whole.cdf(4.0)) / whole.cdf(4.0);
    check("pareto 2", Distribution::pareto(2.0, 1.0, 4.0), 1.6, second - 1.6 * 1.6, cut);

    // Shape 1 on [1, e]: E[X] = ln e / (1 − 1/e), E[X²] = (e − 1) / (1 − 1/e) = e.
    let e = std::f64::consts::E;
    let whole = reference::Pareto::new(1.0, 1.0).unwrap();
    let mean = 1.0 / (1.0 - 1.0 / e);
    let cut = |x: f64| whole.cdf(x).min(whole.cdf(e)) / whole.cdf(e);
    check("pareto 1", Distribution::pareto(1.0, 1.0, e), mean, e - mean * mean, cut);
}

#[test]
fn hyper_exponential_is_a_mixture_of_exponentials() {
    // Weights 3 and 1 are 0.75 and 0.25. Mean 0.75·1 + 0.25·5 = 2; E[X²] = 2·(0.75·1 + 0.25·25) = 14; variance 10.
    let (quick, slow) = (reference::Exp::new(1.0).unwrap(), reference::Exp::new(0.2).unwrap());
    let cdf = |x: f64| 0.75 * quick.cdf(x) + 0.25 * slow.cdf(x);
    check("hyper", Distribution::hyper_exponential(&[(3.0, 1.0), (1.0, 5.0)]), 2.0, 10.0, cdf);
}

#[test]
fn percentiles_lie_on_straight_lines_between_the_points() {
    // 0.1 at 2, 0.4 uniform on [2, 4], 0.4 uniform on [4, 10], 0.1 at 10.
    // Mean: 0.2 + 0.4·3 + 0.4·7 + 1 = 5.2. E[X²]: 0.4 + 0.4·(4+8+16)/3 + 0.4·(16+40+100)/3 + 10 = 34.9333….
    let table = [(0.1, 2.0), (0.5, 4.0), (0.9, 10.0)];
    let cdf = |x: f64| match x {
        x if x < 2.0 => 0.0,
        x if x < 4.0 => 0.1 + 0.4 * (x - 2.0) / 2.0,
        x if x < 10.0 => 0.5 + 0.4 * (x - 4.0) / 6.0,
        _ => 1.0,
    };
    let second = 0.4 + 0.4 * 28.0 / 3.0 + 0.4 * 52.0 + 10.0;
    check("percentiles", Distribution::percentiles(&table), 5.2, second - 5.2 * 5.2, cdf);
}

#[test]
fn percentiles_may_rise_at_once_or_hold_a_value() {
    let table = Distribution::percentiles(&[(0.0, 1.0), (0.5, 1.0), (1.0, 3.0)]).unwrap();
    assert_eq!((table.quantile(0.0), table.quantile(0.25), table.quantile(0.75)), (1.0, 1.0, 2.0));
    assert_eq!((table.cdf(0.999), table.cdf(1.0), table.cdf(2.0), table.cdf(3.0)), (0.0, 0.5, 0.75, 1.0));
    assert_eq!(table.mean(), 0.5 + 0.5 * 2.0);
}

#[test]
fn samples_are_equally_likely() {
    // Mean (1 + 2 + 2 + 7)/4 = 3; squares about it 4 + 1 + 1 + 16 = 22, over 4 = 5.5.
    let cdf = |x: f64| match x {
        x if x < 1.0 => 0.0,
        x if x < 2.0 => 0.25,
        x if x < 7.0 => 0.75,
        _ => 1.0,
    };
    check("samples", Distribution::samples(vec![7.0, 2.0, 1.0, 2.0]), 3.0, 5.5, cdf);
}

#[test]
fn a_mixture_spreads_within_its_parts_and_between_them() {
    // 0.8 uniform on [0, 2] (mean 1, variance 1/3) and 0.2 exactly 6: mean 2; variance 0.8·(1/3 + 1) + 0.2·16.
    let parts = vec![
        (4.0, Distribution::uniform(0.0, 2.0).unwrap()),
        (0.0, Distribution::exponential(1.0).unwrap()),
        (1.0, Distribution::constant(6.0).unwrap()),
    ];
    let mixture = Distribution::mixture(parts);
    let largest = mixture.as_ref().unwrap().largest();
    assert_eq!(largest, Some(6.0), "a part of weight zero widens the support");
    let cdf = |x: f64| 0.8 * (x / 2.0).clamp(0.0, 1.0) + if x >= 6.0 { 0.2 } else { 0.0 };
    check("mixture", mixture, 2.0, 0.8 * 4.0 / 3.0 + 3.2, cdf);
}

#[test]
fn a_shift_moves_everything_but_the_spread() {
    let rest = reference::Exp::new(0.5).unwrap();
    let shifted = Distribution::shifted(3.0, Distribution::exponential(2.0).unwrap());
    check("shifted", shifted, 5.0, 4.0, |x| rest.cdf(x - 3.0));
}

#[test]
fn a_constant_is_itself_and_costs_no_draw() {
    let constant = Distribution::constant(0.25).unwrap();
    let mut draw = Root::new(1, 0).purpose("constant", "service").draw(0, 0);
    let untouched = draw.clone();
    assert_eq!(constant.sample(&mut draw), 0.25);
    assert_eq!(constant.span(&mut draw), Span::from_millis(250));
    assert_eq!(draw, untouched);
    assert_eq!((constant.mean(), constant.variance(), constant.largest()), (0.25, 0.0, Some(0.25)));
    assert_eq!((constant.cdf(0.24), constant.cdf(0.25), constant.quantile(0.5)), (0.0, 1.0, 0.25));
}

#[test]
fn a_mean_and_a_cv_come_back() {
    for (mean, cv) in [(0.18, 0.25), (3.0, 1.0), (0.02, 2.5), (7.0, 30.0)] {
        let built = [
            ("gamma", Distribution::gamma_mean_cv(mean, cv)),
            ("log-normal", Distribution::log_normal_mean_cv(mean, cv)),
            ("weibull", Distribution::weibull_mean_cv(mean, cv)),
            ("hyper", Distribution::hyper_exponential_mean_cv(mean, cv.max(1.0))),
        ];
        for (name, distribution) in built {
            let distribution = distribution.unwrap();
            let cv = if name == "hyper" { cv.max(1.0) } else { cv };
            assert_close(&format!("mean of {name}"), distribution.mean(), mean, 1e-9);
            assert_close(&format!("cv of {name}"), distribution.variance().sqrt() / distribution.mean(), cv, 1e-9);
        }
    }
}

#[test]
fn the_ends_of_each_cv_range_are_reached() {
    for cv in [1e-6, 1e3] {
        let gamma = Distribution::gamma_mean_cv(2.0, cv).unwrap();
        assert_close("gamma cv", gamma.variance().sqrt() / 2.0, cv, 1e-9);
        let log_normal = Distribution::log_normal_mean_cv(2.0, cv).unwrap();
        assert_close("log-normal cv", log_normal.variance().sqrt() / 2.0, cv, 1e-9);
    }
    for cv in [0.002, 400.0] {
        let weibull = Distribution::weibull_mean_cv(2.0, cv).unwrap();
        assert_close("weibull cv", weibull.variance().sqrt() / 2.0, cv, 1e-6);
    }
    let hyper = Distribution::hyper_exponential_mean_cv(2.0, 1e3).unwrap();
    assert_close("hyper-exponential cv", hyper.variance().sqrt() / 2.0, 1e3, 1e-6);
}

#[test]
fn a_median_and_a_p99_come_back() {
    let distribution = Distribution::log_normal_median_p99(0.180, 1.2).unwrap();
    assert_close("median", distribution.quantile(0.5), 0.180, 1e-9);
    assert_close("p99", distribution.quantile(0.99), 1.2, 1e-9);
}

#[test]
fn a_weibull_of_shape_one_and_a_hyper_exponential_of_cv_one_are_exponential() {
    let expected = reference::Exp::new(0.5).unwrap();
    check("weibull cv 1", Distribution::weibull_mean_cv(2.0, 1.0), 2.0, 4.0, |x| expected.cdf(x));
    check("hyper cv 1", Distribution::hyper_exponential_mean_cv(2.0, 1.0), 2.0, 4.0, |x| expected.cdf(x));
}

#[test]
fn the_test_tells_a_wrong_mean_from_the_right_one() {
    // Means 5 % apart: the cdfs differ by 0.05/e = 0.018, and √100,000 times that is 5.8, noise about 1.
    let expected = reference::Exp::new(1.0).unwrap();
    let sample = keyed_sample("wrong", &Distribution::exponential(1.05).unwrap());
    assert!(ks_statistic(&sample, |x| expected.cdf(x)) > KS_CRITICAL);
}

#[test]
fn quantiles_and_cdf_hold_at_the_ends() {
    let exponential = Distribution::exponential(2.0).unwrap();
    assert_eq!((exponential.quantile(0.0), exponential.quantile(1.0)), (0.0, f64::INFINITY));
    assert_eq!((exponential.cdf(-1.0), exponential.cdf(f64::INFINITY)), (0.0, 1.0));
    assert!(exponential.cdf(f64::NAN).is_nan() && exponential.quantile(f64::NAN).is_nan());
    let gamma = Distribution::gamma(1e-7, 1.0).unwrap();
    assert_eq!(gamma.cdf(f64::MAX), 1.0);
    let uniform = Distribution::uniform(1.0, 3.0).unwrap();
    assert_eq!((uniform.quantile(-1.0), uniform.quantile(2.0)), (1.0, 3.0));
}

#[test]
fn spans_are_samples_in_nanoseconds() {
    let distribution = Distribution::uniform(0.001, 0.002).unwrap();
    let purpose = Root::new(3, 0).purpose("spans", "service");
    for item in 0..100 {
        let seconds = distribution.sample(&mut purpose.draw(item, 0));
        assert_eq!(distribution.span(&mut purpose.draw(item, 0)), Span::from_secs_f64(seconds));
    }
}

#[test]
fn each_refusal_names_the_parameter_and_its_range() {
    use Distribution as D;
    let one = || D::constant(1.0).unwrap();
    let cases: Vec<(Built, &str)> = vec![
        (D::constant(-1.0), "value must be at least 0 and finite, got -1"),
        (D::constant(f64::NAN), "value must be at least 0 and finite, got NaN"),
        (D::uniform(2.0, 2.0), "low must be below high, got 2 and 2"),
        (D::uniform(0.0, f64::INFINITY), "high must be finite, got inf"),
        (D::exponential(0.0), "mean must be above 0 and finite, got 0"),
        (D::exponential(f64::INFINITY), "mean must be above 0 and finite, got inf"),
        (D::gamma(0.0, 1.0), "shape must be between 0.0000001 and 10000000000000, got 0"),
        (D::gamma(2.0, -1.0), "scale must be above 0 and finite, got -1"),
        (D::erlang(0, 1.0), "stages must be between 1 and 4294967295, got 0"),
        (D::log_normal(f64::NAN, 1.0), "mu must be finite, got NaN"),
        (D::log_normal(0.0, 0.0), "sigma must be above 0 and finite, got 0"),
        (D::weibull(-2.0, 1.0), "shape must be above 0 and finite, got -2"),
        (D::pareto(1.0, 3.0, 2.0), "low must be below high, got 3 and 2"),
        (D::triangular(1.0, 4.0, 3.0), "mode must be between 1 and 3, got 4"),
        (D::hyper_exponential(&[]), "phases must have at least 1 entries, got 0"),
        (D::hyper_exponential(&[(-1.0, 1.0)]), "weight must be at least 0 and finite, got -1"),
        (D::hyper_exponential(&[(0.0, 1.0)]), "the sum of the weights must be above 0 and finite, got 0"),
        (D::percentiles(&[(0.5, 1.0)]), "percentiles must have at least 2 entries, got 1"),
        (D::percentiles(&[(0.5, 1.0), (1.5, 2.0)]), "percentile must be between 0 and 1, got 1.5"),
        (D::percentiles(&[(0.9, 1.0), (0.5, 2.0)]), "percentiles must ascend, got 0.9 and then 0.5"),
        (D::percentiles(&[(0.5, 3.0), (0.9, 2.0)]), "the values of percentiles must ascend, got 3 and then 2"),
        (D::samples(vec![]), "samples must have at least 1 entries, got 0"),
        (D::samples(vec![1.0, f64::NAN]), "sample must be at least 0 and finite, got NaN"),
        (D::mixture(vec![]), "mixture must have at least 1 entries, got 0"),
        (
            D::mixture(vec![(f64::MAX, one()), (f64::MAX, one())]),
            "the sum of the weights must be above 0 and finite, got inf",
        ),
        (D::shifted(-0.5, one()), "offset must be at least 0 and finite, got -0.5"),
        (D::gamma_mean_cv(1.0, 0.0), "cv must be between 0.000001 and 1000, got 0"),
        (D::log_normal_median_p99(2.0, 1.0), "median must be below p99, got 2 and 1"),
        (D::weibull_mean_cv(1.0, 0.001), "cv must be between 0.002 and 400, got 0.001"),
        (D::hyper_exponential_mean_cv(1.0, 0.5), "cv must be between 1 and 1000, got 0.5"),
        (D::exponential(1e200), "the mean and variance must be finite, got a mean of 1e200 and a variance of inf"),
    ];
    for (built, text) in cases {
        let error = built.expect_err(text).to_string();
        let plain = error.replace(&format!("{}", 1e200), "1e200");
        assert_eq!(plain, text);
    }
}

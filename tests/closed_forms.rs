//! The closed forms against numbers computed from textbook results at 40 digits and checked independently (by balance
//! equations, direct summation or numerical integration). An id names one scenario; the quantities are in the order given.

#![expect(
    clippy::excessive_precision,
    clippy::approx_constant,
    reason = "the numbers are kept as they were computed, to 17 digits"
)]

use simctl::proof::closed_forms::{
    DeterministicServer, FiniteQueue, GeneralServer, InfiniteServers, ManyServers, MarkovServer, ServiceMoments,
    Tandem, TimedClearing, all_attempts_fail, erlang_b, mean_attempts, mean_nested_attempts,
};

/// The numbers have 17 digits; double arithmetic through a few thousand steps keeps well over ten.
const TOLERANCE: f64 = 1e-10;

fn check<const N: usize>(id: &str, names: [&str; N], found: [f64; N], expected: [f64; N]) {
    for ((name, found), expected) in names.into_iter().zip(found).zip(expected) {
        let error = (found - expected).abs();
        assert!(error <= TOLERANCE * expected.abs(), "{id} {name}: {found} is not {expected}");
    }
}

#[test]
fn one_exponential_server() {
    let names = ["L", "W", "Wq", "W p50", "W p99", "Wq p99", "P(N>=5)", "busy period mean", "busy period variance"];
    for (id, lambda, mu, expected) in [
        (
            "MM1-1",
            8.0,
            10.0,
            [4.0, 0.5, 0.4, 0.34657359027997265, 2.3025850929940457, 2.1910133173369408, 0.32768, 0.5, 2.25],
        ),
        (
            "MM1-2",
            0.5,
            1.0,
            [1.0, 2.0, 1.0, 1.3862943611198906, 9.2103403719761827, 7.8240460108562921, 0.03125, 2.0, 12.0],
        ),
    ] {
        let queue = MarkovServer::new(lambda, mu).unwrap();
        let found = [
            queue.mean_in_system(),
            queue.mean_sojourn(),
            queue.mean_wait(),
            queue.sojourn_quantile(0.5),
            queue.sojourn_quantile(0.99),
            queue.wait_quantile(0.99),
            queue.probability_at_least(5),
            queue.mean_busy_period(),
            queue.busy_period_variance(),
        ];
        check(id, names, found, expected);
    }
}

#[test]
fn many_exponential_servers() {
    let names = ["C(c,a)=P(wait)", "Wq", "Lq", "W", "Wq p95", "Wq p99", "P(W>2/mu)", "W p99"];
    for (id, servers, lambda, expected) in [
        (
            "MMC-1",
            3,
            2.0,
            [
                0.44444444444444444,
                0.44444444444444444,
                0.88888888888888889,
                1.4444444444444444,
                2.1848020573376622,
                3.7942399697717626,
                0.25563331278026842,
                5.891174416603239,
            ],
        ),
        (
            "MMC-2",
            10,
            8.0,
            [
                0.40918015079644353,
                0.20459007539822177,
                1.6367206031857741,
                1.2045900753982218,
                1.0510662600663684,
                1.8557852162834185,
                0.18321739895702381,
                4.9461113276114532,
            ],
        ),
        (
            "MMC-3",
            100,
            95.0,
            [
                0.50645685391302059,
                0.10129137078260412,
                9.6226802243473912,
                1.1012913707826041,
                0.46308322597204789,
                0.78497080845886797,
                0.15246490540307445,
                4.7243870489491523,
            ],
        ),
        (
            "MMC-4",
            1_000,
            970.0,
            [
                0.24282333618041156,
                0.0080941112060137188,
                7.8512878698333072,
                1.0080941112060137,
                0.052677038730268866,
                0.10632496914473888,
                0.1364684751324208,
                4.6135085435467481,
            ],
        ),
    ] {
        let queue = ManyServers::new(lambda, 1.0, servers).unwrap();
        let found = [
            queue.probability_of_wait(),
            queue.mean_wait(),
            queue.mean_waiting(),
            queue.mean_sojourn(),
            queue.wait_quantile(0.95),
            queue.wait_quantile(0.99),
            queue.sojourn_exceeds(2.0),
            queue.sojourn_quantile(0.99),
        ];
        check(id, names, found, expected);
    }
}

#[test]
fn loss_systems() {
    for (id, servers, load, expected) in [
        ("ERLB-1", 10, 5.0, [0.018384570336648133, 4.9080771483167593]),
        ("ERLB-2", 10, 8.0, [0.12166106425295151, 7.0267114859763879]),
        ("ERLB-3", 100, 90.0, [0.026957380464359215, 87.573835758207671]),
        ("ERLB-4", 1_000, 950.0, [0.0036492936889424099, 946.53317099550471]),
    ] {
        let blocked = erlang_b(servers, load);
        check(id, ["P(block)", "mean busy servers"], [blocked, load * (1.0 - blocked)], expected);
    }
}

#[test]
fn one_server_with_few_places() {
    for (id, lambda, places, expected) in [
        ("MM1K-1", 0.8, 10, [0.023492857579905606, 2.9663142664841534, 3.7970975039832861]),
        ("MM1K-2", 1.0, 10, [0.090909090909090909, 5.0, 5.5]),
        ("MM1K-3", 1.5, 5, [0.36541353383458647, 3.5774436090225564, 3.7582938388625592]),
    ] {
        let queue = FiniteQueue::new(lambda, 1.0, 1, places).unwrap();
        let found = [queue.probability_of_refusal(), queue.mean_in_system(), queue.mean_sojourn()];
        check(id, ["P(block)=P_K", "L", "W of accepted"], found, expected);
    }
}

#[test]
fn many_servers_with_few_places() {
    for (id, servers, lambda, places, expected) in [
        ("MMCK-1", 2, 1.5, 6, [0.0600049386780805, 0.8356243312206766, 0.59264448336252189]),
        ("MMCK-2", 5, 6.0, 15, [0.18251190466394286, 6.359657886330867, 1.2965852189192037]),
    ] {
        let queue = FiniteQueue::new(lambda, 1.0, servers, places).unwrap();
        let found = [queue.probability_of_refusal(), queue.mean_waiting(), queue.mean_wait()];
        check(id, ["P(block)", "Lq", "Wq of accepted"], found, expected);
    }
}

#[test]
fn one_deterministic_server() {
    let names = ["Wq", "L", "P_1", "P_2", "P(Wq<=1*D)", "P(Wq<=3*D)", "Wq p95", "Var(Wq)"];
    for (id, lambda, expected) in [
        (
            "MD1-1",
            0.8,
            [
                2.0,
                2.4,
                0.24510818569849352,
                0.18941175062173462,
                0.44510818569849352,
                0.76209951974540152,
                6.6203249968407239,
                5.3333333333333333,
            ],
        ),
        (
            "MD1-2",
            0.5,
            [
                0.5,
                0.75,
                0.32436063535006407,
                0.12259996120442651,
                0.82436063535006407,
                0.9847487003582678,
                2.0506384073026478,
                0.58333333333333333,
            ],
        ),
        (
            "MD1-3",
            0.95,
            [
                9.5,
                9.975,
                0.07928548296579231,
                0.082188030330668466,
                0.12928548296579231,
                0.28756919420016515,
                29.116204359857356,
                96.583333333333333,
            ],
        ),
    ] {
        let queue = DeterministicServer::new(lambda, 1.0).unwrap();
        let occupancy = queue.occupancy(2);
        let found = [
            queue.mean_wait(),
            queue.mean_in_system(),
            occupancy[1],
            occupancy[2],
            queue.wait_cdf(1.0),
            queue.wait_cdf(3.0),
            queue.wait_quantile(0.95),
            queue.wait_variance(),
        ];
        check(id, names, found, expected);
    }
}

#[test]
fn one_general_server() {
    let cold_start = ServiceMoments::discrete(&[(0.95, 0.05), (0.05, 2.0)]);
    let mixed = ServiceMoments::hyperexponential(&[(0.1, 5.0), (0.9, 5.0 / 9.0)]);
    for (id, lambda, service, expected) in [
        (
            "MG1-1",
            0.7,
            ServiceMoments::erlang(4, 1.0),
            [0.7, 1.4583333333333333, 2.4583333333333333, 3.5850694444444444, 1.7208333333333333],
        ),
        ("MG1-2", 0.7, mixed, [0.7, 6.4814814814814815, 7.4814814814814815, 101.06310013717421, 5.237037037037037]),
        (
            "MG1-3",
            5.0,
            ServiceMoments::lognormal(0.1, 1.0),
            [0.82436063535006407, 1.0517369089864425, 1.2166090360564554, 1.9603357618561082, 6.0830451802822768],
        ),
        (
            "MG1-4",
            4.0,
            cold_start,
            [0.59, 0.98719512195121951, 1.1346951219512195, 2.2757533957961531, 4.538780487804878],
        ),
    ] {
        let queue = GeneralServer::new(lambda, service).unwrap();
        let found = [
            queue.utilisation(),
            queue.mean_wait(),
            queue.mean_sojourn(),
            queue.wait_variance(),
            queue.mean_in_system(),
        ];
        check(id, ["rho", "Wq", "W", "Var(Wq)", "L"], found, expected);
    }
}

#[test]
fn servers_without_limit() {
    let names = ["mean busy", "P(N>n)", "smallest n with P(N<=n)>=0.999"];
    for (id, lambda, service, above, expected) in [
        ("MGINF-1", 100.0, 0.25, 40, [25.0, 0.0020355992809821781, 42.0]),
        ("MGINF-2", 20.0, 3.0, 80, [60.0, 0.0056316501598945417, 85.0]),
        ("MGINF-3", 1_000.0, 0.8, 900, [800.0, 0.00024310945729011261, 889.0]),
    ] {
        let queue = InfiniteServers::new(lambda, service).unwrap();
        let found = [queue.mean_busy(), queue.probability_above(above), f64::from(queue.quantile(0.999))];
        check(id, names, found, expected);
    }
    let queue = |service| InfiniteServers::new(20.0, service).unwrap();
    let empty = InfiniteServers::new(100.0, 0.25).unwrap().probability_of(0);
    check("MGINF-1", ["P(N=0)"], [empty], [1.3887943864964021e-11]);
    check("MGINF-4", ["E[N(t)]"], [queue(3.0).mean_after_constant(2.0)], [40.0]);
    check("MGINF-5", ["E[N(t)]"], [queue(3.0).mean_after_exponential(2.0)], [29.194972858044478]);
}

#[test]
fn timed_clearing() {
    let names = [
        "mean wait to trigger",
        "var wait to trigger",
        "mean batch size (per trigger)",
        "mean batch size seen by an item",
        "mean response, item completes in turn",
        "var response, item completes in turn",
        "mean response, whole batch completes together",
    ];
    for (id, lambda, period, overhead, per_item, expected) in [
        ("CLEAR-1", 0.5, 60.0, 2.0, 0.1, [30.0, 300.0, 30.0, 31.0, 33.6, 270.9, 35.1]),
        ("CLEAR-2", 10.0, 300.0, 5.0, 0.02, [150.0, 7500.0, 3000.0, 3001.0, 185.02, 4800.6, 215.02]),
    ] {
        let clearing = TimedClearing::new(lambda, period, overhead, per_item).unwrap();
        let found = [
            clearing.mean_wait(),
            clearing.wait_variance(),
            clearing.mean_batch(),
            clearing.mean_batch_of_an_item(),
            clearing.mean_response_in_turn(),
            clearing.response_variance_in_turn(),
            clearing.mean_response_together(),
        ];
        check(id, names, found, expected);
    }
}

#[test]
fn stations_in_a_row() {
    let two = Tandem::new(3.0, &[5.0, 4.0]).unwrap();
    let found = [two.mean_sojourn(), two.sojourn_variance(), two.sojourn_exceeds(2.0).unwrap()];
    check(
        "TAND-1",
        ["mean end-to-end", "variance end-to-end", "P(end-to-end > 2)"],
        found,
        [1.5, 1.25, 0.2523549275844912],
    );
    let three = Tandem::new(8.0, &[10.0, 10.0, 12.0]).unwrap();
    check("TAND-2", ["mean end-to-end"], [three.mean_sojourn()], [1.25]);
}

#[test]
fn truncated_retries() {
    for (id, failure, attempts, expected) in [
        ("RETRY-1", 0.1, 3, [1.11, 0.001]),
        ("RETRY-2", 0.5, 3, [1.75, 0.125]),
        ("RETRY-3", 0.01, 5, [1.01010101, 1.0e-10]),
    ] {
        let found = [mean_attempts(failure, attempts), all_attempts_fail(failure, attempts)];
        check(id, ["mean attempts", "P(all attempts fail)"], found, expected);
    }
    check("RETRY-4", ["mean attempts"], [mean_attempts(0.3, 186)], [1.4285714285714286]);
    check("RETRY-5", ["attempts at the bottom"], [mean_nested_attempts(1.0, 3, 3)], [27.0]);
    check("RETRY-6", ["mean attempts at the bottom"], [mean_nested_attempts(0.5, 3, 2)], [1.99609375]);
}

use simctl::arrivals::settings::*;
use simctl::arrivals::StreamSettings;
use simctl::handlers::*;
use simctl::kernel::*;
use simctl::model::design::*;
use simctl::model::*;
use simctl::services::lambda::settings::*;
use simctl::services::notification::NotificationSettings;
use simctl::services::queue::QueueSettings;
use simctl::words::NodeId;
fn c(x: f64) -> Distribution { Distribution::constant(x).unwrap() }
fn account() -> AccountSettings { AccountSettings { concurrency: 1000, scaling_burst: 1000, scaling_period: Span::from_secs(10) } }
fn stream(rate: f64) -> StreamSettings { StreamSettings { name: "s".into(), process: ProcessSettings::Poisson(RateProfile::Constant(rate)), keys: KeySettings::Unique, size: c(0.0), sent_twice: None } }
fn ideal(servers: u32, mean: f64) -> FunctionSettings { FunctionSettings { name: "serve".into(), platform: Platform::Ideal { servers: Some(servers) }, service_time: Distribution::exponential(mean).unwrap(), cpu_share: 0.0, measured_at_mb: 128, failures: Default::default() } }
fn lambda() -> FunctionSettings { FunctionSettings { name: "post".into(), platform: Platform::Lambda(Box::new(LambdaSettings{
  memory_mb: 512, timeout: Span::from_secs(900), architecture: Architecture::X86,
  environments: EnvironmentSettings { init: Distribution::log_normal_median_p99(0.1, 0.2).unwrap(), unlogged: Distribution::log_normal_median_p99(0.15,0.5).unwrap(), warm_dispatch: Distribution::log_normal_median_p99(0.01,0.075).unwrap(), idle: IdlePolicy::FixedTtl(Span::from_secs(600)), max_life: Span::from_secs(7200), max_life_spread: Span::from_secs(180), hidden_replacement: 0.45 },
  reserved: None, provisioned: 0, asynchronous: AsyncSettings { hop: Distribution::log_normal_median_p99(0.02,0.1).unwrap(), max_retries: 2, max_event_age: Span::from_secs(21600), retry_jitter: c(0.0), duplicate_probability: 1e-5, on_failure: OnFailure::Drop }})),
  service_time: Distribution::log_normal_median_p99(0.18, 1.2).unwrap(), cpu_share: 0.0, measured_at_mb: 512, failures: FailureSettings{ error: 0.001, fails_at: 1.0, after_effect: 0.5, ..Default::default()} } }
fn run(name: &str, d: &Design, rate: f64, dur: u64) {
  let s = [stream(rate)];
  let w = Workload { streams: &s, start: "2026-11-23T00:00:00Z".parse().unwrap(), duration: Span::from_secs(dur), drain: Span::from_secs(dur), warm_up: Span::ZERO, load: 1.0, bounds: &[] };
  let t = std::time::Instant::now();
  let o = Simulation::new(d, &w, &Root::new(1,0)).unwrap().finish().unwrap();
  let el = t.elapsed().as_secs_f64();
  let i = &o.items;
  println!("{name}: {} items {:.2}s {:.2} M/s  mean {:?} p99 {:?} proc {} dup {} lost {} backlogmax {} cold {} wait {:.6} timeouts {} inv {} wasted {:.0}", i.arrived, el, i.arrived as f64/el/1e6, i.latency.mean(), i.latency.quantile(0.99, i.measured - i.latency.count()).map(|s| s.to_string()), i.processed, i.duplicates, i.lost, o.backlog.max, o.functions[0].runs.cold_starts, i.split.wait as f64/1e9/i.latency.count() as f64, o.functions[0].runs.timeouts, o.functions[0].runs.invocations, o.functions[0].runs.wasted as f64/1e9);
}
fn main() {
  let q = |servers, mean| Design { name: "q".into(), flow: "queue -> serve".into(), account: account(), entries: vec![NodeId(0)], nodes: vec![ Node { label: "queue".into(), kind: NodeKind::Queue(QueueSettings{capacity: None}), next: vec![NodeId(1)] }, Node { label: "serve".into(), kind: NodeKind::Function(Box::new(ideal(servers, mean))), next: vec![] } ] };
  run("mm1", &q(1, 0.1), 9.0, 300_000);
  run("mm1000", &q(1000, 1.0), 970.0, 3_000);
  let ev = Design { name: "e".into(), flow: "events -> post".into(), account: account(), entries: vec![NodeId(0)], nodes: vec![ Node { label: "events".into(), kind: NodeKind::Notification(NotificationSettings{latency: c(0.0), duplicate_probability: 0.0}), next: vec![NodeId(1)] }, Node { label: "post".into(), kind: NodeKind::Function(Box::new(lambda())), next: vec![] } ] };
  run("event24", &ev, 24.0, 86_400);
  run("event300", &ev, 300.0, 10_000);
  run("event3000", &ev, 3000.0, 1_000);
  for (rate, parallel) in [(24.0, 16), (70.0, 16)] {
  let b = Design { name: "b".into(), flow: "schedule -> post".into(), account: account(), entries: vec![NodeId(0)], nodes: vec![ Node { label: "schedule".into(), kind: NodeKind::Schedule(Box::new(BatchSettings { expression: "".into(), ticks: (0..48).map(|h| Time::from_nanos(h*3_600_000_000_000)).collect(), delay: c(5.0), parallel, page_size: 1000, list_latency: c(0.06), commit: Commit::PerItem, marker: Marker::PerPage, overlap: Overlap::Allow, on_item_error: OnItemError::Continue, max_items: None })), next: vec![NodeId(1)] }, Node { label: "post".into(), kind: NodeKind::Function(Box::new(lambda())), next: vec![] } ] };
  run("batch", &b, rate, 86_400);
  }
}

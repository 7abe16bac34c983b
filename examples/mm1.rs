//! An M/M/1 queue on the kernel alone: customers arrive at random, one server takes them first come, first served.
//!
//!     arrivals (8/s) ──▶ [ queue ] ──▶ ( server, 10/s ) ──▶ departures
//!
//! It prints the mean time in the system as simulated and by theory, 1/(μ − λ). Shown on the way: typed `Copy` events,
//! an arrival that schedules only the next one, randomness keyed by the customer, and the end of the run as an event.

use std::collections::VecDeque;

use simctl::kernel::{Calendar, Class, Distribution, DistributionError, Root, Span, Time};

#[derive(Debug, Clone, Copy)]
enum Event {
    Departure,
    Arrival { customer: u64 },
    Until,
}

fn main() -> Result<(), DistributionError> {
    let (arrivals_per_s, services_per_s) = (8.0, 10.0);
    let gap = Distribution::exponential(1.0 / arrivals_per_s)?;
    let service = Distribution::exponential(1.0 / services_per_s)?;
    let root = Root::new(1, 0);
    let (gaps, services) = (root.purpose("customers", "gap"), root.purpose("server", "service"));

    let mut calendar = Calendar::new();
    calendar.schedule(Time::ZERO, Class(1), Event::Arrival { customer: 0 });
    calendar.schedule(Time::ZERO + Span::from_secs(1_000_000), Class(2), Event::Until);

    let mut line: VecDeque<(u64, Time)> = VecDeque::new(); // the one in service first
    let (mut served, mut total_s) = (0u64, 0.0);
    while let Some((now, event)) = calendar.pop() {
        match event {
            Event::Arrival { customer } => {
                line.push_back((customer, now));
                let next = now + gap.span(&mut gaps.draw(customer + 1, 0));
                calendar.schedule(next, Class(1), Event::Arrival { customer: customer + 1 });
            }
            Event::Departure => {
                let (_, arrived) = line.pop_front().expect("only a customer in service departs");
                served += 1;
                total_s += now.since(arrived).as_secs_f64();
            }
            Event::Until => break,
        }
        let service_begins = line.len() == 1 || matches!(event, Event::Departure);
        if let (true, Some(&(customer, _))) = (service_begins, line.front()) {
            calendar.schedule(now + service.span(&mut services.draw(customer, 0)), Class(0), Event::Departure);
        }
    }

    println!("customers served           {served}");
    println!("mean time in system        {:.4} s", total_s / served as f64);
    println!("in theory, 1/(mu - lambda) {:.4} s", 1.0 / (services_per_s - arrivals_per_s));
    Ok(())
}

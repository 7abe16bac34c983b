//! Faults that meet nothing, or of which no recovery is seen.

use crate::arrivals::{Stream, StreamSettings};
use crate::kernel::Time;
use crate::model::design::Design;
use crate::scenario::RunSettings;
use crate::services::faults::{Fault, Window};

/// Fewer items than this are next to none.
const NEXT_TO_NONE: f64 = 0.5;

/// A note on each fault that strikes a strategy, but at no time at which that could matter.
pub(super) fn notes(
    faults: &[Fault],
    streams: &[StreamSettings],
    designs: &[Design],
    run: &RunSettings,
) -> Vec<String> {
    let strikes =
        |fault: &&Fault| designs.iter().flat_map(|design| &design.faults).any(|struck| struck.fault.name == fault.name);
    let note = |fault: &Fault| Some(format!("the fault \"{}\" {}", fault.name, of_fault(fault, streams, run)?));
    faults.iter().filter(strikes).filter_map(note).collect()
}

fn of_fault(fault: &Fault, streams: &[StreamSettings], run: &RunSettings) -> Option<String> {
    let arrivals_end = Time::ZERO + run.duration;
    let latest = arrivals_end + run.drain;
    let (first, last) = (fault.windows.first()?.start, fault.windows.last()?.end);
    if first >= latest {
        return Some("begins after the end of the run: it strikes nothing".to_owned());
    }
    if first >= arrivals_end {
        let what = "begins after the last arrival: it meets only what is still to be done then, and nothing in a run that is \
                    drained by then";
        return Some(what.to_owned());
    }
    if expected(&fault.windows, streams, run).is_some_and(|items| items < NEXT_TO_NONE) {
        return Some(
            "meets no arrivals: no item is expected while it holds, only what came before may be struck".to_owned(),
        );
    }
    (last >= latest).then(|| "holds until the run is over: how a strategy recovers from it is not seen".to_owned())
}

/// Items expected to arrive in some windows; none where only a trace tells.
fn expected(windows: &[Window], streams: &[StreamSettings], run: &RunSettings) -> Option<f64> {
    let before = |instant: Time| {
        let until = instant.min(Time::ZERO + run.duration);
        let of =
            |stream| if until == Time::ZERO { Some(0.0) } else { Stream::expected(stream, run.start, until, run.load) };
        streams.iter().map(of).sum::<Option<f64>>()
    };
    windows.iter().map(|window| Some(before(window.end)? - before(window.start)?)).sum()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::scenario::{Override, load_text};

    /// The notes of a day with twenty items within ten minutes from 12:00 on, and a fault.
    fn notes(fault: &str, overrides: &[&str]) -> Vec<String> {
        let text = format!(
            "name = \"notes\"\n[run]\nduration = \"24h\"\ndrain = \"6h\"\n[[arrivals]]\nname = \"items\"\nprocess = \"bursts\"\n\
             bursts = [{{ items = 20, at = \"12:00\", within = \"10m\" }}]\n[functions.post]\nservice-time = \"100ms\"\n\
             [[fault]]\nname = \"trouble\"\n{fault}\n[[strategy]]\nname = \"one\"\nflow = \"events -> post\"\n"
        );
        let overrides: Vec<Override> =
            overrides.iter().map(|text| Override::parse(text).expect("an override")).collect();
        load_text("notes.toml", &text, Path::new(""), &overrides).unwrap_or_else(|faults| panic!("{faults}")).notes
    }

    fn down(start: &str, lasts: &str) -> String {
        format!("kind = \"unavailable\"\nstart = \"{start}\"\nduration = \"{lasts}\"")
    }

    #[test]
    fn a_fault_says_when_it_meets_no_arrivals() {
        assert!(notes(&down("11h", "2h"), &[]).is_empty());
        assert!(notes(&down("12h9m", "1h"), &[]).is_empty(), "two of the twenty");
        for start in ["3h", "12h10m"] {
            let notes = notes(&down(start, "2h"), &[]);
            assert_eq!(notes.len(), 1, "{start}: {notes:?}");
            assert!(notes[0].starts_with("the fault \"trouble\" meets no arrivals"), "{notes:?}");
        }
        // Of several times one is enough.
        let daily = |hour: u32| {
            format!("kind = \"slow\"\nfactor = 2\nschedule = \"cron(0 {hour} * * ? *)\"\nduration = \"2h\"")
        };
        assert!(notes(&daily(11), &[]).is_empty());
        assert!(notes(&daily(20), &[])[0].contains("meets no arrivals"));
    }

    #[test]
    fn a_fault_says_when_it_lies_outside_of_the_run() {
        assert!(notes(&down("25h", "1h"), &[])[0].contains("begins after the last arrival"));
        assert!(notes(&down("11h", "19h"), &[])[0].contains("holds until the run is over"));
        // Lambda is throttled 7 h 16 min after the beginning of this one.
        let incident = "kind = \"incident\"\nincident = \"dynamodb-2025\"\nstart = \"23h\"";
        let notes = notes(incident, &[]);
        assert_eq!(notes.len(), 1, "of the phases that strike nothing there is nothing to say: {notes:?}");
        let expected = "the fault \"trouble: Lambda throttled\" begins after the end of the run";
        assert!(notes[0].starts_with(expected), "{notes:?}");
    }
}

//! Files of numbers: the three forms of traces, and the columns of samples and of rates.
//!
//! The first bytes of an input choose how the file is read, the rest is the file.

use std::cell::RefCell;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use simctl::arrivals::Stream;
use simctl::arrivals::settings::{KeySettings, ProcessSettings, StreamSettings, TimeUnit, TraceFormat, TraceSettings};
use simctl::kernel::{Distribution, Root, Span, Time};
use simctl::scenario::load_text;
use tempfile::NamedTempFile;

use super::in_memory;

/// Items that are taken of a trace at most.
const ITEMS: usize = 200;

thread_local! {
    static FILE: RefCell<NamedTempFile> = RefCell::new(
        tempfile::Builder::new().prefix("simctl-fuzz").suffix(".csv").tempfile_in(in_memory()).expect("a file"),
    );
}

/// Calls `look` with a file that holds these bytes.
fn with_file(bytes: &[u8], look: impl FnOnce(&Path)) {
    FILE.with_borrow_mut(|file| {
        file.as_file_mut().set_len(0).expect("emptied");
        file.as_file_mut().seek(SeekFrom::Start(0)).expect("at its start");
        file.as_file_mut().write_all(bytes).expect("written");
        look(file.path());
    });
}

/// One of a few values.
fn chosen<T: Copy, const N: usize>(byte: u8, values: &[T; N]) -> T {
    values[usize::from(byte) % N]
}

/// Takes the first items of a trace, whose times never fall.
fn replay([load, speed, skip, reorder]: [u8; 4], format: TraceFormat, rows: &[u8]) {
    with_file(rows, |path| {
        let settings = StreamSettings {
            name: "items".to_owned(),
            process: ProcessSettings::Trace(TraceSettings {
                path: PathBuf::from(path),
                format,
                reorder: chosen(reorder, &[0, 1, 3_600, u64::MAX / 1_000_000_000].map(Span::from_secs)),
                skip: chosen(skip, &[0, 60, 3_600, 1_000_000_000].map(Span::from_secs)),
                speed: chosen(speed, &[1.0, 60.0, 0.001, 1e9]),
            }),
            keys: KeySettings::Uniform { count: 3 },
            size: Distribution::constant(1.0).expect("a size"),
            sent_twice: None,
        };
        let load = chosen(load, &[1.0, 0.0, 0.3, 2.5, 1e5]);
        let until = Time::from_nanos(u64::MAX - 1);
        match Stream::open(&settings, Timestamp::UNIX_EPOCH, until, load, &Root::new(1, 0)) {
            Ok(mut stream) => take(&mut stream),
            Err(error) => assert!(error.to_string().len() < 3_000),
        }
    });
}

fn take(stream: &mut Stream) {
    let mut before = Time::ZERO;
    for _ in 0..ITEMS {
        match stream.next() {
            Ok(Some(arrival)) => {
                assert!(before <= arrival.at, "{before:?} is before {:?}", arrival.at);
                before = arrival.at;
            }
            Ok(None) => break,
            Err(error) => {
                assert!(error.to_string().len() < 3_000);
                break;
            }
        }
    }
}

/// Rows with a time, and perhaps a key, a size and a service time.
pub fn trace_timestamps(data: &[u8]) {
    let Some((&[unit, columns, load, speed, skip, reorder], rows)) = data.split_first_chunk() else { return };
    use TimeUnit::{DateTime, Microseconds, Milliseconds, Nanoseconds, Seconds};
    let column = |bit: u8, name: &str| (columns >> bit & 1 == 1).then(|| name.to_owned());
    let format = TraceFormat::Timestamps {
        time: "time".to_owned(),
        unit: chosen(unit, &[Seconds, DateTime, Milliseconds, Microseconds, Nanoseconds]),
        key: column(0, "key"),
        size: column(1, "size"),
        service: column(2, "service"),
    };
    replay([load, speed, skip, reorder], format, rows);
}

/// Azure Functions 2021.
pub fn trace_invocations(data: &[u8]) {
    let Some((&[only, load, speed, skip, reorder], rows)) = data.split_first_chunk() else { return };
    let function = (only % 2 == 1).then(|| "f1".to_owned());
    replay([load, speed, skip, reorder], TraceFormat::Invocations { function }, rows);
}

/// Azure Functions 2019.
pub fn trace_minutes(data: &[u8]) {
    let Some((&[only, load, speed, skip], rows)) = data.split_first_chunk() else { return };
    let function = (only % 2 == 1).then(|| "f1".to_owned());
    replay([load, speed, skip, 0], TraceFormat::MinuteCounts { function }, rows);
}

/// A scenario that reads a column of samples or of rates.
pub fn number_files(data: &[u8]) {
    let Some((&[kind], rows)) = data.split_first_chunk() else { return };
    with_file(rows, |path| {
        let file = path.file_name().and_then(|name| name.to_str()).expect("a name");
        let named = if kind & 2 == 2 { ", column = \"b\"" } else { "" };
        let (rate, service) = if kind & 1 == 1 {
            (format!("{{ csv = \"{file}\"{named} }}"), "\"1s\"".to_owned())
        } else {
            ("\"1/s\"".to_owned(), format!("{{ samples = \"{file}\"{named} }}"))
        };
        let text = format!(
            "name = \"files\"\n[run]\nduration = \"1m\"\n[[arrivals]]\nname = \"a\"\nprocess = \"poisson\"\n\
             rate = {rate}\n[functions.post]\nservice-time = {service}\n[[strategy]]\nname = \"s\"\n\
             flow = \"events -> post\"\n"
        );
        let folder = path.parent().expect("a folder");
        if let Err(diagnostics) = load_text("files.toml", &text, folder, &[]) {
            assert!(diagnostics.to_string().len() < 20_000);
        }
    });
}

//! A trace is read in constant memory, with no allocation for a row: counted by an allocator that counts. One test at a
//! time in a process of its own, so that what it counts is its own.

use simctl::arrivals::Stream;
use simctl::kernel::{Root, Time};
use simctl::proof::bench::rows::{ROW_BYTES, Rows, settings};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// Rows that fill every buffer.
const FIRST: u64 = 10_000;

#[test]
fn two_hundred_megabytes_are_read_without_an_allocation() {
    read_in_constant_memory(200_000_000);
}

#[test]
#[ignore = "half a minute of an optimised build"]
fn ten_gigabytes_are_read_without_an_allocation() {
    read_in_constant_memory(10_000_000_000);
}

fn read_in_constant_memory(bytes: u64) {
    let rows = bytes / ROW_BYTES as u64;
    let _profiler = dhat::Profiler::builder().testing().build();
    let mut stream = Stream::replay(&settings(), Box::new(Rows::new(rows)), Time::NEVER, 1.0, &Root::new(1, 0))
        .unwrap_or_else(|error| panic!("{error}"));
    let mut read = 0;
    let mut at_first = None;
    while stream.next().unwrap_or_else(|error| panic!("{error}")).is_some() {
        read += 1;
        if read == FIRST {
            at_first = Some(heap());
        }
    }
    assert_eq!(read, rows);
    assert_eq!(Some(heap()), at_first);
}

/// Blocks allocated by now, and the most bytes held at once.
fn heap() -> (u64, usize) {
    let stats = dhat::HeapStats::get();
    (stats.total_blocks, stats.max_bytes)
}

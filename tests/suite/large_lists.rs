//! Lists of any length in little memory.

use std::sync::Arc;

use crate::questions::large_world;
use crate::support::wsb;

const MIB: u64 = 1024;

/// Days and hours of the 35 days that `get-usage` tells of.
const HOURS: usize = 35 * 24;

/// The most memory, in KiB, that a run takes up to so many lines of output. More than a pipe holds must
/// follow, so that the program is still there.
fn weight(sessions: usize, page: usize, line: &str, lines: usize) -> u64 {
    let world = Arc::new(large_world(sessions).paged(page));
    let server = world.serve();
    let mut run = wsb(line.split(' ')).against(&server.url()).start();
    run.take_lines(lines);
    let weight = run.peak_memory();
    run.signal("TERM");
    run.finish();
    weight
}

/// Lists take less than `most` MiB.
fn check_lists(sessions: usize, page: usize, most: u64) {
    let lines = 100 * sessions - 2_000;
    for format in ["jsonl", "csv"] {
        let line = format!("list-sessions --all-regions -o {format}");
        let weight = weight(sessions, page, &line, lines);
        assert!(
            weight < most * MIB,
            "{format}, {page} per page: {weight} KiB"
        );
    }
}

fn check_usage(sessions: usize) {
    let line = "get-usage --all-regions --by hour -o jsonl";
    let weight = weight(sessions, 100, line, 100 * HOURS - 2_000);
    assert!(weight < 100 * MIB, "{weight} KiB");
}

#[test]
fn a_list_of_many_portals_is_printed_as_it_comes() {
    // A debug build takes 29 to 31 MiB, and more while the machine is busy. The releases below have 32.
    check_lists(200, 100, 34);
}

#[test]
fn the_addresses_of_many_sessions_are_asked_for_as_they_are_printed() {
    let line = "list-sessions --all-portals --with-addresses -o jsonl";
    let weight = weight(500, 100, line, 3_000);
    assert!(weight < 32 * MIB, "{weight} KiB");
}

#[test]
#[ignore = "half a million sessions take minutes without --release"]
fn half_a_million_sessions_are_listed_in_less_than_32_mebibytes() {
    check_lists(5_000, 100, 32);
}

/// What is held is the page of each portal that is being read, however long the lists are.
#[test]
#[ignore = "half a million sessions take minutes without --release"]
fn half_a_million_sessions_in_pages_of_a_thousand_are_listed_in_less_than_64_mebibytes() {
    check_lists(5_000, 1000, 64);
}

#[test]
#[ignore = "half a million sessions take minutes without --release"]
fn half_a_million_sessions_are_counted_in_less_than_100_mebibytes() {
    check_usage(5_000);
}

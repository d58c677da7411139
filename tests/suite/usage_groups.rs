//! `get-usage --group-by` over 100 portals of ten regions, against a computation from the data file alone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::world::REGIONS;
use crate::support::{folder, wsb};

const TYPES: [&str; 3] = ["standard.regular", "standard.large", "standard.xlarge"];

const DAY: i64 = 24 * 3_600_000;

fn data(now: i64) -> Value {
    let mut random = fastrand::Rng::with_seed(21);
    let portals = (0..100).map(|number| {
        let sessions = (0..random.usize(10..50)).map(|index| {
            let start = now - random.i64(60_000..36 * DAY);
            let end = start + random.i64(0..DAY);
            let mut session = json!({
                "sessionId": format!("aaaaaaaa-{number:04}-4000-8000-{index:012}"),
                "username": format!("user-{}", random.u8(0..50)),
                "startTime": start as f64 / 1000.0,
                "status": "Active",
            });
            if end < now - 60_000 {
                session["status"] = "Terminated".into();
                session["endTime"] = (end as f64 / 1000.0).into();
            }
            session
        });
        let sessions: Vec<Value> = sessions.collect();
        json!({
            "portalId": format!("bbbbbbbb-0000-4000-8000-{number:012}"),
            "region": REGIONS[number / 10],
            "displayName": format!("Portal {number}"),
            "instanceType": TYPES[number % 3],
            "sessions": sessions,
        })
    });
    json!({ "portals": portals.collect::<Vec<_>>() })
}

/// A session of the data file; times in milliseconds.
struct Run {
    portal: String,
    region: String,
    instance_type: String,
    user: String,
    start: i64,
    end: Option<i64>,
}

#[expect(clippy::cast_possible_truncation, reason = "times of this century")]
fn milliseconds(time: &Value) -> Option<i64> {
    Some((time.as_f64()? * 1000.0).round() as i64)
}

fn runs(data: &Value) -> Vec<Run> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut runs = Vec::new();
    for portal in data["portals"].as_array().unwrap() {
        for session in portal["sessions"].as_array().unwrap() {
            runs.push(Run {
                portal: text(&portal["displayName"]),
                region: text(&portal["region"]),
                instance_type: text(&portal["instanceType"]),
                user: text(&session["username"]),
                start: milliseconds(&session["startTime"]).unwrap(),
                end: milliseconds(&session["endTime"]),
            });
        }
    }
    runs
}

fn distinct<'a>(runs: &[&'a Run], key: impl Fn(&'a Run) -> &'a str) -> usize {
    runs.iter()
        .map(|run| key(run))
        .collect::<BTreeSet<_>>()
        .len()
}

/// Checks a row against the sessions of its group.
fn check(row: &Value, group: &[&Run]) {
    let since = milliseconds(&row["periodStart"]).unwrap();
    let until = milliseconds(&row["periodEnd"]).unwrap();
    let at = |run: &Run, time: i64| run.start <= time && run.end.is_none_or(|end| end >= time);
    let within = group.iter().filter(|run| run.start <= until);
    let within = within.filter(|run| run.end.is_none_or(|end| end >= since));
    let within: Vec<&Run> = within.copied().collect();
    assert_eq!(row["sessions"], within.len(), "{row}");
    if let Some(active) = row.get("activeSessions") {
        assert_eq!(
            *active,
            group.iter().filter(|run| run.end.is_none()).count(),
            "{row}"
        );
    }
    if row.get("username").is_some() {
        let duration = |run: &&Run| run.end.unwrap_or(until).min(until) - run.start.max(since);
        let duration: i64 = within.iter().map(duration).sum();
        let is_over = within.iter().all(|run| run.end.is_some());
        let last_end = within.iter().filter_map(|run| run.end).max();
        assert_eq!(
            row["portals"],
            distinct(&within, |run| &run.portal),
            "{row}"
        );
        assert_eq!(row["totalDuration"], duration / 1000, "{row}");
        let first_start = within.iter().map(|run| run.start).min();
        assert_eq!(milliseconds(&row["firstStart"]), first_start, "{row}");
        assert_eq!(
            milliseconds(&row["lastEnd"]),
            last_end.filter(|_| is_over),
            "{row}"
        );
        return;
    }
    assert_eq!(row["users"], distinct(&within, |run| &run.user), "{row}");
    let mut starts: Vec<i64> = within.iter().map(|run| run.start.max(since)).collect();
    starts.sort_unstable();
    let running = |time: i64| within.iter().filter(|run| at(run, time)).count();
    let peak = starts
        .iter()
        .map(|start| running(*start))
        .max()
        .unwrap_or(0);
    let peak_time = starts.into_iter().find(|start| running(*start) == peak);
    assert_eq!(row["peakSessions"], peak, "{row}");
    assert_eq!(
        row.get("peakTime").and_then(milliseconds),
        peak_time,
        "{row}"
    );
}

#[test]
fn every_grouping_is_that_of_the_data_and_all_add_up() {
    let now = Timestamp::now().as_millisecond();
    let data = data(now);
    let file = folder().join("usage-groups.json");
    std::fs::write(&file, data.to_string()).unwrap();
    let runs = runs(&data);
    for (buckets, days) in [("", 35), ("day", 35), ("hour", 2)] {
        let since = Timestamp::from_millisecond(now - days * DAY)
            .unwrap()
            .to_string();
        let mut sums: BTreeMap<&str, BTreeMap<i64, u64>> = BTreeMap::new();
        for (group_by, member) in [
            ("portal", "displayName"),
            ("instance-type", "instanceType"),
            ("region", "region"),
            ("user", "username"),
        ] {
            let mut run = wsb(["local", "--data"]).args([file.to_str().unwrap()]);
            run = run.args(["--", "wsb", "get-usage", "--all-regions"]);
            run = run.args(["--since", &since, "--group-by", group_by, "-o", "jsonl"]);
            run = run.args(["--timestamps", "epoch"]);
            if !buckets.is_empty() {
                run = run.args(["--by", buckets]);
            }
            let run = run.run();
            let mut groups = BTreeSet::new();
            for line in run.code(0).stdout.lines() {
                let row: Value = serde_json::from_str(line).unwrap();
                let value = row[member].as_str().unwrap();
                let group = runs.iter().filter(|run| match group_by {
                    "portal" => run.portal == value,
                    "instance-type" => run.instance_type == value && row["region"] == run.region,
                    "region" => run.region == value,
                    _ => run.user == value,
                });
                check(&row, &group.collect::<Vec<_>>());
                let start = milliseconds(&row["periodStart"]).unwrap();
                let sum = sums.entry(group_by).or_default().entry(start).or_default();
                *sum += row["sessions"].as_u64().unwrap();
                let region = row["region"].as_str().filter(|_| group_by != "user");
                groups.insert((value.to_owned(), region.map(str::to_owned), start));
            }
            let expected = match group_by {
                "portal" => 100,
                "instance-type" => 30,
                "region" => 10,
                // A user has a row where one of their sessions ran.
                _ => continue,
            };
            let rows = sums[group_by].len() * expected;
            assert_eq!(groups.len(), rows, "{group_by} {buckets}");
        }
        let portals = sums["portal"].clone();
        for (group_by, sums) in sums {
            let is_same = |(start, sum): (&i64, &u64)| sums.get(start).unwrap_or(&0) == sum;
            assert!(portals.iter().all(is_same), "{group_by} {buckets}");
        }
    }
}

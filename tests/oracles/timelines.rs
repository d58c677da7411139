//! Timelines: one row per session within the terminal's width, bars in the order of the starts, and the
//! peak that counting gives.
//!
//! The input's first line has the width (0: no terminal), the character set (`a` or `u`), and the period's
//! start and end (`-`: none). Each other line is a session: start, end (`-`: active, `?`: unknown) and user.

use jiff::Timestamp;
use serde_json::{Value, json};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
use wsb::output::documents::Document;
use wsb::output::{Cardinality, Format, Period, PeriodBound, RenderOptions, Selection, Terminal};
use wsb::service::documents::Session;

use super::printed::{check_safe, options, print};

/// Narrower terminals get lines of this width, and no row is checked for its columns.
const NARROWEST: usize = 40;

/// The width without a terminal.
const WIDTH: usize = 80;

/// The sessions of one picture: counting all pairs takes quadratic time.
const SESSIONS: usize = 60;

pub(super) fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let mut lines = text.split('\n');
    let mut options = lines.next().unwrap_or_default().split(' ');
    let mut option = || options.next().unwrap_or_default();
    let width: u16 = option().parse().unwrap_or(0);
    let is_utf8 = option() != "a";
    let bound = |text: &str| Timestamp::from_second(text.parse().ok()?).ok();
    let (since, until) = (bound(option()), bound(option()));
    let sessions: Vec<Session> = lines.take(SESSIONS).filter_map(session).collect();
    let period = Period {
        since: since.map(PeriodBound::At),
        until: until.map(PeriodBound::At),
    };
    let columns = if width == 0 { WIDTH } else { width.into() };
    let picture = draw(&sessions, width, is_utf8, period);
    check_safe(&picture, &[]);
    if sessions.is_empty() {
        return assert!(picture.is_empty());
    }
    let lines: Vec<&str> = picture.lines().collect();
    assert_eq!(lines.len(), sessions.len() + 3, "{picture}");
    if columns < NARROWEST {
        return;
    }
    for line in &lines {
        assert!(
            line.width() <= columns,
            "{} > {columns}: {line:?}",
            line.width()
        );
    }
    let users = lines[0].find(" SESSION").expect("the heading of the IDs");
    let rows: Vec<&str> = lines[1..=sessions.len()]
        .iter()
        .map(|line| skip_columns(line, users + " SESSION   ".len()))
        .collect();
    assert!(
        is_utf8 || rows.iter().all(|row| row.is_ascii()),
        "{picture}"
    );
    check_order(&sessions, &rows);
    let runs: Vec<(i64, Option<i64>)> = sessions.iter().filter_map(run).collect();
    // The present time is the end of the axis if a session is active.
    let last = runs.iter().map(|(_, end)| *end).collect::<Option<Vec<_>>>();
    let last = last.and_then(|ends| ends.into_iter().max());
    let start = since
        .map(Timestamp::as_second)
        .or(runs.iter().map(|(start, _)| *start).min());
    let end = until.map(Timestamp::as_second).or(last);
    if let (Some(start), Some(end)) = (start, end) {
        let shown = lines[lines.len() - 1].split_once("peak ");
        let shown = shown.and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
        assert_eq!(
            shown,
            Some(peak(&runs, start, end.max(start + 1))),
            "{picture}"
        );
    }
}

/// A session; none for a time that the service cannot mean.
fn session(line: &str) -> Option<Session> {
    let mut columns = line.splitn(3, ' ');
    let mut column = || columns.next().unwrap_or_default();
    let (start, end, user) = (column(), column(), column());
    let number = |text: &str| {
        serde_json::from_str::<Value>(text)
            .ok()
            .filter(Value::is_number)
    };
    let status = if end == "-" { "Active" } else { "Terminated" };
    let mut members = json!({
        "sessionId": "aaaaaaaa-0001-4000-8000-000000000001",
        "status": status,
        "username": user,
    });
    for (name, value) in [("startTime", number(start)), ("endTime", number(end))] {
        if let Some(value) = value {
            members[name] = value;
        }
    }
    serde_json::from_value(members).ok()
}

/// The seconds of a session's start and end; an end that is unknown is the start.
fn run(session: &Session) -> Option<(i64, Option<i64>)> {
    let start = session.started_at()?.as_second();
    let end = session.ended_at().map(Timestamp::as_second);
    Some((start, end.or(session.has_ended().then_some(start))))
}

fn draw(sessions: &[Session], width: u16, is_utf8: bool, period: Period) -> String {
    let options = RenderOptions {
        terminal: Terminal {
            is_terminal: width > 0,
            width: (width > 0).then_some(width),
            is_utf8,
        },
        period,
        ..options(Cardinality::Many)
    };
    let documents: Vec<Document> = sessions.iter().cloned().map(Document::from).collect();
    print(Selection::Whole(Format::Timeline), options, &documents)
}

/// The rest of a line after so many columns.
fn skip_columns(line: &str, columns: usize) -> &str {
    let mut column = 0;
    for (at, character) in line.char_indices() {
        if column >= columns {
            return &line[at..];
        }
        column += character.width().unwrap_or(0);
    }
    ""
}

/// Checks that no bar begins left of one that started earlier.
fn check_order(sessions: &[Session], rows: &[&str]) {
    let mut begins: Vec<(i64, usize)> = Vec::new();
    for (session, row) in sessions.iter().zip(rows) {
        match (run(session), row.find(|c| c != ' ')) {
            (Some((start, _)), Some(at)) => begins.push((start, at)),
            (None, at) => assert!(at.is_some(), "a session without a start says so"),
            (Some(_), None) => {}
        }
    }
    begins.sort_unstable();
    assert!(begins.is_sorted_by_key(|(_, at)| *at), "{begins:?}");
}

/// The most sessions at one time, by counting at each start.
fn peak(runs: &[(i64, Option<i64>)], start: i64, end: i64) -> usize {
    let is_real = |(from, to): &(i64, Option<i64>)| to.is_none_or(|to| to >= *from);
    let runs: Vec<_> = runs.iter().copied().filter(is_real).collect();
    let times = runs.iter().map(|(from, _)| (*from).max(start));
    let times = times.filter(|time| *time <= end);
    let count = |time: i64| {
        let ran =
            |(from, to): &&(i64, Option<i64>)| *from <= time && to.is_none_or(|to| to >= time);
        runs.iter().filter(ran).count()
    };
    times.map(count).max().unwrap_or(0)
}

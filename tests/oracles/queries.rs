//! JMESPath expressions that somebody pasted: refused, or applied to any document and printed in
//! every format.

use serde_json::{Value, json};
use wsb::diagnostics::Failure;
use wsb::output::documents::{self, Document};
use wsb::output::query::Query;
use wsb::output::{Cardinality, Format, Period, RenderOptions, Selection, Terminal, printer};
use wsb::service::documents::Session;

use super::printed::check_safe;

/// What serde_json reads at most; what a query gives may be deeper.
const READABLE_DEPTH: usize = 120;

pub(super) fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    if let Err(error) = Query::compile(text) {
        check_safe(&Failure::usage(error.to_string()).to_line(), &[]);
        return;
    }
    let json = printed(text, Format::Json, None);
    if let Some(json) = &json {
        check_safe(json, &[]);
        let depth = json.matches(['[', '{']).count();
        if depth < READABLE_DEPTH {
            let value = serde_json::from_str::<Value>(json).expect("JSON is JSON");
            let lines = printed(text, Format::Jsonl, None).expect("it was applied before");
            check_lines(&lines, &value);
        }
    }
    if let Some(yaml) = printed(text, Format::Yaml, None) {
        check_safe(&yaml, &[]);
    }
    for width in [None, Some(30)] {
        if let Some(table) = printed(text, Format::Table, width) {
            check_safe(&table, &[]);
        }
    }
    if let Some(text) = printed(text, Format::Text, None) {
        check_safe(&text, &['\t']);
    }
    if let Some(csv) = printed(text, Format::Csv, None) {
        check_safe(&csv, &[]);
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .has_headers(false)
            .from_reader(csv.as_bytes());
        assert!(reader.records().all(|record| record.is_ok()), "{csv:?}");
    }
}

/// Checks that the lines are the value, or one item of it each.
fn check_lines(lines: &str, value: &Value) {
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line is JSON"))
        .collect();
    let is_whole = lines.len() == 1 && lines[0] == *value;
    assert!(is_whole || value.as_array() == Some(&lines), "{lines:?}");
}

/// What the query prints; nothing if it cannot be applied.
fn printed(query: &str, format: Format, width: Option<u16>) -> Option<String> {
    let mut out = Vec::new();
    let query = Query::compile(query).expect("it was compiled before");
    let options = RenderOptions {
        schema: &documents::SESSION,
        timestamps: None,
        cardinality: Cardinality::List,
        terminal: Terminal {
            is_terminal: false,
            width,
            is_utf8: true,
        },
        color: false,
        many_portals: false,
        portal_names: std::sync::Arc::default(),
        period: Period::default(),
        has_query: true,
        first_line: None,
    };
    let mut printer = printer(Selection::Query(query, format), options, Box::new(&mut out));
    for document in documents() {
        printer.print(&document).expect("a list keeps its items");
    }
    let applied = printer.finish();
    drop(printer);
    applied.ok()?;
    Some(String::from_utf8(out).expect("output is text"))
}

fn documents() -> [Document; 2] {
    [
        json!({
            "sessionId": "aaaaaaaa-0001-4000-8000-000000000001",
            "status": "Active",
            "username": "al\u{1b}[31m\u{202e}ice",
            "clientIpAddresses": ["192.0.2.1", "2001:db8::1", "=1+1"],
            "startTime": 1.5,
            "new": {"a": [1, [2, {"b": null}], "é\t\n"], "b": 1e308, "c": -0.0, "": true},
        }),
        json!({"status": "Terminated", "new": [[]]}),
    ]
    .map(|value| {
        serde_json::from_value::<Session>(value)
            .expect("a session")
            .into()
    })
}

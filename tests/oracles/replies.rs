//! Replies of the service: refused with a reason, or printed in every format without a loss and
//! without what a terminal would obey.
//!
//! The input's first byte chooses the operation, the terminal's width and color; the rest is the
//! reply's body.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use unicode_width::UnicodeWidthStr;
use wsb::output::documents::{self, Document, Schema};
use wsb::output::untrusted::escape;
use wsb::output::{Cardinality, Format, Period, RenderOptions, Selection, Terminal, Timestamps};
use wsb::output::{field, printer};
use wsb::service::documents::{EpochSeconds, Member, Portal, Session};
use wsb::service::error::CallError;
use wsb::service::reply::Reply;

use super::printed::{check_safe, without_styles};

const WIDTHS: [Option<u16>; 7] = [
    None,
    Some(20),
    Some(40),
    Some(80),
    Some(100),
    Some(140),
    Some(u16::MAX),
];

/// Columns that stay in a table of many rows however narrow the terminal is.
const NARROWEST_ROWS: usize = 66;

pub(super) fn check(input: &[u8]) {
    let Some((choice, body)) = input.split_first() else {
        return;
    };
    let choice = usize::from(*choice);
    let style = Style {
        width: WIDTHS[choice / 3 % WIDTHS.len()],
        color: choice / 3 / WIDTHS.len() % 2 == 1,
    };
    let Ok(document) = serde_json::from_slice(body) else {
        return;
    };
    let reply = Reply {
        document,
        request_id: None,
    };
    let found = match choice % 3 {
        0 => reply.one::<Session>("session").map(|session| {
            let documents = vec![Sent::from(session)];
            (&documents::SESSION, Cardinality::One, documents)
        }),
        1 => page::<Session>("sessions", &reply)
            .map(|page| (&documents::SESSION_SUMMARY, Cardinality::List, page)),
        _ => page::<Portal>("portals", &reply)
            .map(|page| (&documents::PORTAL, Cardinality::List, page)),
    };
    match found {
        Err(CallError::UnexpectedResponse { reason, .. }) => check_safe(&reason, &[]),
        Err(error) => panic!("{error:?}"),
        Ok((schema, cardinality, documents)) => {
            check_formats(&documents, schema, cardinality, style);
        }
    }
}

/// A document, and its members as they were sent.
struct Sent {
    document: Document,
    members: Map<String, Value>,
}

impl<T: Into<Document> + Serialize> From<T> for Sent {
    fn from(document: T) -> Self {
        let Ok(Value::Object(members)) = serde_json::to_value(&document) else {
            panic!("a document is an object");
        };
        let document = document.into();
        Self { document, members }
    }
}

impl Sent {
    fn is_text(&self, name: &str) -> bool {
        matches!(self.document.member(name), Some(Member::Text(_)))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name)?.as_str()
    }
}

fn page<T: DeserializeOwned + Into<Document> + Serialize>(
    plural: &str,
    reply: &Reply,
) -> Result<Vec<Sent>, CallError> {
    let page = reply.page::<T>(plural)?;
    Ok(page.documents.into_iter().map(Sent::from).collect())
}

#[derive(Clone, Copy)]
struct Style {
    width: Option<u16>,
    color: bool,
}

fn check_formats(
    documents: &[Sent],
    schema: &'static Schema,
    cardinality: Cardinality,
    style: Style,
) {
    let printed = |selection, timestamps, cardinality| {
        let mut out = Vec::new();
        let options = RenderOptions {
            schema,
            timestamps,
            cardinality,
            terminal: Terminal {
                is_terminal: style.width.is_some(),
                width: style.width,
                is_utf8: true,
            },
            color: style.color,
            many_portals: false,
            portal_names: std::sync::Arc::default(),
            period: Period::default(),
            has_query: false,
            first_line: None,
        };
        let mut printer = printer(selection, options, Box::new(&mut out));
        for document in documents {
            printer
                .print(&document.document)
                .expect("a document is printed");
        }
        printer.finish().expect("the output ends");
        drop(printer);
        String::from_utf8(out).expect("output is text")
    };
    let whole = |format, timestamps| printed(Selection::Whole(format), timestamps, cardinality);

    for timestamps in [Timestamps::Iso, Timestamps::Epoch] {
        check_json(
            &whole(Format::Json, Some(timestamps)),
            documents,
            schema,
            cardinality,
            timestamps,
        );
        check_lines(
            &whole(Format::Jsonl, Some(timestamps)),
            documents,
            timestamps,
        );
    }
    check_safe(&whole(Format::Yaml, None), &[]);
    check_csv(&whole(Format::Csv, None), documents, schema);
    check_text(&whole(Format::Text, None), documents, schema);
    check_table(
        &whole(Format::Table, None),
        documents,
        schema,
        cardinality,
        style,
    );
    let rows = printed(
        Selection::Whole(Format::Table),
        Some(Timestamps::Iso),
        Cardinality::Many,
    );
    check_table(&rows, documents, schema, Cardinality::Many, style);
    for name in field::names(schema) {
        let values = printed(Selection::Field(name.to_owned()), None, cardinality);
        check_safe(&values, &[]);
        assert!(values.lines().count() >= documents.len());
    }
}

fn check_json(
    json: &str,
    documents: &[Sent],
    schema: &Schema,
    cardinality: Cardinality,
    timestamps: Timestamps,
) {
    check_safe(json, &[]);
    let mut value: Value = serde_json::from_str(json).expect("JSON is JSON");
    let items = match cardinality {
        Cardinality::List => match value[schema.plural].take() {
            Value::Array(items) => items,
            other => panic!("a list is a list, not {other}"),
        },
        Cardinality::One | Cardinality::Many => vec![value[schema.name].take()],
    };
    assert_eq!(items.len(), documents.len());
    for (item, document) in items.iter().zip(documents) {
        check_same(item, document, timestamps);
    }
}

fn check_lines(jsonl: &str, documents: &[Sent], timestamps: Timestamps) {
    check_safe(jsonl, &[]);
    assert_eq!(jsonl.lines().count(), documents.len());
    for (line, document) in jsonl.lines().zip(documents) {
        let item = serde_json::from_str(line).expect("a line is JSON");
        check_same(&item, document, timestamps);
    }
}

/// Checks that nothing of the document is lost or changed but the notation of its times.
fn check_same(item: &Value, document: &Sent, timestamps: Timestamps) {
    let item = item.as_object().expect("a document is an object");
    let names: Vec<_> = item.keys().collect();
    assert_eq!(names, document.members.keys().collect::<Vec<_>>());
    for (name, value) in &document.members {
        let is_time = matches!(document.document.member(name), Some(Member::Time(_)));
        match (&item[name], value) {
            (Value::String(iso), Value::Number(number)) if is_time => {
                assert_eq!(timestamps, Timestamps::Iso);
                let time: EpochSeconds =
                    serde_json::from_value(number.clone().into()).expect("a time");
                assert_eq!(iso.parse().ok(), Some(time.timestamp()));
            }
            (printed, given) => assert_eq!(printed, given),
        }
    }
}

fn check_csv(csv: &str, documents: &[Sent], schema: &Schema) {
    check_safe(csv, &[]);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header: Vec<String> = reader
        .headers()
        .expect("a header")
        .iter()
        .map(str::to_owned)
        .collect();
    assert!(header.iter().eq(schema.members()));
    let rows: Vec<_> = reader
        .records()
        .collect::<Result<_, _>>()
        .expect("every row has as many cells");
    assert_eq!(rows.len(), documents.len());
    for (row, document) in rows.iter().zip(documents) {
        for (cell, name) in row.iter().zip(schema.members()) {
            let could_run = cell.starts_with(['=', '+', '-', '@']);
            let number: Result<f64, _> = cell.parse();
            assert!(!could_run || number.is_ok_and(f64::is_finite), "{cell:?}");
            if document.is_text(name) {
                let given = escape(document.text(name).unwrap_or_default());
                assert!(
                    cell == given || cell.strip_prefix('\'') == Some(&*given),
                    "{cell:?}"
                );
            }
        }
    }
}

fn check_text(text: &str, documents: &[Sent], schema: &Schema) {
    check_safe(text, &['\t']);
    assert_eq!(text.lines().count(), documents.len());
    for (line, document) in text.lines().zip(documents) {
        let cells: Vec<&str> = line.split('\t').collect();
        assert_eq!(cells.len(), schema.members().count());
        for (cell, name) in cells.into_iter().zip(schema.members()) {
            if document.is_text(name) {
                let given = document.text(name).filter(|text| !text.is_empty());
                assert_eq!(cell, escape(given.unwrap_or("None")));
            }
        }
    }
}

fn check_table(
    table: &str,
    documents: &[Sent],
    schema: &Schema,
    cardinality: Cardinality,
    style: Style,
) {
    let table = if style.color {
        without_styles(table)
    } else {
        table.to_owned()
    };
    check_safe(&table, &[]);
    let narrowest = match cardinality {
        Cardinality::One => 0,
        Cardinality::Many | Cardinality::List => NARROWEST_ROWS,
    };
    if let Some(width) = style.width {
        for line in table.lines() {
            let found = line.width();
            assert!(
                found <= narrowest.max(width.into()),
                "{found} > {width}: {line:?}"
            );
        }
        return;
    }
    let shown: Cow<'_, str> = table.into();
    for name in ["username", "displayName"] {
        let declared = documents.iter().filter(|_| schema.has(name));
        for text in declared.filter_map(|document| document.text(name)) {
            let given = escape(text);
            assert!(
                given.len() > 4000 || shown.contains(given.trim_end()),
                "{given:?}"
            );
        }
    }
}

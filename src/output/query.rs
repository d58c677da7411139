//! `--query`: a JMESPath expression over the JSON document, as in the AWS CLI.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::io::{self, Write};

use serde_json::{Map, Value};

use super::json::{self, Layout};
use super::table::{self, Style};
use super::{Format, PrintError, Printer, Timestamps, csv, expression, text};
use crate::service::model::{Document, Shape};

/// A compiled JMESPath expression.
pub struct Query(jmespath::Expression<'static>);

/// Why an expression is none, with the place.
#[derive(Debug)]
pub struct QueryError(String);

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for QueryError {}

impl Query {
    /// Compiles an expression.
    ///
    /// # Errors
    /// The parser's reason and where it stopped, or that the expression is nested too deep.
    pub fn compile(expression: &str) -> Result<Self, QueryError> {
        expression::compile(expression)
            .map(Self)
            .map_err(|reason| QueryError(format!("--query {reason}")))
    }

    fn apply(&self, document: &Value) -> Result<Value, PrintError> {
        let found = self
            .0
            .search(document)
            .map_err(|error| PrintError::Query(error.reason.to_string()))?;
        serde_json::to_value(&*found).map_err(|error| PrintError::Query(error.to_string()))
    }
}

pub(super) struct Queried<W> {
    pub(super) query: Query,
    pub(super) timestamps: Timestamps,
    pub(super) format: Format,
    pub(super) layout: Layout,
    pub(super) style: Style,
    pub(super) out: W,
    /// The items of a list so far: the expression is over the whole list, as in the AWS CLI.
    pub(super) list: Option<(&'static Shape, Vec<Value>)>,
    /// The header that CSV rows stand under. Several sessions whose results have the same one are
    /// one file.
    pub(super) header: Vec<String>,
}

impl<W: Write> Queried<W> {
    fn write(&mut self, found: &Value) -> Result<(), PrintError> {
        let is_hollow = match self.format {
            Format::Table | Format::Csv => found.as_array().is_some_and(|items| is_hollow(items)),
            Format::Text => has_hollow_list(found),
            Format::Json | Format::Jsonl => false,
        };
        if is_hollow {
            return Err(PrintError::Query(
                "a list's objects have so many different members that its rows would be empty \
                 but for a few cells; choose --output json"
                    .to_owned(),
            ));
        }
        Ok(self.write_as_format(found)?)
    }

    fn write_as_format(&mut self, found: &Value) -> io::Result<()> {
        match self.format {
            Format::Json => json::write(&mut self.out, found, self.layout),
            Format::Jsonl => json::write(&mut self.out, found, Layout::OneLine),
            Format::Text => write_text(&mut self.out, found, None, None),
            Format::Table => {
                let grid = Grid::of(found);
                let mut table = table::new_table(self.style);
                if !grid.header.is_empty() {
                    table.set_header(grid.header.iter().map(|cell| table::shown(cell)));
                }
                for row in &grid.rows {
                    table.add_row(row.iter().map(|cell| table::shown(cell)));
                }
                table::write_lines(&mut self.out, &mut table)
            }
            Format::Csv => {
                let grid = Grid::of(found);
                let mut writer = ::csv::WriterBuilder::new()
                    .flexible(true)
                    .from_writer(&mut self.out);
                let is_new = !grid.header.is_empty() && grid.header != self.header;
                let header = is_new.then_some(&grid.header);
                for row in header.into_iter().chain(&grid.rows) {
                    csv::write_row(&mut writer, row.iter().map(|cell| Cow::from(&**cell)))?;
                }
                writer.flush()?;
                drop(writer);
                if is_new {
                    self.header = grid.header;
                }
                Ok(())
            }
        }
    }
}

impl<W: Write> Printer for Queried<W> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        if let Some((_, items)) = &mut self.list {
            items.push(json::value(document, self.timestamps));
            return Ok(());
        }
        let found = self
            .query
            .apply(&json::wrapped(document, self.timestamps))?;
        self.write(&found)
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(self.out.flush()?)
    }

    fn finish(&mut self) -> Result<(), PrintError> {
        if let Some((shape, items)) = self.list.take() {
            let list = json::named(shape.plural, Value::Array(items));
            let found = self.query.apply(&list)?;
            self.write(&found)?;
        }
        Ok(self.out.flush()?)
    }

    /// An expression over a part of a list has no result: a length would be a wrong one.
    fn break_off(&mut self) -> Result<(), PrintError> {
        self.list = None;
        self.flush()
    }
}

/// Cells that a list of objects may take however few of them are filled.
const ENOUGH_CELLS: usize = 200_000;

/// Whether a list of objects is in the value that as rows would be empty cells for the most part:
/// a reply of 1 MiB can hold 90,000 objects with a member of its own each, which would be eight
/// thousand million cells.
fn has_hollow_list(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.values().any(has_hollow_list),
        Value::Array(items) => is_hollow(items) || items.iter().any(has_hollow_list),
        _ => false,
    }
}

fn is_hollow(items: &[Value]) -> bool {
    let objects = || items.iter().filter_map(Value::as_object);
    let filled: usize = objects().map(Map::len).sum();
    let names: HashSet<&String> = objects().flat_map(Map::keys).collect();
    let cells = items.len().saturating_mul(names.len());
    cells > ENOUGH_CELLS.max(filled.saturating_mul(8))
}

/// A scalar as a cell; what is not scalar as JSON.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A JSON value as rows and columns.
struct Grid {
    /// Empty where the columns have no names.
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    fn of(value: &Value) -> Self {
        let items = match value {
            Value::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        let mut seen = HashSet::new();
        let header: Vec<String> = items
            .iter()
            .filter_map(Value::as_object)
            .flat_map(Map::keys)
            .filter(|key| seen.insert(*key))
            .cloned()
            .collect();
        let row = |item: &Value| match item {
            Value::Object(members) => header
                .iter()
                .map(|key| members.get(key).map(cell).unwrap_or_default())
                .collect(),
            Value::Array(cells) => cells.iter().map(cell).collect(),
            scalar => vec![cell(scalar)],
        };
        Self {
            rows: items.iter().map(row).collect(),
            header,
        }
    }
}

/// Writes a value as the AWS CLI's text format does: scalars of an object in one line in the
/// order of their names, nested values in lines of their own that start with their name in
/// capitals, the items of a list of objects in one set of columns.
///
/// Source: `awscli/text.py`.
fn write_text(
    out: &mut dyn Write,
    value: &Value,
    name: Option<&str>,
    columns: Option<&[&str]>,
) -> io::Result<()> {
    match value {
        Value::Object(members) => write_object(out, members, name, columns),
        Value::Array(items) => {
            if items.iter().any(Value::is_object) {
                let columns = scalar_names(items);
                for item in items {
                    write_text(out, item, name, Some(&columns))?;
                }
                return Ok(());
            }
            let (nested, scalars): (Vec<&Value>, Vec<&Value>) =
                items.iter().partition(|item| item.is_array());
            write_scalars(out, &scalars, name)?;
            for item in nested {
                write_text(out, item, name, None)?;
            }
            Ok(())
        }
        scalar => text::write_row(out, std::iter::once(text_scalar(scalar))),
    }
}

fn write_scalars(out: &mut dyn Write, scalars: &[&Value], name: Option<&str>) -> io::Result<()> {
    match name {
        _ if scalars.is_empty() => Ok(()),
        None => text::write_row(out, scalars.iter().map(|scalar| text_scalar(scalar))),
        Some(name) => scalars.iter().try_for_each(|scalar| {
            text::write_row(out, [name.to_uppercase(), text_scalar(scalar)].iter())
        }),
    }
}

fn write_object(
    out: &mut dyn Write,
    members: &Map<String, Value>,
    name: Option<&str>,
    columns: Option<&[&str]>,
) -> io::Result<()> {
    let mut names: Vec<&str> = members.keys().map(String::as_str).collect();
    names.sort_unstable();
    let mut row: Vec<String> = match columns {
        Some(columns) => columns
            .iter()
            .map(|name| members.get(*name).map(text_scalar).unwrap_or_default())
            .collect(),
        None => names
            .iter()
            .filter_map(|name| members.get(*name))
            .filter(|value| !is_nested(value))
            .map(text_scalar)
            .collect(),
    };
    if !row.is_empty() {
        if let Some(name) = name {
            row.insert(0, name.to_uppercase());
        }
        text::write_row(out, row.iter())?;
    }
    for name in names {
        let is_column = columns.is_some_and(|columns| columns.binary_search(&name).is_ok());
        match members.get(name) {
            Some(value) if is_nested(value) && !is_column => {
                write_text(out, value, Some(name), None)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// The names under which any of the objects has a scalar, sorted.
fn scalar_names(items: &[Value]) -> Vec<&str> {
    let mut names: Vec<&str> = items
        .iter()
        .filter_map(Value::as_object)
        .flatten()
        .filter(|(_, value)| !is_nested(value))
        .map(|(name, _)| name.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn is_nested(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

/// A scalar as Python writes it, which is what scripts written for the AWS CLI expect.
fn text_scalar(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        other => cell(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn as_text(value: &Value) -> String {
        let mut out = Vec::new();
        write_text(&mut out, value, None, None).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_is_laid_out_as_by_the_aws_cli() {
        for (value, written) in [
            (json!("a"), "a\n"),
            (json!(null), "None\n"),
            (json!(true), "True\n"),
            (json!([1, "b"]), "1\tb\n"),
            (json!([[1, 2], [3]]), "1\t2\n3\n"),
            (json!([{"b": 1, "a": 2}, {"a": 3}]), "2\t1\n3\t\n"),
            (
                json!({"session": {"status": "Active", "ips": ["x", "y"], "id": "i"}}),
                "SESSION\ti\tActive\nIPS\tx\nIPS\ty\n",
            ),
            (json!([]), ""),
        ] {
            assert_eq!(as_text(&value), written, "{value}");
        }
    }

    #[test]
    fn a_list_that_would_be_holes_for_the_most_part_is_told_from_others() {
        let numbered = |count: usize, name: &dyn Fn(usize) -> String| -> Value {
            (0..count)
                .map(|number| json!({ name(number): 1, "id": number }))
                .collect()
        };
        let hollow = numbered(10_000, &|number| format!("x{number}"));
        assert!(has_hollow_list(&hollow));
        assert!(has_hollow_list(&json!({"a": [hollow]})));
        assert!(!has_hollow_list(&numbered(400, &|number| format!(
            "x{number}"
        ))));
        assert!(!has_hollow_list(&numbered(100_000, &|_| "x".to_owned())));
    }

    #[test]
    fn a_list_of_objects_is_a_grid_with_a_header() {
        let grid = Grid::of(&json!([{"a": 1}, {"b": "x", "a": null}]));
        assert_eq!(grid.header, ["a", "b"]);
        assert_eq!(grid.rows, [["1", ""], ["", "x"]]);
    }
}

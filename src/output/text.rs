//! `text`: tab-separated values without a header, for `cut` and `awk`.

use std::collections::HashSet;
use std::io::{self, Write};
use std::mem;

use serde_json::{Map, Value};

use super::documents::Document;
use super::printer::{Cardinality, Out, PrintError, Printer, RenderOptions};
use super::query::{QueryResult, python};
use super::result_rows::{SPARSE, has_sparse_list};
use super::untrusted::escape;

/// The AWS CLI's word for an absent value. An empty cell would shift the following cells in a shell script,
/// because the shell's `read` counts several tabs as one separator.
const ABSENT: &str = "None";

pub(super) struct TextPrinter<'a> {
    out: Out<'a>,
    options: RenderOptions,
    /// The objects that a query returned for several documents. They are held until the end, because their
    /// columns depend on all of them.
    held: Vec<Value>,
}

impl<'a> TextPrinter<'a> {
    pub(super) fn new(options: RenderOptions, out: Out<'a>) -> Self {
        Self {
            out,
            options,
            held: Vec::new(),
        }
    }

    fn write(&mut self, value: &Value) -> Result<(), PrintError> {
        if has_sparse_list(value) {
            return Err(PrintError::Query(SPARSE.to_owned()));
        }
        Ok(write_text(&mut self.out, value, None, None)?)
    }
}

impl Printer for TextPrinter<'_> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        let Document::QueryResult(result) = document else {
            let cells = document.cells(self.options.schema, self.options.notation());
            return Ok(write_row(&mut self.out, cells)?);
        };
        let value = sort_members(result, &result.value);
        let is_held = self.options.cardinality == Cardinality::Many && !self.options.is_endless();
        if is_held && value.is_object() {
            self.held.push(value);
            return Ok(());
        }
        self.write(&value)
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(self.out.flush()?)
    }

    fn finish(&mut self) -> Result<(), PrintError> {
        let held = Value::Array(mem::take(&mut self.held));
        self.write(&held)?;
        self.flush()
    }
}

/// Sorts the members of objects by their names, as the AWS CLI's text format does, unless the expression
/// writes them in another order.
fn sort_members(result: &QueryResult, value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let items = items.iter();
            items.map(|item| sort_members(result, item)).collect()
        }
        Value::Object(members) => {
            let sorted = members.iter();
            let sorted = sorted.map(|(name, value)| (name.clone(), sort_members(result, value)));
            let mut sorted: Map<String, Value> = sorted.collect();
            if !result.has_written_order(members) {
                sorted.sort_keys();
            }
            Value::Object(sorted)
        }
        scalar => scalar.clone(),
    }
}

/// Writes one line of tab-separated cells. An empty cell is written as `None`; tabs and line ends in a cell
/// are escaped.
fn write_row(out: &mut dyn Write, cells: impl Iterator<Item = impl AsRef<str>>) -> io::Result<()> {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            out.write_all(b"\t")?;
        }
        let cell = match cell.as_ref() {
            "" => ABSENT,
            text => text,
        };
        out.write_all(escape(cell).as_bytes())?;
    }
    out.write_all(b"\n")
}

/// Writes a value as the AWS CLI's text format does: scalars of an object in one line, nested values
/// in lines of their own that start with their name in capitals, the items of a list of objects in
/// one set of columns. There is one difference: the members of a hash that the expression writes
/// keep its order, while the AWS CLI sorts them.
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
        Value::Array(items) if items.iter().any(Value::is_object) => {
            let columns = scalar_names(items);
            let mut items = items.iter();
            items.try_for_each(|item| write_text(out, item, name, Some(&columns)))
        }
        Value::Array(items) => {
            let (nested, scalars): (Vec<&Value>, Vec<&Value>) =
                items.iter().partition(|item| item.is_array());
            // Each scalar in a named list has a line of its own; other scalars share one line.
            let length = if name.is_some() {
                1
            } else {
                scalars.len().max(1)
            };
            for scalars in scalars.chunks(length) {
                write_scalars(out, scalars, name)?;
            }
            let mut nested = nested.into_iter();
            nested.try_for_each(|item| write_text(out, item, name, None))
        }
        scalar => write_scalars(out, &[scalar], None),
    }
}

/// Writes a line with the name in capitals, and the scalars.
fn write_scalars(out: &mut dyn Write, scalars: &[&Value], name: Option<&str>) -> io::Result<()> {
    let cells = scalars.iter().map(|scalar| text_scalar(scalar));
    write_row(out, name.map(str::to_uppercase).into_iter().chain(cells))
}

fn write_object(
    out: &mut dyn Write,
    members: &Map<String, Value>,
    name: Option<&str>,
    columns: Option<&[&str]>,
) -> io::Result<()> {
    let scalars: Vec<&Value> = match columns {
        Some(columns) => {
            let values = columns.iter().map(|name| members.get(*name));
            values.map(|value| value.unwrap_or(&Value::Null)).collect()
        }
        None => members.values().filter(|value| !is_nested(value)).collect(),
    };
    if !scalars.is_empty() {
        write_scalars(out, &scalars, name)?;
    }
    for (name, value) in members.iter().filter(|(_, value)| is_nested(value)) {
        if !columns.is_some_and(|columns| columns.contains(&&**name)) {
            write_text(out, value, Some(name), None)?;
        }
    }
    Ok(())
}

/// The names of the members that are scalars in any of the objects, sorted if the objects are.
fn scalar_names(items: &[Value]) -> Vec<&str> {
    let objects = || items.iter().filter_map(Value::as_object);
    let mut seen = HashSet::new();
    let mut names: Vec<&str> = objects()
        .flatten()
        .filter(|(_, value)| !is_nested(value))
        .map(|(name, _)| name.as_str())
        .filter(|name| seen.insert(*name))
        .collect();
    if objects().all(|members| members.keys().is_sorted()) {
        names.sort_unstable();
    }
    names
}

fn is_nested(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

/// Formats a scalar as Python does, because scripts for the AWS CLI expect this form.
fn text_scalar(value: &Value) -> String {
    match value {
        Value::Null => ABSENT.to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => {
            python::float_text(number.as_f64().unwrap_or_default())
        }
        other => other.to_string(),
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
            (json!([{"a": 2, "b": 1}, {"a": 3}]), "2\t1\n3\tNone\n"),
            (json!([{"b": 1, "a": 2}, {"a": 3}]), "1\t2\nNone\t3\n"),
            (
                json!({"session": {"id": "i", "ips": ["x", "y"], "status": "Active"}}),
                "SESSION\ti\tActive\nIPS\tx\nIPS\ty\n",
            ),
            (json!([]), ""),
        ] {
            assert_eq!(as_text(&value), written, "{value}");
        }
    }
}

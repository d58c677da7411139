//! `text`: tab-separated values without a header, for `cut` and `awk`.

use std::collections::HashSet;
use std::io::{self, Write};

use serde_json::{Map, Value};

use super::documents::{Document, Schema};
use super::query::{Found, Results, grid, python};
use super::untrusted::escape;
use super::{Cardinality, Out, PrintError, Printer, RenderOptions, Timestamps, cells};

/// Stands for a value that the service left out, or that is empty: the AWS CLI's word. A cell without
/// text would shift those behind it for a shell that reads a line, since tab is blank to it.
const ABSENT: &str = "None";

pub(super) struct TextRenderer;

impl super::Renderer for TextRenderer {
    fn documents<'a>(&self, page: RenderOptions, out: Out<'a>) -> Box<dyn Printer + 'a> {
        Box::new(Text {
            schema: page.schema,
            timestamps: page.notation(),
            out,
        })
    }

    fn results<'a>(&self, page: RenderOptions, out: Out<'a>) -> Box<dyn Results + 'a> {
        Box::new(ResultRows {
            out,
            held: Vec::new(),
            holds: page.cardinality == Cardinality::Many && !page.is_endless(),
        })
    }
}

struct Text<'a> {
    out: Out<'a>,
    schema: &'static Schema,
    timestamps: Timestamps,
}

/// What a query finds. The objects that it finds in several documents have their columns in
/// common, so they are held until the last one is known.
struct ResultRows<'a> {
    out: Out<'a>,
    held: Vec<Value>,
    holds: bool,
}

impl Results for ResultRows<'_> {
    fn print(&mut self, found: &Found) -> Result<(), PrintError> {
        let value = arranged(found, &found.value);
        if self.holds && value.is_object() {
            self.held.push(value);
            return Ok(());
        }
        grid::reject_sparse_lists(&value)?;
        Ok(write_text(&mut self.out, &value, None, None)?)
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(self.out.flush()?)
    }

    fn finish(&mut self) -> Result<(), PrintError> {
        let held = Value::Array(std::mem::take(&mut self.held));
        grid::reject_sparse_lists(&held)?;
        write_text(&mut self.out, &held, None, None)?;
        self.flush()
    }
}

/// The value with the members of its objects in the order of their names, as the AWS CLI's text
/// format has them, unless the expression writes them in another order.
fn arranged(found: &Found, value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| arranged(found, item)).collect(),
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            if !found.is_written(members) {
                names.sort_unstable();
            }
            let members = names
                .into_iter()
                .filter_map(|name| Some((name.clone(), arranged(found, members.get(name)?))));
            Value::Object(members.collect())
        }
        scalar => scalar.clone(),
    }
}

impl Printer for Text<'_> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        let members = document.to_row(self.timestamps)?;
        write_row(&mut self.out, cells::row(self.schema, &members))?;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(self.out.flush()?)
    }
}

/// Writes one line of tab-separated cells. None of them is empty. Escaping keeps a tab or a line end in a user name from
/// making a column or a row.
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
        scalar => write_row(out, std::iter::once(text_scalar(scalar))),
    }
}

fn write_scalars(out: &mut dyn Write, scalars: &[&Value], name: Option<&str>) -> io::Result<()> {
    match name {
        _ if scalars.is_empty() => Ok(()),
        None => write_row(out, scalars.iter().map(|scalar| text_scalar(scalar))),
        Some(name) => scalars.iter().try_for_each(|scalar| {
            write_row(out, [name.to_uppercase(), text_scalar(scalar)].iter())
        }),
    }
}

fn write_object(
    out: &mut dyn Write,
    members: &Map<String, Value>,
    name: Option<&str>,
    columns: Option<&[&str]>,
) -> io::Result<()> {
    let names: Vec<&str> = members.keys().map(String::as_str).collect();
    let mut row: Vec<String> = match columns {
        Some(columns) => columns
            .iter()
            .map(|name| text_scalar(members.get(*name).unwrap_or(&Value::Null)))
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
        write_row(out, row.iter())?;
    }
    for name in names {
        let is_column = columns.is_some_and(|columns| columns.contains(&name));
        match members.get(name) {
            Some(value) if is_nested(value) && !is_column => {
                write_text(out, value, Some(name), None)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// The names under which any of the objects has a scalar: sorted, unless an object is not.
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

/// A scalar as Python writes it, which is what scripts written for the AWS CLI expect.
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

//! What a query finds as rows and columns.

use std::collections::HashSet;
use std::mem;

use serde_json::{Map, Value};

use super::Found;
use crate::output::PrintError;
use crate::service::documents::weight;

/// Results that are held at most until the columns are decided by them.
const MOST_HELD: usize = 500;

/// Bytes that are held at most.
const MOST_BYTES: usize = 4 << 20;

/// Cells that a list of objects may take however few of them are filled.
const ENOUGH_CELLS: usize = 200_000;

/// Results as rows and columns.
pub(in crate::output) struct Grid {
    /// The columns' names, where other ones begin than those of the rows before.
    pub(in crate::output) header: Option<Vec<String>>,
    /// `None` is a cell for which there is no value.
    pub(in crate::output) rows: Vec<Vec<Option<String>>>,
}

/// Results that are held until it is known which columns they have.
#[derive(Default)]
pub(in crate::output) struct Held {
    items: Vec<Value>,
    bytes: usize,
    /// The names under which the rows stand that were taken before.
    names: Vec<String>,
}

impl Held {
    /// Takes a result: a list's items are a row each, but a list that the expression writes down
    /// (`[sessionId, username]`) is one row. Says whether it is time to take the rows.
    pub(in crate::output) fn add(&mut self, found: &Found) -> bool {
        let before = self.items.len();
        match found.arranged() {
            Value::Array(items) if !found.is_row => self.items.extend(items),
            one => self.items.push(one),
        }
        let added = self.items[before..].iter().map(weight);
        self.bytes += added.sum::<usize>();
        self.items.len() >= MOST_HELD || self.bytes >= MOST_BYTES
    }

    /// Whether a later result can have other columns than these.
    pub(in crate::output) fn has_objects(&self) -> bool {
        self.items.iter().any(Value::is_object)
    }

    /// Takes the rows.
    pub(in crate::output) fn take(&mut self) -> Grid {
        let items = mem::take(&mut self.items);
        self.bytes = 0;
        let names = names(&items);
        let is_new = !names.iter().all(|name| self.names.contains(name));
        if is_new {
            self.names = names;
        }
        let row = |item: Value| match item {
            Value::Object(mut members) => {
                let names = self.names.iter();
                names
                    .map(|name| members.get_mut(name).map(Value::take))
                    .map(|value| value.and_then(cell))
                    .collect()
            }
            Value::Array(cells) => cells.into_iter().map(cell).collect(),
            scalar => vec![cell(scalar)],
        };
        Grid {
            rows: items.into_iter().map(row).collect(),
            header: is_new.then(|| self.names.clone()),
        }
    }
}

/// The names of the objects' members, in the order in which they come.
fn names(items: &[Value]) -> Vec<String> {
    let mut seen = HashSet::new();
    items
        .iter()
        .filter_map(Value::as_object)
        .flat_map(Map::keys)
        .filter(|name| seen.insert(*name))
        .cloned()
        .collect()
}

/// A scalar as a cell; what is not scalar as JSON.
pub(in crate::output) fn cell(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

impl Grid {
    /// Refuses a list whose rows would be empty but for a few cells.
    ///
    /// # Errors
    /// What to choose instead.
    pub(in crate::output) fn refuse_hollow(found: &Found) -> Result<(), PrintError> {
        refuse_if(found.value.as_array().is_some_and(|items| is_hollow(items)))
    }

    /// The same for every list in the value.
    ///
    /// # Errors
    /// What to choose instead.
    pub(in crate::output) fn refuse_hollow_lists(found: &Found) -> Result<(), PrintError> {
        refuse_if(has_hollow_list(&found.value))
    }
}

fn refuse_if(is_hollow: bool) -> Result<(), PrintError> {
    if !is_hollow {
        return Ok(());
    }
    Err(PrintError::Query(
        "a list's objects have so many different members that its rows would be empty \
         but for a few cells; choose --output json"
            .to_owned(),
    ))
}

/// Whether the value contains a list of objects that as rows would be empty cells for the most
/// part: a reply of 1 MiB can hold 90,000 objects with a member of its own each, which would be
/// eight thousand million cells.
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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

    fn held(results: &[(&str, Value)]) -> Grid {
        let mut held = Held::default();
        for (expression, document) in results {
            let query = super::super::Query::compile(expression).unwrap();
            held.add(&query.apply(document).unwrap());
        }
        held.take()
    }

    fn row(cells: &[&str]) -> Vec<Option<String>> {
        let cells = cells.iter();
        cells
            .map(|cell| (*cell != "-").then(|| (*cell).to_owned()))
            .collect()
    }

    #[test]
    fn objects_are_rows_under_one_header() {
        let one = json!([{"a": 1}, {"b": "x", "a": null}]);
        let grid = held(&[("@", one), ("@", json!({"c": 2}))]);
        assert_eq!(grid.header.unwrap(), ["a", "b", "c"]);
        let expected = [["1", "-", "-"], ["-", "x", "-"], ["-", "-", "2"]];
        assert_eq!(grid.rows, expected.map(|cells| row(&cells)));
    }

    #[test]
    fn a_list_that_is_found_is_a_column_and_one_that_the_expression_writes_is_a_row() {
        let document = json!({"s": {"a": 1, "l": [2, 3], "n": null}});
        for (expression, rows) in [
            ("s.[a, n, l]", vec![row(&["1", "-", "[2,3]"])]),
            ("s | [a, a]", vec![row(&["1", "1"])]),
            ("s.l", vec![row(&["2"]), row(&["3"])]),
            ("[s, s][].[a]", vec![row(&["1"]), row(&["1"])]),
            ("s.a", vec![row(&["1"])]),
        ] {
            let grid = held(&[(expression, document.clone())]);
            assert_eq!(grid.header, None, "{expression}");
            assert_eq!(grid.rows, rows, "{expression}");
        }
    }

    #[test]
    fn a_header_comes_again_only_for_names_that_the_first_one_lacks() {
        let mut held = Held::default();
        let mut header = |document: Value| {
            let query = super::super::Query::compile("@").unwrap();
            held.add(&query.apply(&document).unwrap());
            held.take().header
        };
        assert_eq!(header(json!({"a": 1, "b": 2})).unwrap(), ["a", "b"]);
        assert_eq!(header(json!({"b": 2})), None);
        assert_eq!(header(json!({"b": 2, "c": 3})).unwrap(), ["b", "c"]);
    }
}

//! What a query finds as rows and columns: one header, one width.

use std::collections::HashSet;
use std::mem;

use serde_json::{Map, Value};

use super::{Columns, Found};
use crate::output::PrintError;

/// Cells that a list of objects may take however few of them are filled.
const ENOUGH_CELLS: usize = 200_000;

/// Rows of the same columns.
#[derive(Debug, Default)]
pub(in crate::output) struct Grid {
    /// The columns' names, with the first rows only.
    pub(in crate::output) header: Option<Vec<String>>,
    /// `None` is a cell without a value.
    pub(in crate::output) rows: Vec<Vec<Option<String>>>,
}

/// Results, held until their columns are known: from the expression, from a result that is one
/// value, or else from all results.
pub(in crate::output) struct Held {
    items: Vec<Value>,
    columns: Option<Columns>,
    has_header: bool,
    /// Whether results come without an end, so that none can be held.
    is_endless: bool,
}

impl Held {
    pub(in crate::output) fn new(is_endless: bool) -> Self {
        Self {
            items: Vec::new(),
            columns: None,
            has_header: false,
            is_endless,
        }
    }

    /// Takes a result: a list's items are a row each, but a list that the expression writes
    /// (`[sessionId, username]`) is one row.
    ///
    /// # Errors
    /// The columns can only be known from all results, and these do not end, or there would be far
    /// more cells than values.
    pub(in crate::output) fn add(&mut self, found: &Found) -> Result<(), PrintError> {
        if self.columns.is_none() {
            self.columns = found.columns();
        }
        match &found.value {
            Value::Array(items) if !found.is_row() => self.items.extend_from_slice(items),
            one => self.items.push(one.clone()),
        }
        let is_scalar = |item: &Value| !item.is_null() && !item.is_array() && !item.is_object();
        if self.columns.is_none() && self.items.first().is_some_and(is_scalar) {
            self.columns = Some(Columns::Unnamed(1));
        }
        if self.is_endless
            && self.columns.is_none()
            && self.items.iter().any(|item| !item.is_null())
        {
            return Err(PrintError::Query(
                "the columns of this format are not known before the last event; \
                 choose them with .{name: member}, or choose --output jsonl"
                    .to_owned(),
            ));
        }
        Ok(())
    }

    /// Takes the rows whose columns are known.
    pub(in crate::output) fn take_known(&mut self) -> Grid {
        match self.columns.clone() {
            Some(columns) => self.take(&columns),
            None => Grid::default(),
        }
    }

    /// Takes all rows, of which there will be no more.
    ///
    /// # Errors
    /// There would be far more cells than values.
    pub(in crate::output) fn take_all(&mut self) -> Result<Grid, PrintError> {
        if self.columns.is_none() {
            refuse_if(is_sparse(&self.items))?;
            let width = self.items.iter().filter_map(Value::as_array).map(Vec::len);
            let names = names(&self.items);
            self.columns = Some(if names.is_empty() {
                Columns::Unnamed(width.max().unwrap_or(1).max(1))
            } else {
                Columns::Named(names)
            });
        }
        Ok(self.take_known())
    }

    fn take(&mut self, columns: &Columns) -> Grid {
        let items = mem::take(&mut self.items);
        let rows = items.into_iter().map(|item| row(item, columns)).collect();
        let is_first = !mem::replace(&mut self.has_header, true);
        let header = match columns {
            Columns::Named(names) if is_first => Some(names.clone()),
            _ => None,
        };
        Grid { header, rows }
    }
}

fn row(item: Value, columns: &Columns) -> Vec<Option<String>> {
    let width = match columns {
        Columns::Named(names) => names.len(),
        Columns::Unnamed(width) => *width,
    };
    let mut row: Vec<Option<String>> = match (item, columns) {
        (Value::Object(mut members), Columns::Named(names)) => names
            .iter()
            .map(|name| members.get_mut(name).map(Value::take).and_then(cell))
            .collect(),
        (Value::Array(items), _) if items.len() <= width && !items.is_empty() => {
            items.into_iter().map(cell).collect()
        }
        (other, _) => vec![cell(other)],
    };
    row.resize(width, None);
    row
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

/// Refuses a value with a list whose rows would be empty but for a few cells.
///
/// # Errors
/// What to choose instead.
pub(in crate::output) fn reject_sparse_lists(value: &Value) -> Result<(), PrintError> {
    refuse_if(has_sparse_list(value))
}

fn refuse_if(is_sparse: bool) -> Result<(), PrintError> {
    if !is_sparse {
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
fn has_sparse_list(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.values().any(has_sparse_list),
        Value::Array(items) => is_sparse(items) || items.iter().any(has_sparse_list),
        _ => false,
    }
}

fn is_sparse(items: &[Value]) -> bool {
    let objects = || items.iter().filter_map(Value::as_object);
    let filled: usize = objects().map(Map::len).sum();
    let names: HashSet<&String> = objects().flat_map(Map::keys).collect();
    let cells = items.len().saturating_mul(names.len());
    cells > ENOUGH_CELLS.max(filled.saturating_mul(8))
}

#[cfg(test)]
mod tests {
    use super::super::Query;
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_of_which_most_cells_would_be_empty_is_sparse() {
        let numbered = |count: usize, name: &dyn Fn(usize) -> String| -> Value {
            (0..count)
                .map(|number| json!({ name(number): 1, "id": number }))
                .collect()
        };
        let sparse = numbered(10_000, &|number| format!("x{number}"));
        assert!(has_sparse_list(&sparse));
        assert!(has_sparse_list(&json!({"a": [sparse]})));
        assert!(!has_sparse_list(&numbered(400, &|number| format!(
            "x{number}"
        ))));
        assert!(!has_sparse_list(&numbered(100_000, &|_| "x".to_owned())));
    }

    /// The grid of all results, and how many rows were known before the last one.
    fn held(expression: &str, documents: &[Value]) -> (Grid, usize) {
        let query = Query::compile(expression).unwrap();
        let mut held = Held::new(false);
        let mut grid = Grid::default();
        for document in documents {
            held.add(&query.find(document).unwrap()).unwrap();
            let known = held.take_known();
            grid.header = grid.header.or(known.header);
            grid.rows.extend(known.rows);
        }
        let early = grid.rows.len();
        let rest = held.take_all().unwrap();
        assert!(grid.header.is_none() || rest.header.is_none());
        grid.header = grid.header.or(rest.header);
        grid.rows.extend(rest.rows);
        (grid, early)
    }

    fn row(cells: &[&str]) -> Vec<Option<String>> {
        let cells = cells.iter();
        cells
            .map(|cell| (*cell != "-").then(|| (*cell).to_owned()))
            .collect()
    }

    #[test]
    fn objects_wait_for_the_last_result_and_stand_under_one_header() {
        let one = json!([{"a": 1}, {"b": "x", "a": null}]);
        let (grid, early) = held("@", &[one, json!({"c": 2}), json!(null), json!([])]);
        assert_eq!(early, 0);
        assert_eq!(grid.header.unwrap(), ["a", "b", "c"]);
        let expected = [
            ["1", "-", "-"],
            ["-", "x", "-"],
            ["-", "-", "2"],
            ["-", "-", "-"],
        ];
        assert_eq!(grid.rows, expected.map(|cells| row(&cells)));
    }

    #[test]
    fn columns_that_the_expression_names_are_known_at_once() {
        let documents = [
            json!({"s": {"b": 1, "a": [2]}}),
            json!({}),
            json!({"s": {"a": 3}}),
        ];
        let (grid, early) = held("s.{x: b, y: a}", &documents);
        assert_eq!(early, 3);
        assert_eq!(grid.header.unwrap(), ["x", "y"]);
        let expected = [["1", "[2]"], ["-", "-"], ["-", "3"]];
        assert_eq!(grid.rows, expected.map(|cells| row(&cells)));
        let (grid, early) = held("s.[b, a]", &documents);
        assert_eq!((grid.header, early), (None, 3));
        assert_eq!(grid.rows, expected.map(|cells| row(&cells)));
    }

    #[test]
    fn one_value_is_one_column_and_the_items_of_a_list_are_rows() {
        let document = json!({"s": {"a": 1, "l": [2, 3], "p": [[1, 2], [3]], "o": {"x": 1}}});
        for (expression, rows) in [
            ("s.a", vec![row(&["1"])]),
            ("s.l", vec![row(&["2"]), row(&["3"])]),
            ("s.p", vec![row(&["1", "2"]), row(&["3", "-"])]),
            ("s.[a]", vec![row(&["1"])]),
            ("s.[l]", vec![row(&["[2,3]"])]),
            ("[s, s][].[a]", vec![row(&["1"]), row(&["1"])]),
            ("[s.a, s.o]", vec![row(&["1", r#"{"x":1}"#])]),
        ] {
            let (grid, _) = held(expression, std::slice::from_ref(&document));
            assert_eq!(grid.header, None, "{expression}");
            assert_eq!(grid.rows, rows, "{expression}");
        }
        let (grid, early) = held(
            "a",
            &[
                json!({"a": "x"}),
                json!({"a": {"b": 1}}),
                json!({"a": [1, 2]}),
            ],
        );
        assert_eq!(early, 4);
        let expected = ["x", r#"{"b":1}"#, "1", "2"];
        assert_eq!(grid.rows, expected.map(|cell| row(&[cell])));
    }

    #[test]
    fn events_whose_columns_are_not_known_are_refused() {
        let mut held = Held::new(true);
        for (expression, is_known) in [
            ("a", true),
            ("{x: @}", true),
            ("[a, b]", true),
            ("@", false),
        ] {
            let query = Query::compile(expression).unwrap();
            let found = query.find(&json!({"a": 1})).unwrap();
            assert_eq!(held.add(&found).is_ok(), is_known, "{expression}");
            held = Held::new(true);
        }
    }
}

//! Turns the results of a query into rows with the same columns, for the formats that have columns.

use std::collections::HashSet;
use std::mem;

use serde_json::{Map, Value};

use super::query::{Columns, QueryResult};

/// A list of objects may have this number of cells even if nearly all are empty.
const ENOUGH_CELLS: usize = 200_000;

pub(super) const SPARSE: &str = "a list's objects have so many different members that its rows would be empty \
                                 but for a few cells; choose --output json";

#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// A cell per column, `None` where there is no value.
    pub(super) cells: Vec<Option<String>>,
}

/// Holds results until their columns are known: from the expression, from a result that is one value, or
/// else from all results.
pub(super) struct ResultRows {
    items: Vec<Value>,
    pub(super) columns: Option<Columns>,
    /// Whether the stream of results is endless, so that none can be kept.
    is_endless: bool,
}

impl ResultRows {
    pub(super) fn new(is_endless: bool) -> Self {
        Self {
            items: Vec::new(),
            columns: None,
            is_endless,
        }
    }

    /// Adds a result, and takes the rows whose columns are known. Each item of a list is a row, but a multiselect
    /// list of the expression (`[sessionId, username]`) is one row.
    ///
    /// # Errors
    /// The columns depend on all results, and the stream of results is endless.
    pub(super) fn add(&mut self, result: QueryResult) -> Result<Vec<Row>, String> {
        let is_row = result.is_row();
        match result.value {
            Value::Array(items) if !is_row => self.items.extend(items),
            one => self.items.push(one),
        }
        let is_scalar = |item: &Value| !item.is_null() && !item.is_array() && !item.is_object();
        if self.columns.is_none() {
            self.columns = match &result.shape.columns {
                None if self.items.first().is_some_and(is_scalar) => Some(Columns::unnamed(1)),
                known => known.clone(),
            };
        }
        let has_value = || self.items.iter().any(|item| !item.is_null());
        if self.is_endless && self.columns.is_none() && has_value() {
            return Err(
                "the columns of this format are not known before the last event; \
                 choose them with .{name: member}, or choose --output jsonl"
                    .to_owned(),
            );
        }
        Ok(self.take_known())
    }

    /// Takes all remaining rows, after the last result.
    ///
    /// # Errors
    /// There would be far more cells than values.
    pub(super) fn take_all(&mut self) -> Result<Vec<Row>, String> {
        if self.columns.is_none() {
            if is_sparse(&self.items) {
                return Err(SPARSE.to_owned());
            }
            let width = self.items.iter().filter_map(Value::as_array).map(Vec::len);
            let names = names(&self.items);
            self.columns = Some(if names.is_empty() {
                Columns::unnamed(width.max().unwrap_or(1).max(1))
            } else {
                Columns::named(names)
            });
        }
        Ok(self.take_known())
    }

    fn take_known(&mut self) -> Vec<Row> {
        let Some(columns) = &self.columns else {
            return Vec::new();
        };
        let items = mem::take(&mut self.items).into_iter();
        let rows = items.map(|item| Row {
            cells: to_cells(item, columns),
        });
        rows.collect()
    }
}

/// The names of the objects' members in the order of their first appearance.
fn names(items: &[Value]) -> Vec<String> {
    let mut seen = HashSet::new();
    let names = items
        .iter()
        .filter_map(Value::as_object)
        .flat_map(Map::keys);
    names.filter(|name| seen.insert(*name)).cloned().collect()
}

fn to_cells(row: Value, columns: &Columns) -> Vec<Option<String>> {
    let values = match row {
        Value::Object(mut members) if !columns.names.is_empty() => {
            let names = columns.names.iter();
            names
                .map(|name| members.swap_remove(name).unwrap_or_default())
                .collect()
        }
        Value::Array(items) if !items.is_empty() && items.len() <= columns.count => items,
        one => vec![one],
    };
    let cells = values.into_iter().map(|value| match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    });
    let mut cells: Vec<_> = cells.collect();
    cells.resize(columns.count, None);
    cells
}

/// Whether the value contains a list of objects whose rows would have nearly only empty cells. A reply of 1 MiB
/// can hold 90,000 objects, each with a member that no other object has, which would be 8 billion cells.
pub(super) fn has_sparse_list(value: &Value) -> bool {
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
    use super::*;
    use crate::output::query::Query;
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

    /// The header and the rows of all results, and how many rows were known before the last one.
    fn rows_of(
        expression: &str,
        documents: &[Value],
    ) -> (Option<Vec<String>>, Vec<Vec<String>>, usize) {
        let query = Query::compile(expression).unwrap();
        let mut buffer = ResultRows::new(false);
        let (mut header, mut rows, mut early) = (None, Vec::new(), 0);
        for at in 0..=documents.len() {
            early = rows.len();
            let known = match documents.get(at) {
                Some(document) => buffer.add(query.apply(document).unwrap()),
                None => buffer.take_all(),
            };
            for row in known.unwrap() {
                let names = &buffer.columns.as_ref().unwrap().names;
                header = (!names.is_empty()).then(|| names.clone());
                let cells = row.cells.into_iter().map(Option::unwrap_or_default);
                rows.push(cells.collect());
            }
        }
        (header, rows, early)
    }

    #[test]
    fn objects_wait_for_the_last_result_and_stand_under_one_header() {
        let one = json!([{"a": 1}, {"b": "x", "a": null}]);
        let (header, rows, early) = rows_of("@", &[one, json!({"c": 2}), json!(null), json!([])]);
        assert_eq!(early, 0);
        assert_eq!(header.unwrap(), ["a", "b", "c"]);
        let expected = [["1", "", ""], ["", "x", ""], ["", "", "2"], ["", "", ""]];
        assert_eq!(rows, expected);
    }

    #[test]
    fn columns_that_the_expression_names_are_known_at_once() {
        let documents = [
            json!({"s": {"b": 1, "a": [2]}}),
            json!({}),
            json!({"s": {"a": 3}}),
        ];
        let (header, rows, early) = rows_of("s.{x: b, y: a}", &documents);
        assert_eq!(early, 3);
        assert_eq!(header.unwrap(), ["x", "y"]);
        let expected = [["1", "[2]"], ["", ""], ["", "3"]];
        assert_eq!(rows, expected);
        let (header, rows, early) = rows_of("s.[b, a]", &documents);
        assert_eq!((header, early), (None, 3));
        assert_eq!(rows, expected);
    }

    #[test]
    fn one_value_is_one_column_and_the_items_of_a_list_are_rows() {
        let document = json!({"s": {"a": 1, "l": [2, 3], "p": [[1, 2], [3]], "o": {"x": 1}}});
        for (expression, expected) in [
            ("s.a", &[&["1"][..]][..]),
            ("s.l", &[&["2"], &["3"]]),
            ("s.p", &[&["1", "2"], &["3", ""]]),
            ("s.[a]", &[&["1"]]),
            ("s.[l]", &[&["[2,3]"]]),
            ("[s, s][].[a]", &[&["1"], &["1"]]),
            ("[s.a, s.o]", &[&["1", r#"{"x":1}"#]]),
        ] {
            let (header, rows, _) = rows_of(expression, std::slice::from_ref(&document));
            assert_eq!(header, None, "{expression}");
            assert_eq!(rows, expected, "{expression}");
        }
        let (_, rows, early) = rows_of(
            "a",
            &[
                json!({"a": "x"}),
                json!({"a": {"b": 1}}),
                json!({"a": [1, 2]}),
            ],
        );
        assert_eq!(early, 4);
        let expected = ["x", r#"{"b":1}"#, "1", "2"];
        assert_eq!(rows, expected.map(|cell| [cell]));
    }

    #[test]
    fn events_whose_columns_are_not_known_are_refused() {
        let mut buffer = ResultRows::new(true);
        for (expression, is_known) in [
            ("a", true),
            ("{x: @}", true),
            ("[a, b]", true),
            ("@", false),
        ] {
            let query = Query::compile(expression).unwrap();
            let found = query.apply(&json!({"a": 1})).unwrap();
            assert_eq!(buffer.add(found).is_ok(), is_known, "{expression}");
            buffer = ResultRows::new(true);
        }
    }
}

//! `--query`: a JMESPath expression over the JSON document, as in the AWS CLI.
//!
//! The AWS CLI uses jmespath.py, which is the reference. The crates jmespath 0.5, jmespatch 0.3,
//! jmespath_community 0.1 and jpx-core 0.4 parse `a[].{b: b}[0]` as a projection of the index, and
//! `sum` of integers is a floating-point number in each, so neither their trees nor their
//! evaluators can be used.

use std::sync::Arc;

use serde_json::{Map, Value};

mod ast;
mod call;
mod evaluate;
mod functions;
mod lexer;
mod parser;
pub(super) mod python;
#[cfg(test)]
mod tests;

use ast::{Expression, Values};

/// A parsed JMESPath expression.
pub struct Query {
    expression: Expression,
    shape: Arc<Shape>,
}

/// The columns of an expression's results, and the names of its multiselect hashes.
#[derive(Debug, PartialEq)]
pub(super) struct Shape {
    /// The columns of the rows, if a multiselect hash or list of the expression creates them.
    pub(super) columns: Option<Columns>,
    /// Whether each result is a list of rows, not one row.
    is_list: bool,
    /// The names of each multiselect hash (`{user: username, id: sessionId}`) in the expression.
    hashes: Vec<Vec<String>>,
}

/// The columns of results that are rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// Empty if the columns have no names.
    pub(super) names: Vec<String>,
    pub(super) count: usize,
}

impl Columns {
    pub(super) fn named(names: Vec<String>) -> Self {
        let count = names.len();
        Self { names, count }
    }

    pub(super) fn unnamed(count: usize) -> Self {
        let names = Vec::new();
        Self { names, count }
    }
}

impl Query {
    /// Parses an expression, and checks the functions that it calls.
    ///
    /// # Errors
    /// The text is not an expression: the reason, and the position.
    pub fn compile(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            let problem = "--query is empty: give a JMESPath expression, or leave the option out";
            return Err(problem.to_owned());
        }
        let (expression, hashes) = parser::parse(text).map_err(|error| {
            let position = error.offset.map_or_else(String::new, |offset| {
                let position = text[..offset].chars().count() + 1;
                format!(" (at character {position})")
            });
            let reason = error.reason;
            format!("--query is not a valid JMESPath expression: {reason}{position}")
        })?;
        let (columns, is_list) = find_rows(&expression, None).unzip();
        let shape = Arc::new(Shape {
            columns,
            is_list: is_list.unwrap_or_default(),
            hashes,
        });
        Ok(Self { expression, shape })
    }

    /// Applies the expression to a document.
    ///
    /// # Errors
    /// A function or an ordering does not accept a value, or the result is too large.
    pub fn apply(&self, document: &Value) -> Result<QueryResult, String> {
        let value = evaluate::evaluate(&self.expression, document)?;
        let shape = Arc::clone(&self.shape);
        Ok(QueryResult { value, shape })
    }
}

/// The result of an expression for a document.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryResult {
    pub value: Value,
    pub(super) shape: Arc<Shape>,
}

impl QueryResult {
    /// Whether the result is a multiselect list of the expression (`[sessionId, username]`), which is one row.
    pub(super) fn is_row(&self) -> bool {
        let columns = self.shape.columns.as_ref();
        columns.is_some_and(|columns| columns.names.is_empty()) && !self.shape.is_list
    }

    /// Whether the members have the names and the order of a multiselect hash of the expression.
    pub(super) fn has_written_order(&self, members: &Map<String, Value>) -> bool {
        let mut hashes = self.shape.hashes.iter();
        hashes.any(|names| members.keys().eq(names))
    }
}

/// Finds the multiselect that creates the rows of an expression's results. `input` describes the value to which the
/// expression applies.
///
/// Returns the columns, and whether the result is a list of rows.
fn find_rows(expression: &Expression, input: Option<(Columns, bool)>) -> Option<(Columns, bool)> {
    let is_list = |rows: &(Columns, bool)| rows.1;
    match expression {
        Expression::Current => input,
        Expression::Hash(members) => Some((Columns::named(parser::distinct_names(members)), false)),
        Expression::List(items) => Some((Columns::unnamed(items.len()), false)),
        Expression::Chain(steps) => find_rows(&steps[1], find_rows(&steps[0], input)),
        Expression::Slice(_) => input.filter(is_list),
        Expression::Call(function, arguments) if matches!(function.name, "sort_by" | "reverse") => {
            find_rows(&arguments[0], input).filter(is_list)
        }
        Expression::Projection(projection) if projection.each == Expression::Current => {
            let rows = find_rows(&projection.base, input).filter(is_list);
            // A flattened list has the items of rows that are lists.
            rows.filter(|(columns, _)| {
                projection.values == Values::Items || !columns.names.is_empty()
            })
        }
        Expression::Projection(projection) => {
            let row = find_rows(&projection.each, None).filter(|row| !is_list(row));
            row.map(|(columns, _)| (columns, true))
        }
        _ => None,
    }
}

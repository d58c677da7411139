//! `--query`: a JMESPath expression over the JSON document, as in the AWS CLI.
//!
//! The AWS CLI uses jmespath.py, which is the reference. The crates jmespath 0.5, jmespatch 0.3,
//! jmespath_community 0.1 and jpx-core 0.4 parse `a[].{b: b}[0]` as a projection of the index, and
//! `sum` of integers is a floating-point number in each, so neither their trees nor their
//! evaluators can be used.

use serde_json::{Map, Value};

use super::documents::Document;
use super::{Cardinality, PrintError, Printer, RenderOptions};

mod ast;
mod call;
mod evaluate;
mod functions;
pub(super) mod grid;
mod lexer;
mod literal;
mod parser;
pub(super) mod python;
#[cfg(test)]
mod tests;
mod token;

use ast::Expression;

/// A JMESPath expression.
pub struct Query {
    expression: Expression,
    /// The names of each hash (`{user: username, id: sessionId}`) that the expression writes.
    hashes: Vec<Vec<String>>,
}

/// Why a text is not an expression.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// It is empty, as an unset variable is.
    #[error("--query is empty: give a JMESPath expression, or leave the option out")]
    Empty,
    /// What is wrong with it, and where.
    #[error("--query is not a JMESPath expression: {0}")]
    Invalid(String),
}

impl Query {
    /// Parses an expression, and checks the functions that it calls.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn compile(text: &str) -> Result<Self, QueryError> {
        if text.trim().is_empty() {
            return Err(QueryError::Empty);
        }
        let expression = parser::parse(text).map_err(|error| {
            QueryError::Invalid(match error.position {
                Some(position) => format!("{} (at character {position})", error.reason),
                None => error.reason,
            })
        })?;
        let mut hashes = Vec::new();
        collect_hashes(&expression, &mut hashes);
        Ok(Self { expression, hashes })
    }

    /// The expression's result for a document.
    ///
    /// # Errors
    /// A function or an ordering does not accept a value, or the result is too large.
    pub fn apply(&self, document: &Value) -> Result<Value, PrintError> {
        evaluate::evaluate(&self.expression, document).map_err(PrintError::Query)
    }

    fn find(&self, document: &Value) -> Result<Found<'_>, PrintError> {
        let value = self.apply(document)?;
        Ok(Found { value, query: self })
    }
}

fn collect_hashes(expression: &Expression, hashes: &mut Vec<Vec<String>>) {
    if let Expression::Hash(members) = expression {
        hashes.push(distinct_names(members));
    }
    for part in expression.parts() {
        collect_hashes(part, hashes);
    }
}

fn distinct_names(members: &[(String, Expression)]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (name, _) in members {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// What an expression finds in a document.
pub(super) struct Found<'a> {
    pub(super) value: Value,
    query: &'a Query,
}

impl Found<'_> {
    /// The columns of each result, if the expression ends by writing an object or a list.
    pub(super) fn columns(&self) -> Option<Columns> {
        match self.query.expression.last_step() {
            Expression::Hash(members) => Some(Columns::Named(distinct_names(members))),
            Expression::List(items) => Some(Columns::Unnamed(items.len())),
            _ => None,
        }
    }

    /// Whether it is a list that the expression writes, `[sessionId, username]`.
    pub(super) fn is_row(&self) -> bool {
        matches!(self.query.expression.last_step(), Expression::List(_))
    }

    /// Whether the members are in the order in which the expression writes them.
    pub(super) fn is_written(&self, members: &Map<String, Value>) -> bool {
        let mut hashes = self.query.hashes.iter();
        hashes.any(|names| members.keys().eq(names))
    }
}

/// The columns of results that are rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Columns {
    Named(Vec<String>),
    /// So many.
    Unnamed(usize),
}

/// Writes what a query finds, one result at a time.
pub(super) trait Results {
    /// Writes a result.
    ///
    /// # Errors
    /// [`PrintError`].
    fn print(&mut self, found: &Found) -> Result<(), PrintError>;

    /// Writes what was printed so far, for a reader who is waiting.
    ///
    /// # Errors
    /// [`PrintError`].
    fn flush(&mut self) -> Result<(), PrintError>;

    /// Writes what is left.
    ///
    /// # Errors
    /// [`PrintError`].
    fn finish(&mut self) -> Result<(), PrintError> {
        self.flush()
    }
}

/// Applies a query to each document, or to the list of all.
pub(super) struct Queried<'a> {
    query: Query,
    page: RenderOptions,
    results: Box<dyn Results + 'a>,
    /// The items of a list so far: the expression is over the whole list, as in the AWS CLI.
    list: Option<Vec<Value>>,
}

impl<'a> Queried<'a> {
    pub(super) fn new(query: Query, page: RenderOptions, results: Box<dyn Results + 'a>) -> Self {
        Self {
            query,
            results,
            list: (page.cardinality == Cardinality::List).then(Vec::new),
            page,
        }
    }
}

impl Printer for Queried<'_> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        let timestamps = self.page.notation();
        if let Some(items) = &mut self.list {
            items.push(Value::Object(document.to_json(timestamps)?));
            return Ok(());
        }
        let found = self.query.find(&document.to_wrapped_json(timestamps)?)?;
        self.results.print(&found)
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        self.results.flush()
    }

    fn finish(&mut self) -> Result<(), PrintError> {
        if let Some(items) = self.list.take() {
            let name = self.page.schema.plural.to_owned();
            let list = Value::Object(Map::from_iter([(name, Value::Array(items))]));
            let found = self.query.find(&list)?;
            drop(list);
            self.results.print(&found)?;
        }
        self.results.finish()
    }

    /// An expression over a part of a list has no result: a length would be a wrong one.
    fn abort(&mut self) -> Result<(), PrintError> {
        self.list = None;
        self.results.finish()
    }
}

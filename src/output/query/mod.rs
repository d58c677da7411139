//! `--query`: a JMESPath expression over the JSON document, as in the AWS CLI.

use jmespath::ast::Ast;
use serde_json::{Map, Value};

use super::documents::Document;
use super::{Cardinality, PrintError, Printer, RenderOptions};

mod expression;
pub(super) mod grid;
mod order;

use order::Order;

/// A compiled JMESPath expression.
pub struct Query {
    expression: jmespath::Expression<'static>,
    order: Order,
}

/// Why a text is not an expression, with the place.
#[derive(Debug, thiserror::Error)]
#[error("--query {0}")]
pub struct QueryError(String);

/// What an expression finds in a document.
pub(super) struct Found<'a> {
    /// The members of objects are sorted by their names.
    pub(super) value: Value,
    /// Whether it is a list that the expression writes down, `[sessionId, username]`.
    pub(super) is_row: bool,
    /// Whether the expression names the columns, so that every result has the same ones.
    pub(super) has_fixed_columns: bool,
    order: &'a Order,
}

impl Found<'_> {
    /// The value with the members of its objects as the expression writes them.
    pub(super) fn arranged(&self) -> Value {
        self.order.arrange(self.value.clone())
    }
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

impl Query {
    /// Compiles an expression.
    ///
    /// # Errors
    /// The parser's reason and where it stopped, or that the expression is nested too deep.
    pub fn compile(expression: &str) -> Result<Self, QueryError> {
        let expression = expression::compile(expression).map_err(QueryError)?;
        Ok(Self {
            order: Order::of(expression.as_ast()),
            expression,
        })
    }

    fn apply(&self, document: &Value) -> Result<Found<'_>, PrintError> {
        let found = self
            .expression
            .search(document)
            .map_err(|error| PrintError::Query(error.reason.to_string()))?;
        let value =
            serde_json::to_value(&*found).map_err(|error| PrintError::Query(error.to_string()))?;
        let last = order::last_step(self.expression.as_ast());
        Ok(Found {
            is_row: matches!(last, Ast::MultiList { .. }),
            has_fixed_columns: matches!(last, Ast::MultiList { .. } | Ast::MultiHash { .. }),
            order: &self.order,
            value,
        })
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
            page,
            results,
            list: (page.cardinality == Cardinality::List).then(Vec::new),
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
        let found = self.query.apply(&document.to_wrapped_json(timestamps)?)?;
        self.results.print(&found)
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        self.results.flush()
    }

    fn finish(&mut self) -> Result<(), PrintError> {
        if let Some(items) = self.list.take() {
            let name = self.page.schema.plural.to_owned();
            let list = Value::Object(Map::from_iter([(name, Value::Array(items))]));
            let found = self.query.apply(&list)?;
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

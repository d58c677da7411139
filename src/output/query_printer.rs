//! `--query`: applies an expression to each document, or to the whole list, and prints the results.

use serde_json::{Map, Value};

use super::documents::Document;
use super::printer::{Cardinality, PrintError, Printer, RenderOptions};
use super::query::Query;
use super::result_rows::{ResultRows, Row};
use super::time::Timestamps;

pub(super) struct QueryPrinter<'a> {
    query: Query,
    timestamps: Timestamps,
    plural: &'static str,
    /// The items of a list so far; `None` if there is no list. The expression applies to the whole list, as in the
    /// AWS CLI.
    list: Option<Vec<Value>>,
    /// The rows that are not printed yet; `None` in a format without columns.
    rows: Option<ResultRows>,
    printer: Box<dyn Printer + 'a>,
}

impl<'a> QueryPrinter<'a> {
    pub(super) fn new(
        query: Query,
        options: &RenderOptions,
        has_columns: bool,
        printer: Box<dyn Printer + 'a>,
    ) -> Self {
        Self {
            query,
            timestamps: options.notation(),
            plural: options.schema.plural,
            list: (options.cardinality == Cardinality::List).then(Vec::new),
            rows: has_columns.then(|| ResultRows::new(options.is_endless())),
            printer,
        }
    }

    fn print_result(&mut self, document: &Value) -> Result<(), PrintError> {
        let result = self.query.apply(document).map_err(PrintError::Query)?;
        match &mut self.rows {
            None => self.printer.print(&Document::QueryResult(result)),
            Some(rows) => {
                let known = rows.add(result).map_err(PrintError::Columns)?;
                self.print_rows(known)
            }
        }
    }

    fn print_rows(&mut self, rows: Vec<Row>) -> Result<(), PrintError> {
        if let Some(columns) = self.rows.as_ref().and_then(|rows| rows.columns.as_ref()) {
            self.printer.set_columns(columns)?;
        }
        let mut rows = rows.into_iter().map(Document::Row);
        rows.try_for_each(|row| self.printer.print(&row))
    }
}

impl Printer for QueryPrinter<'_> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        if let Some(items) = &mut self.list {
            items.push(document.to_json(self.timestamps)?.into_owned());
            return Ok(());
        }
        let document = document.to_wrapped_json(self.timestamps)?;
        self.print_result(&document)
    }

    /// Holds rows whose columns are not known yet: the header must not depend on the time that replies take.
    fn flush(&mut self) -> Result<(), PrintError> {
        self.printer.flush()
    }

    fn finish(&mut self) -> Result<(), PrintError> {
        if let Some(items) = self.list.take() {
            let members = Map::from_iter([(self.plural.to_owned(), Value::Array(items))]);
            self.print_result(&Value::Object(members))?;
        }
        if let Some(rows) = &mut self.rows {
            let rest = rows.take_all().map_err(PrintError::Columns)?;
            self.print_rows(rest)?;
        }
        self.printer.finish()
    }

    /// Discards an incomplete list, because the result of the expression would be wrong for it, such as a length.
    fn abort(&mut self) -> Result<(), PrintError> {
        self.list = None;
        self.finish()
    }

    fn omitted_columns(&self) -> &[String] {
        self.printer.omitted_columns()
    }
}

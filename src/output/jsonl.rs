//! `jsonl`: one object per line.

use serde_json::Value;

use super::documents::Document;
use super::json;
use super::printer::{Cardinality, Out, PrintError, Printer, RenderOptions};

pub(super) struct JsonlPrinter<'a> {
    pub(super) options: RenderOptions,
    pub(super) out: Out<'a>,
}

impl Printer for JsonlPrinter<'_> {
    /// Writes one line. If the result of a query over a list is a list itself, writes one line per item.
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        let value = document.to_json(self.options.notation())?;
        let is_list = self.options.cardinality == Cardinality::List;
        let lines = match (document, &*value) {
            (Document::QueryResult(result), Value::Array(items)) if is_list && !result.is_row() => {
                items
            }
            (_, one) => std::slice::from_ref(one),
        };
        for line in lines {
            writeln!(self.out, "{}", json::one_line(line)?)?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(self.out.flush()?)
    }
}

//! `jsonl`: one object per line, nothing around it.

use serde_json::Value;

use super::documents::Document;
use super::json::{self, Layout};
use super::query::{Found, Results};
use super::{Cardinality, Out, PrintError, Printer, RenderOptions, Timestamps};

pub(super) struct JsonlRenderer;

impl super::Renderer for JsonlRenderer {
    fn documents<'a>(&self, page: RenderOptions, out: Out<'a>) -> Box<dyn Printer + 'a> {
        Box::new(Lines {
            timestamps: page.notation(),
            cardinality: page.cardinality,
            out,
        })
    }

    fn results<'a>(&self, page: RenderOptions, out: Out<'a>) -> Box<dyn Results + 'a> {
        Box::new(Lines {
            timestamps: page.notation(),
            cardinality: page.cardinality,
            out,
        })
    }
}

struct Lines<'a> {
    out: Out<'a>,
    timestamps: Timestamps,
    cardinality: Cardinality,
}

impl Printer for Lines<'_> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        let value = document.to_json(self.timestamps)?;
        Ok(json::write(&mut self.out, &value, Layout::OneLine)?)
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(self.out.flush()?)
    }
}

impl Results for Lines<'_> {
    /// What is found in a list is one line per item; what is found in one session is one line.
    fn print(&mut self, found: &Found) -> Result<(), PrintError> {
        let lines = match &found.value {
            Value::Array(items) if self.cardinality == Cardinality::List && !found.is_row() => {
                items
            }
            one => std::slice::from_ref(one),
        };
        for line in lines {
            json::write(&mut self.out, line, Layout::OneLine)?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(self.out.flush()?)
    }
}

//! From a reply's JSON to the documents that it holds.
//!
//! Each reason for which there are none continues "the reply ...", and never repeats a value: user
//! names and addresses are sensitive.

use serde_json::Value;

use super::model::{self, Document, Shape};

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The page's documents, perhaps none.
    pub documents: Vec<Document>,
    /// What the next page is asked for with; `None` on the last one.
    pub next_token: Option<String>,
}

/// Takes the one document out of a reply: `{"session": {...}}`.
///
/// # Errors
/// Why the reply holds none.
pub fn one(shape: &'static Shape, reply: &mut Value) -> Result<Document, String> {
    let value = member(reply, shape.name)?;
    parse(shape, value)
}

/// Takes a page of documents out of a reply: `{"sessions": [...], "nextToken": "..."}`.
///
/// # Errors
/// Why the reply holds none; one malformed document is enough.
pub fn page(shape: &'static Shape, reply: &mut Value) -> Result<Page, String> {
    let items = match member(reply, shape.plural)? {
        Value::Array(items) => items,
        other => {
            let found = model::kind_of(&other);
            return Err(format!("is malformed: its {} is {found}", shape.plural));
        }
    };
    let documents = items
        .into_iter()
        .map(|item| parse(shape, item))
        .collect::<Result<_, _>>()?;
    let next_token = match reply.get_mut("nextToken").map(Value::take) {
        None | Some(Value::Null) => None,
        // The AWS CLI takes an empty token for the end too.
        Some(Value::String(token)) => Some(token).filter(|token| !token.is_empty()),
        Some(other) => {
            let found = model::kind_of(&other);
            return Err(format!("is malformed: its nextToken is {found}"));
        }
    };
    Ok(Page {
        documents,
        next_token,
    })
}

fn member(reply: &mut Value, name: &str) -> Result<Value, String> {
    match reply.get_mut(name).map(Value::take) {
        Some(value) => Ok(value),
        None => Err(format!("has no {name}, it is {}", model::kind_of(reply))),
    }
}

fn parse(shape: &'static Shape, value: Value) -> Result<Document, String> {
    Document::parse(shape, value).map_err(|reason| format!("is malformed: {reason}"))
}

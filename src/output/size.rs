//! The memory that documents take while they are held back.

use serde_json::Value;

use crate::service::model::Document;

/// The bytes of a document, more or less.
pub(super) fn from_document(document: &Document) -> usize {
    let members = document.members().iter();
    members
        .map(|(name, value)| name.len() + from_value(value))
        .sum()
}

/// The bytes of a value, more or less.
pub(super) fn from_value(value: &Value) -> usize {
    let own = size_of::<Value>();
    own + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(from_value).sum(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| name.len() + from_value(value))
            .sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

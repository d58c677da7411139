//! A document as a row of cells, for the formats that have columns.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::documents::Schema;

/// Between the items of a list in one cell.
const LIST_SEPARATOR: &str = ",";

/// The cells of a document, one per declared member, empty where it is absent.
pub(super) fn row<'a>(
    schema: &'static Schema,
    members: &'a Map<String, Value>,
) -> impl Iterator<Item = Cow<'a, str>> {
    let values = schema.members().map(|member| members.get(member.name));
    values.map(|value| value.map_or(Cow::Borrowed(""), cell))
}

fn cell(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => text.into(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(cell).collect();
            items.join(LIST_SEPARATOR).into()
        }
        other => other.to_string().into(),
    }
}

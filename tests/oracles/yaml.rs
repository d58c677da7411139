//! YAML: the document that a reader gets is the one that JSON has, and the text is safe to show.
//!
//! The input is JSON: the value of a member of a session.

use serde_json::{Value, json};
use wsb::output::query::Query;
use wsb::output::{Cardinality, Format, RenderOptions, Selection};
use wsb::service::documents::Session;

use super::printed::{check_safe, options, print};

pub(super) fn check(input: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(input) else {
        return;
    };
    let member = json!({"value": value, "username": value.as_str()});
    let session = serde_json::from_value::<Session>(member).expect("a session");
    let documents = [session.into()];
    let printed = |selection, cardinality, has_query| {
        let options = RenderOptions {
            has_query,
            ..options(cardinality)
        };
        print(selection, options, &documents)
    };
    for cardinality in [Cardinality::One, Cardinality::List] {
        let whole = |format| printed(Selection::Whole(format), cardinality, false);
        check_same(&whole(Format::Yaml), &whole(Format::Json));
    }
    let query = |format| {
        let query = Query::compile("session.value").expect("a query");
        printed(Selection::Query(query, format), Cardinality::One, true)
    };
    check_same(&query(Format::Yaml), &query(Format::Json));
}

fn check_same(yaml: &str, json: &str) {
    check_safe(yaml, &[]);
    let expected: Value = serde_json::from_str(json).expect("JSON is JSON");
    let read: Value =
        serde_saphyr::from_str(yaml).unwrap_or_else(|error| panic!("{error}: {yaml:?}"));
    assert_eq!(read, expected, "{yaml:?}");
}

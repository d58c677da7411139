//! Queries beside jmespath.py: random expressions of every form, over random documents.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::Value;
use wsb::output::query::Query;

use crate::peer;

/// Expressions of each form.
const COUNT: usize = 2500;

/// A line of `queries.py`.
#[derive(Debug, Deserialize)]
struct Case {
    form: String,
    expression: String,
    document: Value,
    /// Why jmespath.py has no result, or none that JSON can hold.
    error: Option<String>,
    #[serde(default)]
    result: Value,
}

#[test]
#[ignore = "needs the AWS CLI and botocore: .ci/run installs them"]
fn expressions_of_every_form_have_the_results_of_jmespath_py() {
    let seed = std::env::var("WSB_SEED").unwrap_or_else(|_| "1".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/queries.py");
    let mut generator = Command::new(peer("python"))
        .arg(script)
        .args([&seed, &COUNT.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut counts: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    let mut differences = Vec::new();
    for line in BufReader::new(generator.stdout.take().unwrap()).lines() {
        let case: Case = serde_json::from_str(&line.unwrap()).unwrap();
        let [all, with_result] = counts.entry(case.form.clone()).or_default();
        *all += 1;
        *with_result += usize::from(case.error.is_none());
        differences.extend(difference(&case));
    }
    assert!(generator.wait().unwrap().success());
    assert!(
        differences.is_empty(),
        "{} differences with WSB_SEED={seed}: {:#?}",
        differences.len(),
        &differences[..differences.len().min(20)]
    );
    assert!(counts.len() >= 45, "{counts:?}");
    for (form, [all, with_result]) in counts {
        assert_eq!(all, COUNT, "{form}");
        // "soup" is invalid for the most part.
        let least = match &*form {
            "wrong call" => 0,
            "soup" => COUNT / 50,
            _ => COUNT / 5,
        };
        assert!(with_result >= least, "{form}: {with_result} have a result");
    }
}

/// How our result differs; `None` if it does not.
fn difference(case: &Case) -> Option<String> {
    let query = Query::compile(&case.expression).map_err(|error| error.to_string());
    let is_rejected = query.is_err();
    let ours = query.and_then(|query| query.apply(&case.document));
    let ours = ours.map(|result| result.value);
    let is_same = match (&case.error, &ours) {
        (Some(_), Err(_)) => case.form != "wrong call" || is_rejected,
        // As text, in which 1 and 1.0 differ, and the order of members counts.
        (None, Ok(ours)) => format!("{ours}") == format!("{}", case.result),
        // Python's integers have any size. Ours are exact or an error, also in the middle.
        (None, Err(error)) => error.contains("too large to be represented exactly"),
        (Some(_), Ok(_)) => false,
    };
    (!is_same).then(|| format!("{case:?}: ours is {ours:?}"))
}

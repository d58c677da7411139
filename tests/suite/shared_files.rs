//! Who a call is made as: the table of `tests/sign_in`, which `tests/peers` holds beside the AWS CLI.

use std::path::Path;

use crate::sign_in::{Case, Outcome, World, cases};
use crate::support::run_side_by_side;

/// What is wrong about a case's run, if anything is.
fn find_mistake(case: &Case) -> Option<String> {
    let world = World::of(case);
    let output = world.run(case, Path::new(env!("CARGO_BIN_EXE_wsb")), &[]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    let identity = world.identity();
    let is_right = match &case.outcome {
        Outcome::Identity(wanted) => {
            output.status.code() == Some(0) && identity.as_deref() == Some(*wanted)
        }
        Outcome::ProviderError(says) => {
            matches!(output.status.code(), Some(2 | 8 | 9))
                && identity.is_none()
                && says.iter().all(|text| stderr.contains(text))
                && stderr.starts_with("error: ")
        }
    };
    (!is_right).then(|| {
        let code = output.status.code();
        format!("{}: {identity:?}, {code:?}, {stderr}", case.name)
    })
}

#[test]
fn every_configuration_of_the_table_gives_its_identity_or_is_refused_with_its_place() {
    let cases = cases::all();
    assert!(cases.len() >= 60);
    let mistakes = run_side_by_side(&cases, find_mistake);
    let mistakes: Vec<String> = mistakes.into_iter().flatten().collect();
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

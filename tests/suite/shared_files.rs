//! Who a call is made as: the table of `tests/sign_in`, which `tests/peers` holds beside the AWS CLI.

use std::path::Path;

use crate::sign_in::{Outcome, World, cases};

#[test]
fn every_configuration_of_the_table_gives_its_identity_or_is_refused_with_its_place() {
    let cases = cases::all();
    assert!(cases.len() >= 60);
    let mut wrong = Vec::new();
    for case in &cases {
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
        if !is_right {
            wrong.push(format!(
                "{}: {identity:?}, {:?}, {stderr}",
                case.name,
                output.status.code()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

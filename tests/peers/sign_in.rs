//! The table of `tests/sign_in` with the AWS CLI, on the same files and against the same services.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::peer;
use crate::sign_in::{Outcome, World, cases};

#[test]
#[ignore = "needs the AWS CLI and botocore: .ci/run installs them"]
fn the_aws_cli_calls_as_the_same_identity_or_refuses_too() {
    let aws = peer("aws");
    let cases = cases::all();
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let theirs = World::of(case);
                    let output = theirs.run(case, &aws, &["workspaces-web"]);
                    let wanted = match case.outcome {
                        Outcome::Identity(id) => Some(id.to_owned()),
                        Outcome::Refusal(_) => None,
                    };
                    let is_same =
                        theirs.identity() == wanted && output.status.success() == wanted.is_some();
                    if is_same == case.unlike_aws.is_some() {
                        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
                        wrong.lock().unwrap().push(format!(
                            "{}: wanted {wanted:?}, the AWS CLI {:?}: {stderr}",
                            case.name,
                            theirs.identity()
                        ));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

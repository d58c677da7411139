//! The table of `tests/sign_in` with the AWS CLI, on the same files and against the same services, and
//! the credential cache that both use.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::peer;
use crate::sign_in::terminal::{self, AtTerminal};
use crate::sign_in::{Outcome, World, cases, get_session};
use crate::support::SESSION;

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
                        Outcome::ProviderError(_) => None,
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

const BASE: &str = "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = secret\n";
const ROLE: &str = "role_arn = arn:aws:iam::123456789012:role/Auditor\n";

/// The call as the profile "audit", by the AWS CLI or by `wsb`.
fn call(world: &World, is_aws: bool) -> Command {
    let mut command = if is_aws {
        let mut aws = world.command(&peer("aws"));
        aws.arg("workspaces-web");
        aws
    } else {
        world.command(Path::new(env!("CARGO_BIN_EXE_wsb")))
    };
    command.args(get_session()).args(["--profile", "audit"]);
    command
}

#[track_caller]
fn succeeds(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
#[ignore = "needs the AWS CLI and botocore: .ci/run installs them"]
fn what_one_of_the_two_programs_got_the_other_one_asks_for_no_more() {
    for (config, identity) in [
        (
            format!("[profile audit]\n{ROLE}source_profile = base\n{BASE}"),
            "Auditor.BY.AKIABASE",
        ),
        (
            format!(
                "[profile audit]\n{ROLE}source_profile = base\nexternal_id = José's \"e\"\nduration_seconds = 3600\nrole_session_name = me\n{BASE}"
            ),
            "Auditor.BY.AKIABASE.EXTERNAL.Jos_'s_\"e\".SECONDS.3600.AS.me",
        ),
        (
            format!(
                "[profile audit]\n{ROLE}source_profile = middle\n[profile middle]\nrole_arn = arn:aws:iam::123456789012:role/Middle\nsource_profile = base\n{BASE}"
            ),
            "Auditor.BY.Middle.BY.AKIABASE",
        ),
        (
            format!("[profile audit]\n{ROLE}web_identity_token_file = {{HOME}}/token\n"),
            "Auditor.BY.WEBTOKEN",
        ),
    ] {
        for aws_is_first in [true, false] {
            let world = World::new();
            world.write(".aws/config", config.as_bytes());
            world.write("token", b"WEBTOKEN");
            succeeds(&mut call(&world, aws_is_first));
            let asked = world.requests_for_credentials();
            assert!(asked > 0);
            succeeds(&mut call(&world, !aws_is_first));
            assert_eq!(world.requests_for_credentials(), asked, "{config}");
            assert_eq!(world.identity().as_deref(), Some(identity));
        }
    }
}

#[test]
#[ignore = "needs the AWS CLI and botocore: .ci/run installs them"]
fn a_code_that_one_of_the_two_programs_was_given_the_other_one_does_not_ask_for() {
    let wanted = Some("Auditor.BY.AKIABASE.CODE.123456");
    let world = terminal::world();
    // Without a terminal the AWS CLI takes the code from standard input.
    let mut aws = call(&world, true).stdin(Stdio::piped()).spawn().unwrap();
    aws.stdin.take().unwrap().write_all(b"123456\n").unwrap();
    assert!(aws.wait().unwrap().success());
    succeeds(&mut call(&world, false));
    assert_eq!(world.requests_for_credentials(), 1);
    assert_eq!(world.identity().as_deref(), wanted);

    let world = terminal::world();
    let mut run = AtTerminal::start(&world, &format!("{SESSION}\n"), &[]);
    run.prompted();
    run.types("123456\n");
    run.finish().0.code(0);
    succeeds(&mut call(&world, true));
    assert_eq!(world.requests_for_credentials(), 1);
    assert_eq!(world.identity().as_deref(), wanted);
}

/// Version 1 of the AWS CLI keeps no credentials of Identity Center on disk; version 2 does, with the
/// same class of botocore, which a script gives the same folder.
#[test]
#[ignore = "needs the AWS CLI and botocore: .ci/run installs them"]
fn credentials_of_identity_center_are_shared_with_botocore() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/identity_center.py");
    for botocore_is_first in [true, false] {
        let world = World::new();
        let config = format!(
            "[profile audit]\n{}{}",
            cases::SSO_PROFILE,
            cases::SSO_SESSION
        );
        world.write(".aws/config", config.as_bytes());
        world.write(
            cases::SSO_TOKEN,
            cases::sso_token("2099-01-01T00:00:00Z").as_bytes(),
        );
        let botocore = || {
            let output = world
                .command(&peer("python"))
                .arg(&script)
                .output()
                .unwrap();
            assert!(output.status.success(), "{output:?}");
            assert_eq!(output.stdout, b"Auditor.OF.123456789012.BY.SIGNEDIN\n");
        };
        let wsb = || succeeds(&mut call(&world, false));
        if botocore_is_first {
            botocore();
            wsb();
        } else {
            wsb();
            botocore();
        }
        assert_eq!(world.requests_for_credentials(), 1);
    }
}

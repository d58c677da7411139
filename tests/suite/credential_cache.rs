//! The AWS CLI's cache of temporary credentials, read and written by `wsb`.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::json;

use crate::sign_in::cases::{SSO_PROFILE, SSO_SESSION, SSO_TOKEN, renewable_sso_token, sso_token};
use crate::sign_in::{World, answer, get_session};
use crate::support::{Act, Server};

const BASE: &str =
    "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = baseSecret\n";
const ROLE: &str = "role_arn = arn:aws:iam::123456789012:role/Auditor\n";

/// What may be in no output.
const SECRETS: [&str; 5] = [
    "baseSecret",
    "stsSecretAccessKey",
    "stsSessionToken",
    "ssoSecretAccessKey",
    "ssoSessionToken",
];

fn world(config: &str) -> World {
    let world = World::new();
    world.write(".aws/config", config.as_bytes());
    world.write(SSO_TOKEN, sso_token("2099-01-01T00:00:00Z").as_bytes());
    world.write("token", b"WEBTOKEN");
    world
}

fn role() -> World {
    world(&format!(
        "[profile audit]\n{ROLE}source_profile = base\n{BASE}"
    ))
}

fn run(world: &World, more: &[&str]) -> Output {
    world
        .command(env!("CARGO_BIN_EXE_wsb").as_ref())
        .args(get_session())
        .args(["--profile", "audit"])
        .args(more)
        .output()
        .unwrap()
}

#[track_caller]
fn call(world: &World, more: &[&str]) -> Output {
    let output = run(world, &[&["-vv"], more].concat());
    assert!(output.status.success(), "{output:?}");
    for secret in SECRETS {
        for shown in [&output.stdout, &output.stderr] {
            assert!(
                !String::from_utf8_lossy(shown).contains(secret),
                "{output:?}"
            );
        }
    }
    output
}

fn folder(world: &World) -> PathBuf {
    world.home.join(".aws/cli/cache")
}

fn entries(world: &World) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder(world)).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_second_call_asks_for_no_credentials() {
    for (config, requests, entries_wanted, identity) in [
        (
            format!("[profile audit]\n{ROLE}source_profile = base\n{BASE}"),
            1,
            1,
            "Auditor.BY.AKIABASE",
        ),
        (
            format!(
                "[profile audit]\n{ROLE}source_profile = middle\n[profile middle]\nrole_arn = arn:aws:iam::123456789012:role/Middle\nsource_profile = base\n{BASE}"
            ),
            2,
            2,
            "Auditor.BY.Middle.BY.AKIABASE",
        ),
        (
            format!("[profile audit]\n{ROLE}web_identity_token_file = {{HOME}}/token\n"),
            1,
            1,
            "Auditor.BY.WEBTOKEN",
        ),
        (
            format!("[profile audit]\n{SSO_PROFILE}{SSO_SESSION}"),
            1,
            1,
            "Auditor.OF.123456789012.BY.SIGNEDIN",
        ),
    ] {
        let world = world(&config);
        call(&world, &[]);
        assert_eq!(world.requests_for_credentials(), requests, "{config}");
        call(&world, &[]);
        assert_eq!(world.requests_for_credentials(), requests, "{config}");
        assert_eq!(world.identity().as_deref(), Some(identity));
        let entries = entries(&world);
        assert_eq!(entries.len(), entries_wanted, "{entries:?}");
        for entry in entries {
            assert_eq!(mode(&entry), 0o600, "{entry:?}");
        }
        assert_eq!(mode(&folder(&world)), 0o700);
    }
}

#[test]
fn an_entry_that_cannot_be_used_costs_a_call_and_is_replaced() {
    let world = role();
    call(&world, &[]);
    let entry = entries(&world).pop().unwrap();
    let sound = std::fs::read_to_string(&entry).unwrap();
    let expired = sound.replace("2099-01-01", "2020-01-01");
    assert_ne!(expired, sound);
    for (number, content) in ["", "{", "[]", "null", &expired, &sound[..sound.len() - 9]]
        .iter()
        .enumerate()
    {
        std::fs::write(&entry, content).unwrap();
        call(&world, &[]);
        assert_eq!(world.requests_for_credentials(), number + 2, "{content}");
        assert_eq!(std::fs::read_to_string(&entry).unwrap(), sound);
    }
    let before = world.requests_for_credentials();
    std::fs::remove_file(&entry).unwrap();
    std::fs::create_dir(&entry).unwrap();
    call(&world, &[]);
    assert_eq!(world.requests_for_credentials(), before + 1);
    assert_eq!(entries(&world), [entry], "nothing is left behind");
}

#[test]
fn no_file_is_written_through_a_link() {
    let world = role();
    call(&world, &[]);
    let entry = entries(&world).pop().unwrap();
    let victim = world.home.join("victim");
    std::fs::write(&victim, "precious").unwrap();
    std::fs::remove_file(&entry).unwrap();
    symlink(&victim, &entry).unwrap();
    call(&world, &[]);
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
    assert!(std::fs::symlink_metadata(&entry).unwrap().is_file());
    assert_eq!(mode(&entry), 0o600);
}

#[test]
fn a_folder_that_cannot_be_written_is_passed_over_in_silence() {
    let world = role();
    world.write(".aws/cli", b"a file in its place");
    let output = world
        .command(env!("CARGO_BIN_EXE_wsb").as_ref())
        .args(get_session())
        .args(["--profile", "audit"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn the_option_keeps_it_from_being_read_and_written() {
    let world = role();
    call(&world, &["--no-credential-cache"]);
    assert!(entries(&world).is_empty());
    call(&world, &[]);
    let entry = entries(&world).pop().unwrap();
    let written = std::fs::read_to_string(&entry).unwrap();
    std::fs::write(&entry, written.replace("Auditor.BY", "Cached.BY")).unwrap();
    call(&world, &[]);
    assert_eq!(world.identity().unwrap(), "Cached.BY.AKIABASE");
    call(&world, &["--no-credential-cache"]);
    assert_eq!(world.identity().unwrap(), "Auditor.BY.AKIABASE");
}

#[test]
fn credentials_that_end_within_a_quarter_of_an_hour_are_asked_for_again() {
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(10);
    let end = soon.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let world = World {
        server: Server::start(move |request, _| answer(request, &end)),
        ..role()
    };
    call(&world, &[]);
    call(&world, &[]);
    assert_eq!(world.requests_for_credentials(), 2);
}

#[test]
fn calls_at_the_same_time_all_end_well() {
    let world = role();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| call(&world, &[]));
        }
    });
    let entries = entries(&world);
    assert_eq!(entries.len(), 1, "{entries:?}");
    let before = world.requests_for_credentials();
    call(&world, &[]);
    assert_eq!(world.requests_for_credentials(), before);
}

#[test]
fn an_entry_that_others_can_write_to_is_requested_again() {
    let world = role();
    call(&world, &[]);
    let entry = entries(&world).pop().unwrap();
    let writable = std::fs::Permissions::from_mode(0o666);
    std::fs::set_permissions(&entry, writable).unwrap();
    call(&world, &[]);
    assert_eq!(world.requests_for_credentials(), 2);
    assert_eq!(mode(&entry), 0o600);
}

#[test]
fn a_fifo_in_place_of_an_entry_is_not_waited_for() {
    let world = role();
    call(&world, &[]);
    let entry = entries(&world).pop().unwrap();
    std::fs::remove_file(&entry).unwrap();
    let mkfifo = std::process::Command::new("mkfifo").arg(&entry).status();
    assert!(mkfifo.unwrap().success());
    call(&world, &[]);
    assert_eq!(world.requests_for_credentials(), 2);
}

#[test]
fn a_umask_of_0777_locks_the_owner_out_of_no_file() {
    let world = world(&format!("[profile audit]\n{SSO_PROFILE}{SSO_SESSION}"));
    let expired = renewable_sso_token("2020-01-01T00:00:00Z");
    world.write(SSO_TOKEN, expired.as_bytes());
    let program = env!("CARGO_BIN_EXE_wsb");
    let output = world
        .command("/bin/sh".as_ref())
        .args(["-c", "umask 0777; exec \"$0\" \"$@\"", program])
        .args(get_session())
        .args(["--profile", "audit"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let entries = entries(&world);
    assert_eq!(entries.len(), 1, "{output:?}");
    for file in [entries[0].clone(), world.home.join(SSO_TOKEN)] {
        assert_eq!(mode(&file), 0o600, "{file:?}");
    }
    assert_eq!(mode(&folder(&world)), 0o700);
}

#[test]
fn credentials_that_cannot_be_used_are_not_written() {
    let sso = || world(&format!("[profile audit]\n{SSO_PROFILE}{SSO_SESSION}"));
    for (world, end) in [
        (role(), "2020-01-01T00:00:00Z"),
        (sso(), "2020-01-01T00:00:00Z"),
        (role(), "malformed"),
        (sso(), "malformed"),
    ] {
        let server = Server::start(move |request, _| match end {
            "malformed" => {
                let Act::Send(reply) = answer(request, "2099-01-01T00:00:00Z") else {
                    panic!("another act");
                };
                let mut reply = String::from_utf8(reply).unwrap();
                for key in ["stsSecretAccessKey", "ssoSecretAccessKey"] {
                    reply = reply.replace(key, "secret access key.");
                }
                Act::Send(reply.into_bytes())
            }
            end => answer(request, end),
        });
        let world = World { server, ..world };
        let output = run(&world, &[]);
        assert_eq!(output.status.code(), Some(8), "{output:?}");
        assert!(entries(&world).is_empty(), "{output:?}");
    }
}

#[test]
fn a_renewal_without_a_lifetime_leaves_the_token_file_as_it_is() {
    for lifetime in [json!(null), json!(0), json!(-1)] {
        let server = Server::start(move |request, _| {
            if request.target != "/token" {
                return answer(request, "2099-01-01T00:00:00Z");
            }
            let reply = json!({
                "accessToken": "RENEWED", "expiresIn": lifetime, "tokenType": "Bearer",
            });
            Act::json(200, &reply.to_string())
        });
        let world = World {
            server,
            ..world(&format!("[profile audit]\n{SSO_PROFILE}{SSO_SESSION}"))
        };
        let expired = renewable_sso_token("2020-01-01T00:00:00Z");
        world.write(SSO_TOKEN, expired.as_bytes());
        let output = run(&world, &[]);
        assert_eq!(output.status.code(), Some(8), "{output:?}");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains("returned no valid token"), "{stderr}");
        let file = std::fs::read_to_string(world.home.join(SSO_TOKEN)).unwrap();
        assert_eq!(file, expired);
    }
}

#[test]
fn commands_that_renew_a_session_at_the_same_time_all_succeed() {
    // Each refresh token can be used once.
    let valid = std::sync::Mutex::new("ssoRefreshToken".to_owned());
    let server = Server::start(move |request, number| {
        if request.target != "/token" {
            return answer(request, "2099-01-01T00:00:00Z");
        }
        let mut valid = valid.lock().unwrap();
        if !request.body.contains(&format!("\"{valid}\"")) {
            return Act::json(400, "{\"error\": \"invalid_grant\"}");
        }
        *valid = format!("refreshToken{number}");
        let reply = serde_json::json!({
            "accessToken": "RENEWED", "expiresIn": 28800, "tokenType": "Bearer", "refreshToken": *valid,
        });
        Act::json(200, &reply.to_string())
    });
    let world = World {
        server,
        ..world(&format!("[profile audit]\n{SSO_PROFILE}{SSO_SESSION}"))
    };
    let expired = renewable_sso_token("2020-01-01T00:00:00Z");
    world.write(SSO_TOKEN, expired.as_bytes());
    std::thread::scope(|scope| {
        for _ in 0..5 {
            scope.spawn(|| call(&world, &["--no-credential-cache"]));
        }
    });
    let identity = world.identity();
    assert_eq!(
        identity.as_deref(),
        Some("Auditor.OF.123456789012.BY.RENEWED")
    );
}

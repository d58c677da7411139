//! Settings of the environment and the profile whose values mean nothing, or little.

use std::collections::BTreeSet;
use std::path::Path;

use crate::documents::Document;
use crate::support::{Act, PORTAL, SESSION, Server, Wsb, session_reply, wsb};

fn call(server: &Server) -> Wsb {
    wsb(["get-session", PORTAL, SESSION, "--field", "username"]).against(&server.url())
}

fn service() -> Server {
    Server::always(Act::json(200, &session_reply()))
}

#[test]
fn a_setting_that_means_nothing_is_2_and_named_with_what_it_can_be() {
    let server = service();
    for (variable, key, values, wanted) in [
        (
            "AWS_RETRY_MODE",
            "retry_mode",
            &["bogus", "1"][..],
            "standard, adaptive or legacy",
        ),
        (
            "AWS_MAX_ATTEMPTS",
            "max_attempts",
            &["x", "0", "-1", "4294967296"],
            "a whole number, 1 or more",
        ),
        (
            "AWS_USE_FIPS_ENDPOINT",
            "use_fips_endpoint",
            &["yes", "1"],
            "true or false",
        ),
        (
            "AWS_USE_DUALSTACK_ENDPOINT",
            "use_dualstack_endpoint",
            &["on"],
            "true or false",
        ),
        (
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
            "ignore_configured_endpoint_urls",
            &["tru"],
            "true or false",
        ),
    ] {
        for value in values {
            let says = [variable, &format!("{value:?}"), wanted];
            call(&server).env(variable, value).run().code(2).says(&says);
            let says = [&format!("{key} of profile \"default\" ("), says[1], wanted];
            call(&server)
                .config_file(&format!("[default]\n{key} = {value}\n"))
                .run()
                .code(2)
                .says(&says);
        }
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn every_retry_mode_of_the_aws_cli_is_taken() {
    let server = service();
    for mode in ["standard", "adaptive", "legacy", "Legacy", ""] {
        call(&server).env("AWS_RETRY_MODE", mode).run().code(0);
        call(&server)
            .config_file(&format!("[default]\nretry_mode = {mode}\n"))
            .run()
            .code(0);
    }
}

#[test]
fn an_empty_variable_leaves_the_setting_to_the_profile() {
    let server = Server::always(Act::error(500, "InternalServerException", "oops"));
    call(&server)
        .env("AWS_MAX_ATTEMPTS", "")
        .config_file("[default]\nmax_attempts = 2\n")
        .run()
        .code(7);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn attempts_of_the_flag_make_those_of_the_environment_irrelevant() {
    let server = Server::always(Act::error(500, "InternalServerException", "oops"));
    call(&server)
        .env("AWS_MAX_ATTEMPTS", "x")
        .args(["--max-attempts", "2"])
        .run()
        .code(7);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_providers_endpoint_that_cannot_be_called_is_2_with_its_place_and_only_if_it_is_called() {
    let server = service();
    for (variable, lines, place) in [
        ("AWS_ENDPOINT_URL_STS", "", "AWS_ENDPOINT_URL_STS "),
        ("AWS_ENDPOINT_URL", "", "AWS_ENDPOINT_URL "),
        (
            "",
            "endpoint_url = URL",
            "endpoint_url of profile \"audit\" (",
        ),
        (
            "",
            "services = s\n[services s]\nsts =\n  endpoint_url = URL",
            "endpoint_url of sts in [services s] (",
        ),
    ] {
        for (url, fault) in [
            ("sts.corp.internal:8443", "neither http nor https"),
            ("//sts.corp.internal", "not a URL with a scheme and a host"),
            ("https://user:hunter2@h.example", "a password"),
            ("https://sts.{region}.amazonaws.com", "a host that is not"),
        ] {
            let lines = lines.replace("URL", url);
            let profiles = format!(
                "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = s\n\
                 [profile audit]\nsource_profile = base\nrole_arn = arn:aws:iam::123456789012:role/x\n{lines}\n"
            );
            let call = || {
                let call = call(&server).args(["-v"]).config_file(&profiles);
                match variable {
                    "" => call,
                    _ => call.env(variable, url),
                }
            };
            let run = call().args(["--profile", "audit"]).run();
            run.code(2).says(&[place, fault]);
            for hidden in ["hunter2", "Request {", "RoleArn"] {
                assert!(!run.stderr.contains(hidden), "{run:?}");
            }
            call().env("AWS_PROFILE", "audit").run().code(0);
        }
    }
}

/// The words of a text that are in these marks.
fn marked(text: &str, mark: char) -> BTreeSet<String> {
    let words = text.split(mark).skip(1).step_by(2);
    words.map(str::to_owned).collect()
}

/// The string literals of a source file, without its comments and tests.
fn literals(path: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let source = std::fs::read_to_string(path).unwrap();
    let code = source.split("#[cfg(test)]").next().unwrap().lines();
    let code = code.filter(|line| !line.trim().starts_with("//"));
    marked(&code.collect::<Vec<_>>().join("\n"), '"')
}

#[test]
fn the_document_lists_every_variable_and_key_that_is_read() {
    let mut read = literals("src/config/names.rs");
    for path in [
        "src/cli/completion/cache.rs",
        "src/cli/environment.rs",
        "src/delivery/destination.rs",
        "src/diagnostics/preferences.rs",
        "src/output/terminal.rs",
    ] {
        let is_variable = |word: &String| {
            word.starts_with(|first: char| first.is_ascii_uppercase())
                && word.chars().all(|c| c.is_ascii_uppercase() || c == '_')
        };
        read.extend(literals(path).into_iter().filter(is_variable));
    }
    // Only debug builds read it.
    read.remove("WSB_TEST_INTERVAL");
    let rows = Document::read("docs/settings.md").table("## All variables and keys");
    let listed = rows
        .iter()
        .flat_map(|row| marked(&row[0], '`').into_iter().chain(marked(&row[1], '`')));
    assert_eq!(listed.collect::<BTreeSet<_>>(), read);
}

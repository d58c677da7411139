//! Completion at the prompt.

use crate::support::{PORTAL, SESSION, folder, wsb};

/// What is offered for the last of these words, the cache holding one portal and one session.
fn offered(words: &[&str], cache: &[(&str, &str)]) -> Vec<String> {
    let home = folder();
    std::fs::create_dir_all(home.join("wsb")).unwrap();
    for (list, text) in cache {
        std::fs::write(home.join("wsb").join(list), text).unwrap();
    }
    let run = wsb(["--", "wsb"])
        .args(words)
        .env("XDG_CACHE_HOME", home)
        .env("WSB_COMPLETE", "bash")
        .env("_CLAP_IFS", "\n")
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
        .run();
    run.code(0);
    assert_eq!(run.stderr, "");
    run.stdout.lines().map(str::to_owned).collect()
}

/// Another portal, and a session of it.
const OTHER: &str = "22222222-2222-4222-8222-222222222222";
const OTHERS: &str = "aaaaaaaa-0001-4000-8000-000000000002";

/// What is offered with a cache of two portals that have a session each.
fn known(words: &[&str]) -> Vec<String> {
    let sessions = format!("{PORTAL} {SESSION}\n{OTHER} {OTHERS}");
    offered(
        words,
        &[
            ("portals", &format!("{PORTAL}\n{OTHER}")),
            ("sessions", &sessions),
        ],
    )
}

#[test]
fn ids_of_the_last_lists_are_offered_where_they_belong() {
    assert_eq!(known(&["get-session", "1"]), [PORTAL]);
    assert_eq!(known(&["get-session", PORTAL, "a"]), [SESSION]);
    assert_eq!(known(&["wait-session", OTHER, OTHERS, "a"]), [OTHERS]);
    assert_eq!(known(&["list-sessions", "1"]), [PORTAL]);
    assert_eq!(known(&["get-session", PORTAL, "zz"]), [""; 0]);
}

#[test]
fn a_name_is_a_portal_of_which_any_session_may_be() {
    assert_eq!(
        known(&["get-session", "Contractors", "a"]),
        [SESSION, OTHERS]
    );
}

#[test]
fn the_aws_clis_spelling_is_completed_too() {
    assert_eq!(known(&["get-session", "--portal-id", "1"]), [PORTAL]);
    let words = ["get-session", "--portal-id", OTHER, "--session-id", "a"];
    assert_eq!(known(&words), [OTHERS]);
    assert_eq!(known(&["list-sessions", "--portal-id", "2"]), [OTHER]);
}

#[test]
fn a_cache_that_is_missing_or_forged_offers_nothing_and_says_nothing() {
    assert_eq!(offered(&["get-session", "1"], &[]), [""; 0]);
    let forged = [("portals", "1$(reboot)\n1;ls\n\u{1b}[31m")];
    assert_eq!(offered(&["get-session", "1"], &forged), [""; 0]);
}

#[test]
fn commands_and_values_are_offered_too() {
    assert!(offered(&["wait"], &[]).contains(&"wait-session".to_owned()));
    assert!(offered(&["get-session", "--output", "js"], &[]).contains(&"jsonl".to_owned()));
}

#[test]
fn a_list_that_nobody_looks_at_leaves_no_cache() {
    let home = folder();
    let run = wsb(["local", "--", "wsb", "list-portals"])
        .env("XDG_CACHE_HOME", &home)
        .run();
    run.code(0);
    assert!(!home.join("wsb").exists());
}

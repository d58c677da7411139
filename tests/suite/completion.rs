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

const CACHE: &[(&str, &str)] = &[("portals", PORTAL), ("sessions", SESSION)];

#[test]
fn ids_of_the_last_lists_are_offered_where_they_belong() {
    assert_eq!(offered(&["get-session", "1"], CACHE), [PORTAL]);
    assert_eq!(offered(&["get-session", PORTAL, "a"], CACHE), [SESSION]);
    assert_eq!(
        offered(&["wait-session", PORTAL, SESSION, "a"], CACHE),
        [SESSION]
    );
    assert_eq!(offered(&["list-sessions", "1"], CACHE), [PORTAL]);
    assert_eq!(offered(&["get-session", PORTAL, "zz"], CACHE), [""; 0]);
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

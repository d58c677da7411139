//! Completion at the prompt.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{CACHES, PORTAL, SESSION, folder, skip_without, wsb};

/// A cache folder with these lists, each line of which is a minute old.
fn cache(lists: &[(&str, &str)]) -> PathBuf {
    let home = folder();
    std::fs::create_dir_all(home.join("wsb")).unwrap();
    let time = jiff::Timestamp::now().as_second() - 60;
    for (list, text) in lists {
        let lines: Vec<String> = text.lines().map(|line| format!("{time}\t{line}")).collect();
        std::fs::write(home.join("wsb").join(list), lines.join("\n")).unwrap();
    }
    home
}

/// What bash is offered at the end of this line. `word` is what bash regards as the word there.
fn offered_at(line: &str, word: &str, lists: &[(&str, &str)]) -> Vec<String> {
    let run = wsb([""; 0])
        .env(CACHES, cache(lists))
        .env("WSB_COMPLETE", "bash")
        .env("_WSB_LINE", line)
        .env("_WSB_WORD", word)
        .run();
    run.code(0);
    assert_eq!(run.stderr, "");
    run.stdout.lines().map(str::to_owned).collect()
}

/// What is offered for the last of these words.
fn offered(words: &[&str], lists: &[(&str, &str)]) -> Vec<String> {
    let line = format!(" {}", words.join(" "));
    offered_at(
        &line,
        words.last().unwrap().trim_start_matches(['"', '\'']),
        lists,
    )
}

/// Another portal, and a session of it.
const OTHER: &str = "22222222-2222-4222-8222-222222222222";
const OTHERS: &str = "aaaaaaaa-0001-4000-8000-000000000002";

/// Two portals that have a session each, one portal with a name.
fn lists() -> [(&'static str, String); 2] {
    [
        (
            "portals",
            format!("{PORTAL}\t\tus-east-1\n{OTHER}\tCustomer support\tus-east-1"),
        ),
        (
            "sessions",
            format!(
                "{PORTAL}\t{SESSION}\talice\t2026-11-25 05:24:55 +00:00\n{OTHER}\t{OTHERS}\tbob\t"
            ),
        ),
    ]
}

/// What is offered where both are known.
fn known(words: &[&str]) -> Vec<String> {
    let lists = lists();
    let lists: Vec<(&str, &str)> = lists.iter().map(|(list, text)| (*list, &**text)).collect();
    offered(words, &lists)
}

#[test]
fn ids_of_the_last_lists_are_offered_where_they_belong() {
    assert_eq!(known(&["get-session", "1"]), [PORTAL]);
    assert_eq!(known(&["get-session", PORTAL, "a"]), [SESSION]);
    assert_eq!(known(&["wait-session", OTHER, "a"]), [OTHERS]);
    assert_eq!(known(&["list-sessions", "1"]), [PORTAL]);
    assert_eq!(known(&["get-session", PORTAL, "zz"]), [""; 0]);
}

#[test]
fn a_portal_is_offered_by_its_name_and_its_sessions_behind_it() {
    assert_eq!(known(&["list-sessions", "Cu"]), ["Customer\\ support"]);
    assert_eq!(known(&["list-sessions", "\"Cu"]), ["Customer support"]);
    assert_eq!(known(&["list-sessions", "2"]), [OTHER]);
    for name in ["Customer\\ support", "'Customer support'"] {
        assert_eq!(known(&["get-session", name, "a"]), [OTHERS], "{name}");
    }
}

#[test]
fn a_name_that_is_not_known_is_a_portal_of_which_any_session_may_be() {
    assert_eq!(
        known(&["get-session", "Contractors", "a"]),
        [SESSION, OTHERS]
    );
}

#[test]
fn options_are_offered_after_a_hyphen_where_they_fit() {
    for line in [
        "",
        "list-sessions ",
        "list-portals ",
        "get-session P ",
        "completions bash ",
    ] {
        let offered = offered_at(&format!(" {line}"), "", &[]);
        assert!(
            !offered.iter().any(|offer| offer.starts_with('-')),
            "{line} {offered:?}"
        );
    }
    for (line, has, has_not) in [
        ("list-sessions -", "--status", "--no-verify-ssl"),
        ("list-sessions -", "-o", "--interval"),
        ("list-sessions --status active -", "--username", "--status"),
        ("list-sessions --status=active -", "--username", "--status"),
        ("list-sessions --address 192.0.2.1 -", "--address", "--"),
        (
            "list-sessions --active-at now -",
            "--since",
            "--active-since",
        ),
        ("list-sessions --quiet -", "--region", "--verbose"),
        ("get-session --field status -", "--region", "--output"),
        ("get-session -o json -", "--region", "--field"),
        ("list-sessions P -", "--status", "--all-portals"),
        ("get-usage P -", "--since", "--all-regions"),
        ("wait-session P -", "--interval", "--all-portals"),
        ("get-session --portal-id P -", "--unique", "--all-portals"),
        ("local -", "--data", "--region"),
        ("completions -", "-h", "--profile"),
        ("-", "--region", "--status"),
    ] {
        let offered = offered_at(&format!(" {line}"), "-", &[]);
        assert!(
            offered.iter().any(|offer| offer == has),
            "{line} {has} {offered:?}"
        );
        assert!(
            !offered.iter().any(|offer| offer == has_not),
            "{line} {has_not} {offered:?}"
        );
        // Otherwise bash would insert the hyphens that all offers share.
        assert!(
            offered.iter().any(|offer| !offer.starts_with("--")),
            "{line} {offered:?}"
        );
    }
}

#[test]
fn words_are_completed_after_quotation_marks_equals_signs_and_colons() {
    let portals =
        format!("{OTHER}\tCustomer support\tus-east-1\n{PORTAL}\tTeam: A's $1\tus-east-1");
    for (line, word, offers) in [
        ("list-sessions --status=ac", "ac", &["active"][..]),
        ("list-sessions --status=", "", &["active", "terminated"]),
        ("list-sessions --output=js", "js", &["json", "jsonl"]),
        ("list-sessions --output json", "json", &["json", "jsonl"]),
        ("list-sessions \"Cust", "Cust", &["Customer support"]),
        ("list-sessions 'Cust", "Cust", &["Customer support"]),
        (
            "list-sessions --portal-id=\"Cust",
            "Cust",
            &["Customer support"],
        ),
        (
            "list-sessions Customer\\ s",
            "Customer\\ s",
            &["Customer\\ support"],
        ),
        ("list-sessions Team:", "", &["\\ A\\'s\\ \\$1"]),
        ("list-sessions \"Team", "Team", &["Team: A's \\$1"]),
        ("list-sessions 'Team", "Team", &["Team: A'\\''s $1"]),
        ("list-portals --output=ti", "ti", &[]),
        (
            "get-usage --output=",
            "",
            &["csv", "json", "jsonl", "table", "text", "yaml"],
        ),
    ] {
        let mut found = offered_at(&format!(" {line}"), word, &[("portals", &portals)]);
        found.sort_unstable();
        assert_eq!(found, offers, "{line}");
    }
}

#[test]
fn a_command_for_the_emulator_is_offered_after_two_hyphens() {
    assert_eq!(offered_at(" local ", "", &[]), [""; 0]);
    let files = offered_at(" local -- ", "", &[]);
    assert!(files.contains(&"src/".to_owned()), "{files:?}");
    assert!(!files.contains(&".".to_owned()), "{files:?}");
}

#[test]
fn a_portal_or_session_that_the_line_has_already_is_not_offered_again() {
    let offered = known(&["list-sessions", PORTAL, ""]);
    assert_eq!(offered, ["Customer\\ support"]);
    assert_eq!(known(&["get-session", PORTAL, SESSION, ""]), [""; 0]);
    // The value of an option is not a portal.
    assert_eq!(
        known(&["get-session", "--region", "us-east-1", "Cu"]),
        ["Customer\\ support"]
    );
}

#[test]
fn regions_and_profiles_are_offered() {
    assert_eq!(
        known(&["list-portals", "--region", "eu-central"]),
        ["eu-central-1"]
    );
    let config = folder().join("config");
    std::fs::write(
        &config,
        "[default]\n[profile \"dev one\"]\n[sso-session x]\n",
    )
    .unwrap();
    let run = wsb(["--", "wsb", "list-portals", "--profile", ""])
        .env("AWS_CONFIG_FILE", config)
        .env("WSB_COMPLETE", "fish")
        .run();
    assert_eq!(run.code(0).stdout, "default\ndev one\n");
}

#[test]
fn what_the_emulator_serves_is_kept_apart() {
    let lists = lists();
    let lists: Vec<(&str, &str)> = lists.iter().map(|(list, text)| (*list, &**text)).collect();
    let ask = |endpoint: &str| {
        let run = wsb(["--", "wsb", "list-sessions", "2"])
            .env(CACHES, cache(&lists))
            .env("AWS_ENDPOINT_URL_WORKSPACES_WEB", endpoint)
            .env("WSB_COMPLETE", "fish")
            .run();
        run.code(0).stdout.clone()
    };
    let option = |option: &str| {
        let line = format!(" list-sessions {option} 2");
        offered_at(&line, "2", &lists)
    };
    assert_eq!(option("--endpoint-url=http://127.0.0.1:4000"), [""; 0]);
    assert_eq!(option("--endpoint-url http://localhost:4000"), [""; 0]);
    assert_eq!(option("--endpoint-url=http://127.example"), [OTHER]);
    assert!(ask("https://vpce-1.example").contains(OTHER));
    assert_eq!(ask("http://127.0.0.1:4000"), "");
}

/// What a shell prints that has the program in its path, and a cache. Nothing if it is not installed.
fn shell(shell: &str, arguments: &[&str]) -> Option<String> {
    if skip_without(shell) {
        return None;
    }
    let lists = lists();
    let lists: Vec<(&str, &str)> = lists.iter().map(|(list, text)| (*list, &**text)).collect();
    let program = Path::new(env!("CARGO_BIN_EXE_wsb")).parent().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).collect::<Vec<_>>();
    let path = std::env::join_paths([program.to_owned()].into_iter().chain(folders)).unwrap();
    let output = Command::new(shell)
        .args(arguments)
        .env_clear()
        .env("HOME", folder())
        .env(CACHES, cache(&lists))
        .env("TERM", "dumb")
        .env("PATH", path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(unix)]
#[test]
fn bash_puts_a_name_with_a_blank_onto_the_line_as_one_word() {
    let script = r#"
        . <(wsb completions bash)
        COMP_LINE="wsb list-sessions Cu" COMP_POINT=20
        COMP_WORDS=(wsb list-sessions Cu); COMP_CWORD=2; COMPREPLY=()
        _wsb wsb Cu list-sessions
        printf '%s\n' "${COMPREPLY[@]}""#;
    let Some(found) = shell("bash", &["--norc", "-c", script]) else {
        return;
    };
    assert_eq!(found, "Customer\\ support\n");
}

#[test]
fn fish_shows_what_describes_a_portal_and_a_session() {
    let script = r#"
        wsb completions fish | source
        complete -C 'wsb list-sessions Cu'
        complete -C 'wsb get-session Customer\ support a'
        complete -C 'wsb get-session 1'"#;
    let Some(found) = shell("fish", &["--no-config", "-c", script]) else {
        return;
    };
    assert_eq!(
        found,
        format!("Customer support\t{OTHER} us-east-1\n{OTHERS}\tbob\n{PORTAL}\tus-east-1\n")
    );
}

#[test]
fn fish_offers_shells_values_and_files_where_they_fit() {
    let script = r#"
        wsb completions fish | source
        complete -C 'wsb completions '
        echo -
        complete -C 'wsb get-session /et'
        echo -
        complete -C 'wsb get-session --ca-bundle /et'
        echo -
        complete -C 'wsb list-sessions --status=ac'
        echo -
        complete -C 'wsb list-sessions "Cust'"#;
    let Some(found) = shell("fish", &["--no-config", "-c", script]) else {
        return;
    };
    let found: Vec<&str> = found
        .lines()
        .map(|line| line.split('\t').next().unwrap())
        .collect();
    let expected = [
        "bash",
        "elvish",
        "fish",
        "powershell",
        "zsh",
        "-",
        "-",
        "/etc/",
        "-",
        "--status=active",
        "-",
        "Customer support",
    ];
    assert_eq!(found, expected);
}

#[test]
fn elvish_offers_portals_and_their_sessions() {
    // Only an interactive elvish has the module `edit:`, to which the script adds its function.
    let script = r#"
        use str
        var script = (wsb completions elvish | slurp)
        eval (str:replace 'set edit:completion:arg-completer[wsb] =' 'var complete =' $script)^
            &on-end={|names| set complete~ = $names[complete] }
        complete wsb list-sessions Cu
        echo -
        complete wsb get-session 'Customer support' a
        echo -
        complete wsb list-sessions --status=ac
        echo -
        complete wsb completions ''"#;
    let script = format!("var complete~ = {{|@words| }}\n{script}");
    let Some(found) = shell("elvish", &["-norc", "-c", &script]) else {
        return;
    };
    let shells = "bash\nelvish\nfish\npowershell\nzsh\n";
    assert_eq!(
        found,
        format!("Customer support\n-\n{OTHERS}\n-\n--status=active\n-\n{shells}")
    );
}

#[test]
fn powershell_offers_portals_quoted_and_their_sessions() {
    // Neither Debian nor another registry of CI has PowerShell.
    if Command::new("pwsh").arg("-Version").output().is_err() {
        return;
    }
    let script = r#"
        wsb completions powershell | Out-String | Invoke-Expression
        foreach ($line in 'wsb list-sessions Cu', "wsb get-session 'Customer support' a",
                'wsb list-sessions --status=ac', 'wsb completions ') {
            (TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches |
                ForEach-Object { $_.CompletionText }
        }"#;
    let Some(found) = shell("pwsh", &["-NoProfile", "-Command", script]) else {
        return;
    };
    let found: Vec<&str> = found.lines().collect();
    let shells = ["bash", "elvish", "fish", "powershell", "zsh"];
    let expected = [
        &["'Customer support'", OTHERS, "--status=active"],
        &shells[..],
    ];
    assert_eq!(found, expected.concat());
}

/// What zsh shows for the line when TAB is pressed, in a terminal of its own.
fn zsh(script: &str, line: &str) -> Option<String> {
    let driver = format!(
        r#"
        zmodload zsh/zpty
        zpty z zsh -f -i
        zpty -w z 'PS1="ready> "; autoload -Uz compinit; compinit -u; {script}; zstyle ":completion:*" list-prompt ""; LISTMAX=1000; stty columns 200; echo go'
        local text=; local all=
        while zpty -r z text; do all+=$text; [[ $all == *$'\n'go* ]] && break; done
        # The line is killed behind TAB, and a word shows that all of it was read.
        zpty -n -w z $'{line}\t\x15echo end$((1 + 1))\n'
        all=
        while zpty -r z text; do all+=$text; [[ $all == *end2* ]] && break; done
        print -r -- $all"#
    );
    shell(
        "zsh",
        &["-f", "-c", &format!("main() {{ {driver} }}; main")],
    )
}

#[test]
fn zsh_offers_portals_by_name_and_no_commands_of_the_system() {
    let dynamic = ". <(wsb completions zsh)";
    let Some(mut found) = zsh(dynamic, "wsb get-session ") else {
        return;
    };
    // zsh lists nothing where more input is waiting already when it has the candidates.
    for _ in 0..20 {
        if found.contains("Customer") {
            break;
        }
        found = zsh(dynamic, "wsb get-session ").unwrap();
    }
    assert!(found.contains("Customer"), "{found}");
    assert!(found.contains(OTHER), "{found}");
    assert!(!found.contains("bash"), "{found}");
    assert!(!found.contains("no-verify-ssl"), "{found}");
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
        .env(CACHES, &home)
        .run();
    run.code(0);
    assert!(!home.join("wsb").exists());
}

#[cfg(unix)]
#[test]
fn a_cache_that_is_no_private_file_offers_nothing_and_never_hangs() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let lists = lists();
    let lists: Vec<(&str, &str)> = lists.iter().map(|(list, text)| (*list, &**text)).collect();
    for kind in ["fifo", "device", "writable", "folder"] {
        let home = cache(&lists);
        let path = home.join("wsb/portals");
        if kind == "writable" {
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o666)).unwrap();
        } else {
            std::fs::remove_file(&path).unwrap();
        }
        match kind {
            "fifo" => assert!(
                Command::new("mkfifo")
                    .arg(&path)
                    .status()
                    .unwrap()
                    .success()
            ),
            "device" => symlink("/dev/zero", &path).unwrap(),
            "folder" => std::fs::create_dir(&path).unwrap(),
            _ => {}
        }
        let run = wsb([""; 0])
            .env(CACHES, &home)
            .env("WSB_COMPLETE", "bash")
            .env("_WSB_LINE", " list-sessions 2")
            .env("_WSB_WORD", "2")
            .run();
        assert_eq!(run.code(0).stdout, "", "{kind}");
    }
}

#[test]
fn items_are_offered_for_an_hour() {
    let home = cache(&[]);
    let now = jiff::Timestamp::now().as_second();
    let lines = format!("{}\t{PORTAL}\t\t\n{}\t{OTHER}\t\t", now - 3500, now - 3700);
    std::fs::write(home.join("wsb/portals"), lines).unwrap();
    let run = wsb([""; 0])
        .env(CACHES, &home)
        .env("WSB_COMPLETE", "bash")
        .env("_WSB_LINE", " list-sessions ")
        .run();
    assert_eq!(run.code(0).stdout, format!("{PORTAL}\n"));
}

#[cfg(unix)]
#[test]
fn no_words_make_completion_fail() {
    use std::os::unix::ffi::OsStrExt;
    let odd = std::ffi::OsStr::from_bytes(b"\xe9\xff");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell", "tcsh"] {
        for words in [
            &["--"][..],
            &["--", "wsb"],
            &["--", "wsb", "--=", ""],
            &["--", "wsb", "local", "--", "--"],
        ] {
            for index in ["", "0", "1", "99", "-1", "99999999999999999999"] {
                let run = wsb(words)
                    .args([odd])
                    .env("WSB_COMPLETE", shell)
                    .env("_CLAP_COMPLETE_INDEX", index)
                    .env("_WSB_LINE", odd)
                    .run();
                assert_eq!(run.code(0).stderr, "", "{shell} {words:?} {index}");
            }
        }
    }
}

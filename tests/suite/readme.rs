//! The README: what it shows is what the program does.
//!
//! Every `sh` block is run, in order and in one folder, against the stand-in, unless the line above
//! it is a comment that says why not. A `text` block right behind it is what it prints.

use std::path::Path;
use std::process::{Command, Stdio};

use wsb::diagnostics;

use crate::generated::generate;
use crate::support::folder;

const README: &str = include_str!("../../README.md");

/// An example of the README.
#[derive(Debug)]
struct Example {
    line: usize,
    script: String,
    output: Option<String>,
}

/// The examples that are to be run.
fn examples() -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut lines = README.lines().enumerate().peekable();
    let mut is_run = true;
    // Where the last example ended, if nothing but blank lines has come since.
    let mut follows = false;
    while let Some((number, line)) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else {
            if line.starts_with("<!-- not run: ") {
                is_run = false;
            } else if !line.is_empty() {
                follows = false;
            }
            continue;
        };
        let content: String = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| *line != "```")
            .flat_map(|line| [line, "\n"])
            .collect();
        match kind {
            "sh" if is_run => examples.push(Example {
                line: number + 1,
                script: content,
                output: None,
            }),
            "text" if follows => {
                examples.last_mut().expect("an example").output = Some(content);
            }
            "sh" | "json" => {}
            other => panic!("line {}: what is a block of {other:?}?", number + 1),
        }
        follows = kind == "sh" && is_run;
        is_run = true;
    }
    examples
}

/// `text` with every date and time replaced: the stand-in's are relative to now.
fn timeless(text: &str) -> String {
    let is_date = |bytes: &[u8]| {
        bytes.len() >= 10
            && bytes[..10]
                .iter()
                .enumerate()
                .all(|(place, byte)| match place {
                    4 | 7 => *byte == b'-',
                    _ => byte.is_ascii_digit(),
                })
    };
    let mut timeless = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if !is_date(rest.as_bytes()) {
            timeless.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let end = rest[10..]
            .find(|c: char| !(c.is_ascii_digit() || "T:.Z+- ".contains(c)))
            .map_or(rest.len(), |end| 10 + end);
        // A blank behind the time is the layout's.
        let end = rest[..end].trim_end().len();
        timeless.push_str("TIME");
        rest = &rest[end..];
    }
    timeless
}

#[test]
fn every_example_prints_what_is_shown() {
    assert!(
        Command::new("jq").arg("--version").output().is_ok(),
        "the README's examples need jq: apt-get install jq"
    );
    let folder = folder();
    let examples = examples();
    let assignments = examples
        .iter()
        .find(|example| example.script.starts_with("PORTAL="))
        .expect("the block that names the portal");
    for example in &examples {
        // The program is there already; cargo would only build it again.
        let script = example.script.replace("cargo run --release -- ", "wsb ");
        let output = Command::new(env!("CARGO_BIN_EXE_wsb"))
            .args(["local", "--", "sh", "-euc"])
            .arg(format!("{}{script}", assignments.script))
            .current_dir(&folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &folder)
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let line = example.line;
        assert!(output.status.success(), "README.md:{line}: {output:#?}");
        let printed = String::from_utf8(output.stdout).unwrap();
        let shown = example.output.as_deref().unwrap_or_default();
        assert_eq!(timeless(&printed), timeless(shown), "README.md:{line}");
    }
    assert!(examples.len() > 15, "the examples were not found");
}

/// The cells of the first table behind this heading, without its header.
fn table(heading: &str) -> Vec<Vec<String>> {
    let section = README.split(heading).nth(1).expect("the heading");
    let rows = section.lines().skip_while(|line| !line.starts_with('|'));
    rows.skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells = line
                .trim_start_matches('|')
                .trim_end_matches('|')
                .split('|');
            cells.map(|cell| cell.trim().to_owned()).collect()
        })
        .collect()
}

#[test]
fn the_exit_codes_are_those_of_the_program() {
    let codes: Vec<Vec<String>> = diagnostics::TABLE
        .iter()
        .map(|row| {
            vec![
                (row.code as u8).to_string(),
                row.meaning.to_owned(),
                row.service_names.to_owned(),
            ]
        })
        .collect();
    assert_eq!(table("\n## Exit codes\n"), codes);
}

#[test]
fn the_environment_is_that_of_the_man_page() {
    let rows: Vec<Vec<String>> = generate::ENVIRONMENT
        .iter()
        .map(|(names, meaning)| {
            let names: Vec<String> = names.split(", ").map(|name| format!("`{name}`")).collect();
            vec![names.join(", "), (*meaning).to_owned()]
        })
        .collect();
    assert_eq!(table("\n## Environment\n"), rows);
}

#[test]
fn every_link_within_the_readme_leads_to_a_heading() {
    let anchors: Vec<String> = README
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .map(|heading| format!("](#{})", heading.to_lowercase().replace(' ', "-")))
        .collect();
    for (place, _) in README.match_indices("](#") {
        let link = &README[place..];
        let link = &link[..=link.find(')').unwrap()];
        assert!(anchors.iter().any(|anchor| anchor == link), "{link}");
    }
}

#[test]
fn every_source_and_test_that_the_threat_model_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let words = include_str!("../../SECURITY.md").split('`').skip(1);
    let paths: Vec<&str> = words
        .step_by(2)
        .filter(|word| word.starts_with("src/") || word.starts_with("tests/"))
        .collect();
    for path in &paths {
        assert!(root.join(path).is_file(), "{path}");
    }
    assert!(paths.len() > 20, "the paths were not found");
}

#[test]
fn the_policy_is_json() {
    let policy = README.split("```json\n").nth(1).unwrap();
    let policy = policy.split("```").next().unwrap();
    let policy: serde_json::Value = serde_json::from_str(policy).unwrap();
    assert_eq!(policy["Version"], "2012-10-17");
}

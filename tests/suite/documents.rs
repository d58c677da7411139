//! The documents: what they show is what the program does.
//!
//! Every `sh` block of the README and of `docs/` is run against the emulator, unless the line above it
//! is a comment that says why not. The blocks of one document run in order and in one folder. A `text`
//! block right after one is what it prints.

use std::collections::BTreeSet;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::process::{Command, Stdio};

use wsb::diagnostics;

use crate::generated::generate;
use crate::support::{folder, skip_without};

#[cfg(target_os = "linux")]
#[path = "../../examples/terminal_picture.rs"]
#[allow(dead_code, reason = "its main is the example's")]
mod terminal_picture;

/// Programs of the examples that a machine may lack.
const EXTERNAL_PROGRAMS: [&str; 5] = ["bash", "curl", "jq", "python3", "zsh"];

/// The languages of code blocks that are not run.
const SHOWN: [&str; 5] = ["ini", "jq", "json", "rust", "text"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A document in the repository.
pub struct Document {
    /// The path from the root, as shown in failures.
    name: String,
    text: String,
}

impl Document {
    pub fn read(name: &str) -> Self {
        let text = std::fs::read_to_string(root().join(name));
        Self {
            name: name.to_owned(),
            text: text.unwrap_or_else(|error| panic!("{name}: {error}")),
        }
    }

    /// The README, and every document in `docs/`.
    fn for_users() -> Vec<Self> {
        let mut names: Vec<String> = std::fs::read_dir(root().join("docs"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".md"))
            .map(|name| format!("docs/{name}"))
            .collect();
        names.sort();
        names.insert(0, "README.md".to_owned());
        names.iter().map(|name| Self::read(name)).collect()
    }

    /// Every document that people read.
    fn all() -> Vec<Self> {
        let others = [
            "CONTRIBUTING.md",
            "SECURITY.md",
            "CHANGELOG.md",
            "benches/README.md",
            "fuzz/README.md",
        ];
        let mut documents = Self::for_users();
        documents.extend(others.map(Self::read));
        documents
    }

    /// The examples to run.
    fn examples(&self) -> Vec<Example> {
        let mut examples: Vec<Example> = Vec::new();
        let mut lines = self.text.lines().enumerate();
        let mut is_run = true;
        // Whether only blank lines have come since the last example.
        let mut follows = false;
        while let Some((number, line)) = lines.next() {
            // In a numbered list a block is indented.
            let indent = line.len() - line.trim_start().len();
            let Some(language) = line[indent..].strip_prefix("```") else {
                if line[indent..].starts_with("<!-- not run: ") {
                    is_run = false;
                } else if !line.is_empty() {
                    follows = false;
                }
                continue;
            };
            let content: String = lines
                .by_ref()
                .map(|(_, line)| line.get(indent..).unwrap_or_default())
                .take_while(|line| *line != "```")
                .flat_map(|line| [line, "\n"])
                .collect();
            match language {
                "sh" if is_run => examples.push(Example {
                    line: number + 1,
                    script: content,
                    output: None,
                }),
                "text" if follows => {
                    examples.last_mut().expect("an example").output = Some(content);
                }
                "sh" => {}
                shown if SHOWN.contains(&shown) => {}
                other => panic!("{}:{}: language {other:?}", self.name, number + 1),
            }
            follows = language == "sh" && is_run;
            is_run = true;
        }
        examples
    }

    /// The text without its code blocks and without what stands between backticks.
    fn prose(&self) -> String {
        let mut is_code = false;
        let mut prose = String::new();
        for line in self.text.lines() {
            if line.trim_start().starts_with("```") {
                is_code = !is_code;
            } else if !is_code {
                prose.extend(line.split('`').step_by(2));
                prose.push('\n');
            }
        }
        prose
    }

    /// The targets of all links and pictures, without those on the web.
    fn links(&self) -> Vec<String> {
        let prose = self.prose();
        let targets = prose.split("](").skip(1);
        targets
            .filter_map(|rest| rest.split_once(')'))
            .map(|(target, _)| target.to_owned())
            .filter(|target| !target.starts_with("https://"))
            .collect()
    }

    /// The file that a link leads to, from the root, and the heading in it.
    fn target(&self, link: &str) -> (PathBuf, Option<String>) {
        let (path, anchor) = match link.split_once('#') {
            Some((path, anchor)) => (path, Some(anchor.to_owned())),
            None => (link, None),
        };
        let mut target = PathBuf::from(&self.name);
        if !path.is_empty() {
            target.pop();
            for part in Path::new(path) {
                if part == ".." {
                    target.pop();
                } else {
                    target.push(part);
                }
            }
        }
        (target, anchor)
    }

    /// The anchors of the headings, as forges make them.
    fn anchors(&self) -> Vec<String> {
        let headings = self.text.lines().filter(|line| line.starts_with('#'));
        headings
            .map(|heading| {
                let heading = heading.trim_start_matches('#').trim().to_lowercase();
                let kept = heading
                    .chars()
                    .filter(|c| c.is_alphanumeric() || "-_ ".contains(*c));
                kept.collect::<String>().replace(' ', "-")
            })
            .collect()
    }

    /// The cells of the first table below a heading, without its header.
    pub fn table(&self, heading: &str) -> Vec<Vec<String>> {
        let heading = format!("\n{heading}\n");
        let text = format!("\n{}", self.text);
        let (_, section) = text.split_once(&heading).expect("the heading");
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
}

/// An example of a document.
#[derive(Debug)]
struct Example {
    line: usize,
    script: String,
    output: Option<String>,
}

/// `text` with every date and time replaced: the emulator's are relative to now.
fn timeless(text: &str) -> String {
    let is_date = |bytes: &[u8]| {
        bytes.len() >= 10
            && bytes[..10]
                .iter()
                .enumerate()
                .all(|(index, byte)| match index {
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
        // A blank after the time is the layout's.
        let end = rest[..end].trim_end().len();
        timeless.push_str("TIME");
        rest = &rest[end..];
    }
    timeless
}

/// Runs the examples of a document and gives their number.
fn run_examples(document: &Document) -> usize {
    let folder = folder();
    let examples = document.examples();
    // The block that gives the portal and the session their short names counts for all others.
    let assignments = examples
        .iter()
        .map(|example| example.script.as_str())
        .find(|script| script.starts_with("PORTAL="))
        .unwrap_or_default();
    for example in &examples {
        let is_used = |program: &&&str| {
            let mut words = example.script.split(|c: char| !c.is_ascii_alphanumeric());
            words.any(|word| word == **program)
        };
        if EXTERNAL_PROGRAMS
            .iter()
            .filter(is_used)
            .any(|program| skip_without(program))
        {
            continue;
        }
        // The program is built already; cargo would only build it again.
        let script = example.script.replace("cargo run --release -- ", "wsb ");
        let output = Command::new(env!("CARGO_BIN_EXE_wsb"))
            .args(["local", "--", "sh", "-euc"])
            .arg(format!("{assignments}{script}"))
            .current_dir(&folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &folder)
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let place = format!("{}:{}", document.name, example.line);
        assert!(output.status.success(), "{place}: {output:#?}");
        let is_quiet = [">", " -q"].iter().any(|part| script.contains(part));
        assert!(
            !output.stdout.is_empty() || is_quiet || !script.contains("wsb "),
            "{place} prints nothing"
        );
        if let Some(shown) = &example.output {
            let printed = String::from_utf8(output.stdout).unwrap();
            assert_eq!(timeless(&printed), timeless(shown), "{place}");
        }
    }
    examples.len()
}

#[cfg(unix)]
#[test]
fn every_example_prints_what_is_shown() {
    let number: usize = Document::for_users().iter().map(run_examples).sum();
    assert!(number > 30, "the examples were not found: {number}");
}

/// Times and durations depend on the run, and so does the second at which it was slow.
#[cfg(target_os = "linux")]
#[test]
fn the_pictures_show_what_the_program_prints() {
    let digitless = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "0");
    let program = Path::new(env!("CARGO_BIN_EXE_wsb"));
    for picture in &terminal_picture::picture::PICTURES {
        let drawn = picture.draw(program, &folder()).unwrap();
        let shown = std::fs::read_to_string(root().join("docs").join(picture.file)).unwrap();
        assert_eq!(
            digitless(&drawn),
            digitless(&shown),
            "run: cargo build && cargo run --example terminal_picture"
        );
    }
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
    let document = Document::read("docs/exit-codes.md");
    assert_eq!(document.table("# Exit codes"), codes);
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
    let document = Document::read("docs/settings.md");
    assert_eq!(document.table("## Environment"), rows);
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let mut number = 0;
    for document in Document::all() {
        for link in document.links() {
            let (path, anchor) = document.target(&link);
            let place = format!("{}: {link}", document.name);
            assert!(root().join(&path).exists(), "{place}: no such file");
            if let Some(anchor) = anchor {
                let target = Document::read(path.to_str().unwrap());
                assert!(target.anchors().contains(&anchor), "{place}: no heading");
            }
            number += 1;
        }
    }
    assert!(number > 15, "the links were not found: {number}");
}

#[test]
fn every_document_is_reached_from_the_readme() {
    let mut open = vec!["README.md".to_owned()];
    let mut reached = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !reached.insert(name.clone()) {
            continue;
        }
        let document = Document::read(&name);
        let links = document.links();
        let targets = links.iter().map(|link| document.target(link).0);
        open.extend(
            targets
                .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
                .map(|path| path.to_str().unwrap().replace(MAIN_SEPARATOR, "/")),
        );
    }
    for document in Document::all() {
        assert!(reached.contains(&document.name), "{}", document.name);
    }
}

/// The words of a command in a document, with values in place of its placeholders.
fn words(command: &str) -> Vec<String> {
    let words = command.split_whitespace().map(|word| match word {
        "S" | "SESSION" | "ID" | "$session" | "\"$SESSION\"" => {
            "11111111-1111-4111-8111-111111111111"
        }
        "N" => "5",
        "R" => "us-east-1",
        "SHELL" => "bash",
        "\"@$WHEN\"" => "@1795462200000",
        word => word.trim_matches(['\'', '"']),
    });
    words.map(str::to_owned).collect()
}

#[test]
fn the_program_accepts_every_command_that_a_document_mentions() {
    let mut number = 0;
    for document in Document::for_users() {
        let prose = document.text.split('`').skip(1).step_by(2);
        let blocks = document.text.lines().filter(|line| !line.contains('`'));
        let commands = prose.chain(blocks.map(|line| line.trim_start_matches("$user = ")));
        for command in commands {
            // What follows belongs to the shell, and a query has blanks.
            let command = command.split(" 2>").next().unwrap();
            let end = command.find([';', '|', '>', '<', '&', ')']);
            let command = &command[..end.unwrap_or(command.len())];
            let is_pattern = ["*", "...", "COMMAND", "$(", "\\", "--query"];
            if !command.starts_with("wsb ") || is_pattern.iter().any(|part| command.contains(part))
            {
                continue;
            }
            let parsed = wsb::commands::command().try_get_matches_from(words(command));
            let is_wrong = parsed.as_ref().is_err_and(clap::Error::use_stderr);
            assert!(!is_wrong, "{}: `{command}`: {parsed:?}", document.name);
            number += 1;
        }
    }
    assert!(number > 60, "the commands were not found: {number}");
}

#[test]
fn every_notation_of_a_time_is_read() {
    let rows = Document::read("docs/output.md").table("## Times and durations on the command line");
    for row in rows {
        for example in row[1].split('`').skip(1).step_by(2) {
            let parsed = wsb::cli::TimeArg::parse(example);
            assert!(parsed.is_ok(), "{example}");
        }
    }
}

#[test]
fn the_options_that_mean_the_same_in_the_aws_cli_are_accepted_and_the_others_rejected() {
    let accepted = "get-session --portal-id P --session-id S --output json --query session --region us-east-1 \
        --profile p --endpoint-url http://127.0.0.1 --ca-bundle f --cli-connect-timeout 5 --cli-read-timeout 5 \
        --no-cli-pager\nlist-sessions --portal-id P --username u --status Active --sort-by StartTimeAscending \
        --max-items 5 --output yaml\nlist-portals --output text";
    let rejected = "list-portals --max-items 5\nget-session P S --cli-connect-timeout 0\n\
        get-session P S --cli-read-timeout 0\nget-session P S --cli-input-json {}\nget-session P S --debug";
    let parse = |command: &str| {
        let arguments = words(&format!("wsb {command}"));
        wsb::commands::command().try_get_matches_from(arguments)
    };
    for command in accepted.lines() {
        assert!(parse(command).is_ok(), "{command}");
    }
    for command in rejected.lines() {
        assert!(parse(command).is_err(), "{command}");
    }
}

#[test]
fn every_source_and_test_that_a_document_names_is_there() {
    let mut number = 0;
    for document in Document::all() {
        // Code blocks have an even number of backticks, so inline code keeps its odd places.
        let words = document.text.split('`').skip(1).step_by(2);
        let paths = words.filter(|word| word.starts_with("src/") || word.starts_with("tests/"));
        for path in paths {
            assert!(root().join(path).exists(), "{}: {path}", document.name);
            number += 1;
        }
    }
    assert!(number > 20, "the paths were not found: {number}");
}

#[test]
fn the_policy_allows_the_three_operations_and_no_others() {
    let policy = std::fs::read_to_string(root().join("docs/iam-policy.json")).unwrap();
    let policy: serde_json::Value = serde_json::from_str(&policy).unwrap();
    assert_eq!(policy["Version"], "2012-10-17");
    let mut actions: Vec<&str> = Vec::new();
    for statement in policy["Statement"].as_array().unwrap() {
        assert_eq!(statement["Effect"], "Allow");
        match &statement["Action"] {
            serde_json::Value::String(action) => actions.push(action),
            several => actions.extend(
                several
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|action| action.as_str().unwrap()),
            ),
        }
    }
    actions.sort_unstable();
    let names = ["GetSession", "ListPortals", "ListSessions"];
    assert_eq!(actions, names.map(|name| format!("workspaces-web:{name}")));
}

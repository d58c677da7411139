//! What the documents say about packages: their names and versions, and no placeholder.

use std::path::Path;

/// The commands that fetch a package by its name from a registry.
const FETCHING: [&str; 9] = [
    "brew install",
    "cargo binstall",
    "cargo install",
    "npx",
    "pip install",
    "pipx install",
    "pipx run",
    "uv tool install",
    "uvx",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The README and `docs/`, by name.
fn documents() -> Vec<(String, String)> {
    let mut names = vec!["README.md".to_owned()];
    for entry in std::fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".md") {
            names.push(format!("docs/{name}"));
        }
    }
    assert!(names.len() > 1);
    names.push("release/install.md".to_owned());
    names
        .into_iter()
        .map(|name| {
            let text = std::fs::read_to_string(root().join(&name)).unwrap();
            (name, text)
        })
        .collect()
}

/// What a command that fetches packages is told to fetch: its first argument that is not an option.
fn fetched(line: &str) -> Vec<&str> {
    FETCHING
        .iter()
        .flat_map(|command| line.split(command).skip(1))
        .filter(|rest| rest.starts_with(' '))
        .filter_map(|rest| {
            let from = rest.strip_prefix(" --from").unwrap_or(rest);
            from.split_whitespace().find(|word| !word.starts_with('-'))
        })
        .map(|word| word.trim_matches(['`', '|', '.', ',', ')']))
        .collect()
}

#[test]
fn no_document_fetches_the_package_of_others_that_has_the_programs_name() {
    let mut ours = 0;
    for (name, text) in documents() {
        for (number, line) in text.lines().enumerate() {
            for package in fetched(line) {
                assert_ne!(package, "wsb", "{name}, line {}: {line}", number + 1);
                ours += usize::from(package == "wsb-cli");
            }
        }
    }
    assert!(ours >= 3, "no document fetches wsb-cli");
}

#[test]
fn what_a_command_fetches_is_found() {
    for (line, expected) in [
        ("`uvx wsb get-session`", vec!["wsb"]),
        ("| `uvx --from wsb-cli wsb --help` |", vec!["wsb-cli"]),
        ("cargo install --locked wsb", vec!["wsb"]),
        (
            "`uv tool install wsb` or `pipx install wsb-cli`",
            vec!["wsb", "wsb-cli"],
        ),
        ("wsb list-portals", vec![]),
    ] {
        let mut found = fetched(line);
        found.sort_unstable();
        assert_eq!(found, expected, "{line}");
    }
}

#[test]
fn no_reader_sees_the_placeholder_of_the_owner() {
    for (name, text) in documents() {
        assert!(!text.replace("@OWNER@", "").contains("OWNER"), "{name}");
    }
}

#[test]
fn the_install_table_of_a_release_has_places_for_its_version_and_owner_and_no_others() {
    let text = std::fs::read_to_string(root().join("release/install.md")).unwrap();
    let places: std::collections::BTreeSet<_> = text.split('@').skip(1).step_by(2).collect();
    assert_eq!(places, ["OWNER", "REPOSITORY", "VERSION"].into());
}

#[test]
fn the_files_of_a_release_in_the_documents_have_this_version() {
    let version = env!("CARGO_PKG_VERSION");
    let text = std::fs::read_to_string(root().join("docs/install.md")).unwrap();
    let mut files = 0;
    for word in text.split(['`', ' ', '/', '\n']) {
        let is_file = [".deb", ".rpm", ".tar.gz", ".cdx.json"]
            .iter()
            .any(|ending| word.len() > ending.len() && word.ends_with(ending));
        if is_file {
            assert!(word.contains(version), "{word}");
            files += 1;
        }
    }
    assert!(files >= 3, "{files}");
}

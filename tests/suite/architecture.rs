//! The modules know each other as `docs/architecture.md` says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::documents::Document;

/// The sources, with the module that each belongs to.
fn sources() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut open = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(path.read_dir().unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let module = path.strip_prefix(&root).unwrap().components().next();
            let module = module.unwrap().as_os_str().to_str().unwrap();
            sources.push((module.trim_end_matches(".rs").to_owned(), path));
        }
    }
    sources
}

/// The names between backticks.
fn names(cell: &str) -> Vec<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// The modules in the order of the table, each with those that it may know.
fn table() -> Vec<(String, Vec<String>)> {
    let rows = Document::read("docs/architecture.md").table("## The modules");
    rows.iter()
        .map(|row| (names(&row[0]).remove(0), names(&row[2])))
        .collect()
}

#[test]
fn each_module_knows_only_modules_below_it() {
    let table = table();
    let order: Vec<&String> = table.iter().map(|(module, _)| module).collect();
    for (index, (module, known)) in table.iter().enumerate() {
        for one in known {
            assert!(order[index + 1..].contains(&one), "{module} knows {one}");
        }
    }
}

#[test]
fn the_sources_use_the_modules_that_the_table_says_and_no_others() {
    let table: BTreeMap<String, Vec<String>> = table().into_iter().collect();
    let mut used: BTreeMap<&String, BTreeSet<&String>> = BTreeMap::new();
    let sources = sources();
    for (module, path) in sources.iter().filter(|(module, _)| module != "lib") {
        let known = table.get(module);
        let known = known.unwrap_or_else(|| panic!("{module} is not in the table"));
        let text = std::fs::read_to_string(path).unwrap();
        // Tests may use what they like.
        let code = text.split("#[cfg(test)]").next().unwrap();
        for line in code.lines().map(str::trim_start) {
            if line.starts_with("//") {
                continue;
            }
            for (other, _) in table.iter().filter(|(other, _)| *other != module) {
                let uses = [format!("crate::{other}"), format!("wsb::{other}")];
                if uses.iter().any(|path| line.contains(path)) {
                    assert!(known.contains(other), "{}: {line}", path.display());
                    used.entry(module).or_default().insert(other);
                }
            }
        }
    }
    for (module, known) in &table {
        for one in known {
            assert!(used[module].contains(one), "{module} does not use {one}");
        }
    }
}

#[test]
fn one_file_reads_the_environment() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readers = ["env::var", "env::home_dir", "env::set_var"];
    let mut found = BTreeSet::new();
    for (_, path) in sources() {
        let path = path.strip_prefix(root).unwrap();
        let text = std::fs::read_to_string(root.join(path)).unwrap();
        if readers.iter().any(|reader| text.contains(reader)) {
            found.insert(path.to_owned());
        }
    }
    assert_eq!(
        found,
        BTreeSet::from([PathBuf::from("src/cli/environment.rs")])
    );
}

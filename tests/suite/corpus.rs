//! What the fuzz targets have found once is checked again, on the stable toolchain.

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use proptest::prelude::*;

#[path = "../oracles/mod.rs"]
mod oracles;

/// The inputs of a target, by their files' names; `None` where there is no `fuzz/`, as in the
/// published package.
fn corpus(target: &str) -> Option<Vec<(String, Vec<u8>)>> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    if !fuzz.exists() {
        return None;
    }
    let inputs = fs::read_dir(fuzz.join("corpus").join(target))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.display().to_string(), fs::read(path).unwrap())
        })
        .collect();
    Some(inputs)
}

#[test]
fn every_oracle_has_a_fuzz_target() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let Ok(manifest) = fs::read_to_string(fuzz.join("Cargo.toml")) else {
        return;
    };
    let names = fs::read_dir(fuzz.join("fuzz_targets")).unwrap();
    let mut names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let oracles = oracles::ORACLES.map(|(name, _)| name);
    assert_eq!(names, oracles.map(|name| format!("{name}.rs")));
    for name in oracles {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
    }
}

/// The suite compiles the oracles with its own crates, and only cargo-fuzz with those of `fuzz/`.
#[test]
fn the_fuzz_targets_have_the_crates_of_the_oracles() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Ok(manifest) = fs::read_to_string(root.join("fuzz/Cargo.toml")) else {
        return;
    };
    let sources: String = fs::read_dir(root.join("tests/oracles"))
        .unwrap()
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    let own = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let packages = own.lines().filter_map(|line| line.split_once(" = "));
    // `time` is a module of the program, too.
    for (package, _) in packages.filter(|(package, _)| *package != "time") {
        let is_used = |prefix| {
            let path = format!("{prefix}{}::", package.replace('-', "_"));
            sources.contains(&path)
        };
        let is_dependency = manifest.contains(&format!("\n{package} = "));
        assert!(
            is_dependency || ![" ", "(", "<"].into_iter().any(is_used),
            "{package}"
        );
    }
}

#[test]
fn every_input_of_the_corpus_keeps_every_promise() {
    for (target, _) in oracles::ORACLES {
        let Some(inputs) = corpus(target) else {
            return;
        };
        assert!(inputs.len() > 5, "{target} has {} inputs", inputs.len());
        for (name, input) in inputs {
            let kept = catch_unwind(|| oracles::check(target, &input));
            assert!(
                kept.is_ok(),
                "{name} breaks a promise: see the message above"
            );
        }
    }
}

/// An input of the corpus with a few bytes changed, taken out or put in.
fn mutated() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    let bytes = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..4),
        proptest::sample::select(vec![
            "\u{1b}[31m",
            "\u{202e}",
            "\u{9b}",
            "\0",
            "\n",
            "\"",
            "\\",
            "{",
            "[",
            "(",
            "1e308",
            "-1",
            "18446744073709551615",
            "null",
            "é",
            "山",
            "%00",
            "&",
            "=",
            ",",
            ":",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    let change = (any::<prop::sample::Index>(), 0..4_usize, bytes);
    let inputs: Vec<_> = oracles::ORACLES
        .iter()
        .flat_map(|(target, _)| {
            let inputs = corpus(target).into_iter().flatten();
            inputs.map(|(_, input)| (*target, input))
        })
        .chain([("times", Vec::new())])
        .collect();
    (
        proptest::sample::select(inputs),
        proptest::collection::vec(change, 1..5),
    )
        .prop_map(|((target, mut input), changes)| {
            for (place, removed, bytes) in changes {
                let start = place.index(input.len() + 1);
                let end = input.len().min(start + removed);
                input.splice(start..end, bytes);
            }
            (target, input)
        })
}

proptest! {
    #[test]
    fn a_changed_input_keeps_every_promise((target, input) in mutated()) {
        oracles::check(target, &input);
    }
}

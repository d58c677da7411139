//! What must hold for any input, however hostile: a function an input, which panics where it does
//! not hold. The fuzz targets feed them with whatever they find, and the test suite with what they
//! have found.

mod cache_files;
mod command_lines;
mod completions;
mod config_files;
mod data_files;
mod errors;
mod input_lists;
mod names;
mod pem;
mod printed;
mod proxies;
mod queries;
mod replies;
mod requests;
mod shell_words;
mod time_ranges;
mod timelines;
mod times;
mod watch_states;
mod yaml;

/// A function that panics if an input breaks a promise.
pub type Oracle = fn(&[u8]);

/// Every oracle by the name of its fuzz target and of its folder in `fuzz/corpus`.
pub const ORACLES: [(&str, Oracle); 19] = [
    ("cache_files", cache_files::check),
    ("command_lines", command_lines::check),
    ("completions", completions::check),
    ("config_files", config_files::check),
    ("data_files", data_files::check),
    ("errors", errors::check),
    ("input_lists", input_lists::check),
    ("names", names::check),
    ("pem", pem::check),
    ("proxies", proxies::check),
    ("queries", queries::check),
    ("replies", replies::check),
    ("requests", requests::check),
    ("shell_words", shell_words::check),
    ("time_ranges", time_ranges::check),
    ("timelines", timelines::check),
    ("times", times::check),
    ("watch_states", watch_states::check),
    ("yaml", yaml::check),
];

/// Runs an oracle by its name.
pub fn check(name: &str, input: &[u8]) {
    let (_, oracle) = ORACLES
        .iter()
        .find(|(known, _)| *known == name)
        .unwrap_or_else(|| panic!("there is no oracle {name}"));
    oracle(input);
}

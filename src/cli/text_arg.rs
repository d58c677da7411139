//! Parses arguments that are free text, such as user names.

use std::ffi::OsStr;

use clap::builder::{NonEmptyStringValueParser, TypedValueParser};
use clap::{Arg, Command, Error};

/// Text that may start with a hyphen, but is not an option of the command. In `--username --status active`, for
/// example, a variable of a script was empty.
#[derive(Debug, Clone, Copy)]
pub struct TextArg;

impl TypedValueParser for TextArg {
    type Value = String;

    fn parse_ref(&self, cmd: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<String, Error> {
        let value = if is_option(cmd, &value.to_string_lossy()) {
            OsStr::new("")
        } else {
            value
        };
        NonEmptyStringValueParser::new().parse_ref(cmd, arg, value)
    }
}

fn is_option(command: &Command, text: &str) -> bool {
    let name = text.split('=').next().unwrap_or(text);
    let mut arguments = command.get_arguments();
    if let Some(long) = name.strip_prefix("--") {
        return arguments.any(|known| {
            known
                .get_long_and_visible_aliases()
                .is_some_and(|names| names.contains(&long))
        });
    }
    let mut short = name.strip_prefix('-').unwrap_or_default().chars();
    match (short.next(), short.next()) {
        (Some(short), None) => arguments.any(|known| known.get_short() == Some(short)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &[&str]) -> Result<String, String> {
        let status = Arg::new("status").long("status").short('s');
        let name = Arg::new("name")
            .long("name")
            .allow_hyphen_values(true)
            .value_parser(TextArg);
        let matches = Command::new("test")
            .args([name, status])
            .try_get_matches_from([&["test"], line].concat());
        matches
            .map(|mut matches| matches.remove_one("name").unwrap())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn text_may_start_with_a_hyphen_but_is_not_an_option_and_not_empty() {
        for text in ["bob", "-bob", "--bob", "-", "--", " ", "-1", "ünal"] {
            let line = format!("--name={text}");
            assert_eq!(read(&[&line]).as_deref(), Ok(text));
        }
        assert_eq!(read(&["--name", "-bob"]).as_deref(), Ok("-bob"));
        for line in [
            &["--name", "--status"][..],
            &["--name", "--status=x"],
            &["--name", "-s"],
            &["--name", ""],
            &["--name="],
        ] {
            assert!(read(line).unwrap_err().contains("'--name <name>'"));
        }
    }
}

//! What `-h` shows: one screen of 24 lines and 80 columns. `--help` shows everything.

use clap::error::ErrorKind;
use clap::{Arg, Command};

use crate::diagnostics;

/// What `-h` shows, by its name in the declaration, in words that leave each on one line.
const IN_SHORT: &[(&str, &str)] = &[
    ("active_at", "Only sessions that were running then"),
    ("address", "Only sessions that used this address or network"),
    ("all", "Every active session of the portals"),
    ("all_portals", "Every portal of the region"),
    ("all_regions", "Every portal of every region"),
    ("by", "One row per portal and day or hour"),
    ("command", "The command to run against the emulator"),
    ("data", "Serve the portals and sessions of this JSON file"),
    (
        "dynamic",
        "Complete portals and sessions of your last lists too",
    ),
    ("fail_above", "End with code 13 above this share, as in 80%"),
    ("field", "Print one field's bare value"),
    ("interval", "Time between two looks"),
    ("listen", "The address to listen on"),
    ("output", "table, json, jsonl, csv or text"),
    (
        "portals",
        "By ID, ARN, name or address [default: WSB_PORTAL]",
    ),
    (
        "positional",
        "A portal, then its sessions; - reads them from input",
    ),
    ("profile", "The profile of the AWS config files"),
    ("region", "The region"),
    ("shell", "bash, zsh, fish, powershell or elvish"),
    (
        "since",
        "Only sessions that started then or later, as in 3d",
    ),
    ("status", "active or terminated"),
    ("username", "Only sessions of this user"),
];

/// The help of the program and of each command with examples and exit codes.
pub(super) fn arranged(command: Command) -> Command {
    let command = command.after_long_help(diagnostics::help());
    each_subcommand(command, |subcommand| {
        if !calls_the_service(&subcommand) {
            return subcommand;
        }
        let examples = examples(&subcommand);
        subcommand.after_long_help(format!("{examples}\n\n{}", diagnostics::help()))
    })
}

/// The answer to `-h`, or to no arguments, in short, if it is that which the parser gave.
pub fn shortened(answer: clap::Error, command: impl FnOnce() -> Command) -> clap::Error {
    let asks_in_short = || {
        std::env::args_os()
            .take_while(|argument| argument != "--")
            .any(|argument| {
                let argument = argument.to_string_lossy();
                argument.starts_with('-') && !argument.starts_with("--") && argument.contains('h')
            })
    };
    let is_short = match answer.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => true,
        ErrorKind::DisplayHelp => asks_in_short(),
        _ => false,
    };
    if !is_short {
        return answer;
    }
    short(command()).try_get_matches().err().unwrap_or(answer)
}

fn short(command: Command) -> Command {
    let command = command
        .mut_args(in_short)
        .after_help("Try: wsb local -- wsb list-sessions --all-portals");
    each_subcommand(command, |subcommand| {
        let examples = examples(&subcommand);
        let is_one_line = |line: &&str| !line.is_empty() && !line.ends_with('\\');
        let first = examples.lines().skip(1).map(str::trim).find(is_one_line);
        let subcommand = subcommand.mut_args(in_short).disable_version_flag(true);
        match first {
            // What a line says of itself stands behind several blanks.
            Some(first) => {
                let example = first.split("  ").next().unwrap_or(first);
                subcommand.after_help(format!("Example: {example}"))
            }
            None => subcommand,
        }
    })
}

fn in_short(argument: Arg) -> Arg {
    let name = argument.get_id().to_string();
    let Some((_, help)) = IN_SHORT.iter().find(|(known, _)| *known == name) else {
        return argument.hide(true);
    };
    let argument = argument.help(*help).help_heading(None::<&str>);
    if argument.get_action().takes_values() {
        argument.hide_possible_values(true).hide_default_value(true)
    } else {
        argument
    }
}

fn each_subcommand(command: Command, change: impl Fn(Command) -> Command) -> Command {
    let names: Vec<String> = command
        .get_subcommands()
        .map(|subcommand| subcommand.get_name().to_owned())
        .collect();
    names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, &change)
    })
}

fn examples(command: &Command) -> String {
    command
        .get_after_long_help()
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn calls_the_service(command: &Command) -> bool {
    !matches!(command.get_name(), "local" | "completions")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_help_of_each_command_fits_a_screen_and_has_an_example() {
        let program = short(crate::commands::command().term_width(80));
        let names: Vec<String> = program
            .get_subcommands()
            .map(|subcommand| subcommand.get_name().to_owned())
            .collect();
        let command_lines = names.iter().map(|name| vec!["wsb", name, "-h"]);
        for line in command_lines.chain([vec!["wsb", "-h"]]) {
            let help = short(crate::commands::command().term_width(80))
                .try_get_matches_from(&line)
                .unwrap_err()
                .render()
                .to_string();
            assert!(
                help.lines().count() <= 24,
                "{}\n{help}",
                help.lines().count()
            );
            assert!(help.lines().all(|line| line.len() <= 80), "{help}");
            let has_example = help.contains("Example: ") || help.contains("Try: ");
            assert!(has_example, "{help}");
        }
    }

    #[test]
    fn the_long_help_of_each_command_of_the_service_names_the_exit_codes() {
        let mut program = crate::commands::command().disable_help_subcommand(true);
        program.build();
        for subcommand in program.get_subcommands_mut() {
            let is_of_service = calls_the_service(subcommand);
            let help = subcommand.render_long_help().to_string();
            assert_eq!(help.contains("Exit codes:"), is_of_service, "{help}");
        }
    }
}

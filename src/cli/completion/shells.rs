//! The completion scripts of the shells, and the quoting of candidates.
//!
//! The scripts for elvish, fish and zsh are clap_complete's. Its script for bash splits words at `=`, `:` and
//! quotation marks, and does not quote candidates. Its script for PowerShell passes the typed line to
//! `Invoke-Expression`: Tab would run a command in `$(...)` or in parentheses, and an open quotation mark is a
//! syntax error. It does not quote candidates either.

use std::env;

use clap::ValueEnum;
use clap_complete::Shell;
use clap_complete::engine::CompletionCandidate;
use clap_complete::env::Shells;

use super::super::Environment;
use super::VARIABLE;
use super::words::Rules;

/// The variable with the line up to the cursor, without the name of the command.
const LINE: &str = "_WSB_LINE";

/// The variable with the word that bash replaces by a candidate.
const WORD: &str = "_WSB_WORD";

const BASH: &str = r#"_wsb() {
    local line=${COMP_LINE:0:COMP_POINT} candidate
    COMPREPLY=()
    while IFS= read -r candidate; do
        [[ -n $candidate ]] && COMPREPLY+=("$candidate")
    done <<< "$(WSB_COMPLETE=bash _WSB_LINE="${line#*"${COMP_WORDS[0]}"}" _WSB_WORD="$2" wsb 2> /dev/null)"
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=/] ]]; then
        compopt -o nospace 2> /dev/null
    elif [[ ${#COMPREPLY[@]} -eq 0 && $2 == [~$]* ]]; then
        compopt -o default 2> /dev/null
    fi
}
if [[ ${BASH_VERSINFO[0]} -gt 4 || ${BASH_VERSINFO[0]} -eq 4 && ${BASH_VERSINFO[1]} -ge 4 ]]; then
    complete -o nosort -F _wsb wsb
else
    complete -F _wsb wsb
fi
"#;

const POWERSHELL: &str = r#"Register-ArgumentCompleter -Native -CommandName wsb -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $text = $commandAst.Extent.Text
    $start = $commandAst.CommandElements[0].Extent.EndOffset - $commandAst.Extent.StartOffset
    $end = $cursorPosition - $commandAst.Extent.StartOffset
    $line = $text.PadRight($end).Substring($start, $end - $start)
    $env:WSB_COMPLETE = 'powershell'
    $env:_WSB_LINE = $line
    try {
        wsb 2> $null | ForEach-Object {
            $value, $help = $_ -split "`t", 2
            if (-not $help) { $help = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $help)
        }
    } finally {
        Remove-Item Env:\WSB_COMPLETE, Env:\_WSB_LINE
    }
}
"#;

/// The script that registers completion in a shell.
pub fn registration(shell: &str) -> Option<Vec<u8>> {
    match shell {
        "bash" => return Some(BASH.into()),
        "powershell" => return Some(POWERSHELL.into()),
        _ => {}
    }
    let mut script = Vec::new();
    Shells::builtins()
        .completer(shell)?
        .write_registration(VARIABLE, "wsb", "wsb", "wsb", &mut script)
        .ok()?;
    let script = String::from_utf8(script).ok()?;
    // zsh runs a script in fpath as the completion function itself, so the script must also complete when zsh
    // loads it.
    let name = "_clap_dynamic_completer_wsb";
    let script = script.replace(
        &format!("compdef {name} wsb"),
        &format!("if [[ $funcstack[1] == _wsb ]]; then\n    {name} \"$@\"\nelse\n    compdef {name} wsb\nfi"),
    );
    Some(script.into_bytes())
}

pub(super) struct Prompt {
    shell: Shell,
    /// The words up to the cursor. The last one is to be completed, and may be empty.
    pub(super) words: Vec<String>,
    /// The quotation mark that is open at the end.
    quote: Option<char>,
    /// The word that bash replaces by a candidate. Bash splits words at `=` and `:`, so it may be only the end of
    /// the last one of `words`.
    word: String,
}

impl Prompt {
    pub(super) fn from_shell(shell: &str, environment: &Environment) -> Option<Self> {
        let shell = Shell::from_str(shell, true).ok()?;
        let (words, quote) = match shell {
            Shell::Bash => Rules::Posix.split(&environment.var(LINE)?),
            Shell::PowerShell => Rules::PowerShell.split(&environment.var(LINE)?),
            _ => (arguments(shell, environment)?, None),
        };
        Some(Self {
            shell,
            words,
            quote,
            word: environment.var(WORD).unwrap_or_default().into_owned(),
        })
    }

    /// Formats a candidate for the shell's script.
    pub(super) fn line(&self, candidate: &CompletionCandidate) -> String {
        let value = candidate.get_value().to_string_lossy();
        let help = candidate.get_help().map(ToString::to_string);
        let help = help.as_deref().and_then(|help| help.lines().next());
        let (value, separator) = match self.shell {
            Shell::Bash => {
                let typed = self.words.last().map_or("", String::as_str);
                let text = insert_in_bash(&value, typed, &self.word, self.quote);
                (text, "")
            }
            Shell::PowerShell => (insert_in_powershell(&value, self.quote), "\t"),
            Shell::Zsh => (value.replace('\\', "\\\\").replace(':', "\\:"), ":"),
            Shell::Fish => (value.into_owned(), "\t"),
            _ => (value.into_owned(), ""),
        };
        match help {
            Some(help) if !separator.is_empty() => format!("{value}{separator}{help}\n"),
            _ => format!("{value}\n"),
        }
    }
}

/// The words of the line, which the scripts for elvish, fish and zsh pass as arguments after `--` and the name of
/// the command. fish keeps quotation marks in the last word, zsh in all words.
fn arguments(shell: Shell, environment: &Environment) -> Option<Vec<String>> {
    let arguments = env::args_os().skip_while(|argument| argument != "--");
    let arguments = arguments.skip(2);
    let mut words: Vec<String> = arguments
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    if let Some(index) = environment.var("_CLAP_COMPLETE_INDEX") {
        // The name of the command has the index 0, so the index is the number of words after it.
        let count = index.parse().ok().filter(|index| *index < 10_000)?;
        words.resize(count, String::new());
    }
    let quoted = match shell {
        Shell::Zsh => words.len(),
        Shell::Fish => 1,
        _ => 0,
    };
    for word in words.iter_mut().rev().take(quoted) {
        *word = Rules::Posix.unquote(word);
    }
    Some(words)
}

/// Appends the rest of a candidate to `word`, quoted for bash. `typed` is the entire last word without quotation
/// marks; `quote` is the open quotation mark.
fn insert_in_bash(value: &str, typed: &str, word: &str, quote: Option<char>) -> String {
    let rest = value.strip_prefix(typed).unwrap_or(value);
    let is_plain = |c: char| c.is_alphanumeric() || "-_./@%+=,".contains(c);
    let mut text = word.to_owned();
    for c in rest.chars() {
        match (quote, c) {
            (Some('\''), '\'') => text.push_str("'\\''"),
            (Some('"'), '"' | '$' | '`' | '\\') => text.extend(['\\', c]),
            // In double quotation marks, bash expands its history at `!`, and keeps a backslash before it.
            (Some('"'), '!') => text.push_str("\"'!'\""),
            (None, c) if !is_plain(c) => text.extend(['\\', c]),
            _ => text.push(c),
        }
    }
    text
}

/// Quotes a candidate for PowerShell, which replaces the entire word.
fn insert_in_powershell(value: &str, quote: Option<char>) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:\\=+".contains(c);
    if quote.is_none() && value.chars().all(is_plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::completion::words::Rules;
    use proptest::prelude::*;

    #[test]
    fn every_shell_that_can_ask_has_a_script() {
        for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
            let script = String::from_utf8(registration(shell).unwrap()).unwrap();
            assert!(script.contains(VARIABLE), "{script}");
            assert_eq!(script.contains("funcstack"), shell == "zsh", "{script}");
        }
        assert_eq!(registration("tcsh"), None);
    }

    proptest! {
        #[test]
        fn what_is_inserted_is_the_candidate_again(value in "[ -~é]{1,20}", length in 0..20_usize) {
            let typed: String = value.chars().take(length).collect();
            for (quote, word) in [(Some('\''), typed.replace('\'', "'\\''")), (None, insert_in_bash(&typed, "", "", None))] {
                let open = quote.map_or_else(String::new, |quote| quote.to_string());
                let line = format!("{open}{}{open}", insert_in_bash(&value, &typed, &word, quote));
                prop_assert_eq!(Rules::Posix.unquote(&line), value.clone());
            }
            let line = format!("\"{}\"", insert_in_bash(&value, "", "", Some('"')));
            prop_assert_eq!(Rules::Posix.unquote(&line), value.clone());
            let line = insert_in_powershell(&value, None);
            prop_assert_eq!(Rules::PowerShell.unquote(&line), value);
        }
    }
}

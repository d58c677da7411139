//! The output options: format, times and selection.

use clap::Args;
use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser};

use super::Environment;
use crate::diagnostics::Failure;
use crate::output::documents::Schema;
use crate::output::query::Query;
use crate::output::{Format, Selection, Timestamps, field};

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub struct Output {
    /// Format of the results
    ///
    /// [default: table, or WSB_OUTPUT]
    #[arg(short, long, global = true, value_name = "FORMAT", ignore_case = true)]
    #[arg(help_heading = None::<&str>)]
    pub output: Option<Format>,

    /// Apply a JMESPath expression to the JSON document
    #[arg(long, global = true, value_name = "JMESPATH", hide_short_help = true)]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub query: Option<String>,

    /// Format of times
    ///
    /// [default: local time in formats for people, iso in the others]
    #[arg(long, global = true, value_name = "FORMAT", hide_short_help = true)]
    pub timestamps: Option<Timestamps>,

    /// Accepted as in the AWS CLI: wsb has no pager
    #[arg(long, global = true, hide = true)]
    pub no_cli_pager: bool,
}

impl Output {
    /// Resolves the options and `WSB_OUTPUT`. `field` is the value of `--field`.
    ///
    /// # Errors
    /// A malformed expression, an unknown format in `WSB_OUTPUT`, or `--field` with `--output` or `--query`.
    pub fn selection(
        &self,
        field: Option<String>,
        environment: &Environment,
    ) -> Result<Selection, Failure> {
        if let Some(name) = field {
            // clap does not detect the conflict if one of the options precedes the subcommand.
            if self.output.is_some() || self.query.is_some() {
                let message =
                    "--field prints a bare value: it does not go with --output or --query";
                return Err(Failure::usage(message));
            }
            return Ok(Selection::Field(name));
        }
        let format = match self.output {
            Some(format) => Some(format),
            None => environment.output_format()?,
        };
        let Some(expression) = &self.query else {
            return Ok(Selection::Whole(format.unwrap_or(Format::Table)));
        };
        let query = Query::compile(expression)
            .map_err(|error| Failure::usage(error).with_optional_hint(jq_hint(expression)))?;
        // A query's result has no fixed columns, so its default is not a table.
        Ok(Selection::Query(query, format.unwrap_or(Format::Json)))
    }
}

/// The hint for an expression in the syntax of jq, if it may be one.
fn jq_hint(expression: &str) -> Option<String> {
    let expression = expression.trim();
    let without_dots: Vec<&str> = expression
        .split('|')
        .map(|part| part.trim().trim_start_matches('.'))
        .collect();
    let without_dots = without_dots.join(" | ");
    if expression == "." {
        Some("leave --query out to get the whole document".to_owned())
    } else if expression.starts_with('.') && Query::compile(&without_dots).is_ok() {
        Some(format!(
            "JMESPath paths do not start with a dot: write '{without_dots}'"
        ))
    } else if expression.contains("select(") {
        Some("JMESPath filters with [?...], as in \"sessions[?status=='Active']\"".to_owned())
    } else if expression.starts_with('.') {
        Some("this looks like jq: pipe the output of '-o json' into it".to_owned())
    } else {
        None
    }
}

pub fn field_help(schema: &'static Schema) -> String {
    let names = field::names(schema).join(", ");
    format!("Print only the value of this field\n\nNAME is one of {names}.")
}

pub fn field_names(schema: &'static Schema) -> PossibleValuesParser {
    PossibleValuesParser::new(field::names(schema))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_for_jq_is_answered_with_one_of_jmespath() {
        for (expression, hint) in [
            (".session.username", Some("write 'session.username'")),
            (
                ".sessions[] | .username",
                Some("write 'sessions[] | username'"),
            ),
            (".", Some("leave --query out")),
            (
                ".sessions[] | select(.status)",
                Some("sessions[?status=='Active']"),
            ),
            (".sessions | map(.a)", Some("-o json")),
            ("sessions[", None),
        ] {
            let given = jq_hint(expression);
            match hint {
                Some(hint) => assert!(given.unwrap().contains(hint), "{expression}"),
                None => assert_eq!(given, None),
            }
        }
    }
}

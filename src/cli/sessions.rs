//! The arguments and options that select sessions and their portal.

use clap::Args;

use super::{Environment, PortalArguments, PortalScope, Portals};
use crate::diagnostics::{Code, Failure, Reporter};
use crate::output::Cardinality;
use crate::service::ids::{PortalReference, SessionId};

/// The argument with which a command reads sessions from standard input.
const STANDARD_INPUT: &str = "-";

/// The arguments and options of a command about sessions.
#[derive(Debug, Args)]
pub struct SessionArguments {
    /// A portal and its sessions; - reads sessions from standard input
    ///
    /// PORTAL is an ID, ARN, name or endpoint host. It may be omitted if WSB_PORTAL or --portal-id names the
    /// portal. SESSION is a session ID.
    #[arg(value_names = ["PORTAL", "SESSION"], num_args = 0..)]
    pub positional: Vec<String>,

    /// The portal, as an option like the AWS CLI's
    #[arg(long, alias = "portal-arn", value_name = "PORTAL")]
    #[arg(hide_short_help = true, conflicts_with_all = ["all_portals", "all_regions"])]
    pub portal_id: Option<PortalReference>,

    /// A session, as an option like the AWS CLI's; may be repeated
    #[arg(hide_short_help = true)]
    #[arg(long, value_name = "SESSION", num_args = 1..)]
    pub session_id: Vec<SessionId>,

    /// Request each session only once, even if it is given several times
    #[arg(long)]
    pub unique: bool,
}

/// The sessions that the arguments select, and the source of their portals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionSelection {
    pub sessions: Sessions,
    /// The source of the portal for sessions that are given without a portal.
    pub portal: PortalSource,
    pub unique: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sessions {
    Given(Vec<SessionId>),
    StandardInput,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortalSource {
    /// An argument or `WSB_PORTAL` names the portal.
    Portal(PortalReference),
    /// wsb searches these portals for the session.
    Search(Portals),
    /// Each line of standard input names its portal.
    Lines,
}

impl Sessions {
    /// [`Cardinality::One`] for a single session ID, otherwise [`Cardinality::Many`].
    pub fn cardinality(&self) -> Cardinality {
        self.single()
            .map_or(Cardinality::Many, |_| Cardinality::One)
    }

    /// The session, if only one is selected.
    pub fn single(&self) -> Option<SessionId> {
        match self {
            Self::Given(ids) if ids.len() == 1 => Some(ids[0]),
            Self::Given(_) | Self::StandardInput => None,
        }
    }
}

impl SessionArguments {
    /// Parses the arguments: sessions of one portal or, if `scope` selects portals, of any of these.
    ///
    /// # Errors
    /// A malformed ID, or no portal or session where one is required. The hint says how wsb understood the
    /// arguments.
    pub fn parse(
        self,
        scope: PortalScope,
        environment: &Environment,
        reporter: &Reporter,
    ) -> Result<SessionSelection, Failure> {
        let positional: Vec<&str> = self.positional.iter().map(String::as_str).collect();
        let (portal, rest, hint) = match scope.portals() {
            Some(portals) => {
                let hint = format!("with {}, every argument is a session", scope.option());
                (PortalSource::Search(portals), &positional[..], hint)
            }
            None => self.parse_portal(&positional, environment, reporter)?,
        };
        let sessions =
            sessions(self.session_id, rest).map_err(|failure| failure.with_default_hint(&hint))?;
        Ok(SessionSelection {
            sessions,
            portal,
            unique: self.unique,
        })
    }

    /// Returns the portal, the arguments that name sessions, and a hint for mistakes in them.
    ///
    /// The first of several arguments is the portal, even if `WSB_PORTAL` is set, so that `wsb get-session PORTAL
    /// SESSION` in a script does not depend on the environment. A single argument is a session if `WSB_PORTAL` or
    /// `--portal-id` names the portal.
    fn parse_portal<'a>(
        &self,
        positional: &'a [&'a str],
        environment: &Environment,
        reporter: &Reporter,
    ) -> Result<(PortalSource, &'a [&'a str], String), Failure> {
        // An empty WSB_PORTAL is an error only if no argument names the portal.
        let default = environment.var("WSB_PORTAL");
        let (first, rest) = match positional {
            _ if self.portal_id.is_some() => (None, positional),
            [STANDARD_INPUT] if default.is_none() && self.session_id.is_empty() => {
                return Ok((PortalSource::Lines, positional, String::new()));
            }
            [first] if !self.session_id.is_empty() || default.is_none() => (Some(*first), &[][..]),
            [] | [_] => (None, positional),
            [first, rest @ ..] => (Some(*first), rest),
        };
        let given = match first {
            Some(text) => Some(parse("PORTAL", text)?),
            None => self.portal_id.clone(),
        };
        // Portals and sessions have IDs of the same form, so the user may have meant a session.
        if let (Some(first), Some(_), Some(PortalReference::Id(_))) = (first, &default, &given) {
            let hint = format!(
                "{first} was taken for the portal, since it is the first of several arguments, so WSB_PORTAL does not count: to name sessions alone, write --session-id before them"
            );
            reporter.expect(Code::NotFound, hint);
        }
        let hint = hint(first, self.portal_id.is_some(), rest);
        let portal = PortalSource::Portal(portal(given, environment)?);
        Ok((portal, rest, hint))
    }

    /// Parses all arguments as portals, for a command that works on all of their sessions.
    ///
    /// # Errors
    /// The arguments contain a session or a malformed portal, name no portal, or name a portal twice.
    pub fn parse_portals(
        self,
        scope: PortalScope,
        environment: &Environment,
    ) -> Result<Portals, Failure> {
        if !self.session_id.is_empty() || self.positional.iter().any(|text| text == STANDARD_INPUT)
        {
            return Err(Failure::usage(
                "all sessions of the portals are waited for: name no session beside --all",
            ));
        }
        let portals = self.positional.iter().map(|text| parse("PORTAL", text));
        let portals = portals.collect::<Result<_, _>>()?;
        let arguments = PortalArguments {
            portals,
            portal_id: self.portal_id.into_iter().collect(),
            scope,
        };
        arguments.parse(environment)
    }
}

/// Describes how wsb understood the arguments: `first` as the portal and `rest` as sessions, or all as sessions
/// of the portal that `--portal-id` or `WSB_PORTAL` names.
fn hint(first: Option<&str>, has_portal_option: bool, rest: &[&str]) -> String {
    let (named_by, way_out) = if has_portal_option {
        ("--portal-id", "")
    } else {
        (
            "WSB_PORTAL",
            "; to name another portal, give it first and sessions after it; to list a portal's sessions, use list-sessions",
        )
    };
    match (first, rest) {
        (Some(first), []) => format!(
            "{first:?} was taken for the portal: name sessions after it, or \"-\" to read them from standard input; if it is a session, name its portal before it, set WSB_PORTAL, or search with --all-portals"
        ),
        (Some(first), _) => format!(
            "{first:?} was taken for the portal and the other arguments for sessions: the portal comes first"
        ),
        (None, []) => format!(
            "{named_by} names the portal: give session IDs, or \"-\" to read them from standard input"
        ),
        (None, _) => {
            format!("{named_by} names the portal, so every argument is a session{way_out}")
        }
    }
}

/// Parses an argument that the help calls `name`. An empty argument gets its own message: a script passes it if a
/// variable of the script is not set.
fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(
    name: &str,
    text: &str,
) -> Result<T, Failure> {
    if text.trim().is_empty() {
        return Err(Failure::usage(format!("{name} is empty")));
    }
    text.parse().map_err(|error| {
        let failure = Failure::usage(format!("{error}"));
        if name == "SESSION" && text.contains(',') {
            failure.with_hint("separate session IDs with spaces")
        } else {
            failure
        }
    })
}

/// Returns the portal of an argument or, without one, of `WSB_PORTAL`.
///
/// # Errors
/// There is neither, or the variable is malformed.
pub fn portal(
    given: Option<PortalReference>,
    environment: &Environment,
) -> Result<PortalReference, Failure> {
    if let Some(portal) = given {
        return Ok(portal);
    }
    let Some(text) = environment.portal()? else {
        return Err(Failure::usage("the command needs a portal").with_hint(
            "name the portal by its ID, ARN or name, set WSB_PORTAL, or search with --all-portals",
        ));
    };
    text.parse()
        .map_err(|error| Failure::usage(format!("WSB_PORTAL: {error}")))
}

fn sessions(mut ids: Vec<SessionId>, positional: &[&str]) -> Result<Sessions, Failure> {
    let count = ids.len() + positional.len();
    if positional.contains(&STANDARD_INPUT) {
        if count > 1 {
            let message = "\"-\" reads the sessions from standard input and cannot be combined with other sessions";
            return Err(Failure::usage(message));
        }
        return Ok(Sessions::StandardInput);
    }
    if count == 0 {
        return Err(Failure::usage("the command needs a session"));
    }
    for text in positional {
        ids.push(parse("SESSION", text)?);
    }
    Ok(Sessions::Given(ids))
}

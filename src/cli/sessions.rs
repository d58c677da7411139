//! The arguments that name a portal and sessions of it.

use clap::Args;

use super::{Environment, PortalArguments, PortalScope, Portals, completion};
use crate::diagnostics::{Code, Failure, Reporter};
use crate::output::Cardinality;
use crate::service::ids::{PortalReference, SessionId};

/// A portal and sessions of it, as given.
#[derive(Debug, Args)]
pub struct SessionArguments {
    /// A portal and its sessions; - reads them from stdin
    ///
    /// PORTAL is an ID, ARN, name or endpoint host. It may be omitted if WSB_PORTAL or --portal-id names the
    /// portal. SESSION is a session ID.
    #[arg(value_names = ["PORTAL", "SESSION"], num_args = 0.., add = completion::portal_then_sessions())]
    pub positional: Vec<String>,

    /// The portal, in the AWS CLI's notation
    #[arg(long, alias = "portal-arn", value_name = "PORTAL", add = completion::portal())]
    #[arg(hide_short_help = true)]
    pub portal_id: Option<PortalReference>,

    /// A session, in the AWS CLI's notation; may be repeated
    #[arg(hide_short_help = true)]
    #[arg(long, value_name = "SESSION", num_args = 1.., add = completion::session())]
    pub session_id: Vec<SessionId>,
}

/// The sessions that a command is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sessions {
    /// Those that the arguments name.
    Given(Vec<SessionId>),
    /// Those whose IDs come on standard input.
    StandardInput,
}

impl Sessions {
    /// Whether a command about them prints one document, or perhaps more.
    pub fn cardinality(&self) -> Cardinality {
        match self {
            Self::Given(ids) if ids.len() == 1 => Cardinality::One,
            Self::Given(_) | Self::StandardInput => Cardinality::Many,
        }
    }
}

impl SessionArguments {
    /// The portal and the sessions.
    ///
    /// The first of several arguments is the portal; one alone is a session if `WSB_PORTAL` or
    /// `--portal-id` names the portal. So a script that gives both means the same wherever it runs.
    ///
    /// # Errors
    /// A malformed ID, or nothing where a portal or a session is needed. The hint says what was taken for
    /// what.
    pub fn parse(
        self,
        environment: &Environment,
        reporter: &Reporter,
    ) -> Result<(PortalReference, Sessions), Failure> {
        let positional: Vec<&str> = self.positional.iter().map(String::as_str).collect();
        // An empty WSB_PORTAL matters only where no argument names the portal.
        let default = environment.var("WSB_PORTAL");
        let (first, rest) = match &positional[..] {
            rest if self.portal_id.is_some() => (None, rest),
            [first] if !self.session_id.is_empty() || default.is_none() => (Some(*first), &[][..]),
            rest @ ([] | [_]) => (None, rest),
            [first, rest @ ..] => (Some(*first), rest),
        };
        let reading = if self.portal_id.is_some() {
            Reading::AllAreSessions("--portal-id")
        } else {
            match first {
                Some(first) => Reading::FirstIsPortal(first),
                None => Reading::AllAreSessions("WSB_PORTAL"),
            }
        };
        let given = match first {
            Some(text) => Some(parsed("PORTAL", text)?),
            None => self.portal_id,
        };
        // An ID may be a portal's or a session's.
        if let (Some(first), Some(_), Some(PortalReference::Id(_))) = (first, &default, &given) {
            reporter.expect(Code::NotFound, taken_for_portal(first));
        }
        let portal = portal(given, environment)?;
        let sessions = sessions(self.session_id, rest)
            .map_err(|failure| failure.or_hint(&reading.hint(rest)))?;
        Ok((portal, sessions))
    }
}

fn taken_for_portal(first: &str) -> String {
    format!(
        "{first} was taken for the portal, since it is the first of several arguments, so WSB_PORTAL does not count: to name sessions alone, write --session-id before them"
    )
}

/// What the arguments were taken for.
enum Reading<'a> {
    /// The first for the portal, the others for sessions.
    FirstIsPortal(&'a str),
    /// All for sessions of the portal that is named by this option or variable.
    AllAreSessions(&'a str),
}

impl Reading<'_> {
    /// What was taken for what, and how to say it otherwise.
    fn hint(&self, rest: &[&str]) -> String {
        match self {
            Self::FirstIsPortal(first) if rest.is_empty() => format!(
                "{first:?} was taken for the portal: name sessions behind it, or \"-\" to read them from standard input; if it is a session, name its portal before it, set WSB_PORTAL, or search with --all-portals"
            ),
            Self::FirstIsPortal(first) => format!(
                "{first:?} was taken for the portal and the other arguments for sessions: the portal comes first"
            ),
            Self::AllAreSessions(named_by) if rest.is_empty() => format!(
                "{named_by} names the portal: give session IDs, or \"-\" to read them from standard input"
            ),
            Self::AllAreSessions(named_by) => {
                let way_out = if *named_by == "WSB_PORTAL" {
                    "; to name another portal, give it first and sessions behind it; to list a portal's sessions, use list-sessions"
                } else {
                    ""
                };
                format!("{named_by} names the portal, so every argument is a session{way_out}")
            }
        }
    }
}

impl SessionArguments {
    /// The sessions, where `option` says that their portal is searched for.
    ///
    /// # Errors
    /// A malformed ID, no session, or a portal.
    pub fn parse_alone(self, option: &str) -> Result<Sessions, Failure> {
        let positional: Vec<&str> = self.positional.iter().map(String::as_str).collect();
        if self.portal_id.is_some() {
            return Err(Failure::usage(format!(
                "{option} means every portal: name no portal beside it"
            )));
        }
        sessions(self.session_id, &positional).map_err(|failure| {
            failure.or_hint(&format!("with {option}, every argument is a session"))
        })
    }
}

impl SessionArguments {
    /// The portals, where all their sessions are meant and every argument is a portal.
    ///
    /// # Errors
    /// A session, a malformed portal, no portal, one that is named twice, or one beside an option that
    /// means all of them.
    pub fn parse_portals(
        self,
        everywhere: PortalScope,
        environment: &Environment,
    ) -> Result<Portals, Failure> {
        if !self.session_id.is_empty() || self.positional.iter().any(|text| text == "-") {
            return Err(Failure::usage(
                "all sessions of the portals are waited for: name no session beside --all",
            ));
        }
        let portals = self.positional.iter().map(|text| parsed("PORTAL", text));
        let portals = portals.collect::<Result<_, _>>()?;
        PortalArguments::new(portals, self.portal_id, everywhere).parse(environment)
    }
}

/// Parses the argument that the help calls `name`. A script whose own variable is not set passes an empty
/// one.
fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
    name: &str,
    text: &str,
) -> Result<T, Failure> {
    if text.trim().is_empty() {
        return Err(Failure::usage(format!("{name} is empty")));
    }
    text.parse()
        .map_err(|error| Failure::usage(format!("{error}")))
}

/// The portal that is given, or that of `WSB_PORTAL`.
///
/// # Errors
/// Neither is there, or the variable is malformed.
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
    if positional.contains(&"-") {
        if count > 1 {
            let message = "\"-\" reads the sessions from standard input: give it alone";
            return Err(Failure::usage(message));
        }
        return Ok(Sessions::StandardInput);
    }
    if count == 0 {
        return Err(Failure::usage("the command needs a session"));
    }
    for text in positional {
        ids.push(parsed("SESSION", text)?);
    }
    Ok(Sessions::Given(ids))
}

//! The arguments that name a portal and sessions of it.

use clap::Args;

use super::{Everywhere, PortalArguments, Portals, completion};
use crate::diagnostics::Failure;
use crate::service::ids::{PortalReference, SessionId};

/// A portal and sessions of it, as given.
#[derive(Debug, Args)]
pub struct SessionArguments {
    /// The portal's ID, ARN, name or endpoint host, then session IDs, or "-" for standard input
    #[arg(value_names = ["PORTAL", "SESSION"], num_args = 0.., add = completion::portal_then_sessions())]
    pub positional: Vec<String>,

    /// The portal, as the AWS CLI spells it
    #[arg(long, value_name = "PORTAL", add = completion::portal())]
    pub portal_id: Option<PortalReference>,

    /// A session, as the AWS CLI spells it; may be repeated
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
    /// Whether there is exactly one.
    pub fn is_one(&self) -> bool {
        matches!(self, Self::Given(ids) if ids.len() == 1)
    }
}

impl SessionArguments {
    /// The portal and the sessions.
    ///
    /// The first of several arguments is the portal; one alone is a session if `WSB_PORTAL` or
    /// `--portal-id` names the portal. So a script that gives both means the same wherever it runs.
    ///
    /// # Errors
    /// A malformed ID, or nothing where a portal or a session is needed.
    pub fn parse(self) -> Result<(PortalReference, Sessions), Failure> {
        let positional: Vec<&str> = self.positional.iter().map(String::as_str).collect();
        let (first, rest) = match &positional[..] {
            rest if self.portal_id.is_some() => (None, rest),
            [first] if !self.session_id.is_empty() || default_portal().is_none() => {
                (Some(*first), &[][..])
            }
            rest @ ([] | [_]) => (None, rest),
            [first, rest @ ..] => (Some(*first), rest),
        };
        let given = match first {
            Some(text) => Some(parsed(text)?),
            None => self.portal_id,
        };
        Ok((portal(given)?, sessions(self.session_id, rest)?))
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
    pub fn parse_portals(self, everywhere: Everywhere) -> Result<Portals, Failure> {
        if !self.session_id.is_empty() || self.positional.iter().any(|text| text == "-") {
            return Err(Failure::usage(
                "all sessions of the portals are waited for: name no session beside --all",
            ));
        }
        let portals = self.positional.iter().map(|text| parsed(text));
        let portals = portals.collect::<Result<_, _>>()?;
        PortalArguments::new(portals, self.portal_id, everywhere).parse()
    }
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, Failure> {
    text.parse()
        .map_err(|error| Failure::usage(format!("{error}")))
}

/// The portal that is given, or that of `WSB_PORTAL`.
///
/// # Errors
/// Neither is there, or the variable is malformed.
pub fn portal(given: Option<PortalReference>) -> Result<PortalReference, Failure> {
    if let Some(portal) = given {
        return Ok(portal);
    }
    let Some(text) = default_portal() else {
        return Err(Failure::usage("the command needs a portal")
            .with_hint("name the portal by its ID, ARN or name, or set WSB_PORTAL"));
    };
    text.parse()
        .map_err(|error| Failure::usage(format!("WSB_PORTAL: {error}")))
}

fn default_portal() -> Option<String> {
    std::env::var("WSB_PORTAL")
        .ok()
        .filter(|portal| !portal.is_empty())
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
        return Err(Failure::usage("the command needs a session").with_hint(
            "give session IDs behind the portal, or \"-\" to read them from standard input",
        ));
    }
    for text in positional {
        ids.push(parsed(text)?);
    }
    Ok(Sessions::Given(ids))
}

//! The arguments and options that select portals.

use clap::Args;

use super::{Environment, sessions};
use crate::diagnostics::Failure;
use crate::service::ids::PortalReference;

/// The arguments and options of a command about portals.
#[derive(Debug, Clone, Args)]
pub struct PortalArguments {
    /// Portals: IDs, ARNs, names or endpoint hosts [default: WSB_PORTAL]
    #[arg(value_name = "PORTAL", num_args = 0..)]
    #[arg(conflicts_with_all = ["all_portals", "all_regions"])]
    pub(super) portals: Vec<PortalReference>,

    /// A portal, as an option like the AWS CLI's; may be repeated
    #[arg(long, alias = "portal-arn", value_name = "PORTAL")]
    #[arg(hide_short_help = true, conflicts_with_all = ["all_portals", "all_regions"])]
    pub(super) portal_id: Vec<PortalReference>,

    #[command(flatten)]
    pub(super) scope: PortalScope,
}

/// The options that select all portals.
#[derive(Debug, Clone, Copy, Args)]
pub struct PortalScope {
    /// All portals of the region
    #[arg(long)]
    pub all_portals: bool,

    /// All portals of all regions
    ///
    /// The regions are those of the partition where the service exists; with --use-fips, those that have
    /// a FIPS endpoint.
    #[arg(long)]
    pub all_regions: bool,
}

/// The portals that the arguments select.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Portals {
    Named(Vec<PortalReference>),
    OfRegion,
    OfAllRegions,
}

impl Portals {
    pub fn are_many(&self) -> bool {
        !matches!(self, Self::Named(named) if named.len() == 1)
    }
}

impl PortalScope {
    pub fn portals(self) -> Option<Portals> {
        if self.all_regions {
            Some(Portals::OfAllRegions)
        } else {
            self.all_portals.then_some(Portals::OfRegion)
        }
    }

    /// The name of the given option, for messages.
    pub fn option(self) -> &'static str {
        if self.all_regions {
            "--all-regions"
        } else {
            "--all-portals"
        }
    }
}

impl PortalArguments {
    /// # Errors
    /// The arguments and `WSB_PORTAL` name no portal, or the arguments name a portal twice.
    pub fn parse(self, environment: &Environment) -> Result<Portals, Failure> {
        if let Some(PortalReference::Name(word)) =
            self.portals.iter().find(|portal| is_time(portal))
        {
            return Err(Failure::usage(format!("{:?} is not a portal", word.as_str())).with_hint(
                "put a time that has spaces in quotation marks, as in --since \"2d ago\"; if a portal has this name, name it by its ID",
            ));
        }
        // clap rejects a portal beside --all-portals or --all-regions.
        if let Some(portals) = self.scope.portals() {
            return Ok(portals);
        }
        let mut named = self.portals;
        named.extend(self.portal_id);
        if named.is_empty() {
            return Ok(Portals::Named(vec![sessions::portal(None, environment)?]));
        }
        for (at, portal) in named.iter().enumerate() {
            if named[..at].contains(portal) {
                return Err(named_twice(portal));
            }
        }
        Ok(Portals::Named(named))
    }
}

/// Whether the argument is probably the second word of a time without quotation marks, as in `--since 2d ago`
/// or `--since 2026-11-24 01:30`.
fn is_time(portal: &PortalReference) -> bool {
    let PortalReference::Name(name) = portal else {
        return false;
    };
    let name = name.as_str();
    let is_clock = name.starts_with(|c: char| c.is_ascii_digit())
        && name
            .chars()
            .all(|c| c.is_ascii_digit() || ":.+-Z".contains(c))
        && name.contains(':');
    is_clock || name == "ago"
}

pub(crate) fn named_twice(portal: &impl std::fmt::Display) -> Failure {
    Failure::usage(format!("the portal {portal} is named twice"))
}

//! Completion candidates: portals and sessions of recent lists, profiles and regions.

use std::ffi::OsStr;
use std::sync::Arc;

use clap::{Arg, Command};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, PathCompleter};

use super::super::Environment;
use super::cache::Cache;
use super::{PORTALS, SESSIONS};
use crate::output::untrusted::escape;
use crate::service::endpoint::{Endpoint, Partition, Region};
use crate::service::ids::{PortalId, PortalReference, SessionId};

/// The names of the profiles in the shared config files.
pub type ProfileNames = fn(&Environment) -> Vec<String>;

/// A value and its description.
struct Offer {
    value: String,
    description: String,
}

impl Offer {
    fn new(value: impl Into<String>, description: &str) -> Self {
        Self {
            value: value.into(),
            description: description.trim().to_owned(),
        }
    }
}

/// The words before the one that is being typed, and where values come from.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) environment: Arc<Environment>,
    pub(super) profiles: ProfileNames,
    /// The positional arguments so far.
    positional: Vec<String>,
    /// The portal of `--portal-id`.
    portal_option: Option<String>,
    cache: Option<Cache>,
}

impl Source {
    pub(super) fn new(
        environment: Arc<Environment>,
        profiles: ProfileNames,
        command: Command,
        words: &[String],
    ) -> Self {
        let matches = command.ignore_errors(true).try_get_matches_from(words);
        let subcommand = matches
            .as_ref()
            .ok()
            .and_then(|matches| matches.subcommand());
        let values = |name: &str| -> Vec<String> {
            let raw = subcommand.and_then(|(_, matches)| matches.try_get_raw(name).ok().flatten());
            let raw = raw.into_iter().flatten();
            raw.map(|value| value.to_string_lossy().into_owned())
                .collect()
        };
        let cache = Cache::new(&environment, calls_loopback(&environment, words));
        Self {
            profiles,
            positional: [values("positional"), values("portals")].concat(),
            portal_option: values("portal_id").pop(),
            cache,
            environment,
        }
    }

    /// Items of a list with an ID in this column, and without text that controls a terminal.
    fn items(&self, list: &str, column: usize) -> Vec<Vec<String>> {
        let is_valid = |item: &Vec<String>| {
            item.get(column)
                .is_some_and(|id| SessionId::exact(id).is_ok())
                && item.iter().all(|text| escape(text) == *text)
        };
        let items = self.cache.as_ref().map(|cache| cache.items(list));
        items
            .unwrap_or_default()
            .into_iter()
            .filter(is_valid)
            .collect()
    }

    /// Portals by their names; by their IDs where no name denotes one portal alone, and once an ID is
    /// being typed.
    fn portals(&self, current: &OsStr) -> Vec<Offer> {
        let column = |item: &[String], at: usize| item.get(at).cloned().unwrap_or_default();
        let items = self.items(PORTALS, 0);
        let is_name = |name: &str| {
            let is_read_as_name = matches!(name.parse(), Ok(PortalReference::Name(_)));
            let count = items.iter().filter(|item| column(item, 1) == name).count();
            is_read_as_name && !name.starts_with('-') && count == 1
        };
        let mut names = Vec::new();
        let mut ids = Vec::new();
        for item in &items {
            let (id, name, region) = (column(item, 0), column(item, 1), column(item, 2));
            let is_given = self.positional.contains(&id) || self.positional.contains(&name);
            if is_given {
                continue;
            }
            if is_name(&name) {
                names.push(Offer::new(name.clone(), &format!("{id} {region}")));
                if current.is_empty() {
                    continue;
                }
            }
            ids.push(Offer::new(id, &format!("{name} {region}")));
        }
        names.extend(ids);
        names
    }

    /// Resolves a portal's ID from an ID, an ARN, or a name in recent lists.
    fn portal_id(&self, text: &str) -> Option<PortalId> {
        match text.parse() {
            Ok(PortalReference::Id(id)) => Some(id),
            Ok(PortalReference::Arn(arn)) => Some(arn.portal),
            _ => {
                let items = self.items(PORTALS, 0);
                let item = items
                    .iter()
                    .find(|item| item.get(1).is_some_and(|name| name == text));
                PortalId::exact(item?.first()?).ok()
            }
        }
    }

    /// Sessions with their users and starts: of one portal, or of all if the portal is not known.
    fn sessions(&self, portal: Option<&str>) -> Vec<Offer> {
        let portal = portal.and_then(|portal| self.portal_id(portal));
        let is_wanted = |item: &&Vec<String>| {
            portal
                .as_ref()
                .is_none_or(|portal| item[0] == portal.as_str())
                && !self.positional.contains(&item[1])
        };
        let items = self.items(SESSIONS, 1);
        let items = items.iter().filter(is_wanted);
        items
            .map(|item| Offer::new(item[1].clone(), &item[2..].join("  ")))
            .collect()
    }

    /// A portal, then sessions of it.
    fn portal_then_sessions(&self, current: &OsStr) -> Vec<Offer> {
        if let Some(portal) = &self.portal_option {
            return self.sessions(Some(portal));
        }
        if let Some(portal) = self.positional.first() {
            return self.sessions(Some(portal));
        }
        let mut offers = self.portals(current);
        if let Some(portal) = self.environment.non_empty("WSB_PORTAL") {
            offers.extend(self.sessions(Some(&portal)));
        }
        offers
    }

    fn named_portal(&self) -> Option<&str> {
        let first = self.positional.first();
        self.portal_option.as_ref().or(first).map(String::as_str)
    }
}

/// Whether calls go to this machine, as those to an emulator do.
fn calls_loopback(environment: &Environment, words: &[String]) -> bool {
    let mut words = words
        .iter()
        .skip_while(|word| !word.starts_with("--endpoint-url"));
    let option = words.next().and_then(|word| match word.split_once('=') {
        Some((_, url)) => Some(url.to_owned()),
        None => words.next().cloned(),
    });
    let variables = ["AWS_ENDPOINT_URL_WORKSPACES_WEB", "AWS_ENDPOINT_URL"];
    let mut set = variables
        .into_iter()
        .filter_map(|name| environment.non_empty(name));
    let url = option.or_else(|| set.next().map(Into::into));
    url.is_some_and(|url| Endpoint::custom(&url).is_ok_and(|endpoint| endpoint.is_loopback()))
}

/// Regions where the service exists.
fn regions() -> Vec<Offer> {
    // One region of each partition.
    let partitions = ["us-east-1", "us-gov-west-1", "cn-north-1"];
    let regions = partitions
        .iter()
        .filter_map(|region| region.parse::<Region>().ok());
    regions
        .flat_map(|region| Partition::service_regions(&region, false).collect::<Vec<_>>())
        .map(|region| Offer::new(region.to_string(), ""))
        .collect()
}

/// The argument with its completer.
pub(super) fn attach(argument: Arg, source: &Arc<Source>) -> Arg {
    let offers: fn(&Source, &OsStr) -> Vec<Offer> = match argument.get_id().as_str() {
        "portals" | "portal_id" => Source::portals,
        "positional" => Source::portal_then_sessions,
        "session_id" => |source, _| source.sessions(source.named_portal()),
        "profile" => |source, _| {
            let names = (source.profiles)(&source.environment);
            names.into_iter().map(|name| Offer::new(name, "")).collect()
        },
        "region" => |_, _| regions(),
        "command" => return argument.add(ArgValueCompleter::new(PathCompleter::any())),
        _ => return argument,
    };
    let source = Arc::clone(source);
    argument.add(ArgValueCompleter::new(move |current: &OsStr| {
        let typed = current.to_string_lossy();
        let offers = offers(&source, current).into_iter();
        let matching = offers.filter(|offer| offer.value.starts_with(&*typed));
        let candidates = matching.map(|offer| {
            let candidate = CompletionCandidate::new(offer.value);
            if offer.description.is_empty() {
                candidate
            } else {
                candidate.help(Some(offer.description.into()))
            }
        });
        candidates.collect()
    }))
}

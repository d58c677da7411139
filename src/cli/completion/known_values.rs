//! The candidates for arguments: portals and sessions of recent lists, profiles and regions.

use std::sync::Arc;

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, Id};
use clap_complete::engine::{
    ArgValueCandidates, ArgValueCompleter, CompletionCandidate, PathCompleter,
};

use super::super::Environment;
use super::cache::{Cache, PORTALS, SESSIONS};
use crate::output::untrusted::escape;
use crate::service::endpoint::{Endpoint, Partition, Region};
use crate::service::ids::{PortalId, PortalReference, SessionId};

pub type ProfileNames = fn(&Environment) -> Vec<String>;

/// The command line before the cursor, and the sources of candidates.
#[derive(Debug)]
pub(super) struct KnownValues {
    environment: Arc<Environment>,
    profiles: ProfileNames,
    command: Command,
    matches: ArgMatches,
    /// The positional arguments before the cursor.
    positional: Vec<String>,
    /// Whether the line has a `--`, which `wsb local` requires before its command.
    has_escape: bool,
    cache: Option<Cache>,
}

impl KnownValues {
    pub(super) fn new(
        environment: &Arc<Environment>,
        profiles: ProfileNames,
        command: Command,
        words: Vec<String>,
    ) -> Self {
        let has_escape = words.iter().any(|word| word == "--");
        let mut command = command.ignore_errors(true);
        let matches = command.try_get_matches_from_mut(words).unwrap_or_default();
        let (command, matches) = match matches.subcommand() {
            Some((name, matches)) => {
                let subcommand = command.find_subcommand(name).cloned();
                (subcommand.unwrap_or(command), matches.clone())
            }
            None => (command, matches),
        };
        let positional = [values(&matches, "positional"), values(&matches, "portals")];
        let option = values(&matches, "endpoint_url").pop();
        let variables = ["AWS_ENDPOINT_URL_WORKSPACES_WEB", "AWS_ENDPOINT_URL"];
        let mut set = variables
            .iter()
            .filter_map(|name| environment.non_empty(name));
        let url = option.or_else(|| set.next().map(Into::into));
        let is_loopback =
            url.is_some_and(|url| Endpoint::custom(&url).is_ok_and(|url| url.is_loopback()));
        Self {
            environment: Arc::clone(environment),
            profiles,
            command,
            matches,
            positional: positional.concat(),
            has_escape,
            cache: Cache::new(environment, is_loopback),
        }
    }

    /// Whether to omit a candidate, because it is an option that the line has already and that cannot be repeated,
    /// or that conflicts with another option of the line.
    pub(super) fn exclude(&self, candidate: &CompletionCandidate) -> bool {
        let id = |argument: &Arg| format!("arg::{}", argument.get_id());
        let mut arguments = self.command.get_arguments();
        let option = arguments.find(|argument| candidate.get_id() == Some(&id(argument)));
        let Some(option) = option else {
            return false;
        };
        let is_repeatable = matches!(option.get_action(), ArgAction::Append | ArgAction::Count);
        let conflicts = |used: &Arg| {
            let with_used = self.command.get_arg_conflicts_with(used);
            let with_option = self.command.get_arg_conflicts_with(option);
            with_used.contains(&option) || with_option.contains(&used)
        };
        let is_typed =
            |id: &&Id| self.matches.value_source(id.as_str()) == Some(ValueSource::CommandLine);
        self.matches.ids().filter(is_typed).any(|id| {
            let mut arguments = self.command.get_arguments();
            let used = arguments.find(|argument| argument.get_id() == id);
            used.is_some_and(|used| used == option && !is_repeatable || conflicts(used))
        })
    }

    /// Sets the source of an argument's candidates.
    pub(super) fn attach(self: &Arc<Self>, argument: Arg) -> Arg {
        let candidates: fn(&Self) -> Vec<CompletionCandidate> = match argument.get_id().as_str() {
            "portals" | "portal_id" => Self::portals,
            "positional" => Self::portal_then_sessions,
            "session_id" => |known| known.sessions(known.named_portal().as_deref()),
            "profile" => |known| {
                let names = (known.profiles)(&known.environment);
                names.into_iter().map(CompletionCandidate::new).collect()
            },
            "region" => |_| regions(),
            "command" if self.has_escape => {
                return argument.add(ArgValueCompleter::new(PathCompleter::any()));
            }
            "command" => |_| Vec::new(),
            _ => return argument,
        };
        let known = Arc::clone(self);
        argument.add(ArgValueCandidates::new(move || candidates(&known)))
    }

    /// The cached items of a list, without those that have a malformed ID in column `id` or characters that a
    /// terminal would interpret.
    fn items<const N: usize>(&self, list: &str, id: usize) -> Vec<[String; N]> {
        let items = self.cache.iter().flat_map(|cache| cache.items(list));
        items
            .filter_map(|(_, mut item)| {
                item.resize(N, String::new());
                <[String; N]>::try_from(item).ok()
            })
            .filter(|item| SessionId::exact(&item[id]).is_ok())
            .filter(|item| item.iter().all(|text| escape(text) == *text))
            .collect()
    }

    /// Candidates for a portal: its name if it is unique, otherwise its ID. IDs of portals with unique
    /// names are offered only if no other candidate matches.
    fn portals(&self) -> Vec<CompletionCandidate> {
        let items = self.items::<3>(PORTALS, 0);
        let is_name = |name: &str| {
            let is_read_as_name = matches!(name.parse(), Ok(PortalReference::Name(_)));
            let count = items.iter().filter(|[_, other, _]| other == name).count();
            is_read_as_name && !name.starts_with('-') && count == 1
        };
        let is_new = |[id, name, _]: &&[String; 3]| {
            !self.positional.contains(id) && !self.positional.contains(name)
        };
        let new = items.iter().filter(is_new);
        let names = new.clone().filter(|[_, name, _]| is_name(name));
        let names = names.map(|[id, name, region]| candidate(name, &format!("{id} {region}")));
        // clap_complete offers a hidden candidate only if no other matches.
        let ids = new.map(|[id, name, region]| {
            candidate(id, &format!("{name} {region}")).hide(is_name(name))
        });
        names.chain(ids).collect()
    }

    /// Finds a portal's ID by its ID, its ARN, or its name in recent lists.
    fn portal_id(&self, text: &str) -> Option<PortalId> {
        let reference: Option<PortalReference> = text.parse().ok();
        reference.and_then(|reference| reference.id()).or_else(|| {
            let items = self.items::<3>(PORTALS, 0);
            let [id, ..] = items.iter().find(|[_, name, _]| name == text)?;
            PortalId::exact(id).ok()
        })
    }

    /// Candidates for a session, with its user and start as help: sessions of one portal, or of all portals if the
    /// portal is not known.
    fn sessions(&self, portal: Option<&str>) -> Vec<CompletionCandidate> {
        let wanted = portal.and_then(|portal| self.portal_id(portal));
        let items = self.items::<4>(SESSIONS, 1);
        let items = items.iter().filter(|[portal, id, ..]| {
            wanted.is_none_or(|wanted| wanted.as_str() == portal) && !self.positional.contains(id)
        });
        items
            .map(|[_, id, user, start]| candidate(id, &format!("{user}  {start}")))
            .collect()
    }

    fn portal_then_sessions(&self) -> Vec<CompletionCandidate> {
        if let Some(portal) = self.named_portal() {
            return self.sessions(Some(&portal));
        }
        let mut candidates = self.portals();
        if let Some(portal) = self.environment.non_empty("WSB_PORTAL") {
            candidates.extend(self.sessions(Some(&portal)));
        }
        candidates
    }

    fn named_portal(&self) -> Option<String> {
        let option = values(&self.matches, "portal_id").pop();
        option.or_else(|| self.positional.first().cloned())
    }
}

fn values(matches: &ArgMatches, name: &str) -> Vec<String> {
    let raw = matches.try_get_raw(name).ok().flatten();
    let raw = raw.into_iter().flatten();
    raw.map(|value| value.to_string_lossy().into_owned())
        .collect()
}

fn candidate(value: &str, description: &str) -> CompletionCandidate {
    let description = Some(description.trim()).filter(|text| !text.is_empty());
    CompletionCandidate::new(value).help(description.map(|text| text.to_owned().into()))
}

fn regions() -> Vec<CompletionCandidate> {
    // One region of each partition.
    ["us-east-1", "us-gov-west-1", "cn-north-1"]
        .map(Region::known)
        .iter()
        .flat_map(|region| Partition::service_regions(region, false))
        .map(|region| CompletionCandidate::new(region.as_str()))
        .collect()
}

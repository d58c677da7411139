//! `wsb get-session`: one session, or many.

use clap::Args;
use futures_util::future::ready;
use futures_util::{StreamExt, stream};

mod search;

use super::context::Context;
use super::portal;
use super::portal_resolver::PortalResolver;
use super::portals::{PORTALS_AT_A_TIME, Search};
use crate::cli::{
    PortalScope, PortalSource, SessionArguments, SessionSelection, Sessions, field_help,
    field_names,
};
use crate::config::Calls;
use crate::delivery::{
    Destination, Flush, Outcome, Progress, SessionRequest, Workload, connections, in_order,
    session_requests,
};
use crate::diagnostics::{Call, Code, Failure};
use crate::output::{Cardinality, documents};
use crate::service::client::Client;
use crate::service::ids::{PortalId, PortalReference, SessionId};
use crate::service::operations::Operation;
use search::SessionSearch;

/// Sessions of one portal that are requested at a time.
const SESSIONS_AT_A_TIME: usize = 16;

pub(super) const EXAMPLES: &str = "\
Examples:
  wsb get-session $PORTAL $SESSION                     a table for people
  wsb get-session $PORTAL $SESSION -o json | jq .      the API's document
  wsb get-session $PORTAL $SESSION --field username    one value, bare
  wsb get-session $PORTAL - -o jsonl < ids.txt         many sessions
  wsb get-session - --unique < session-logger.jsonl    the sessions of log lines
  wsb get-session --all-regions $SESSION               a session of any portal";

/// `wsb get-session`.
#[derive(Debug, Args)]
pub(super) struct GetSession {
    #[command(flatten)]
    sessions: SessionArguments,

    #[command(flatten)]
    scope: PortalScope,

    /// Print the bare value of this field
    #[arg(long, value_name = "NAME", conflicts_with_all = ["output", "query"])]
    #[arg(value_parser = field_names(&documents::SESSION), hide_possible_values = true)]
    #[arg(long_help = field_help(&documents::SESSION))]
    field: Option<String>,

    /// Concurrent calls
    ///
    /// [default: 16, or 64 with --all-portals or --all-regions]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    #[arg(hide_short_help = true)]
    concurrency: Option<u16>,
}

pub(super) async fn run(options: GetSession, context: Context) -> Result<Code, Failure> {
    let destination = context.destination(options.field)?;
    let selection =
        options
            .sessions
            .parse(options.scope, &context.environment, &context.reporter)?;
    destination.check(selection.sessions.cardinality(), &documents::SESSION)?;
    match (&selection.portal, &selection.sessions) {
        (PortalSource::Portal(portal), Sessions::Given(ids)) if ids.len() == 1 => {
            get_one(context, destination, portal.clone(), ids[0]).await
        }
        _ => get_many(context, destination, selection, options.concurrency).await,
    }
}

async fn get_one(
    mut context: Context,
    destination: Destination,
    reference: PortalReference,
    session: SessionId,
) -> Result<Code, Failure> {
    let (client, portal) = portal::open(&mut context, reference, Calls::Few).await?;
    let subject = call(&client, portal, session).subject();
    let printer = destination.printer(Cardinality::One, &documents::SESSION, &context.reporter);
    context
        .delivery(
            printer,
            Progress::heartbeat(),
            Flush::WhenIdle,
            Workload::Call(subject),
        )
        .deliver(stream::once(get(&client, portal, session)))
        .await
}

async fn get_many(
    mut context: Context,
    mut destination: Destination,
    selection: SessionSelection,
    concurrency: Option<u16>,
) -> Result<Code, Failure> {
    let cardinality = selection.sessions.cardinality();
    let portals = match &selection.portal {
        PortalSource::Search(portals) => Some(portals.clone()),
        PortalSource::Portal(_) | PortalSource::Lines => None,
    };
    destination.many_portals = portals.is_some();
    let resolver = PortalResolver::open(&mut context, selection.portal, Calls::Many).await?;
    let default = if portals.is_some() {
        PORTALS_AT_A_TIME
    } else {
        SESSIONS_AT_A_TIME
    };
    let concurrency = concurrency.map_or(default, usize::from);
    let (requests, input) = session_requests(selection.sessions, selection.unique);
    let portals = match portals {
        Some(portals) => Some(Search::in_account(
            &context,
            resolver.config(),
            portals,
            concurrency,
        )?),
        None => None,
    };
    let concurrency = match &portals {
        Some(portals) => portals.concurrency(),
        None => connections(input.at_most(concurrency), &context.reporter),
    };
    let search = portals.as_ref().map(SessionSearch::new);
    let fetch = |request| fetch(request, &resolver, search.as_ref());
    let outcomes = in_order(requests, concurrency, context.stop.deadline(), fetch);
    // Once the last outcome is known, no request needs the portals.
    let end = stream::once(async {
        if let Some(search) = &search {
            search.end_of_requests();
        }
        None
    });
    let outcomes = outcomes.map(Some).chain(end).filter_map(ready);
    let failures = stream::iter(&search).flat_map(SessionSearch::failures);
    let progress = Progress::counting(&input, &destination.selection);
    let flush = if destination.selection.keeps_rows() {
        Flush::AtEnd
    } else {
        Flush::WhenIdle
    };
    let printer = destination.printer(cardinality, &documents::SESSION, &context.reporter);
    context
        .delivery(printer, progress, flush, Workload::Sessions(input))
        .deliver(stream::select(failures, outcomes))
        .await
}

/// The outcome of a request, and a failure for each portal that could not be searched for it.
async fn fetch(
    request: Result<SessionRequest, Failure>,
    resolver: &PortalResolver,
    search: Option<&SessionSearch<'_>>,
) -> Vec<Outcome> {
    let request = match request {
        Ok(request) => request,
        Err(failure) => return vec![Outcome::Failure(failure)],
    };
    if let Some(search) = search.filter(|search| search.is_for(&request)) {
        return search.find(&request).await;
    }
    vec![match resolver.resolve(&request).await {
        Ok(resolved) => get(&resolved.client, resolved.portal, request.session).await,
        Err(failure) => Outcome::Failure(failure),
    }]
}

async fn get(client: &Client, portal: PortalId, session: SessionId) -> Outcome {
    let reply = client.get_session(&portal, &session).await;
    let failure = |error| call(client, portal, session).to_failure(&error);
    reply.map_err(failure).into()
}

fn call(client: &Client, portal: PortalId, session: SessionId) -> Call<'_> {
    Call::new(client, Operation::GetSession).for_session(portal, session)
}

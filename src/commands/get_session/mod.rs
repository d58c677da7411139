//! `wsb get-session`: shows one session or many.

use clap::Args;
use futures_util::future::ready;
use futures_util::{StreamExt, stream};

mod search;

use super::context::Context;
use super::targets::{
    PORTALS_AT_A_TIME, PortalResolver, ResolvedPortal, Search, create_client, resolve_portal,
};
use crate::cli::{
    PortalScope, PortalSource, SessionArguments, SessionSelection, Sessions, field_help,
    field_names,
};
use crate::config::Calls;
use crate::delivery::{
    Destination, Outcome, Progress, SessionRequest, Workload, connections, in_order,
    session_requests,
};
use crate::diagnostics::{Call, Code, Failure, Subject};
use crate::output::{Cardinality, documents};
use crate::service::ids::{PortalReference, SessionId};
use crate::service::operations::Operation;
use search::SessionSearch;

/// The default number of concurrent calls, unless portals are searched.
const SESSIONS_AT_A_TIME: usize = 16;

pub(super) const EXAMPLES: &str = "\
Examples:
  wsb get-session $PORTAL $SESSION                     a table for people
  wsb get-session $PORTAL $SESSION -o json | jq .      the API's document
  wsb get-session $PORTAL $SESSION --field username    one value, bare
  wsb get-session $PORTAL - -o jsonl < ids.txt         many sessions
  wsb get-session - --unique < session-logger.jsonl    the sessions of log lines
  wsb get-session --all-regions $SESSION               a session of any portal";

#[derive(Debug, Args)]
pub(super) struct GetSession {
    #[command(flatten)]
    sessions: SessionArguments,

    #[command(flatten)]
    scope: PortalScope,

    /// Print only the value of this field
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
            get_one(context, destination, portal, ids[0]).await
        }
        _ => get_many(context, destination, selection, options.concurrency).await,
    }
}

async fn get_one(
    context: Context,
    destination: Destination,
    portal: &PortalReference,
    session: SessionId,
) -> Result<Code, Failure> {
    let config = context.load_config(portal.arn()).await?;
    let subject = Subject {
        portal: portal.id(),
        session: Some(session),
        region: None,
    };
    let (region, reporter) = (config.region()?, &context.reporter);
    let client = create_client(&config, region, Calls::Few, &subject, reporter)?;
    let portal = resolve_portal(&context, &client, portal).await?;
    let call = Call::new(&client, Operation::GetSession).for_session(portal, session);
    let outcome = async {
        let reply = client.get_session(&portal, &session).await;
        reply.map_err(|error| call.to_failure(&error)).into()
    };
    let printer = destination.printer(Cardinality::One, &documents::SESSION, &context.reporter);
    let workload = Workload::Call(call.subject());
    let delivery = context.delivery(printer, workload);
    delivery.deliver(stream::once(outcome)).await
}

async fn get_many(
    context: Context,
    mut destination: Destination,
    selection: SessionSelection,
    concurrency: Option<u16>,
) -> Result<Code, Failure> {
    let cardinality = selection.sessions.cardinality();
    let resolver = PortalResolver::new(&context, &selection, Calls::Many).await?;
    let (requests, input) = session_requests(selection.sessions, selection.unique)?;
    let wanted = |default| concurrency.map_or(default, usize::from);
    let portals = match selection.portal {
        PortalSource::Search(portals) => {
            let (config, concurrency) = (resolver.config(), wanted(PORTALS_AT_A_TIME));
            let search = Search::new(&context, config, portals, Calls::Many, concurrency)?;
            Some(search)
        }
        PortalSource::Portal(_) | PortalSource::Lines => None,
    };
    let concurrency = match &portals {
        Some(portals) => portals.concurrency,
        None => connections(input.at_most(wanted(SESSIONS_AT_A_TIME)), &context.reporter),
    };
    destination.many_portals = portals.is_some();
    let search = portals.as_ref().map(SessionSearch::new);
    let get = |request| get(request, &resolver, search.as_ref());
    let outcomes = in_order(requests, concurrency, context.stop.deadline, get);
    // After the last request, no search for portals starts.
    let end = stream::iter(&search).filter_map(|search| {
        search.end_of_requests();
        ready(None)
    });
    let failures = stream::iter(&search).flat_map(SessionSearch::failures);
    let progress = Progress::counting(&input, &destination.selection);
    let holds_rows = destination.selection.keeps_rows();
    let printer = destination.printer(cardinality, &documents::SESSION, &context.reporter);
    let mut delivery = context.delivery(printer, Workload::Sessions(input));
    delivery.progress = progress;
    delivery.holds_rows = holds_rows;
    delivery
        .deliver(stream::select(failures, outcomes.chain(end)))
        .await
}

/// Requests a session. Returns its outcome, after a failure for each other portal whose call failed.
async fn get(
    request: Result<SessionRequest, Failure>,
    resolver: &PortalResolver<'_>,
    search: Option<&SessionSearch<'_>>,
) -> Vec<Outcome> {
    let get = async {
        let request = request?;
        if let Some(search) = search.filter(|search| search.is_for(&request)) {
            return Ok(search.find(&request).await);
        }
        let ResolvedPortal { client, portal } = resolver.resolve(&request).await?;
        let call = Call::new(&client, Operation::GetSession).for_session(portal, request.session);
        match client.get_session(&portal, &request.session).await {
            Ok(session) => Ok(vec![Outcome::Document(session.into())]),
            Err(error) => Err(call.to_failure(&error)),
        }
    };
    get.await
        .unwrap_or_else(|failure| vec![Outcome::Failure(failure)])
}

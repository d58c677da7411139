//! `wsb list-portals`: find portals in a region, or in all of them.

use std::ops::ControlFlow;
use std::sync::Arc;

use clap::Args;
use futures_util::{Stream, StreamExt, stream};

use super::context::Context;
use super::pagination::{items_of, pages_of};
use super::portals::regions;
use super::targets::{RepeatedPortals, report_unavailable_regions};
use crate::cli::completion::RecentLists;
use crate::cli::{field_help, field_names};
use crate::config::Calls;
use crate::delivery::{Outcome, connections};
use crate::diagnostics::{Call, Code, Failure};
use crate::output::Cardinality;
use crate::output::documents;
use crate::service::client::Client;
use crate::service::documents::Portal;
use crate::service::operations::Operation;

pub(super) const EXAMPLES: &str = "\
Examples:
  wsb list-portals --region eu-central-1
  wsb list-portals --all-regions -o jsonl | jq -r .portalArn";

/// `wsb list-portals`.
#[derive(Debug, Args)]
pub(super) struct ListPortals {
    /// All regions
    ///
    /// The regions are those of the partition where the service exists.
    #[arg(long)]
    all_regions: bool,

    /// Portals per request [default: the service's page size]
    #[arg(hide_short_help = true)]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    page_size: Option<u32>,

    /// Print only the value of this field
    #[arg(long, value_name = "NAME", conflicts_with_all = ["output", "query"])]
    #[arg(value_parser = field_names(&documents::PORTAL), hide_possible_values = true)]
    #[arg(long_help = field_help(&documents::PORTAL))]
    field: Option<String>,
}

pub(super) async fn run(options: ListPortals, mut context: Context) -> Result<Code, Failure> {
    let destination = context.destination(options.field)?;
    destination.check(Cardinality::List, &documents::PORTAL)?;
    let config = context.load_config(None).await?;
    let reporter = Arc::clone(&context.reporter);
    let clients = regions(&config, options.all_regions, Calls::Few, &reporter)?;
    let repeated = RepeatedPortals::new(&reporter, &clients);
    let recent = RecentLists::new(&context.environment);
    let concurrency = connections(clients.len(), &reporter);
    let mut delivery = context.delivery_of_list(destination, &documents::PORTAL);
    // Regions can be disabled in an account, so one failed region does not end the others' lists.
    delivery.tolerated_failures = clients.len() - 1;
    delivery.if_empty = match &clients[..] {
        [one] => format!(
            "no portals in {}; --all-regions looks everywhere",
            one.region()
        ),
        several => format!("no portals in {} regions", several.len()),
    };
    let results = results(&clients, options.page_size, concurrency, &repeated, &recent);
    let note = |message: &str| reporter.note(message);
    let results = report_unavailable_regions(results, clients.len(), note);
    delivery.deliver(results.map(Outcome::from)).await
}

/// The portals of each region, in the order of the regions.
fn results(
    clients: &[Client],
    page_size: Option<u32>,
    concurrency: usize,
    repeated: &RepeatedPortals,
    recent: &RecentLists,
) -> impl Stream<Item = Result<Portal, Failure>> {
    stream::iter(clients)
        .map(move |client| portals(client, page_size, repeated, recent))
        .buffered(concurrency)
        .flat_map(stream::iter)
}

/// A region's portals, followed by the failure that ended their list, if any.
async fn portals(
    client: &Client,
    page_size: Option<u32>,
    repeated: &RepeatedPortals,
    recent: &RecentLists,
) -> Vec<Result<Portal, Failure>> {
    let read = |portals: Option<Vec<Portal>>| {
        let mut portals = portals.unwrap_or_default();
        portals.retain(|portal| !repeated.contains(client, portal));
        recent.add_portals(client.endpoint(), &portals);
        ControlFlow::Continue(portals)
    };
    let pages = client.list_portals(page_size);
    let pages = pages_of(pages, Call::new(client, Operation::ListPortals), read);
    items_of(pages).collect().await
}

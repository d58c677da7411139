//! `wsb list-portals`: lists the portals of one region or of all regions.

use clap::Args;
use futures_util::{StreamExt, stream};

use super::context::Context;
use super::targets::{Search, report_unavailable_regions};
use crate::cli::{Portals, field_help, field_names};
use crate::config::Calls;
use crate::delivery::Outcome;
use crate::diagnostics::{Code, Failure};
use crate::output::Cardinality;
use crate::output::documents;

const REGIONS_AT_A_TIME: usize = 32;

pub(super) const EXAMPLES: &str = "\
Examples:
  wsb list-portals --region eu-central-1
  wsb list-portals --all-regions -o jsonl | jq -r .portalArn";

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

pub(super) async fn run(options: ListPortals, context: Context) -> Result<Code, Failure> {
    let destination = context.destination(options.field)?;
    destination.check(Cardinality::List, &documents::PORTAL)?;
    let config = context.load_config(None).await?;
    let (portals, concurrency) = if options.all_regions {
        (Portals::OfAllRegions, REGIONS_AT_A_TIME)
    } else {
        (Portals::OfRegion, 1)
    };
    let search = Search::new(&context, &config, portals, Calls::Few, concurrency)?;
    let clients = &search.regions[..];
    let mut delivery = context.delivery_of_list(destination, &documents::PORTAL);
    // Regions can be disabled in an account, so one failed region does not end the others' lists.
    delivery.tolerated_failures = clients.len() - 1;
    delivery.if_empty = match clients {
        [one] => format!(
            "no portals in {}; --all-regions looks everywhere",
            one.region
        ),
        several => format!("no portals in {} regions", several.len()),
    };
    let results = stream::iter(clients)
        .map(|client| {
            search
                .portals_in(client, options.page_size)
                .collect::<Vec<_>>()
        })
        .buffered(search.concurrency)
        .flat_map(stream::iter);
    let note = |message: &str| context.reporter.note(message);
    let results = report_unavailable_regions(results, clients.len(), note);
    delivery.deliver(results.map(Outcome::from)).await
}

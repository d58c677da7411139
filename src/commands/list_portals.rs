//! `wsb list-portals`: find portals in a region, or in all of them.

use std::sync::Arc;

use futures_util::{StreamExt, stream};

use super::interrupt::Interrupt;
use super::portal::ACTION;
use super::{interrupted, open_files, results, subject, warn_of_plain_http};
use crate::cli;
use crate::completion;
use crate::config::{Account, Calls, ConfigError};
use crate::exit::{Code, Tally};
use crate::output::Extent;
use crate::report::Reporter;
use crate::service::client::Client;
use crate::service::endpoint::Partition;
use crate::service::error::CallError;
use crate::service::model::{self, Document};

pub(super) async fn run(
    arguments: Box<cli::ListPortals>,
    reporter: &Arc<Reporter>,
) -> anyhow::Result<Code> {
    let selection = results::selection(&arguments.output, arguments.field)?;
    let account = Account::load(arguments.connection, None, Arc::clone(reporter) as _).await?;
    let clients = clients(&account, arguments.all_regions)?;
    let page_size = arguments.page_size;
    for client in clients.iter().take(1) {
        warn_of_plain_http(client, reporter);
    }
    let mut printer = results::stdout_printer(
        selection,
        &arguments.output,
        Extent::List,
        &model::PORTAL,
        reporter,
    );
    let mut interrupt = Interrupt::listen();
    let mut tally = Tally::default();
    let mut lists = stream::iter(&clients)
        .map(|client| async move { (client, list(client, page_size).await) })
        .buffered(open_files::connections(clients.len(), reporter));
    while let Some(answer) = interrupt.unless(lists.next()).await {
        let Some((client, (portals, error))) = answer else {
            printer.finish()?;
            return Ok(tally.code());
        };
        for portal in &portals {
            printer.print(portal)?;
        }
        printer.flush()?;
        completion::remember_portals(portals.iter());
        if let Some(error) = error {
            tally.add(reporter.call_failed(&error, &subject(client, ACTION)));
        }
    }
    printer.finish()?;
    Ok(interrupted(reporter, &interrupt, "; the list is not whole"))
}

/// A client a region to ask.
fn clients(account: &Account, all_regions: bool) -> Result<Vec<Client>, ConfigError> {
    let region = account.region()?;
    if !all_regions {
        return Ok(vec![account.client_in(region, Calls::Few)?]);
    }
    Partition::service_regions(&region)
        .map(|region| account.client_in(region, Calls::Few))
        .collect()
}

/// A region's portals, and the error that the list ended with, if it did.
async fn list(client: &Client, page_size: Option<u32>) -> (Vec<Document>, Option<CallError>) {
    let mut pages = client.list_portals(page_size);
    let mut portals = Vec::new();
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => portals.extend(page),
            Err(error) => return (portals, Some(error)),
        }
    }
    (portals, None)
}

//! `wsb list-portals`: find portals in a region, or in all of them.

use std::sync::Arc;

use futures_util::{StreamExt, stream};

use super::portal::ACTION;
use super::{interrupted, results, subject, warn_of_plain_http};
use crate::account::{Account, Calls, ConfigError};
use crate::cli;
use crate::cli::completion;
use crate::delivery::deadline::Deadline;
use crate::delivery::interrupt::Interrupt;
use crate::delivery::open_files;
use crate::diagnostics::exit_code::{Code, Tally};
use crate::diagnostics::report::{NOT_WHOLE, Reporter};
use crate::output::Extent;
use crate::service::client::Client;
use crate::service::endpoint::Partition;
use crate::service::error::CallError;
use crate::service::model::{self, Document};

/// A region of the partition whose regions are all asked where none is set.
const ANY_REGION: &str = "us-east-1";

pub(super) async fn run(
    arguments: Box<cli::ListPortals>,
    reporter: &Arc<Reporter>,
) -> anyhow::Result<Code> {
    let deadline = Deadline::of_command(arguments.connection.timeout);
    let selection = results::selection(&arguments.output, arguments.field)?;
    let loading = Account::load(
        arguments.connection,
        None,
        deadline.at(),
        Arc::clone(reporter) as _,
    );
    let Some(account) = deadline.unless(loading).await else {
        return Ok(deadline.report(reporter, " before the settings were read"));
    };
    let account = account?;
    let clients = clients(&account, arguments.all_regions)?;
    let page_size = arguments.page_size;
    for client in clients.iter().take(1) {
        warn_of_plain_http(client, reporter);
        if arguments.all_regions && account.has_own_endpoint() {
            reporter.warning(&format!(
                "every region is asked at {}: unless it tells them apart, the same portals come once a region",
                client.endpoint().host()
            ));
        }
    }
    let mut printer = results::stdout_printer(
        selection,
        &arguments.output,
        Extent::List,
        &model::PORTAL,
        reporter,
    );
    let mut interrupt = Interrupt::listen();
    let mut lists = stream::iter(&clients)
        .map(async |client: &Client| (client, list(client, page_size).await))
        .buffered(open_files::connections(clients.len(), reporter));
    // Reported at the end: until then a JSON document stands in the middle of a line.
    let mut failures = Vec::new();
    let is_interrupted = loop {
        let Some(answer) = interrupt.unless(lists.next()).await else {
            break true;
        };
        let Some((client, (portals, error))) = answer else {
            break false;
        };
        for portal in &portals {
            printer.print(portal)?;
        }
        printer.flush()?;
        completion::remember_portals(portals.iter());
        if let Some(error) = error {
            failures.push((client, error, portals.is_empty()));
        }
    };
    // One region that fails does not make the others' list a part.
    let is_whole = !is_interrupted && failures.len() < clients.len();
    results::end(&mut *printer, is_whole)?;
    let mut tally = Tally::default();
    for (client, error, is_empty) in &failures {
        let subject = subject(client, ACTION);
        tally.add(if *is_empty {
            reporter.call_failed(error, &subject)
        } else {
            reporter.list_broke_off(error, &subject)
        });
    }
    Ok(if is_interrupted {
        interrupted(reporter, &interrupt, NOT_WHOLE)
    } else {
        tally.code()
    })
}

/// A client a region to ask.
fn clients(account: &Account, all_regions: bool) -> Result<Vec<Client>, ConfigError> {
    let region = match account.region() {
        Err(ConfigError::NoRegion) if all_regions => {
            ANY_REGION.parse().map_err(ConfigError::Region)?
        }
        region => region?,
    };
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

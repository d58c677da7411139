//! `wsb get-session`: one session, or many.

use std::io::{self, BufReader};
use std::sync::Arc;

use futures_util::{Stream, StreamExt, stream};
use tokio::sync::mpsc;

use super::{UsageError, results};
use crate::cli::{self, Color};
use crate::config;
use crate::exit::{Code, Tally};
use crate::input::{self, BadLine};
use crate::output::{Extent, PrintError};
use crate::report::{Report, Reporter, Subject};
use crate::service::client::Client;
use crate::service::error::CallError;
use crate::service::ids::{PortalReference, SessionId};
use crate::service::model::{self, Document};

/// The IAM action that the call needs.
const ACTION: &str = "workspaces-web:GetSession";

/// Where the sessions come from.
#[derive(Debug, PartialEq, Eq)]
enum Sessions {
    Given(Vec<SessionId>),
    StandardInput,
}

pub(super) async fn run(
    arguments: Box<cli::GetSession>,
    color: Color,
    reporter: &Arc<Reporter>,
) -> anyhow::Result<Code> {
    let selection = results::selection(&arguments.output, arguments.field.clone())?;
    let default_portal = std::env::var("WSB_PORTAL")
        .ok()
        .filter(|portal| !portal.is_empty());
    let (portal, sessions) = subjects(&arguments, default_portal.as_deref())?;
    let extent = match &sessions {
        Sessions::Given(given) if given.len() == 1 => Extent::One,
        Sessions::Given(_) | Sessions::StandardInput => Extent::Many,
    };
    let client = config::client(
        &arguments.connection,
        portal.arn(),
        Arc::clone(reporter) as _,
    )
    .await?;
    super::warn_of_plain_http(&client, reporter);

    let mut printer =
        results::stdout_printer(selection, &arguments.output, extent, color, &model::SESSION);
    let mut tally = Tally::default();
    let mut answers = fetch(
        &client,
        &portal,
        sessions,
        usize::from(arguments.concurrency),
    );
    while let Some(answer) = answers.next().await {
        match answer {
            Answer::Document(document) => printer.print(&document)?,
            Answer::Failed(session, error) => {
                let subject = Subject {
                    portal: Some(portal.id().as_str()),
                    session: Some(session.as_str()),
                    region: client.region().as_str(),
                    host: client.endpoint().host(),
                    action: ACTION,
                };
                tally.add(reporter.call_failed(&error, &subject));
            }
            Answer::BadLine(line) => {
                reporter.error(&Report::new(
                    Code::Usage,
                    "Usage",
                    format!("line {} of standard input: {}", line.number, line.reason),
                    None,
                ));
                tally.add(Code::Usage);
            }
        }
    }
    printer.finish().map_err(PrintError::from)?;
    Ok(tally.code())
}

/// What came of one session, or of one line of input.
enum Answer {
    Document(Document),
    Failed(SessionId, CallError),
    BadLine(BadLine),
}

/// Asks for the sessions, `concurrency` at a time, and answers in their order.
fn fetch<'a>(
    client: &'a Client,
    portal: &'a PortalReference,
    sessions: Sessions,
    concurrency: usize,
) -> impl Stream<Item = Answer> + Unpin + 'a {
    let ids = match sessions {
        Sessions::Given(ids) => stream::iter(ids.into_iter().map(Ok)).left_stream(),
        Sessions::StandardInput => standard_input().right_stream(),
    };
    Box::pin(
        ids.map(move |id: Result<SessionId, BadLine>| async move {
            match id {
                Err(line) => Answer::BadLine(line),
                Ok(session) => match client.get_session(portal.id(), &session).await {
                    Ok(document) => Answer::Document(document),
                    Err(error) => Answer::Failed(session, error),
                },
            }
        })
        .buffered(concurrency),
    )
}

/// The IDs of standard input as they come. Reading blocks, so a thread does it; it is not waited
/// for at the end, since a terminal or a pipe may never close.
fn standard_input() -> impl Stream<Item = Result<SessionId, BadLine>> {
    const AHEAD: usize = 256;
    let (sender, receiver) = mpsc::channel(AHEAD);
    std::thread::spawn(move || {
        for id in input::session_ids(BufReader::new(io::stdin())) {
            if sender.blocking_send(id).is_err() {
                return;
            }
        }
    });
    stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|id| (id, receiver))
    })
}

/// Which portal and which sessions the arguments name.
///
/// The first of several is the portal; one alone is a session if `WSB_PORTAL` or `--portal-id`
/// names the portal. So a script that gives both means the same wherever it runs.
fn subjects(
    arguments: &cli::GetSession,
    default_portal: Option<&str>,
) -> Result<(PortalReference, Sessions), UsageError> {
    let positional: Vec<&str> = arguments.positional.iter().map(String::as_str).collect();
    let is_named = arguments.portal_id.is_some();
    let has_sessions = !arguments.session_id.is_empty();
    let (portal, sessions) = match positional[..] {
        _ if is_named => (None, &positional[..]),
        [portal] if has_sessions || default_portal.is_none() => (Some(portal), &[][..]),
        [_] | [] => (None, &positional[..]),
        [portal, ..] => (Some(portal), &positional[1..]),
    };
    let portal = match (&arguments.portal_id, portal.or(default_portal)) {
        (Some(portal), _) => portal.clone(),
        (None, Some(text)) => text
            .parse()
            .map_err(|error| UsageError::new(format!("{error}")))?,
        (None, None) => {
            return Err(UsageError::new("no portal is given")
                .with_hint("wsb get-session PORTAL SESSION, or set WSB_PORTAL"));
        }
    };
    let given = arguments.session_id.len() + sessions.len();
    if sessions.contains(&"-") {
        if given > 1 {
            return Err(UsageError::new(
                "\"-\" reads the sessions from standard input, so no other can be given",
            ));
        }
        return Ok((portal, Sessions::StandardInput));
    }
    if given == 0 {
        return Err(UsageError::new("no session is given").with_hint(
            "wsb get-session PORTAL SESSION..., or \"-\" to read the IDs from standard input",
        ));
    }
    let parsed: Result<Vec<SessionId>, _> = sessions.iter().map(|text| text.parse()).collect();
    let mut ids = arguments.session_id.clone();
    ids.extend(parsed.map_err(|error| UsageError::new(error.to_string()))?);
    Ok((portal, Sessions::Given(ids)))
}

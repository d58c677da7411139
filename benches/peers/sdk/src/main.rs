//! What somebody would write on the official SDK: `sdk PORTAL SESSION`, or `sdk PORTAL -` with IDs
//! on standard input, 64 at a time, or `sdk PORTAL --list`. A JSON line a session, in the order asked for.

use std::error::Error;
use std::io::{self, BufRead, BufWriter, Write};

use aws_sdk_workspacesweb::Client;
use aws_sdk_workspacesweb::error::DisplayErrorContext;
use aws_sdk_workspacesweb::primitives::DateTime;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

const CONCURRENCY: usize = 64;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let portal = arguments.next().ok_or("no portal")?;
    let session = arguments.next().ok_or("no session")?;
    if session == "--list" {
        return list_sessions(&portal).await;
    }
    let ids: Box<dyn Iterator<Item = String>> = if session == "-" {
        Box::new(io::stdin().lock().lines().map_while(Result::ok))
    } else {
        Box::new(std::iter::once(session))
    };
    let client = Client::new(&aws_config::load_from_env().await);
    let mut answers = stream::iter(ids)
        .map(|id| get_session(&client, &portal, id))
        .buffered(CONCURRENCY);
    let mut out = BufWriter::new(io::stdout().lock());
    let mut failed = 0;
    while let Some(answer) = answers.next().await {
        match answer {
            Ok(session) => writeln!(out, "{session}")?,
            Err(error) => {
                failed += 1;
                eprintln!("{error}");
            }
        }
    }
    out.flush()?;
    if failed > 0 {
        return Err(format!("{failed} sessions failed").into());
    }
    Ok(())
}

async fn list_sessions(portal: &str) -> Result<(), Box<dyn Error>> {
    let client = Client::new(&aws_config::load_from_env().await);
    let mut pages = client
        .list_sessions()
        .portal_id(portal)
        .into_paginator()
        .send();
    let mut out = BufWriter::new(io::stdout().lock());
    while let Some(page) = pages.try_next().await? {
        for session in page.sessions() {
            let time = |time: Option<&DateTime>| time.map(DateTime::to_string);
            let session = json!({
                "portalArn": session.portal_arn(),
                "sessionId": session.session_id(),
                "username": session.username(),
                "status": session.status().map(|status| status.as_str()),
                "startTime": time(session.start_time()),
                "endTime": time(session.end_time()),
            });
            writeln!(out, "{session}")?;
        }
    }
    out.flush()?;
    Ok(())
}

async fn get_session(client: &Client, portal: &str, id: String) -> Result<Value, String> {
    let reply = client
        .get_session()
        .portal_id(portal)
        .session_id(&id)
        .send()
        .await;
    let reply = reply.map_err(|error| format!("{id}: {}", DisplayErrorContext(error)))?;
    let session = reply.session().ok_or_else(|| format!("{id}: no session"))?;
    let time = |time: Option<&DateTime>| time.map(DateTime::to_string);
    Ok(json!({
        "portalArn": session.portal_arn(),
        "sessionId": session.session_id(),
        "username": session.username(),
        "clientIpAddresses": session.client_ip_addresses(),
        "status": session.status().map(|status| status.as_str()),
        "startTime": time(session.start_time()),
        "endTime": time(session.end_time()),
    }))
}

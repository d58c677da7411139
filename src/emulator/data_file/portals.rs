//! Portals and their sessions in the data file.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::super::portal::StoredPortal;
use super::super::session::StoredSession;
use super::error::{DataError, check_id, check_text};

/// The members of `PortalSummary` in the service's model, except `portalArn`.
const PORTAL_MEMBERS: [&str; 18] = [
    "rendererType",
    "browserType",
    "portalStatus",
    "portalEndpoint",
    "displayName",
    "creationDate",
    "browserSettingsArn",
    "dataProtectionSettingsArn",
    "userSettingsArn",
    "networkSettingsArn",
    "sessionLoggerArn",
    "trustStoreArn",
    "userAccessLoggingSettingsArn",
    "authenticationType",
    "ipAccessSettingsArn",
    "instanceType",
    "maxConcurrentSessions",
    "portalCustomDomain",
];

/// The members of `Session` in the service's model, except `sessionId`.
const SESSION_MEMBERS: [&str; 6] = [
    "portalArn",
    "username",
    "clientIpAddresses",
    "status",
    "startTime",
    "endTime",
];

/// Reads the portal at `path`. A portal that names no region is in `default_region`.
pub(super) fn portal(
    mut members: Map<String, Value>,
    default_region: &str,
    path: &str,
) -> Result<StoredPortal, DataError> {
    let id = take_id(&mut members, "portalId", path)?;
    let region = match members.shift_remove("region") {
        None | Some(Value::Null) => default_region.to_owned(),
        Some(Value::String(region)) => {
            check_text(&format!("{path}.region"), &region)?;
            region
        }
        Some(_) => return Err(DataError::at(format!("{path}.region"), "not a string")),
    };
    let sessions = match members.shift_remove("sessions") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(sessions)) => sessions,
        Some(_) => return Err(DataError::at(format!("{path}.sessions"), "not an array")),
    };
    members.retain(|name, value| !(value.is_null() && is_portal_member(name)));
    for (name, value) in &members {
        check_portal_member(name, value)
            .map_err(|problem| DataError::at(format!("{path}.{name}"), problem))?;
    }
    let mut parsed = Vec::with_capacity(sessions.len());
    let mut seen = HashSet::with_capacity(sessions.len());
    for (index, session) in sessions.into_iter().enumerate() {
        let path = format!("{path}.sessions[{index}]");
        let session = self::session(session, &path)?;
        if !seen.insert(session.id.clone()) {
            return Err(DataError::at(
                format!("{path}.sessionId"),
                "an earlier session has this sessionId",
            ));
        }
        parsed.push(session);
    }
    Ok(StoredPortal::new(&id, &region, members, parsed))
}

fn is_portal_member(name: &str) -> bool {
    name == "portalArn" || PORTAL_MEMBERS.contains(&name)
}

fn check_portal_member(name: &str, value: &Value) -> Result<(), &'static str> {
    let problem = match name {
        "creationDate" | "maxConcurrentSessions" => (!value.is_number()).then_some("not a number"),
        other if is_portal_member(other) => (!value.is_string()).then_some("not a string"),
        _ => Some("unknown member of a portal"),
    };
    problem.map_or(Ok(()), Err)
}

/// Reads the session at `path`. Members that the service's model does not have are kept: a later
/// version of the service may have them.
fn session(session: Value, path: &str) -> Result<StoredSession, DataError> {
    let Value::Object(mut members) = session else {
        return Err(DataError::at(path, "not an object"));
    };
    let id = take_id(&mut members, "sessionId", path)?;
    members.retain(|name, value| !(value.is_null() && SESSION_MEMBERS.contains(&name.as_str())));
    for (name, value) in &members {
        check_session_member(name, value)
            .map_err(|problem| DataError::at(format!("{path}.{name}"), problem))?;
    }
    Ok(StoredSession::new(id, members))
}

fn check_session_member(name: &str, value: &Value) -> Result<(), &'static str> {
    let are_strings = |list: &Vec<Value>| list.iter().all(Value::is_string);
    let (fits, problem) = match name {
        "status" | "username" | "portalArn" => (value.is_string(), "not a string"),
        "startTime" | "endTime" => (value.is_number(), "not a number of epoch seconds"),
        "clientIpAddresses" => (
            value.as_array().is_some_and(are_strings),
            "not an array of strings",
        ),
        _ => (true, ""),
    };
    if fits { Ok(()) } else { Err(problem) }
}

fn take_id(members: &mut Map<String, Value>, name: &str, path: &str) -> Result<String, DataError> {
    let path = format!("{path}.{name}");
    match members.shift_remove(name) {
        Some(Value::String(id)) => {
            check_id(&path, &id)?;
            Ok(id)
        }
        Some(_) => Err(DataError::at(path, "not a string")),
        None => Err(DataError::at(path, "missing")),
    }
}

//! A `credential_process`: a program of the user's that prints credentials.

use std::process::Stdio;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use serde_json::Value;
use tokio::process::Command;

use super::provider_error::{Kind, ProviderError};
use super::{expiry, keys};
use crate::config::files::words;
use crate::config::profiles::Profile;

const KEY: &str = "credential_process";

/// What the profile's program prints, if it names one.
///
/// The command is split into words without a shell. It gets no part of standard input, which may be
/// session IDs, and ends with the call that waits for it.
///
/// # Errors
/// The program cannot be run, fails, or prints something else than credentials. Its own words may
/// hold secrets and are not told.
pub(super) async fn credentials(
    profile: Profile<'_>,
) -> Result<Option<Credentials>, ProviderError> {
    let Some(command) = profile.get(KEY) else {
        return Ok(None);
    };
    let place = || profile.place(KEY);
    let words = words::command(command).map_err(|what| {
        ProviderError::unusable(format!("{} cannot be split into words: {what}", place()))
    })?;
    let Some((program, arguments)) = words.split_first() else {
        return Err(ProviderError::unusable(format!("{} is empty", place())));
    };
    let failed = |what: String| ProviderError::new(Kind::Process, format!("{} {what}", place()));
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| failed(format!("could not be run: {program}: {error}")))?;
    if !output.status.success() {
        return Err(failed(format!("failed with {}", output.status)));
    }
    let document: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| failed(format!("did not print JSON ({})", position(&error))))?;
    read(&document, SystemTime::now()).map(Some).map_err(failed)
}

fn position(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}

/// The credentials in the document (version 1 of "Process credential provider" in the AWS SDKs and
/// Tools Reference Guide).
fn read(document: &Value, now: SystemTime) -> Result<Credentials, String> {
    match document.get("Version") {
        Some(version) if version.as_f64() == Some(1.0) => {}
        _ => return Err("did not print credentials of Version 1".to_owned()),
    }
    let text = |key: &str| document.get(key).and_then(Value::as_str);
    let needed = |key: &str| text(key).ok_or_else(|| format!("printed no {key}"));
    let end = match text("Expiration").filter(|end| !end.is_empty()) {
        None => None,
        Some(end) => Some(
            expiry::parse(end)
                .ok_or_else(|| "printed an Expiration that is not a time".to_owned())?,
        ),
    };
    if end.is_some_and(|end| end <= now) {
        return Err("printed credentials that have expired".to_owned());
    }
    let token = text("SessionToken");
    Ok(keys::made(
        needed("AccessKeyId")?,
        needed("SecretAccessKey")?,
        token,
        end,
        "Process",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_is_read_with_or_without_an_end_and_a_token() {
        let now = SystemTime::UNIX_EPOCH;
        let keys = |more: Value| {
            let mut document = json!({"Version": 1, "AccessKeyId": "i", "SecretAccessKey": "s"});
            for (key, value) in more.as_object().unwrap() {
                document[key] = value.clone();
            }
            read(&document, now)
        };
        assert_eq!(
            keys(json!({"SessionToken": ""})).unwrap().session_token(),
            None
        );
        assert_eq!(
            keys(json!({"SessionToken": null})).unwrap().session_token(),
            None
        );
        for end in [
            "2099-01-01T01:01:00+0000",
            "2099-01-01T01:01UTC",
            "20990101T0101Z",
        ] {
            let found = keys(json!({"Expiration": end})).unwrap();
            assert_eq!(
                found.expiry(),
                expiry::parse("2099-01-01T01:01:00Z"),
                "{end}"
            );
        }
        for (more, says) in [
            (json!({"Version": 2}), "Version 1"),
            (json!({"Version": "1"}), "Version 1"),
            (json!({"AccessKeyId": null}), "no AccessKeyId"),
            (json!({"Expiration": "soon"}), "not a time"),
            (json!({"Expiration": "1969-01-01T00:00:00Z"}), "expired"),
        ] {
            assert!(keys(more).unwrap_err().contains(says), "{says}");
        }
    }
}

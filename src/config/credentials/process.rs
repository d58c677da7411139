//! Runs a `credential_process`, a program of the user that prints credentials.
//!
//! aws-config runs the command in a shell, passes standard input to it, and leaves its child processes
//! running.

use std::process::{Output, Stdio};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use serde_json::Value;
use tokio::process::{Child, Command};

use super::{CredentialRequest, static_keys, timestamp};
use crate::config::names::CREDENTIAL_PROCESS;
use crate::config::shared_config::{Profile, words};
use crate::service::provider_error::{ProviderError, ProviderErrorKind};

/// The time limit of the program. It may wait for a person, but a long-running command must not wait forever.
const TIME_LIMIT: Duration = Duration::from_secs(5 * 60);

/// Runs the program of the profile and parses the credentials that it prints; `None` if the profile has no
/// program.
///
/// The program runs without a shell and without standard input, which can contain session IDs. It is killed when
/// the call that waits for it ends.
///
/// # Errors
/// The program cannot be run, fails, takes too long, or does not print credentials. Its output is not shown,
/// because it can contain secrets.
pub(super) async fn credentials(
    context: &CredentialRequest<'_>,
    profile: Profile<'_>,
) -> Result<Option<Credentials>, ProviderError> {
    let Some(command) = profile.non_empty(CREDENTIAL_PROCESS)? else {
        return Ok(None);
    };
    let place = profile.place(CREDENTIAL_PROCESS);
    let words = words::command(command).map_err(|what| {
        ProviderError::invalid(format!("{place} cannot be split into words: {what}"))
    })?;
    let Some((program, arguments)) = words.split_first() else {
        return Err(ProviderError::invalid(format!("{place} is empty")));
    };
    context.waits_for(format!("the {place}"));
    let failed =
        |what: String| ProviderError::new(ProviderErrorKind::Process, format!("{place} {what}"));
    let child = spawn(program, arguments)
        .map_err(|error| failed(format!("could not be run: {program}: {error}")))?;
    let output = output(child, TIME_LIMIT).await.map_err(failed)?;
    if !output.status.success() {
        return Err(failed(format!("failed with {}", output.status)));
    }
    parse(&output.stdout, context.now).map(Some).map_err(failed)
}

/// Starts the program. If there is no terminal, it has its own process group. At a terminal it stays in the
/// foreground, so that it can prompt there and ends with Ctrl-C.
fn spawn(program: &str, arguments: &[String]) -> std::io::Result<Child> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    #[cfg(unix)]
    if std::fs::File::open("/dev/tty").is_err() {
        command.process_group(0);
    }
    command.spawn()
}

/// Waits for the program. At the time limit, or if this future is dropped, the program and its process group
/// are killed.
async fn output(child: Child, limit: Duration) -> Result<Output, String> {
    let mut group = ProcessGroup::new(&child);
    let output = tokio::time::timeout(limit, child.wait_with_output()).await;
    match output {
        Ok(Ok(output)) => {
            // The program may have started an agent that continues to run.
            group.0 = None;
            Ok(output)
        }
        Ok(Err(error)) => Err(format!("could not be read: {error}")),
        Err(_) => Err(format!("did not end within {} s", limit.as_secs())),
    }
}

/// The ID of the process group whose leader is a child. The group is killed when this is dropped.
struct ProcessGroup(Option<i32>);

impl ProcessGroup {
    fn new(child: &Child) -> Self {
        let id = child.id().map(u32::cast_signed);
        // A child at a terminal is in the group of this process, which must not be killed.
        #[cfg(unix)]
        let id = id.filter(|id| {
            use rustix::process::{Pid, getpgid};
            Pid::from_raw(*id).is_some_and(|id| getpgid(Some(id)) == Ok(id))
        });
        Self(id)
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(id) = self.0.and_then(rustix::process::Pid::from_raw) {
            use rustix::process::{Signal, kill_process_group};
            let _ = kill_process_group(id, Signal::KILL);
        }
    }
}

/// Parses the output of the program (AWS SDKs and Tools Reference Guide, "Process credential provider"). Only
/// version 1 of the format exists.
pub fn parse(printed: &[u8], now: SystemTime) -> Result<Credentials, String> {
    let document: Value = serde_json::from_slice(printed).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("did not print JSON (line {line}, column {column})")
    })?;
    match document.get("Version") {
        Some(version) if version.as_f64() == Some(1.0) => {}
        _ => return Err("did not print credentials of Version 1".to_owned()),
    }
    let text = |key: &str| match document.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(format!("printed a value of {key} that is not text")),
    };
    let required = |key: &str| text(key)?.ok_or_else(|| format!("printed no {key}"));
    let end = text("Expiration")?;
    let end =
        end.map(|end| timestamp::parse(end).ok_or("printed an Expiration that is not a time"));
    let end = end.transpose()?;
    if end.is_some_and(|end| end <= now) {
        return Err("printed credentials that have expired".to_owned());
    }
    Ok(static_keys::credentials(
        required("AccessKeyId")?,
        required("SecretAccessKey")?,
        text("SessionToken")?,
        end,
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
            parse(document.to_string().as_bytes(), now)
        };
        assert_eq!(
            keys(json!({"SessionToken": ""})).unwrap().session_token(),
            None
        );
        assert_eq!(
            keys(json!({"SessionToken": null})).unwrap().session_token(),
            None
        );
        let endless = keys(json!({"Expiration": null})).unwrap();
        assert_eq!(endless.expiry(), None);
        for end in [
            "2099-01-01T01:01:00+0000",
            "2099-01-01T01:01UTC",
            "20990101T0101Z",
        ] {
            let found = keys(json!({"Expiration": end})).unwrap();
            assert_eq!(
                found.expiry(),
                timestamp::parse("2099-01-01T01:01:00Z"),
                "{end}"
            );
        }
        for (more, says) in [
            (json!({"Version": 2}), "Version 1"),
            (json!({"Version": "1"}), "Version 1"),
            (json!({"AccessKeyId": null}), "no AccessKeyId"),
            (json!({"Expiration": "soon"}), "not a time"),
            (json!({"Expiration": ""}), "not a time"),
            (
                json!({"Expiration": 4_070_912_400_u64}),
                "of Expiration that is not text",
            ),
            (
                json!({"Expiration": false}),
                "of Expiration that is not text",
            ),
            (
                json!({"SessionToken": 1}),
                "of SessionToken that is not text",
            ),
            (json!({"Expiration": "1969-01-01T00:00:00Z"}), "expired"),
        ] {
            assert!(keys(more).unwrap_err().contains(says), "{says}");
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_process_that_takes_too_long_is_killed_with_its_children() {
        use tokio::io::AsyncReadExt;
        let script = "sleep 1000000 & echo started; wait".to_owned();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &script]).process_group(0);
        let mut child = command
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut started = [0; 8];
        stdout.read_exact(&mut started).await.unwrap();
        let error = output(child, Duration::ZERO).await.unwrap_err();
        assert!(error.contains("did not end"), "{error}");
        // The read ends only when all processes have closed the pipe.
        assert_eq!(stdout.read_to_end(&mut Vec::new()).await.unwrap(), 0);
    }
}

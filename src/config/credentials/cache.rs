//! The AWS CLI's cache of temporary credentials, `~/.aws/cli/cache/KEY.json`, with its keys and its
//! content (botocore's `CachedCredentialFetcher`, `AssumeRoleCredentialFetcher` and
//! `SSOCredentialFetcher`), so that either program uses what the other one got.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use super::{expiry, keys, token_cache};
use crate::config::files::paths;
use crate::service::credentials::key_fault;

/// How long before their end cached credentials are replaced (botocore's
/// `DEFAULT_EXPIRY_WINDOW_SECONDS`).
const REPLACED_BEFORE_END: Duration = Duration::from_secs(15 * 60);

/// The name of an entry: the SHA-1 of what the credentials were asked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key(String);

/// A parameter of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Parameter {
    Text(String),
    Number(i64),
}

/// The parameters of a request by their names.
pub(super) type Parameters = BTreeMap<&'static str, Parameter>;

/// How Python's `json.dumps` separates things: botocore has it put blanks for STS and none for
/// Identity Center.
#[derive(Debug, Clone, Copy)]
pub(super) enum Notation {
    Blanks,
    Compact,
}

impl Key {
    pub(super) fn of(parameters: &Parameters, notation: Notation) -> Self {
        Self(format!(
            "{:x}",
            Sha1::digest(python_json(parameters, notation))
        ))
    }
}

/// The parameters as Python's `json.dumps(..., sort_keys=True)` writes them: ASCII alone.
fn python_json(parameters: &Parameters, notation: Notation) -> String {
    let (comma, colon) = match notation {
        Notation::Blanks => (", ", ": "),
        Notation::Compact => (",", ":"),
    };
    let pairs = parameters.iter().map(|(name, value)| match value {
        Parameter::Text(text) => format!("\"{name}\"{colon}{}", python_string(text)),
        Parameter::Number(number) => format!("\"{name}\"{colon}{number}"),
    });
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(comma))
}

fn python_string(text: &str) -> String {
    let mut written = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            '\u{8}' => written.push_str("\\b"),
            '\u{c}' => written.push_str("\\f"),
            ' '..='~' => written.push(character),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    let _ = write!(written, "\\u{unit:04x}");
                }
            }
        }
    }
    written.push('"');
    written
}

/// The cache, if it is to be used.
#[derive(Debug, Clone)]
pub(super) struct Cache {
    folder: Option<PathBuf>,
}

impl Cache {
    /// The AWS CLI's cache, or none.
    pub(super) fn new(is_used: bool) -> Self {
        Self {
            folder: is_used.then(|| paths::at_home(".aws/cli/cache")).flatten(),
        }
    }

    fn path(&self, key: &Key) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(format!("{}.json", key.0)))
    }

    /// The credentials of an entry that last long enough. One that is damaged, expired, foreign or
    /// unreadable is as good as missing.
    pub(super) fn load(&self, key: &Key, now: SystemTime) -> Option<Credentials> {
        let document = token_cache::read_own(&self.path(key)?).ok()?;
        read(&document, now)
    }

    /// Writes an entry. Where that fails, the next command asks again.
    pub(super) fn store(&self, key: &Key, document: &Value) {
        if let Some(path) = self.path(key) {
            let _ = token_cache::replace(&path, document);
        }
    }
}

fn read(document: &Value, now: SystemTime) -> Option<Credentials> {
    let entry = document.get("Credentials")?;
    let text = |key: &str| entry.get(key)?.as_str();
    let end = expiry::parse(text("Expiration")?)?;
    if end < now.checked_add(REPLACED_BEFORE_END)? {
        return None;
    }
    let parts = ["AccessKeyId", "SecretAccessKey", "SessionToken"].map(text);
    let [Some(id), Some(secret), Some(token)] = parts else {
        return None;
    };
    let is_sound = [id, secret].iter().all(|part| !part.is_empty())
        && [id, secret, token]
            .iter()
            .all(|part| key_fault(part).is_none());
    is_sound.then(|| keys::made(id, secret, Some(token), Some(end), "Cache"))
}

/// The part of an entry that every source writes.
pub(super) fn entry(credentials: &Credentials, zone: &str, account: Option<&str>) -> Value {
    let mut entry = json!({
        "AccessKeyId": credentials.access_key_id(),
        "SecretAccessKey": credentials.secret_access_key(),
        "SessionToken": credentials.session_token(),
        "Expiration": credentials.expiry().map(|end| expiry::written(end, zone)),
    });
    if let Some(account) = account {
        entry["AccountId"] = json!(account);
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Parameter {
        Parameter::Text(text.to_owned())
    }

    /// The keys are botocore's own, computed by it.
    #[test]
    fn keys_are_those_of_botocore() {
        let arn = "arn:aws:iam::123456789012:role/Auditor";
        let mut parameters = Parameters::from([("RoleArn", text(arn))]);
        assert_eq!(Key::of(&parameters, Notation::Blanks).0, ROLE_ALONE);
        parameters.extend([
            ("ExternalId", text("e\"1\u{e9}\u{1f511}\\")),
            ("SerialNumber", text("arn:aws:iam::123456789012:mfa/alice")),
            ("DurationSeconds", Parameter::Number(3600)),
            ("RoleSessionName", text("audit")),
        ]);
        assert_eq!(Key::of(&parameters, Notation::Blanks).0, ROLE_WITH_ALL);
        let sso = Parameters::from([
            ("roleName", text("Auditor")),
            ("accountId", text("123456789012")),
            ("sessionName", text("corp")),
        ]);
        assert_eq!(Key::of(&sso, Notation::Compact).0, SSO);
    }

    const ROLE_ALONE: &str = "ff4e374ca4c8d786fbbcf6100d9a203c8042f421";
    const ROLE_WITH_ALL: &str = "89ea9df61700162a780267e583cc079a08432fd3";
    const SSO: &str = "66767f6f7511d728bfce50102eee7f885ade310a";

    #[test]
    fn an_entry_that_is_damaged_or_runs_out_is_as_good_as_missing() {
        let now = expiry::parse("2026-01-01T00:00:00Z").unwrap();
        let entry = |end: &str| {
            json!({"Credentials": {
                "AccessKeyId": "i", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": end,
            }})
        };
        for end in [
            "2026-01-01T00:15:00UTC",
            "2026-01-01T00:15:00+00:00",
            "2026-01-01T00:15:00Z",
        ] {
            assert!(read(&entry(end), now).is_some(), "{end}");
        }
        for end in ["2026-01-01T00:14:59Z", "2020-01-01T00:00:00UTC", "x", ""] {
            assert!(read(&entry(end), now).is_none(), "{end}");
        }
        for part in ["AccessKeyId", "SecretAccessKey", "SessionToken"] {
            for value in [json!(null), json!(1), json!("a\nb")] {
                let mut damaged = entry("2026-01-02T00:00:00Z");
                damaged["Credentials"][part] = value;
                assert!(read(&damaged, now).is_none(), "{damaged}");
            }
        }
        assert!(read(&json!([]), now).is_none());
    }
}

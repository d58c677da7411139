//! The AWS CLI's cache of temporary credentials, `~/.aws/cli/cache/KEY.json`. Its keys and entries are those of
//! botocore (`CachedCredentialFetcher`, `AssumeRoleCredentialFetcher`, `SSOCredentialFetcher`), so that both
//! programs share the credentials.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use serde::Serialize;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use super::{MAX_FILE_SIZE, static_keys, timestamp};
use crate::cli::private_file;
use crate::service::credentials::check;

/// Cached credentials are replaced this long before they expire (botocore's
/// `DEFAULT_EXPIRY_WINDOW_SECONDS`).
const EXPIRY_WINDOW: Duration = Duration::from_secs(15 * 60);

/// The name of an entry: the SHA-1 hash of the request's parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CacheKey(String);

/// The separators between members and after a member's name, as in Python's `json.dumps`. botocore uses Python's
/// defaults for STS, and no spaces for Identity Center.
pub(super) type Separators = [&'static str; 2];
pub(super) const SPACED: Separators = [", ", ": "];
pub(super) const COMPACT: Separators = [",", ":"];

impl CacheKey {
    /// The key of a request with these parameters. Parameters without a value are omitted.
    pub(super) fn new(parameters: impl Serialize, [comma, colon]: Separators) -> Self {
        let parameters = serde_json::to_value(parameters).unwrap_or_default();
        let by_name: BTreeMap<_, _> = parameters.as_object().into_iter().flatten().collect();
        let members = by_name
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| format!("\"{name}\"{colon}{}", to_ascii(&value.to_string())));
        let json = format!("{{{}}}", members.collect::<Vec<_>>().join(comma));
        Self(hex::encode(Sha1::digest(json)))
    }
}

/// Escapes non-ASCII characters as Python's `json.dumps` does.
fn to_ascii(json: &str) -> String {
    let mut ascii = String::with_capacity(json.len());
    for character in json.chars() {
        if matches!(character, ' '..='~') {
            ascii.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            ascii.push_str(&format!("\\u{unit:04x}"));
        }
    }
    ascii
}

/// The cache. Without a folder, nothing is read or written.
#[derive(Debug)]
pub(super) struct SharedCache {
    folder: Option<PathBuf>,
}

impl SharedCache {
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    fn path(&self, key: &CacheKey) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(format!("{}.json", key.0)))
    }

    /// Returns the credentials of an entry. An entry that is damaged, expires soon, belongs to another user or
    /// cannot be read counts as missing.
    pub(super) fn load(&self, key: &CacheKey, now: SystemTime) -> Option<Credentials> {
        let content = private_file::read(&self.path(key)?, MAX_FILE_SIZE).ok()?;
        parse(&content, now)
    }

    /// Writes an entry. If that fails, the next command requests credentials again.
    pub(super) fn store(&self, key: &CacheKey, document: &Value) {
        if let Some(path) = self.path(key) {
            let _ = private_file::replace(&path, document.to_string().as_bytes());
        }
    }
}

/// Parses an entry; `None` if it is damaged or expires soon.
pub fn parse(content: &[u8], now: SystemTime) -> Option<Credentials> {
    let document: Value = serde_json::from_slice(content).ok()?;
    let entry = document.get("Credentials")?;
    let text = |key: &str| entry.get(key)?.as_str();
    let end = timestamp::parse(text("Expiration")?)?;
    if end < now.checked_add(EXPIRY_WINDOW)? {
        return None;
    }
    let (id, secret) = (text("AccessKeyId")?, text("SecretAccessKey")?);
    let found = static_keys::credentials(id, secret, Some(text("SessionToken")?), Some(end));
    let is_complete = !id.is_empty() && !secret.is_empty();
    check(found, now).ok().filter(|_| is_complete)
}

/// The members that all providers write into an entry.
pub(super) fn entry(credentials: &Credentials, zone: &str, account: Option<&str>) -> Value {
    let mut entry = json!({
        "AccessKeyId": credentials.access_key_id(),
        "SecretAccessKey": credentials.secret_access_key(),
        "SessionToken": credentials.session_token(),
        "Expiration": credentials.expiry().map(|end| timestamp::format(end, zone)),
    });
    if let Some(account) = account {
        entry["AccountId"] = json!(account);
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    /// botocore computed these keys.
    #[test]
    fn keys_are_those_of_botocore() {
        let arn = "arn:aws:iam::123456789012:role/Auditor";
        let alone = json!({"RoleArn": arn});
        assert_eq!(CacheKey::new(alone, SPACED).0, ROLE_ALONE);
        let with_all = json!({
            "RoleArn": arn,
            "ExternalId": "e\"1\u{e9}\u{1f511}\\",
            "SerialNumber": "arn:aws:iam::123456789012:mfa/alice",
            "DurationSeconds": 3600,
            "RoleSessionName": "audit",
        });
        assert_eq!(CacheKey::new(with_all, SPACED).0, ROLE_WITH_ALL);
        let sso = json!({
            "roleName": "Auditor",
            "accountId": "123456789012",
            "sessionName": "corp",
            "startUrl": null,
        });
        assert_eq!(CacheKey::new(sso, COMPACT).0, SSO);
    }

    const ROLE_ALONE: &str = "ff4e374ca4c8d786fbbcf6100d9a203c8042f421";
    const ROLE_WITH_ALL: &str = "89ea9df61700162a780267e583cc079a08432fd3";
    const SSO: &str = "66767f6f7511d728bfce50102eee7f885ade310a";

    #[test]
    fn an_entry_that_is_damaged_or_expires_soon_counts_as_missing() {
        let bytes = |document: &Value| document.to_string().into_bytes();
        let now = timestamp::parse("2026-01-01T00:00:00Z").unwrap();
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
            assert!(parse(&bytes(&entry(end)), now).is_some(), "{end}");
        }
        for end in ["2026-01-01T00:14:59Z", "2020-01-01T00:00:00UTC", "x", ""] {
            assert!(parse(&bytes(&entry(end)), now).is_none(), "{end}");
        }
        for part in ["AccessKeyId", "SecretAccessKey", "SessionToken"] {
            for value in [json!(null), json!(1), json!("a\nb")] {
                let mut damaged = entry("2026-01-02T00:00:00Z");
                damaged["Credentials"][part] = value;
                assert!(parse(&bytes(&damaged), now).is_none(), "{damaged}");
            }
        }
        assert!(parse(b"[]", now).is_none());
    }
}

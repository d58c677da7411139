//! The emulator's data and behavior, and the data file that configures them. `docs/emulator.md` has its format.

use std::collections::{HashMap, HashSet};
use std::mem::take;
use std::num::NonZeroUsize;

use anyhow::{Context, Result, anyhow, bail, ensure};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::behavior::Behavior;
use super::generated::{DEFAULT_INTERVAL, DEFAULT_START, Generated, portal_id};
use super::list_faults::ListFaults;
use super::portal::{StoredPortal, StoredSessions};
use crate::service::documents::{Portal, Session};
use crate::service::endpoint::Region;
use crate::service::ids::{PortalId, SessionId};

/// The region of portals without a `region`, if the data file has no `region` of its own either.
const DEFAULT_REGION: &str = "us-east-1";

/// The byte order mark that some editors write before UTF-8.
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// The data that an emulator serves, and its behavior, with the members of a data file. The default is an account
/// without portals.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[serde(expecting = "an object")]
pub struct EmulatorData {
    pub(super) credentials: EmulatorCredentials,
    /// The region of portals without a `region`. If it is given, requests must be signed for it or for a
    /// portal's region.
    pub(super) region: Option<Region>,
    /// At most 68 years by its type, so that the shifted time is always valid.
    pub(super) clock_offset_seconds: i32,
    pub(super) page_size: Option<NonZeroUsize>,
    pub(super) seed: u64,
    pub(super) lists: ListFaults,
    pub(super) behaviors: Vec<Behavior>,
    /// The portals of the file. `other` of each has the members of a [`PortalEntry`].
    #[serde(rename = "portals")]
    entries: Vec<Portal>,
    generate: Option<Value>,
    /// The portals of `entries` and `generate`.
    #[serde(skip)]
    pub(super) portals: Vec<StoredPortal>,
    /// The number of portals of `generate`.
    #[serde(skip)]
    generated: usize,
    #[serde(skip)]
    index_of: HashMap<String, usize>,
}

/// The credentials with which requests must be signed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EmulatorCredentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    /// The session token, if requests need one.
    pub session_token: Option<String>,
    /// Whether requests are answered with `ExpiredTokenException`.
    #[serde(default)]
    pub expired: bool,
}

impl Default for EmulatorCredentials {
    /// Generates new credentials for each start, so that nothing of value can leak. They need no
    /// cryptographic random source, because they guard samples on loopback.
    fn default() -> Self {
        let text = |length| std::iter::repeat_with(fastrand::alphanumeric).take(length);
        Self {
            access_key_id: format!("ASIA{}", text(16).collect::<String>().to_ascii_uppercase()),
            secret_access_key: text(40).collect(),
            session_token: Some(text(64).collect()),
            expired: false,
        }
    }
}

impl EmulatorCredentials {
    /// Checks that headers and environment variables can carry the credentials.
    fn check(&self) -> Result<()> {
        let (id, secret) = (&self.access_key_id, &self.secret_access_key);
        check_text("credentials.accessKeyId", id)?;
        check_text("credentials.secretAccessKey", secret)?;
        check_text(
            "credentials.sessionToken",
            self.session_token.as_deref().unwrap_or("none"),
        )?;
        ensure!(
            !id.contains(['/', ',']),
            "credentials.accessKeyId: must not contain '/' or ','"
        );
        Ok(())
    }
}

/// Checks that a header can carry `text`, the member at `path`.
pub(super) fn check_text(path: &str, text: &str) -> Result<()> {
    let is_visible = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    ensure!(is_visible, "{path}: must be visible ASCII, and not empty");
    Ok(())
}

/// The members of a portal in the data file that ListPortals does not return.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PortalEntry {
    portal_id: PortalId,
    region: Option<Region>,
    #[serde(default)]
    sessions: Vec<Session>,
}

/// One entry of `generate` in the data file. It generates sessions of the portal `portal_id`, or of `portals` new
/// portals.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct GenerateEntry {
    portal_id: Option<PortalId>,
    region: Option<Region>,
    portals: Option<u16>,
    regions: Option<Vec<Region>>,
    sessions: u32,
    start: Option<i64>,
    interval: Option<u32>,
    max_concurrent_sessions: Option<u32>,
}

impl EmulatorData {
    /// Reads the bytes of a data file, which may start with a byte order mark.
    ///
    /// # Errors
    /// As [`EmulatorData::parse`], and for bytes that are not UTF-8.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let bytes = bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes);
        // JSON starts with an ASCII character, so UTF-16 without a mark has a zero next to it.
        if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..] = bytes {
            bail!("the text is UTF-16, as PowerShell's '>' writes it; save it as UTF-8");
        }
        let text = std::str::from_utf8(bytes);
        Self::parse(text.map_err(|error| anyhow!("the text is not UTF-8: {error}"))?)
    }

    /// Reads a data file's text.
    ///
    /// # Errors
    /// Names the line of invalid JSON, and the path of a member that cannot be served
    /// (`portals[0].sessions[2].sessionId`).
    pub fn parse(text: &str) -> Result<Self> {
        ensure!(
            !text.trim_start().starts_with('['),
            "the data is a list, not an object"
        );
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let mut data: Self = serde_path_to_error::deserialize(&mut deserializer)?;
        deserializer.end()?;
        data.credentials.check()?;
        for (index, portal) in take(&mut data.entries).into_iter().enumerate() {
            data.add_entry(portal, &format!("portals[{index}]"))?;
        }
        match data.generate.take() {
            None => {}
            Some(Value::Array(entries)) => {
                for (index, entry) in entries.into_iter().enumerate() {
                    data.generate(entry, &format!("generate[{index}]"))?;
                }
            }
            Some(entry) => data.generate(entry, "generate")?,
        }
        for (index, behavior) in data.behaviors.iter().enumerate() {
            let path = format!("behaviors[{index}]");
            behavior.check(&path)?;
            if let Some(session) = behavior.changed_session() {
                let mut portals = data.portals.iter();
                let is_known = portals.any(|portal| portal.sessions.knows(session.as_str()));
                ensure!(is_known, "{path}: no portal has this session");
            }
        }
        Ok(data)
    }

    fn add_entry(&mut self, mut summary: Portal, path: &str) -> Result<()> {
        let entry: PortalEntry = deserialize(Value::Object(take(&mut summary.other)), path)?;
        let mut seen = HashSet::new();
        for (index, session) in entry.sessions.iter().enumerate() {
            let path = || format!("{path}.sessions[{index}].sessionId");
            let id = session.session_id.as_deref();
            let id = id.with_context(|| format!("{}: missing", path()))?;
            SessionId::exact(id).map_err(|error| anyhow!("{}: {error}", path()))?;
            ensure!(
                seen.insert(id),
                "{}: an earlier session has this ID",
                path()
            );
        }
        let id = entry.portal_id.as_str();
        let is_new = self.portal(id).is_none();
        ensure!(is_new, "{path}.portalId: an earlier portal has this ID");
        let region = entry.region.unwrap_or_else(|| self.default_region());
        self.add(StoredPortal::new(id, region, summary, entry.sessions));
        Ok(())
    }

    fn generate(&mut self, entry: Value, path: &str) -> Result<()> {
        let entry: GenerateEntry = deserialize(entry, path)?;
        let default_region = self.default_region();
        match (entry.portal_id, entry.portals) {
            (Some(id), None) => {
                ensure!(entry.regions.is_none(), "{path}.regions: needs portals");
                let region = entry.region.as_ref().unwrap_or(&default_region);
                let portal = self.generate_portal(Some(id.as_str()), region, &entry, path)?;
                let is_there = entry.region.is_none_or(|region| region == portal.region);
                ensure!(is_there, "{path}.region: this portal is in another region");
            }
            (None, Some(count)) => {
                ensure!(entry.region.is_none(), "{path}.region: needs portalId");
                let regions = entry.regions.as_deref();
                let regions = regions.unwrap_or(std::slice::from_ref(&default_region));
                ensure!(!regions.is_empty(), "{path}.regions: names no region");
                for region in regions.iter().cycle().take(count.into()) {
                    self.generate_portal(None, region, &entry, path)?;
                }
            }
            _ => bail!("{path}: needs either portalId or portals (a number)"),
        }
        Ok(())
    }

    /// Adds a generated portal, or generates the sessions of the portal with this ID.
    fn generate_portal(
        &mut self,
        id: Option<&str>,
        region: &Region,
        entry: &GenerateEntry,
        path: &str,
    ) -> Result<&StoredPortal> {
        let number = u16::try_from(self.generated);
        let number = number.map_err(|_| anyhow!("{path}: more than 65,536 generated portals"))?;
        self.generated += 1;
        let now = Timestamp::now().as_second() + i64::from(self.clock_offset_seconds);
        let start = match entry.start.unwrap_or(DEFAULT_START) {
            ago @ ..0 => now.saturating_add(ago),
            start => start,
        };
        let is_valid = Timestamp::from_second(start).is_ok();
        ensure!(is_valid, "{path}.start: must be in the years -9999 to 9999");
        let mut summary = Portal::default();
        if id.is_none() {
            summary.portal_status = Some("Active".to_owned());
            summary.display_name = Some(format!("Portal {number}"));
        }
        let id = id.map_or_else(|| portal_id(number), str::to_owned);
        let index = self.index_of.get(&id).copied().unwrap_or_else(|| {
            self.add(StoredPortal::new(&id, region.clone(), summary, Vec::new()))
        });
        let portal = &mut self.portals[index];
        ensure!(
            portal.sessions.is_empty(),
            "{path}.portalId: this portal has sessions already; generate these in another portal"
        );
        portal.sessions = StoredSessions::Generated(Generated {
            portal: number,
            sessions: entry.sessions,
            start,
            interval: entry.interval.unwrap_or(DEFAULT_INTERVAL),
        });
        if let Some(limit) = entry.max_concurrent_sessions {
            portal.summary.max_concurrent_sessions = Some(limit.into());
        }
        Ok(portal)
    }

    pub(super) fn default_region(&self) -> Region {
        let region = self.region.clone();
        region.unwrap_or_else(|| Region::known(DEFAULT_REGION))
    }

    pub(super) fn accepts_region(&self, region: &str) -> bool {
        let is_it = |known: &Region| known.as_str() == region;
        let mut portals = self.portals.iter();
        self.region.as_ref().is_none_or(is_it) || portals.any(|portal| is_it(&portal.region))
    }

    pub(super) fn add(&mut self, portal: StoredPortal) -> usize {
        let index = self.portals.len();
        self.index_of.insert(portal.id.clone(), index);
        self.portals.push(portal);
        index
    }

    pub(super) fn portal(&self, id: &str) -> Option<&StoredPortal> {
        self.portals.get(*self.index_of.get(id)?)
    }
}

/// Deserializes the value at `path`. An error names the path of the member that caused it.
fn deserialize<T: DeserializeOwned>(value: Value, path: &str) -> Result<T> {
    serde_path_to_error::deserialize(value).map_err(|error| match error.path().iter().len() {
        0 => anyhow!("{path}: {error}"),
        _ => anyhow!("{path}.{error}"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::generated::{generated_session_id, portal_id};
    use super::*;

    /// After the last start, in epoch seconds.
    const NOW: i64 = 1_790_000_000;
    const PORTAL: &str = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";

    fn problem(text: &str) -> String {
        EmulatorData::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn the_documented_data_file_can_be_served() {
        let document = include_str!("../../docs/emulator.md");
        let examples = document.split("```json\n").skip(1);
        let mut parsed = 0;
        for example in examples {
            let (example, _) = example.split_once("```").unwrap();
            EmulatorData::parse(example).unwrap();
            parsed += 1;
        }
        assert!(parsed > 0);
    }

    #[test]
    fn a_byte_order_mark_is_skipped_and_utf_16_is_named() {
        let text = r#"{"seed":7}"#;
        assert_eq!(EmulatorData::read(text.as_bytes()).unwrap().seed, 7);
        assert_eq!(
            EmulatorData::read(format!("\u{feff}{text}").as_bytes())
                .unwrap()
                .seed,
            7
        );
        for mark in ["", "\u{feff}"] {
            let units: Vec<u16> = mark.encode_utf16().chain(text.encode_utf16()).collect();
            let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
            for bytes in [little, big] {
                let error = EmulatorData::read(&bytes).unwrap_err().to_string();
                assert!(
                    error.contains("UTF-16") && error.contains("UTF-8"),
                    "{error}"
                );
            }
        }
        let error = EmulatorData::read(b"{\"\xff\": 1}")
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("the text is not UTF-8"), "{error}");
    }

    #[test]
    fn an_unknown_member_is_refused_with_its_line() {
        let text = problem("{\n\"portal\": []}");
        assert!(
            text.contains("`portal`") && text.contains("line 2"),
            "{text}"
        );
    }

    #[test]
    fn a_problem_names_its_path() {
        let session = |rest: &str| {
            problem(&format!(
                r#"{{"portals":[{{"portalId":"{PORTAL}","sessions":[{rest}]}}]}}"#
            ))
        };
        assert!(
            session(r#"{"sessionId":"short"}"#).starts_with("portals[0].sessions[0].sessionId")
        );
        assert!(session(r#"{"status":"Active"}"#).contains("sessionId: missing"));
        let twice = format!(r#"{{"sessionId":"{PORTAL}"}},{{"sessionId":"{PORTAL}"}}"#);
        assert!(session(&twice).contains("sessions[1].sessionId: an earlier session"));
        let text = format!(r#"{{"sessionId":"{PORTAL}","startTime":"now"}}"#);
        assert!(
            session(&text)
                .contains("startTime: invalid type: string \"now\", expected a time in seconds")
        );
        let text = problem(r#"{"credentials":{"accessKeyId":"a","secretAccessKey":"\u0000"}}"#);
        assert!(text.starts_with("credentials.secretAccessKey"), "{text}");
        assert!(problem(r#"{"pageSize":0}"#).starts_with("pageSize"));
        let text = problem(r#"{"behaviors":[{"delay":1},{"times":"x","delay":1}]}"#);
        assert!(text.starts_with("behaviors[1].times: "), "{text}");
        let text = problem(r#"{"lists":{"order":"random"}}"#);
        assert!(text.starts_with("lists.order: "), "{text}");
        assert!(problem("{} x").contains("trailing characters"));
        let text = problem(&format!(
            r#"{{"portals":[{{"portalId":"{PORTAL}","session":[]}}]}}"#
        ));
        assert!(
            text.starts_with("portals[0].session: unknown field `session`"),
            "{text}"
        );
        let text = problem(&format!(
            r#"{{"portals":[{{"portalId":"{PORTAL}","displayName":5}}]}}"#
        ));
        let says = "portals[0].displayName: invalid type: integer `5`, expected a string";
        assert!(text.starts_with(says), "{text}");
    }

    #[test]
    fn a_value_that_is_not_an_object_is_refused() {
        for text in [
            "7",
            "null",
            r#""x""#,
            r#"{"lists": 7}"#,
            r#"{"portals": [7]}"#,
        ] {
            let text = problem(text);
            assert!(text.contains("expected an object"), "{text}");
        }
    }

    #[test]
    fn a_behavior_needs_exactly_one_effect() {
        let says = "behaviors[0]: needs exactly one of throttle";
        for behavior in ["{}", r#"{"delay": 1, "cut": "before"}"#] {
            assert!(problem(&format!(r#"{{"behaviors":[{behavior}]}}"#)).starts_with(says));
        }
        assert!(EmulatorData::parse(r#"{"behaviors":[{"delay": 1}]}"#).is_ok());
    }

    #[test]
    fn values_out_of_range_are_refused_with_their_path() {
        for (behavior, says) in [
            (r#"{"share": 1.5, "delay": 1}"#, ".share: "),
            (r#"{"session": "x", "delay": 1}"#, ".session: "),
            (r#"{"portal": "x", "delay": 1}"#, ".portal: "),
            (r#"{"region": "", "delay": 1}"#, ".region: "),
            (r#"{"perSecond": 0}"#, ".perSecond: must be more than 0"),
            (
                r#"{"fail": {"status": 600, "code": "X"}}"#,
                ".fail.status: must be from 200 to 599",
            ),
            (
                r#"{"fail": {"status": 500, "code": "X\n"}}"#,
                ".fail.code: ",
            ),
            (
                r#"{"endAfter": 3}"#,
                ": endAfter and unlisted need \"session\"",
            ),
            (r#"{"endAfter": -3}"#, ".endAfter: "),
            (
                r#"{"unlisted": true}"#,
                ": endAfter and unlisted need \"session\"",
            ),
            (r#"{"from": -1, "delay": 1}"#, ".from: "),
            (
                r#"{"reply": {"status": 100}}"#,
                ".reply.status: must be from 200 to 599",
            ),
            (
                r#"{"reply": {"status": 200, "headers": {"a b": ""}}}"#,
                ".reply.headers: invalid HTTP header name",
            ),
            (
                r#"{"reply": {"status": 200, "headers": {"Content-Length": "4"}, "body": "four"}}"#,
                ".reply.headers: content-length and transfer-encoding follow from the body",
            ),
        ] {
            let text = problem(&format!(r#"{{"behaviors":[{behavior}]}}"#));
            let says = format!("behaviors[0]{says}");
            assert!(text.starts_with(&says), "{behavior}: {text}");
        }
    }

    #[test]
    fn a_million_generated_sessions_are_found_by_number_and_by_id() {
        let data = EmulatorData::parse(&format!(
            r#"{{"generate":{{"portalId":"{PORTAL}","sessions":1000000}}}}"#
        ))
        .unwrap();
        let portal = data.portal(PORTAL).unwrap();
        let id = generated_session_id(999_999);
        assert_eq!(portal.sessions.index_of(&id, NOW), Some(999_999));
        let session = portal.sessions.get(999_999, NOW).unwrap();
        assert_eq!(session.session_id, Some(id));
        let beyond = generated_session_id(1_000_000);
        assert_eq!(portal.sessions.index_of(&beyond, NOW), None);
        assert!(portal.sessions.get(1_000_000, NOW).is_none());
    }

    #[test]
    fn generated_portals_take_turns_in_the_regions() {
        let data = EmulatorData::parse(&format!(
            r#"{{"region":"us-west-2","generate":[
                {{"portalId":"{PORTAL}","sessions":7,"maxConcurrentSessions":3}},
                {{"portals":5,"regions":["eu-west-1","ap-south-1"],"sessions":2}}]}}"#
        ))
        .unwrap();
        let portals: Vec<(&str, &str)> = data
            .portals
            .iter()
            .map(|portal| (portal.id.as_str(), portal.region.as_str()))
            .collect();
        let ids: Vec<String> = (1..=5).map(portal_id).collect();
        assert_eq!(
            portals,
            [
                (PORTAL, "us-west-2"),
                (&ids[0], "eu-west-1"),
                (&ids[1], "ap-south-1"),
                (&ids[2], "eu-west-1"),
                (&ids[3], "ap-south-1"),
                (&ids[4], "eu-west-1"),
            ]
        );
        assert_eq!(data.portals[5].sessions.count(NOW), 2);
        let summary = serde_json::to_value(&data.portals[0].summary).unwrap();
        assert_eq!(summary["maxConcurrentSessions"], 3);
    }

    #[test]
    fn a_start_before_zero_counts_back_from_now() {
        let data = EmulatorData::parse(&format!(
            r#"{{"clockOffsetSeconds":-100000,
                "generate":{{"portalId":"{PORTAL}","sessions":9,"start":-60,"interval":20}}}}"#
        ));
        let portal = &data.unwrap().portals[0];
        let now = jiff::Timestamp::now().as_second() - 100_000;
        assert_eq!(portal.sessions.count(now - 61), 0);
        assert!((4..9).contains(&portal.sessions.count(now)));
        assert_eq!(portal.sessions.count(now + 1000), 9);
    }

    #[test]
    fn a_problem_with_generated_portals_names_its_path() {
        for (generate, says) in [
            ("7", "generate: "),
            (
                r#"{"sessions":1}"#,
                "generate: needs either portalId or portals",
            ),
            (r#"{"portals":1}"#, "generate: missing field `sessions`"),
            (
                r#"[{"portals":1,"sessions":1,"user":1}]"#,
                "generate[0].user: unknown field `user`",
            ),
            (
                r#"{"portals":1,"sessions":1,"regions":[]}"#,
                "generate.regions: ",
            ),
            (
                r#"{"portals":1,"sessions":1,"regions":["a b"]}"#,
                "generate.regions[0]: ",
            ),
            (
                r#"{"portals":1,"sessions":1,"region":"x"}"#,
                "generate.region: needs portalId",
            ),
            (
                r#"[{"portals":65535,"sessions":0},{"portals":2,"sessions":0}]"#,
                "generate[1]: more than 65,536",
            ),
            (
                r#"{"portals":1,"sessions":1,"start":999999999999}"#,
                "generate.start: ",
            ),
        ] {
            let text = problem(&format!(r#"{{"generate":{generate}}}"#));
            assert!(text.starts_with(says), "{generate}: {text}");
        }
    }

    #[test]
    fn sessions_are_not_generated_over_those_of_the_file() {
        let text = problem(&format!(
            r#"{{"generate":{{"portalId":"{PORTAL}","sessions":1}},
                "portals":[{{"portalId":"{PORTAL}","sessions":[{{"sessionId":"{PORTAL}"}}]}}]}}"#
        ));
        assert!(text.starts_with("generate.portalId"), "{text}");
    }
}

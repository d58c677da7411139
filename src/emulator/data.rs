//! The emulator's data and behavior, and the data file that configures them. `docs/emulator.md` has its format.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::behavior::Behavior;
use super::generated::{DEFAULT_INTERVAL, DEFAULT_START, Generated, portal_id};
use super::list_faults::ListFaults;
use super::members::{
    DataError, deserialize, object_or_default, objects, or_default, visible_text,
};
use super::portal::{StoredPortal, StoredSessions};
use crate::service::documents::{Portal, Session};
use crate::service::endpoint::Region;
use crate::service::ids::{PortalId, SessionId};

/// The region of portals that name none, if the data file gives none either.
const DEFAULT_REGION: &str = "us-east-1";

/// The byte order mark that some editors write before UTF-8.
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// The error for a file in UTF-16.
const UTF_16: &str = "the text is UTF-16, as PowerShell's '>' writes it; save it as UTF-8";

/// A larger offset is a mistake in the data file.
const MAX_CLOCK_OFFSET_SECONDS: u64 = 10 * 366 * 24 * 60 * 60;

/// The data that an emulator serves, and its behavior, with the members of a data file. The default is an account
/// without portals.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EmulatorData {
    #[serde(default, deserialize_with = "object_or_default")]
    pub(super) credentials: EmulatorCredentials,
    /// The region of portals that name none. If it is given, requests must be signed for it or for a
    /// portal's region.
    pub(super) region: Option<Region>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) clock_offset_seconds: i64,
    pub(super) page_size: Option<usize>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) seed: u64,
    #[serde(default, deserialize_with = "object_or_default")]
    pub(super) lists: ListFaults,
    #[serde(default, deserialize_with = "objects")]
    pub(super) behaviors: Vec<Behavior>,
    #[serde(default, deserialize_with = "objects", rename = "portals")]
    entries: Vec<PortalEntry>,
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

/// The credentials that requests have to be signed with.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EmulatorCredentials {
    /// The access key's ID.
    #[serde(deserialize_with = "visible_text")]
    pub access_key_id: String,
    /// The secret access key.
    #[serde(deserialize_with = "visible_text")]
    pub secret_access_key: String,
    /// The session token, if requests need one.
    #[serde(default, deserialize_with = "visible_text")]
    pub session_token: Option<String>,
    /// Whether requests are answered with `ExpiredTokenException`.
    #[serde(default, deserialize_with = "or_default")]
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

/// A portal of the data file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PortalEntry {
    portal_id: PortalId,
    region: Option<Region>,
    #[serde(default, deserialize_with = "or_default")]
    sessions: Vec<Session>,
    #[serde(flatten)]
    summary: Map<String, Value>,
}

/// Generated portals with many sessions: the one with this ID, or this many new ones.
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
    pub fn read(bytes: &[u8]) -> Result<Self, DataError> {
        let bytes = bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes);
        // JSON starts with an ASCII character, so UTF-16 without a mark has a zero next to it.
        if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..] = bytes {
            return Err(DataError::new(UTF_16));
        }
        let text = std::str::from_utf8(bytes);
        let text = text.map_err(|error| DataError::new(format!("the text is not UTF-8: {error}")));
        Self::parse(text?)
    }

    /// Reads a data file's text.
    ///
    /// # Errors
    /// Names the line of invalid JSON, and the path of a member that cannot be served
    /// (`portals[0].sessions[2].sessionId`).
    pub fn parse(text: &str) -> Result<Self, DataError> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let data: Self = deserialize("", &mut deserializer)?;
        deserializer.end().map_err(DataError::new)?;
        let offset = data.clock_offset_seconds.unsigned_abs();
        let (member, problem) = if data.credentials.access_key_id.contains(['/', ',']) {
            ("credentials.accessKeyId", "must not contain '/' or ','")
        } else if offset > MAX_CLOCK_OFFSET_SECONDS {
            ("clockOffsetSeconds", "more than ten years")
        } else if data.page_size == Some(0) {
            ("pageSize", "must be at least 1")
        } else {
            return data.add_portals();
        };
        Err(DataError::at(member, problem))
    }

    /// Adds the portals of the file, then generated ones, and checks the behaviors.
    fn add_portals(mut self) -> Result<Self, DataError> {
        for (index, entry) in std::mem::take(&mut self.entries).into_iter().enumerate() {
            self.add_entry(entry, &format!("portals[{index}]"))?;
        }
        match self.generate.take() {
            None => {}
            Some(Value::Array(entries)) => {
                for (index, entry) in entries.into_iter().enumerate() {
                    self.generate(entry, &format!("generate[{index}]"))?;
                }
            }
            Some(entry) => self.generate(entry, "generate")?,
        }
        for (index, behavior) in self.behaviors.iter().enumerate() {
            let path = format!("behaviors[{index}]");
            behavior.check(&path)?;
            let mut portals = self.portals.iter();
            if let Some(session) = behavior.changed_session()
                && !portals.any(|portal| portal.sessions.knows(session.as_str()))
            {
                return Err(DataError::at(path, "no portal has this session"));
            }
        }
        Ok(self)
    }

    fn add_entry(&mut self, entry: PortalEntry, path: &str) -> Result<(), DataError> {
        let summary: Portal = deserialize(path, Value::Object(entry.summary))?;
        if let Some(name) = summary.other.keys().next() {
            let problem = "unknown member of a portal";
            return Err(DataError::at(format!("{path}.{name}"), problem));
        }
        let mut seen = HashSet::new();
        for (index, session) in entry.sessions.iter().enumerate() {
            let path = format!("{path}.sessions[{index}].sessionId");
            let id = session.session_id.as_deref();
            let id = id.ok_or_else(|| DataError::at(&path, "missing"))?;
            SessionId::exact(id).map_err(|error| DataError::at(&path, error))?;
            if !seen.insert(id) {
                return Err(DataError::at(path, "an earlier session has this ID"));
            }
        }
        let id = entry.portal_id.as_str();
        if self.portal(id).is_some() {
            let path = format!("{path}.portalId");
            return Err(DataError::at(path, "an earlier portal has this ID"));
        }
        let region = entry.region.unwrap_or_else(|| self.default_region());
        self.add(StoredPortal::new(id, region, summary, entry.sessions));
        Ok(())
    }

    /// Adds the portals of one entry of `generate`.
    fn generate(&mut self, entry: Value, path: &str) -> Result<(), DataError> {
        let entry: GenerateEntry = deserialize(path, entry)?;
        let now = Timestamp::now().as_second() + self.clock_offset_seconds;
        let start = match entry.start.unwrap_or(DEFAULT_START) {
            ago @ ..0 => now.saturating_add(ago),
            start => start,
        };
        let (region, regions) = (&entry.region, &entry.regions);
        let (member, problem) = if entry.portal_id.is_some() == entry.portals.is_some() {
            ("", "needs either portalId or portals (a number)")
        } else if entry.portals.is_none() && regions.is_some() {
            (".regions", "needs portals")
        } else if entry.portals.is_some() && region.is_some() {
            (".region", "needs portalId")
        } else if regions.as_ref().is_some_and(Vec::is_empty) {
            (".regions", "names no region")
        } else if Timestamp::from_second(start).is_err() {
            (".start", "must be in the years -9999 to 9999")
        } else {
            return self.generate_portals(&entry, start, path);
        };
        Err(DataError::at(format!("{path}{member}"), problem))
    }

    fn generate_portals(
        &mut self,
        entry: &GenerateEntry,
        start: i64,
        path: &str,
    ) -> Result<(), DataError> {
        let region = entry.region.clone();
        let default = [region.unwrap_or_else(|| self.default_region())];
        let regions = entry.regions.as_deref().unwrap_or(&default);
        let regions = regions
            .iter()
            .cycle()
            .take(entry.portals.unwrap_or(1).into());
        for region in regions {
            let Ok(number) = u16::try_from(self.generated) else {
                return Err(DataError::at(path, "more than 65,536 generated portals"));
            };
            self.generated += 1;
            let id = entry.portal_id.map(|id| id.to_string());
            let id = id.unwrap_or_else(|| portal_id(number));
            let index = self.index_of.get(&id).copied().unwrap_or_else(|| {
                let name = entry.portals.map(|_| format!("Portal {number}"));
                let summary = Portal {
                    portal_status: name.as_ref().map(|_| "Active".to_owned()),
                    display_name: name,
                    ..Portal::default()
                };
                self.add(StoredPortal::new(&id, region.clone(), summary, Vec::new()))
            });
            let portal = &mut self.portals[index];
            let fail = |member, problem| Err(DataError::at(format!("{path}{member}"), problem));
            if entry.region.as_ref().is_some_and(|it| *it != portal.region) {
                return fail(".region", "this portal is in another region");
            }
            if !portal.sessions.is_empty() {
                let problem = "this portal has sessions already; generate these in another portal";
                return fail(".portalId", problem);
            }
            portal.sessions = StoredSessions::Generated(Generated {
                portal: number,
                sessions: entry.sessions,
                start,
                interval: entry.interval.unwrap_or(DEFAULT_INTERVAL),
            });
            if let Some(limit) = entry.max_concurrent_sessions {
                portal.summary.max_concurrent_sessions = Some(limit.into());
            }
        }
        Ok(())
    }

    /// The region of portals that name none.
    pub(super) fn default_region(&self) -> Region {
        let region = self.region.clone();
        region.unwrap_or_else(|| Region::known(DEFAULT_REGION))
    }

    /// Whether requests may be signed for this region.
    pub(super) fn accepts_region(&self, region: &str) -> bool {
        let is_it = |known: &Region| known.as_str() == region;
        let mut portals = self.portals.iter();
        self.region.as_ref().is_none_or(is_it) || portals.any(|portal| is_it(&portal.region))
    }

    /// Adds a portal and returns its index.
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

#[cfg(test)]
mod tests {
    use super::super::generated::{generated_session_id, portal_id};
    use super::*;

    /// After the last start, in epoch seconds.
    const NOW: i64 = 1_790_000_000;
    const OTHER: &str = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb";
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
    fn null_counts_as_left_out() {
        let data = EmulatorData::parse(&format!(
            r#"{{"credentials":{{"accessKeyId":"A","secretAccessKey":"s","sessionToken":null,"expired":null}},
                "seed":null,"clockOffsetSeconds":null,"region":null,"generate":null,"pageSize":null,
                "portals":[{{"portalId":"{PORTAL}","region":null,"displayName":null,"sessions":[
                    {{"sessionId":"{PORTAL}","username":null,"endTime":null,"status":null,
                      "startTime":null,"clientIpAddresses":null,"portalArn":null,"other":null}}]}},
                    {{"portalId":"{OTHER}","sessions":null}}],
                "behaviors":[{{"session":null,"times":null,"delay":1,"cut":null}}]}}"#
        ))
        .unwrap();
        let session = data.portals[0].sessions.get(0, NOW).unwrap();
        let members = serde_json::to_value(session).unwrap();
        // Nothing is known of other members, so their values are served as they are.
        assert_eq!(
            members,
            serde_json::json!({"sessionId": PORTAL, "other": null})
        );
        let summary = serde_json::to_value(&data.portals[0].summary).unwrap();
        assert!(summary.get("displayName").is_none(), "{summary}");
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
        assert_eq!(text, "portals[0].session: unknown member of a portal");
        let text = problem(&format!(
            r#"{{"portals":[{{"portalId":"{PORTAL}","displayName":5}}]}}"#
        ));
        assert_eq!(
            text,
            "portals[0].displayName: invalid type: integer `5`, expected a string"
        );
    }

    #[test]
    fn an_object_is_not_read_from_a_list_of_its_members() {
        for (text, path) in [
            ("[null, null, 0, null, 0, null, [], [], null]", "invalid"),
            (r#"{"credentials": ["a", "b", "c", false]}"#, "credentials:"),
            (r#"{"lists": [null, [], 0, false, false]}"#, "lists:"),
            (r#"{"behaviors": [[]]}"#, "behaviors[0]:"),
            (
                r#"{"behaviors": [{"throttle": [1]}]}"#,
                "behaviors[0].throttle:",
            ),
            (
                r#"{"behaviors": [{"fail": [500, "X", null, 1]}]}"#,
                "behaviors[0].fail:",
            ),
            (
                r#"{"behaviors": [{"reply": [200, {}, ""]}]}"#,
                "behaviors[0].reply:",
            ),
            (r#"{"portals": [[]]}"#, "portals[0]:"),
            (
                r#"{"portals": [{"portalId": "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "sessions": [[]]}]}"#,
                "portals[0].sessions[0]:",
            ),
            (
                r#"{"generate": [[null, null, 1, null, 1, null, null, null]]}"#,
                "generate[0]:",
            ),
        ] {
            let text = problem(text);
            assert!(text.starts_with(path), "{text}");
            assert!(
                text.contains("invalid type: sequence, expected an object"),
                "{text}"
            );
        }
        for text in [
            "7",
            "null",
            r#""x""#,
            r#"{"lists": 7}"#,
            r#"{"portals": [7]}"#,
        ] {
            assert!(
                problem(text).contains("expected an object"),
                "{text}: {}",
                problem(text)
            );
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
                r#"{"fail": {"status": 200, "code": "X"}}"#,
                ".fail.status: must be from 400 to 599",
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
                ".reply.headers: \"a b\" is not a header",
            ),
            (
                r#"{"reply": {"status": 200, "headers": {"Content-Length": "5"}, "body": "four"}}"#,
                ".reply.headers: content-length must be the number of bytes of the body",
            ),
            (
                r#"{"reply": {"status": 200, "headers": {"content-length": "0", "Transfer-Encoding": "chunked"}}}"#,
                ".reply.headers: has both content-length and transfer-encoding",
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

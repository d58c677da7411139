//! Parses the data file, JSON that configures the emulator. `docs/emulator.md` has its format.

mod behaviors;
mod error;
mod generate;
mod portals;

use serde::Deserialize;
use serde_json::{Map, Value};

use self::behaviors::{CheckedBehavior, RawBehavior};
pub use self::error::DataError;
use self::error::check_text;
use super::account::EmulatorCredentials;
use super::data::EmulatorData;
use super::list_faults::ListFaults;

/// The byte order mark that some editors write before UTF-8.
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// A larger offset is a mistake in the data file.
const MAX_CLOCK_OFFSET_SECONDS: u64 = 10 * 366 * 24 * 60 * 60;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawData {
    credentials: Option<RawCredentials>,
    region: Option<String>,
    clock_offset_seconds: Option<i64>,
    page_size: Option<usize>,
    seed: Option<u64>,
    portals: Option<Vec<Map<String, Value>>>,
    generate: Option<Value>,
    lists: Option<ListFaults>,
    behaviors: Option<Vec<RawBehavior>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawCredentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expired: Option<bool>,
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
            return Err(DataError::Utf16);
        }
        Self::parse(std::str::from_utf8(bytes)?)
    }

    /// Reads a data file's text.
    ///
    /// # Errors
    /// Names the line of invalid JSON, and the path of a member that cannot be served
    /// (`portals[0].sessions[2].sessionId`).
    pub fn parse(text: &str) -> Result<Self, DataError> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let raw: RawData = serde_path_to_error::deserialize(&mut deserializer)?;
        deserializer.end()?;
        let credentials = match raw.credentials {
            Some(credentials) => credentials.check()?,
            None => EmulatorCredentials::throw_away(),
        };
        let mut data = Self::new(credentials);
        if let Some(region) = &raw.region {
            check_text("region", region)?;
        }
        data.region = raw.region;
        data.seed = raw.seed.unwrap_or(0);
        let clock_offset_seconds = raw.clock_offset_seconds.unwrap_or(0);
        if clock_offset_seconds.unsigned_abs() > MAX_CLOCK_OFFSET_SECONDS {
            return Err(DataError::at("clockOffsetSeconds", "more than ten years"));
        }
        data.clock_offset_seconds = clock_offset_seconds;
        match raw.page_size {
            Some(0) => return Err(DataError::at("pageSize", "must be at least 1")),
            Some(size) => data.page_size = size,
            None => {}
        }
        data.list_faults = raw.lists.unwrap_or_default();
        data.add_portals(raw.portals.unwrap_or_default())?;
        if let Some(generate) = raw.generate {
            data.add_generated(generate)?;
        }
        data.add_behaviors(raw.behaviors.unwrap_or_default())?;
        Ok(data)
    }

    fn add_portals(&mut self, portals: Vec<Map<String, Value>>) -> Result<(), DataError> {
        for (index, members) in portals.into_iter().enumerate() {
            let path = format!("portals[{index}]");
            let portal = portals::portal(members, self.default_region(), &path)?;
            if self.portal(&portal.id).is_some() {
                return Err(DataError::at(path, "an earlier portal has this portalId"));
            }
            self.add(portal);
        }
        Ok(())
    }

    fn add_behaviors(&mut self, behaviors: Vec<RawBehavior>) -> Result<(), DataError> {
        for (index, raw) in behaviors.into_iter().enumerate() {
            let path = format!("behaviors[{index}]");
            match raw.check(&path)? {
                CheckedBehavior::Behavior(behavior) => self.behaviors.push(behavior),
                CheckedBehavior::EndAfter(session, after) => {
                    self.check_known(&session, &path)?;
                    self.ends.insert(session, after);
                }
                CheckedBehavior::Unlisted(session, period) => {
                    self.check_known(&session, &path)?;
                    self.unlisted.insert(session, period);
                }
            }
        }
        Ok(())
    }
}

impl EmulatorData {
    fn check_known(&self, session: &str, path: &str) -> Result<(), DataError> {
        let mut portals = self.portals.iter();
        if !portals.any(|portal| portal.sessions.knows(session)) {
            return Err(DataError::at(path, "no portal has this session"));
        }
        Ok(())
    }
}

impl RawCredentials {
    fn check(self) -> Result<EmulatorCredentials, DataError> {
        check_text("credentials.accessKeyId", &self.access_key_id)?;
        if self.access_key_id.contains(['/', ',']) {
            return Err(DataError::at(
                "credentials.accessKeyId",
                "must not contain '/' or ','",
            ));
        }
        check_text("credentials.secretAccessKey", &self.secret_access_key)?;
        if let Some(token) = &self.session_token {
            check_text("credentials.sessionToken", token)?;
        }
        Ok(EmulatorCredentials {
            access_key_id: self.access_key_id,
            secret_access_key: self.secret_access_key,
            session_token: self.session_token,
            expired: self.expired.unwrap_or(false),
        })
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
        let document = include_str!("../../../docs/emulator.md");
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
        let session = data.portals[0].sessions.find(PORTAL, NOW).unwrap();
        let members = serde_json::to_value(session.members()).unwrap();
        // Nothing is known of other members, so their values are served as they are.
        assert_eq!(
            members,
            serde_json::json!({"sessionId": PORTAL, "other": null})
        );
        let summary = serde_json::to_value(data.portals[0].summary()).unwrap();
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
        assert!(session(&text).contains("startTime: not a number"));
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
        assert_eq!(text, "portals[0].displayName: not a string");
    }

    #[test]
    fn a_million_generated_sessions_are_found_by_number_and_by_id() {
        let data = EmulatorData::parse(&format!(
            r#"{{"generate":{{"portalId":"{PORTAL}","sessions":1000000}}}}"#
        ))
        .unwrap();
        let portal = data.portal(PORTAL).unwrap();
        let id = generated_session_id(999_999);
        assert_eq!(portal.sessions.find(&id, NOW).unwrap().id, id);
        assert_eq!(portal.sessions.get(999_999, NOW).unwrap().id, id);
        assert!(
            portal
                .sessions
                .find(&generated_session_id(1_000_000), NOW)
                .is_none()
        );
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
        let summary = serde_json::to_value(data.portals[0].summary()).unwrap();
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
                "generate[0]: unknown field `user`",
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

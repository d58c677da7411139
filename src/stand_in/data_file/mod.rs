//! The data file: a JSON text that says what the stand-in serves. `docs/stand-in.md` has its format.

mod behaviours;
mod error;
mod portals;

use serde::Deserialize;
use serde_json::{Map, Value};

use self::behaviours::{Parsed, RawBehaviour};
pub use self::error::DataError;
use self::error::{check_id, check_text};
use super::account::Credentials;
use super::data::Data;
use super::portal::Portal;
use super::sessions::Sessions;

/// A larger offset is a mistake in the data file.
const MAX_CLOCK_OFFSET_SECONDS: u64 = 10 * 366 * 24 * 60 * 60;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawData {
    credentials: Option<Credentials>,
    region: Option<String>,
    #[serde(default)]
    clock_offset_seconds: i64,
    page_size: Option<usize>,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    portals: Vec<Map<String, Value>>,
    generate: Option<Generate>,
    #[serde(default)]
    behaviours: Vec<RawBehaviour>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Generate {
    portal_id: String,
    sessions: u32,
}

impl Data {
    /// Reads a data file's text.
    ///
    /// # Errors
    /// Names the line for what is not JSON or has the wrong type, and the member's path
    /// (`portals[0].sessions[2].sessionId`) for the rest.
    pub fn parse(text: &str) -> Result<Self, DataError> {
        let raw: RawData = serde_json::from_str(text)?;
        let credentials = match raw.credentials {
            Some(credentials) => checked(credentials)?,
            None => Credentials::throw_away(),
        };
        let mut data = Self::new(credentials);
        if let Some(region) = &raw.region {
            check_text("region", region)?;
        }
        data.region = raw.region;
        data.seed = raw.seed;
        if raw.clock_offset_seconds.unsigned_abs() > MAX_CLOCK_OFFSET_SECONDS {
            return Err(DataError::at("clockOffsetSeconds", "more than ten years"));
        }
        data.clock_offset_seconds = raw.clock_offset_seconds;
        match raw.page_size {
            Some(0) => return Err(DataError::at("pageSize", "must be at least 1")),
            Some(size) => data.page_size = size,
            None => {}
        }
        data.add_portals(raw.portals)?;
        if let Some(generate) = raw.generate {
            data.generate(generate)?;
        }
        data.add_behaviours(raw.behaviours)?;
        Ok(data)
    }

    fn add_portals(&mut self, portals: Vec<Map<String, Value>>) -> Result<(), DataError> {
        for (index, members) in portals.into_iter().enumerate() {
            let path = format!("portals[{index}]");
            let portal = portals::portal(members, &path)?;
            if self.portal(&portal.id).is_some() {
                return Err(DataError::at(path, "an earlier portal has this portalId"));
            }
            self.add(portal);
        }
        Ok(())
    }

    fn generate(&mut self, generate: Generate) -> Result<(), DataError> {
        let id = generate.portal_id;
        check_id("generate.portalId", &id)?;
        let generated = Sessions::Generated {
            count: generate.sessions,
        };
        if self.portal(&id).is_none() {
            self.add(Portal::new(&id, Map::new(), Vec::new()));
        }
        match self.portal_mut(&id) {
            Some(portal) if portal.sessions.count() == 0 => portal.sessions = generated,
            _ => {
                return Err(DataError::at(
                    "generate.portalId",
                    "this portal has listed sessions; generate them in another portal",
                ));
            }
        }
        Ok(())
    }

    fn add_behaviours(&mut self, behaviours: Vec<RawBehaviour>) -> Result<(), DataError> {
        for (index, raw) in behaviours.into_iter().enumerate() {
            let path = format!("behaviours[{index}]");
            match raw.check(&path)? {
                Parsed::Behaviour(behaviour) => self.behaviours.push(behaviour),
                Parsed::EndAfter(session, after) => {
                    let mut portals = self.portals.iter();
                    if !portals.any(|portal| portal.sessions.find(&session).is_some()) {
                        return Err(DataError::at(path, "no portal has this session"));
                    }
                    self.ends.insert(session, after);
                }
            }
        }
        Ok(())
    }
}

fn checked(credentials: Credentials) -> Result<Credentials, DataError> {
    check_text("credentials.accessKeyId", &credentials.access_key_id)?;
    if credentials.access_key_id.contains(['/', ',']) {
        return Err(DataError::at(
            "credentials.accessKeyId",
            "must not contain '/' or ','",
        ));
    }
    check_text(
        "credentials.secretAccessKey",
        &credentials.secret_access_key,
    )?;
    if let Some(token) = &credentials.session_token {
        check_text("credentials.sessionToken", token)?;
    }
    Ok(credentials)
}

#[cfg(test)]
mod tests {
    use super::super::sessions::generated_session_id;
    use super::*;

    const PORTAL: &str = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";

    fn problem(text: &str) -> String {
        Data::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn the_documented_data_file_can_be_served() {
        let document = include_str!("../../../docs/stand-in.md");
        let examples = document.split("```json\n").skip(1);
        let mut parsed = 0;
        for example in examples {
            let (example, _) = example.split_once("```").unwrap();
            Data::parse(example).unwrap();
            parsed += 1;
        }
        assert!(parsed > 0);
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
        let data = Data::parse(&format!(
            r#"{{"generate":{{"portalId":"{PORTAL}","sessions":1000000}}}}"#
        ))
        .unwrap();
        let portal = data.portal(PORTAL).unwrap();
        let id = generated_session_id(999_999);
        assert_eq!(portal.sessions.find(&id).unwrap().id, id);
        assert_eq!(portal.sessions.get(999_999).unwrap().id, id);
        assert!(
            portal
                .sessions
                .find(&generated_session_id(1_000_000))
                .is_none()
        );
        assert!(portal.sessions.get(1_000_000).is_none());
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

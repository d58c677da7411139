//! What the stand-in serves: its data file, read once and checked whole.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use super::behaviour::{Behaviour, Effect, RawBehaviour};
use crate::service::endpoint::Partition;
use crate::service::ids::SessionId;

/// The members of `PortalSummary` in the service's model, but for `portalArn`, which leads a reply.
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

/// The sessions a page holds if neither the request nor the data file says. The service's own
/// default is not published.
const DEFAULT_PAGE_SIZE: usize = 25;

/// The start of the first generated session, in epoch seconds; each next one starts a second later.
/// A fixed time, so that two runs of a load test give the same output.
const GENERATED_START: u32 = 1_750_000_000;

/// More than this from the real time is a slip in the data file, not a clock.
const MAX_CLOCK_OFFSET_SECONDS: i64 = 10 * 366 * 24 * 60 * 60;

/// Everything a stand-in serves, and how it behaves.
#[derive(Debug)]
pub struct Data {
    pub(super) credentials: Credentials,
    pub(super) region: Option<String>,
    pub(super) clock_offset_seconds: i64,
    pub(super) page_size: usize,
    pub(super) seed: u64,
    pub(super) portals: Vec<Portal>,
    portal_places: HashMap<String, usize>,
    pub(super) behaviours: Vec<Behaviour>,
    ends: HashMap<String, Duration>,
}

/// A data file that cannot be served. Its text names the place and what is wrong with it.
#[derive(Debug)]
pub struct DataError(String);

impl DataError {
    pub(super) fn at(place: impl fmt::Display, problem: impl fmt::Display) -> Self {
        Self(format!("{place}: {problem}"))
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for DataError {}

/// The one account the stand-in knows.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Credentials {
    pub(super) access_key_id: String,
    pub(super) secret_access_key: String,
    pub(super) session_token: Option<String>,
    #[serde(default)]
    pub(super) expired: bool,
}

impl Credentials {
    fn check(self) -> Result<Self, DataError> {
        check_text("credentials.accessKeyId", &self.access_key_id)?;
        if self.access_key_id.contains(['/', ',']) {
            return Err(DataError::at("credentials.accessKeyId", "has a '/' or ','"));
        }
        check_text("credentials.secretAccessKey", &self.secret_access_key)?;
        if let Some(token) = &self.session_token {
            check_text("credentials.sessionToken", token)?;
        }
        Ok(self)
    }

    /// Made up anew for each start, so that nothing of worth can leak; not from a cryptographic
    /// source, as they guard samples on loopback.
    pub(super) fn throw_away() -> Self {
        let text = |length| std::iter::repeat_with(fastrand::alphanumeric).take(length);
        Self {
            access_key_id: format!("ASIA{}", text(16).collect::<String>().to_ascii_uppercase()),
            secret_access_key: text(40).collect(),
            session_token: Some(text(64).collect()),
            expired: false,
        }
    }
}

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
        let raw: RawData =
            serde_json::from_str(text).map_err(|error| DataError(error.to_string()))?;
        let credentials = match raw.credentials {
            Some(credentials) => credentials.check()?,
            None => Credentials::throw_away(),
        };
        let mut data = Self::new(credentials);
        if let Some(region) = &raw.region {
            check_text("region", region)?;
        }
        data.region = raw.region;
        data.seed = raw.seed;
        if raw.clock_offset_seconds.unsigned_abs() > MAX_CLOCK_OFFSET_SECONDS.unsigned_abs() {
            return Err(DataError::at("clockOffsetSeconds", "more than ten years"));
        }
        data.clock_offset_seconds = raw.clock_offset_seconds;
        match raw.page_size {
            Some(0) => return Err(DataError::at("pageSize", "must be at least 1")),
            given => data.page_size = given.unwrap_or(DEFAULT_PAGE_SIZE),
        }
        for (place, members) in raw.portals.into_iter().enumerate() {
            let place = format!("portals[{place}]");
            let portal = Portal::parse(members, &place)?;
            if data.portal_places.contains_key(&portal.id) {
                return Err(DataError::at(
                    place,
                    "a portal with this portalId came before",
                ));
            }
            data.add(portal);
        }
        if let Some(generate) = raw.generate {
            data.generate(generate)?;
        }
        for (place, raw) in raw.behaviours.into_iter().enumerate() {
            let place = format!("behaviours[{place}]");
            let behaviour = Behaviour::parse(raw, &place)?;
            if let Effect::EndAfter(after) = behaviour.effect {
                let session = behaviour.session.unwrap_or_default();
                if !data.portals.iter().any(|p| p.session(&session).is_some()) {
                    return Err(DataError::at(place, "no portal has this session"));
                }
                data.ends.insert(session, after);
            } else {
                data.behaviours.push(behaviour);
            }
        }
        Ok(data)
    }

    pub(super) fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            region: None,
            clock_offset_seconds: 0,
            page_size: DEFAULT_PAGE_SIZE,
            seed: 0,
            portals: Vec::new(),
            portal_places: HashMap::new(),
            behaviours: Vec::new(),
            ends: HashMap::new(),
        }
    }

    pub(super) fn add(&mut self, portal: Portal) {
        self.portal_places
            .insert(portal.id.clone(), self.portals.len());
        self.portals.push(portal);
    }

    fn generate(
        &mut self,
        Generate {
            portal_id,
            sessions,
        }: Generate,
    ) -> Result<(), DataError> {
        check_id(&portal_id).map_err(|problem| DataError::at("generate.portalId", problem))?;
        let generated = Sessions::Generated { count: sessions };
        match self.portal_places.get(&portal_id).copied() {
            None => self.add(Portal {
                id: portal_id,
                members: Map::new(),
                sessions: generated,
            }),
            Some(place) if self.portals[place].sessions.count() == 0 => {
                self.portals[place].sessions = generated;
            }
            Some(_) => {
                return Err(DataError::at(
                    "generate.portalId",
                    "this portal has sessions of its own; generate them on another",
                ));
            }
        }
        Ok(())
    }

    pub(super) fn portal(&self, id: &str) -> Option<&Portal> {
        let place = *self.portal_places.get(id)?;
        self.portals.get(place)
    }

    /// How long after the start this session is to end, if the data file says so.
    pub(super) fn end_of(&self, session: &str) -> Option<Duration> {
        // Most data files end no session: spare them the hash.
        if self.ends.is_empty() {
            return None;
        }
        self.ends.get(session).copied()
    }
}

/// A portal and its sessions.
#[derive(Debug)]
pub(super) struct Portal {
    pub(super) id: String,
    members: Map<String, Value>,
    pub(super) sessions: Sessions,
}

impl Portal {
    pub(super) fn new(id: &str, members: Map<String, Value>, sessions: Vec<Session>) -> Self {
        Self {
            id: id.to_owned(),
            members,
            sessions: Sessions::listed(sessions),
        }
    }

    fn parse(mut members: Map<String, Value>, place: &str) -> Result<Self, DataError> {
        let id = take_id(&mut members, "portalId", place)?;
        let sessions = match members.shift_remove("sessions") {
            None => Vec::new(),
            Some(Value::Array(sessions)) => sessions,
            Some(_) => return Err(DataError::at(format!("{place}.sessions"), "not an array")),
        };
        for (name, value) in &members {
            let problem = match name.as_str() {
                "creationDate" | "maxConcurrentSessions" => {
                    (!value.is_number()).then_some("not a number")
                }
                other if other == "portalArn" || PORTAL_MEMBERS.contains(&other) => {
                    (!value.is_string()).then_some("not a string")
                }
                _ => Some("a portal has no such member"),
            };
            if let Some(problem) = problem {
                return Err(DataError::at(format!("{place}.{name}"), problem));
            }
        }
        let mut parsed = Vec::with_capacity(sessions.len());
        let mut seen = HashSet::with_capacity(sessions.len());
        for (index, session) in sessions.into_iter().enumerate() {
            let place = format!("{place}.sessions[{index}]");
            let session = Session::parse(session, &place)?;
            if !seen.insert(session.id.clone()) {
                return Err(DataError::at(
                    format!("{place}.sessionId"),
                    "a session with this sessionId came before",
                ));
            }
            parsed.push(session);
        }
        Ok(Self::new(&id, members, parsed))
    }

    /// The portal's ARN in `region`, unless the data file gives one.
    pub(super) fn arn(&self, region: &str) -> String {
        if let Some(arn) = self.members.get("portalArn").and_then(Value::as_str) {
            return arn.to_owned();
        }
        let partition = region
            .parse()
            .ok()
            .and_then(|region| Partition::known_for(&region))
            .map_or("aws", |partition| partition.id);
        format!(
            "arn:{partition}:workspaces-web:{region}:123456789012:portal/{}",
            self.id
        )
    }

    /// The `PortalSummary` of a reply.
    pub(super) fn summary(&self, arn: String) -> impl Serialize {
        struct Summary<'a>(String, &'a Map<String, Value>);
        impl Serialize for Summary<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut reply = serializer.serialize_map(None)?;
                reply.serialize_entry("portalArn", &self.0)?;
                for (name, value) in self.1.iter().filter(|(name, _)| *name != "portalArn") {
                    reply.serialize_entry(name, value)?;
                }
                reply.end()
            }
        }
        Summary(arn, &self.members)
    }

    pub(super) fn session(&self, id: &str) -> Option<Cow<'_, Session>> {
        match &self.sessions {
            Sessions::Listed { sessions, places } => {
                sessions.get(*places.get(id)?).map(Cow::Borrowed)
            }
            Sessions::Generated { count } => {
                let index = u32::from_str_radix(id.rsplit_once('-')?.1, 16).ok()?;
                let known = index < *count && generated_session_id(index) == id;
                known.then(|| Cow::Owned(Session::generated(index)))
            }
        }
    }
}

/// A portal's sessions, the oldest first.
#[derive(Debug)]
pub(super) enum Sessions {
    Listed {
        sessions: Vec<Session>,
        places: HashMap<String, usize>,
    },
    /// Made from their number when asked for, so that a million take no memory.
    Generated { count: u32 },
}

impl Sessions {
    fn listed(mut sessions: Vec<Session>) -> Self {
        sessions.sort_by(|one, other| one.start.total_cmp(&other.start));
        let places = sessions
            .iter()
            .enumerate()
            .map(|(place, session)| (session.id.clone(), place))
            .collect();
        Self::Listed { sessions, places }
    }

    pub(super) fn count(&self) -> usize {
        match self {
            Self::Listed { sessions, .. } => sessions.len(),
            // 32 bits fit wherever this runs; where they would not, fewer sessions are listed.
            Self::Generated { count } => usize::try_from(*count).unwrap_or(usize::MAX),
        }
    }

    /// The session at this place of the order.
    pub(super) fn get(&self, place: usize) -> Option<Cow<'_, Session>> {
        match self {
            Self::Listed { sessions, .. } => sessions.get(place).map(Cow::Borrowed),
            Self::Generated { count } => {
                let index = u32::try_from(place).ok().filter(|index| index < count)?;
                Some(Cow::Owned(Session::generated(index)))
            }
        }
    }
}

/// The ID of the generated session with this number, counted from 0 and from the oldest.
pub fn generated_session_id(index: u32) -> String {
    format!("9e4e7a7e-0000-4000-8000-{index:012x}")
}

/// A session as the data file gives it.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) id: String,
    /// The start in epoch seconds, to sort by; 0 if there is none.
    start: f64,
    members: Map<String, Value>,
}

impl Session {
    pub(super) fn new(id: String, mut members: Map<String, Value>) -> Self {
        members.shift_insert(0, "sessionId".to_owned(), Value::from(id.as_str()));
        let start = members.get("startTime").and_then(Value::as_f64);
        Self {
            id,
            start: start.unwrap_or_default(),
            members,
        }
    }

    fn parse(session: Value, place: &str) -> Result<Self, DataError> {
        let Value::Object(mut members) = session else {
            return Err(DataError::at(place, "not an object"));
        };
        let id = take_id(&mut members, "sessionId", place)?;
        for (name, value) in &members {
            let strings = |list: &Vec<Value>| list.iter().all(Value::is_string);
            let (fits, what) = match name.as_str() {
                "status" | "username" | "portalArn" => (value.is_string(), "a string"),
                "startTime" | "endTime" => (value.is_number(), "a number of epoch seconds"),
                "clientIpAddresses" => {
                    (value.as_array().is_some_and(strings), "an array of strings")
                }
                _ => (true, ""),
            };
            if !fits {
                return Err(DataError::at(
                    format!("{place}.{name}"),
                    format!("not {what}"),
                ));
            }
        }
        Ok(Self::new(id, members))
    }

    fn generated(index: u32) -> Self {
        let start = u64::from(GENERATED_START) + u64::from(index);
        let mut members = Map::new();
        members.insert("username".into(), format!("user{}", index % 1000).into());
        let address = format!("198.51.100.{}", index % 256);
        members.insert("clientIpAddresses".into(), vec![address].into());
        let active = index % 10 == 9;
        let status = if active { "Active" } else { "Terminated" };
        members.insert("status".into(), status.into());
        members.insert("startTime".into(), start.into());
        if !active {
            members.insert("endTime".into(), (start + 3600).into());
        }
        Self::new(generated_session_id(index), members)
    }

    pub(super) fn username(&self) -> Option<&str> {
        self.members.get("username").and_then(Value::as_str)
    }

    pub(super) fn status(&self) -> Option<&str> {
        self.members.get("status").and_then(Value::as_str)
    }
}

/// A session as a reply shows it.
pub(super) struct SessionView<'a> {
    pub(super) portal_arn: &'a str,
    pub(super) session: Cow<'a, Session>,
    /// When a behaviour ended it, in epoch seconds.
    pub(super) ended: Option<f64>,
    /// A `SessionSummary`, which has no addresses.
    pub(super) summary: bool,
}

impl SessionView<'_> {
    pub(super) fn status(&self) -> Option<&str> {
        if self.ended.is_some() {
            return Some("Terminated");
        }
        self.session.status()
    }
}

impl Serialize for SessionView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut reply = serializer.serialize_map(None)?;
        let members = &self.session.members;
        if !members.contains_key("portalArn") {
            reply.serialize_entry("portalArn", self.portal_arn)?;
        }
        for (name, value) in members {
            match (name.as_str(), self.ended) {
                ("clientIpAddresses", _) if self.summary => {}
                ("status" | "endTime", Some(_)) => {}
                _ => reply.serialize_entry(name, value)?,
            }
        }
        if let Some(ended) = self.ended {
            reply.serialize_entry("status", "Terminated")?;
            reply.serialize_entry("endTime", &epoch_seconds(ended))?;
        }
        reply.end()
    }
}

fn take_id(members: &mut Map<String, Value>, name: &str, place: &str) -> Result<String, DataError> {
    let place = format!("{place}.{name}");
    match members.shift_remove(name) {
        Some(Value::String(id)) => match check_id(&id) {
            Ok(()) => Ok(id),
            Err(problem) => Err(DataError::at(place, problem)),
        },
        Some(_) => Err(DataError::at(place, "not a string")),
        None => Err(DataError::at(place, "missing")),
    }
}

/// Whether `text` can be carried by headers and environment variables.
fn check_text(place: &str, text: &str) -> Result<(), DataError> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(DataError::at(place, "must be visible ASCII, and not empty"));
    }
    Ok(())
}

/// A time as the service writes it: whole seconds without a fraction.
pub(super) fn epoch_seconds(seconds: f64) -> Value {
    let whole = seconds.fract() == 0.0 && (0.0..9e15).contains(&seconds);
    if whole {
        // Checked above: it fits, and nothing is behind the point.
        Value::from(seconds as u64)
    } else {
        Value::from(seconds)
    }
}

/// Whether `id` has the form of a portal's or session's ID; if not, which constraint of the
/// service's model it breaks.
pub(super) fn check_id(id: &str) -> Result<(), &'static str> {
    if id.parse::<SessionId>().is_ok() {
        return Ok(());
    }
    Err(match id.chars().count() {
        ..36 => "Member must have length greater than or equal to 36",
        36 => r"Member must satisfy regular expression pattern: ^[a-zA-Z0-9\-]+$",
        _ => "Member must have length less than or equal to 36",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORTAL: &str = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";

    fn problem(text: &str) -> String {
        Data::parse(text).unwrap_err().to_string()
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
    fn a_problem_names_its_place() {
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
        assert!(session(&twice).contains("sessions[1].sessionId: a session with"));
        let text = format!(r#"{{"sessionId":"{PORTAL}","startTime":"now"}}"#);
        assert!(session(&text).contains("startTime: not a number"));
        let text = problem(r#"{"credentials":{"accessKeyId":"a","secretAccessKey":"\u0000"}}"#);
        assert!(text.starts_with("credentials.secretAccessKey"), "{text}");
        assert!(problem(r#"{"pageSize":0}"#).starts_with("pageSize"));
        let text = problem(&format!(
            r#"{{"portals":[{{"portalId":"{PORTAL}","session":[]}}]}}"#
        ));
        assert_eq!(text, "portals[0].session: a portal has no such member");
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
        assert_eq!(portal.session(&id).unwrap().id, id);
        assert_eq!(portal.sessions.get(999_999).unwrap().id, id);
        assert!(portal.session(&generated_session_id(1_000_000)).is_none());
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

    #[test]
    fn a_portals_arn_follows_the_region() {
        let portal = Portal::new(PORTAL, Map::new(), Vec::new());
        for (region, partition) in [
            ("eu-west-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
        ] {
            assert_eq!(
                portal.arn(region),
                format!("arn:{partition}:workspaces-web:{region}:123456789012:portal/{PORTAL}")
            );
        }
    }
}

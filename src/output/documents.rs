//! The documents that are printed: documents of the service, documents that this program creates, and results of
//! queries.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};

use super::query::QueryResult;
use super::result_rows::Row;
use super::time::{self, Timestamps};
use crate::service::documents::{self, EpochSeconds, Member, Portal, Session, document};

/// A kind of document: its names and its members, for the formats that have columns.
#[derive(Debug, PartialEq, Eq)]
pub struct Schema {
    /// The key of a single document in JSON.
    pub name: &'static str,
    /// The key of a list of such documents in JSON.
    pub plural: &'static str,
    parts: &'static [&'static [&'static str]],
    /// The members in `parts` that documents of this kind do not have.
    except: &'static [&'static [&'static str]],
}

impl Schema {
    /// The names of the members, in the order of columns.
    pub fn members(&self) -> impl Iterator<Item = &'static str> {
        let members = self.parts.iter().copied().flatten().copied();
        members.filter(|name| !self.except.iter().any(|except| except.contains(name)))
    }

    pub fn has(&self, name: &str) -> bool {
        self.members().any(|member| member == name)
    }
}

/// The sessions that GetSession returns.
pub static SESSION: Schema = Schema {
    name: "session",
    plural: "sessions",
    parts: &[Session::MEMBERS],
    except: &[],
};

/// The sessions that ListSessions returns, which have no addresses.
pub static SESSION_SUMMARY: Schema = Schema {
    except: &[&["clientIpAddresses"]],
    ..SESSION
};

/// The portals that ListPortals returns.
pub static PORTAL: Schema = Schema {
    name: "portal",
    plural: "portals",
    parts: &[Portal::MEMBERS],
    except: &[],
};

const INSTANCE_TYPE: &[&str] = &["instanceType"];
const SEVERAL_PORTALS: &[&str] = &["portals"];
const PORTALS_ONLY: &[&str] = &["region", "peakSessions", "peakTime", "users"];
const ONE_PORTAL_ONLY: &[&str] = &[
    "portalArn",
    "displayName",
    "maxConcurrentSessions",
    "utilization",
];
const USERS_ONLY: &[&str] = &["username", "totalDuration", "firstStart", "lastEnd"];

/// The schema of [`Usage`] for one portal.
pub static USAGE: Schema = Schema {
    except: &[INSTANCE_TYPE, SEVERAL_PORTALS, USERS_ONLY],
    ..USAGE_OF_ANY
};

/// The schema of [`Usage`] for the portals of a region with one instance type.
pub static USAGE_OF_INSTANCE_TYPES: Schema = Schema {
    except: &[ONE_PORTAL_ONLY, USERS_ONLY],
    ..USAGE_OF_ANY
};

/// The schema of [`Usage`] for all portals of one region.
pub static USAGE_OF_REGIONS: Schema = Schema {
    except: &[ONE_PORTAL_ONLY, USERS_ONLY, INSTANCE_TYPE],
    ..USAGE_OF_ANY
};

/// The schema of [`Usage`] for one user.
pub static USAGE_OF_USERS: Schema = Schema {
    except: &[ONE_PORTAL_ONLY, PORTALS_ONLY, INSTANCE_TYPE],
    ..USAGE_OF_ANY
};

/// The schema of [`Usage`] with all its members.
pub static USAGE_OF_ANY: Schema = Schema {
    name: "usage",
    plural: "usage",
    parts: &[Usage::MEMBERS],
    except: &[],
};

/// The schema of [`Event`]. In the formats with columns, the members of its session are columns of the event.
pub static EVENT: Schema = Schema {
    name: "event",
    plural: "events",
    parts: &[&["event"], Session::MEMBERS, Unobserved::MEMBERS],
    except: &[],
};

document! {
    /// The usage of portals or users, computed from the lists of portals and sessions. `utilization` is a
    /// share, 1 at the limit; `totalDuration` is in seconds; `activeSessions` is the present number, and
    /// all other members concern the period.
    pub struct Usage {
        "portalArn" portal_arn: String,
        "displayName" display_name: String,
        "region" region: String,
        "instanceType" instance_type: String,
        "username" username: String,
        "portals" portals: u64,
        "activeSessions" active_sessions: u64,
        "maxConcurrentSessions" max_concurrent_sessions: u64,
        "utilization" utilization: serde_json::Number,
        "peakSessions" peak_sessions: u64,
        "peakTime" peak_time: EpochSeconds,
        "sessions" sessions: u64,
        "users" users: u64,
        "totalDuration" total_duration: u64,
        "firstStart" first_start: EpochSeconds,
        "lastEnd" last_end: EpochSeconds,
        "periodStart" period_start: EpochSeconds,
        "periodEnd" period_end: EpochSeconds,
    }
}

document! {
    /// A period in which a portal could not be observed.
    pub struct Unobserved {
        "from" from: EpochSeconds,
        "to" to: EpochSeconds,
        "portalId" portal_id: String,
        "region" region: String,
    }
}

/// A change at a portal, or a period in which changes could not be observed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    pub event: &'static str,
    /// The session that started or ended; `None` for a gap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
    /// The period of a gap.
    #[serde(flatten)]
    pub unobserved: Unobserved,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Document {
    Session(Box<Session>),
    Portal(Box<Portal>),
    Usage(Box<Usage>),
    Event(Box<Event>),
    QueryResult(QueryResult),
    /// A row of a query's results, for a format with columns.
    Row(Row),
}

macro_rules! document_from {
    ($($type:ident),*) => {$(
        impl From<$type> for Document {
            fn from(document: $type) -> Self {
                Self::$type(Box::new(document))
            }
        }
    )*};
}
document_from!(Session, Portal, Usage, Event);

impl Document {
    /// The document's session, if the document is a session or an event of a session.
    pub fn session(&self) -> Option<&Session> {
        match self {
            Self::Session(session) => Some(session),
            Self::Event(event) => event.session.as_ref(),
            _ => None,
        }
    }

    /// The value of a member; an event has the members of its session, too.
    pub fn member(&self, name: &str) -> Option<Member<'_>> {
        match self {
            Self::Session(session) => session.member(name),
            Self::Portal(portal) => portal.member(name),
            Self::Usage(usage) => usage.member(name),
            Self::Event(event) if name == "event" => Some(Member::Text(event.event)),
            Self::Event(event) => {
                let session = event.session.as_ref();
                let of_session = || session.and_then(|session| session.member(name));
                event.unobserved.member(name).or_else(of_session)
            }
            Self::QueryResult(_) | Self::Row(_) => None,
        }
    }

    /// The value of a member that is a string.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.member(name)? {
            Member::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn portal_id(&self) -> Option<&str> {
        let from_arn = || documents::portal_id(self.text("portalArn")?);
        self.text("portalId").or_else(from_arn)
    }

    pub fn region(&self) -> Option<&str> {
        let from_arn = || documents::portal_region(self.text("portalArn")?);
        self.text("region").or_else(from_arn)
    }

    /// The approximate size of the document, in bytes.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Session(session) => session.weight(),
            Self::Portal(portal) => portal.weight(),
            Self::Usage(usage) => usage.weight(),
            Self::Event(event) => {
                let session = event.session.as_ref().map_or(0, Session::weight);
                session + event.unobserved.weight()
            }
            Self::QueryResult(result) => documents::weight(&result.value),
            Self::Row(row) => row.cells.iter().flatten().map(String::len).sum(),
        }
    }

    pub(super) fn to_json(&self, timestamps: Timestamps) -> serde_json::Result<Cow<'_, Value>> {
        let mut value = match self {
            Self::Session(session) => serde_json::to_value(session),
            Self::Portal(portal) => serde_json::to_value(portal),
            Self::Usage(usage) => serde_json::to_value(usage),
            Self::Event(event) => serde_json::to_value(event),
            Self::Row(row) => serde_json::to_value(&row.cells),
            Self::QueryResult(result) => return Ok(Cow::Borrowed(&result.value)),
        }?;
        if let (Timestamps::Iso, Value::Object(members)) = (timestamps, &mut value) {
            self.write_iso_times(members);
            if let Some(Value::Object(session)) = members.get_mut("session") {
                self.write_iso_times(session);
            }
        }
        Ok(Cow::Owned(value))
    }

    fn write_iso_times(&self, members: &mut Map<String, Value>) {
        for (name, value) in members {
            if let Some(Member::Time(time)) = self.member(name) {
                *value = Value::String(time::iso(time));
            }
        }
    }

    /// Converts the document to JSON as the API returns it: `{"session": {...}}`. An event and a query's result
    /// have no such wrapper.
    pub(super) fn to_wrapped_json(
        &self,
        timestamps: Timestamps,
    ) -> serde_json::Result<Cow<'_, Value>> {
        let value = self.to_json(timestamps)?;
        let schema = match self {
            Self::Session(_) => &SESSION,
            Self::Portal(_) => &PORTAL,
            Self::Usage(_) => &USAGE_OF_ANY,
            _ => return Ok(value),
        };
        let members = Map::from_iter([(schema.name.to_owned(), value.into_owned())]);
        Ok(Cow::Owned(Value::Object(members)))
    }

    /// The cells of the document in a format with columns, empty where a member is absent.
    pub(super) fn cells<'a>(
        &'a self,
        schema: &'static Schema,
        timestamps: Timestamps,
    ) -> impl Iterator<Item = Cow<'a, str>> {
        let members = schema.members().map(|name| self.member(name));
        members
            .map(move |member| member.map_or("".into(), |member| member_text(member, timestamps)))
    }
}

/// The text of a member, with commas between the items of a list.
pub(super) fn member_text(member: Member<'_>, timestamps: Timestamps) -> Cow<'_, str> {
    match member {
        Member::Text(text) => text.into(),
        Member::TextList(texts) => texts.join(",").into(),
        Member::Time(time) if timestamps == Timestamps::Epoch => time.to_string().into(),
        Member::Time(time) => time::iso(time).into(),
        Member::Number(number) => number.to_string().into(),
    }
}

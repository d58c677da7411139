//! What is printed: the documents of the service and those that this program makes.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{PrintError, Timestamps, time};
use crate::service::documents::{
    self, EpochSeconds, Member, MemberKind, Portal, Session, document,
};

/// A kind of document: its names and its members, for the formats that have columns.
#[derive(Debug, PartialEq, Eq)]
pub struct Schema {
    /// The key of a single document in JSON.
    pub name: &'static str,
    /// The key of a list of such documents in JSON.
    pub plural: &'static str,
    parts: &'static [&'static [Member]],
    /// Members of the parts that such documents do not have.
    except: &'static [&'static str],
}

impl Schema {
    /// The members, in the order of columns.
    pub fn members(&self) -> impl Iterator<Item = &'static Member> {
        let members = self.parts.iter().copied().flatten();
        members.filter(|member| !self.except.contains(&member.name))
    }

    /// The member of this name.
    pub fn member(&self, name: &str) -> Option<&'static Member> {
        self.members().find(|member| member.name == name)
    }
}

/// What GetSession returns.
pub static SESSION: Schema = Schema {
    name: "session",
    plural: "sessions",
    parts: &[Session::MEMBERS],
    except: &[],
};

/// What ListSessions returns: sessions without their addresses.
pub static SESSION_SUMMARY: Schema = Schema {
    except: &["clientIpAddresses"],
    ..SESSION
};

/// What ListPortals returns.
pub static PORTAL: Schema = Schema {
    name: "portal",
    plural: "portals",
    parts: &[Portal::MEMBERS],
    except: &[],
};

/// [`Usage`] of a portal.
pub static USAGE: Schema = Schema {
    except: &[
        "instanceType",
        "username",
        "portals",
        "totalDuration",
        "firstStart",
        "lastEnd",
    ],
    ..USAGE_OF_ANY
};

/// [`Usage`] of the portals of a region with one instance type.
pub static USAGE_OF_INSTANCE_TYPES: Schema = Schema {
    except: &[
        "portalArn",
        "displayName",
        "username",
        "maxConcurrentSessions",
        "utilization",
        "totalDuration",
        "firstStart",
        "lastEnd",
    ],
    ..USAGE_OF_ANY
};

/// [`Usage`] of the portals of a region.
pub static USAGE_OF_REGIONS: Schema = Schema {
    except: &[
        "portalArn",
        "displayName",
        "instanceType",
        "username",
        "maxConcurrentSessions",
        "utilization",
        "totalDuration",
        "firstStart",
        "lastEnd",
    ],
    ..USAGE_OF_ANY
};

/// [`Usage`] of a user.
pub static USAGE_OF_USERS: Schema = Schema {
    except: &[
        "portalArn",
        "displayName",
        "region",
        "instanceType",
        "maxConcurrentSessions",
        "utilization",
        "peakSessions",
        "peakTime",
        "users",
    ],
    ..USAGE_OF_ANY
};

/// [`Usage`] of whatever the rows are about.
pub static USAGE_OF_ANY: Schema = Schema {
    name: "usage",
    plural: "usage",
    parts: &[Usage::MEMBERS],
    except: &[],
};

/// [`Event`]. In columns, the members of its session are its own.
pub static EVENT: Schema = Schema {
    name: "event",
    plural: "events",
    parts: &[
        &[Member {
            name: "event",
            kind: MemberKind::Text,
        }],
        Session::MEMBERS,
        Unobserved::MEMBERS,
    ],
    except: &[],
};

document! {
    /// How full portals are and were, or what a user used, computed from the lists of portals and
    /// sessions. `utilization` is a share, 1 at the limit; `totalDuration` is in seconds; everything but
    /// the active sessions is of the period.
    pub struct Usage {
        "portalArn" portal_arn: String,
        "displayName" display_name: String,
        "region" region: String,
        "instanceType" instance_type: String,
        "username" username: String,
        "portals" portals: u64,
        "activeSessions" active_sessions: u64,
        "maxConcurrentSessions" max_concurrent_sessions: u64,
        "utilization" utilization: f64,
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

/// What has happened at a portal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// Its name.
    pub event: &'static str,
    /// The session that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
    /// The period that it is about.
    #[serde(flatten)]
    pub unobserved: Unobserved,
}

/// A document to print.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Document {
    /// A session.
    Session(Box<Session>),
    /// A portal.
    Portal(Box<Portal>),
    /// The usage of a portal.
    Usage(Box<Usage>),
    /// What has happened at a portal.
    Event(Box<Event>),
}

impl From<Session> for Document {
    fn from(session: Session) -> Self {
        Self::Session(Box::new(session))
    }
}

impl From<Portal> for Document {
    fn from(portal: Portal) -> Self {
        Self::Portal(Box::new(portal))
    }
}

impl From<Usage> for Document {
    fn from(usage: Usage) -> Self {
        Self::Usage(Box::new(usage))
    }
}

impl From<Event> for Document {
    fn from(event: Event) -> Self {
        Self::Event(Box::new(event))
    }
}

impl Document {
    /// The session that it is, or is about.
    pub fn session(&self) -> Option<&Session> {
        match self {
            Self::Session(session) => Some(session),
            Self::Event(event) => event.session.as_ref(),
            Self::Portal(_) | Self::Usage(_) => None,
        }
    }

    /// The portal that it is.
    pub fn portal(&self) -> Option<&Portal> {
        match self {
            Self::Portal(portal) => Some(portal),
            _ => None,
        }
    }

    /// The usage that it is.
    pub fn usage(&self) -> Option<&Usage> {
        match self {
            Self::Usage(usage) => Some(usage),
            _ => None,
        }
    }

    /// The event that it is.
    pub fn event(&self) -> Option<&Event> {
        match self {
            Self::Event(event) => Some(event),
            _ => None,
        }
    }

    /// The ARN of its portal.
    pub fn portal_arn(&self) -> Option<&str> {
        match self {
            Self::Portal(portal) => portal.portal_arn.as_deref(),
            Self::Usage(usage) => usage.portal_arn.as_deref(),
            Self::Session(_) | Self::Event(_) => self.session()?.portal_arn.as_deref(),
        }
    }

    /// The ID of its portal.
    pub fn portal_id(&self) -> Option<&str> {
        let id = self
            .event()
            .and_then(|event| event.unobserved.portal_id.as_deref());
        id.or_else(|| documents::portal_id(self.portal_arn()?))
    }

    /// The region of its portal.
    pub fn region(&self) -> Option<&str> {
        let region = match self {
            Self::Usage(usage) => usage.region.as_deref(),
            Self::Event(event) => event.unobserved.region.as_deref(),
            Self::Session(_) | Self::Portal(_) => None,
        };
        region.or_else(|| documents::portal_region(self.portal_arn()?))
    }

    /// About how many bytes it takes.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Session(session) => session.weight(),
            Self::Portal(portal) => portal.weight(),
            Self::Usage(usage) => usage.weight(),
            Self::Event(event) => {
                let session = event.session.as_ref().map_or(0, Session::weight);
                session + event.unobserved.weight()
            }
        }
    }

    fn schema(&self) -> &'static Schema {
        match self {
            Self::Session(_) => &SESSION,
            Self::Portal(_) => &PORTAL,
            Self::Usage(_) => &USAGE_OF_ANY,
            Self::Event(_) => &EVENT,
        }
    }

    /// Its members as JSON, times in a notation.
    pub(super) fn to_json(&self, timestamps: Timestamps) -> Result<Map<String, Value>, PrintError> {
        let mut members = match serde_json::to_value(self)? {
            Value::Object(members) => members,
            other => Map::from_iter([(self.schema().name.to_owned(), other)]),
        };
        if timestamps == Timestamps::Iso {
            self.write_iso_times(&mut members);
            if let Some(Value::Object(session)) = members.get_mut("session") {
                self.write_iso_times(session);
            }
        }
        Ok(members)
    }

    fn write_iso_times(&self, members: &mut Map<String, Value>) {
        for member in self.schema().members() {
            if member.kind == MemberKind::Time
                && let Some(value) = members.get_mut(member.name)
                && let Value::Number(number) = value
            {
                *value = Value::String(time::iso(&number.clone().into()));
            }
        }
    }

    /// Its members in one object, those of an event's session too, times in a notation.
    pub(super) fn to_row(&self, timestamps: Timestamps) -> Result<Map<String, Value>, PrintError> {
        let mut members = self.to_json(timestamps)?;
        if let Self::Event(_) = self
            && let Some(Value::Object(session)) = members.shift_remove("session")
        {
            for (name, value) in session {
                members.entry(name).or_insert(value);
            }
        }
        Ok(members)
    }

    /// The document as the API returns it: `{"session": {...}}`. An event says itself what it is.
    pub(super) fn to_wrapped_json(&self, timestamps: Timestamps) -> Result<Value, PrintError> {
        let value = Value::Object(self.to_json(timestamps)?);
        Ok(match self {
            Self::Event(_) => value,
            _ => Value::Object(Map::from_iter([(self.schema().name.to_owned(), value)])),
        })
    }
}

//! The documents of the service: sessions and portals. One line declares a member, and then all output formats
//! print it and `--field` accepts it.
//!
//! A document keeps members that are not declared. A member that is `null` counts as absent, as in the AWS SDKs.

use std::fmt;
use std::ops::Range;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit, civil};
use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Number, Value};

use super::reply::kind_of;

/// The value of a member of a document.
#[derive(Debug, Clone, PartialEq)]
pub enum Member<'a> {
    Text(&'a str),
    TextList(&'a [String]),
    Time(&'a EpochSeconds),
    /// A number that is not a time, such as a count.
    Number(Number),
}

impl Member<'_> {
    /// The approximate size of the value on the heap, in bytes.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::TextList(texts) => {
                let texts = texts.iter();
                texts.map(|text| size_of::<String>() + text.len()).sum()
            }
            Self::Time(_) | Self::Number(_) => 0,
        }
    }
}

/// A type that a member can have.
pub trait MemberType {
    fn value(&self) -> Member<'_>;
}

impl MemberType for String {
    fn value(&self) -> Member<'_> {
        Member::Text(self)
    }
}

impl MemberType for Vec<String> {
    fn value(&self) -> Member<'_> {
        Member::TextList(self)
    }
}

impl MemberType for EpochSeconds {
    fn value(&self) -> Member<'_> {
        Member::Time(self)
    }
}

impl MemberType for Number {
    fn value(&self) -> Member<'_> {
        Member::Number(self.clone())
    }
}

impl MemberType for u64 {
    fn value(&self) -> Member<'_> {
        Member::Number((*self).into())
    }
}

/// Declares a document: its members in the order of columns, each with its name in the API. With `..other`, the
/// document keeps members that are not declared.
macro_rules! document {
    (
        $(#[$attribute:meta])*
        pub struct $type:ident {
            $($name:literal $member:ident: $member_type:ty,)*
            $(..$other:ident)?
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(expecting = "an object")]
        pub struct $type {
            $(
                #[doc = concat!("`", $name, "`")]
                #[serde(rename = $name, default, skip_serializing_if = "Option::is_none")]
                pub $member: Option<$member_type>,
            )*
            $(
                /// Members that are not declared.
                #[serde(flatten)]
                pub $other: serde_json::Map<String, serde_json::Value>,
            )?
        }

        impl $type {
            /// The names of the declared members, in the order of columns.
            pub const MEMBERS: &'static [&'static str] = &[$($name),*];

            /// Returns the value of a declared member; `None` if it is absent.
            pub fn member(&self, name: &str) -> Option<$crate::service::documents::Member<'_>> {
                use $crate::service::documents::MemberType;
                match name {
                    $($name => self.$member.as_ref().map(MemberType::value),)*
                    _ => None,
                }
            }

            /// The approximate size of the document, in bytes.
            pub fn weight(&self) -> usize {
                let members = Self::MEMBERS.iter().filter_map(|name| self.member(name));
                size_of::<Self>()
                    + members.map(|value| value.weight()).sum::<usize>()
                    $(+ $crate::service::documents::weight_of_members(&self.$other))?
            }
        }
    };
}
pub(crate) use document;

document! {
    /// A session, as GetSession and ListSessions return it. ListSessions omits the IP addresses.
    pub struct Session {
        "sessionId" session_id: String,
        "status" status: String,
        "username" username: String,
        "clientIpAddresses" client_ip_addresses: Vec<String>,
        "startTime" start_time: EpochSeconds,
        "endTime" end_time: EpochSeconds,
        "portalArn" portal_arn: String,
        ..other
    }
}

document! {
    /// A portal, as ListPortals returns it.
    pub struct Portal {
        "portalArn" portal_arn: String,
        "displayName" display_name: String,
        "portalStatus" portal_status: String,
        "portalEndpoint" portal_endpoint: String,
        "portalCustomDomain" portal_custom_domain: String,
        "maxConcurrentSessions" max_concurrent_sessions: Number,
        "creationDate" creation_date: EpochSeconds,
        "authenticationType" authentication_type: String,
        "instanceType" instance_type: String,
        "browserType" browser_type: String,
        "rendererType" renderer_type: String,
        "browserSettingsArn" browser_settings_arn: String,
        "dataProtectionSettingsArn" data_protection_settings_arn: String,
        "ipAccessSettingsArn" ip_access_settings_arn: String,
        "networkSettingsArn" network_settings_arn: String,
        "sessionLoggerArn" session_logger_arn: String,
        "trustStoreArn" trust_store_arn: String,
        "userAccessLoggingSettingsArn" user_access_logging_settings_arn: String,
        "userSettingsArn" user_settings_arn: String,
        ..other
    }
}

impl Session {
    /// Whether the session has ended. The status `Terminated` is final.
    pub fn has_ended(&self) -> bool {
        self.status.as_deref() == Some("Terminated")
    }

    /// The start; `None` if the service omitted it.
    pub fn started_at(&self) -> Option<Timestamp> {
        self.start_time.as_ref().map(EpochSeconds::timestamp)
    }

    /// The end; `None` if the service omitted it. A session that is not terminated has no end, even if it has an
    /// `endTime`.
    pub fn ended_at(&self) -> Option<Timestamp> {
        let end = self.end_time.as_ref().filter(|_| self.has_ended());
        end.map(EpochSeconds::timestamp)
    }

    /// The ID in the portal's ARN; `None` if there is no valid ARN.
    pub fn portal_id(&self) -> Option<&str> {
        portal_id(self.portal_arn.as_deref()?)
    }

    /// The region in the portal's ARN; `None` if there is no valid ARN.
    pub fn portal_region(&self) -> Option<&str> {
        portal_region(self.portal_arn.as_deref()?)
    }
}

impl Portal {
    pub fn portal_id(&self) -> Option<&str> {
        portal_id(self.portal_arn.as_deref()?)
    }

    pub fn portal_region(&self) -> Option<&str> {
        portal_region(self.portal_arn.as_deref()?)
    }
}

/// The ID in `arn:PARTITION:workspaces-web:REGION:ACCOUNT:portal/ID`.
pub fn portal_id(arn: &str) -> Option<&str> {
    arn.splitn(6, ':').nth(5)?.strip_prefix("portal/")
}

/// The region in `arn:PARTITION:workspaces-web:REGION:ACCOUNT:portal/ID`.
pub fn portal_region(arn: &str) -> Option<&str> {
    arn.split(':').nth(3)
}

/// The plausible times of a reply: the years 2000 to 2099, in seconds since 1970. A time in milliseconds is
/// thousands of years later.
const PLAUSIBLE_TIMES: Range<i64> = 946_684_800..4_102_444_800;

/// A time that is printed as the service sent it, in seconds since 1970.
#[derive(Debug, Clone, PartialEq)]
pub struct EpochSeconds {
    number: Number,
    timestamp: Timestamp,
}

impl EpochSeconds {
    /// The time, to the microsecond.
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    pub(super) fn is_plausible(&self) -> bool {
        PLAUSIBLE_TIMES.contains(&self.timestamp.as_second())
    }
}

/// Converts seconds since 1970 to a timestamp, to the microsecond. An `f64` is not more precise.
pub fn timestamp(seconds: f64) -> Option<Timestamp> {
    Timestamp::from_microsecond((seconds * 1e6).round() as i64).ok()
}

impl fmt::Display for EpochSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number.fmt(f)
    }
}

impl From<Timestamp> for EpochSeconds {
    fn from(timestamp: Timestamp) -> Self {
        let timestamp = timestamp.round(Unit::Microsecond).unwrap_or(timestamp);
        let whole = || Number::from(timestamp.as_second());
        let number = if timestamp.subsec_nanosecond() == 0 {
            whole()
        } else {
            Number::from_f64(timestamp.as_microsecond() as f64 / 1e6).unwrap_or_else(whole)
        };
        Self { number, timestamp }
    }
}

impl Serialize for EpochSeconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.number.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for EpochSeconds {
    /// Accepts a number, as the protocol specifies, or ISO 8601, which other emulators write. The AWS SDKs accept
    /// both. A time without an offset is in UTC.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let time = match &value {
            Value::Number(number) => number.as_f64().and_then(timestamp).map(|timestamp| Self {
                number: number.clone(),
                timestamp,
            }),
            Value::String(text) => {
                let utc = || {
                    let civil: civil::DateTime = text.parse().ok()?;
                    Some(civil.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp())
                };
                text.parse().ok().or_else(utc).map(Self::from)
            }
            _ => None,
        };
        let found = match &value {
            Value::String(text) => Unexpected::Str(text),
            value => Unexpected::Other(kind_of(value)),
        };
        time.ok_or_else(|| D::Error::invalid_type(found, &"a time in seconds"))
    }
}

/// The approximate size of members, in bytes.
pub(crate) fn weight_of_members(members: &Map<String, Value>) -> usize {
    let members = members.iter();
    members
        .map(|(name, value)| name.len() + weight(value))
        .sum()
}

/// The approximate size of a value, in bytes.
pub(crate) fn weight(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(weight).sum(),
            Value::Object(members) => weight_of_members(members),
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn session(value: Value) -> Session {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn unknown_members_are_kept_and_nulls_of_known_ones_count_as_absent() {
        let value = json!({"status": "Active", "username": null, "region": null, "new": [1]});
        let session = session(value);
        assert_eq!(
            serde_json::to_value(&session).unwrap(),
            json!({"status": "Active", "region": null, "new": [1]})
        );
        assert_eq!(session.username, None);
    }

    #[test]
    fn a_time_that_came_as_text_becomes_its_number() {
        for (text, seconds) in [
            ("2025-01-01T00:00:00Z", json!(1_735_689_600)),
            ("2025-01-01T02:00:00.5+02:00", json!(1_735_689_600.5)),
            ("2025-01-01T00:00:00.250", json!(1_735_689_600.25)),
            ("2025-01-01T00:00:00.123456Z", json!(1_735_689_600.123_456)),
        ] {
            let session = session(json!({ "startTime": text }));
            let sent = serde_json::to_value(&session).unwrap();
            assert_eq!(sent["startTime"], seconds, "{text}");
        }
    }

    #[test]
    fn an_instant_has_every_microsecond_of_its_number() {
        for (number, microseconds) in [
            ("1735689600", 1_735_689_600_000_000),
            ("1735689600.0", 1_735_689_600_000_000),
            ("1.7356896E9", 1_735_689_600_000_000),
            ("1735689600.123", 1_735_689_600_123_000),
            ("1735689600.123456", 1_735_689_600_123_456),
        ] {
            let time: EpochSeconds = serde_json::from_str(number).unwrap();
            assert_eq!(time.timestamp().as_microsecond(), microseconds, "{number}");
        }
    }

    #[test]
    fn what_no_calendar_has_is_an_error() {
        for time in [json!(1e308), json!(u64::MAX), json!("now"), json!(true)] {
            let result: Result<EpochSeconds, _> = serde_json::from_value(time.clone());
            assert!(result.is_err(), "{time}");
        }
    }

    #[test]
    fn a_session_that_has_not_ended_has_no_end() {
        let end = |status| {
            let session = session(json!({"status": status, "endTime": 1_735_689_600}));
            session.ended_at().map(Timestamp::as_second)
        };
        assert_eq!(end("Terminated"), Some(1_735_689_600));
        assert_eq!(end("Active"), None);
    }

    proptest! {
        #[test]
        fn an_instant_to_the_microsecond_survives_its_number(
            microseconds in 946_684_800_000_000_i64..4_102_444_800_000_000,
        ) {
            let time = Timestamp::from_microsecond(microseconds).unwrap();
            let number = serde_json::to_string(&EpochSeconds::from(time)).unwrap();
            let read: EpochSeconds = serde_json::from_str(&number).unwrap();
            prop_assert_eq!(read.timestamp(), time);
        }
    }
}

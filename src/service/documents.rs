//! The documents of the service. To add a member, add a line: the formats print it, `--field` offers it.
//!
//! A document keeps the members that this version does not know. A member that is `null` counts as
//! absent, as it does for the AWS SDKs.

use std::fmt;

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Number, Value};

/// The value of a document's member.
#[derive(Debug, Clone, PartialEq)]
pub enum Member<'a> {
    /// A string.
    Text(&'a str),
    /// A list of strings.
    TextList(&'a [String]),
    /// A timestamp.
    Time(&'a EpochSeconds),
    /// A number that is not a timestamp: a count, or a share.
    Number(Number),
}

impl Member<'_> {
    /// About how many bytes it takes besides its own size.
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
    /// The value.
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

/// Declares a document: its members in the order of columns, each with the API's name. With `other`, it
/// keeps members that are not declared.
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

            /// The value of a declared member.
            pub fn member(&self, name: &str) -> Option<$crate::service::documents::Member<'_>> {
                use $crate::service::documents::MemberType;
                match name {
                    $($name => self.$member.as_ref().map(MemberType::value),)*
                    _ => None,
                }
            }

            /// About how many bytes the document takes.
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
    /// A session, as GetSession and ListSessions return it; ListSessions without its addresses.
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
    /// Whether the session has ended: `Terminated` is final.
    pub fn has_ended(&self) -> bool {
        self.status.as_deref() == Some("Terminated")
    }

    /// When it started; `None` if the service left it out, or no calendar has it.
    pub fn started_at(&self) -> Option<Timestamp> {
        self.start_time.as_ref()?.timestamp()
    }

    /// When it ended; `None` if the service left it out, or no calendar has it.
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.end_time.as_ref()?.timestamp()
    }

    /// The portal's ID; `None` without an ARN of the usual form.
    pub fn portal_id(&self) -> Option<&str> {
        portal_id(self.portal_arn.as_deref()?)
    }

    /// The portal's region; `None` without an ARN of the usual form.
    pub fn portal_region(&self) -> Option<&str> {
        portal_region(self.portal_arn.as_deref()?)
    }
}

impl Portal {
    /// The portal's ID; `None` without an ARN of the usual form.
    pub fn portal_id(&self) -> Option<&str> {
        portal_id(self.portal_arn.as_deref()?)
    }

    /// The portal's region; `None` without an ARN of the usual form.
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

/// A time: the number of seconds since 1970 that the service sent, printed as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct EpochSeconds(Number);

impl EpochSeconds {
    /// The instant, exact to the last digit of the number; `None` where no calendar has it (outside the
    /// years -9999 to 9999).
    pub fn timestamp(&self) -> Option<Timestamp> {
        match self.0.as_i64() {
            Some(seconds) => Timestamp::from_second(seconds).ok(),
            None => Timestamp::from_nanosecond(nanoseconds(&self.0.to_string())?).ok(),
        }
    }
}

impl fmt::Display for EpochSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Number> for EpochSeconds {
    fn from(number: Number) -> Self {
        Self(number)
    }
}

impl From<Timestamp> for EpochSeconds {
    fn from(time: Timestamp) -> Self {
        let fraction = time.subsec_nanosecond();
        if fraction == 0 {
            return Self(time.as_second().into());
        }
        let nanoseconds = time.as_nanosecond();
        let sign = if nanoseconds < 0 { "-" } else { "" };
        let (seconds, fraction) = (
            nanoseconds.unsigned_abs() / 1_000_000_000,
            nanoseconds.unsigned_abs() % 1_000_000_000,
        );
        let number = format!("{sign}{seconds}.{fraction:09}").parse();
        Self(
            number
                .ok()
                .and_then(Number::from_f64)
                .unwrap_or_else(|| time.as_second().into()),
        )
    }
}

/// The nanoseconds in a decimal number of seconds, such as `1.7356896001234e9`.
fn nanoseconds(seconds: &str) -> Option<i128> {
    let (mantissa, exponent) = seconds.split_once(['e', 'E']).unwrap_or((seconds, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let places = exponent.parse::<i64>().ok()? - i64::try_from(fraction.len()).ok()? + 9;
    let scale = u32::try_from(places.unsigned_abs())
        .ok()
        .and_then(|places| 10_i128.checked_pow(places));
    match scale {
        Some(scale) if places >= 0 => digits.checked_mul(scale),
        Some(scale) => Some((digits + digits.signum() * scale / 2) / scale),
        None if places < 0 || digits == 0 => Some(0),
        None => None,
    }
}

impl<'de> Deserialize<'de> for EpochSeconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EpochSecondsVisitor)
    }
}

struct EpochSecondsVisitor;

impl Visitor<'_> for EpochSecondsVisitor {
    type Value = EpochSeconds;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of seconds")
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<EpochSeconds, E> {
        Ok(EpochSeconds(seconds.into()))
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<EpochSeconds, E> {
        Ok(EpochSeconds(seconds.into()))
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<EpochSeconds, E> {
        Number::from_f64(seconds)
            .map(EpochSeconds)
            .ok_or_else(|| E::invalid_value(Unexpected::Float(seconds), &self))
    }

    /// The protocol's times are numbers, but a member may be declared otherwise, and other emulators
    /// write ISO 8601 all the same; the AWS SDKs accept both. Without an offset it is UTC.
    fn visit_str<E: Error>(self, text: &str) -> Result<EpochSeconds, E> {
        let utc = || {
            let civil: civil::DateTime = text.parse().ok()?;
            Some(civil.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp())
        };
        let time = text.parse::<Timestamp>().ok().or_else(utc);
        time.map(EpochSeconds::from)
            .ok_or_else(|| E::invalid_type(Unexpected::Str(text), &self))
    }
}

/// About how many bytes members take.
pub(crate) fn weight_of_members(members: &Map<String, Value>) -> usize {
    let members = members.iter();
    members
        .map(|(name, value)| name.len() + weight(value))
        .sum()
}

/// About how many bytes a value takes.
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
            ("1969-12-31T23:59:59.75Z", json!(-0.25)),
        ] {
            let session = session(json!({ "startTime": text }));
            let sent = serde_json::to_value(&session).unwrap();
            assert_eq!(sent["startTime"], seconds, "{text}");
        }
    }

    #[test]
    fn an_instant_has_every_digit_of_its_number() {
        for (number, nanoseconds) in [
            ("1735689600", Some(1_735_689_600_000_000_000)),
            ("1735689600.0", Some(1_735_689_600_000_000_000)),
            ("1.7356896E9", Some(1_735_689_600_000_000_000)),
            ("1735689600.123", Some(1_735_689_600_123_000_000)),
            ("1735689600.1234567", Some(1_735_689_600_123_456_700)),
            ("-0.25", Some(-250_000_000)),
            ("1e-7", Some(100)),
            ("1e-300", Some(0)),
            ("-6e-10", Some(-1)),
            ("0.0", Some(0)),
            ("1e300", None),
            ("18446744073709551615", None),
        ] {
            let time = EpochSeconds(serde_json::from_str(number).unwrap()).timestamp();
            assert_eq!(time.map(Timestamp::as_nanosecond), nanoseconds, "{number}");
        }
    }

    proptest! {
        #[test]
        fn an_instant_to_the_microsecond_survives_its_number(
            microseconds in -62_135_596_800_000_000_i64..=253_402_207_199_999_999,
        ) {
            // An f64 has 15 digits for certain.
            let microseconds = microseconds % 1_000_000_000_000_000;
            let time = Timestamp::from_microsecond(microseconds).unwrap();
            prop_assert_eq!(EpochSeconds::from(time).timestamp(), Some(time));
        }

        #[test]
        fn no_number_makes_it_fail(number in any::<f64>()) {
            let _ = Number::from_f64(number).map(|number| EpochSeconds(number).timestamp());
        }
    }
}

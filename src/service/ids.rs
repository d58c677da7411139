//! The identifiers of the service, parsed once and never handled as bare strings again.
//!
//! Patterns and lengths are those of the GetSession API page and the service model.

use std::fmt;
use std::str::FromStr;

use super::endpoint::{self, Region};

/// Length of a portal ID and of a session ID: "Fixed length of 36" (API page).
const ID_LENGTH: usize = 36;

/// What a well-formed ID looks like, for messages.
const EXAMPLE: &str = "8f6ae9c4-6a2e-4b1d-9f3e-0123456789ab";

/// Why a string is not an identifier, as a sentence that starts with the offending text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdError(String);

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for IdError {}

/// Checks the pattern `^[a-zA-Z0-9\-]+$` and the length of 36 that portal and session IDs share.
fn check_id(kind: &str, text: &str) -> Result<[u8; ID_LENGTH], IdError> {
    let fault = if text.is_empty() {
        "it is empty".to_owned()
    } else if let Some(odd) = text
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && *c != '-')
    {
        format!("it contains {odd:?}")
    } else if let Ok(id) = text.as_bytes().try_into() {
        return Ok(id);
    } else {
        let plural = if text.len() == 1 { "" } else { "s" };
        format!("it has {} character{plural}", text.len())
    };
    Err(IdError(format!(
        "{} is not a {kind} ID: {fault}, and an ID is {ID_LENGTH} letters, digits and hyphens, like {EXAMPLE}",
        quoted(text)
    )))
}

/// `text` in quotes, safe to print and never longer than a line of a terminal.
fn quoted(text: &str) -> String {
    const SHOWN: usize = 60;
    let shown: String = text.chars().take(SHOWN).collect();
    let rest = if shown.len() < text.len() { "..." } else { "" };
    format!("{:?}{rest}", shown)
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; ID_LENGTH]);

        impl $name {
            /// The ID as the service spells it.
            pub fn as_str(&self) -> &str {
                // Checked to be ASCII.
                std::str::from_utf8(&self.0).unwrap_or_default()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                check_id($kind, text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

id!(
    /// The ID of a web portal: 36 letters, digits and hyphens.
    PortalId,
    "portal"
);
id!(
    /// The ID of a session: 36 letters, digits and hyphens.
    SessionId,
    "session"
);

/// The ARN of a web portal: `arn:PARTITION:workspaces-web:REGION:ACCOUNT:portal/ID`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalArn {
    /// The partition, one of `partitions.json`.
    pub partition: &'static endpoint::Partition,
    /// The region that the portal lives in.
    pub region: Region,
    /// The portal's ID.
    pub portal: PortalId,
}

impl FromStr for PortalArn {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let wrong = |why: String| {
            IdError(format!(
                "{} is not a portal ARN: {why}; an ARN is like arn:aws:workspaces-web:us-east-1:123456789012:portal/{EXAMPLE}",
                quoted(text)
            ))
        };
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [prefix, partition, service, region, account, resource] = parts[..] else {
            return Err(wrong("it has fewer than six parts".to_owned()));
        };
        if prefix != "arn" {
            return Err(wrong("it does not start with \"arn:\"".to_owned()));
        }
        if service != "workspaces-web" {
            return Err(wrong(format!(
                "its service is {}, not workspaces-web",
                quoted(service)
            )));
        }
        let Some(id) = resource.strip_prefix("portal/") else {
            return Err(wrong(format!(
                "it names {}, not portal/ID",
                quoted(resource)
            )));
        };
        let account_fits = (1..=12).contains(&account.len())
            && account.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !account_fits {
            return Err(wrong(format!("its account is {}", quoted(account))));
        }
        let partition = endpoint::Partition::named(partition)
            .ok_or_else(|| wrong(format!("there is no partition {}", quoted(partition))))?;
        let region: Region = region.parse().map_err(|error| wrong(format!("{error}")))?;
        if let Some(actual) = endpoint::Partition::known_for(&region)
            && actual != partition
        {
            return Err(wrong(format!(
                "region {region} is in partition {}, not {}",
                actual.id, partition.id
            )));
        }
        let portal = id
            .parse()
            .map_err(|error: IdError| wrong(error.to_string()))?;
        Ok(Self {
            partition,
            region,
            portal,
        })
    }
}

/// A portal's display name or the host of its endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalName(Box<str>);

impl PortalName {
    /// The longest name: an endpoint's host (a display name has 64 characters at most).
    const MAX_LENGTH: usize = 253;

    /// Whether a text that is no ID can be a name.
    fn fits(text: &str) -> bool {
        !text.trim().is_empty()
            && text.len() <= Self::MAX_LENGTH
            && !text.chars().any(char::is_control)
            && !Self::is_mistyped_id(text)
    }

    /// Whether a text can only be meant as an ID, so that it costs no call to say that it is none:
    /// about as long as an ID, and but for a slip or two of an ID's hexadecimal digits and hyphens.
    fn is_mistyped_id(text: &str) -> bool {
        const SLIPS: usize = 2;
        let is_odd = |c: &char| !c.is_ascii_hexdigit() && *c != '-';
        (ID_LENGTH - 6..=ID_LENGTH + 6).contains(&text.len())
            && text.chars().filter(is_odd).count() <= SLIPS
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the text is made of an ID's characters alone, and so may be meant as one.
    pub fn may_be_meant_as_an_id(&self) -> bool {
        self.0
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    }
}

/// A portal as a person names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortalReference {
    /// By its display name or its endpoint's host, which ListPortals resolves.
    Name(PortalName),
    /// By its ID; the region comes from elsewhere.
    Id(PortalId),
    /// By its ARN, whose region and partition hold for the call.
    Arn(PortalArn),
}

impl PortalReference {
    /// The ARN, if that is how the portal was named.
    pub fn arn(&self) -> Option<&PortalArn> {
        match self {
            Self::Id(_) | Self::Name(_) => None,
            Self::Arn(arn) => Some(arn),
        }
    }
}

impl fmt::Display for PortalReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "{:?}", name.as_str()),
            Self::Id(id) => id.fmt(f),
            Self::Arn(arn) => arn.portal.fmt(f),
        }
    }
}

impl FromStr for PortalReference {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if text.starts_with("arn:") {
            return text.parse().map(Self::Arn);
        }
        if let Some(("http" | "https", rest)) = text.split_once("://") {
            let host = rest.split('/').next().unwrap_or_default();
            return Err(IdError(format!(
                "{} is a URL: give the portal's host alone, {}",
                quoted(text),
                quoted(host)
            )));
        }
        match text.parse::<PortalId>() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) if PortalName::fits(text) => Ok(Self::Name(PortalName(text.into()))),
            Err(error) => Err(IdError(format!(
                "{error}; a portal's ARN, display name or endpoint's host will do too"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: &str = "8f6ae9c4-6a2e-4b1d-9f3e-0123456789ab";

    #[test]
    fn an_id_has_36_letters_digits_and_hyphens() {
        assert_eq!(ID.parse::<SessionId>().unwrap().as_str(), ID);
        assert!("A".repeat(36).parse::<PortalId>().is_ok());
        for wrong in [
            "",
            "abc",
            &ID[1..],
            &format!("{ID}0"),
            &ID.replace('a', "/"),
        ] {
            assert!(wrong.parse::<SessionId>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_message_names_the_id_the_fault_and_a_right_one() {
        let message = "abc".parse::<SessionId>().unwrap_err().to_string();
        assert_eq!(
            message,
            "\"abc\" is not a session ID: it has 3 characters, and an ID is 36 letters, digits and hyphens, like 8f6ae9c4-6a2e-4b1d-9f3e-0123456789ab"
        );
    }

    #[test]
    fn a_message_never_carries_a_control_character_or_a_megabyte() {
        let message = format!("\u{1b}]0;x\u{7}{}", "a".repeat(1 << 20))
            .parse::<PortalId>()
            .unwrap_err()
            .to_string();
        assert!(message.len() < 300);
        assert!(!message.chars().any(char::is_control));
    }

    #[test]
    fn a_portal_may_be_named_but_a_mangled_id_is_no_name() {
        for name in [
            "Contractors",
            "Sales portal",
            "team-a",
            "abc",
            "Facade",
            "2026",
            "8f6ae9c4-6a2e",
            "production-contractors-eu-central",
            "Team: EU/West",
            "p.workspaces-web.com",
            "日本",
        ] {
            assert!(
                matches!(name.parse(), Ok(PortalReference::Name(_))),
                "{name}"
            );
        }
        for mangled in [
            "",
            " ",
            &ID[1..],
            &ID[..30],
            &format!("{ID}0"),
            &format!("{ID} "),
            &ID.replace('-', ""),
            &ID.replace("9f", "o")[1..],
            "arn:aws:workspaces-web",
            "\u{7}",
            &"n".repeat(254),
        ] {
            let error = mangled.parse::<PortalReference>().unwrap_err().to_string();
            assert!(error.contains("is not a portal"), "{error}");
        }
    }

    #[test]
    fn a_url_is_answered_with_its_host() {
        let error = "https://abc.workspaces-web.com/"
            .parse::<PortalReference>()
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"https://abc.workspaces-web.com/\" is a URL: give the portal's host alone, \"abc.workspaces-web.com\""
        );
    }

    #[test]
    fn an_arn_gives_its_partition_region_and_portal() {
        let arn: PortalArn =
            format!("arn:aws-us-gov:workspaces-web:us-gov-west-1:123456789012:portal/{ID}")
                .parse()
                .unwrap();
        assert_eq!(arn.partition.id, "aws-us-gov");
        assert_eq!(arn.region.as_str(), "us-gov-west-1");
        assert_eq!(arn.portal.as_str(), ID);
    }

    #[test]
    fn an_arn_that_contradicts_itself_is_refused_with_the_reason() {
        for (arn, reason) in [
            (format!("arn:aws:s3:us-east-1:1:portal/{ID}"), "service"),
            (
                format!("arn:aws:workspaces-web:us-east-1:1:browserSettings/{ID}"),
                "portal/ID",
            ),
            (
                format!("arn:aws-cn:workspaces-web:us-east-1:1:portal/{ID}"),
                "partition aws",
            ),
            (
                format!("arn:aws-xx:workspaces-web:us-east-1:1:portal/{ID}"),
                "no partition",
            ),
            (format!("arn:aws:workspaces-web::1:portal/{ID}"), "region"),
            (
                format!("arn:aws:workspaces-web:us-east-1::portal/{ID}"),
                "account",
            ),
            (
                "arn:aws:workspaces-web:us-east-1:1:portal/x".to_owned(),
                "portal ID",
            ),
            ("arn:aws".to_owned(), "six parts"),
        ] {
            let message = arn.parse::<PortalReference>().unwrap_err().to_string();
            assert!(message.contains(reason), "{message}");
        }
    }

    proptest! {
        #[test]
        fn an_arn_of_good_parts_gives_them_back(
            partition in proptest::sample::select(vec!["aws", "aws-cn", "aws-us-gov", "aws-iso"]),
            region in "[a-z]{1,9}",
            account in "[a-zA-Z0-9]{1,12}",
            id in "[a-zA-Z0-9-]{36}",
        ) {
            let text = format!("arn:{partition}:workspaces-web:{region}:{account}:portal/{id}");
            let arn: PortalArn = text.parse().unwrap();
            prop_assert_eq!(arn.partition.id, partition);
            prop_assert_eq!(arn.region.as_str(), region);
            prop_assert_eq!(arn.portal.as_str(), id);
        }

        #[test]
        fn whatever_is_refused_is_refused_in_a_safe_and_short_sentence(
            text in prop_oneof![any::<String>(), "arn:.*", "arn:aws:workspaces-web:.*", "[a-z0-9-]{30,40}"]
        ) {
            if let Err(error) = text.parse::<PortalReference>() {
                let sentence = error.to_string();
                prop_assert!(!sentence.contains(crate::output::untrusted::is_unsafe));
                prop_assert!(sentence.len() < 2000);
            }
        }
    }
}

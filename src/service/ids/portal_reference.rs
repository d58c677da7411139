//! A portal as a person names it: by its ID, its ARN, its display name or its endpoint's host.

use std::fmt;
use std::str::FromStr;

use super::{ID_LENGTH, IdError, PortalArn, PortalId, quoted};

/// A portal's display name or the host of its endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalName(Box<str>);

impl PortalName {
    /// The longest name: an endpoint's host (a display name has 64 characters at most).
    const MAX_LENGTH: usize = 253;

    /// Whether a text other than an ID can be a name.
    fn fits(text: &str) -> bool {
        !text.trim().is_empty()
            && text.len() <= Self::MAX_LENGTH
            && !text.chars().any(char::is_control)
            && !Self::is_mistyped_id(text)
    }

    /// Whether a text is a mistyped ID, so that no call is needed to refuse it: about as long as an
    /// ID, and made of hexadecimal digits and hyphens but for a slip or two.
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
    fn a_portal_may_be_named_but_a_mistyped_id_is_refused() {
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

    proptest! {
        #[test]
        fn any_refusal_is_a_safe_and_short_sentence(
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

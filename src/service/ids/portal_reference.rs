//! A portal as the user names it: by its ID, its ARN, its display name or its endpoint's host.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;

use super::pasted;
use super::{ID_LENGTH, IdError, PortalArn, PortalId, quoted};
use crate::service::endpoint::{self, Region};

/// The domain of the portals' default endpoints.
const ENDPOINT_DOMAIN: &str = ".workspaces-web.com";

/// A portal's display name or the host of its endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalName {
    /// The name without the spaces and the quotation marks around it.
    cleaned: Box<str>,
    typed: Box<str>,
}

impl PortalName {
    /// The maximum length in bytes: that of a host. A display name has at most 64 characters.
    const MAX_LENGTH: usize = 253;

    /// Whether a text other than an ID can be a name.
    fn fits(text: &str) -> bool {
        !text.trim().is_empty()
            && text.len() <= Self::MAX_LENGTH
            && !text.chars().any(char::is_control)
            && !Self::is_mistyped_id(text)
    }

    /// Whether the text is a mistyped ID: about as long as an ID, and with at most two characters that are neither
    /// hexadecimal digits nor hyphens. It is rejected without a call.
    fn is_mistyped_id(text: &str) -> bool {
        let is_odd = |c: &char| !c.is_ascii_hexdigit() && *c != '-';
        (ID_LENGTH - 6..=ID_LENGTH + 6).contains(&text.len())
            && text.chars().filter(is_odd).count() <= 2
    }

    pub fn as_str(&self) -> &str {
        &self.cleaned
    }

    /// The names that the user may mean, in the order in which they are compared with the portals' names: a display
    /// name may start or end with spaces or quotation marks.
    pub fn readings(&self) -> [&str; 3] {
        [
            &self.typed,
            pasted::unquoted_name(&self.typed),
            &self.cleaned,
        ]
    }

    /// Whether an ID could have all characters of this name, which may then be a mistyped ID.
    pub fn may_be_meant_as_an_id(&self) -> bool {
        self.cleaned
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortalReference {
    /// A display name or an endpoint's host, which ListPortals resolves.
    Name(PortalName),
    /// An ID. The settings determine the region.
    Id(PortalId),
    /// An ARN. Its region and partition apply to the call.
    Arn(PortalArn),
}

impl PortalReference {
    /// Sets the text of a name before anything was removed from it. It is compared first with the portals' names.
    #[must_use]
    pub fn typed(mut self, text: &str) -> Self {
        if let Self::Name(name) = &mut self {
            name.typed = text.into();
        }
        self
    }

    /// The ID; `None` if the user gave a name.
    pub fn id(&self) -> Option<PortalId> {
        self.id_or_name().ok()
    }

    /// Returns the ID, or the name as an error if ListPortals has to resolve it.
    pub fn id_or_name(&self) -> Result<PortalId, &PortalName> {
        match self {
            Self::Name(name) => Err(name),
            Self::Id(id) => Ok(*id),
            Self::Arn(arn) => Ok(arn.portal),
        }
    }

    /// The ARN; `None` if the user gave an ID or a name.
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

/// Parses a portal as people paste it: its ID, its ARN, the URL of its page in the AWS console, the URL of its
/// endpoint, or its name.
impl FromStr for PortalReference {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let clean = pasted::cleaned(text);
        if clean.starts_with("arn:") {
            return clean.parse().map(Self::Arn);
        }
        let scheme = clean
            .split_once("://")
            .map(|(scheme, _)| scheme.to_ascii_lowercase());
        if let Some("http" | "https") = scheme.as_deref() {
            let url = Url::parse(&clean).map_err(|_| not_an_endpoint(&clean))?;
            return if pasted::is_console(&url) {
                from_console(&clean, &url)
            } else {
                from_endpoint(&clean, &url)
            };
        }
        let error = match PortalId::exact(&clean) {
            Ok(id) => return Ok(Self::Id(id)),
            Err(error) => error,
        };
        name(text).map(Self::Name).ok_or_else(|| {
            IdError(format!(
                "{error}; a portal's ARN, display name or endpoint's host will do too"
            ))
        })
    }
}

/// Parses a display name, or an endpoint's URL without the scheme.
fn name(text: &str) -> Option<PortalName> {
    let name = pasted::cleaned_name(text);
    let is_host = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
    let host = name.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let is_address = host.contains('.')
        && host.chars().all(is_host)
        && (name.strip_prefix(host) == Some("/")
            || host.to_ascii_lowercase().ends_with(ENDPOINT_DOMAIN));
    let name = if is_address { host } else { name };
    PortalName::fits(name).then(|| PortalName {
        cleaned: name.into(),
        typed: text.into(),
    })
}

fn from_console(text: &str, url: &Url) -> Result<PortalReference, IdError> {
    if let Some(arn) = pasted::arn(url) {
        return arn.parse().map(PortalReference::Arn);
    }
    let portal = pasted::id(url).ok_or_else(|| {
        IdError(format!(
            "{} is a page of the AWS console that names no portal: open the portal's own page, or give its ID, ARN or name",
            quoted(text)
        ))
    })?;
    let portal = PortalId::exact(&portal)?;
    let region: Option<Region> = pasted::console_region(url).and_then(|it| it.parse().ok());
    let partition = region.as_ref().and_then(endpoint::Partition::known_for);
    Ok(match (region, partition) {
        (Some(region), Some(partition)) => PortalReference::Arn(PortalArn {
            partition,
            region,
            portal,
        }),
        _ => PortalReference::Id(portal),
    })
}

fn from_endpoint(text: &str, url: &Url) -> Result<PortalReference, IdError> {
    let host = url.host_str().unwrap_or_default();
    if !host.contains('.') || !PortalName::fits(host) {
        return Err(not_an_endpoint(text));
    }
    Ok(PortalReference::Name(PortalName {
        cleaned: host.into(),
        typed: text.into(),
    }))
}

fn not_an_endpoint(text: &str) -> IdError {
    IdError(format!(
        "{} is not the address of a portal, which looks like https://abc.workspaces-web.com",
        quoted(text)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::ids::SessionId;
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
    fn the_address_of_a_portal_gives_its_host_with_and_without_scheme() {
        for text in [
            "https://abc.workspaces-web.com/",
            "https://ABC.WorkSpaces-Web.com",
            "HTTP://abc.workspaces-web.com/a/b?c#d",
            "abc.workspaces-web.com/",
            " \"abc.workspaces-web.com\" ",
            "<https://abc.workspaces-web.com/>",
        ] {
            let Ok(PortalReference::Name(name)) = text.parse() else {
                panic!("{text}");
            };
            assert_eq!(name.as_str(), "abc.workspaces-web.com", "{text}");
        }
        let error = "https://localhost/".parse::<PortalReference>().unwrap_err();
        assert!(error.to_string().contains("not the address of a portal"));
    }

    #[test]
    fn a_page_of_the_console_gives_its_portal_and_region() {
        let arn = format!("arn:aws:workspaces-web:eu-west-1:123456789012:portal/{ID}");
        let encoded = arn.replace(':', "%3A").replace('/', "%2F");
        let twice = encoded.replace('%', "%25");
        for url in [
            format!(
                "https://eu-west-1.console.aws.amazon.com/workspaces-web/home?region=eu-west-1#/portals/{ID}"
            ),
            format!(
                "https://eu-west-1.console.aws.amazon.com/workspaces-web/portals/{ID}/sessions?x=y"
            ),
            format!(
                "https://console.aws.amazon.com/workspaces-web/home?region=eu-west-1#/webPortals/{encoded}"
            ),
            format!(
                "https://us-east-1.console.aws.amazon.com/workspaces-web/home#portals/{twice}/details"
            ),
            format!(
                "\"https://eu-west-1.console.aws.amazon.com/workspaces-web/home#/portals/{arn}/sessions\","
            ),
        ] {
            let Ok(PortalReference::Arn(arn)) = url.parse() else {
                panic!("{url}");
            };
            assert_eq!(arn.region.as_str(), "eu-west-1", "{url}");
            assert_eq!(arn.partition.id, "aws");
            assert_eq!(arn.portal.as_str(), ID);
        }
        let china =
            format!("https://cn-north-1.console.amazonaws.cn/workspaces-web/home#/portals/{ID}");
        let Ok(PortalReference::Arn(arn)) = china.parse() else {
            panic!("{china}");
        };
        assert_eq!(arn.partition.id, "aws-cn");
        let error = "https://eu-west-1.console.aws.amazon.com/workspaces-web/home"
            .parse::<PortalReference>()
            .unwrap_err();
        assert!(error.to_string().contains("names no portal"));
    }

    #[test]
    fn what_is_pasted_around_an_id_counts_for_nothing_and_what_is_wrong_inside_is_named() {
        let typographic = format!("\u{201c}{}\u{201d}\u{a0}\r", ID.replace('-', "\u{2013}"));
        assert_eq!(typographic.parse::<SessionId>().unwrap().as_str(), ID);
        assert_eq!(
            typographic.parse(),
            Ok(PortalReference::Id(ID.parse().unwrap()))
        );
        assert!(SessionId::exact(&typographic).is_err());
        let error = ID.replace('a', "\u{430}").parse::<SessionId>().unwrap_err();
        assert!(
            error.to_string().contains("it contains '\u{430}'"),
            "{error}"
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

//! The IDs of portals and sessions, with the pattern and the length of the GetSession API page.

mod pasted;
mod portal_arn;
mod portal_reference;

use std::fmt;
use std::str::FromStr;

pub use portal_arn::PortalArn;
pub use portal_reference::{PortalName, PortalReference};

/// The length of a portal ID and of a session ID: "Fixed length of 36" (API page).
const ID_LENGTH: usize = 36;

/// An example of an ID, for messages.
const EXAMPLE: &str = "8f6ae9c4-6a2e-4b1d-9f3e-0123456789ab";

/// The error for text that is not an ID or an ARN. The message begins with that text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct IdError(String);

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

/// Quotes at most 60 characters of `text` and escapes control characters.
fn quoted(text: &str) -> String {
    const SHOWN: usize = 60;
    let shown: String = text.chars().take(SHOWN).collect();
    let rest = if shown.len() < text.len() { "..." } else { "" };
    format!("{:?}{rest}", shown)
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name([u8; ID_LENGTH]);

        impl $name {
            pub fn as_str(&self) -> &str {
                // All IDs are ASCII.
                std::str::from_utf8(&self.0).unwrap_or_default()
            }

            /// Parses an ID that has no other characters around it.
            pub fn exact(text: &str) -> Result<Self, IdError> {
                check_id($kind, text).map(Self)
            }

            /// Whether the ID has upper-case letters, which the pattern allows but the service does not use.
            pub fn has_upper_case(&self) -> bool {
                self.0.iter().any(u8::is_ascii_uppercase)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.as_str())
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                Self::exact(&text)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        /// Parses an ID. White space, quotation marks and delimiters around it are ignored.
        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::exact(&pasted::cleaned(text))
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

#[cfg(test)]
mod tests {
    use super::*;

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
}

use std::fmt;
use std::str::FromStr;

use super::EndpointError;

/// The name of a region. It can be part of a host name: letters, digits and hyphens.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String")]
pub struct Region(Box<str>);

impl Region {
    /// A region from the table of partitions. Its name is not checked.
    pub fn known(name: &'static str) -> Self {
        Self(name.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Region {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let is_host_label = (1..=63).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-');
        if is_host_label {
            Ok(Self(text.into()))
        } else {
            Err(EndpointError::MalformedRegion(
                text.chars().take(64).collect(),
            ))
        }
    }
}

impl TryFrom<String> for Region {
    type Error = EndpointError;

    fn try_from(text: String) -> Result<Self, EndpointError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_must_be_a_host_label() {
        for wrong in [
            "",
            "-a",
            "a-",
            "us east",
            "us.evil.example",
            "a/b",
            &"a".repeat(64),
        ] {
            assert!(wrong.parse::<Region>().is_err(), "{wrong:?}");
        }
    }
}

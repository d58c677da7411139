//! Where a call goes: regions, partitions and the endpoint rules.
//!
//! The rules are those of the published rule set of the service
//! (`endpoint-rule-set.json`) over the SDKs' `partitions.json`; the test
//! `tests/suite/endpoints.rs` evaluates that rule set for every region and compares.

use std::fmt;
use std::str::FromStr;

/// A partition: a group of regions with a DNS suffix of its own.
#[derive(Debug, PartialEq, Eq)]
pub struct Partition {
    /// The partition's name in an ARN.
    pub id: &'static str,
    /// What stands before `-WORD-NUMBER` in the partition's region names, as in its `regionRegex`.
    region_prefixes: &'static [&'static str],
    /// The partition's pseudo region, which its pattern does not cover.
    global_region: &'static str,
    dns_suffix: &'static str,
    dual_stack_dns_suffix: &'static str,
    /// The regions where the service exists. Of partition `aws` these are the ones of botocore's
    /// `endpoints.json`; of the others, which it does not list, all regions of `partitions.json`.
    service_regions: &'static [&'static str],
}

// Every partition of `partitions.json` supports FIPS and dual-stack, so the rule
// set's errors for partitions that do not are unreachable and have no code here.
static PARTITIONS: &[Partition] = &[
    Partition {
        id: "aws",
        region_prefixes: &["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"],
        global_region: "aws-global",
        dns_suffix: "amazonaws.com",
        dual_stack_dns_suffix: "api.aws",
        service_regions: &[
            "ap-northeast-1",
            "ap-south-1",
            "ap-southeast-1",
            "ap-southeast-2",
            "ca-central-1",
            "eu-central-1",
            "eu-west-1",
            "eu-west-2",
            "us-east-1",
            "us-west-2",
        ],
    },
    Partition {
        id: "aws-cn",
        region_prefixes: &["cn"],
        global_region: "aws-cn-global",
        dns_suffix: "amazonaws.com.cn",
        dual_stack_dns_suffix: "api.amazonwebservices.com.cn",
        service_regions: &["cn-north-1", "cn-northwest-1"],
    },
    Partition {
        id: "aws-eusc",
        region_prefixes: &["eusc-de"],
        global_region: "eusc-de-east-1",
        dns_suffix: "amazonaws.eu",
        dual_stack_dns_suffix: "api.amazonwebservices.eu",
        service_regions: &["eusc-de-east-1"],
    },
    Partition {
        id: "aws-iso",
        region_prefixes: &["us-iso"],
        global_region: "aws-iso-global",
        dns_suffix: "c2s.ic.gov",
        dual_stack_dns_suffix: "api.aws.ic.gov",
        service_regions: &["us-iso-east-1", "us-iso-west-1"],
    },
    Partition {
        id: "aws-iso-b",
        region_prefixes: &["us-isob"],
        global_region: "aws-iso-b-global",
        dns_suffix: "sc2s.sgov.gov",
        dual_stack_dns_suffix: "api.aws.scloud",
        service_regions: &["us-isob-east-1", "us-isob-west-1"],
    },
    Partition {
        id: "aws-iso-e",
        region_prefixes: &["eu-isoe"],
        global_region: "aws-iso-e-global",
        dns_suffix: "cloud.adc-e.uk",
        dual_stack_dns_suffix: "api.cloud-aws.adc-e.uk",
        service_regions: &["eu-isoe-west-1"],
    },
    Partition {
        id: "aws-iso-f",
        region_prefixes: &["us-isof"],
        global_region: "aws-iso-f-global",
        dns_suffix: "csp.hci.ic.gov",
        dual_stack_dns_suffix: "api.aws.hci.ic.gov",
        service_regions: &["us-isof-east-1", "us-isof-south-1"],
    },
    Partition {
        id: "aws-us-gov",
        region_prefixes: &["us-gov"],
        global_region: "aws-us-gov-global",
        dns_suffix: "amazonaws.com",
        dual_stack_dns_suffix: "api.aws",
        service_regions: &["us-gov-east-1", "us-gov-west-1"],
    },
];

impl Partition {
    /// The partition with this name, as it stands in an ARN.
    pub fn named(id: &str) -> Option<&'static Self> {
        PARTITIONS.iter().find(|partition| partition.id == id)
    }

    /// The partition that lists the region or whose pattern fits it.
    pub fn known_for(region: &Region) -> Option<&'static Self> {
        PARTITIONS.iter().find(|partition| {
            partition.global_region == region.as_str() || partition.fits(region.as_str())
        })
    }

    /// The regions of the region's partition where the service exists.
    pub fn service_regions(region: &Region) -> impl Iterator<Item = Region> {
        Self::of(region)
            .service_regions
            .iter()
            .map(|name| Region((*name).into()))
    }

    /// The region's partition; `aws` for a name that fits none (the rule of `aws.partition`).
    fn of(region: &Region) -> &'static Self {
        Self::known_for(region).unwrap_or(&PARTITIONS[0])
    }

    /// `regionRegex`: `^(PREFIXES)\-\w+\-\d+$`.
    fn fits(&self, region: &str) -> bool {
        let mut parts = region.rsplitn(3, '-');
        let (Some(number), Some(word), Some(prefix)) = (parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        self.region_prefixes.contains(&prefix)
            && !word.is_empty()
            && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && !number.is_empty()
            && number.bytes().all(|b| b.is_ascii_digit())
    }
}

/// A region's name, safe to put into a host name: a label of letters, digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Region(Box<str>);

impl Region {
    /// The name, as in `us-east-1`.
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

/// Why there is no endpoint to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointError {
    /// The region is not a host name's label.
    MalformedRegion(String),
    /// The rule set's "FIPS and custom endpoint are not supported".
    FipsWithCustomEndpoint,
    /// The rule set's "Dualstack and custom endpoint are not supported".
    DualStackWithCustomEndpoint,
    /// The custom endpoint is not a URL that can be called; the reason, without the URL's secrets.
    MalformedUrl(&'static str),
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MalformedRegion(text) => {
                write!(f, "{text:?} is not a region; a region is like us-east-1")
            }
            Self::FipsWithCustomEndpoint => f.write_str(
                "FIPS and a custom endpoint do not go together: the endpoint's host is fixed by its URL",
            ),
            Self::DualStackWithCustomEndpoint => f.write_str(
                "dual-stack and a custom endpoint do not go together: the endpoint's host is fixed by its URL",
            ),
            Self::MalformedUrl(reason) => write!(
                f,
                "the endpoint URL {reason}; an endpoint is like https://workspaces-web.us-east-1.amazonaws.com"
            ),
        }
    }
}

impl std::error::Error for EndpointError {}

/// What decides over the endpoint: the rule set's parameters.
#[derive(Debug, Clone)]
pub struct EndpointParameters<'a> {
    /// The region to call.
    pub region: &'a Region,
    /// The partition that an ARN names; it counts where the region's own name tells none.
    pub partition: Option<&'static Partition>,
    /// Whether to call the FIPS endpoint.
    pub fips: bool,
    /// Whether to call the dual-stack (IPv4 and IPv6) endpoint.
    pub dual_stack: bool,
    /// An endpoint given by the user, which overrides the rules.
    pub custom: Option<&'a str>,
}

/// The base URL of the service, without a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: String,
}

impl Endpoint {
    /// Applies the rule set.
    ///
    /// # Errors
    /// [`EndpointError`] for a custom endpoint that is not an http or https URL with a host, that
    /// carries user info (a secret that would end up in logs), a query or a fragment, or that is
    /// combined with FIPS or dual-stack.
    pub fn resolve(parameters: &EndpointParameters<'_>) -> Result<Self, EndpointError> {
        if let Some(url) = parameters.custom {
            if parameters.fips {
                return Err(EndpointError::FipsWithCustomEndpoint);
            }
            if parameters.dual_stack {
                return Err(EndpointError::DualStackWithCustomEndpoint);
            }
            return Self::custom(url);
        }
        let region = parameters.region;
        // A name that fits none is `aws`'s, which is the rule of `aws.partition`.
        let partition = Partition::known_for(region)
            .or(parameters.partition)
            .unwrap_or(&PARTITIONS[0]);
        let fips = if parameters.fips { "-fips" } else { "" };
        let suffix = if parameters.dual_stack {
            partition.dual_stack_dns_suffix
        } else {
            partition.dns_suffix
        };
        Ok(Self {
            url: format!("https://workspaces-web{fips}.{region}.{suffix}"),
        })
    }

    fn custom(text: &str) -> Result<Self, EndpointError> {
        let url = reqwest::Url::parse(text)
            .map_err(|_| EndpointError::MalformedUrl("is not a URL with a scheme and a host"))?;
        let fault = if !matches!(url.scheme(), "http" | "https") {
            "is neither http nor https"
        } else if url.host_str().is_none_or(str::is_empty) {
            "has no host"
        } else if !url.username().is_empty() || url.password().is_some() {
            "carries a user name or a password"
        } else if url.query().is_some() || url.fragment().is_some() {
            "carries a query or a fragment"
        } else {
            return Ok(Self {
                url: url.as_str().trim_end_matches('/').to_owned(),
            });
        };
        Err(EndpointError::MalformedUrl(fault))
    }

    /// The URL, without a trailing slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The host, with its port where the URL has one.
    pub fn host(&self) -> &str {
        let rest = self
            .url
            .split_once("://")
            .map_or(&*self.url, |(_, rest)| rest);
        rest.split('/').next().unwrap_or(rest)
    }

    /// Whether a call is encrypted.
    pub fn is_https(&self) -> bool {
        self.url.starts_with("https://")
    }

    /// Whether a call never leaves this machine.
    pub fn is_loopback(&self) -> bool {
        let Ok(url) = reqwest::Url::parse(&self.url) else {
            return false;
        };
        let host = url.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || host.ends_with(".localhost")
            || address
                .parse()
                .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arns_partition_counts_where_the_regions_name_tells_none() {
        let region: Region = "moon".parse().unwrap();
        let endpoint = Endpoint::resolve(&EndpointParameters {
            region: &region,
            partition: Partition::named("aws-cn"),
            fips: true,
            dual_stack: false,
            custom: None,
        })
        .unwrap();
        assert_eq!(
            endpoint.url(),
            "https://workspaces-web-fips.moon.amazonaws.com.cn"
        );
    }

    #[test]
    fn a_custom_endpoint_keeps_its_path_and_loses_its_last_slash() {
        for (given, used) in [
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("https://h.example/a/b/", "https://h.example/a/b"),
            ("HTTP://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(Endpoint::custom(given).unwrap().url(), used);
        }
    }

    #[test]
    fn a_custom_endpoint_that_cannot_be_called_is_refused_without_being_repeated() {
        for wrong in [
            "",
            "127.0.0.1:80",
            "ftp://h",
            "http://",
            "https://user:hunter2@h",
            "https://h/?hunter2",
            "https://h/#hunter2",
            "not a url",
        ] {
            let error = Endpoint::custom(wrong).unwrap_err();
            assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn a_region_that_is_no_host_label_is_refused() {
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

    #[test]
    fn loopback_is_told_from_other_hosts() {
        let is_loopback = |url: &str| Endpoint::custom(url).unwrap().is_loopback();
        assert!(is_loopback("http://127.0.0.1:1"));
        assert!(is_loopback("http://127.9.9.9"));
        assert!(is_loopback("http://[::1]:1"));
        assert!(is_loopback("http://localhost"));
        assert!(!is_loopback("http://127.0.0.1.example.com"));
        assert!(!is_loopback("http://10.0.0.1"));
    }
}

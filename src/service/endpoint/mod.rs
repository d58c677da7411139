//! The endpoint rules of the service: its published rule set (`endpoint-rule-set.json`) with the SDKs'
//! `partitions.json`. The test `tests/suite/endpoints.rs` evaluates the rule set for every region and compares the
//! results.

mod partition;
mod region;

use std::net::IpAddr;

use reqwest::Url;

pub use partition::Partition;
pub use region::Region;

/// An error in the endpoint's parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The region is not a valid host label: 1 to 63 letters, digits and inner hyphens.
    #[error("{0:?} is not a region; a region looks like us-east-1")]
    MalformedRegion(String),
    /// The rule set's error "FIPS and custom endpoint are not supported".
    #[error(
        "FIPS and a custom endpoint do not go together: the endpoint's host is fixed by its URL"
    )]
    FipsWithCustomEndpoint,
    /// The rule set's error "Dualstack and custom endpoint are not supported".
    #[error(
        "dual-stack and a custom endpoint do not go together: the endpoint's host is fixed by its URL"
    )]
    DualStackWithCustomEndpoint,
    /// The custom endpoint cannot be called. The text is the reason, without secrets of the URL.
    #[error("the endpoint URL {0}")]
    MalformedUrl(&'static str),
}

/// The parameters of the rule set.
#[derive(Debug, Clone)]
pub struct EndpointParameters<'a> {
    pub region: &'a Region,
    /// The partition of the portal's ARN. It is used if the region's name matches no partition.
    pub partition: Option<&'static Partition>,
    pub fips: bool,
    /// Whether to call the endpoint for both IPv4 and IPv6.
    pub dual_stack: bool,
    /// The endpoint that the user has set in place of the rules.
    pub custom: Option<&'a str>,
}

/// The base URL of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: Url,
}

impl Endpoint {
    /// Applies the rule set.
    ///
    /// # Errors
    /// A custom endpoint that is combined with FIPS or dual-stack, is not an http or https URL with a host, or has
    /// a query, a fragment or user info, which is a secret that logs would show.
    pub fn resolve(parameters: &EndpointParameters<'_>) -> Result<Self, EndpointError> {
        match parameters.custom {
            Some(_) if parameters.fips => return Err(EndpointError::FipsWithCustomEndpoint),
            Some(_) if parameters.dual_stack => {
                return Err(EndpointError::DualStackWithCustomEndpoint);
            }
            Some(url) => return Self::custom(url).map_err(EndpointError::MalformedUrl),
            None => {}
        }
        let region = parameters.region;
        let partition = Partition::known_for(region).or(parameters.partition);
        let partition = partition.unwrap_or_else(|| Partition::containing(region));
        let fips = if parameters.fips { "-fips" } else { "" };
        let suffix = if parameters.dual_stack {
            partition.dual_stack_dns_suffix
        } else {
            partition.dns_suffix
        };
        let url = format!("https://workspaces-web{fips}.{region}.{suffix}");
        Self::custom(&url).map_err(EndpointError::MalformedUrl)
    }

    /// Creates an endpoint from a URL.
    ///
    /// # Errors
    /// The fault of the URL, without its secrets, as for [`Self::resolve`].
    pub fn custom(text: &str) -> Result<Self, &'static str> {
        let mut url = Url::parse(text).map_err(|_| "is not a URL with a scheme and a host")?;
        let fault = if !matches!(url.scheme(), "http" | "https") {
            "is neither http nor https"
        } else if url.host_str().is_none_or(str::is_empty) {
            "has no host"
        } else if !url.username().is_empty() || url.password().is_some() {
            "carries a user name or a password"
        } else if url.query().is_some() || url.fragment().is_some() {
            "carries a query or a fragment"
        } else if url.as_str().parse::<http::Uri>().is_err() {
            // `Url` accepts hosts that no HTTP client does, such as `sts.{region}.amazonaws.com`.
            "has a host that is not valid"
        } else {
            let path = url.path().trim_end_matches('/').to_owned();
            url.set_path(&path);
            return Ok(Self { url });
        };
        Err(fault)
    }

    pub fn as_url(&self) -> &Url {
        &self.url
    }

    /// The URL, without a trailing slash.
    pub fn url(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }

    /// The host, with its port if that is not the default of the scheme.
    pub fn host(&self) -> &str {
        self.url.authority()
    }

    pub fn is_fips(&self) -> bool {
        self.is_https() && self.host().starts_with("workspaces-web-fips.")
    }

    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether calls stay on this machine.
    pub fn is_loopback(&self) -> bool {
        let host = self.url.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || host.ends_with(".localhost")
            || address.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
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
            "https://workspaces-web.{region}.amazonaws.com",
        ] {
            let error = Endpoint::custom(wrong).unwrap_err();
            assert!(!error.contains("hunter2"));
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

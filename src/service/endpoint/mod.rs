//! The endpoint rules. They are those of the published rule set of the service (`endpoint-rule-set.json`)
//! over the SDKs' `partitions.json`; the test `tests/suite/endpoints.rs` evaluates that rule set for every
//! region and compares the results.

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
    /// The rule set's "FIPS and custom endpoint are not supported".
    #[error(
        "FIPS and a custom endpoint do not go together: the endpoint's host is fixed by its URL"
    )]
    FipsWithCustomEndpoint,
    /// The rule set's "Dualstack and custom endpoint are not supported".
    #[error(
        "dual-stack and a custom endpoint do not go together: the endpoint's host is fixed by its URL"
    )]
    DualStackWithCustomEndpoint,
    /// The custom endpoint is not a URL that can be called; the reason, without the URL's secrets.
    #[error(
        "the endpoint URL {0}; an endpoint looks like https://workspaces-web.us-east-1.amazonaws.com"
    )]
    MalformedUrl(&'static str),
}

/// The rule set's parameters.
#[derive(Debug, Clone)]
pub struct EndpointParameters<'a> {
    /// The region to call.
    pub region: &'a Region,
    /// The partition of the portal's ARN, used if the region's name matches no partition.
    pub partition: Option<&'static Partition>,
    /// Whether to call the FIPS endpoint.
    pub fips: bool,
    /// Whether to call the dual-stack (IPv4 and IPv6) endpoint.
    pub dual_stack: bool,
    /// An endpoint given by the user, which overrides the rules.
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
    /// [`EndpointError`] for a custom endpoint that is not an http or https URL with a host, that
    /// carries user info (a secret that would end up in logs), a query or a fragment, or that is
    /// combined with FIPS or dual-stack.
    pub fn resolve(parameters: &EndpointParameters<'_>) -> Result<Self, EndpointError> {
        match parameters.custom {
            Some(_) if parameters.fips => return Err(EndpointError::FipsWithCustomEndpoint),
            Some(_) if parameters.dual_stack => {
                return Err(EndpointError::DualStackWithCustomEndpoint);
            }
            Some(url) => return Self::custom(url),
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
        Self::custom(&format!("https://workspaces-web{fips}.{region}.{suffix}"))
    }

    /// The endpoint at a URL.
    ///
    /// # Errors
    /// [`EndpointError::MalformedUrl`], as for [`Self::resolve`].
    pub fn custom(text: &str) -> Result<Self, EndpointError> {
        let mut url = Url::parse(text)
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
            let path = url.path().trim_end_matches('/').to_owned();
            url.set_path(&path);
            return Ok(Self { url });
        };
        Err(EndpointError::MalformedUrl(fault))
    }

    /// The URL.
    pub fn as_url(&self) -> &Url {
        &self.url
    }

    /// The URL, without a trailing slash.
    pub fn url(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }

    /// The host, with its port unless it is the scheme's.
    pub fn host(&self) -> &str {
        self.url.authority()
    }

    /// Whether it is a FIPS endpoint of the service.
    pub fn is_fips(&self) -> bool {
        self.is_https() && self.host().starts_with("workspaces-web-fips.")
    }

    /// Whether a call is encrypted.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether a call never leaves this machine.
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
        ] {
            let error = Endpoint::custom(wrong).unwrap_err();
            assert!(!error.to_string().contains("hunter2"));
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

//! IDs, ARNs, names, regions and endpoint URLs: what is taken prints and parses to the same again,
//! and what is refused is refused with a sentence that is safe to show.

use wsb::service::endpoint::{Endpoint, EndpointParameters, Partition, Region};
use wsb::service::ids::{PortalId, PortalReference, SessionId};

use super::printed::check_safe;

pub(super) fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    check_reference(text);
    if let Ok(id) = text.parse::<SessionId>() {
        assert_eq!(id.as_str().parse(), Ok(id));
        assert!(text.parse::<PortalId>().is_ok());
    }
    if let Ok(id) = SessionId::exact(text) {
        assert_eq!(id.as_str(), text);
    }
    match text.parse::<Region>() {
        Ok(region) => check_region(&region),
        Err(error) => check_sentence(&error.to_string()),
    }
    check_url(text);
}

fn check_reference(text: &str) {
    match text.parse::<PortalReference>() {
        Ok(PortalReference::Id(id)) => {
            assert_eq!(id.as_str().parse(), Ok(PortalReference::Id(id)));
        }
        Ok(PortalReference::Arn(arn)) => {
            let (partition, region, portal) = (arn.partition.id, &arn.region, arn.portal);
            let printed = format!("arn:{partition}:workspaces-web:{region}:1:portal/{portal}");
            check_region(&arn.region);
            assert_eq!(printed.parse(), Ok(PortalReference::Arn(arn)));
        }
        Ok(PortalReference::Name(name)) => {
            assert!(PortalId::exact(name.as_str()).is_err());
            assert!(!name.as_str().is_empty());
        }
        Err(error) => check_sentence(&error.to_string()),
    }
}

/// Checks that a region cannot lead a call to another host than one of AWS.
fn check_region(region: &Region) {
    for (fips, dual_stack) in [(false, false), (true, false), (false, true), (true, true)] {
        let endpoint = resolve(region, fips, dual_stack, None).expect("every region has one");
        let url = reqwest::Url::parse(endpoint.url()).expect("an endpoint is a URL");
        let host = url.host_str().expect("with a host");
        let lower = region.as_str().to_ascii_lowercase();
        assert!(host.starts_with("workspaces-web"), "{host}");
        assert!(host.contains(&format!(".{lower}.")), "{host}");
        assert_eq!(url.path(), "/");
        assert!(endpoint.is_https());
    }
    if let Some(partition) = Partition::known_for(region) {
        assert_eq!(Partition::named(partition.id), Some(partition));
    }
}

fn check_url(text: &str) {
    let region: Region = "us-east-1".parse().expect("a region");
    match resolve(&region, false, false, Some(text)) {
        Ok(endpoint) => {
            let again = resolve(&region, false, false, Some(endpoint.url()));
            assert_eq!(again, Ok(endpoint.clone()), "{text:?}");
            let url = endpoint.url();
            assert!(url.starts_with("http://") || url.starts_with("https://"));
            assert!(!url.contains(['@', '?', '#']) || !endpoint.host().contains('@'));
            assert!(!endpoint.host().is_empty());
            check_safe(url, &[]);
            let is_local = endpoint.is_loopback();
            let host = endpoint.host();
            assert!(
                !is_local
                    || host.contains("localhost")
                    || host.starts_with("127.")
                    || host.starts_with('['),
                "{host}"
            );
            assert!(resolve(&region, true, false, Some(text)).is_err());
            assert!(resolve(&region, false, true, Some(text)).is_err());
        }
        Err(error) => check_sentence(&error.to_string()),
    }
    // A URL may hold a password.
    if let Err(error) = resolve(&region, false, false, Some(&format!("{text}hunter2"))) {
        assert!(!error.to_string().contains("hunter2"));
    }
}

fn resolve(
    region: &Region,
    fips: bool,
    dual_stack: bool,
    custom: Option<&str>,
) -> Result<Endpoint, wsb::service::endpoint::EndpointError> {
    Endpoint::resolve(&EndpointParameters {
        region,
        partition: None,
        fips,
        dual_stack,
        custom,
    })
}

#[track_caller]
fn check_sentence(sentence: &str) {
    check_safe(sentence, &[]);
    assert!(sentence.len() < 2000, "{}", sentence.len());
}

//! The proxies that the environment names: whether they can be used, and which one is on the way.
//! reqwest passes over one that it cannot make sense of, and calls would go around the proxy without
//! a word.

use std::ffi::OsStr;

use http::uri::Authority;
use hyper_util::client::proxy::matcher::Matcher;

use crate::diagnostics::SettingsError;
use crate::service::endpoint::Endpoint;

/// The variables in pairs, of which the first that is set counts, as reqwest has it.
const VARIABLES: [[&str; 2]; 3] = [
    ["HTTPS_PROXY", "https_proxy"],
    ["HTTP_PROXY", "http_proxy"],
    ["ALL_PROXY", "all_proxy"],
];

/// Schemes of proxies. Those of SOCKS are not built in, which whoever calls through one is told.
const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// Checks the proxies of the environment.
///
/// # Errors
/// [`SettingsError::Proxy`].
pub(super) fn check() -> Result<(), SettingsError> {
    for names in VARIABLES {
        let set = names
            .into_iter()
            .find_map(|name| Some((name, std::env::var_os(name)?)));
        if let Some((name, value)) = set
            && !value.is_empty()
            && !names_a_proxy(&value)
        {
            return Err(SettingsError::Proxy { name });
        }
    }
    Ok(())
}

/// Whether reqwest takes this for a proxy: a URL, or a host with or without a port.
fn names_a_proxy(value: &OsStr) -> bool {
    let uri = value
        .to_str()
        .and_then(|text| text.parse::<http::Uri>().ok());
    uri.is_some_and(|uri| {
        let is_known = uri
            .scheme_str()
            .is_none_or(|scheme| SCHEMES.contains(&scheme));
        is_known && uri.authority().is_some_and(has_sound_port)
    })
}

/// Whether the port is a number of one, or left out. One that is too large would count as left out.
fn has_sound_port(authority: &Authority) -> bool {
    let host_and_port = authority.as_str().rsplit('@').next();
    authority.port_u16().is_some() || host_and_port == Some(authority.host())
}

/// The proxy on the way to the endpoint, without its password, for messages. The HTTP client reads
/// the environment by the same code.
pub(super) fn on_the_way_to(endpoint: &Endpoint) -> Option<String> {
    let uri = endpoint.url().parse().ok()?;
    let proxy = Matcher::from_env().intercept(&uri)?;
    Some(proxy.uri().authority()?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_a_url_or_a_host() {
        for value in [
            "http://proxy.example:3128",
            "https://user:p%40ss@proxy.example/",
            "proxy.example:3128",
            "proxy",
            "192.0.2.1",
            "http://[2001:db8::1]:3128",
            "socks5h://127.0.0.1",
        ] {
            assert!(names_a_proxy(value.as_ref()), "{value}");
        }
        for value in [
            "http://user:two words@proxy.example",
            "http://user:50%<>@proxy.example",
            "ftp://proxy.example",
            "http://proxy.example:99999",
            "http://",
            "/proxy",
            "//proxy.example",
            " ",
        ] {
            assert!(!names_a_proxy(value.as_ref()), "{value}");
        }
    }
}

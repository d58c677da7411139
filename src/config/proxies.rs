//! The proxies that the environment names, read as the AWS CLI reads them (Python's
//! `urllib.request.getproxies_environment`). reqwest's own reading passes over what it cannot make
//! sense of, takes upper case first and splits a password at its first `@`.

use std::ffi::OsString;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use reqwest::Url;

use crate::diagnostics::SettingsError;
use crate::service::endpoint::Endpoint;
use ipnet::IpNet;

/// The variables of one kind of proxy. The name in lower case counts first, and set but empty it
/// turns the proxy off; one in upper case that is empty counts as not set.
struct Names {
    lower: &'static str,
    upper: &'static str,
}

const HTTPS: Names = Names {
    lower: "https_proxy",
    upper: "HTTPS_PROXY",
};
const HTTP: Names = Names {
    lower: "http_proxy",
    upper: "HTTP_PROXY",
};
const ALL: Names = Names {
    lower: "all_proxy",
    upper: "ALL_PROXY",
};
const NO: Names = Names {
    lower: "no_proxy",
    upper: "NO_PROXY",
};

/// Schemes of proxies. Those of SOCKS are not built in: a call through one fails and says so.
const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// What the variables of one kind say.
enum Setting<T> {
    Unset,
    Off,
    Is(T),
}

impl Names {
    fn setting(&self, variable: &impl Fn(&str) -> Option<OsString>) -> Setting<OsString> {
        match variable(self.lower) {
            Some(value) if value.is_empty() => Setting::Off,
            Some(value) => Setting::Is(value),
            None => match variable(self.upper) {
                Some(value) if !value.is_empty() => Setting::Is(value),
                _ => Setting::Unset,
            },
        }
    }

    /// The name of the variable that counts, for messages.
    fn set(&self, variable: &impl Fn(&str) -> Option<OsString>) -> &'static str {
        match variable(self.lower) {
            Some(_) => self.lower,
            None => self.upper,
        }
    }
}

/// The proxies of the environment.
#[derive(Default, Clone)]
pub(super) struct Proxies {
    https: Option<Url>,
    http: Option<Url>,
    exempt: Vec<String>,
}

/// Says nothing: a proxy's URL may hold a password.
impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxies").finish_non_exhaustive()
    }
}

impl Proxies {
    /// Reads the environment.
    ///
    /// # Errors
    /// [`SettingsError::Proxy`] for a value that is not the URL of a proxy: calls must not go around
    /// a proxy because of a slip of the pen.
    pub(super) fn from_env() -> Result<Self, SettingsError> {
        Self::read(&|name| std::env::var_os(name))
    }

    fn read(variable: &impl Fn(&str) -> Option<OsString>) -> Result<Self, SettingsError> {
        let all = url_of(&ALL, variable)?;
        // A web server sets HTTP_PROXY from a request's `Proxy` header (CVE-2016-1000110).
        let is_cgi = variable("REQUEST_METHOD").is_some();
        let http_variable = |name: &str| {
            (!is_cgi || name == HTTP.lower)
                .then(|| variable(name))
                .flatten()
        };
        let resolve = |setting| match (setting, &all) {
            (Setting::Is(url), _) => Some(url),
            (Setting::Unset, Setting::Is(all)) => Some(all.clone()),
            (Setting::Off | Setting::Unset, _) => None,
        };
        let exempt = match NO.setting(variable) {
            Setting::Is(list) => list
                .to_string_lossy()
                .split(',')
                .map(|name| name.trim().trim_start_matches('.').to_ascii_lowercase())
                .filter(|name| !name.is_empty())
                .collect(),
            Setting::Off | Setting::Unset => Vec::new(),
        };
        Ok(Self {
            https: resolve(url_of(&HTTPS, variable)?),
            http: resolve(url_of(&HTTP, &http_variable)?),
            exempt,
        })
    }

    /// The proxies as the HTTP client takes them; nothing if there are none.
    pub(super) fn rules(&self) -> Option<reqwest::Proxy> {
        if self.https.is_none() && self.http.is_none() {
            return None;
        }
        let proxies = Arc::new(self.clone());
        Some(reqwest::Proxy::custom(move |url| {
            proxies.on_the_way_to(url).cloned()
        }))
    }

    /// The proxy on the way to this URL.
    fn on_the_way_to(&self, url: &Url) -> Option<&Url> {
        let proxy = match url.scheme() {
            "https" => self.https.as_ref(),
            "http" => self.http.as_ref(),
            _ => None,
        }?;
        let host = url.host_str()?.trim_matches(['[', ']']);
        let port = url.port_or_known_default();
        let is_exempt = self.exempt.iter().any(|rule| exempts(rule, host, port));
        (!is_exempt).then_some(proxy)
    }

    /// The host and port of the proxy on the way to this URL, for messages: no user, no password.
    pub(super) fn named_on_the_way_to(&self, url: &str) -> Option<String> {
        let url = Url::parse(url).ok()?;
        let proxy = self.on_the_way_to(&url)?;
        let host = proxy.host_str()?;
        Some(match proxy.port_or_known_default() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        })
    }
}

/// The proxy on the way to the endpoint, for messages.
pub(super) fn on_the_way_to(endpoint: &Endpoint) -> Option<String> {
    Proxies::from_env()
        .ok()?
        .named_on_the_way_to(endpoint.url())
}

fn url_of(
    names: &Names,
    variable: &impl Fn(&str) -> Option<OsString>,
) -> Result<Setting<Url>, SettingsError> {
    Ok(match names.setting(variable) {
        Setting::Unset => Setting::Unset,
        Setting::Off => Setting::Off,
        Setting::Is(value) => {
            let url = value.to_str().and_then(proxy_url);
            Setting::Is(url.ok_or(SettingsError::Proxy {
                name: names.set(variable),
            })?)
        }
    })
}

/// The URL that this text means: `SCHEME://USER:PASSWORD@HOST:PORT`, of which the host alone is
/// needed. The user's part ends at the last `@`, since passwords hold that character too.
fn proxy_url(text: &str) -> Option<Url> {
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    if !SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()) {
        return None;
    }
    let (user_info, address) = match rest.rsplit_once('@') {
        Some((user_info, address)) => (Some(user_info), address),
        None => (None, rest),
    };
    let address = address.split(['/', '?', '#']).next()?;
    if address.is_empty() || user_info.is_some_and(|text| text.contains(char::is_whitespace)) {
        return None;
    }
    let user_info = match user_info {
        None => String::new(),
        Some(text) => {
            let parts = text.split_once(':').unwrap_or((text, ""));
            format!("{}:{}@", encoded(parts.0), encoded(parts.1))
        }
    };
    Url::parse(&format!("{scheme}://{user_info}{address}")).ok()
}

/// Text that may or may not be percent-encoded, percent-encoded.
fn encoded(text: &str) -> String {
    let plain = percent_decode_str(text).decode_utf8_lossy();
    utf8_percent_encode(&plain, NON_ALPHANUMERIC).to_string()
}

/// Whether a rule of `no_proxy` covers the host: `*`, a host or a domain above it, either with a
/// port, an address, or a network in CIDR notation.
fn exempts(rule: &str, host: &str, port: Option<u16>) -> bool {
    if rule == "*" {
        return true;
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        let bare = rule.trim_matches(['[', ']']);
        if let Ok(exempt) = bare.parse::<IpAddr>() {
            return exempt == address;
        }
        if bare.contains('/') {
            let network = bare.parse::<IpNet>();
            return network.is_ok_and(|network| network.contains(&address));
        }
    }
    let (name, only_port) = match rule.rsplit_once(':') {
        Some((name, digits)) => match digits.parse::<u16>() {
            Ok(only) => (name.trim_matches(['[', ']']), Some(only)),
            Err(_) => (rule, None),
        },
        None => (rule, None),
    };
    if only_port.is_some() && only_port != port {
        return false;
    }
    let host = host.to_ascii_lowercase();
    let name = name.strip_prefix("*.").unwrap_or(name);
    host.strip_suffix(name)
        .is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(variables: &[(&str, &str)]) -> Result<Proxies, SettingsError> {
        Proxies::read(&|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    fn way_to(variables: &[(&str, &str)], url: &str) -> Option<String> {
        proxies(variables).unwrap().named_on_the_way_to(url)
    }

    #[test]
    fn a_proxy_is_a_url_or_a_host() {
        for (value, host) in [
            ("http://proxy.example:3128", "proxy.example"),
            ("https://user:p%40ss@proxy.example/", "proxy.example"),
            ("proxy.example:3128", "proxy.example"),
            ("user:top@hunter22@proxy.example:3128", "proxy.example"),
            ("proxy", "proxy"),
            ("192.0.2.1", "192.0.2.1"),
            ("http://[2001:db8::1]:3128", "[2001:db8::1]"),
            ("socks5h://127.0.0.1", "127.0.0.1"),
        ] {
            let url = proxy_url(value).unwrap();
            assert_eq!(url.host_str(), Some(host), "{value}");
        }
        for value in [
            "http://user:two words@proxy.example",
            "ftp://proxy.example",
            "http://proxy.example:99999",
            "http://",
            "/proxy",
            "//proxy.example",
            " ",
        ] {
            assert!(proxy_url(value).is_none(), "{value}");
        }
    }

    #[test]
    fn a_password_may_hold_any_character_percent_encoded_or_not() {
        for password in ["top@hunter22", "top%40hunter22"] {
            let url = proxy_url(&format!("http://user:{password}@proxy.example:3128")).unwrap();
            assert_eq!(url.username(), "user");
            assert_eq!(url.password(), Some("top%40hunter22"), "{password}");
        }
    }

    #[test]
    fn lower_case_counts_first_and_set_but_empty_turns_a_proxy_off() {
        let to = "https://service.example/";
        for (variables, wanted) in [
            (
                &[("HTTPS_PROXY", ""), ("https_proxy", "http://p:3128")][..],
                Some("p:3128"),
            ),
            (
                &[("HTTPS_PROXY", "http://u"), ("https_proxy", "http://l")],
                Some("l:80"),
            ),
            (&[("HTTPS_PROXY", "http://u"), ("https_proxy", "")], None),
            (&[("HTTPS_PROXY", "http://u")], Some("u:80")),
            (
                &[("HTTPS_PROXY", ""), ("ALL_PROXY", "http://a")],
                Some("a:80"),
            ),
            (&[("https_proxy", ""), ("ALL_PROXY", "http://a")], None),
            (&[("HTTP_PROXY", "http://u")], None),
            (
                &[
                    ("https_proxy", "http://l"),
                    ("NO_PROXY", "service.example"),
                    ("no_proxy", ""),
                ],
                Some("l:80"),
            ),
            (
                &[("https_proxy", "http://l"), ("NO_PROXY", "service.example")],
                None,
            ),
        ] {
            assert_eq!(way_to(variables, to).as_deref(), wanted, "{variables:?}");
        }
    }

    #[test]
    fn a_cgi_script_does_not_take_a_proxy_from_a_request() {
        let cgi = ("REQUEST_METHOD", "GET");
        let to = "http://service.example/";
        assert_eq!(way_to(&[cgi, ("HTTP_PROXY", "http://evil")], to), None);
        let lower = way_to(&[cgi, ("http_proxy", "http://p")], to);
        assert_eq!(lower.as_deref(), Some("p:80"));
    }

    #[test]
    fn exemptions_are_hosts_domains_ports_addresses_and_networks() {
        for (rule, url, is_exempt) in [
            ("*", "https://192.0.2.1/", true),
            ("example.com, *", "https://[2001:db8::1]/", true),
            ("example.com", "https://a.example.com/", true),
            (".example.com", "https://example.com/", true),
            ("*.example.com", "https://a.example.com/", true),
            ("example.com", "https://notexample.com/", false),
            ("Example.com:443", "https://example.com/", true),
            ("example.com:8443", "https://example.com/", false),
            ("127.0.0.1:1338", "http://127.0.0.1:1338/", true),
            ("127.0.0.1:1339", "http://127.0.0.1:1338/", false),
            ("192.0.2.0/24", "https://192.0.2.77/", true),
            ("192.0.2.0/24", "https://192.0.3.77/", false),
            ("0.0.0.0/0", "https://192.0.3.77/", true),
            ("::/0", "https://[2001:db8::1]/", true),
            ("[2001:db8::1]", "https://[2001:db8::1]/", true),
            ("192.0.2.0/99", "https://192.0.2.77/", false),
        ] {
            let proxies = [
                ("https_proxy", "http://p"),
                ("http_proxy", "http://p"),
                ("no_proxy", rule),
            ];
            assert_eq!(way_to(&proxies, url).is_none(), is_exempt, "{rule} {url}");
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_refused_with_the_name_that_counts() {
        for name in ["https_proxy", "HTTP_PROXY", "ALL_PROXY"] {
            let error = proxies(&[(name, "ftp://user:pass@x")]).err().unwrap();
            assert!(matches!(error, SettingsError::Proxy { name: named } if named == name));
            assert!(!error.to_string().contains("pass"), "{error}");
        }
    }
}

//! Reads the proxies in the environment as the AWS CLI does (Python's `urllib.request.getproxies_environment`).
//! hyper-util decides whether a rule of `NO_PROXY` matches a host.
//!
//! hyper-util's own reader of the environment ignores a malformed URL, prefers upper-case names, ends a
//! password at its first `@` and does not support ports in `NO_PROXY`.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use hyper_util::client::proxy::matcher::Matcher;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use reqwest::Url;

use super::names::{ALL_PROXY, HTTP_PROXY, HTTPS_PROXY, NO_PROXY, ProxyNames, REQUEST_METHOD};
use crate::cli::Environment;
use crate::diagnostics::Failure;
use crate::service::client::Route;

/// The schemes of proxies. SOCKS is not supported, so that a call through such a proxy fails with a message.
const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// The variable that takes effect, and its value, which may be empty.
fn variable(
    [lower, upper]: ProxyNames,
    environment: &Environment,
) -> Option<(&'static str, Cow<'_, str>)> {
    match environment.var(lower) {
        Some(value) => Some((lower, value)),
        None => Some((upper, environment.non_empty(upper)?)),
    }
}

/// The proxy in the variables, or `default` if they are not set.
fn proxy(
    names: ProxyNames,
    environment: &Environment,
    default: Option<&Url>,
) -> Result<Option<Url>, Failure> {
    match variable(names, environment) {
        None => Ok(default.cloned()),
        Some((_, value)) if value.is_empty() => Ok(None),
        Some((name, value)) => proxy_url(&value).map(Some).ok_or_else(|| {
            // The value may contain a password.
            Failure::configuration(format!("{name} is not the URL of a proxy")).with_hint(
                "write http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, special characters percent-encoded (a space is %20), or unset it",
            )
        }),
    }
}

/// A rule of `NO_PROXY`.
struct Exemption {
    /// The rule as it is written in the variable.
    text: String,
    /// Matches the host of the rule. The port is compared separately.
    matcher: Matcher,
    port: Option<u16>,
}

impl Exemption {
    /// Parses a rule: `*`, a host or domain with or without a port, an address, or a network. `*.example.com` is a
    /// domain, as in Go and curl. The AWS CLI compares it literally.
    fn new(text: &str) -> Self {
        let parts = text.rsplit_once(':');
        let parts = parts.filter(|(name, _)| !name.contains(':') || name.ends_with(']'));
        let with_port = parts.and_then(|(name, port)| Some((name, Some(port.parse().ok()?))));
        let (name, port) = with_port.unwrap_or((text, None));
        let name = name.trim_matches(['[', ']']);
        let name = name.strip_prefix("*.").unwrap_or(name);
        let name = name.trim_start_matches('.');
        let matcher = Matcher::builder()
            .all("http://proxy.invalid")
            // For hyper-util, `*` matches every host.
            .no(if name == "*" { "" } else { name })
            .build();
        Self {
            text: text.to_owned(),
            matcher,
            port,
        }
    }

    fn covers(&self, url: &Url) -> bool {
        if self.text == "*" {
            return true;
        }
        let is_port = self.port.is_none() || self.port == url.port_or_known_default();
        let uri = url.as_str().parse();
        is_port && uri.is_ok_and(|uri| self.matcher.intercept(&uri).is_none())
    }
}

#[derive(Default)]
pub struct Proxies {
    https: Option<Url>,
    http: Option<Url>,
    exemptions: Vec<Exemption>,
}

/// Shows nothing, because the URL of a proxy can hold a password.
impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxies").finish_non_exhaustive()
    }
}

impl Proxies {
    /// Reads the proxies in the environment.
    ///
    /// # Errors
    /// A value that is not the URL of a proxy. If it were ignored, a typo would bypass the proxy.
    pub fn from_env(environment: &Environment) -> Result<Self, Failure> {
        let all = proxy(ALL_PROXY, environment, None)?;
        // A web server sets HTTP_PROXY from a request's `Proxy` header (CVE-2016-1000110). On Windows, the
        // variables in upper and lower case are the same.
        let is_from_request = environment.var_os(REQUEST_METHOD).is_some()
            && (cfg!(windows) || environment.var_os(HTTP_PROXY[0]).is_none());
        let http = if is_from_request {
            all.clone()
        } else {
            proxy(HTTP_PROXY, environment, all.as_ref())?
        };
        let list = variable(NO_PROXY, environment).map_or(Cow::Borrowed(""), |(_, list)| list);
        let rules = list.split(',').map(str::trim);
        // As in the AWS CLI (Python's `proxy_bypass_environment`), `*` counts only if it is the entire value.
        let counts = |rule: &&str| !rule.is_empty() && (*rule != "*" || list == "*");
        Ok(Self {
            https: proxy(HTTPS_PROXY, environment, all.as_ref())?,
            http,
            exemptions: rules.filter(counts).map(Exemption::new).collect(),
        })
    }

    /// The proxies for the HTTP client; `None` if no proxy is set.
    pub(super) fn rules(self: &Arc<Self>) -> Option<reqwest::Proxy> {
        if self.https.is_none() && self.http.is_none() {
            return None;
        }
        let proxies = Arc::clone(self);
        Some(reqwest::Proxy::custom(move |url| {
            let (proxy, exemption) = proxies.find(url)?;
            exemption.is_none().then(|| proxy.clone())
        }))
    }

    /// The proxy for this URL, and the rule that exempts the URL from the proxy; `None` if there is no proxy.
    fn find(&self, url: &Url) -> Option<(&Url, Option<&Exemption>)> {
        let proxy = match url.scheme() {
            "https" => self.https.as_ref()?,
            "http" => self.http.as_ref()?,
            _ => return None,
        };
        let exemption = self.exemptions.iter().find(|rule| rule.covers(url));
        Some((proxy, exemption))
    }

    /// Whether a request to this URL uses TLS, to the host or to the proxy.
    pub(super) fn uses_tls(&self, url: &Url) -> bool {
        let proxy = self.find(url);
        url.scheme() == "https" || proxy.is_some_and(|(proxy, _)| proxy.scheme() == "https")
    }

    /// The route to this URL for messages, without the proxy's user name and password.
    pub fn route_to(&self, url: &Url) -> Route {
        let Some((proxy, exemption)) = self.find(url) else {
            return Route::default();
        };
        let host = proxy.host_str().unwrap_or_default();
        let address = match proxy.port_or_known_default() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        match exemption {
            Some(rule) => Route::Exempt {
                rule: rule.text.clone(),
                proxy: address,
            },
            None => Route::Through {
                proxy: address,
                has_password: proxy.password().is_some(),
            },
        }
    }
}

/// Parses `SCHEME://USER:PASSWORD@HOST:PORT`. Only the host is required. The password ends at the last `@`,
/// because a password may contain `@`.
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

/// Percent-encodes text that may be percent-encoded already.
fn encoded(text: &str) -> String {
    let plain = percent_decode_str(text).decode_utf8_lossy();
    utf8_percent_encode(&plain, NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(variables: &[(&str, &str)]) -> Result<Proxies, Failure> {
        Proxies::from_env(&variables.iter().copied().collect())
    }

    /// The `HOST:PORT` of the proxy on the route to this URL.
    fn way_to(variables: &[(&str, &str)], url: &str) -> Option<String> {
        let proxies = proxies(variables).unwrap();
        let url = Url::parse(url).unwrap();
        let (proxy, exemption) = proxies.find(&url)?;
        let port = proxy.port_or_known_default().unwrap();
        let address = format!("{}:{port}", proxy.host_str()?);
        exemption.is_none().then_some(address)
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
            // Windows has no empty variables.
            if cfg!(windows) && variables.contains(&("HTTPS_PROXY", "")) {
                continue;
            }
            assert_eq!(way_to(variables, to).as_deref(), wanted, "{variables:?}");
        }
    }

    #[test]
    fn a_cgi_script_does_not_take_a_proxy_from_a_request() {
        let cgi = ("REQUEST_METHOD", "GET");
        let to = "http://service.example/";
        assert_eq!(way_to(&[cgi, ("HTTP_PROXY", "http://evil")], to), None);
        let lower = way_to(&[cgi, ("http_proxy", "http://p")], to);
        assert_eq!(lower.as_deref(), (!cfg!(windows)).then_some("p:80"));
    }

    #[test]
    fn exemptions_are_hosts_domains_ports_addresses_and_networks() {
        for (rule, url, is_exempt) in [
            ("*", "https://192.0.2.1/", true),
            ("example.com, *", "https://a.example.com/", true),
            ("example.com, *", "https://[2001:db8::1]/", false),
            ("*,example.com", "https://192.0.2.1/", false),
            ("*,", "https://a.example.org/", false),
            (" *", "https://a.example.org/", false),
            ("*:443", "https://a.example.org/", false),
            ("*.*", "https://a.example.org/", false),
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
            ("[2001:db8::1]:443", "https://[2001:db8::1]/", true),
            ("[2001:db8::1]:444", "https://[2001:db8::1]/", false),
            ("2001:db8::1", "https://[2001:db8::1]/", true),
            ("example.com:x", "https://example.com/", false),
            ("..example.com", "https://a.example.com/", true),
            ("com", "https://a.example.com/", true),
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
    fn a_typo_is_an_error_with_the_name_that_counts() {
        for name in ["https_proxy", "HTTP_PROXY", "ALL_PROXY"] {
            let error = proxies(&[(name, "ftp://user:pass@x")]).err().unwrap();
            let (named, says) = error.message().split_once(' ').unwrap();
            assert!(named.eq_ignore_ascii_case(name), "{error:?}");
            assert_eq!(says, "is not the URL of a proxy");
            assert!(!error.message().contains("pass"), "{error:?}");
        }
    }
}

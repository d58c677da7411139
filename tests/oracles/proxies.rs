//! The variables of proxies: a proxy, a list of exemptions and a URL, one per line.

use wsb::config::parsers::Proxies;

pub(super) fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut lines = text.lines();
    let proxy = lines.next().unwrap_or_default();
    let exemptions = lines.next().unwrap_or_default();
    let url = lines.next().unwrap_or("https://service.example/");
    let _ = route(proxy, exemptions, url);
    // No password gets into a message.
    let with_password = format!("http://user:hunter22@{}", proxy.replace('@', ""));
    if let Some(route) = route(&with_password, "", url) {
        assert!(!route.contains("hunter22"), "{route}");
    }
}

/// The route to a URL as text, or `None` for an invalid proxy.
fn route(proxy: &str, exemptions: &str, url: &str) -> Option<String> {
    let variables = [("all_proxy", proxy), ("no_proxy", exemptions)];
    let proxies = Proxies::from_env(&variables.into_iter().collect()).ok()?;
    Some(format!("{:?}", proxies.route_to(&url.parse().ok()?)))
}

//! The environment variables that make a client call the emulator, and nothing else.

use std::env;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::account::Credentials;

/// Variables that could lead a client elsewhere, or give it the user's own account.
const REMOVED: [&str; 14] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_ENDPOINT_URL",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_CA_BUNDLE",
];

/// The changes to an environment that make a client call the emulator.
#[derive(Debug)]
pub struct Environment {
    /// Variables and their values.
    pub set: Vec<(&'static str, String)>,
    /// Variables that must not be set.
    pub removed: Vec<&'static str>,
}

impl Environment {
    /// The environment for the emulator at `address`.
    pub(super) fn new(address: SocketAddr, credentials: &Credentials, region: &str) -> Self {
        let null = if cfg!(windows) { "NUL" } else { "/dev/null" };
        let url = format!("http://{}", reachable(address));
        let mut set = vec![
            ("AWS_ENDPOINT_URL_WORKSPACES_WEB", url),
            ("AWS_ACCESS_KEY_ID", credentials.access_key_id.clone()),
            (
                "AWS_SECRET_ACCESS_KEY",
                credentials.secret_access_key.clone(),
            ),
        ];
        let mut removed = REMOVED.to_vec();
        match &credentials.session_token {
            Some(token) => set.push(("AWS_SESSION_TOKEN", token.clone())),
            None => removed.push("AWS_SESSION_TOKEN"),
        }
        set.extend([
            ("AWS_REGION", region.to_owned()),
            ("AWS_DEFAULT_REGION", region.to_owned()),
            ("AWS_USE_FIPS_ENDPOINT", "false".to_owned()),
            ("AWS_USE_DUALSTACK_ENDPOINT", "false".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_CONFIG_FILE", null.to_owned()),
            ("AWS_SHARED_CREDENTIALS_FILE", null.to_owned()),
        ]);
        set.extend(no_proxy(address.ip()));
        Self { set, removed }
    }
}

/// The address under which this machine reaches a server that listens on `address`.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

/// Both spellings of `NO_PROXY`, since each program reads only one of them. Each keeps the user's
/// hosts, from either spelling.
fn no_proxy(ip: IpAddr) -> [(&'static str, String); 2] {
    let given = |name| env::var(name).ok().filter(|hosts| !hosts.is_empty());
    [("NO_PROXY", "no_proxy"), ("no_proxy", "NO_PROXY")].map(|(name, other)| {
        let ours = format!("127.0.0.1,localhost,{ip}");
        let hosts = match given(name).or_else(|| given(other)) {
            Some(hosts) => format!("{hosts},{ours}"),
            None => ours,
        };
        (name, hosts)
    })
}

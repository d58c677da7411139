//! The environment variables that direct an AWS client to the emulator.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::cli::Environment;
use crate::emulator::EmulatorCredentials;

/// The variables that direct a client to the emulator at `address`. `user` is the user's environment. The caller
/// must remove all other variables that start with `AWS_`, because they may contain another endpoint or the user's
/// credentials.
pub(super) fn client_environment(
    address: SocketAddr,
    credentials: &EmulatorCredentials,
    region: &str,
    user: &Environment,
) -> Vec<(&'static str, String)> {
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
    let token = credentials.session_token.clone();
    set.extend(token.map(|token| ("AWS_SESSION_TOKEN", token)));
    set.extend([
        ("AWS_REGION", region.to_owned()),
        ("AWS_DEFAULT_REGION", region.to_owned()),
        ("AWS_USE_FIPS_ENDPOINT", "false".to_owned()),
        ("AWS_USE_DUALSTACK_ENDPOINT", "false".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("AWS_CONFIG_FILE", null.to_owned()),
        ("AWS_SHARED_CREDENTIALS_FILE", null.to_owned()),
    ]);
    set.extend(no_proxy(address.ip(), user));
    set
}

/// This program's own folder, then the user's `PATH`, so that `wsb` is this `wsb`.
pub(super) fn search_path(user: &Environment) -> Option<OsString> {
    let program = std::env::current_exe().ok()?;
    // An empty path would mean the working folder.
    let given = user.var_os("PATH").filter(|path| !path.is_empty());
    let folders = [program.parent()?.to_owned()]
        .into_iter()
        .chain(given.into_iter().flat_map(std::env::split_paths));
    std::env::join_paths(folders).ok()
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
fn no_proxy(ip: IpAddr, user: &Environment) -> [(&'static str, String); 2] {
    [("NO_PROXY", "no_proxy"), ("no_proxy", "NO_PROXY")].map(|(name, other)| {
        let own = format!("127.0.0.1,localhost,{ip}");
        let hosts = match user.non_empty(name).or_else(|| user.non_empty(other)) {
            Some(hosts) => format!("{hosts},{own}"),
            None => own,
        };
        (name, hosts)
    })
}

//! Client addresses of sessions. ListSessions omits them, so each session requires a GetSession call.

use std::cell::Cell;
use std::net::IpAddr;

use futures_util::future::ready;
use futures_util::{Stream, StreamExt, TryStreamExt};
use ipnet::IpNet;

use super::{Listing, SessionResult, Target, increment};
use crate::diagnostics::{Call, Code, Failure};
use crate::service::documents::Session;
use crate::service::ids::SessionId;
use crate::service::operations::Operation;

/// The maximum number of concurrent GetSession calls.
const CONCURRENCY: usize = 16;

/// A filter for client addresses: one address, or a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network(IpNet);

impl Network {
    /// Reads `203.0.113.7`, `203.0.113.0/28`, `2001:db8::1` or `2001:db8::/32`.
    ///
    /// # Errors
    /// A sentence that explains the mistake.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let address = text.parse::<IpAddr>().map(IpNet::from);
        address
            .or_else(|_| text.parse::<IpNet>())
            .map(|network| Self(canonical(network.trunc())))
            .map_err(|_| {
                "not an address or a network: write 203.0.113.7, 203.0.113.0/28 or 2001:db8::/32"
                    .to_owned()
            })
    }

    /// Whether the network contains an address; false for other text.
    fn has(self, address: &str) -> bool {
        let address = address.parse::<IpAddr>();
        address.is_ok_and(|address| self.0.contains(&address.to_canonical()))
    }
}

/// Converts a network of IPv4-mapped IPv6 addresses (RFC 4291, 2.5.5.2) to the network of the IPv4
/// addresses.
fn canonical(network: IpNet) -> IpNet {
    const MAPPED_PREFIX: u8 = 96;
    let IpAddr::V4(address) = network.addr().to_canonical() else {
        return network;
    };
    let length = network.prefix_len().checked_sub(MAPPED_PREFIX);
    match (network, length) {
        (IpNet::V6(_), Some(length)) => IpNet::new(address.into(), length).unwrap_or(network),
        _ => network,
    }
}

/// Adds each session's addresses, and keeps only sessions with one of the requested addresses if any is
/// given. A failed lookup is a failure, never a session without a match.
pub(super) fn look_up<'a>(
    found: impl Stream<Item = SessionResult<'a>> + 'a,
    listing: &'a Listing<'_>,
) -> impl Stream<Item = Result<Session, Failure>> + 'a {
    let (networks, counts) = (&listing.options.address, &listing.counts);
    found
        .map(move |found| async move {
            let (target, summary) = found?;
            increment(&counts.looked_up);
            // Boxed, since a call is large.
            Box::pin(session(&target, &summary)).await
        })
        .buffered(listing.search.concurrency.min(CONCURRENCY))
        .try_filter(|session| ready(has_used(session, networks, &counts.no_address)))
}

async fn session(target: &Target<'_>, summary: &Session) -> Result<Session, Failure> {
    let id = summary.session_id.as_deref().unwrap_or_default();
    let id: SessionId = id.parse().map_err(|error| {
        let message = format!("a session of the list has a malformed ID: {error}");
        Failure::new(Code::UnexpectedResponse, message)
    })?;
    let call = Call::new(target.client, Operation::GetSession).for_session(target.portal, id);
    let answer = target.client.get_session(&target.portal, &id).await;
    answer.map_err(|error| call.to_failure(&error))
}

/// Whether the session has used an address in one of the networks, if any is given. Sessions that cannot be
/// compared, because an address is missing or malformed, are counted in `unknown`.
fn has_used(session: &Session, networks: &[Network], unknown: &Cell<u64>) -> bool {
    let addresses = session.client_ip_addresses.as_deref().unwrap_or_default();
    let is_in = |address: &String| networks.iter().any(|network| network.has(address));
    let is_match = networks.is_empty() || addresses.iter().any(is_in);
    let is_malformed = |address: &String| address.parse::<IpAddr>().is_err();
    if !is_match && (addresses.is_empty() || addresses.iter().any(is_malformed)) {
        increment(unknown);
    }
    is_match
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_in_a_network_of_its_own_family() {
        for (network, address, is_in) in [
            ("203.0.113.7", "203.0.113.7", true),
            ("203.0.113.7", "203.0.113.8", false),
            ("203.0.113.0/28", "203.0.113.15", true),
            ("203.0.113.0/28", "203.0.113.16", false),
            ("203.0.113.9/28", "203.0.113.1", true),
            ("0.0.0.0/0", "203.0.113.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("203.0.113.0/28", "::ffff:203.0.113.1", true),
            ("::ffff:203.0.113.0/124", "203.0.113.15", true),
            ("::ffff:203.0.113.0/124", "::ffff:203.0.113.16", false),
            ("::ffff:203.0.113.7", "203.0.113.7", true),
            ("::/0", "not an address", false),
        ] {
            assert_eq!(
                Network::parse(network).unwrap().has(address),
                is_in,
                "{network} {address}"
            );
        }
    }

    #[test]
    fn sessions_without_a_usable_address_are_counted_if_they_do_not_match() {
        let networks = [Network::parse("203.0.113.7").unwrap()];
        for (addresses, is_match, count) in [
            (serde_json::json!(["203.0.113.7"]), true, 0),
            (serde_json::json!(["203.0.113.8"]), false, 0),
            (
                serde_json::json!(["203.0.113.7:443", "203.0.113.7"]),
                true,
                0,
            ),
            (serde_json::json!(["203.0.113.7:443"]), false, 1),
            (serde_json::json!([]), false, 1),
            (serde_json::Value::Null, false, 1),
        ] {
            let session = serde_json::json!({"clientIpAddresses": addresses});
            let session = serde_json::from_value(session).unwrap();
            let unknown = Cell::new(0);
            assert_eq!(has_used(&session, &networks, &unknown), is_match);
            assert_eq!(unknown.into_inner(), count, "{addresses}");
        }
    }

    #[test]
    fn what_is_neither_an_address_nor_a_network_is_refused() {
        for text in [
            "",
            "localhost",
            "203.0.113",
            "203.0.113.0/33",
            "203.0.113.0/",
            "::/129",
        ] {
            assert!(Network::parse(text).is_err(), "{text}");
        }
    }
}

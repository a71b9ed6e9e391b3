//! Where a request comes from: the address behind proxies, and the site whose page sent it.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::{FORWARDED, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use nochnik_core::business::Document;

use super::{Place, Shared, Trouble};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Hops looked back through; a longer chain ends at the bound.
const HOPS_MAX: usize = 16;

/// Who connects, as far as it can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    pub address: IpAddr,
    /// From this very machine and not through a proxy on it.
    pub is_local: bool,
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, web: &Shared) -> Result<Self, Trouble> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        Ok(caller(peer.unwrap_or(IpAddr::from([0, 0, 0, 0])), &parts.headers, &web.place))
    }
}

/// Whom a bound counts as one: an address of IPv4, or a whole home network of IPv6 (/64), in which one machine draws as
/// many addresses as it likes.
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// Believes `X-Forwarded-For` from the right, hop by hop, as long as the hop is a proxy of ours. Source: security C-09.
fn caller(peer: IpAddr, headers: &HeaderMap, place: &Place) -> Caller {
    let is_forwarded = headers.contains_key(X_FORWARDED_FOR) || headers.contains_key(FORWARDED);
    let named = headers.get_all(X_FORWARDED_FOR).into_iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = named.flat_map(|line| line.split(',')).map(str::trim).collect();
    let mut address = peer;
    for hop in hops.iter().rev().take(HOPS_MAX) {
        if !place.trusted_proxies.contains(&address) {
            break;
        }
        match hop.parse() {
            Ok(next) => address = next,
            Err(_) => break,
        }
    }
    Caller { address, is_local: peer.is_loopback() && !is_forwarded }
}

/// Tells whether a page of this origin may speak to the business's chat; `None` of a header is a program of the same site.
///
/// Source: security C-25. Our own pages always may.
pub fn may_chat(headers: &HeaderMap, place: &Place, document: &Document) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    is_own(origin, headers, place) || listed(document).any(|allowed| allowed == origin)
}

fn is_own(origin: &str, headers: &HeaderMap, place: &Place) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let is_same_host = origin.split_once("://").map(|(_, authority)| authority) == host;
    origin == place.public_url || is_same_host && host.is_some()
}

fn listed(document: &Document) -> impl Iterator<Item = &str> {
    let widgets = document.channels.iter().filter(|entry| entry.kind == super::chat::KIND);
    widgets.filter_map(|entry| entry.fields.get("origins")?.as_array()).flatten().filter_map(|origin| origin.as_str())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn forwarded(line: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(X_FORWARDED_FOR, HeaderValue::from_static(line))])
    }

    #[test]
    fn control_c09_a_header_is_believed_from_our_proxy_only() {
        let proxy = IpAddr::from([127, 0, 0, 1]);
        let place = Place { trusted_proxies: vec![proxy], ..Place::default() };
        let address = |peer, line| caller(peer, &forwarded(line), &place).address.to_string();
        assert_eq!(address(proxy, "203.0.113.9"), "203.0.113.9");
        assert_eq!(address(proxy, "10.6.6.6, 203.0.113.9"), "203.0.113.9", "the client wrote the first one itself");
        assert_eq!(address(proxy, "203.0.113.9, 127.0.0.1"), "203.0.113.9");
        assert_eq!(address(proxy, "rubbish"), "127.0.0.1");
        assert_eq!(address(IpAddr::from([198, 51, 100, 1]), "203.0.113.9"), "198.51.100.1");
    }

    #[test]
    fn what_comes_through_a_proxy_is_not_local() {
        let home = IpAddr::from([127, 0, 0, 1]);
        assert!(caller(home, &HeaderMap::new(), &Place::default()).is_local);
        assert!(!caller(home, &forwarded("203.0.113.9"), &Place::default()).is_local);
        assert!(!caller(IpAddr::from([192, 0, 2, 1]), &HeaderMap::new(), &Place::default()).is_local);
    }
}

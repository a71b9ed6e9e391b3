//! Where an address that came from outside may lead: to public machines and nowhere else.
//!
//! The names are looked up here and nowhere else, and the connection goes to what was found and let through:
//! a name that changes its address between two looks gains nothing. Source: security C-17.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::settings::is_loopback;

const HTTPS_PORT: u16 = 443;

/// Lets addresses through or not.
#[derive(Clone, Copy, Debug)]
pub struct Guard {
    /// The vendor itself is this machine: then its files may be here, too.
    allows_loopback: bool,
}

impl Guard {
    /// For addresses that people type: public machines alone.
    pub const PUBLIC: Self = Self { allows_loopback: false };
    /// What to say to those who typed another one.
    pub const PUBLIC_RU: &'static str = "Нужен адрес, открытый из интернета: https://… без порта и пароля";

    /// For files of the vendor at `base`.
    pub fn of(base: &Url) -> Self {
        Self { allows_loopback: is_loopback(base) }
    }

    /// Reads an address and says why it is refused. A name that passes is looked at again when it is looked up.
    pub fn url(self, text: &str) -> Result<Url, &'static str> {
        let url = Url::parse(text).map_err(|_| "not an address")?;
        if self.allows_loopback && is_loopback(&url) && matches!(url.scheme(), "http" | "https") {
            return Ok(url);
        }
        if url.scheme() != "https" || url.port_or_known_default() != Some(HTTPS_PORT) {
            return Err("not HTTPS at its own port");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("an address with a password in it");
        }
        let host = url.host_str().unwrap_or_default();
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let is_name = host.contains('.') && !host.ends_with(".localhost") && !host.ends_with(".localhost.");
        match literal {
            Ok(address) if !is_public(address) => Err("not a public address"),
            Err(_) if !is_name => Err("not a public name"),
            _ => Ok(url),
        }
    }

    fn lets_through(self, address: IpAddr) -> bool {
        is_public(address) || (self.allows_loopback && address.is_loopback())
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = *self;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|address| guard.lets_through(address.ip())).collect();
            if allowed.is_empty() {
                return Err(
                    io::Error::new(io::ErrorKind::PermissionDenied, "the name leads to no public address").into()
                );
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Whether anybody on the Internet could be meant: no address of this machine, of a local network or of a special use.
///
/// Source: the special-purpose registries of IANA (RFC 6890 and after).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        [0 | 10 | 127 | 224.., ..] => true,
        [100, second, ..] => (64..128).contains(&second),
        [172, second, ..] => (16..32).contains(&second),
        [169, 254, ..] | [192, 168, ..] | [192, 0, 0 | 2, _] | [192, 88, 99, _] => true,
        [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => true,
        _ => false,
    };
    !special
}

/// Global unicast is 2000::/3; of it the tunnels are out, for they carry addresses of the older kind.
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        [0x2001, 0..0x0200, ..] | [0x2001, 0x0db8, ..] | [0x2002, ..] | [0x3fff, 0..0x1000, ..] => false,
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use reqwest::dns::Resolve;

    use super::Guard;

    const OUTSIDE: Guard = Guard { allows_loopback: false };
    const INSIDE: Guard = Guard { allows_loopback: true };

    /// The matrix of security C-17, and what an honest vendor sends.
    #[test]
    fn control_c17_an_address_from_outside_leads_to_public_machines_only() {
        let refused = [
            "https://127.0.0.1/a.ogg",
            "https://127.1/a.ogg",
            "https://2130706433/a.ogg",
            "https://0x7f000001/a.ogg",
            "https://017700000001/a.ogg",
            "https://0/a.ogg",
            "https://0.0.0.0/a.ogg",
            "https://[::1]/a.ogg",
            "https://[::]/a.ogg",
            "https://[::ffff:127.0.0.1]/a.ogg",
            "https://[::ffff:10.0.0.1]/a.ogg",
            "https://[64:ff9b::7f00:1]/a.ogg",
            "https://[2002:7f00:1::]/a.ogg",
            "https://[fc00::1]/a.ogg",
            "https://[fe80::1]/a.ogg",
            "https://169.254.169.254/latest/meta-data",
            "https://10.0.0.1/a.ogg",
            "https://172.16.0.1/a.ogg",
            "https://172.31.255.255/a.ogg",
            "https://192.168.1.1/a.ogg",
            "https://100.64.0.1/a.ogg",
            "https://224.0.0.1/a.ogg",
            "https://255.255.255.255/a.ogg",
            "https://localhost/a.ogg",
            "https://files.localhost/a.ogg",
            "https://intranet/a.ogg",
            "http://files.vendor.example/a.ogg",
            "https://files.vendor.example:8443/a.ogg",
            "https://files.vendor.example:22/a.ogg",
            "https://vendor.example@10.0.0.1/a.ogg",
            "https://user:word@files.vendor.example/a.ogg",
            "file:///etc/passwd",
            "gopher://files.vendor.example/1",
            "data:audio/ogg;base64,T2dnUw==",
            "/etc/passwd",
            "",
        ];
        for address in refused {
            assert!(OUTSIDE.url(address).is_err(), "{address} was let through");
        }
        for address in [
            "https://files.vendor.example/a.ogg?sig=1",
            "https://8.8.8.8/a.ogg",
            "https://172.32.0.1/a.ogg",
            "https://100.128.0.1/a.ogg",
            "https://[2a00:1450:4001::1]/a.ogg",
        ] {
            assert!(OUTSIDE.url(address).is_ok(), "{address} was refused");
        }
    }

    /// A double or a self-hosted vendor on this machine keeps its files here; it opens nothing else.
    #[test]
    fn a_vendor_on_this_machine_may_name_this_machine() {
        for (address, expected) in [
            ("http://127.0.0.1:8081/a.ogg", true),
            ("https://localhost:8443/a.ogg", true),
            ("http://10.0.0.1/a.ogg", false),
            ("https://192.168.1.1/a.ogg", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(INSIDE.url(address).is_ok(), expected, "{address}");
        }
    }

    #[tokio::test]
    async fn control_c17_a_name_of_this_machine_is_not_found() {
        let name = || "localhost".parse().unwrap();
        assert!(OUTSIDE.resolve(name()).await.is_err());
        assert!(INSIDE.resolve(name()).await.is_ok_and(|mut found| found.all(|address| address.ip().is_loopback())));
    }
}

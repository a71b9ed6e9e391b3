//! Addresses as a server gives them: whole or as a path, escaped one way or another. Compared unescaped.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use reqwest::Url;
use sha2::{Digest, Sha256};

/// What stands in a path as it is (RFC 3986, 2.3).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// An id is at most so long; no file name of a server is.
const NAME_BYTES_MAX: usize = 1_024;
const FILE_BYTES_MAX: usize = 200;

/// The address that `href` means, seen from `base`. `None` where it leads to another server: no password goes there.
/// The same host by another scheme is our server behind a proxy that it does not know of.
pub fn resolve(base: &Url, href: &str) -> Option<Url> {
    let mut url = base.join(href.trim()).ok()?;
    if url.host_str() != base.host_str() || !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let is_same = url.scheme() == base.scheme() && url.port_or_known_default() == base.port_or_known_default();
    if !is_same && url.port().is_some() {
        return None;
    }
    url.set_scheme(base.scheme()).ok()?;
    url.set_port(base.port()).ok()?;
    url.set_query(None);
    url.set_fragment(None);
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Some(url)
}

/// The parts of a path, unescaped, the empty ones left out.
pub fn parts(url: &Url) -> Option<Vec<String>> {
    let parts = url.path().split('/').filter(|part| !part.is_empty());
    parts.map(|part| percent_decode_str(part).decode_utf8().ok().map(|part| part.into_owned())).collect()
}

pub fn is_same(one: &Url, other: &Url) -> bool {
    one.host_str() == other.host_str() && parts(one).is_some_and(|own| Some(own) == parts(other))
}

/// The name of a resource right below `collection`; `None` for the collection itself and for what lies elsewhere.
pub fn name_in(collection: &Url, href: &str) -> Option<String> {
    let mut own = parts(&resolve(collection, href)?)?;
    let name = own.pop().filter(|name| !name.is_empty() && name.len() <= NAME_BYTES_MAX)?;
    (own == parts(collection)? && !href.trim().ends_with('/')).then_some(name)
}

/// The address of a resource of `collection`, which ends with a slash.
pub fn of_name(collection: &Url, name: &str) -> Url {
    let mut url = collection.clone();
    url.set_path(&format!("{}{}", collection.path(), utf8_percent_encode(name, PLAIN)));
    url
}

/// The address of a collection, with its slash.
pub fn folder(url: &Url) -> Url {
    let mut url = url.clone();
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    url
}

/// The name under which the visit of a booking stands; for each booking another one. Files of a server have names of 255
/// bytes at most, so a long id is there as its digest.
pub fn file_of(booking: &str) -> String {
    let mut name = String::with_capacity(booking.len() + 4);
    for byte in booking.bytes() {
        match byte {
            byte if byte.is_ascii_alphanumeric() || byte == b'-' => name.push(char::from(byte)),
            byte => name.push_str(&format!("_{byte:02X}")),
        }
    }
    if name.len() > FILE_BYTES_MAX {
        name = Sha256::digest(booking).iter().map(|byte| format!("{byte:02x}")).collect();
    }
    name + ".ics"
}

#[cfg(test)]
mod tests {
    use reqwest::Url;

    use super::{file_of, is_same, name_in, of_name, resolve};

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn names_are_the_same_however_they_are_escaped() {
        let calendar = url("https://dav.example/calendars/anna%40ya.ru/events-1/");
        for href in [
            "/calendars/anna%40ya.ru/events-1/a%20b.ics",
            "/calendars/anna@ya.ru/events-1/a%20b.ics",
            "https://dav.example/calendars/anna%40ya.ru/events%2D1/a b.ics",
            "https://dav.example:443/calendars/anna@ya.ru/events-1/a%20b.ics",
            "http://dav.example/calendars/anna@ya.ru/events-1/a%20b.ics",
            "a%20b.ics",
        ] {
            assert_eq!(name_in(&calendar, href).as_deref(), Some("a b.ics"), "{href}");
        }
        for href in ["", "/", "/calendars/anna%40ya.ru/events-1/", "/calendars/other/a.ics", "https://evil.example/calendars/anna%40ya.ru/events-1/a.ics", "/calendars/anna%40ya.ru/events-1/b/a.ics"] {
            assert_eq!(name_in(&calendar, href), None, "{href}");
        }
        let slash = name_in(&calendar, "/calendars/anna@ya.ru/events-1/a%2Fb.ics").unwrap();
        assert_eq!(of_name(&calendar, &slash).path(), "/calendars/anna%40ya.ru/events-1/a%2Fb.ics");
        assert!(is_same(&calendar, &url("https://dav.example/calendars/anna@ya.ru/events-1")));
    }

    #[test]
    fn nothing_leads_away_from_the_server() {
        let base = url("https://dav.example:8443/");
        assert_eq!(resolve(&base, "/dav/").unwrap().as_str(), "https://dav.example:8443/dav/");
        assert_eq!(resolve(&base, "http://dav.example/dav/").unwrap().as_str(), "https://dav.example:8443/dav/");
        for away in ["https://evil.example/", "//evil.example/", "https://dav.example:1/", "ftp://dav.example/", "https://dav.example.evil.example/"] {
            assert_eq!(resolve(&base, away), None, "{away}");
        }
    }

    #[test]
    fn each_booking_has_a_safe_name_of_its_own() {
        assert_eq!(file_of("0199aa00-0000-7000-8000-000000000001/3"), "0199aa00-0000-7000-8000-000000000001_2F3.ics");
        assert_ne!(file_of("a_2F"), file_of("a/"));
        assert_eq!(file_of("../x y"), "_2E_2E_2Fx_20y.ics");
        let long = ["/".repeat(199), "/".repeat(200)].map(|id| file_of(&id));
        assert!(long[0] != long[1] && long[0].len() == 68, "{long:?}");
    }
}

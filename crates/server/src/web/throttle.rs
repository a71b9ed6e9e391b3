//! How often a password may be tried: fast enough for people, too slow for guessing.

use std::net::IpAddr;

use nochnik_store::{Sql, StoreError, people};

use super::origin::network;

/// Failures that cost nothing.
const FREE: i64 = 5;
/// Wait after the first costly failure; each next one doubles it.
const WAIT_MS: i64 = 30_000;
/// The longest wait; there is no lock for ever, which would be a weapon of its own.
const WAIT_MS_MAX: i64 = 15 * 60_000;
/// Failures are forgotten after a day.
const MEMORY_MS: i64 = 24 * 3_600_000;
/// Tries from one address within [`ADDRESS_WINDOW_MS`]. Source: security C-33.
const ADDRESS_TRIES: i64 = 50;
const ADDRESS_WINDOW_MS: i64 = 3_600_000;
/// Addresses are counted over all businesses, real or invented.
const ANYBODY: &str = "";

/// Counts a try; `Err` is how long to wait, in milliseconds.
///
/// The try counts as a failure until [`forgive`]. Works inside one transaction, so that a
/// thousand tries at once are still a thousand.
pub fn allow(
    sql: &mut dyn Sql,
    business: &str,
    login: &str,
    address: IpAddr,
    now_ms: i64,
) -> Result<Result<(), i64>, StoreError> {
    if let Err(wait_ms) = allow_address(sql, address, now_ms)? {
        return Ok(Err(wait_ms));
    }
    let failures = people::count_attempt(sql, business, &format!("login:{login}"), now_ms, MEMORY_MS)?;
    if failures < FREE {
        return Ok(Ok(()));
    }
    let wait_ms = wait(failures - FREE);
    let within = people::count_attempt(sql, business, &format!("gate:{login}"), now_ms, wait_ms)?;
    Ok(if within == 1 { Ok(()) } else { Err(wait_ms) })
}

/// Counts a try of an address alone, a home network of IPv6 being one; `Err` is how long to wait, in milliseconds.
pub fn allow_address(sql: &mut dyn Sql, address: IpAddr, now_ms: i64) -> Result<Result<(), i64>, StoreError> {
    let key = format!("address:{}", network(address));
    let tries = people::count_attempt(sql, ANYBODY, &key, now_ms, ADDRESS_WINDOW_MS)?;
    Ok(if tries > ADDRESS_TRIES { Err(ADDRESS_WINDOW_MS) } else { Ok(()) })
}

/// Forgets the failures of a login after the right password.
pub fn forgive(sql: &mut dyn Sql, business: &str, login: &str) -> Result<(), StoreError> {
    people::forgive(sql, business, &format!("login:{login}"))?;
    people::forgive(sql, business, &format!("gate:{login}"))
}

fn wait(doublings: i64) -> i64 {
    (WAIT_MS << doublings.clamp(0, 10)).min(WAIT_MS_MAX)
}

#[cfg(test)]
mod tests {
    use nochnik_store::Store;

    use super::*;

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        let minutes: Vec<f64> = (0..7).map(|n| f64::from(i32::try_from(wait(n)).unwrap()) / 60_000.0).collect();
        assert_eq!(minutes, [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0]);
    }

    #[tokio::test]
    async fn a_login_slows_down_and_opens_again() {
        let store = Store::open_inline().unwrap();
        let home = IpAddr::from([203, 0, 113, 7]);
        let attempt = async |now_ms| store.write(move |sql| allow(sql, "lotos", "roza", home, now_ms)).await.unwrap();
        for n in 0..5 {
            assert_eq!(attempt(n).await, Ok(()), "try {n} is free");
        }
        assert_eq!(attempt(10).await, Err(60_000));
        assert!(attempt(20_000).await.is_err());
        assert_eq!(attempt(900_001).await, Ok(()), "a quarter of an hour later");
        store.write(|sql| forgive(sql, "lotos", "roza")).await.unwrap();
        assert_eq!(attempt(900_002).await, Ok(()));
    }

    #[tokio::test]
    async fn one_address_tries_fifty_times_an_hour() {
        let store = Store::open_inline().unwrap();
        let home = IpAddr::from([203, 0, 113, 7]);
        for n in 0..60_i64 {
            let login = format!("user{n}");
            let allowed = store.write(move |sql| allow(sql, "lotos", &login, home, n)).await.unwrap();
            assert_eq!(allowed.is_ok(), n < 50, "try {n}");
        }
    }

    #[tokio::test]
    async fn control_c33_a_home_network_of_ipv6_tries_fifty_times_an_hour() {
        let store = Store::open_inline().unwrap();
        for n in 0..60_u16 {
            let one_of_many = IpAddr::from([0x2001, 0xdb8, 1, 2, n, n, n, n]);
            let tried = store.write(move |sql| allow_address(sql, one_of_many, n.into()));
            assert_eq!(tried.await.unwrap().is_ok(), n < 50, "try {n}");
        }
        let neighbour = IpAddr::from([0x2001, 0xdb8, 1, 3, 0, 0, 0, 1]);
        assert!(store.write(move |sql| allow_address(sql, neighbour, 60)).await.unwrap().is_ok());
    }
}

//! What programs of a business ask for: keys, and lists page by page, on both engines.

use nochnik_store::api_keys::{self, NewKey};
use nochnik_store::bookings::{self, BookingStatus, NewBooking};
use nochnik_store::conversations::{self, Saved};
use nochnik_store::leads::{self, Lead};
use nochnik_store::outbox::{self, End, NewRow, Status};
use nochnik_store::test_postgres::TestPostgres;
use nochnik_store::{Sql, Store, StoreError, Window, businesses};

const SALON: &str = "lotos";
const HOUR: i64 = 3_600_000;

fn all(sql: &mut dyn Sql) -> Result<(), StoreError> {
    keys(sql)?;
    fill(sql)?;
    lists(sql)?;
    news(sql)
}

fn new<'a>(id: &'a str, secret_hash: &'a str) -> NewKey<'a> {
    NewKey { id, secret_hash, title: "Отчёты", scopes: "leads:read", person_id: "roza", created_at_ms: 5 }
}

fn keys(sql: &mut dyn Sql) -> Result<(), StoreError> {
    assert!(api_keys::put(sql, SALON, &new("a", "hash-a"), 2)?);
    assert!(api_keys::put(sql, SALON, &new("b", "hash-b"), 2)?);
    assert!(!api_keys::put(sql, SALON, &new("c", "hash-c"), 2)?, "two live already");
    assert!(api_keys::put(sql, "other", &new("a", "hash-other"), 2)?, "of another business");
    api_keys::used(sql, SALON, "a", 7)?;
    let found = api_keys::find(sql, "hash-a")?.unwrap();
    assert_eq!((found.business.as_str(), found.id.as_str(), found.used_at_ms), (SALON, "a", Some(7)));
    assert!(!api_keys::revoke(sql, "other", "b", 8)?, "nobody revokes the key of another business");
    assert!(api_keys::revoke(sql, SALON, "a", 8)? && !api_keys::revoke(sql, SALON, "a", 9)?);
    assert_eq!(api_keys::find(sql, "hash-a")?, None);
    assert!(api_keys::put(sql, SALON, &new("c", "hash-c"), 2)?, "a revoked one leaves its place");
    api_keys::purge(sql, SALON, 9)?;
    let ids: Vec<_> = api_keys::list(sql, SALON)?.into_iter().map(|key| key.id).collect();
    assert_eq!(ids, ["c", "b"]);
    Ok(())
}

/// Three talks at the same hour, one an hour later in another channel; each with a lead and a visit.
fn fill(sql: &mut dyn Sql) -> Result<(), StoreError> {
    businesses::put(sql, SALON, "{}", 0)?;
    for (id, channel, at_ms) in
        [("a", "widget", HOUR), ("b", "widget", HOUR), ("c", "widget", HOUR), ("d", "vk", 2 * HOUR)]
    {
        let saved = Saved {
            id,
            channel,
            account: channel,
            peer: id,
            expected_version: 0,
            state: "{}",
            speaker: if id == "b" { "person" } else { "bot" },
            heat: "warm",
            is_after_hours: false,
            needs_person: id == "c",
            client_name: "",
            last_text_short: "",
            last_at_ms: at_ms,
            now_ms: at_ms,
        };
        conversations::save(sql, SALON, &saved)?;
        let lead = Lead {
            conversation_id: id.into(),
            heat: if id == "a" { "hot" } else { "cold" }.into(),
            status: "new".into(),
            created_at_ms: at_ms,
            updated_at_ms: at_ms,
            ..Lead::default()
        };
        leads::upsert(sql, SALON, &lead)?;
        let visit = NewBooking {
            id,
            conversation_id: id,
            specialist_id: id,
            service_id: "manicure",
            client_name: "",
            starts_at_ms: 10 * at_ms,
            ends_at_ms: 10 * at_ms + HOUR,
            visit_ends_at_ms: 10 * at_ms + HOUR,
            held_until_ms: None,
            spans: &[],
        };
        bookings::hold(sql, SALON, &visit)?;
    }
    bookings::confirm(sql, SALON, "b", "Ольга", false).map(drop)
}

fn window(after: Option<(i64, &str)>, limit: i64) -> Window<'_> {
    Window { from_ms: i64::MIN, to_ms: i64::MAX, after, limit }
}

fn lists(sql: &mut dyn Sql) -> Result<(), StoreError> {
    let any = leads::PageFilter::default();
    let own = |sql: &mut dyn Sql, filter: &leads::PageFilter<'_>, window: &Window<'_>| -> Result<String, StoreError> {
        Ok(leads::page(sql, SALON, filter, window)?.into_iter().map(|(lead, _)| lead.conversation_id).collect())
    };
    assert_eq!(own(sql, &any, &window(None, 9))?, "dcba");
    assert_eq!(own(sql, &any, &window(None, 2))?, "dc");
    assert_eq!(own(sql, &any, &window(Some((HOUR, "c")), 9))?, "ba", "within one moment by id");
    assert_eq!(own(sql, &any, &Window { to_ms: 2 * HOUR, ..window(None, 9) })?, "cba", "the end is not within");
    assert_eq!(own(sql, &any, &Window { from_ms: 2 * HOUR, ..window(None, 9) })?, "d");
    assert_eq!(own(sql, &leads::PageFilter { heat: Some("hot"), ..any }, &window(None, 9))?, "a");
    assert_eq!(own(sql, &leads::PageFilter { channel: Some("vk"), ..any }, &window(None, 9))?, "d");
    assert_eq!(leads::with_channel(sql, SALON, "d")?.unwrap().1, "vk");
    assert_eq!(leads::with_channel(sql, "other", "d")?, None);

    let visits = |sql: &mut dyn Sql, status, channel, window: &Window<'_>| -> Result<String, StoreError> {
        Ok(bookings::page(sql, SALON, status, channel, window)?.into_iter().map(|(visit, _)| visit.id).collect())
    };
    assert_eq!(visits(sql, None, None, &window(None, 9))?, "abcd");
    assert_eq!(visits(sql, None, None, &window(Some((10 * HOUR, "b")), 1))?, "c");
    assert_eq!(visits(sql, Some(BookingStatus::Confirmed), None, &window(None, 9))?, "b");
    assert_eq!(visits(sql, None, Some("vk"), &window(None, 9))?, "d");
    assert_eq!(bookings::with_channel(sql, SALON, "d")?.unwrap().1, "vk");
    assert_eq!(bookings::with_channel(sql, "other", "d")?, None);

    let all = conversations::PageFilter::default();
    let talks = |sql: &mut dyn Sql,
                 filter: &conversations::PageFilter<'_>,
                 window: &Window<'_>|
     -> Result<String, StoreError> {
        Ok(conversations::page(sql, SALON, filter, window)?.into_iter().map(|talk| talk.id).collect())
    };
    assert_eq!(talks(sql, &all, &window(None, 9))?, "dcba");
    assert_eq!(talks(sql, &all, &window(Some((HOUR, "b")), 9))?, "a");
    assert_eq!(talks(sql, &conversations::PageFilter { speaker: Some("person"), ..all }, &window(None, 9))?, "b");
    assert_eq!(talks(sql, &conversations::PageFilter { needs_person: Some(true), ..all }, &window(None, 9))?, "c");
    assert_eq!(talks(sql, &conversations::PageFilter { channel: Some("vk"), ..all }, &window(None, 9))?, "d");
    Ok(())
}

/// The log of one subscriber holds its own rows, however they stand.
fn news(sql: &mut dyn Sql) -> Result<(), StoreError> {
    for (key, destination, kind) in
        [("1", "s:a", "news"), ("2", "s:b", "news"), ("3", "s:a", "news"), ("4", "s:a", "say")]
    {
        let row = NewRow {
            key,
            conversation_id: "a",
            lane: key,
            destination,
            kind,
            priority: 9,
            payload: "{}",
            created_at_ms: 0,
            due_at_ms: 0,
        };
        let queued = outbox::put(sql, SALON, &row, None)?.unwrap();
        if key == "1" {
            outbox::give_up(sql, SALON, queued.id, End { code: "http_410", why: "410" }, 1)?;
        }
    }
    let rows = outbox::news_of(sql, SALON, "s:a", 9)?;
    let told: Vec<_> =
        rows.iter().map(|(status, listed)| (*status, listed.row.key.as_str(), listed.why.as_str())).collect();
    assert_eq!(told, [(Status::Waiting, "3", ""), (Status::Dead, "1", "410")]);
    assert_eq!(outbox::news_of(sql, "other", "s:a", 9)?, []);
    Ok(())
}

#[tokio::test]
async fn lists_for_programs_on_sqlite() {
    Store::open("sqlite::memory:").await.unwrap().write(all).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stderr, reason = "the reader of a test run must see what did not run")]
async fn lists_for_programs_on_postgres() {
    match TestPostgres::start() {
        Ok(server) => Store::open(&server.database().unwrap()).await.unwrap().write(all).await.unwrap(),
        Err(why) => eprintln!("SKIPPED on PostgreSQL: {why}"),
    }
}

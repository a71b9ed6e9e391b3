//! What has been kept long enough goes, whole, and nothing that somebody waits for; on both engines.

use nochnik_store::conversations::{self, Saved};
use nochnik_store::messages::{self, NewMessage};
use nochnik_store::retention::{self, Erased, Terms};
use nochnik_store::test_postgres::TestPostgres;
use nochnik_store::{Sql, Store, StoreError, Value};

const SALON: &str = "lotos";
const DAY: i64 = 86_400_000;
const NOW: i64 = 400 * DAY;
/// Words for 90 days, conversations without a visit for 90, with one for 365.
const TERMS: Terms = Terms { messages_before_ms: 310 * DAY, leads_before_ms: 310 * DAY, visits_before_ms: 35 * DAY };

/// A visit that ended on that day of 1970.
macro_rules! visit {
    ($status:literal, $ended_day:literal) => {
        concat!(
            "insert into bookings (business_id, id, conversation_id, specialist_id, service_id, client_name, starts_at_ms, \
             ends_at_ms, visit_ends_at_ms, status, version) values ('lotos', $1, $1, 'anna', 'cut', 'Анна', ",
            $ended_day, " * cast(86400000 as bigint) - 3600000, ", $ended_day, " * cast(86400000 as bigint), ",
            $ended_day, " * cast(86400000 as bigint), '", $status, "', 1)"
        )
    };
}

macro_rules! case {
    ($state:literal) => {
        concat!(
            "insert into cases (business_id, id, conversation_id, state, level, policy, opened_at_ms, why) \
             values ('lotos', $1, $1, '",
            $state,
            "', 0, '[]', 0, '')"
        )
    };
}

macro_rules! event {
    ($status:literal) => {
        concat!(
            "insert into inbox (business_id, dedupe_key, conversation_id, kind, payload, received_at_ms, due_at_ms, status) \
             values ('lotos', $1, $1, 'client', '{}', 0, 0, ", $status, ")"
        )
    };
}

macro_rules! errand {
    ($status:literal) => {
        concat!(
            "insert into outbox (business_id, key, conversation_id, lane, destination, kind, priority, payload, \
             created_at_ms, due_at_ms, status) values ('lotos', $1, $1, 'l', 'd', 'k', 0, '{}', 0, 0, ",
            $status,
            ")"
        )
    };
}

/// A conversation, the day of its last message, what stands beside it, and what of it counts as taken away on day 400
/// (leads, visits, cases); `None`: it stays.
type Kept = (&'static str, i64, &'static str, Option<[i64; 3]>);
const CONVERSATIONS: [Kept; 15] = [
    ("silent for 91 days", 309, "", Some([0, 0, 0])),
    ("silent for 89 days", 311, "", None),
    (
        "a lead",
        100,
        "insert into leads (business_id, conversation_id, heat, score, reasons, name, phone, services, wanted_at, status, \
         source, tags, is_after_hours, created_at_ms, updated_at_ms) \
         values ('lotos', $1, 'hot', 1, '', 'Анна', '+79185551231', '', '', 'new', '', '', 1, 0, 0)",
        Some([1, 0, 0]),
    ),
    ("a visit of 364 days ago", 34, visit!("arrived", 36), None),
    ("a visit of 366 days ago", 34, visit!("arrived", 34), Some([0, 1, 0])),
    ("a visit to come", 34, visit!("confirmed", 410), None),
    ("a visit called off", 100, visit!("cancelled", 390), Some([0, 1, 0])),
    ("a case that is over", 100, case!("closed"), Some([0, 0, 1])),
    ("a case that nobody took", 100, case!("morning"), None),
    ("an event that waits", 100, event!(0), None),
    ("an event put aside", 100, event!(2), None),
    (
        "an alarm to come",
        100,
        "insert into alarms (business_id, conversation_id, kind, subject, generation, payload, due_at_ms) \
         values ('lotos', $1, 'k', 's', 1, '{}', 99999999999)",
        None,
    ),
    (
        "a client who waits for a time",
        100,
        "insert into waitlist (business_id, conversation_id, from_ms, to_ms, since_ms, entry) \
         values ('lotos', $1, 0, 99999999999, 0, '{}')",
        None,
    ),
    ("a message not sent yet", 100, errand!(0), None),
    ("a message that nobody could send", 100, errand!(2), Some([0, 0, 0])),
];

/// Three messages a day apart, the last of them on that day.
fn converse(sql: &mut dyn Sql, business: &str, id: &str, last_day: i64) -> Result<(), StoreError> {
    let last_at_ms = last_day * DAY;
    conversations::save(
        sql,
        business,
        &Saved {
            id,
            channel: "widget",
            account: "widget",
            peer: id,
            expected_version: 0,
            state: "{}",
            speaker: "bot",
            heat: "cold",
            is_after_hours: false,
            needs_person: false,
            client_name: "Анна",
            last_text_short: "секретное слово",
            last_at_ms,
            now_ms: last_at_ms - 2 * DAY,
        },
    )?;
    for ago in [2, 1, 0] {
        let said = NewMessage {
            conversation_id: id,
            at_ms: last_at_ms - ago * DAY,
            author: "client",
            text: "секретное слово",
            ..NewMessage::default()
        };
        messages::append(sql, business, &said)?;
    }
    Ok(())
}

fn ids(sql: &mut dyn Sql, business: &str) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::new();
    let text = "select id from conversations where business_id = $1 order by id";
    sql.rows(text, &[Value::from(business)], &mut |row| {
        found.push(row.text(0)?);
        Ok(())
    })?;
    Ok(found)
}

/// Rows of a conversation in the tables where a client's words and numbers may stand.
fn rows(sql: &mut dyn Sql, conversation: &str) -> Result<i64, StoreError> {
    let text = "select (select count(*) from conversations where id = $1) \
        + (select count(*) from messages where conversation_id = $1) \
        + (select count(*) from leads where conversation_id = $1) + (select count(*) from cases where conversation_id = $1) \
        + (select count(*) from bookings where conversation_id = $1) \
        + (select count(*) from booking_spans where booking_id = $1) \
        + (select count(*) from waitlist where conversation_id = $1) \
        + (select count(*) from outbox where conversation_id = $1)";
    let mut count = 0;
    sql.rows(text, &[Value::from(conversation)], &mut |row| {
        count = row.int(0)?;
        Ok(())
    })?;
    Ok(count)
}

fn whole(sql: &mut dyn Sql) -> Result<(), StoreError> {
    for (id, last_day, beside, _) in CONVERSATIONS {
        converse(sql, SALON, id, last_day)?;
        if !beside.is_empty() {
            sql.exec(beside, &[Value::from(id)])?;
        }
    }
    converse(sql, "other", "another business", 100)?;

    let found = retention::overdue(sql, SALON, &TERMS, NOW, 99)?;
    for (id, _, _, gone) in CONVERSATIONS {
        assert_eq!(found.iter().any(|found| found == id), gone.is_some(), "{id}");
        // Also what was found, and waits for somebody since, stays.
        let before = rows(sql, id)?;
        let erased = retention::erase(sql, SALON, id, &TERMS, NOW, retention::ROWS_MAX)?;
        if gone.is_none() {
            assert_eq!((erased, rows(sql, id)?), (Erased::default(), before), "{id}");
        }
        if let Some([leads, visits, cases]) = gone {
            assert_eq!(erased, Erased { conversations: 1, messages: 3, leads, visits, cases }, "{id}");
            assert_eq!(rows(sql, id)?, 0, "{id}");
        }
    }
    assert_eq!(ids(sql, "other")?, ["another business"]);
    Ok(())
}

/// A long conversation goes bit by bit, its own row last; one whose client came back stays.
fn bit_by_bit(sql: &mut dyn Sql) -> Result<(), StoreError> {
    converse(sql, SALON, "long", 100)?;
    let erase = |sql: &mut dyn Sql, before_day: i64| {
        retention::erase(sql, SALON, "long", &Terms { leads_before_ms: before_day * DAY, ..TERMS }, NOW, 2)
    };
    assert_eq!(erase(sql, 100)?, Erased::default(), "the last message is not too old");
    assert_eq!(erase(sql, 101)?, Erased { messages: 2, ..Erased::default() });
    assert_eq!(retention::overdue(sql, SALON, &TERMS, NOW, 9)?, ["long"], "it is found again");
    assert_eq!(erase(sql, 101)?, Erased { messages: 1, conversations: 1, ..Erased::default() });
    assert_eq!(retention::overdue(sql, SALON, &TERMS, NOW, 9)?, [""; 0]);
    Ok(())
}

/// Words go and their conversation stays; the numbers of messages go on.
fn words_alone(sql: &mut dyn Sql) -> Result<(), StoreError> {
    converse(sql, SALON, "a", 311)?;
    let before = TERMS.messages_before_ms;
    let left = |sql: &mut dyn Sql| -> Result<Vec<(i64, String, String)>, StoreError> {
        let left = messages::list(sql, SALON, "a", 0, 9)?;
        Ok(left.into_iter().map(|one| (one.seq, one.author, one.text)).collect())
    };
    let line = |seq, author: &str, text: &str| (seq, author.to_owned(), text.to_owned());
    let hush =
        |sql: &mut dyn Sql, before: i64| retention::hush(sql, SALON, "a", before, 9).map(|erased| erased.messages);

    assert_eq!(retention::outspoken(sql, SALON, before, 9)?, ["a"]);
    assert_eq!(hush(sql, before)?, 1, "day 309 is before day 310");
    assert_eq!(left(sql)?, [line(2, "client", "секретное слово"), line(3, "client", "секретное слово")]);
    assert_eq!(retention::outspoken(sql, SALON, before, 9)?, [""; 0]);
    let summary =
        |sql: &mut dyn Sql| conversations::get(sql, SALON, "a").map(|found| found.map(|it| it.last_text_short));
    assert_eq!(summary(sql)?.as_deref(), Some("секретное слово"));

    assert_eq!(hush(sql, before + 2 * DAY)?, 2);
    assert_eq!(left(sql)?, [line(3, "note", "")], "the last one stays without a word");
    assert_eq!(summary(sql)?.as_deref(), Some(""));
    assert_eq!(retention::outspoken(sql, SALON, before + 2 * DAY, 9)?, [""; 0]);
    assert_eq!(hush(sql, before + 2 * DAY)?, 0);

    let again =
        NewMessage {
            conversation_id: "a", at_ms: NOW, author: "client", text: "снова я", ..NewMessage::default()
        };
    assert_eq!(messages::append(sql, SALON, &again)?, 4);
    assert_eq!(retention::outspoken(sql, SALON, NOW, 9)?, [""; 0]);
    assert_eq!(retention::outspoken(sql, SALON, NOW + 1, 9)?, ["a"]);
    assert_eq!(hush(sql, NOW + 1)?, 1);
    assert_eq!(left(sql)?, [line(4, "note", "")]);
    Ok(())
}

/// What a night took away is added up under its day.
fn proof(sql: &mut dyn Sql) -> Result<(), StoreError> {
    let one = Erased { conversations: 1, messages: 20, leads: 1, visits: 2, cases: 3 };
    for day in [20_780, 20_781, 20_781] {
        retention::note(sql, SALON, day, &one)?;
    }
    let two = Erased { conversations: 2, messages: 40, leads: 2, visits: 4, cases: 6 };
    assert_eq!(retention::erased(sql, SALON, 9)?, [(20_781, two), (20_780, one)]);
    assert_eq!(retention::erased(sql, SALON, 1)?, [(20_781, two)]);
    assert_eq!(retention::erased(sql, "other", 9)?, []);
    Ok(())
}

type Part = fn(&mut dyn Sql) -> Result<(), StoreError>;
const PARTS: [Part; 4] = [whole, bit_by_bit, words_alone, proof];

#[tokio::test]
async fn terms_of_keeping_on_sqlite() {
    for part in PARTS {
        Store::open("sqlite::memory:").await.unwrap().write(part).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stderr, reason = "the reader of a test run must see what did not run")]
async fn terms_of_keeping_on_postgres() {
    match TestPostgres::start() {
        Ok(server) => {
            for part in PARTS {
                Store::open(&server.database().unwrap()).await.unwrap().write(part).await.unwrap();
            }
        }
        Err(why) => eprintln!("SKIPPED on PostgreSQL: {why}"),
    }
}

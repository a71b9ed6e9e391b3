//! What runs in every turn finds its rows by an index that fits them: a business with a million
//! messages is as fast as a new one. SQLite's own explanation is read, no time is measured.

use nochnik_store::conversations::{Filter, PageFilter};
use nochnik_store::messages::Delivery;
use nochnik_store::outbox::End;
use nochnik_store::{
    Change, Dialect, Row, Sql, Store, StoreError, Value, Window, alarms, bookings, cases, conversations, inbox, leads,
    messages, notices, numbers, outbox, ring_spending,
};

const SALON: &str = "lotos";

/// Explains each statement before it runs.
struct Explaining<'a> {
    sql: &'a mut dyn Sql,
    plans: Vec<(&'static str, String)>,
}

impl Explaining<'_> {
    fn explain(&mut self, text: &'static str, values: &[Value<'_>]) -> Result<(), StoreError> {
        let question: &'static str = format!("explain query plan {text}").leak();
        let plans = &mut self.plans;
        self.sql.rows(question, values, &mut |row| {
            plans.push((text, row.text(3)?));
            Ok(())
        })
    }
}

impl Sql for Explaining<'_> {
    fn exec(&mut self, text: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        self.explain(text, values)?;
        self.sql.exec(text, values)
    }

    fn rows(
        &mut self,
        text: &'static str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.explain(text, values)?;
        self.sql.rows(text, values, each)
    }

    fn dialect(&self) -> Dialect {
        self.sql.dialect()
    }

    fn announce(&mut self, change: Change) -> Result<(), StoreError> {
        self.sql.announce(change)
    }
}

/// These hold only what waits, in the order in which it is wanted.
const SHORT: [&str; 3] = ["USING INDEX inbox_waiting", "USING INDEX outbox_due", "USING INDEX cases_live"];

/// A step that reads a whole table or a whole business. `ready` is what a claim has just chosen.
fn is_too_much(step: &str) -> bool {
    let is_short = step == "SCAN ready" || SHORT.iter().any(|index| step.ends_with(index));
    (step.starts_with("SCAN ") && !is_short) || step.ends_with("(business_id=?)")
}

/// The statements of a turn and of a delivery, each on a row that is not there.
fn turn(sql: &mut dyn Sql) -> Result<(), StoreError> {
    inbox::pending(sql, SALON, "c", 64)?;
    inbox::finish(sql, SALON, &[1], 1)?;
    inbox::postpone(sql, SALON, "c", 1)?;
    inbox::due_conversations(sql, 1, 9)?;
    conversations::load(sql, SALON, "c")?;
    conversations::peek(sql, SALON, "c")?;
    messages::last(sql, SALON, "c", 9)?;
    messages::set_delivery(sql, SALON, "c", 1, Delivery::Sent, None)?;
    messages::requeue(sql, SALON, "c", 1)?;
    outbox::hurry(sql, SALON, "l", 0)?;
    outbox::supersede(sql, SALON, "l", "card", 1, 1)?;
    outbox::claim(sql, "n", 1, 1, "telegram", i64::MAX, 9)?;
    outbox::done(sql, SALON, 1, "n", None, 1)?;
    outbox::dead(sql, SALON, 1, "n", End { code: "", why: "" }, 1)?;
    outbox::next_due_ms(sql)?;
    alarms::due(sql, 1, 9)?;
    alarms::next_due_ms(sql)?;
    alarms::waiting(sql, SALON, "c")?;
    cases::without_next(sql, 1, 1)?;
    cases::get(sql, SALON, "c")?;
    leads::of_conversation(sql, SALON, "c")?;
    leads::set_crm_refs(sql, SALON, ("c", 0), "{}", 1)?;
    leads::under_way(sql, SALON, 1, 9)?;
    notices::find(sql, "t")?;
    notices::use_once(sql, SALON, "t", 1)?;
    notices::by_message(sql, SALON, "telegram", "bot", "1", "2")?;
    notices::set_message_id(sql, SALON, "t", "v")?;
    notices::for_case(sql, SALON, "c")?;
    notices::by_receipt(sql, SALON, "smsru", "v")?;
    notices::progress(sql, SALON, "t", "delivered")?;
    notices::delivery(sql, SALON, "t")?;
    ring_spending::of_day(sql, SALON, 1)?;
    bookings::expire_due(sql, 1, 9)?;
    bookings::get(sql, SALON, "b")?;
    bookings::of_conversation(sql, SALON, "c")?;
    bookings::cancel(sql, SALON, "b").map(drop)
}

/// What the console and programs list, each way of choosing.
fn lists(sql: &mut dyn Sql) -> Result<(), StoreError> {
    let found =
        Filter { text: Some("Ольга"), needs_person: Some(true), heat: Some("hot"), speaker: Some("person") };
    conversations::list(sql, SALON, &found, 1, 9)?;
    let asked = PageFilter { speaker: Some("bot"), needs_person: Some(false), channel: Some("telegram") };
    conversations::page(sql, SALON, &asked, &Window { from_ms: 0, to_ms: 9, after: Some((1, "c")), limit: 9 })?;
    conversations::begun_ms(sql, SALON, 1, 9).map(drop)
}

/// The plan of each statement a job runs.
async fn plans_of(job: fn(&mut dyn Sql) -> Result<(), StoreError>) -> Vec<(&'static str, String)> {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("night.db").display());
    // Figures of the planner are read when a database is opened.
    Store::open(&file).await.unwrap().close().await;
    let store = Store::open(&file).await.unwrap();
    let explained = store.write(move |sql| {
        let mut explaining = Explaining { sql, plans: Vec::new() };
        job(&mut explaining)?;
        Ok(explaining.plans)
    });
    explained.await.unwrap()
}

/// A search that finds nothing looks at every conversation: at its entry in the index, not at kilobytes of state.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_conversations_is_chosen_in_its_index() {
    let plans = plans_of(lists).await;
    for (text, _) in &plans {
        let steps: Vec<&str> = plans.iter().filter(|(of, _)| of == text).map(|(_, step)| step.as_str()).collect();
        assert!(steps.iter().any(|step| step.contains("COVERING INDEX conversations_recent")), "{text}\n{steps:#?}");
    }
}

fn tonight(sql: &mut dyn Sql) -> Result<(), StoreError> {
    numbers::count_since(sql, SALON, "booked", 1).map(drop)
}

/// «Сейчас» counts the bookings of a night among the facts of that night, whatever years lie behind it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_of_a_night_are_found_by_their_time() {
    let plans = plans_of(tonight).await;
    let by_time = |(_, step): &(&str, String)| step.contains("INDEX facts_time");
    assert!(!plans.is_empty() && plans.iter().all(by_time), "{plans:#?}");
}

fn search(sql: &mut dyn Sql) -> Result<(), StoreError> {
    let filter = Filter { heat: Some("hot"), ..Filter::default() };
    conversations::said(sql, SALON, &["стриж".to_owned()], &filter, 9).map(drop)
}

/// Only messages that the index of words names are read, the newest first and no more than a page wants.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_are_found_in_their_index_and_in_no_other_place() {
    let plans = plans_of(search).await;
    let steps: Vec<&str> = plans.iter().map(|(_, step)| step.as_str()).collect();
    for wanted in [
        "SCAN message_words VIRTUAL TABLE INDEX",
        "SEARCH m USING INTEGER PRIMARY KEY (rowid=?)",
        "SEARCH c USING INDEX sqlite_autoindex_conversations_1 (business_id=? AND id=?)",
    ] {
        assert!(steps.iter().any(|step| step.starts_with(wanted)), "{wanted}\n{steps:#?}");
    }
    let of_tables: Vec<_> =
        steps.iter().filter(|step| step.starts_with("SCAN m ") || step.starts_with("SCAN c ")).collect();
    assert!(of_tables.is_empty(), "{of_tables:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_in_a_turn_reads_a_whole_business() {
    let plans = plans_of(turn).await;
    assert!(plans.len() > 30, "the statements were explained: {}", plans.len());
    let slow: Vec<_> = plans.iter().filter(|(_, step)| is_too_much(step)).collect();
    assert!(slow.is_empty(), "{slow:#?}");
    let sorted = plans.iter().filter(|(text, step)| text.contains("lease_owner") && step.contains("TEMP B-TREE"));
    assert_eq!(sorted.count(), 0, "a claim takes its rows in the order of the index");
}

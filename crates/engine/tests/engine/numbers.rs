//! The numbers are what a recount finds: of the rows that a night leaves behind, and of bare facts on both databases.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test stops at the first surprise, drives everything itself and says what it skipped"
)]

use std::time::Duration;

use jiff::civil::{Date, date};
use nochnik_core::business::{Document, Settings};
use nochnik_core::event::StaffAct;
use nochnik_core::numbers::{Choice, DEFINITIONS, Number, Tally, What};
use nochnik_engine::clock::pause;
use nochnik_engine::numbers::{Period, began_on, keep, read};
use nochnik_engine::{Engine, conversation_id};
use nochnik_store::bookings::{self, BookingStatus};
use nochnik_store::conversations::{self, Filter};
use nochnik_store::leads::{self, LeadFilter};
use nochnik_store::messages;
use nochnik_store::numbers::{self, Fact};
use nochnik_store::test_postgres::TestPostgres;
use nochnik_store::{Store, StoreError};
use serde_json::json;

use nochnik_core::values::Address;

use super::salon;

const SALON: &str = "lotos";
const OTHER: &str = "barber";
const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
/// Midnight in Moscow, of 25 November 2026.
const MIDNIGHT_MS: i64 = 1_795_554_000_000;

fn settings(id: &str) -> Settings {
    let mut document: Document = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
    id.clone_into(&mut document.id);
    Settings::build(document, 1).unwrap()
}

async fn period(store: &Store, id: &'static str, from: Date, to: Date) -> Period {
    store.read(move |sql| read(sql, &settings(id), from, to)).await.unwrap()
}

fn number_of(key: &str, tally: &Tally, choice: &Choice) -> Option<Number> {
    DEFINITIONS.iter().find(|each| each.key == key).unwrap().number(tally, choice)
}

fn number(key: &str, tally: &Tally) -> Option<Number> {
    number_of(key, tally, &Choice::default())
}

async fn says(engine: &Engine, peer: &str, n: usize, text: &str) {
    let body = json!({ "id": format!("00000000-0000-4000-8000-{n:012}"), "kind": "text", "text": text }).to_string();
    engine.chat(SALON, "widget", peer, body.as_bytes()).await.unwrap();
    pause(Duration::from_secs(20)).await;
}

/// What the rows say, counted without any of the queries under test.
struct Recount {
    messages: i64,
    unread: i64,
    talks: i64,
    leads: i64,
    leads_night: i64,
    booked: i64,
    cancelled: i64,
    moved: i64,
    kop: i64,
}

async fn recount(engine: &Engine) -> Recount {
    let rows = move |sql: &mut dyn nochnik_store::Sql| {
        let talks = conversations::list(sql, SALON, &Filter::default(), i64::MAX, 1_000)?;
        let bubbles = talks.iter().map(|talk| messages::list(sql, SALON, &talk.id, 0, 1_000));
        let bubbles: Vec<_> = bubbles.collect::<Result<Vec<_>, StoreError>>()?.concat();
        let leads = leads::list(sql, SALON, &LeadFilter::default(), i64::MAX, 1_000)?;
        Ok((talks, bubbles, leads, bookings::list(sql, SALON, 0, i64::MAX)?))
    };
    let (talks, bubbles, leads, visits) = engine.store.read(rows).await.unwrap();
    let count = |n: usize| i64::try_from(n).unwrap();
    let stands = |visit: &bookings::Booking| visit.status == BookingStatus::Confirmed;
    let is_gone = |visit: &bookings::Booking| visit.status == BookingStatus::Cancelled;
    // Another visit of the same client stands in its place.
    let is_moved = |visit: &bookings::Booking| {
        is_gone(visit) && visits.iter().any(|other| stands(other) && other.conversation_id == visit.conversation_id)
    };
    let booked: Vec<_> = visits.iter().filter(|visit| (stands(visit) || is_gone(visit)) && !is_moved(visit)).collect();
    let price = |id: &str| settings(SALON).document.services.iter().find(|each| each.id == id).unwrap().price * 100;
    Recount {
        messages: count(bubbles.iter().filter(|bubble| bubble.author == "client").count()),
        unread: count(bubbles.iter().filter(|bubble| bubble.text.contains("не понял")).count()),
        talks: count(talks.len()),
        leads: count(leads.len()),
        leads_night: count(leads.iter().filter(|lead| lead.is_after_hours).count()),
        booked: count(booked.len()),
        cancelled: count(booked.iter().filter(|visit| is_gone(visit)).count()),
        moved: count(visits.iter().filter(|visit| is_moved(visit)).count()),
        kop: booked.iter().map(|visit| price(&visit.service_id)).sum(),
    }
}

#[tokio::test(start_paused = true)]
async fn the_numbers_of_a_night_are_what_its_rows_say() {
    let engine = salon::open(&[SALON, OTHER]).await;
    for (n, (peer, text)) in [
        ("olga", "маникюр без покрытия послезавтра в 12:00, Ольга, 8 918 555 00 01"),
        ("olga", "да, всё верно"),
        ("vera", "маникюр без покрытия послезавтра в 15:00, Вера, 8 918 555 00 02"),
        ("vera", "да, всё верно"),
        ("anna", "здравствуйте"),
        ("anna", "ывапролд ждлорпав"),
        ("olga", "отмените запись"),
        ("olga", "да"),
        ("vera", "можно перенести на субботу на то же время?"),
        ("vera", "да, спасибо"),
    ]
    .into_iter()
    .enumerate()
    {
        says(&engine, peer, n, text).await;
    }
    let (today, tomorrow) = (date(2026, 11, 25), date(2026, 11, 26));
    let found = period(&engine.store, SALON, today, tomorrow).await.whole;
    let rows = recount(&engine).await;
    let count = |n| Some(Number::Count(n));
    assert_eq!((rows.booked, rows.cancelled, rows.moved), (2, 1, 1), "the night went as it was meant to");
    assert_eq!(number("messages", &found), count(rows.messages));
    assert_eq!(number("contacts", &found), count(rows.talks));
    assert_eq!(number("leads", &found), count(rows.leads));
    assert_eq!(number("leads_night", &found), count(rows.leads_night));
    assert_eq!(number("booked", &found), count(rows.booked));
    assert_eq!(number("cancelled", &found), count(rows.cancelled));
    assert_eq!(number("moved", &found), count(rows.moved));
    assert_eq!(number("night_revenue", &found), Some(Number::Kop(rows.kop)));
    assert_eq!(number("conversion", &found), Some(Number::Share(rows.booked as f64 / rows.talks as f64)));
    assert_eq!(number("leads_in_crm", &found), Some(Number::Share(0.0)), "this salon has no CRM");
    // Each message was answered by itself, once.
    assert_eq!(found.total(What::Answered, &Choice::default()).count, rows.messages);
    assert_eq!(number("answer_in_time", &found), Some(Number::Share(1.0)));
    assert_eq!(found.total(What::Read, &Choice::default()).sum, rows.unread.max(1), "one message made no sense");
    assert_eq!(found.channels(), ["widget"]);
    assert!(period(&engine.store, OTHER, today, tomorrow).await.whole.channels().is_empty(), "nobody wrote there");

    // The next day the evening is added up and kept, and reads the same.
    pause(Duration::from_secs(6 * 3_600)).await;
    let kept = engine.store.read(|sql| numbers::kept(sql, SALON, 0, i64::MAX)).await.unwrap();
    assert_eq!(kept.len(), 1, "25 November is over");
    assert_eq!(period(&engine.store, SALON, today, tomorrow).await.whole, found);
    let talk =
        conversation_id(SALON, &Address { channel: "widget".into(), account: "widget".into(), peer: "olga".into() });
    assert!(!kept[0].1.contains(talk.as_str()) && !kept[0].1.contains("918"), "nothing of a client is kept");
}

/// Who came is said after the visit, and may be taken back: the last word counts.
#[tokio::test(start_paused = true)]
async fn a_visit_that_was_no_no_show_after_all_is_none() {
    let engine = salon::open(&[SALON]).await;
    says(&engine, "vera", 1, "маникюр без покрытия послезавтра в 15:00, Вера, 8 918 555 00 02").await;
    says(&engine, "vera", 2, "да, всё верно").await;
    let visits = engine.store.read(|sql| bookings::list(sql, SALON, 0, i64::MAX)).await.unwrap();
    let [visit] = &visits[..] else { panic!("{visits:?}") };
    pause(Duration::from_secs(2 * 86_400)).await;
    for (n, has_come, expected) in [("1", false, 1.0), ("2", true, 0.0)] {
        let act = StaffAct::Came { booking: visit.id.clone(), has_come };
        engine.staff(SALON, &visit.conversation_id, "marina", act, n).await.unwrap();
        pause(Duration::from_secs(20)).await;
        let found = period(&engine.store, SALON, date(2026, 11, 25), date(2026, 11, 29)).await.whole;
        assert_eq!(number("no_show", &found), Some(Number::Share(expected)));
    }
}

/// Ten days of facts that look like chance and are the same every time.
fn facts() -> Vec<Fact> {
    let (whats, channels) =
        (["heard", "lead", "answered", "case", "taken", "booked", "no_show", "unheard_of"], ["widget", "vk"]);
    let mut dice = 7_u64;
    let mut roll = |sides: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((dice >> 33) % sides).unwrap()
    };
    let mut made = Vec::new();
    for _ in 0..3_000 {
        let at_ms = MIDNIGHT_MS + i64::try_from(roll(10 * 86_400_000)).unwrap();
        made.push(Fact {
            at_ms,
            what: whats[roll(8)].to_owned(),
            channel: channels[roll(2)].to_owned(),
            is_night: roll(2) == 0,
            amount: i64::try_from(roll(600_000)).unwrap(),
        });
    }
    made
}

async fn put(store: &Store, business: &'static str, facts: Vec<Fact>) {
    let job =
        move |sql: &mut dyn nochnik_store::Sql| facts.iter().try_for_each(|fact| numbers::add(sql, business, fact));
    store.write(job).await.unwrap();
}

/// The naive way: every number from the list of facts itself.
fn agrees(tally: &Tally, facts: &[Fact], choice: &Choice) {
    let of = |what: &'static str| {
        let is_chosen = move |fact: &&Fact| {
            fact.what == what
                && choice.channel.as_ref().is_none_or(|channel| *channel == fact.channel)
                && choice.is_night.is_none_or(|is_night| is_night == fact.is_night)
        };
        facts.iter().filter(is_chosen).map(|fact| fact.amount).collect::<Vec<_>>()
    };
    let count = |n: usize| Some(Number::Count(i64::try_from(n).unwrap()));
    let share = |part: usize, whole: usize| Some(Number::Share(part as f64 / whole as f64));
    assert_eq!(number_of("messages", tally, choice), Some(Number::Count(of("heard").iter().sum())));
    assert_eq!(number_of("leads", tally, choice), count(of("lead").len()));
    assert_eq!(number_of("cases", tally, choice), count(of("case").len()));
    let mut times = of("answered");
    let in_time = times.iter().filter(|ms| **ms <= 3_000).count();
    assert_eq!(number_of("answer_in_time", tally, choice), share(in_time, times.len()));
    let taken = of("taken").iter().filter(|ms| **ms <= 300_000).count();
    assert_eq!(number_of("taken_in_time", tally, choice), share(taken, of("case").len()));
    times.sort_unstable();
    let Some(Number::Ms(bound)) = number_of("answer_p95", tally, choice) else { panic!("no 95th of 100") };
    let within = times.iter().filter(|ms| **ms <= bound).count();
    assert!(within as f64 >= 0.95 * times.len() as f64, "the bound holds 95 of 100");
    let below = nochnik_core::numbers::BOUNDS_MS.iter().rev().find(|lower| **lower < bound).unwrap();
    let within = times.iter().filter(|ms| *ms <= below).count();
    assert!((within as f64) < 0.95 * times.len() as f64, "the bound below does not");
}

async fn reads_as_counted(store: Store) {
    let all = facts();
    put(&store, SALON, all.clone()).await;
    put(&store, OTHER, vec![Fact { what: "lead".to_owned(), ..all[0].clone() }]).await;
    let (from, to) = (date(2026, 11, 27), date(2026, 12, 2));
    let chosen: Vec<Fact> = all
        .iter()
        .filter(|fact| (MIDNIGHT_MS + 2 * DAY_MS..MIDNIGHT_MS + 7 * DAY_MS).contains(&fact.at_ms))
        .cloned()
        .collect();
    let fresh = period(&store, SALON, from, to).await;
    let by = |channel: Option<&str>, is_night| Choice { channel: channel.map(str::to_owned), is_night };
    for choice in [by(None, None), by(Some("vk"), None), by(None, Some(true)), by(Some("widget"), Some(false))] {
        agrees(&fresh.whole, &chosen, &choice);
    }
    let first_day: Vec<Fact> = chosen.iter().filter(|fact| fact.at_ms < MIDNIGHT_MS + 3 * DAY_MS).cloned().collect();
    agrees(&fresh.days[0].1, &first_day, &by(None, None));
    let lead_hours = fresh.whole.total(What::Lead, &by(None, None)).spread;
    let at_noon =
        chosen.iter().filter(|fact| fact.what == "lead" && (fact.at_ms - MIDNIGHT_MS) % DAY_MS / HOUR_MS == 12);
    assert_eq!(lead_hours.get(&12).copied().unwrap_or_default(), i64::try_from(at_noon.count()).unwrap());
    assert_eq!(
        number("leads", &period(&store, OTHER, date(2026, 11, 25), date(2026, 12, 5)).await.whole),
        Some(Number::Count(1))
    );

    // Half an hour after midnight the day may still grow; an hour later it is kept.
    keep(&store, &settings(SALON), MIDNIGHT_MS + 5 * DAY_MS + HOUR_MS / 2).await.unwrap();
    assert_eq!(store.read(|sql| numbers::last_kept(sql, SALON)).await.unwrap(), Some(20_782 + 3));
    keep(&store, &settings(SALON), MIDNIGHT_MS + 5 * DAY_MS + HOUR_MS * 3 / 2).await.unwrap();
    assert_eq!(store.read(|sql| numbers::last_kept(sql, SALON)).await.unwrap(), Some(20_782 + 4));
    assert_eq!(store.read(|sql| numbers::last_kept(sql, OTHER)).await.unwrap(), None);
    let half_kept = period(&store, SALON, from, to).await;
    assert_eq!(half_kept.days, fresh.days);
    assert_eq!(half_kept.whole, fresh.whole);
    let began = store.read(|sql| began_on(sql, &settings(SALON))).await.unwrap();
    assert_eq!(began, Some(date(2026, 11, 25)));
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kept_or_not_the_facts_of_a_period_add_up_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    reads_as_counted(Store::open(&format!("sqlite:{}", folder.path().join("night.db").display())).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kept_or_not_the_facts_of_a_period_add_up_on_postgres() {
    let server = match TestPostgres::start() {
        Ok(server) => server,
        Err(why) => return println!("SKIPPED: {why}"),
    };
    reads_as_counted(Store::open(&server.database().unwrap()).await.unwrap()).await;
}

/// What is spent and pressed is counted by its own day, and only whole.
#[tokio::test(start_paused = true)]
async fn what_is_spent_is_read_beside_the_facts() {
    let store = Store::open_inline().unwrap();
    let day = 20_782;
    store
        .write(move |sql| {
            nochnik_store::spending::add(sql, SALON, day, 900)?;
            nochnik_store::spending::add(sql, SALON, day + 1, 100)?;
            nochnik_store::spending::add(sql, OTHER, day, 7)?;
            nochnik_store::ring_spending::add(sql, SALON, day, 450)?;
            let clicks =
                |what: &str, shown, taken| nochnik_store::links::Clicks { what: what.to_owned(), shown, taken };
            nochnik_store::links::count(sql, SALON, day, &clicks("button:slot", 4, 3))?;
            nochnik_store::links::count(sql, SALON, day, &clicks("link:abc", 10, 1))
        })
        .await
        .unwrap();
    let found = period(&store, SALON, date(2026, 11, 25), date(2026, 11, 26)).await.whole;
    let by_night = Choice { is_night: Some(true), channel: Some("vk".to_owned()) };
    for (key, expected) in [
        ("asked", Number::Count(1)),
        ("tokens", Number::Count(900)),
        ("rung", Number::Kop(450)),
        ("buttons", Number::Share(0.75)),
        ("links", Number::Share(0.1)),
    ] {
        assert_eq!(number_of(key, &found, &by_night), Some(expected), "{key}");
    }
}

/// A year of a million messages and a hundred thousand leads; by hand, for it measures: `cargo nextest run --workspace
/// --release --test numbers --run-ignored only --no-capture`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures, and takes a minute"]
async fn a_year_is_read_at_once() {
    const YEAR: i64 = 365;
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&format!("sqlite:{}", folder.path().join("night.db").display())).await.unwrap();
    for day in 0..YEAR {
        let job = move |sql: &mut dyn nochnik_store::Sql| {
            for n in 0..2_740_i64 {
                let at_ms = MIDNIGHT_MS + (day - YEAR) * DAY_MS + n * (DAY_MS / 2_740);
                let channel = ["widget", "vk", "telegram", "max"][usize::try_from(n % 4).unwrap()];
                let whats = [("heard", 1), ("read", 0), ("answered", 300 + n)];
                let lead = [("contact", 1), ("lead", 1), ("in_crm", 900), ("booked", 150_000)];
                for (what, amount) in whats.into_iter().chain(lead.into_iter().filter(|_| n % 10 == 0)) {
                    let (what, channel) = (what.to_owned(), channel.to_owned());
                    numbers::add(sql, SALON, &Fact { at_ms, what, channel, is_night: n % 3 == 0, amount })?;
                }
            }
            Ok(())
        };
        store.write(job).await.unwrap();
    }
    for _ in 0..=YEAR / 62 {
        keep(&store, &settings(SALON), MIDNIGHT_MS + 2 * HOUR_MS).await.unwrap();
    }
    let begun = std::time::Instant::now();
    let year = period(&store, SALON, date(2025, 11, 25), date(2026, 11, 25)).await;
    let took = begun.elapsed();
    println!("a year: {took:?}");
    assert_eq!(number("messages", &year.whole), Some(Number::Count(2_740 * YEAR)));
    assert!(took < Duration::from_millis(200), "{took:?}");
}

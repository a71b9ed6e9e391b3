//! What the pages of the console ask for beside the night itself, on both engines.

use nochnik_store::audit::{self, NewEntry, Wanted};
use nochnik_store::case_steps::{self, Step};
use nochnik_store::cases::{self, Case, CaseState, Closed, End};
use nochnik_store::conversations::{self, Filter, Saved};
use nochnik_store::invitations::{self, Invitation};
use nochnik_store::messages::{self, NewMessage};
use nochnik_store::people::{self, Session};
use nochnik_store::record_views::{self, NewView};
use nochnik_store::second_factors::{self, Factor};
use nochnik_store::test_postgres::TestPostgres;
use nochnik_store::{Sql, Store, StoreError};

const SALON: &str = "lotos";
const MIN: i64 = 60_000;
const HOUR: i64 = 60 * MIN;

fn all(sql: &mut dyn Sql) -> Result<(), StoreError> {
    closed_cases(sql)?;
    journal(sql)?;
    views(sql)?;
    sessions(sql)?;
    second_factor(sql)?;
    invited(sql)?;
    found_by_words(sql)
}

fn talk(sql: &mut dyn Sql, business: &str, id: &str, heat: &str, said: &[&str]) -> Result<(), StoreError> {
    let saved = Saved {
        id,
        channel: "widget",
        account: "widget",
        peer: id,
        expected_version: 0,
        state: "{}",
        speaker: "bot",
        heat,
        is_after_hours: false,
        needs_person: false,
        client_name: "",
        last_text_short: "",
        last_at_ms: 0,
        now_ms: 0,
    };
    conversations::save(sql, business, &saved)?;
    for (n, text) in said.iter().enumerate() {
        let at_ms = i64::from(id.as_bytes()[0]) * MIN + n as i64;
        let message = NewMessage { conversation_id: id, at_ms, author: "client", text, ..NewMessage::default() };
        messages::append(sql, business, &message)?;
    }
    Ok(())
}

/// Ids of the conversations with the numbers of the messages, the newest first.
fn found(sql: &mut dyn Sql, business: &str, words: &str, heat: Option<&str>) -> Result<String, StoreError> {
    let beginnings: Vec<String> = words.split(' ').map(str::to_owned).collect();
    let filter = Filter { heat, ..Filter::default() };
    let said = conversations::said(sql, business, &beginnings, &filter, 9)?;
    Ok(said.iter().map(|said| format!("{}{}", said.summary.id, said.seq)).collect::<Vec<_>>().join(" "))
}

fn found_by_words(sql: &mut dyn Sql) -> Result<(), StoreError> {
    let long = format!("Ёлочку {} подстричь", "очень".repeat(600));
    talk(sql, SALON, "a", "hot", &["Хочу МАНИКЮР, завтра в 18:30?", "Ещё раз: маникюра", "«Спасибо»"])?;
    talk(sql, SALON, "b", "cold", &["маникюром довольна. Тел. 8(918)555-12-31, mail@salon.ru", &long])?;
    talk(sql, "other", "c", "hot", &["маникюр"])?;
    for (words, ids) in [
        ("маникюр", "b1 a2"),
        ("маникюра", "a2"),
        ("хочу маникюр", "a1"),
        ("спасибо", "a3"),
        ("елоч", "b2"),
        ("ЕЩЁ", "a2"),
        ("подстри", "b2"),
        ("18 30", "a1"),
        ("918 555 12", "b1"),
        ("salon mail", "b1"),
        ("аникюр", ""),
        ("хочу подстричь", ""),
        ("or", ""),
        ("", ""),
        ("\" *", ""),
        ("a* & b", ""),
    ] {
        assert_eq!(found(sql, SALON, words, None)?, ids, "{words}");
    }
    assert_eq!(found(sql, SALON, "маникюр", Some("hot"))?, "a2");
    assert_eq!(found(sql, "other", "маникюр", None)?, "c1");
    assert_eq!(found(sql, "other", "хочу", None)?, "");

    // Whatever changes or takes away a message does the same to its words.
    messages::set_text(sql, SALON, "a", 2, "передумала")?;
    messages::take_back(sql, SALON, "b", 2, "Сообщение удалено")?;
    for (words, ids) in [("маникюр", "b1 a1"), ("передумала", "a2"), ("подстричь", ""), ("удалено", "b2")]
    {
        assert_eq!(found(sql, SALON, words, None)?, ids, "{words}, changed");
    }
    messages::trim(sql, SALON, "a", i64::MAX)?;
    assert_eq!(found(sql, SALON, "маникюр", None)?, "b1");
    assert_eq!(found(sql, SALON, "передумала", None)?, "");
    Ok(())
}

fn closed_cases(sql: &mut dyn Sql) -> Result<(), StoreError> {
    for (id, opened_min, state, steps) in [
        ("a", 10, CaseState::Closed, &[("called", "marina"), ("taken", "marina")][..]),
        ("b", 10, CaseState::Closed, &[("called", "marina"), ("morning", ""), ("taken", "oleg")]),
        ("c", 20, CaseState::Closed, &[("called", "marina"), ("morning", "")]),
        ("d", 30, CaseState::Closed, &[("opened", "")]),
        ("e", 40, CaseState::Open, &[("called", "marina")]),
    ] {
        let case = Case {
            id: id.into(),
            conversation_id: "talk".into(),
            state,
            level: 2,
            policy: "[]".into(),
            taken_by: None,
            opened_at_ms: opened_min * MIN,
            next_at_ms: None,
            closed_at_ms: None,
            why: String::new(),
        };
        cases::upsert(sql, SALON, &case)?;
        for (what, person) in steps {
            let step = Step { what: (*what).into(), person_id: (*person).into(), ..Step::default() };
            case_steps::add(sql, SALON, id, &step)?;
        }
    }
    let any = Closed { since_ms: 0, end: None, taken_by: None, before: None };
    for (wanted, ids) in [
        (any, "dcba"),
        (Closed { since_ms: 20 * MIN, ..any }, "dc"),
        (Closed { end: Some(End::Taken), ..any }, "ba"),
        (Closed { end: Some(End::Morning), ..any }, "c"),
        (Closed { end: Some(End::Alone), ..any }, "d"),
        (Closed { taken_by: Some("oleg"), ..any }, "b"),
        (Closed { before: Some((20 * MIN, "c")), ..any }, "ba"),
        (Closed { before: Some((10 * MIN, "b")), ..any }, "a"),
    ] {
        let found: String = cases::closed(sql, SALON, &wanted, 9)?.into_iter().map(|case| case.id).collect();
        assert_eq!(found, ids, "{wanted:?}");
        assert_eq!(cases::closed(sql, "other", &wanted, 9)?, []);
    }
    assert_eq!(cases::closed(sql, SALON, &any, 1)?.len(), 1);
    Ok(())
}

fn journal(sql: &mut dyn Sql) -> Result<(), StoreError> {
    for (actor, action) in [("roza", "login"), ("roza", "hours"), ("bot", "model.ask"), ("marina", "login")] {
        audit::append(sql, SALON, &NewEntry { at_ms: 1, actor, action, subject: "", details: "{}" })?;
    }
    let any = Wanted { actor: "", actions: &[], before_id: i64::MAX };
    for (wanted, told) in [
        (any, vec!["marina login", "bot model.ask", "roza hours", "roza login"]),
        (Wanted { actor: "roza", ..any }, vec!["roza hours", "roza login"]),
        (Wanted { actions: &["login"], ..any }, vec!["marina login", "roza login"]),
        (Wanted { actions: &["hours", "model.ask"], ..any }, vec!["bot model.ask", "roza hours"]),
        (Wanted { actor: "bot", actions: &["login"], ..any }, vec![]),
        (Wanted { actions: &["log"], ..any }, vec![]),
    ] {
        let found = audit::search(sql, SALON, &wanted, 9)?;
        let lines: Vec<_> = found.iter().map(|line| format!("{} {}", line.actor, line.action)).collect();
        assert_eq!(lines, told, "{wanted:?}");
    }
    let version = NewEntry { at_ms: 2, actor: "roza", action: "hours", subject: "", details: r#"{"version":7}"# };
    audit::append(sql, SALON, &version)?;
    let versions = audit::of_versions(sql, SALON, 9)?;
    assert_eq!(versions.iter().map(|line| line.at_ms).collect::<Vec<_>>(), [2], "only what made a version");
    assert_eq!(audit::of_versions(sql, "other", 9)?, []);
    let last = audit::search(sql, SALON, &any, 1)?.remove(0);
    let last = audit::search(sql, SALON, &Wanted { before_id: last.id, ..any }, 1)?.remove(0);
    assert_eq!(audit::search(sql, SALON, &Wanted { before_id: last.id, ..any }, 1)?[0].action, "model.ask");
    assert_eq!(audit::search(sql, "other", &any, 9)?, []);
    Ok(())
}

fn views(sql: &mut dyn Sql) -> Result<(), StoreError> {
    for (login, record, at_ms) in [
        ("roza", "c1", 0),
        ("roza", "c1", HOUR - 1),
        ("roza", "c1", HOUR),
        ("marina", "c1", HOUR + 1),
        ("roza", "c2", HOUR + 2),
    ] {
        record_views::note(sql, SALON, &NewView { login, what: "talk", record, at_ms })?;
    }
    let told = |sql: &mut dyn Sql, login: &str, before| -> Result<Vec<String>, StoreError> {
        let found = record_views::list(sql, SALON, login, before, 9)?;
        Ok(found.iter().map(|view| format!("{} {} {}", view.login, view.record, view.at_ms / HOUR)).collect())
    };
    assert_eq!(told(sql, "", i64::MAX)?, ["roza c2 1", "marina c1 1", "roza c1 1", "roza c1 0"]);
    assert_eq!(told(sql, "marina", i64::MAX)?, ["marina c1 1"]);
    let newest = record_views::list(sql, SALON, "", i64::MAX, 1)?[0].id;
    assert_eq!(told(sql, "", newest)?.len(), 3);
    assert_eq!(record_views::list(sql, "other", "", i64::MAX, 9)?, []);
    assert_eq!(record_views::purge(sql, HOUR, 9)?, 1);
    assert_eq!(told(sql, "", i64::MAX)?.len(), 3);
    Ok(())
}

fn sessions(sql: &mut dyn Sql) -> Result<(), StoreError> {
    for (id, business, login, created_at_ms) in [
        ("1", SALON, "roza", 1),
        ("2", SALON, "roza", 2),
        ("3", SALON, "marina", 3),
        ("4", "other", "roza", 4),
        ("5", "", "", 5),
    ] {
        let session = Session {
            id_hash: id.into(),
            business: business.into(),
            login: login.into(),
            data: "{}".into(),
            created_at_ms,
            expires_at_ms: HOUR + created_at_ms,
        };
        people::add_session(sql, &session)?;
    }
    let ids = |sql: &mut dyn Sql, login, now_ms| -> Result<String, StoreError> {
        Ok(people::sessions(sql, SALON, login, now_ms)?.into_iter().map(|session| session.id_hash).collect())
    };
    assert_eq!(ids(sql, None, 0)?, "321");
    assert_eq!(ids(sql, Some("roza"), 0)?, "21");
    assert_eq!(ids(sql, None, HOUR + 2)?, "3", "the others have expired");
    assert_eq!(people::end_other_sessions(sql, SALON, "roza", "2")?, 1);
    assert_eq!(ids(sql, None, 0)?, "32");
    assert!(people::find_session(sql, "4", 0)?.is_some(), "of another business");
    exchanged_sessions(sql)
}

/// What was half-way in under one id is in under another, unless it has ended.
fn exchanged_sessions(sql: &mut dyn Sql) -> Result<(), StoreError> {
    let session = |id: &str, login: &str, expires_at_ms| Session {
        id_hash: id.into(),
        business: SALON.into(),
        login: login.into(),
        data: id.into(),
        created_at_ms: 7,
        expires_at_ms,
    };
    people::add_session(sql, &session("half", "vera", HOUR))?;
    let full = session("full", "vera", 2 * HOUR);
    assert!(!people::exchange_session(sql, "half", &session("full", "roza", 2 * HOUR), 0)?, "of another login");
    assert!(!people::exchange_session(sql, "half", &full, HOUR)?, "expired");
    assert!(people::exchange_session(sql, "half", &full, HOUR - 1)?);
    assert!(people::find_session(sql, "half", 0)?.is_none());
    assert_eq!(people::find_session(sql, "full", HOUR)?, Some(full.clone()));
    assert!(!people::exchange_session(sql, "half", &full, 0)?, "once");
    assert_eq!(people::end_sessions(sql, SALON, "vera")?, 1);
    assert!(!people::exchange_session(sql, "full", &session("again", "vera", HOUR), 0)?, "ended");
    assert!(people::sessions(sql, SALON, Some("vera"), 0)?.is_empty());
    Ok(())
}

fn second_factor(sql: &mut dyn Sql) -> Result<(), StoreError> {
    let factor = |salt: &str| Factor { salt: salt.into(), last_step: 100, since_ms: HOUR };
    assert!(second_factors::switch_on(sql, SALON, "roza", &factor("a"))?);
    assert!(!second_factors::switch_on(sql, SALON, "roza", &factor("b"))?, "nobody puts another in its place");
    assert_eq!(second_factors::get(sql, SALON, "roza")?, Some(factor("a")));
    assert_eq!(second_factors::get(sql, "other", "roza")?, None, "of another business");
    for (step, is_taken) in [(100, false), (99, false), (101, true), (101, false)] {
        assert_eq!(second_factors::use_step(sql, SALON, "roza", step)?, is_taken, "step {step}");
    }
    let hashes = ["h1".to_owned(), "h2".to_owned()];
    second_factors::put_recovery(sql, SALON, "roza", &hashes)?;
    second_factors::put_recovery(sql, "other", "roza", &hashes)?;
    assert!(second_factors::use_recovery(sql, SALON, "roza", "h1", HOUR)?);
    assert!(!second_factors::use_recovery(sql, SALON, "roza", "h1", HOUR)?, "once");
    assert!(!second_factors::use_recovery(sql, SALON, "marina", "h2", HOUR)?, "of another login");
    assert_eq!(second_factors::recovery_left(sql, SALON, "roza")?, 1);
    assert_eq!(second_factors::logins(sql, SALON)?, ["roza"]);
    assert!(second_factors::remove(sql, SALON, "roza")?);
    assert!(!second_factors::remove(sql, SALON, "roza")?);
    assert_eq!(second_factors::recovery_left(sql, SALON, "roza")?, 0);
    assert_eq!(second_factors::recovery_left(sql, "other", "roza")?, 2);
    Ok(())
}

fn invited(sql: &mut dyn Sql) -> Result<(), StoreError> {
    for (business, id, hash, expires_at_ms) in
        [(SALON, "a", "ha", HOUR), (SALON, "b", "hb", 2 * HOUR), ("other", "c", "hc", 2 * HOUR)]
    {
        let invitation = Invitation {
            id: id.into(),
            role: "manager".into(),
            person_id: String::new(),
            invited_by: "roza".into(),
            created_at_ms: 0,
            expires_at_ms,
        };
        invitations::put(sql, business, hash, &invitation)?;
    }
    let open = |sql: &mut dyn Sql, now_ms| -> Result<Vec<String>, StoreError> {
        Ok(invitations::open(sql, SALON, now_ms)?.into_iter().map(|one| one.id).collect())
    };
    assert_eq!(open(sql, 0)?, ["a", "b"]);
    assert_eq!(open(sql, HOUR)?, ["b"], "an hour later the first has ended");
    assert!(invitations::find(sql, "ha", HOUR)?.is_none());
    assert_eq!(invitations::find(sql, "hc", 0)?.map(|(business, _)| business).as_deref(), Some("other"));
    assert!(!invitations::revoke(sql, SALON, "c")?, "of another business");
    assert!(invitations::accept(sql, "hb", "marina", 1)?);
    assert!(!invitations::accept(sql, "hb", "oleg", 2)?, "once");
    assert!(!invitations::revoke(sql, SALON, "b")?, "it is used");
    assert!(invitations::revoke(sql, SALON, "a")?);
    assert_eq!(open(sql, 0)?, [""; 0]);
    Ok(())
}

#[tokio::test]
async fn pages_on_sqlite() {
    Store::open("sqlite::memory:").await.unwrap().write(all).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stderr, reason = "the reader of a test run must see what did not run")]
async fn pages_on_postgres() {
    match TestPostgres::start() {
        Ok(server) => Store::open(&server.database().unwrap()).await.unwrap().write(all).await.unwrap(),
        Err(why) => eprintln!("SKIPPED on PostgreSQL: {why}"),
    }
}

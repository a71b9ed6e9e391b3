//! What a night leaves in the store: talks, leads, cases, bookings, a letter that did not arrive.

use nochnik_store::bookings::NewBooking;
use nochnik_store::cases::{Case, CaseState};
use nochnik_store::conversations::Saved;
use nochnik_store::leads::Lead;
use nochnik_store::messages::{Delivery, NewMessage};
use nochnik_store::outbox::{End, Lease, NewRow};
use nochnik_store::{Store, bookings, cases, conversations, leads, messages, outbox};

const MIN: i64 = 60_000;

/// One talk of the night; empty words mean the usual.
pub struct Talk<'a> {
    pub id: &'a str,
    pub name: &'a str,
    pub last: &'a str,
    pub speaker: &'a str,
    pub heat: &'a str,
    pub needs_person: bool,
    pub ago_min: i64,
}

/// Saves a talk of the site chat.
pub async fn keep(store: &Store, business: &str, now_ms: i64, talk: &Talk<'_>) {
    let business = business.to_owned();
    let (id, name, last) = (talk.id.to_owned(), talk.name.to_owned(), talk.last.to_owned());
    let (speaker, heat, needs_person) = (talk.speaker.to_owned(), talk.heat.to_owned(), talk.needs_person);
    let at_ms = now_ms - talk.ago_min * MIN;
    let job = move |sql: &mut dyn nochnik_store::Sql| {
        let saved = Saved {
            id: &id,
            channel: "widget",
            account: "widget",
            peer: &format!("peer-{id}"),
            expected_version: 0,
            state: "{}",
            speaker: &speaker,
            heat: &heat,
            is_after_hours: true,
            needs_person,
            client_name: &name,
            last_text_short: &last,
            last_at_ms: at_ms,
            now_ms: at_ms - 5 * MIN,
        };
        conversations::save(sql, &business, &saved).map(drop)
    };
    store.write(job).await.unwrap();
}

/// Finds the talk of a visitor or begins it.
pub async fn talk(store: &Store, business: &str, account: &str, peer: &str, now_ms: i64) -> String {
    talk_in(store, business, "widget", account, peer, now_ms).await
}

/// The same in any channel.
pub async fn talk_in(store: &Store, business: &str, channel: &str, account: &str, peer: &str, now_ms: i64) -> String {
    let (business, channel, account, peer) =
        (business.to_owned(), channel.to_owned(), account.to_owned(), peer.to_owned());
    let job = move |sql: &mut dyn nochnik_store::Sql| {
        if let Some(id) = conversations::find(sql, &business, &channel, &account, &peer)? {
            return Ok(id);
        }
        let id = format!("visit-{peer}");
        let saved = Saved {
            id: &id,
            channel: &channel,
            account: &account,
            peer: &peer,
            expected_version: 0,
            state: "{}",
            speaker: "bot",
            heat: "cold",
            is_after_hours: true,
            needs_person: false,
            client_name: "",
            last_text_short: "",
            last_at_ms: now_ms,
            now_ms,
        };
        conversations::save(sql, &business, &saved)?;
        Ok(id)
    };
    store.write(job).await.unwrap()
}

/// Adds a bubble.
pub async fn say(
    store: &Store,
    business: &str,
    id: &str,
    author: &str,
    text: &str,
    vendor_id: Option<&str>,
    at_ms: i64,
) {
    let (business, id, author, text) = (business.to_owned(), id.to_owned(), author.to_owned(), text.to_owned());
    let vendor_id = vendor_id.map(str::to_owned);
    let chips = if author == "client" && text.contains("маникюр") {
        Some(r#"["маникюр","чт 26 нояб. после 18:00","срочно"]"#)
    } else {
        None
    };
    let buttons = if author == "bot" && text.contains("18:30") {
        Some(r#"[{"id":"s1","label":"18:30, Анна"},{"id":"s2","label":"19:00, Мария"}]"#)
    } else {
        None
    };
    let job = move |sql: &mut dyn nochnik_store::Sql| {
        let message = NewMessage {
            conversation_id: &id,
            at_ms,
            author: &author,
            person_id: (author == "person").then_some("marina"),
            text: &text,
            buttons,
            vendor_id: vendor_id.as_deref(),
            delivery: (author == "bot" || author == "person").then_some(Delivery::Delivered),
            chips,
            file: None,
        };
        messages::append(sql, &business, &message).map(drop)
    };
    store.write(job).await.unwrap();
}

/// Fills a business with one night.
pub async fn fill(store: &Store, business: &str, now_ms: i64) {
    let talks = [
        ("c1", "Ольга Петрова", "А можно завтра после шести на маникюр? Очень нужно", "bot", "hot", true, 3),
        (
            "c2",
            "Наталья",
            "Ребёнку три года, кричит, сильная реакция на краску — что делать?",
            "person",
            "hot",
            true,
            12,
        ),
        ("c3", "Ирина", "Спасибо, до субботы!", "bot", "warm", false, 44),
        (
            "c4",
            "",
            "Сколько стоит педикюр с покрытием гель-лаком, если снимать старое покрытие у вас?",
            "bot",
            "warm",
            false,
            71,
        ),
        ("c5", "Сергей", "ок", "bot", "cold", false, 130),
        ("c6", "Виктория", "Подарочный сертификат продаёте?", "bot", "cold", true, 150),
    ];
    for (id, name, last, speaker, heat, needs_person, ago_min) in talks {
        keep(store, business, now_ms, &Talk { id, name, last, speaker, heat, needs_person, ago_min }).await;
    }
    let lines = [
        ("client", "Здравствуйте", 1_450),
        (
            "bot",
            "Здравствуйте! Я бот салона «Лотос». Подскажу цены и запишу. Продолжая, вы соглашаетесь на обработку данных: lotos.example/privacy",
            1_450,
        ),
        ("client", "А можно завтра после шести на маникюр? Очень нужно", 6),
        ("bot", "Завтра, 26 ноября, есть 18:30 у Анны и 19:00 у Марии. Какое окно выбрать?", 6),
        ("note", "Ночник позвал дежурного: горячий лид", 5),
        ("client", "Первое. Только мастер пусть мне позвонит, +7 918 555-12-31", 3),
    ];
    for (author, text, ago_min) in lines {
        say(store, business, "c1", author, text, None, now_ms - ago_min * MIN).await;
    }
    let business = business.to_owned();
    store.write(move |sql| rest(sql, &business, now_ms)).await.unwrap();
}

fn rest(sql: &mut dyn nochnik_store::Sql, business: &str, now_ms: i64) -> Result<(), nochnik_store::StoreError> {
    let people = [
        (
            "c1",
            "Ольга Петрова",
            "+79185551231",
            "hot",
            0.86,
            r#"["маникюр"]"#,
            "завтра после 18:00",
            r#"[{"text":"хочет прийти в ближайшие 24 часа","weight":1.2},{"text":"подтвердила телефон","weight":0.9},{"text":"ещё не выбрала мастера","weight":-0.3}]"#,
        ),
        (
            "c2",
            "Наталья",
            "+79185554477",
            "hot",
            0.71,
            r#"["окрашивание"]"#,
            "",
            r#"["медицинский риск","просит человека"]"#,
        ),
        ("c3", "Ирина", "+79185558800", "warm", 0.55, r#"["стрижка"]"#, "сб, 28 ноября, 12:00", r#"["записалась"]"#),
        ("c4", "", "", "warm", 0.31, r#"["педикюр с покрытием"]"#, "", r#"["спросила цену"]"#),
    ];
    for (id, name, phone, heat, score, services, wanted_at, reasons) in people {
        leads::upsert(
            sql,
            business,
            &Lead {
                conversation_id: id.into(),
                heat: heat.into(),
                score,
                reasons: reasons.into(),
                name: name.into(),
                phone: phone.into(),
                services: services.into(),
                wanted_at: wanted_at.into(),
                status: "new".into(),
                source: "реклама в картах".into(),
                tags: r#"["ночной"]"#.into(),
                is_after_hours: true,
                crm_refs: None,
                request_no: 0,
                request_end: None,
                created_at_ms: now_ms - 20 * MIN,
                updated_at_ms: now_ms - 3 * MIN,
            },
        )?;
    }
    for (id, talk, state, next_min, taken_by, why) in [
        ("k1", "c1", CaseState::Open, Some(4), None, "горячий лид, просит позвонить"),
        ("k2", "c2", CaseState::Taken, None, Some("marina"), "медицинский риск"),
        ("k3", "c6", CaseState::Morning, None, None, "вопрос не из частых"),
    ] {
        cases::upsert(
            sql,
            business,
            &Case {
                id: id.into(),
                conversation_id: talk.into(),
                state,
                level: 2,
                policy: "{}".into(),
                taken_by: taken_by.map(str::to_owned),
                opened_at_ms: now_ms - 6 * MIN,
                next_at_ms: next_min.map(|minutes| now_ms + minutes * MIN),
                closed_at_ms: None,
                why: why.into(),
            },
        )?;
    }
    for (id, talk, specialist, service, name, at_min) in [
        ("b1", "c3", "anna", "manicure_gel", "Ирина", 12 * 60),
        ("b2", "c5", "anna", "manicure", "Сергей", 15 * 60),
        ("b3", "c4", "maria", "pedicure", "", 14 * 60),
    ] {
        let starts_at_ms = now_ms + at_min * MIN;
        let booking = NewBooking {
            id,
            conversation_id: talk,
            specialist_id: specialist,
            service_id: service,
            client_name: name,
            starts_at_ms,
            ends_at_ms: starts_at_ms + 90 * MIN,
            visit_ends_at_ms: starts_at_ms + 80 * MIN,
            held_until_ms: (id == "b3").then_some(now_ms + 10 * MIN),
            spans: &[],
        };
        bookings::hold(sql, business, &booking)?;
        if id != "b3" {
            bookings::confirm(sql, business, id, name, false)?;
        }
    }
    letters(sql, business, now_ms)
}

/// Two letters wait for the CRM, and one did not arrive.
fn letters(sql: &mut dyn nochnik_store::Sql, business: &str, now_ms: i64) -> Result<(), nochnik_store::StoreError> {
    for (key, talk, destination, kind, at_min) in [
        ("e1#0", "c5", "channel:lotos/widget", "say", 40),
        ("e2#0", "c1", "bitrix24:lotos", "crm", 5),
        ("e3#0", "c2", "bitrix24:lotos", "crm", 3),
    ] {
        let at_ms = now_ms - at_min * MIN;
        let row = NewRow {
            key,
            conversation_id: talk,
            lane: key,
            destination,
            kind,
            priority: 5,
            payload: "{}",
            created_at_ms: at_ms,
            due_at_ms: at_ms,
        };
        let lease = (kind == "say").then_some(Lease { owner: "test", until_ms: now_ms + MIN });
        let queued = outbox::put(sql, business, &row, lease)?;
        if let Some(queued) = queued.filter(|_| kind == "say") {
            outbox::dead(
                sql,
                business,
                queued.id,
                "test",
                End { code: "unreachable", why: "Forbidden: bot was blocked by the user" },
                now_ms,
            )?;
        }
    }
    Ok(())
}

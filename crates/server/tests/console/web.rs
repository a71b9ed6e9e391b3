//! The web as browsers and vendors meet it: over a real store, with a desk that only takes notes.

use std::sync::atomic::Ordering;

use crate::support::browser::Browser;
use crate::support::{NIGHT, PASSWORD, Site, night};
use axum::http::StatusCode;
use nochnik_core::event::StaffAct;
use nochnik_server::web::desk::{ChannelHealth, Desk, Inbox};
use nochnik_store::case_steps::Step;
use nochnik_store::cases::{Case, CaseState};
use nochnik_store::{bookings, case_steps, cases, waitlist};

/// Pages a signed-in person reaches, and pages nobody needs to sign in for.
const CONSOLE: [&str; 16] = [
    "/console",
    "/console/escalations",
    "/console/logins",
    "/console/check",
    "/console/chats",
    "/console/leads",
    "/console/numbers",
    "/console/calendar",
    "/console/delivery",
    "/console/state",
    "/console/more",
    "/console/people",
    "/console/channels",
    "/console/crm",
    "/console/chats/nobody",
    "/no-such-page",
];

const FORM: &str = "application/x-www-form-urlencoded";

fn night_ms() -> i64 {
    NIGHT.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let site = Site::open().await;
    let mut visitor = Browser::new(&site.router);
    for path in CONSOLE.iter().chain(&["/", "/login", "/chat.js", "/healthz", "/hook/lotos/telegram/wrong"]) {
        let answer = visitor.get(path).await;
        let policy = answer.header("content-security-policy");
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
    }
}

#[tokio::test]
async fn a_stranger_sees_no_page_of_the_console() {
    let site = Site::open().await;
    let mut stranger = Browser::new(&site.router);
    for path in &CONSOLE[..14] {
        let answer = stranger.get(path).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert!(answer.header("location").starts_with("/login"), "{path}");
    }
}

#[tokio::test]
async fn everybody_of_the_business_sees_its_pages() {
    let site = Site::open().await;
    night::fill(&site.store, "lotos", night_ms()).await;
    for login in ["roza", "marina", "gost"] {
        let mut browser = Browser::signed_in(&site.router, login).await;
        for path in &CONSOLE[..12] {
            let answer = browser.get(path).await;
            assert_eq!(answer.status, StatusCode::OK, "{login} {path}");
            assert!(answer.text.contains("lang=\"ru\""), "{path}");
        }
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_look_the_same_and_are_slowed_down() {
    let site = Site::open().await;
    let (mut known, mut unknown) = (Browser::new(&site.router), Browser::new(&site.router));
    let (first, second) =
        (known.login("roza", "не тот пароль вовсе").await, unknown.login("lena", "не тот пароль вовсе").await);
    assert_eq!((first.status, first.text.len()), (second.status, second.text.len()));
    for _ in 0..6 {
        known.login("roza", "не тот пароль вовсе").await;
    }
    let locked = known.login("roza", PASSWORD).await;
    assert_eq!(locked.status, StatusCode::TOO_MANY_REQUESTS);
    site.desk.pass(60);
    assert_eq!(known.login("roza", PASSWORD).await.status, StatusCode::SEE_OTHER, "no lock is for ever");
}

/// Previews of messengers look at a link before anybody opens it.
#[tokio::test]
async fn a_short_link_leads_on_and_counts_people_only() {
    let site = Site::open().await;
    let mut person = Browser::new(&site.router).with("user-agent", "Mozilla/5.0 (Android 15; Mobile)");
    let mut preview = Browser::new(&site.router).with("user-agent", "TelegramBot (like TwitterBot)");
    for (browser, counted) in [(&mut person, true), (&mut preview, false)] {
        let answer = browser.get("/l/abc").await;
        assert_eq!(answer.status, StatusCode::FOUND);
        assert_eq!(answer.header("location"), format!("https://maps.example/?counted={counted}"));
    }
    for unknown in ["/l/zzz", "/l/%2e%2e%2fetc", "/l/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] {
        assert_eq!(person.get(unknown).await.status, StatusCode::NOT_FOUND, "{unknown}");
    }
}

/// Meta asks by GET whether the address is ours.
#[tokio::test]
async fn a_vendor_that_asks_whether_the_address_is_ours_is_answered() {
    let site = Site::open().await;
    let mut vendor = Browser::new(&site.router);
    let answer = vendor.get("/hook/lotos/whatsapp/right?hub.challenge=42").await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, "42"));
    assert_eq!(vendor.get("/hook/lotos/telegram/wrong?hub.challenge=42").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing() {
    let site = Site::open().await;
    let id = night::talk(&site.store, "lotos", "widget", "olya", night_ms()).await;
    let mut browser = Browser::signed_in(&site.router, "marina")
        .await
        .with("sec-fetch-site", "cross-site")
        .with("origin", "https://evil.example");
    let answer = browser.post(&format!("/console/chats/{id}/take"), &[]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(site.desk.acts.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_observer_looks_and_a_manager_acts() {
    let site = Site::open().await;
    let id = night::talk(&site.store, "lotos", "widget", "olya", night_ms()).await;
    let path = format!("/console/chats/{id}/reply");
    let mut observer = Browser::signed_in(&site.router, "gost").await;
    assert_eq!(observer.post(&path, &[("text", "Здравствуйте")]).await.status, StatusCode::FORBIDDEN);
    let mut manager = Browser::signed_in(&site.router, "marina").await;
    assert!(
        manager.post(&path, &[("text", "Здравствуйте")]).await.status.is_redirection()
            || site.desk.acts.lock().unwrap().len() == 1
    );
    assert_eq!(site.desk.acts.lock().unwrap().len(), 1);
}

/// A double click is one message; other words of the same box are another.
#[tokio::test]
async fn a_reply_pressed_twice_goes_out_once() {
    let site = Site::open().await;
    let id = night::talk(&site.store, "lotos", "widget", "olya", night_ms()).await;
    let path = format!("/console/chats/{id}/reply");
    let mut manager = Browser::signed_in(&site.router, "marina").await;
    let page = manager.get(&format!("/console/chats/{id}")).await.text;
    let (_, after) = page.split_once("name=\"once\" value=\"").expect("the box has a name");
    let once = after.split('"').next().unwrap().to_owned();
    for text in ["Здравствуйте", "Здравствуйте ", "Здравствуйте, Оля"] {
        manager.post(&path, &[("text", text), ("once", &once)]).await;
    }
    assert_eq!(site.desk.acts.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn what_did_not_go_out_says_in_russian_what_happened_and_whose_move_it_is() {
    let site = Site::open().await;
    night::fill(&site.store, "lotos", night_ms()).await;
    let page = Browser::signed_in(&site.router, "marina").await.get("/console/delivery").await.text;
    for told in ["Ответ клиенту → Чат на сайте", "Получатель не принимает сообщений", "Свяжитесь с ним иначе"]
    {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(!page.contains("Forbidden") && !page.contains("blocked"), "{page}");
}

#[tokio::test]
async fn any_message_is_found_by_its_words_and_the_line_shows_where() {
    let site = Site::open().await;
    let now_ms = night_ms();
    night::fill(&site.store, "lotos", now_ms).await;
    for (business, id, author, text, ago_min) in [
        ("lotos", "c5", "client", "А стрижку для ребёнка под <b>ёлочку</b> делаете?", 900),
        ("lotos", "c5", "bot", "Детская стрижка — 900 ₽.", 899),
        ("lotos", "c3", "note", "Стрижки не предлагать", 1_000),
        ("barber", "foreign", "client", "стрижка", 1),
    ] {
        night::say(&site.store, business, id, author, text, None, now_ms - ago_min * 60_000).await;
    }
    let mut manager = Browser::signed_in(&site.router, "marina").await;
    let mut search = async |only: &str, text: &str| {
        let text: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        manager.get(&format!("/console/chats?only={only}&text={text}")).await.text
    };
    let page = search("", "Стрижкой").await;
    for told in
        ["Ночник: Детская <mark>стрижка</mark> — 900", "Заметка: <mark>Стрижки</mark> не", "/console/chats/c5#m"]
    {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(page.find("Детская").unwrap() < page.find("Заметка").unwrap(), "newest first: {page}");
    assert!(!page.contains("foreign"), "another business");
    assert!(search("", "ЕЛОЧКА делаете").await.contains("&lt;b&gt;<mark>ёлочку</mark>&lt;/b&gt;"));
    assert!(search("hot", "елочка").await.contains("Ничего не нашлось"), "Sergey is cold");
    assert!(search("", "Ирин").await.contains("Ирина"), "a name is found as before");
    assert!(search("", "нетакогослова").await.contains("Ничего не нашлось"));
}

#[tokio::test]
async fn a_silent_client_is_on_the_call_list_and_a_visit_is_marked() {
    let site = Site::open().await;
    night::fill(&site.store, "lotos", night_ms()).await;
    let mut manager = Browser::signed_in(&site.router, "marina").await;
    assert!(!manager.get("/console/calendar").await.text.contains("Позвонить о визите"));
    site.store.write(|sql| bookings::answered(sql, "lotos", "b1", bookings::Answer::Silent)).await.unwrap();
    let page = manager.get("/console/calendar").await.text;
    assert!(page.contains("Позвонить о визите") && page.contains("Ирина"), "{page}");
    assert!(!page.contains("Не пришёл"), "nobody is absent from a visit to come");

    site.desk.pass(13 * 60);
    // The session of the evening has ended by noon.
    let mut manager = Browser::signed_in(&site.router, "marina").await;
    assert!(manager.get("/console/calendar?day=2026-11-26").await.text.contains("Не пришёл"));
    let form = [("booking", "b1"), ("has_come", "false"), ("day", "2026-11-26")];
    let mut observer = Browser::signed_in(&site.router, "gost").await;
    assert_eq!(observer.post("/console/calendar/came", &form).await.status, StatusCode::FORBIDDEN);
    assert!(manager.post("/console/calendar/came", &form).await.status.is_redirection());
    let acts = site.desk.acts.lock().unwrap().clone();
    let came = StaffAct::Came { booking: "b1".into(), has_come: false };
    assert_eq!(acts, [("lotos".into(), "c3".into(), "marina".into(), came)]);
    let foreign = [("booking", "b9"), ("has_come", "true"), ("day", "2026-11-26")];
    assert_eq!(manager.post("/console/calendar/came", &foreign).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_waits_for_a_taken_time_stands_under_the_bookings() {
    let site = Site::open().await;
    let id = night::talk(&site.store, "lotos", "widget", "olya", night_ms()).await;
    let mut manager = Browser::signed_in(&site.router, "marina").await;
    assert!(!manager.get("/console/calendar").await.text.contains("Лист ожидания"));
    let now_ms = night_ms();
    let entry = serde_json::json!({
        "services": ["manicure"], "specialist": null, "since": "2026-11-25T20:40:00Z", "replaces": null,
        "window": { "from": "2026-11-28T17:00:00", "to": "2026-11-28T22:00:00", "daily": null },
        "aim": "2026-11-28T17:00:00", "offered": null, "passed": [],
    });
    let ms = |at: &str| at.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let waiting = waitlist::Waiting {
        conversation_id: id.clone(),
        from_ms: ms("2026-11-28T17:00:00+03:00"),
        to_ms: ms("2026-11-28T22:00:00+03:00"),
        since_ms: now_ms,
        entry: entry.to_string(),
    };
    site.store.write(move |sql| waitlist::put(sql, "lotos", &waiting)).await.unwrap();
    let page = manager.get("/console/calendar").await.text;
    let name = "Маникюр без покрытия";
    assert!(page.contains("Лист ожидания") && page.contains("17:00–22:00") && page.contains(name), "{page}");
    assert!(page.contains(&format!("/console/chats/{id}")), "{page}");
}

#[tokio::test]
async fn the_clients_card_tells_who_was_called_step_by_step() {
    let site = Site::open().await;
    let id = night::talk(&site.store, "lotos", "widget", "olya", night_ms()).await;
    let mut manager = Browser::signed_in(&site.router, "marina").await;
    let path = format!("/console/chats/{id}");
    assert!(!manager.get(&path).await.text.contains("Кого звали"), "nobody was called yet");
    let (case, now_ms) = (format!("{id}/c1"), night_ms());
    let step = move |seconds: i64, what: &str, person: &str| Step {
        due_at_ms: now_ms + seconds * 1_000,
        at_ms: now_ms + seconds * 1_000,
        what: what.to_owned(),
        person_id: person.to_owned(),
        ..Step::default()
    };
    let called = Step {
        means: "telegram".to_owned(),
        level: 2,
        token: "t".to_owned(),
        sent_at_ms: Some(now_ms + 2_500),
        ..step(1, "called", "marina")
    };
    let steps =
        [Step { detail: "просит человека".to_owned(), ..step(0, "opened", "") }, called, step(63, "taken", "marina")];
    let job = move |sql: &mut dyn nochnik_store::Sql| {
        let row = Case {
            id: case.clone(),
            conversation_id: id.clone(),
            state: CaseState::Taken,
            level: 2,
            policy: "[]".into(),
            taken_by: Some("marina".into()),
            opened_at_ms: now_ms,
            next_at_ms: None,
            closed_at_ms: None,
            why: "просит человека".into(),
        };
        cases::upsert(sql, "lotos", &row)?;
        steps.iter().try_for_each(|step| case_steps::add(sql, "lotos", &case, step))
    };
    site.store.write(job).await.unwrap();
    let page = manager.get(&path).await.text;
    for words in ["Кого звали", "зовём: Марина, telegram, ступень 2; ушло за 1,5 с", "«Беру»: Марина", "23:42:03"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
}

/// Robots that preview messages open every link: only the button takes, and the page names no client.
#[tokio::test]
async fn control_c08_a_link_looked_at_takes_nothing() {
    let site = Site::open().await;
    let mut robot = Browser::new(&site.router);
    for method in ["GET", "HEAD", "GET"] {
        let answer = robot.send(method, "/take/right", None, Vec::new()).await;
        assert_eq!(answer.status, StatusCode::OK, "{method}");
    }
    assert_eq!(site.desk.takes.load(Ordering::SeqCst), 0);
    let page = robot.get("/take/right").await;
    assert!(page.text.contains("Беру") && page.text.contains("с 02:10"), "{}", page.text);
    assert_eq!(page.header("cache-control"), "no-store");
    let taken = robot.post("/take/right", &[]).await;
    assert_eq!((taken.status, taken.header("location")), (StatusCode::SEE_OTHER, "/take/right"));
    assert_eq!(site.desk.takes.load(Ordering::SeqCst), 1);
    assert!(robot.get("/take/right").await.text.contains("Заявка ваша"));
    for method in ["GET", "POST"] {
        assert_eq!(robot.send(method, "/take/wrong", None, Vec::new()).await.status, StatusCode::NOT_FOUND);
    }
}

/// A vendor of SMS hears what it wants to hear; by GET the query is the report.
#[tokio::test]
async fn a_report_comes_by_its_secret_path_alone() {
    let site = Site::open().await;
    let mut vendor = Browser::new(&site.router);
    let taken = vendor.send("POST", "/hook/means/lotos/smsru/right", Some(FORM), b"report=1".to_vec()).await;
    assert_eq!((taken.status, taken.text.as_str()), (StatusCode::OK, "100"));
    assert_eq!(vendor.get("/hook/means/lotos/smsru/right?report=1").await.text, "100");
    assert_eq!(vendor.get("/hook/means/lotos/smsru/right?report=2").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(vendor.get("/hook/means/lotos/smsru/wrong?report=1").await.status, StatusCode::UNAUTHORIZED);
}

/// RFC 5545: lines end with CRLF and hold 75 octets at most, times are UTC, the same visit keeps its UID.
#[tokio::test]
async fn a_visit_goes_into_the_clients_own_calendar_by_its_link_alone() {
    let site = Site::open().await;
    let mut client = Browser::new(&site.router);
    let answer = client.get("/visit/lotos/c3/1/right.ics").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "text/calendar; charset=utf-8");
    assert!(answer.text.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{}", answer.text);
    let whole = answer.text.replace("\r\n ", "");
    for line in [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "DTSTART:20261125T090000Z",
        "DTEND:20261125T103000Z",
        "UID:c3-1@lotos.nochnik",
        "STATUS:CONFIRMED",
        "SUMMARY:Салон красоты «Лотос»: Маникюр без покрытия",
        "END:VCALENDAR",
    ] {
        assert!(whole.lines().any(|is| is == line), "{line}\n{whole}");
    }
    for forged in ["/visit/lotos/c3/1/wrong.ics", "/visit/lotos/c3/2/right.ics", "/visit/lotos/c3/1/right"] {
        assert_eq!(client.get(forged).await.status, StatusCode::NOT_FOUND, "{forged}");
    }
}

#[tokio::test]
async fn another_business_is_not_there() {
    let site = Site::open().await;
    let foreign = night::talk(&site.store, "barber", "widget", "canary-peer", night_ms()).await;
    let mut browser = Browser::signed_in(&site.router, "roza").await;
    let answer = browser.get(&format!("/console/chats/{foreign}")).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(!answer.text.contains("canary-peer"));
}

/// The troubles of another business are not this one's to mend, nor to know of.
#[tokio::test]
async fn how_things_are_is_told_of_the_viewers_own_business() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let foreign = Inbox { taken: 900, worked: 100, parked: 5 };
    site.desk.inbox.lock().unwrap().insert("barber".to_owned(), foreign);
    let broken = ChannelHealth {
        business: "barber".into(),
        account: "telegram".into(),
        title: "Телеграм".into(),
        trouble: Some((site.desk.now(), "Бот удалён".into())),
    };
    site.desk.health.lock().unwrap().channels.push(broken);
    let (now, state) = (owner.get("/console").await.text, owner.get("/console/state").await.text);
    assert!(now.contains("Всё принято: 37 из 37"), "{now}");
    assert!(state.contains("всё работает") && state.contains("принято 37 из 37"), "{state}");
    assert!(!state.contains("отложено") && !state.contains("Бот удалён"), "{state}");

    site.desk.inbox.lock().unwrap().insert("lotos".to_owned(), Inbox { taken: 37, worked: 36, parked: 1 });
    let (now, state) = (owner.get("/console").await.text, owner.get("/console/state").await.text);
    assert!(now.contains("Отложено после ошибки: 1"), "{now}");
    assert!(state.contains("нужен человек") && state.contains("отложено после ошибки: 1"), "{state}");
}

#[tokio::test]
async fn a_hostile_message_is_shown_as_text() {
    let site = Site::open().await;
    let id = night::talk(&site.store, "lotos", "widget", "olya", night_ms()).await;
    let hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'`{{7*7}}";
    night::say(&site.store, "lotos", &id, "client", hostile, None, night_ms()).await;
    let mut browser = Browser::signed_in(&site.router, "marina").await;
    let page = browser.get(&format!("/console/chats/{id}")).await.text;
    assert!(!page.contains("<img src=x"), "an element came out of a message");
    assert!(!page.contains("<script>alert"), "a script came out of a message");
    assert!(page.contains("&lt;img src=x"), "the words themselves are shown");
}

#[tokio::test]
async fn control_c05_a_forged_delivery_and_a_wrong_address_look_the_same() {
    let site = Site::open().await;
    let mut vendor = Browser::new(&site.router);
    for (path, body, status) in [
        ("/hook/lotos/telegram/right", "{}", StatusCode::OK),
        ("/hook/lotos/telegram/wrong", "{}", StatusCode::UNAUTHORIZED),
        ("/hook/nobody/telegram/right", "{}", StatusCode::UNAUTHORIZED),
        ("/hook/lotos/telegram/right", "not json", StatusCode::BAD_REQUEST),
        ("/hook/lotos/telegram/right", "later", StatusCode::SERVICE_UNAVAILABLE),
    ] {
        let answer = vendor.json(path, body).await;
        assert_eq!(answer.status, status, "{path} {body}");
        assert!(answer.text.is_empty(), "{path}: an answer says nothing");
    }
    let huge = "x".repeat(3 * 1024 * 1024 + 1);
    assert_eq!(vendor.json("/hook/lotos/telegram/right", &huge).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn control_c06_what_is_too_large_is_refused_before_it_is_read() {
    let site = Site::open().await;
    let mut visitor = Browser::new(&site.router);
    let token = session(&mut visitor).await;
    let mut known = visitor.clone().with("authorization", &format!("Bearer {token}"));
    let chat = known.json("/chat/lotos/messages", &format!("{{\"text\":\"{}\"}}", "x".repeat(64 * 1024))).await;
    assert_eq!(chat.status, StatusCode::PAYLOAD_TOO_LARGE, "a message of the chat, 64 KiB");
    let hook = visitor.json("/hook/lotos/telegram/right", &"x".repeat(3 * 1024 * 1024 + 1)).await;
    assert_eq!(hook.status, StatusCode::PAYLOAD_TOO_LARGE, "a delivery, 3 MiB");
    let mut wordy = visitor.clone().with("x-words", &"x".repeat(16 * 1024));
    assert_eq!(wordy.get("/").await.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "headers, 16 KiB");
    let long = visitor.get(&format!("/console/chats?text={}", "x".repeat(8 * 1024))).await;
    assert_eq!(long.status, StatusCode::URI_TOO_LONG, "an address, 8 KiB");
    assert!(site.desk.chats.lock().unwrap().is_empty());
}

/// Opens a session of the site chat.
async fn session(visitor: &mut Browser) -> String {
    let answer = visitor.json("/chat/lotos/session", "").await;
    let body: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
    body["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn control_c25_the_chat_speaks_to_its_own_sites_only() {
    let site = Site::open().await;
    let at = |origin: &str| Browser::new(&site.router).with("origin", origin);
    for (origin, is_allowed) in [
        ("https://lotos.example", true),
        ("https://nochnik.example", true),
        ("https://evil.example", false),
        ("https://lotos.example.evil.example", false),
        ("http://lotos.example", false),
        ("https://lotos.example:8443", false),
        ("null", false),
    ] {
        for (method, path) in
            [("POST", "session"), ("OPTIONS", "session"), ("OPTIONS", "messages"), ("OPTIONS", "stream")]
        {
            let answer = at(origin).send(method, &format!("/chat/lotos/{path}"), None, Vec::new()).await;
            let allowed = answer.header("access-control-allow-origin");
            assert_eq!(answer.status.is_success(), is_allowed, "{origin} {method} {path}: {}", answer.status);
            assert_eq!(allowed, if is_allowed { origin } else { "" }, "{origin} {method} {path}");
            assert_eq!(answer.header("access-control-allow-credentials"), "", "no cookies are asked for");
        }
    }
    let token = session(&mut Browser::new(&site.router)).await;
    let (head, tail) = token.split_at(token.len() - 4);
    for bad in ["", "AAAA", head, &format!("{head}AAAA"), &format!("{token}{tail}")] {
        let mut visitor = Browser::new(&site.router).with("authorization", &format!("Bearer {bad}"));
        let answer = visitor.get("/chat/lotos/messages").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{bad:?}");
    }
    let mut own = Browser::new(&site.router).with("authorization", &format!("Bearer {token}"));
    assert_eq!(own.get("/chat/lotos/messages").await.status, StatusCode::OK);
    assert!(!own.get("/chat/barber/messages").await.status.is_success(), "a token belongs to one business");
}

/// A picture is shown; what only calls itself one is saved, for a browser would run what is in it.
#[tokio::test]
async fn a_file_of_a_stranger_is_shown_only_when_it_is_a_picture() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let picture = owner.get("/console/chats/c1/file/1").await;
    assert_eq!((picture.status, picture.header("content-type")), (StatusCode::OK, "image/gif"));
    let script = owner.get("/console/chats/c1/file/2").await;
    assert_eq!((script.status, script.header("content-type")), (StatusCode::OK, "application/octet-stream"));
    assert!(script.header("content-disposition").starts_with("attachment; filename=\"nochnik-2."));
    let gone = owner.get("/console/chats/c1/file/3").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert!(gone.text.contains("Файл не получить"), "{}", gone.text);
    let mut stranger = Browser::new(&site.router);
    assert_eq!(stranger.get("/console/chats/c1/file/1").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_board_shows_leads_by_state_and_one_state_page_by_page() {
    let site = Site::open().await;
    let now_ms = night_ms();
    let lead = move |n: i64, status: &str, heat: &str| nochnik_store::leads::Lead {
        conversation_id: format!("t{n}"),
        heat: heat.into(),
        score: 0.5,
        reasons: "[]".into(),
        name: format!("<b>Клиент {n}"),
        phone: String::new(),
        services: "[]".into(),
        wanted_at: String::new(),
        status: status.into(),
        source: String::new(),
        tags: "[]".into(),
        is_after_hours: true,
        crm_refs: None,
        request_no: 0,
        request_end: (status == "lost").then(|| "lost".to_owned()),
        created_at_ms: now_ms - n * 1_000,
        updated_at_ms: now_ms - n * 1_000,
    };
    let all = (0..60).map(|n| lead(n, "booked", "warm")).chain([lead(60, "new", "hot"), lead(61, "lost", "cold")]);
    let old = nochnik_store::leads::Lead { updated_at_ms: now_ms - 31 * 86_400_000, ..lead(62, "new", "hot") };
    let all: Vec<_> = all.chain([old]).collect();
    site.store
        .write(move |sql| all.iter().try_for_each(|lead| nochnik_store::leads::upsert(sql, "lotos", lead)))
        .await
        .unwrap();
    let mut manager = Browser::signed_in(&site.router, "marina").await;
    let board = manager.get("/console/leads").await.text;
    let column = |title: &str| {
        let column =
            board.split("<section class=\"column\"").find(|part| part.contains(&format!("aria-label=\"{title}\"")));
        column.unwrap_or_else(|| panic!("no «{title}»: {board}")).to_owned()
    };
    assert!(board.contains("62\u{a0}лида за 30 дней"), "what is older is in the list: {board}");
    assert_eq!(column("Записаны").matches("Клиент").count(), 20, "a column shows the newest");
    assert!(column("Записаны").contains("/console/leads?state=booked"), "and where the others are");
    assert_eq!(column("Новые").matches("Клиент").count(), 1);
    assert!(column("Не состоялись").contains("отказ"), "what people made of it in the CRM");
    assert!(board.contains("&lt;b&gt;Клиент") && !board.contains("<b>Клиент"), "a name stays a name");

    let first = manager.get("/console/leads?state=booked").await.text;
    assert_eq!(first.matches("Клиент").count(), 50);
    let older = first.split("before=").nth(1).unwrap().split('"').next().unwrap();
    let second = manager.get(&format!("/console/leads?state=booked&before={older}")).await.text;
    assert_eq!(second.matches("Клиент").count(), 10);
    assert!(!second.contains("before="), "there is nothing behind them");
    assert_eq!(manager.get("/console/leads?state=new").await.text.matches("Клиент").count(), 2, "old ones as well");
    assert_eq!(manager.get("/console/leads?heat=hot").await.text.matches("Клиент").count(), 1);
}

#[tokio::test]
async fn ready_replies_are_the_owners_and_a_note_is_for_ones_own_people() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let page = "/console/settings/replies";
    let form = |title: &'static str, text: &'static str| [("title-0", title), ("text-0", text)];
    let unnamed = owner.post(page, &form("", "Здравствуйте")).await;
    assert_eq!(unnamed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unnamed.text.contains("Дайте заготовке короткое название") && unnamed.text.contains("Здравствуйте"));
    assert!(owner.post(page, &form("Парковка & двор", "{имя}, двор открыт <b>")).await.status.is_redirection());
    let mut manager = Browser::signed_in(&site.router, "marina").await;
    assert_eq!(manager.get(page).await.status, StatusCode::FORBIDDEN);

    night::fill(&site.store, "lotos", night_ms()).await;
    let talk = manager.get("/console/chats/c3").await.text;
    assert!(talk.contains("Заготовки") && talk.contains("reply=%D0%9F"), "{talk}");
    let href = talk
        .split("hx-get=\"")
        .find(|part| part.starts_with("/console/chats/c3?reply="))
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let filled = manager.get(&href.replace("&amp;", "&")).await.text;
    assert!(filled.contains("required>Ирина, двор открыт &lt;b&gt;</textarea>"), "{filled}");

    let note = [("text", "Просила перезвонить <i>утром")];
    let mut observer = Browser::signed_in(&site.router, "gost").await;
    assert_eq!(observer.post("/console/chats/c3/note", &note).await.status, StatusCode::FORBIDDEN);
    assert_eq!(manager.post("/console/chats/nobody/note", &note).await.status, StatusCode::NOT_FOUND);
    assert_eq!(manager.post("/console/chats/c3/note", &[("text", " ")]).await.status, StatusCode::BAD_REQUEST);
    assert!(manager.post("/console/chats/c3/note", &note).await.status.is_redirection());
    let talk = manager.get("/console/chats/c3").await.text;
    assert!(talk.contains("перезвонить &lt;i&gt;утром"), "{talk}");
    let acts = site.desk.acts.lock().unwrap().clone();
    let note = StaffAct::Note { text: "Просила перезвонить <i>утром".into() };
    assert_eq!(acts, [("lotos".into(), "c3".into(), "marina".into(), note)], "it is a note, and no reply");
}

//! A real server, Radicale 3.9.0, over real sockets.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use nochnik_adapters::Failure;
use nochnik_adapters::ports::{Calendar, EventRef};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::caldav::desk::{BOOKING, FILE, assert_changed, foreign, lines, object, open, reference, span, visit};
use crate::outsider::Outsider;

/// The server, and a person at it.
struct Server {
    base: String,
    http: reqwest::Client,
    _program: Outsider,
    _folder: TempDir,
}

impl Server {
    /// With one calendar of Anna's, «Мастер Анна».
    async fn start() -> Option<Self> {
        let server = Self::empty().await?;
        server.make("anna/work", "Мастер Анна").await;
        Some(server)
    }

    #[expect(clippy::disallowed_methods, reason = "the person's own client")]
    async fn empty() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let python = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../e2e/.radicale/bin/python");
        let variables: [(&str, &Path); 1] = [("FOLDER", folder.path())];
        let needs = ["-c", "import radicale"];
        let mut program = Outsider::start(python.to_str().unwrap(), &needs, "caldav.py", &variables)?;
        let base = program.line().await;
        let _ = rustls::crypto::ring::default_provider().install_default();
        Some(Self { base, http: reqwest::Client::new(), _program: program, _folder: folder })
    }

    async fn say(&self, method: &str, path: &str, body: String) -> (u16, String) {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = self.http.request(method, format!("{}{path}", self.base)).basic_auth("anna", Some("anna-pass"));
        let answer = request.header("content-type", "text/calendar").body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn make(&self, path: &str, title: &str) {
        let body = format!(
            r#"<mkcalendar xmlns="urn:ietf:params:xml:ns:caldav" xmlns:d="DAV:"><d:set><d:prop><d:displayname>{title}</d:displayname>
            <supported-calendar-component-set><comp name="VEVENT"/></supported-calendar-component-set></d:prop></d:set></mkcalendar>"#
        );
        assert_eq!(self.say("MKCALENDAR", path, body).await.0, 201);
    }

    async fn write(&self, name: &str, text: &str) {
        let (status, said) = self.say("PUT", &format!("anna/work/{name}"), text.to_owned()).await;
        assert!(status == 201 || status == 204, "{name}: {status} {said}");
    }

    async fn read(&self, name: &str) -> String {
        self.say("GET", &format!("anna/work/{name}"), String::new()).await.1.replace("\r\n ", "")
    }

    async fn delete(&self, name: &str) {
        assert_eq!(self.say("DELETE", &format!("anna/work/{name}"), String::new()).await.0, 200);
    }

    fn calendar(&self, changes: &[(&str, Value)]) -> Arc<dyn Calendar> {
        let mut fields = vec![("url", json!(self.base)), ("login", json!("anna")), ("password", json!("anna-pass"))];
        fields.extend_from_slice(changes);
        open(&fields, None)
    }
}

#[tokio::test]
async fn the_calendar_is_found_from_the_servers_address() {
    let Some(server) = Server::empty().await else { return };
    let hint = |failure| match failure {
        Failure::Broken { hint, .. } => hint,
        other => panic!("{other:?}"),
    };
    let alone = server.calendar(&[]).check().await.unwrap_err();
    assert!(hint(alone).contains("нет ни одного календаря"));

    server.make("anna/work", "Мастер Анна").await;
    let said = server.calendar(&[]).check().await.unwrap();
    assert_eq!(said[0], "Календарь «Мастер Анна» на 127.0.0.1 открыт.");
    assert_eq!(said[1], "На месяц вперёд событий: 0.");

    server.make("anna/home", "Личное").await;
    let several = server.calendar(&[]);
    let listed = several.check().await.unwrap().join(" ");
    assert!(listed.contains("«Мастер Анна»") && listed.contains("«Личное»"), "{listed}");
    assert!(hint(several.changes(None, span()).await.unwrap_err()).contains("поле calendar"));
    for wish in ["мастер анна", "work", "/anna/work/", &format!("{}anna/work", server.base)] {
        let said = server.calendar(&[("calendar", json!(wish))]).check().await.unwrap();
        assert!(said[0].contains("«Мастер Анна»"), "{wish}");
    }
    let by_address = server.calendar(&[("url", json!(format!("{}anna/home/", server.base)))]);
    assert!(by_address.check().await.unwrap()[0].contains("«Личное»"));
}

#[tokio::test]
async fn a_wrong_password_is_told_from_a_forbidden_calendar() {
    let Some(server) = Server::start().await else { return };
    let mut hints = Vec::new();
    for changes in [
        vec![("password", json!("wrong"))],
        vec![
            ("login", json!("boris")),
            ("password", json!("boris-pass")),
            ("url", json!(format!("{}anna/work/", server.base))),
        ],
    ] {
        match server.calendar(&changes).changes(None, span()).await.unwrap_err() {
            Failure::Broken { hint, why } => {
                assert!(!why.contains("pass") && !why.contains("anna"), "{why}");
                hints.push(hint);
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(hints[0].contains("пароль приложения"), "{}", hints[0]);
    assert!(hints[1].contains("нет ни одного календаря"), "{}", hints[1]);
}

#[tokio::test]
async fn a_visit_lives_its_life() {
    let Some(server) = Server::start().await else { return };
    let calendar = server.calendar(&[]);
    let first = visit("2026-11-24T12:00:00Z");
    let stored = calendar.put(&first, None).await.unwrap();
    assert_eq!(stored.id, FILE);
    assert!(stored.version.starts_with('"'), "{}", stored.version);
    assert_eq!(calendar.put(&first, None).await.unwrap(), stored, "a lost answer");
    let text = server.read(FILE).await;
    for line in ["DTSTART:20261124T120000Z", "DTEND:20261124T130000Z", "SUMMARY:Занято (Ночник)", "SEQUENCE:0"]
    {
        assert!(text.contains(&format!("{line}\r\n")), "{line}: {text}");
    }
    assert!(!text.contains("Ольга") && !text.contains("918"), "{text}");

    let whole = calendar.changes(None, span()).await.unwrap();
    assert!(whole.is_whole);
    let standing = format!("{BOOKING} 2026-11-24T12:00:00Z – 2026-11-24T13:00:00Z");
    assert_eq!(lines(&whole)[FILE], standing);
    assert_eq!(reference(&whole, FILE), stored);

    let moved = calendar.put(&visit("2026-11-25T09:00:00Z"), Some(&stored)).await.unwrap();
    assert_ne!(moved.version, stored.version);
    assert_eq!(calendar.put(&visit("2026-11-25T09:00:00Z"), Some(&stored)).await.unwrap(), moved, "a lost answer");
    assert!(server.read(FILE).await.contains("SEQUENCE:1\r\n"));

    // Anna gives it a colour, an alarm and a note.
    let text = server.read(FILE).await;
    let alarm = "X-COLOUR:pink\r\nBEGIN:VALARM\r\nUID:a1\r\nACTION:DISPLAY\r\nDESCRIPTION:Пора\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\n";
    let text = text
        .replace("END:VEVENT", &format!("{alarm}END:VEVENT"))
        .replace("DESCRIPTION:", "DESCRIPTION:Дать каталог\\n");
    let text = text.replace("DESCRIPTION:Дать каталог\\nПора", "DESCRIPTION:Пора");
    server.write(FILE, &text).await;
    assert_changed(calendar.put(&visit("2026-11-26T09:00:00Z"), Some(&moved)).await);
    assert_changed(calendar.remove(&moved).await);

    let news = calendar.changes(whole.cursor.as_deref(), span()).await.unwrap();
    assert!(!news.is_whole);
    let known = reference(&news, FILE);
    let third = calendar.put(&visit("2026-11-26T09:00:00Z"), Some(&known)).await.unwrap();
    let text = server.read(FILE).await;
    for kept in [
        "X-COLOUR:pink",
        "TRIGGER:-PT15M",
        "DESCRIPTION:Пора",
        "Дать каталог",
        "DTSTART:20261126T090000Z",
        "SEQUENCE:2",
    ] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    assert_eq!(text.matches("DTSTART").count(), 1, "{text}");
    assert_eq!(text.matches("SUMMARY").count(), 1, "{text}");

    calendar.remove(&third).await.unwrap();
    calendar.remove(&third).await.unwrap();
    assert_changed(calendar.put(&visit("2026-11-26T09:00:00Z"), Some(&third)).await);
    let again = calendar.put(&first, None).await.unwrap();
    assert_eq!(again.id, FILE);
}

#[tokio::test]
async fn a_visit_that_a_person_moved_or_called_off_is_told() {
    let Some(server) = Server::start().await else { return };
    let calendar = server.calendar(&[]);
    let stored = calendar.put(&visit("2026-11-24T12:00:00Z"), None).await.unwrap();
    let cursor = calendar.changes(None, span()).await.unwrap().cursor;
    let text = server.read(FILE).await;
    let moved = text.replace("20261124T120000Z", "20261125T120000Z").replace("20261124T130000Z", "20261125T140000Z");
    server.write(FILE, &moved).await;
    let news = calendar.changes(cursor.as_deref(), span()).await.unwrap();
    assert_eq!(lines(&news)[FILE], format!("{BOOKING} 2026-11-25T12:00:00Z – 2026-11-25T14:00:00Z"));
    // The first put comes once more, after its answer was lost: what the person did stays.
    assert_changed(calendar.put(&visit("2026-11-24T12:00:00Z"), None).await);

    server.write(FILE, &moved.replace("TRANSP:OPAQUE", "STATUS:CANCELLED")).await;
    let news = calendar.changes(news.cursor.as_deref(), span()).await.unwrap();
    assert_eq!(lines(&news)[FILE], "gone");
    let known = reference(&news, FILE);
    assert_ne!(known, stored);
    calendar.put(&visit("2026-11-24T12:00:00Z"), Some(&known)).await.unwrap();
    let whole = calendar.changes(None, span()).await.unwrap();
    assert_eq!(lines(&whole)[FILE], format!("{BOOKING} 2026-11-24T12:00:00Z – 2026-11-24T13:00:00Z"));
}

#[tokio::test]
async fn foreign_events_take_their_time() {
    let Some(server) = Server::start().await else { return };
    for (name, event) in [
        ("utc.ics", "DTSTART:20261124T060000Z\nDTEND:20261124T070000Z"),
        ("day.ics", "DTSTART;VALUE=DATE:20261125"),
        ("floating.ics", "DTSTART:20261126T100000\nDURATION:PT30M"),
        (
            "weekly.ics",
            "DTSTART;TZID=Europe/Moscow:20260105T090000\nDTEND;TZID=Europe/Moscow:20260105T100000\nRRULE:FREQ=WEEKLY\nEXDATE;TZID=Europe/Moscow:20261130T090000",
        ),
        ("free.ics", "DTSTART:20261124T060000Z\nDTEND:20261124T070000Z\nTRANSP:TRANSPARENT"),
        ("far.ics", "DTSTART:20270601T060000Z\nDTEND:20270601T070000Z"),
    ] {
        server.write(name, &object(&format!("UID:{name}\nDTSTAMP:20261101T000000Z\n{event}\nSUMMARY:Планёрка"))).await;
    }
    // A person's copy of a visit is a foreign event.
    let calendar = server.calendar(&[]);
    calendar.put(&visit("2026-11-27T12:00:00Z"), None).await.unwrap();
    let copy = server.read(FILE).await.replace("@lotos", "-copy").replace("20261127", "20261128");
    server.write("copy.ics", &copy).await;

    let whole = calendar.changes(None, span()).await.unwrap();
    let expected = [
        ("utc.ics", "2026-11-24T06:00:00Z – 2026-11-24T07:00:00Z"),
        ("day.ics", "2026-11-24T21:00:00Z – 2026-11-25T21:00:00Z"),
        ("floating.ics", "2026-11-26T07:00:00Z – 2026-11-26T07:30:00Z"),
        ("weekly.ics", "2026-11-23T06:00:00Z – 2026-11-23T07:00:00Z"),
        ("copy.ics", "2026-11-28T12:00:00Z – 2026-11-28T13:00:00Z"),
    ];
    let found = lines(&whole);
    for (name, times) in expected {
        assert_eq!(found.get(name).map(String::as_str), Some(times), "{name}");
    }
    assert_eq!(found.len(), expected.len() + 1, "{found:?}");
}

#[tokio::test]
async fn only_what_changed_comes_after_a_cursor() {
    let Some(server) = Server::start().await else { return };
    let calendar = server.calendar(&[]);
    server.write("a.ics", &foreign("a", "20261124T060000Z")).await;
    server.write("b.ics", &foreign("b", "20261124T080000Z")).await;
    let whole = calendar.changes(None, span()).await.unwrap();
    assert_eq!(whole.events.len(), 2);
    let quiet = calendar.changes(whole.cursor.as_deref(), span()).await.unwrap();
    assert_eq!((quiet.events.len(), quiet.is_whole), (0, false));

    server.delete("a.ics").await;
    server.write("c.ics", &foreign("c", "20261124T100000Z")).await;
    server.delete("b.ics").await;
    server.write("b.ics", &foreign("b2", "20261125T080000Z")).await;
    let news = calendar.changes(quiet.cursor.as_deref(), span()).await.unwrap();
    let found = lines(&news);
    assert_eq!(found["a.ics"], "gone");
    assert_eq!(found["b.ics"], "2026-11-25T08:00:00Z – 2026-11-25T09:00:00Z");
    assert_eq!(found["c.ics"], "2026-11-24T10:00:00Z – 2026-11-24T11:00:00Z");
    assert_eq!(found.len(), 3);

    // A token that the server never gave, or gave too long ago.
    let dead = news.cursor.unwrap().replace("/sync/", "/sync/0");
    let whole = calendar.changes(Some(&dead), span()).await.unwrap();
    assert!(whole.is_whole);
    assert_eq!(whole.events.len(), 2);
    let whole = calendar.changes(Some("something of another calendar"), span()).await.unwrap();
    assert!(whole.is_whole);
}

#[tokio::test]
async fn clients_are_shown_only_when_the_owner_says_so() {
    let Some(server) = Server::start().await else { return };
    let calendar = server.calendar(&[("show_clients", json!(true))]);
    let stored: EventRef = calendar.put(&visit("2026-11-24T12:00:00Z"), None).await.unwrap();
    let text = server.read(FILE).await;
    assert!(text.contains("SUMMARY:Маникюр\\, классический\r\n"), "{text}");
    assert!(text.contains("DESCRIPTION:Клиент: Ольга Приметная\\nТелефон: +7 918 555-01-23\\nЗапись: "), "{text}");
    // The owner thinks again.
    let calendar = server.calendar(&[]);
    calendar.put(&visit("2026-11-24T12:00:00Z"), Some(&stored)).await.unwrap();
    let text = server.read(FILE).await;
    assert!(text.contains("SUMMARY:Занято (Ночник)\r\n"), "{text}");
    assert!(!text.contains("Ольга") && !text.contains("918"), "{text}");
}

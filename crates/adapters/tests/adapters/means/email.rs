//! Letters to a real mail server, aiosmtpd: in clear on this machine, by STARTTLS with a login, by TLS from
//! the first byte.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use nochnik_adapters::failure::Scope;
use nochnik_adapters::means;
use nochnik_adapters::ports::{Alert, Delivery, Notifier, Way};
use nochnik_core::report::{Bar, Chart};
use nochnik_doubles::model as tls;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::means::desk::{KEY, Means, alert, assert_means, context};
use crate::outsider::Outsider;

const IRINA: &str = "irina@salon.example";
/// Debian's own, for which its package installs aiosmtpd.
const PYTHON: &str = "/usr/bin/python3";

/// The server with its two doors, and the certificate it shows.
struct Mail {
    program: Outsider,
    plain: u16,
    ciphered: u16,
    ca: PathBuf,
    _folder: TempDir,
}

impl Mail {
    async fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let identity = tls::identity().unwrap();
        let files = [("CERT", identity.certificate_pem), ("KEY", identity.key_pem), ("CA", identity.ca_pem)];
        let paths = files.each_ref().map(|(name, _)| folder.path().join(name));
        for (path, (_, pem)) in paths.iter().zip(&files) {
            fs::write(path, pem).unwrap();
        }
        let variables = [("CERT", paths[0].as_path()), ("KEY", paths[1].as_path())];
        let mut program = Outsider::start(PYTHON, &["-c", "import aiosmtpd"], "mail.py", &variables)?;
        let said: Value = serde_json::from_str(&program.line().await).unwrap();
        let port = |place: usize| u16::try_from(said["ports"][place].as_u64().unwrap()).unwrap();
        Some(Self { plain: port(0), ciphered: port(1), program, ca: paths[2].clone(), _folder: folder })
    }

    fn in_clear(&self) -> Arc<dyn Notifier> {
        open(self.plain, &[("security", json!("none"))])
    }

    fn by_starttls(&self, changes: &[(&str, Value)]) -> Arc<dyn Notifier> {
        let mut fields = vec![
            ("security", json!("starttls")),
            ("login", json!("owner@lotos.example")),
            ("password", json!("letters")),
            ("extra_ca", json!(self.ca)),
        ];
        fields.extend_from_slice(changes);
        open(self.ciphered, &fields)
    }

    async fn letter(&mut self) -> Value {
        serde_json::from_str(&self.program.line().await).unwrap()
    }

    fn has_more(&mut self) -> bool {
        !self.program.said().is_empty()
    }
}

fn open(port: u16, changes: &[(&str, Value)]) -> Arc<dyn Notifier> {
    let mut fields = BTreeMap::from([
        ("host".to_owned(), json!("127.0.0.1")),
        ("port".to_owned(), json!(port)),
        ("from".to_owned(), json!("Ночник <owner@lotos.example>")),
    ]);
    fields.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    means::open("email", &fields, &context(None)).unwrap()
}

/// The value of a header of a letter, folded lines put together.
fn header(letter: &Value, name: &str) -> Option<String> {
    let text = letter["letter"].as_str().unwrap().replace("\r\n ", " ");
    let head = text.split("\r\n\r\n").next().unwrap();
    let line = head.split("\r\n").find(|line| line.starts_with(&format!("{name}: ")))?;
    Some(line[name.len() + 2..].to_owned())
}

#[tokio::test]
async fn a_letter_arrives_whole_and_says_it_is_a_machines() {
    let Some(mut mail) = Mail::start().await else { return };
    let notifier = mail.in_clear();
    assert_eq!(notifier.way(), Way::Email);
    let sent = Alert {
        link: Some("https://n.example/a/7f3k".to_owned()),
        ..alert("Клиент ждёт ответа.\n.\nНажмите «Беру».")
    };
    let handed = notifier.send(IRINA, &sent, KEY).await.unwrap();
    assert_eq!((handed.delivery, handed.vendor_id), (Delivery::Accepted, None));
    let letter = mail.letter().await;
    assert_eq!((&letter["from"], &letter["to"]), (&json!("owner@lotos.example"), &json!([IRINA])));
    assert_eq!(header(&letter, "To").unwrap(), IRINA);
    assert_eq!(header(&letter, "Auto-Submitted").unwrap(), "auto-generated");
    assert_eq!(header(&letter, "Date").unwrap(), "Sat, 21 Nov 2026 15:30:00 +0000");
    let text = letter["letter"].as_str().unwrap();
    assert!(text.is_ascii(), "old servers take nothing else");
    // «Горячий лид» in base64, the form RFC 2047 gives to subjects.
    assert!(header(&letter, "Subject").unwrap().contains("0JPQvtGA0Y/Rh9C40Lkg0LvQuNC0"), "{text}");
    let body = text.split("\r\n\r\n").nth(1).unwrap().replace("\r\n", "");
    let encoding = header(&letter, "Content-Transfer-Encoding").unwrap();
    assert_eq!(encoding, "base64");
    let plain = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, body).unwrap();
    let plain = String::from_utf8(plain).unwrap().replace("\r\n", "\n");
    assert_eq!(plain.trim_end(), "Клиент ждёт ответа.\n.\nНажмите «Беру».\n\nhttps://n.example/a/7f3k");
}

/// The picture of a report stands under its words as a file that any mail program shows.
#[tokio::test]
async fn a_report_by_letter_has_its_picture() {
    let Some(mut mail) = Mail::start().await else { return };
    let bar = Bar { label: "21".to_owned(), count: 37 };
    let chart = Chart {
        title: "Салон красоты «Лотос»".to_owned(),
        span: "ночь вт, 24 ноября, 20:00 – ср, 25 ноября, 09:00".to_owned(),
        lead: "Принято 37, обработано 37".to_owned(),
        is_whole: true,
        question: "В какие часы писали?".to_owned(),
        bars: vec![bar],
        facts: Vec::new(),
    };
    let report = Alert { picture: Some(chart), ..alert("Доброе утро!") };
    mail.in_clear().send(IRINA, &report, KEY).await.unwrap();
    let letter = mail.letter().await;
    let text = letter["letter"].as_str().unwrap();
    assert!(header(&letter, "Content-Type").unwrap().starts_with("multipart/mixed"), "{}", &text[..600]);
    let part = text.split("Content-Disposition: attachment; filename=\"night.png\"").nth(1).unwrap();
    assert!(text.contains("Content-Type: image/png"));
    // The signature of PNG in base64.
    assert!(part.split("\r\n\r\n").nth(1).unwrap().starts_with("iVBORw0KGgo"), "{}", &part[..200]);
}

#[tokio::test]
async fn a_repeat_carries_the_same_message_id() {
    let Some(mut mail) = Mail::start().await else { return };
    let mut ids = Vec::new();
    for key in [KEY, KEY, "lotos:case-8:level-2:email"] {
        mail.in_clear().send(IRINA, &alert("Срочная заявка"), key).await.unwrap();
        ids.push(header(&mail.letter().await, "Message-ID").unwrap());
    }
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
    assert!(ids[0].ends_with("@lotos.example>"), "{}", ids[0]);
}

#[tokio::test]
async fn a_subject_can_add_no_header() {
    let Some(mut mail) = Mail::start().await else { return };
    let title = "Лид\r\nBcc: thief@evil.example\r\n\r\nТекст".to_owned();
    mail.in_clear().send(IRINA, &Alert { title, ..alert("Срочная заявка") }, KEY).await.unwrap();
    let letter = mail.letter().await;
    assert_eq!(letter["to"], json!([IRINA]));
    assert_eq!(header(&letter, "Bcc"), None);
}

#[tokio::test]
async fn each_refusal_means_what_the_step_says() {
    let Some(mut mail) = Mail::start().await else { return };
    let foreign = open(mail.plain, &[("security", json!("none")), ("from", json!("owner@foreign.example"))]);
    for (name, notifier, to, expected) in [
        ("an unknown mailbox", mail.in_clear(), "unknown@salon.example", Means::Refused("unreachable")),
        ("a grey list", mail.in_clear(), "grey@salon.example", Means::Later(None, Scope::Row)),
        ("taken for spam", mail.in_clear(), "spam@salon.example", Means::Refused("blocked")),
        ("a full mailbox", mail.in_clear(), "full@salon.example", Means::Later(None, Scope::Row)),
        ("a line lost after the dot", mail.in_clear(), "lost@salon.example", Means::Unknown),
        ("a foreign sender", foreign, IRINA, Means::Broken),
        ("no address", mail.in_clear(), "+79281234567", Means::Refused("unreachable")),
        ("nobody there", open(1, &[("security", json!("none"))]), IRINA, Means::Later(None, Scope::Destination)),
    ] {
        let failure = notifier.send(to, &alert("Срочная заявка"), KEY).await.unwrap_err();
        assert_means(&failure, &expected, name);
        assert!(!failure.to_string().contains("salon.example"), "{name}: {failure}");
    }
    assert!(!mail.has_more(), "nobody got a letter");
}

#[tokio::test]
async fn a_login_goes_over_an_encrypted_line_only() {
    let Some(mut mail) = Mail::start().await else { return };
    mail.by_starttls(&[]).send(IRINA, &alert("Срочная заявка"), KEY).await.unwrap();
    assert_eq!(mail.letter().await["is_encrypted"], true);
    let lines = mail.by_starttls(&[]).check().await.unwrap();
    assert!(lines[0].contains("принимает вход"), "{lines:?}");

    let login = [("login", json!("owner@lotos.example")), ("password", json!("letters"))];
    let in_clear = |port| {
        let mut fields = vec![("security", json!("none"))];
        fields.extend(login.clone());
        open(port, &fields)
    };
    let no_starttls = {
        let mut fields = vec![("security", json!("starttls")), ("extra_ca", json!(mail.ca))];
        fields.extend(login.clone());
        open(mail.plain, &fields)
    };
    for (name, notifier) in [
        ("a wrong password", mail.by_starttls(&[("password", json!("wrong"))])),
        ("no login", mail.by_starttls(&[("login", Value::Null), ("password", Value::Null)])),
        ("an authority nobody knows", mail.by_starttls(&[("extra_ca", Value::Null)])),
        ("a server without STARTTLS", no_starttls),
        ("a server that asks for STARTTLS", in_clear(mail.ciphered)),
    ] {
        let failure = notifier.send(IRINA, &alert("Срочная заявка"), KEY).await.unwrap_err();
        assert_means(&failure, &Means::Broken, name);
        assert!(!failure.to_string().contains("letters"), "{name}: {failure}");
    }
    assert!(!mail.has_more(), "nobody got a letter");
}

#[tokio::test]
async fn a_line_encrypted_from_its_first_byte_is_the_usual_way() {
    let Some(mut mail) = Mail::start().await else { return };
    let front = tls::front(SocketAddr::from(([127, 0, 0, 1], mail.plain))).await.unwrap();
    let port: u16 = front.url().rsplit(':').next().unwrap().parse().unwrap();
    let ca = mail.ca.with_file_name("FRONT");
    fs::write(&ca, front.ca_pem()).unwrap();
    open(port, &[("extra_ca", json!(ca))]).send(IRINA, &alert("Срочная заявка"), KEY).await.unwrap();
    mail.letter().await;
    let failure = open(port, &[]).send(IRINA, &alert("Срочная заявка"), KEY).await.unwrap_err();
    assert_means(&failure, &Means::Broken, "an authority nobody knows");
}

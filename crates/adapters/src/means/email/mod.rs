//! Letters by the owner's own SMTP server. Nothing tells whether one was read.
//!
//! A repeat carries the same Message-ID, by which most mailboxes show one letter.
//! Source: RFC 5321, 5322, 3834 (letters of machines).

mod session;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, Message, MultiPart, SinglePart};
use secrecy::SecretString;
use sha2::{Digest, Sha256};

use self::session::{Security, Server};
use super::OpenContext;
use super::fields::{BURST, EXTRA_CA, LIMITS, PARALLEL, PER_S, field, refused};
use crate::failure::{Failure, codes};
use crate::picture;
use crate::ports::{Alert, Delivery, Handed, Kind, Notifier, Pace, Way};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "email",
    title: "Электронная почта",
    fields: &[
        field("host", "Почтовый сервер", "Для отправки, например smtp.yandex.ru", true),
        field("port", "Порт", "По умолчанию 465 при шифровании tls, 587 при starttls", false),
        field("security", "Шифрование", "tls (по умолчанию), starttls; none — только на этом же компьютере", false),
        field("login", "Логин", "Обычно адрес ящика; пусто, если сервер не спрашивает", false),
        field("password", "Пароль", "Пароль приложения, не пароль от ящика", false),
        field("from", "От кого", "Ночник <night@salon.example> или просто адрес", true),
        EXTRA_CA,
        PER_S,
        BURST,
        PARALLEL,
    ],
    limits: LIMITS,
    can_poll: false,
    has_hook: false,
    is_for_staff: false,
    notice: None,
};

const PACE: Pace = Pace { burst: 5, per_s: 1.0, parallel: 1, requests: 1 };
/// Longest subject, in characters: a telephone shows half of it.
const TITLE_CHARS_MAX: usize = 120;
const TEXT_CHARS_MAX: usize = 10_000;
const ADDRESS_PROBLEM: &str = "Нужен адрес почты: irina@salon.example";

pub(super) fn open(settings: &Settings<'_>, context: &OpenContext) -> Result<Arc<dyn Notifier>, SettingsProblem> {
    let words = [("tls", Security::Tls), ("starttls", Security::StartTls), ("none", Security::None)];
    let security = settings.choice("security", &words)?;
    let from: Mailbox = settings
        .required("from")?
        .parse()
        .map_err(|_| settings.problem("from", "Отправитель записывается так: Ночник <night@salon.example>"))?;
    let account = match (settings.text("login")?, settings.text("password")?) {
        (Some(login), Some(password)) => Some((login.to_owned(), SecretString::from(password))),
        (None, None) => None,
        _ => return Err(settings.problem("password", "Логин и пароль заполняются вместе")),
    };
    Ok(Arc::new(Email {
        server: Server::open(settings, security, account)?,
        from,
        pace: settings.pace(PACE)?,
        now: context.now.clone(),
    }))
}

struct Email {
    server: Server,
    from: Mailbox,
    pace: Pace,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

#[async_trait]
impl Notifier for Email {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn way(&self) -> Way {
        Way::Email
    }

    fn destination(&self) -> String {
        format!("means:email:{}", self.server.name())
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    fn check_address(&self, to: &str) -> Result<(), &'static str> {
        to.parse::<Address>().map(drop).map_err(|_| ADDRESS_PROBLEM)
    }

    async fn send(&self, to: &str, alert: &Alert, key: &str) -> Result<Handed, Failure> {
        let to: Address =
            to.parse().map_err(|_| refused(codes::UNREACHABLE, "the address is not an e-mail address"))?;
        let png = match &alert.picture {
            Some(chart) => picture::draw(chart).await,
            None => None,
        };
        let letter = letter(&self.from, to.clone(), alert, png, key, (self.now)())?;
        let envelope = Envelope::new(Some(self.from.email.clone()), vec![to]).map_err(malformed)?;
        self.server.send(&envelope, &letter.formatted()).await?;
        Ok(Handed {
            vendor_id: None,
            delivery: Delivery::Accepted,
            price_kop: None,
            segments: 1,
            is_cut: alert.text.chars().count() > TEXT_CHARS_MAX,
        })
    }

    async fn check(&self) -> Result<Vec<String>, Failure> {
        self.server.check().await?;
        Ok(vec![format!(
            "Почтовый сервер {} принимает вход. Письма пойдут от {}.",
            self.server.name(),
            self.from.email
        )])
    }
}

/// The same letter for the same key at whatever moment, but for its date.
fn letter(
    from: &Mailbox,
    to: Address,
    alert: &Alert,
    png: Option<Vec<u8>>,
    key: &str,
    now: Timestamp,
) -> Result<Message, Failure> {
    let title: String =
        alert.title.chars().map(|c| if c.is_control() { ' ' } else { c }).take(TITLE_CHARS_MAX).collect();
    let mut text: String = alert.text.chars().take(TEXT_CHARS_MAX).collect();
    if let Some(link) = &alert.link {
        text = format!("{text}\r\n\r\n{link}");
    }
    let head = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(title)
        .date(now.into())
        .message_id(Some(message_id(key, from.email.domain())));
    let letter = match png {
        Some(png) => head.multipart(MultiPart::mixed().singlepart(SinglePart::plain(text)).singlepart(shown(png)?)),
        None => head.header(ContentType::TEXT_PLAIN).body(text),
    };
    let mut letter = letter.map_err(malformed)?;
    for (name, value) in [("Auto-Submitted", "auto-generated"), ("Importance", "high")] {
        let name = HeaderName::new_from_ascii_str(name);
        letter.headers_mut().insert_raw(HeaderValue::new(name, value.to_owned()));
    }
    Ok(letter)
}

/// Opens below the words; saved, it has a name.
fn shown(png: Vec<u8>) -> Result<SinglePart, Failure> {
    let kind = ContentType::parse(picture::MIME).map_err(malformed)?;
    Ok(Attachment::new(picture::NAME.to_owned()).body(png, kind))
}

fn message_id(key: &str, domain: &str) -> String {
    let digest = Sha256::digest(key);
    let name: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("<{name}@{domain}>")
}

/// What is wrong is not told: it may quote the letter.
fn malformed(_: impl std::error::Error) -> Failure {
    refused(codes::MALFORMED, "the letter cannot be written")
}

//! One conversation with an SMTP server, step by step: only so is it known what a failure means.
//! Until the last dot nothing is sent; a line lost after it leaves the end unknown.

use std::error::Error as _;
use std::time::Duration;
use std::{fmt, io};

use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use secrecy::{ExposeSecret, SecretString};

use crate::failure::{Failure, Scope, codes};
use crate::means::fields::refused;
use crate::settings::{Settings, SettingsProblem};

/// From the first byte to the answer to `DATA`.
const PRELUDE_TIMEOUT: Duration = Duration::from_secs(30);
/// For the letter itself: servers look for viruses before they answer. RFC 5321 asks for ten minutes,
/// which no escalation has.
const LETTER_TIMEOUT: Duration = Duration::from_secs(60);
const QUIT_TIMEOUT: Duration = Duration::from_secs(2);

const LOGIN: &str =
    "Почтовый сервер не принимает логин или пароль. Нужен пароль приложения: создайте его в настройках ящика.";
const SENDER: &str =
    "Почтовый сервер не отправляет с этого адреса. Поле «От кого» должно быть адресом того ящика, чей логин указан.";
const CIPHER: &str =
    "Почтовый сервер не шифрует соединение как надо. Проверьте порт, шифрование и сертификат в Настройках → Связь.";
const SERVER: &str = "Почтовый сервер не хочет с нами говорить. Проверьте сервер и порт в Настройках → Связь.";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// From the first byte.
    Tls,
    /// After a few words in clear; without it nothing goes on.
    StartTls,
    /// Only to this very machine.
    None,
}

pub struct Server {
    host: String,
    port: u16,
    security: Security,
    tls: Option<TlsParameters>,
    account: Option<(String, SecretString)>,
}

/// How far the conversation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Greeting,
    Cipher,
    Login,
    Sender,
    Recipient,
    /// `DATA`.
    Opening,
    /// After the dot.
    Letter,
}

impl Server {
    pub fn open(
        settings: &Settings<'_>,
        security: Security,
        account: Option<(String, SecretString)>,
    ) -> Result<Self, SettingsProblem> {
        let host = settings.required("host")?.to_owned();
        let port = if security == Security::Tls { 465.0 } else { 587.0 };
        let port = settings.number("port", port, 1.0..=65_535.0)? as u16;
        let is_here = matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1");
        if security == Security::None && !is_here {
            return Err(settings.problem("security", "Без шифрования можно обращаться только к этому же компьютеру"));
        }
        let tls = if security == Security::None { None } else { Some(parameters(settings, &host)?) };
        Ok(Self { host, port, security, tls, account })
    }

    /// `host:port`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    pub async fn send(&self, envelope: &Envelope, letter: &[u8]) -> Result<(), Failure> {
        let mut line = in_time(PRELUDE_TIMEOUT, self.prelude(Some(envelope))).await?;
        match tokio::time::timeout(LETTER_TIMEOUT, line.message(letter)).await {
            Ok(answered) => {
                answered.map_err(|error| failure(Step::Letter, &error))?;
            }
            Err(_) => return Err(Failure::Unknown { why: "the server did not answer to the letter".to_owned() }),
        }
        goodbye(line).await;
        Ok(())
    }

    /// Logs in and leaves.
    pub async fn check(&self) -> Result<(), Failure> {
        goodbye(in_time(PRELUDE_TIMEOUT, self.prelude(None)).await?).await;
        Ok(())
    }

    /// Everything before the letter.
    async fn prelude(&self, envelope: Option<&Envelope>) -> Result<AsyncSmtpConnection, Failure> {
        let hello = ClientId::default();
        let from_start = self.tls.clone().filter(|_| self.security == Security::Tls);
        let address = (self.host.as_str(), self.port);
        let mut line = AsyncSmtpConnection::connect_tokio1(address, Some(PRELUDE_TIMEOUT), &hello, from_start, None)
            .await
            .map_err(|error| failure(Step::Greeting, &error))?;
        if let Some(tls) = self.tls.clone().filter(|_| self.security == Security::StartTls) {
            line.starttls(tls, &hello).await.map_err(|error| failure(Step::Cipher, &error))?;
        }
        if let Some((login, password)) = &self.account {
            let credentials = Credentials::new(login.clone(), password.expose_secret().to_owned());
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            line.auth(&mechanisms, &credentials).await.map_err(|error| failure(Step::Login, &error))?;
        }
        if let Some(envelope) = envelope {
            address_letter(&mut line, envelope).await?;
        }
        Ok(line)
    }
}

/// The letter itself is ASCII: its text goes encoded, so no extension is asked for.
async fn address_letter(line: &mut AsyncSmtpConnection, envelope: &Envelope) -> Result<(), Failure> {
    let sender = line.command(Mail::new(envelope.from().cloned(), Vec::new())).await;
    sender.map_err(|error| failure(Step::Sender, &error))?;
    for to in envelope.to() {
        let recipient = line.command(Rcpt::new(to.clone(), Vec::new())).await;
        recipient.map_err(|error| failure(Step::Recipient, &error))?;
    }
    line.command(Data).await.map_err(|error| failure(Step::Opening, &error))?;
    Ok(())
}

fn parameters(settings: &Settings<'_>, host: &str) -> Result<TlsParameters, SettingsProblem> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(pem) = settings.extra_ca()? {
        let roots = Certificate::from_pem(&pem)
            .map_err(|_| settings.problem("extra_ca", "В файле нет сертификата в виде PEM"))?;
        builder = builder.add_root_certificate(roots);
    }
    let lacking = "Не удалось собрать список корневых сертификатов: проверьте пакет ca-certificates";
    builder.build_rustls().map_err(|_| settings.problem("extra_ca", lacking))
}

async fn in_time<T>(limit: Duration, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let late = |_| Err(later("the server is silent".to_owned(), Scope::Destination));
    tokio::time::timeout(limit, work).await.unwrap_or_else(late)
}

/// The letter is theirs already; how the line ends changes nothing.
async fn goodbye(mut line: AsyncSmtpConnection) {
    drop(tokio::time::timeout(QUIT_TIMEOUT, line.quit()).await);
}

/// The server's words may quote addresses: only its code is told.
fn failure(step: Step, error: &Error) -> Failure {
    match error.status() {
        Some(code) => of_code(step, error.is_permanent(), u16::from(code), format!("{step}: {code}")),
        None if error.is_tls() || is_distrust(error) => {
            Failure::Broken { why: format!("{step}: no encryption"), hint: CIPHER }
        }
        None if error.is_client() => Failure::Broken { why: format!("{step}: not offered"), hint: not_offered(step) },
        None if step == Step::Letter => Failure::Unknown { why: format!("{step}: the line was lost") },
        None => later(format!("{step}: the line was lost"), Scope::Destination),
    }
}

/// Whether encryption itself failed, a stranger's certificate for one: it comes dressed as a broken line.
fn is_distrust(error: &Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if error.is::<rustls::Error>() || inside.is_some_and(|inside| inside.is::<rustls::Error>()) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// A refusal with a code is whole: the letter was not taken.
fn of_code(step: Step, is_permanent: bool, code: u16, why: String) -> Failure {
    /// A login is required before this command. Source: RFC 4954.
    const LOGIN_REQUIRED: u16 = 530;
    if !is_permanent {
        let is_about_this_one = matches!(step, Step::Recipient | Step::Opening | Step::Letter);
        return later(why, if is_about_this_one { Scope::Row } else { Scope::Destination });
    }
    match step {
        Step::Greeting => Failure::Broken { why, hint: SERVER },
        Step::Cipher => Failure::Broken { why, hint: CIPHER },
        Step::Login => Failure::Broken { why, hint: LOGIN },
        _ if code == LOGIN_REQUIRED => Failure::Broken { why, hint: LOGIN },
        Step::Sender => Failure::Broken { why, hint: SENDER },
        Step::Recipient => refused(codes::UNREACHABLE, &why),
        Step::Opening | Step::Letter => refused(codes::BLOCKED, &why),
    }
}

fn not_offered(step: Step) -> &'static str {
    if step == Step::Login { LOGIN } else { CIPHER }
}

fn later(why: String, scope: Scope) -> Failure {
    Failure::Later { after: None, scope, why }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Greeting => "greeting",
            Self::Cipher => "STARTTLS",
            Self::Login => "AUTH",
            Self::Sender => "MAIL FROM",
            Self::Recipient => "RCPT TO",
            Self::Opening => "DATA",
            Self::Letter => "letter",
        })
    }
}

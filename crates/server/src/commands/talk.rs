//! `nochnik talk`: a talk with the bot in the terminal, by the same door as the site chat.

use std::io::{BufRead, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nochnik_engine::clock::pause;
use serde::Deserialize;
use serde_json::json;

use crate::config::Config;

/// How often the talk is read again after a message.
const LOOK_EVERY: Duration = Duration::from_millis(150);
/// Looks after a message before the prompt comes back: about three seconds of silence.
const LOOKS_MAX: usize = 20;

#[derive(Deserialize)]
struct Session {
    token: String,
}

#[derive(Deserialize)]
struct History {
    messages: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    seq: i64,
    author: String,
    text: String,
    buttons: Vec<Button>,
}

#[derive(Deserialize, Clone)]
struct Button {
    id: String,
    label: String,
}

/// Talks until an empty line or the end of input. A number chooses a button.
pub async fn run(config: &Config, business: &str) -> Result<ExitCode> {
    let mut talk = Talk::open(config, business).await?;
    let mut out = std::io::stdout();
    writeln!(out, "Пишите как клиент. Номер выбирает кнопку, пустая строка заканчивает разговор.")?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if line.trim().is_empty() {
            break;
        }
        talk.send(line.trim()).await?;
        talk.listen(&mut out).await?;
    }
    Ok(ExitCode::SUCCESS)
}

struct Talk {
    http: reqwest::Client,
    base: String,
    token: String,
    seen: i64,
    buttons: Vec<Button>,
}

impl Talk {
    async fn open(config: &Config, business: &str) -> Result<Self> {
        // Another part of the process may have chosen the provider before; either will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        #[expect(clippy::disallowed_methods, reason = "speaks to our own server on this machine only")]
        let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).no_proxy().build()?;
        let base = format!("http://{}/chat/{business}", config.listen);
        let asked = http.post(format!("{base}/session?account=terminal")).send().await;
        let answer =
            asked.with_context(|| format!("Сервер на {} не отвечает. Запустите его: nochnik serve", config.listen))?;
        if !answer.status().is_success() {
            bail!("Бизнеса «{business}» нет или в его документе нет канала terminal. Назовите бизнес: --business");
        }
        let session: Session = answer.json().await?;
        Ok(Self { http, base, token: session.token, seen: 0, buttons: Vec::new() })
    }

    async fn send(&self, line: &str) -> Result<()> {
        let chosen = line.parse::<usize>().ok().and_then(|n| self.buttons.get(n.checked_sub(1)?));
        let (kind, text) = chosen.map_or(("text", line), |button| ("button", button.id.as_str()));
        let body = json!({ "id": uuid::Uuid::now_v7(), "kind": kind, "text": text });
        let sent =
            self.http.post(format!("{}/messages?account=terminal", self.base)).bearer_auth(&self.token).json(&body);
        let status = sent.send().await.context("Сервер перестал отвечать")?.status();
        if !status.is_success() {
            bail!("Сервер не принял сообщение ({}). Подождите и повторите", status.as_u16());
        }
        Ok(())
    }

    /// Prints what came; ends when the bot has spoken and fallen silent, or nobody speaks for a while.
    async fn listen(&mut self, out: &mut impl Write) -> Result<()> {
        let mut has_spoken = false;
        for _ in 0..LOOKS_MAX {
            pause(LOOK_EVERY).await;
            let news = self.news().await?;
            if has_spoken && news.is_empty() {
                break;
            }
            for line in &news {
                self.seen = line.seq;
                if line.author != "client" {
                    has_spoken = true;
                    self.buttons.clone_from(&line.buttons);
                    print(out, line)?;
                }
            }
        }
        Ok(())
    }

    async fn news(&self) -> Result<Vec<Line>> {
        let url = format!("{}/messages?account=terminal&after={}", self.base, self.seen);
        let history: History = self.http.get(url).bearer_auth(&self.token).send().await?.json().await?;
        Ok(history.messages)
    }
}

fn print(out: &mut impl Write, line: &Line) -> Result<()> {
    let who = if line.author == "bot" { "ночник" } else { "человек" };
    writeln!(out, "{who}: {}", line.text)?;
    for (number, button) in line.buttons.iter().enumerate() {
        writeln!(out, "   {}. {}", number + 1, button.label)?;
    }
    Ok(())
}

//! How long the server takes for each page of the console when a year lies behind it, on SQLite.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::Places;
use crate::figures::{Figures, Table, ms};
use crate::salon::{self, CrmPace};
use crate::subject::{Nochnik, Subject};
use crate::telegram::{Telegram, hook_of, update};
use crate::wire::Line;
use crate::year::{self, Amounts};

/// Clients played for real; each is then copied through the year.
const PLAYED: i64 = 500;
/// What they write, one after another: eleven bubbles with the answers.
const EVENING: [&str; 5] = [
    "Добрый вечер! Сколько стоит маникюр?",
    "а где вы находитесь?",
    "Хочу маникюр {day}, {name}, 8 918 {phone}",
    "первое",
    "да, всё верно",
];
const DAYS: [&str; 6] = [
    "завтра",
    "послезавтра",
    "в субботу",
    "через 4 дня",
    "через 5 дней после 15",
    "через неделю в первой половине дня",
];
const NAMES: [&str; 6] = ["Оля", "Анна Петрова", "Марина", "Света", "Екатерина", "Наталья Сергеевна"];
/// Answers of one round are waited for so long.
const PATIENCE: Duration = Duration::from_secs(30);
/// Each start adds up sixty-two days of the year; so many starts, and so long each.
const STARTS: usize = 7;
const SETTLE: Duration = Duration::from_secs(4);
const ROUNDS: usize = 21;
const OWNER: (&str, &str) = ("roza", "замер страниц по петле");
/// Source: the bar this is measured against.
const LIMIT_MS: f64 = 200.0;

pub async fn pages(places: &Places) -> Result<()> {
    let telegram = Telegram::default();
    let document = salon::document(telegram.serve().await?, None, CrmPace::Free)?;
    let nochnik = Nochnik::new(&places.nochnik, &document, None)?;
    play(&nochnik, &telegram).await?;
    let amounts = year::fill(&nochnik.file())?;
    let columns = &["messages", "conversations", "leads", "visits", "facts"];
    let cells = [amounts.messages, amounts.conversations, amounts.leads, amounts.visits, amounts.facts];
    Table::begin("A year on SQLite", columns).row(&cells.map(|count| count.to_string()));
    add_up(&nochnik).await?;
    nochnik.add_owner(OWNER.0, OWNER.1)?;
    let subject = nochnik.start(&[]).await?;
    measure(&subject, &amounts).await
}

async fn play(nochnik: &Nochnik, telegram: &Telegram) -> Result<()> {
    let subject = nochnik.start(&[]).await?;
    let hook = hook_of(telegram).await?;
    let mut line = Line::open(subject.address).await?;
    for (round, words) in (0_i64..).zip(EVENING) {
        for client in 0..PLAYED {
            let pick = |all: &[&'static str]| all[usize::try_from(client).unwrap_or_default() % all.len()];
            let text = words
                .replace("{day}", pick(&DAYS))
                .replace("{name}", pick(&NAMES))
                .replace("{phone}", &format!("{client:07}"));
            let chat = 300_000_000 + client;
            telegram.expect(chat, None, Instant::now());
            let status = line.post(&hook.path, &hook.secret, update(round * PLAYED + client + 1, chat, &text)).await?;
            ensure!(status == 200, "the bot answered {status}");
        }
        let limit = Instant::now() + PATIENCE;
        while telegram.unanswered() > 0 && Instant::now() < limit {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        ensure!(telegram.unanswered() == 0, "{} clients heard nothing in round {round}", telegram.unanswered());
    }
    // What was sent is marked as sent before the program is stopped.
    tokio::time::sleep(SETTLE).await;
    Ok(())
}

/// Lets the program add the year's days up, as it does every night: sixty-two at each start.
async fn add_up(nochnik: &Nochnik) -> Result<()> {
    for _ in 0..STARTS {
        let _subject = nochnik.start(&[]).await?;
        let (mut kept, mut before) = (0, -1);
        while kept > before {
            before = kept;
            tokio::time::sleep(SETTLE).await;
            kept = year::kept_days(&nochnik.file())?;
        }
    }
    Ok(())
}

async fn measure(subject: &Subject, amounts: &Amounts) -> Result<()> {
    let mut browser = Browser::enter(subject.address).await?;
    let (from, to) = &amounts.days;
    let heard = browser.get(&format!("/console/numbers/table.csv?period=own&from={from}&to={to}")).await?.1;
    let table =
        Table::begin("Pages with a year behind them", &["page", "p50, ms", "slowest, ms", "kB", "under 200 ms"]);
    let mut slow = 0;
    for page in PAGES {
        let page = page.replace("{talk}", &amounts.longest).replace("{from}", from).replace("{to}", to);
        let mut took = Vec::new();
        let mut bytes = 0;
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            let (status, body) = browser.get(&page).await?;
            took.push(begun.elapsed());
            ensure!(status == 200, "{page} answers {status}");
            bytes = body.len();
        }
        let took = Figures::of(took);
        let is_quick = took.max_ms() < LIMIT_MS;
        slow += usize::from(!is_quick);
        let verdict = if is_quick { "yes" } else { "NO" };
        table.row(&[page, ms(took.p50_ms()), ms(took.max_ms()), (bytes / 1024).to_string(), verdict.to_owned()]);
    }
    let told = heard_in(&heard).context("the table of numbers does not say how many messages came")?;
    ensure!(told == amounts.heard, "{told} messages on the page, {} in the database", amounts.heard);
    ensure!(slow == 0, "{slow} pages take over {LIMIT_MS} ms");
    Ok(())
}

/// Messages of clients by the table of the numbers page.
fn heard_in(csv: &[u8]) -> Option<i64> {
    let text = String::from_utf8_lossy(csv);
    let row = text.lines().find(|row| row.trim_end().ends_with(";messages"))?;
    row.split(';').nth(1)?.parse().ok()
}

/// Somebody signed in.
struct Browser {
    line: Line,
    cookie: String,
}

impl Browser {
    async fn enter(address: SocketAddr) -> Result<Self> {
        let mut line = Line::open(address).await?;
        let cookie = line.sign_in("/login", &format!("login={}&password={}", OWNER.0, percent(OWNER.1))).await?;
        Ok(Self { line, cookie })
    }

    async fn get(&mut self, page: &str) -> Result<(u16, Vec<u8>)> {
        self.line.get_as(page, &self.cookie).await
    }
}

/// A value of a form.
fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Every page with something of the year on it, and those of the settings.
const PAGES: [&str; 53] = [
    "/console",
    "/console/chats",
    "/console/chats?only=person",
    "/console/chats?only=hot",
    "/console/chats?only=mine",
    "/console/chats?text=%D0%9D%D0%B0%D1%82%D0%B0%D0%BB%D1%8C%D1%8F",
    "/console/chats?text=%D0%BD%D0%B5%D1%82%20%D1%82%D0%B0%D0%BA%D0%B8%D1%85%20%D1%81%D0%BB%D0%BE%D0%B2",
    "/console/chats?text=%D0%BC%D0%B0%D0%BD%D0%B8%D0%BA%D1%8E%D1%80%D0%B0",
    "/console/chats?text=%D0%BD%D0%B0",
    "/console/chats?text=%D0%BF%D0%B5%D1%80%D0%B2%D0%BE%D0%B5%20%D0%BD%D0%B0%D1%85%D0%BE%D0%B4%D0%B8%D1%82%D0%B5%D1%81%D1%8C",
    "/console/chats/{talk}",
    "/console/escalations",
    "/console/leads",
    "/console/leads?heat=hot",
    "/console/leads?heat=cold",
    "/console/calendar",
    "/console/numbers",
    "/console/numbers?period=today",
    "/console/numbers?period=month",
    "/console/numbers?period=quarter",
    "/console/numbers?period=quarter&part=night",
    "/console/numbers?period=quarter&channel=telegram",
    "/console/numbers?period=own&from={from}&to={to}",
    "/console/numbers/table.csv?period=quarter",
    "/console/numbers/table.xlsx?period=quarter",
    "/console/numbers/table.csv?period=own&from={from}&to={to}",
    "/console/numbers/table.xlsx?period=own&from={from}&to={to}",
    "/console/journal",
    "/console/journal?view=seen",
    "/console/journal/table.csv",
    "/console/lessons",
    "/console/check",
    "/console/delivery",
    "/console/state",
    "/console/more",
    "/console/channels",
    "/console/crm",
    "/console/calendars",
    "/console/people",
    "/console/start",
    "/console/settings",
    "/console/settings/about",
    "/console/settings/answers",
    "/console/settings/hours",
    "/console/settings/services",
    "/console/settings/price-list",
    "/console/settings/specialists",
    "/console/settings/versions",
    "/console/settings/sheet/retention",
    "/console/settings/erasures",
    "/console/logins",
    "/metrics",
    "/readyz",
];

//! What the figures are compared with, in the same run on the same machine.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::Places;
use crate::figures::{Figures, Table, ms};
use crate::load::{self, Counter, Target, Workload};
use crate::subject::Subject;
use crate::telegram::{Telegram, hook_of};

const RUN: Duration = Duration::from_secs(5);
/// The first two are those whose times are told.
const RATES: [u32; 10] = [200, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 8_000, 10_000, 12_000];
const INSERTS: usize = 500;

pub async fn reference(places: &Places) -> Result<()> {
    floor()?;
    let table = Table::begin("References", &["bot", "kept up, turns/s", "p50/p99 at 200/s", "p50/p99 at 1,000/s"]);
    for (name, title) in
        [("teloxide-bot", "teloxide, stores nothing"), ("bare", "hyper, one grouped SQLite commit a turn")]
    {
        table.row(&climb(places, name, title).await?);
    }
    Ok(())
}

async fn climb(places: &Places, name: &str, title: &str) -> Result<Vec<String>> {
    let telegram = Telegram::default();
    let api = format!("http://{}", telegram.serve().await?);
    let folder = tempfile::tempdir()?;
    let arguments = ["{listen}".to_owned(), api];
    let subject = Subject::start(&places.own.join(name), &arguments, &[], folder.path(), "/").await?;
    let counter = Counter::default();
    let target =
        Target { address: subject.address, telegram: &telegram, hook: hook_of(&telegram).await?, counter: &counter };
    let (mut best, mut told) = (0, Vec::new());
    for rate in RATES {
        let outcome = load::run(&target, Workload::Talk, rate, RUN).await?;
        if !outcome.is_sustained() {
            break;
        }
        best = rate;
        told.push(format!("{} / {} ms", ms(outcome.replies.p50_ms()), ms(outcome.replies.p99_ms())));
    }
    told.resize(RATES.len(), "—".to_owned());
    Ok(vec![title.to_owned(), best.to_string(), told[0].clone(), told[1].clone()])
}

/// One row, one commit, one flush: what this disk gives.
fn floor() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let database = rusqlite::Connection::open(folder.path().join("floor.db"))?;
    database.execute_batch("pragma journal_mode = wal; pragma synchronous = full; create table message (id integer primary key, text text);")?;
    let mut took = Vec::new();
    for _ in 0..INSERTS {
        let begun = Instant::now();
        database.execute("insert into message (text) values (?1)", ["Здравствуйте, можно записаться на завтра?"])?;
        took.push(begun.elapsed());
    }
    let took = Figures::of(took);
    let table = Table::begin("The floor: one durable insert", &["p50", "p99"]);
    table.row(&[format!("{} ms", ms(took.p50_ms())), format!("{} ms", ms(took.p99_ms()))]);
    Ok(())
}

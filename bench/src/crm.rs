//! Nothing waits for the CRM.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use nochnik_doubles::bitrix24;
use nochnik_doubles::faults::Faults;

use crate::Places;
use crate::bitrix24::Mood;
use crate::figures::{Table, ms};
use crate::load::{self, Counter, Target, Workload};
use crate::salon::{self, CrmPace};
use crate::speed::{Database, Stage};
use crate::subject::Nochnik;
use crate::telegram::{Telegram, hook_of};

const RATE: u32 = 100;
const RUN: Duration = Duration::from_secs(8);
/// A call that hangs is given up after 68 s and looked up for 71 s before it is made again.
const RECOVERY_MAX: Duration = Duration::from_secs(200);
/// 200 leads in 10 seconds.
const STORM: (u32, Duration) = (20, Duration::from_secs(10));
/// 400 calls, 50 at once and then 2 a second, and room for a second look.
const DRAIN_MAX: Duration = Duration::from_secs(240);
const ALLOWED_PER_S: f64 = 2.0;

/// Replies and notices while the CRM is well, refuses, hangs.
pub async fn moods(places: &Places) -> Result<()> {
    let columns = &[
        "CRM",
        "reply p50",
        "reply p99",
        "against calm",
        "notice to the manager p99",
        "slowest notice",
        "leads when it is well again",
    ];
    let table = Table::begin("While the CRM is ill (100 leads/s, SQLite)", columns);
    let mut calm_ms = None;
    for (title, mood) in [("well", Mood::Well), ("refuses", Mood::Refuses), ("hangs", Mood::Hangs)] {
        let stage = Stage::new(places, Database::Sqlite, &[]).await?;
        stage.run(Workload::Lead, RATE, Duration::from_secs(2)).await?;
        stage.portal.set(mood);
        let outcome = stage.run(Workload::Lead, RATE, RUN).await?;
        stage.portal.set(Mood::Well);
        let leads = outcome.turns + 200;
        let late = stage.drained(leads, RECOVERY_MAX).await;
        let p99_ms = outcome.replies.p99_ms();
        let calm_ms = *calm_ms.get_or_insert(p99_ms);
        table.row(&[
            title.to_owned(),
            ms(outcome.replies.p50_ms()),
            ms(p99_ms),
            format!("{:.2}×", p99_ms / calm_ms),
            ms(outcome.notices.p99_ms()),
            format!("{} of {}", ms(outcome.notices.max_ms()), outcome.notices.len()),
            format!("{} of {leads}, {:.0} s after", stage.portal.leads(), late.as_secs_f64()),
        ]);
    }
    Ok(())
}

/// 200 leads in 10 s into a strict portal that takes 50 calls at once and then 2 a second.
pub async fn bucket(places: &Places) -> Result<()> {
    let telegram = Telegram::default();
    let portal = bitrix24::Double::new(bitrix24::Settings::default());
    let calls = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&calls);
    portal.plan(Faults::by(move |_| {
        seen.fetch_add(1, Ordering::Relaxed);
        None
    }));
    let server = bitrix24::serve(portal.clone()).await?;
    let crm = format!("{}{}", server.url(), portal.base_path());
    let document = salon::document(telegram.serve().await?, Some(&crm), CrmPace::Portal)?;
    let nochnik = Nochnik::new(&places.nochnik, &document, None)?;
    let subject = nochnik.start(&[]).await?;
    let counter = Counter::default();
    let target =
        Target { address: subject.address, telegram: &telegram, hook: hook_of(&telegram).await?, counter: &counter };
    let begun = Instant::now();
    let outcome = load::run(&target, Workload::Lead, STORM.0, STORM.1).await?;
    while portal.leads().len() < outcome.turns && begun.elapsed() < DRAIN_MAX {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let took_s = begun.elapsed().as_secs_f64();
    let refusals = portal.ledger()["refusals"].clone();
    let refused: u64 = refusals.as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum();
    let taken = calls.load(Ordering::Relaxed) - refused;
    let allowed = 50.0 + ALLOWED_PER_S * took_s;
    let columns = &[
        "reply p99",
        "slowest notice",
        "leads in the CRM",
        "after",
        "calls taken",
        "of those allowed",
        "refused by the portal",
    ];
    let table = Table::begin("200 leads in 10 s, the portal takes 2 calls a second (burst 50)", columns);
    table.row(&[
        ms(outcome.replies.p99_ms()),
        ms(outcome.notices.max_ms()),
        format!("{} of {}", portal.leads().len(), outcome.turns),
        format!("{took_s:.0} s"),
        taken.to_string(),
        format!("{:.0} %", taken as f64 / allowed * 100.0),
        refusals.to_string(),
    ]);
    Ok(())
}

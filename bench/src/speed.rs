//! How fast, how much, how soon: throughput on both databases, latency, processor time, memory, start.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::Places;
use crate::bitrix24::Portal;
use crate::figures::{Figures, Table, ms};
use crate::load::{self, Counter, Outcome, Target, Workload};
use crate::salon::{self, CrmPace};
use crate::subject::{Nochnik, Subject};
use crate::telegram::{Telegram, hook_of};

const RUN: Duration = Duration::from_secs(8);
const STARTS: usize = 7;
/// Rates tried in turn until one is not kept up.
const RATES: [u32; 16] =
    [200, 300, 400, 600, 800, 1_000, 1_200, 1_500, 1_800, 2_000, 2_300, 2_600, 3_000, 3_500, 4_000, 5_000];
/// The rate at which processor time is told beside that at 500/s.
const FULL: u32 = 1_000;
/// How long the CRM may go on after the last turn of a run.
const DRAIN_MAX: Duration = Duration::from_secs(30);

#[derive(Clone, Copy)]
pub enum Database {
    Sqlite,
    Postgres,
}

impl Database {
    fn title(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    fn address(self, places: &Places) -> Result<Option<String>> {
        match self {
            Self::Sqlite => Ok(None),
            Self::Postgres => places.postgres.database().map(Some).map_err(anyhow::Error::msg),
        }
    }
}

/// A started Nochnik with its stubs.
pub struct Stage {
    pub telegram: Telegram,
    pub portal: Portal,
    pub subject: Subject,
    pub counter: Counter,
    _nochnik: Nochnik,
}

impl Stage {
    pub async fn new(places: &Places, database: Database, variables: &[(&str, String)]) -> Result<Self> {
        let (telegram, portal) = (Telegram::default(), Portal::new());
        let crm = format!("http://{}/rest/17/bench/", portal.serve().await?);
        let document = salon::document(telegram.serve().await?, Some(&crm), CrmPace::Free)?;
        let nochnik = Nochnik::new(&places.nochnik, &document, database.address(places)?)?;
        let subject = nochnik.start(variables).await?;
        hook_of(&telegram).await?;
        Ok(Self { telegram, portal, subject, counter: Counter::default(), _nochnik: nochnik })
    }

    pub async fn run(&self, workload: Workload, rate: u32, length: Duration) -> Result<Outcome> {
        let hook = hook_of(&self.telegram).await?;
        let target = Target { address: self.subject.address, telegram: &self.telegram, hook, counter: &self.counter };
        load::run(&target, workload, rate, length).await
    }

    /// Waits until the CRM has this many leads; tells how long that took.
    pub async fn drained(&self, leads: usize, limit: Duration) -> Duration {
        let begun = Instant::now();
        while self.portal.leads() < leads && begun.elapsed() < limit {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        begun.elapsed()
    }
}

pub async fn start(places: &Places) -> Result<()> {
    let table = Table::begin("Start and idle", &["", "new database", "database of yesterday", "idle RSS"]);
    let document = salon::document(Telegram::default().serve().await?, None, CrmPace::Free)?;
    let (mut first, mut again, mut rss_mb) = (Vec::new(), Vec::new(), 0.0_f64);
    for _ in 0..STARTS {
        let nochnik = Nochnik::new(&places.nochnik, &document, None)?;
        first.push(nochnik.start(&[]).await?.ready_after);
        let subject = nochnik.start(&[]).await?;
        again.push(subject.ready_after);
        tokio::time::sleep(Duration::from_secs(1)).await;
        rss_mb = rss_mb.max(subject.rss_mb()?);
    }
    let median = |durations| format!("{} ms", ms(Figures::of(durations).p50_ms()));
    table.row(&["SQLite".to_owned(), median(first), median(again), format!("{rss_mb:.1} MB")]);
    Ok(())
}

pub async fn speed(places: &Places) -> Result<()> {
    let columns = &[
        "database",
        "workload",
        "kept up, turns/s",
        "p50/p99 at 200/s",
        "p50/p99 at 500/s",
        "CPU-s per 1,000 at 500/s",
        "at 1,000/s",
        "RSS after",
        "leads in the CRM",
    ];
    let table = Table::begin("Webhook to reply", columns);
    for database in [Database::Sqlite, Database::Postgres] {
        for workload in [Workload::Talk, Workload::Lead] {
            table.row(&measure(places, database, workload).await?);
        }
    }
    Ok(())
}

/// One run, for a profiler.
pub async fn one(places: &Places, database: &str, workload: &str, rate: u32, length: Duration) -> Result<()> {
    let workload = if workload == "talk" { Workload::Talk } else { Workload::Lead };
    let database = if database == "postgres" { Database::Postgres } else { Database::Sqlite };
    let stage = Stage::new(places, database, &[]).await?;
    let cpu_s = stage.subject.cpu_s()?;
    let outcome = stage.run(workload, rate, length).await?;
    let cpu_s = (stage.subject.cpu_s()? - cpu_s) / outcome.turns as f64 * 1_000.0;
    let table = Table::begin("One run", &["turns", "refused", "unanswered", "p50", "p99", "CPU-s per 1,000", "leads"]);
    table.row(&[
        outcome.turns.to_string(),
        outcome.refused.to_string(),
        outcome.unanswered.to_string(),
        ms(outcome.replies.p50_ms()),
        ms(outcome.replies.p99_ms()),
        format!("{cpu_s:.2}"),
        stage.portal.leads().to_string(),
    ]);
    Ok(())
}

async fn measure(places: &Places, database: Database, workload: Workload) -> Result<Vec<String>> {
    let stage = Stage::new(places, database, &[]).await?;
    let mut sent = stage.run(workload, 100, Duration::from_secs(2)).await?.turns;
    let calm = stage.run(workload, 200, RUN).await?;
    let cpu_s = stage.subject.cpu_s()?;
    let busy = stage.run(workload, 500, RUN).await?;
    sent += calm.turns + busy.turns;
    let mut leads = if workload == Workload::Lead { sent } else { 0 };
    stage.drained(leads, DRAIN_MAX).await;
    let busy_cpu_s = (stage.subject.cpu_s()? - cpu_s) / busy.turns as f64 * 1_000.0;
    let (rate, climbed) = climb(&stage, workload, &RATES).await?;
    if workload == Workload::Lead {
        leads += climbed;
    }
    let late = stage.drained(leads, DRAIN_MAX).await;
    let full_cpu_s =
        if rate < FULL { "—".to_owned() } else { format!("{:.2}", full_cpu_s(&stage, workload, &mut leads).await?) };
    ensure!(stage.portal.doubles() == 0, "{} double leads", stage.portal.doubles());
    let of = |outcome: &Outcome| match outcome.unanswered + outcome.refused {
        0 => format!("{} / {} ms", ms(outcome.replies.p50_ms()), ms(outcome.replies.p99_ms())),
        late => format!("{late} of {} not in time", outcome.turns),
    };
    Ok(vec![
        database.title().to_owned(),
        format!("{workload:?}").to_lowercase(),
        rate.to_string(),
        of(&calm),
        of(&busy),
        format!("{busy_cpu_s:.2}"),
        full_cpu_s,
        format!("{:.0} MB", stage.subject.rss_mb()?),
        if leads == 0 {
            "—".to_owned()
        } else {
            format!("{} of {leads}, {:.1} s after the last turn", stage.portal.leads(), late.as_secs_f64())
        },
    ])
}

/// Processor time of 1,000 turns at the full rate.
async fn full_cpu_s(stage: &Stage, workload: Workload, leads: &mut usize) -> Result<f64> {
    let cpu_s = stage.subject.cpu_s()?;
    let outcome = stage.run(workload, FULL, RUN).await?;
    if workload == Workload::Lead {
        *leads += outcome.turns - outcome.refused;
    }
    stage.drained(*leads, DRAIN_MAX).await;
    Ok((stage.subject.cpu_s()? - cpu_s) / outcome.turns as f64 * 1_000.0)
}

/// The highest rate that was kept up, and the turns taken on the way.
async fn climb(stage: &Stage, workload: Workload, rates: &[u32]) -> Result<(u32, usize)> {
    let (mut best, mut turns) = (0, 0);
    for rate in rates {
        let outcome = stage.run(workload, *rate, RUN).await?;
        turns += outcome.turns - outcome.refused;
        if !outcome.is_sustained() {
            break;
        }
        best = *rate;
    }
    Ok((best, turns))
}

pub async fn slow_disk(places: &Places) -> Result<()> {
    let table = Table::begin(
        "A disk that takes 2 ms longer for each flush",
        &["workload", "kept up, turns/s", "with the slow disk"],
    );
    let folder = tempfile::tempdir()?;
    let shim = compile(folder.path().join("slow_fsync.so"))?;
    for workload in [Workload::Talk, Workload::Lead] {
        let mut kept = Vec::new();
        for variables in [vec![], vec![("LD_PRELOAD", shim.clone())]] {
            let stage = Stage::new(places, Database::Sqlite, &variables).await?;
            kept.push(climb(&stage, workload, &RATES).await?.0.to_string());
        }
        table.row(&[format!("{workload:?}").to_lowercase(), kept[0].clone(), kept[1].clone()]);
    }
    Ok(())
}

fn compile(shim: PathBuf) -> Result<String> {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/slow_fsync.c");
    let done = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&shim).args([source, "-ldl"]).output()?;
    ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Ok(shim.display().to_string())
}

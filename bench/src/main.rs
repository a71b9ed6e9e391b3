//! `make bench`: the real binary over loopback under an open load, with its vendors as cheap stubs.
//!
//! Prints Markdown tables; docs/benchmarks.md holds a run with the machine named. `cargo run … NAME`
//! plays only the parts whose name is given: start, speed, crm, slow-disk, pages, reference; `one sqlite lead 500 10`
//! is one run to look at with a profiler.

mod bitrix24;
mod crm;
mod figures;
mod load;
mod pages;
mod reference;
mod salon;
mod speed;
mod subject;
mod telegram;
mod wire;
mod year;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, ensure};
use nochnik_store::test_postgres::TestPostgres;

/// Where things are.
pub struct Places {
    pub nochnik: PathBuf,
    /// The folder of the reference programs.
    pub own: PathBuf,
    pub postgres: TestPostgres,
}

fn main() -> Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let places = places()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio::task::LocalSet::new().block_on(&runtime, play(&places, &wanted))
}

async fn play(places: &Places, wanted: &[String]) -> Result<()> {
    if let [part, database, workload, rate, seconds] = wanted
        && part == "one"
    {
        let length = Duration::from_secs(seconds.parse()?);
        return speed::one(places, database, workload, rate.parse()?, length).await;
    }
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    if is_wanted("start") {
        speed::start(places).await?;
    }
    if is_wanted("speed") {
        speed::speed(places).await?;
    }
    if is_wanted("reference") {
        reference::reference(places).await?;
    }
    if is_wanted("slow-disk") {
        speed::slow_disk(places).await?;
    }
    if is_wanted("pages") {
        pages::pages(places).await?;
    }
    if is_wanted("crm") {
        crm::moods(places).await?;
        crm::bucket(places).await?;
    }
    Ok(())
}

fn places() -> Result<Places> {
    let own = std::env::current_exe()?.parent().map(Path::to_owned).unwrap_or_default();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let target = std::env::var("CARGO_TARGET_DIR").map_or_else(|_| root.join("target"), PathBuf::from);
    let nochnik = target.join("release/nochnik");
    ensure!(nochnik.exists(), "{} is not built: run «cargo build --release»", nochnik.display());
    let postgres = TestPostgres::start().map_err(anyhow::Error::msg)?;
    Ok(Places { nochnik: nochnik.canonicalize()?, own, postgres })
}

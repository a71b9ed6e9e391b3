//! The database does not take the outcome of a call, or the node's word that it lives: what was sent once is not sent again
//! as if it never had been, and what may be another node's by now is not sent at all.

use std::time::Duration;

use nochnik_adapters::ports::Attempt;
use nochnik_engine::Engine;
use nochnik_engine::clock::pause;

use super::backlog;

/// Longer than a row is leased for.
const LEASE: Duration = Duration::from_secs(125);
/// From here on no row of the outbox can be finished.
const SICK: &str = "create trigger sick before update of status on outbox begin select raise(abort, 'sick'); end";

async fn run(engine: &Engine, statement: &'static str) {
    engine.store.write(move |sql| sql.run(statement, &[])).await.unwrap();
}

fn taken(portal: &backlog::Portal) -> Vec<Attempt> {
    portal.taken.lock().unwrap().iter().map(|(attempt, _)| *attempt).collect()
}

#[tokio::test(start_paused = true)]
async fn an_outcome_is_stored_once_the_database_takes_it() {
    let (engine, portal) = backlog::open().await;
    run(&engine, SICK).await;
    backlog::wishes(&engine, 1).await;
    pause(Duration::from_secs(60)).await;
    run(&engine, "drop trigger sick").await;
    pause(LEASE + LEASE).await;
    assert_eq!(taken(&portal).len(), 1, "the card was put once, and that is known");
}

#[tokio::test(start_paused = true)]
async fn a_row_whose_outcome_was_never_stored_is_in_doubt() {
    let (engine, portal) = backlog::open().await;
    run(&engine, SICK).await;
    backlog::wishes(&engine, 1).await;
    pause(LEASE).await;
    run(&engine, "drop trigger sick").await;
    pause(LEASE).await;
    let taken = taken(&portal);
    assert_eq!(taken.len(), 2);
    assert!(taken[0].unknown_since.is_none() && taken[1].unknown_since.is_some(), "looked up before it is repeated");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_the_others_may_take_for_dead_sends_nothing() {
    let (engine, portal) = backlog::open().await;
    run(&engine, "create trigger unheard before insert on nodes begin select raise(abort, 'sick'); end").await;
    pause(Duration::from_secs(10)).await;
    backlog::wishes(&engine, 1).await;
    pause(Duration::from_secs(60)).await;
    assert_eq!(taken(&portal), [], "it holds the card, and another may have it too");
    run(&engine, "drop trigger unheard").await;
    pause(Duration::from_secs(5)).await;
    let taken = taken(&portal);
    assert_eq!(taken.len(), 1);
    assert!(taken[0].unknown_since.is_some(), "freed as a dead node's: it is looked up first");
}

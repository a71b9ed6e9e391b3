//! What each engine promises by itself: locks, versions, group commit, faults.

#![expect(clippy::disallowed_methods, reason = "a test drives its peers itself")]
use std::path::Path;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use nochnik_store::outbox::{Lease, NewRow};
use nochnik_store::test_postgres::TestPostgres;
use nochnik_store::{Sql, Store, StoreError, keys, nodes, outbox, people};
use tokio::runtime::Runtime;

const NOW: i64 = 1_795_207_200_000;
const ROW: NewRow<'static> = NewRow {
    key: "",
    conversation_id: "c1",
    lane: "",
    destination: "telegram",
    kind: "say",
    priority: 0,
    payload: "{}",
    created_at_ms: NOW,
    due_at_ms: NOW,
};

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn address(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("night.db").display())
}

#[test]
fn fault_f28_a_second_store_on_the_same_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        let first = Store::open(&address(folder.path())).await.unwrap();
        let second = Store::open(&address(folder.path())).await.err().expect("occupied");
        assert!(matches!(&second, StoreError::Occupied { path } if path == &folder.path().join("night.db")));
        assert!(second.to_string().contains("уже открыта другим процессом"), "{second}");
        first.close().await;
        Store::open(&address(folder.path())).await.expect("free after closing");
    });
}

#[cfg(unix)]
#[test]
fn the_file_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    runtime().block_on(async { Store::open(&address(folder.path())).await.unwrap().check().await.unwrap() });
    let mode = std::fs::metadata(folder.path().join("night.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn what_was_answered_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        let store = Store::open(&address(folder.path())).await.unwrap();
        store.write(|sql| nodes::beat(sql, "n1", NOW)).await.unwrap();
        store.close().await;
        let store = Store::open(&address(folder.path())).await.unwrap();
        assert_eq!(store.read(|sql| nodes::alive(sql, NOW)).await.unwrap(), ["n1"]);
    });
}

/// A thousand jobs at once share a few commits; one lone job has its own.
#[test]
fn group_commit_groups() {
    let folder = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        let store = Store::open(&address(folder.path())).await.unwrap();
        let jobs = (0..1_000).map(|n| {
            let store = store.clone();
            tokio::spawn(async move { store.write(move |sql| nodes::beat(sql, &n.to_string(), NOW)).await })
        });
        for job in jobs.collect::<Vec<_>>() {
            job.await.unwrap().unwrap();
        }
        let stats = store.stats();
        assert_eq!(stats.jobs, 1_000);
        assert!(stats.commits < 250, "{} commits for 1000 jobs", stats.commits);
        assert!(stats.commits >= 4, "a batch is 256 jobs at most, not {}", 1_000 / stats.commits);
        store.write(|sql| nodes::beat(sql, "alone", NOW)).await.unwrap();
        assert_eq!(store.stats().commits, stats.commits + 1);
        assert_eq!(store.read(|sql| nodes::alive(sql, NOW)).await.unwrap().len(), 1_001);
    });
}

#[test]
fn a_newer_schema_is_refused_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = address(folder.path());
    runtime().block_on(async {
        let store = Store::open(&url).await.unwrap();
        store.write(|sql| sql.exec(NEWER, &[])).await.unwrap();
        store.close().await;
        refused_as_newer(&url).await;
    });
}

const NEWER: &str = "insert into refinery_schema_history (version, name, applied_on, checksum) \
                     values (9000, 'future', '2030-01-01T00:00:00Z', '1')";

async fn refused_as_newer(url: &str) {
    let error = Store::open(url).await.err().expect("refused");
    assert!(matches!(error, StoreError::NotOurs { found: 9_000, .. }), "{error:?}");
    assert!(error.to_string().contains("более новой версией"), "{error}");
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("night.db"), "дорогой дневник ".repeat(500)).unwrap();
    runtime().block_on(async {
        assert!(matches!(Store::open(&address(folder.path())).await, Err(StoreError::Fatal(_))));
    });
}

#[test]
fn a_reader_of_the_file_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        let store = Store::open(&address(folder.path())).await.unwrap();
        let refused = store.read(|sql| nodes::beat(sql, "n1", NOW)).await;
        assert!(matches!(refused, Err(StoreError::Database { table, .. }) if table == "nodes"));
        assert_eq!(store.read(|sql| nodes::alive(sql, 0)).await.unwrap(), [""; 0], "the connection works on");
    });
}

/// A full disk refuses what does not fit, keeps what was answered, and passes when there is room again.
#[test]
fn fault_f23_a_full_disk_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        let store = Store::open(&address(folder.path())).await.unwrap();
        store.write(|sql| keys::put(sql, "before", b"kept")).await.unwrap();
        store.write(|sql| sql.rows("pragma max_page_count = 1", &[], &mut |_| Ok(()))).await.unwrap();
        let big = |sql: &mut dyn Sql| keys::put(sql, "big", &[7; 1 << 20]);
        let refused = store.write(big).await;
        assert!(matches!(&refused, Err(StoreError::Database { source, .. }) if source.code == "13"), "{refused:?}");
        assert_eq!(store.read(|sql| keys::get(sql, "before")).await.unwrap().as_deref(), Some(&b"kept"[..]));
        store.write(|sql| sql.rows("pragma max_page_count = 1000000", &[], &mut |_| Ok(()))).await.unwrap();
        store.write(big).await.unwrap();
    });
}

/// After a failed fsync nobody knows what the disk holds, so the store stops instead of trying again.
#[test]
fn fault_f24_after_an_input_output_error_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        let store = Store::open(&address(folder.path())).await.unwrap();
        let failed = store.write(|_| Err::<(), _>(StoreError::Fatal("disk I/O error".into()))).await;
        assert!(matches!(failed, Err(StoreError::Fatal(_))));
        let next = store.write(|sql| nodes::beat(sql, "n1", NOW)).await;
        assert!(matches!(&next, Err(StoreError::Fatal(why)) if why == "disk I/O error"), "{next:?}");
        assert!(store.check().await.is_err(), "readiness says so");
    });
}

/// The clock of a simulation must stand still while the database works.
#[test]
fn a_paused_clock_does_not_run_away() {
    let paused = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    paused.block_on(async {
        let begun = tokio::time::Instant::now();
        let store = Store::open("sqlite::memory:").await.unwrap();
        for n in 0..100 {
            store.write(move |sql| nodes::beat(sql, &n.to_string(), NOW)).await.unwrap();
        }
        assert_eq!(begun.elapsed(), Duration::ZERO);
    });
}

#[test]
fn inline_jobs_need_no_runtime() {
    let store = Store::open_inline().unwrap();
    let mut news = store.changes();
    let job = store.write(|sql| nochnik_store::notify(sql, "lotos", "c1"));
    let waker = std::task::Waker::noop();
    let mut job = std::pin::pin!(job);
    let polled = job.as_mut().poll(&mut std::task::Context::from_waker(waker));
    assert!(matches!(polled, std::task::Poll::Ready(Ok(()))));
    assert_eq!(news.try_recv().unwrap().conversation, "c1");
}

/// Two nodes on one server: a newer schema, a restart in the middle, a lost connection.
#[test]
#[expect(clippy::print_stderr, reason = "the reader of a test run must see what did not run")]
fn postgres_faults() {
    let server = match TestPostgres::start() {
        Ok(server) => server,
        Err(why) => return eprintln!("SKIPPED on PostgreSQL: {why}"),
    };
    runtime().block_on(async {
        let url = server.database().unwrap();
        // Two nodes start at once on an empty database: one migrates, the other waits for it.
        let (one, two) = tokio::join!(Store::open(&url), Store::open(&url));
        let (one, two) = (one.unwrap(), two.unwrap());
        let mut news = two.changes();
        one.write(|sql| nochnik_store::notify(sql, "lotos", "c1")).await.unwrap();
        let heard = tokio::time::timeout(Duration::from_secs(20), news.recv()).await.unwrap().unwrap();
        assert_eq!(heard.conversation, "c1", "the other node hears it");

        // The server restarts: pooled connections are dead, and the next job does not notice.
        server.restart().unwrap();
        one.write(|sql| nodes::beat(sql, "n1", NOW)).await.unwrap();
        one.write(terminate_own_connection_once).await.unwrap();
        assert_eq!(two.read(|sql| nodes::alive(sql, NOW)).await.unwrap(), ["n1", "n2"]);

        a_session_is_bounded(&one).await;
        a_held_row_holds_nobody_up(&one, &two).await;
        what_a_session_becomes_ends_with_the_others(&one, &two).await;

        one.write(|sql| sql.exec(NEWER, &[])).await.unwrap();
        refused_as_newer(&url).await;
    });
}

/// A machine that is lost in the middle of a transaction holds the others up for some seconds, not for hours.
async fn a_session_is_bounded(store: &Store) {
    let bounds = store.write(|sql| {
        let names = "select current_setting('lock_timeout') || ' ' || current_setting('statement_timeout') || ' ' || \
                     current_setting('idle_in_transaction_session_timeout')";
        nochnik_store::one(sql, names, &[], |row| row.text(0))
    });
    assert_eq!(bounds.await.unwrap().as_deref(), Some("4s 30s 15s"));
}

/// One node is at a row of the dead: the other frees what is left, and does not wait for that one.
async fn a_held_row_holds_nobody_up(one: &Store, two: &Store) {
    let put = |key: &'static str| {
        one.write(move |sql| {
            let lease = Some(Lease { owner: "dead", until_ms: NOW + 60_000 });
            outbox::put(sql, "lotos", &NewRow { key, lane: key, ..ROW }, lease)
        })
    };
    for key in ["held", "free"] {
        assert!(put(key).await.unwrap().unwrap().is_leased);
    }
    let meeting = Arc::new(Barrier::new(2));
    let met = Arc::clone(&meeting);
    let holding = one.write(move |sql| {
        sql.rows("select id from outbox where key = 'held' for update", &[], &mut |_| Ok(()))?;
        met.wait();
        met.wait();
        Ok(())
    });
    let meet = || {
        let meeting = Arc::clone(&meeting);
        tokio::task::spawn_blocking(move || meeting.wait())
    };
    let freeing = async {
        meet().await.unwrap();
        let freed = two.write(|sql| outbox::take_over(sql, NOW, NOW)).await;
        meet().await.unwrap();
        freed.unwrap()
    };
    let (held, freed) = tokio::join!(holding, freeing);
    held.unwrap();
    assert_eq!(freed, 1, "the row that nobody holds");
    assert_eq!(two.write(|sql| outbox::take_over(sql, NOW, NOW)).await.unwrap(), 1, "and a moment later the other");
}

/// One node lets somebody in while the other closes the login, and has to wait for the row: nobody is in afterwards.
async fn what_a_session_becomes_ends_with_the_others(one: &Store, two: &Store) {
    let session = |id: &str| people::Session {
        id_hash: id.into(),
        business: "lotos".into(),
        login: "vera".into(),
        data: "{}".into(),
        created_at_ms: NOW,
        expires_at_ms: NOW + 1,
    };
    let half_way = session("half");
    one.write(move |sql| people::add_session(sql, &half_way)).await.unwrap();
    let meeting = Arc::new(Barrier::new(2));
    let (met, full) = (Arc::clone(&meeting), session("full"));
    let letting_in = one.write(move |sql| {
        assert!(people::exchange_session(sql, "half", &full, NOW)?);
        met.wait();
        let waits = "select count(*) from pg_locks where not granted";
        while nochnik_store::one(sql, waits, &[], |row| row.int(0))? == Some(0) {}
        Ok(())
    });
    let closing = async {
        tokio::task::spawn_blocking(move || meeting.wait()).await.unwrap();
        two.write(|sql| people::end_sessions(sql, "lotos", "vera")).await
    };
    let (let_in, closed) = tokio::join!(letting_in, closing);
    let_in.unwrap();
    assert_eq!(closed.unwrap(), 1);
    assert_eq!(two.read(|sql| people::sessions(sql, "lotos", None, NOW)).await.unwrap(), []);
}

/// Loses its connection in the middle of its first try; the store must play it again from the beginning.
fn terminate_own_connection_once(sql: &mut dyn Sql) -> Result<(), StoreError> {
    use std::sync::atomic::{AtomicBool, Ordering};
    static IS_FIRST: AtomicBool = AtomicBool::new(true);
    nodes::beat(sql, "n2", NOW)?;
    if IS_FIRST.swap(false, Ordering::Relaxed) {
        sql.rows("select pg_terminate_backend(pg_backend_pid())", &[], &mut |_| Ok(()))?;
    }
    nodes::beat(sql, "n2", NOW)
}

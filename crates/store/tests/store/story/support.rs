//! Runs the same story on every engine at hand.

use std::future::Future;
use std::pin::Pin;

use nochnik_store::Store;
use nochnik_store::test_postgres::TestPostgres;
use tokio::runtime::Runtime;

/// A story and its name.
pub type Story = (&'static str, fn(Store) -> Pin<Box<dyn Future<Output = ()>>>);

/// Makes a test of each story on SQLite (a file, memory, inline), and one test of all stories on PostgreSQL.
macro_rules! stories {
    ($($story:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[test] fn $story() { crate::story::support::on_sqlite(super::$story); })*
        }

        #[test]
        fn on_postgres() {
            support::on_postgres(&[$((stringify!($story), |store| Box::pin($story(store)))),*]);
        }
    };
}
pub(crate) use stories;

/// A small multi-threaded runtime, as the server uses.
pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Tells a story to SQLite: in a file, in memory, and inline.
pub fn on_sqlite<F: Future<Output = ()>>(story: fn(Store) -> F) {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("night.db").display());
    runtime().block_on(async { story(Store::open(&file).await.unwrap()).await });
    runtime().block_on(async { story(Store::open("sqlite::memory:").await.unwrap()).await });
    runtime().block_on(story(Store::open_inline().unwrap()));
}

/// Tells every story to one PostgreSQL server, each in a database of its own.
#[expect(clippy::print_stderr, reason = "the reader of a test run must see what ran and what did not")]
pub fn on_postgres(stories: &[Story]) {
    let server = match TestPostgres::start() {
        Ok(server) => server,
        Err(why) => return eprintln!("SKIPPED on PostgreSQL: {why}"),
    };
    for (name, story) in stories {
        eprintln!("on PostgreSQL: {name}");
        let url = server.database().unwrap();
        runtime().block_on(async { story(Store::open(&url).await.unwrap()).await });
    }
}

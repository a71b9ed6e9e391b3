//! Trained models: a number is never used twice, going back ends at the shipped one, old ones are dropped.

use nochnik_store::test_postgres::TestPostgres;
use nochnik_store::wish_models::{KEPT_MAX, get, publish, roll_back};
use nochnik_store::{Sql, Store, StoreError, businesses};

const SALON: &str = "lotos";

fn used(sql: &mut dyn Sql) -> Result<i64, StoreError> {
    Ok(businesses::get_version(sql, SALON)?.unwrap().wishes)
}

fn life(sql: &mut dyn Sql) -> Result<(), StoreError> {
    businesses::put(sql, SALON, "{}", 0)?;
    assert_eq!((used(sql)?, roll_back(sql, SALON)?), (0, None), "nothing to go back from");
    assert_eq!(publish(sql, SALON, b"one", 1)?, 1);
    assert_eq!(publish(sql, SALON, b"two", 2)?, 2);
    assert_eq!((used(sql)?, get(sql, SALON, 2)?), (2, Some(b"two".to_vec())));
    assert_eq!((roll_back(sql, SALON)?, used(sql)?), (Some(1), 1));
    assert_eq!(publish(sql, SALON, b"three", 3)?, 3, "a kept version is never overwritten");
    assert_eq!(roll_back(sql, SALON)?, Some(1), "what it had replaced, not the second that was given up");
    assert_eq!(roll_back(sql, SALON)?, Some(0));
    assert_eq!((used(sql)?, roll_back(sql, SALON)?), (0, None));
    for n in 4..=KEPT_MAX + 3 {
        assert_eq!(publish(sql, SALON, b"more", n)?, n);
    }
    assert_eq!(get(sql, SALON, 3)?, None, "the oldest go");
    assert_eq!(get(sql, SALON, 4)?, Some(b"more".to_vec()));
    assert_eq!(get(sql, "other", 4)?, None, "nobody reads another's");
    let gone: Vec<_> = (4..KEPT_MAX + 3).rev().map(|_| roll_back(sql, SALON)).collect::<Result<_, _>>()?;
    assert_eq!((gone.last(), roll_back(sql, SALON)?), (Some(&Some(4)), Some(0)), "where the row ends, ours serves");
    Ok(())
}

#[tokio::test]
async fn versions_on_sqlite() {
    Store::open("sqlite::memory:").await.unwrap().write(life).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stderr, reason = "the reader of a test run must see what did not run")]
async fn versions_on_postgres() {
    match TestPostgres::start() {
        Ok(server) => Store::open(&server.database().unwrap()).await.unwrap().write(life).await.unwrap(),
        Err(why) => eprintln!("SKIPPED on PostgreSQL: {why}"),
    }
}

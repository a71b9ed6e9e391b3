//! A database of an earlier version opens in this one with all that was in it.

use nochnik_store::conversations::{self, Filter};
use nochnik_store::messages::Delivery;
use nochnik_store::outbox::Status;
use nochnik_store::test_postgres::TestPostgres;
use nochnik_store::{Store, alarms, cases, leads, messages, outbox};
use refinery::Target;

const NIGHT_OF_VERSION_2: &str = include_str!("forward/a_night_of_version_2.sql");

mod lite {
    refinery::embed_migrations!("migrations/sqlite");
}

mod pg {
    refinery::embed_migrations!("migrations/postgres");
}

async fn everything_is_there(store: Store) {
    store
        .write(|sql| {
            let said = messages::list(sql, "lotos", "olga", 0, 9)?;
            let told: Vec<_> = said.iter().map(|m| (m.seq, m.text.as_str(), m.delivery)).collect();
            let queued = Some(Delivery::Queued);
            let expected =
                [(1, "можно завтра?", None), (2, "Да, в 18:30", Some(Delivery::Sent)), (3, "Ждём вас!", queued)];
            assert_eq!(told, expected);
            assert_eq!((said[0].chips.as_deref(), said[1].vendor_id.as_deref()), (Some(r#"["завтра"]"#), Some("8")));
            messages::set_delivery(sql, "lotos", "olga", 3, Delivery::Sent, Some("9"))?;
            assert_eq!(messages::list(sql, "lotos", "olga", 2, 1)?[0].delivery, Some(Delivery::Sent));

            let found = conversations::said(sql, "lotos", &["завтр".to_owned()], &Filter::default(), 9)?;
            assert_eq!(
                found.iter().map(|said| (said.summary.id.as_str(), said.seq)).collect::<Vec<_>>(),
                [("olga", 1)]
            );

            let lead = leads::of_conversation(sql, "lotos", "olga")?.expect("the lead");
            assert_eq!((lead.phone.as_str(), lead.created_at_ms, lead.updated_at_ms), ("+79185554433", 1_500, 2_500));
            assert_eq!(lead.crm_refs.as_deref(), Some(r#"{"lead":"17"}"#));

            assert_eq!(outbox::list(sql, "lotos", Status::Dead, 9)?[0].why, "ERROR_CORE");
            let claimed = outbox::claim(sql, "node", 4_000, 1_000, "channel:lotos/bot", i64::MAX, 9)?;
            assert_eq!(claimed.iter().map(|row| row.key.as_str()).collect::<Vec<_>>(), ["i2#0"]);
            assert_eq!(cases::unfinished(sql, "lotos")?.len(), 1);
            assert_eq!(alarms::waiting(sql, "lotos", "olga")?.len(), 1);
            Ok(())
        })
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_version_2_opens_whole() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("night.db");
    let mut connection = rusqlite::Connection::open(&file).unwrap();
    lite::migrations::runner().set_target(Target::Version(2)).run(&mut connection).unwrap();
    connection.execute_batch(NIGHT_OF_VERSION_2).unwrap();
    drop(connection);
    everything_is_there(Store::open(&format!("sqlite:{}", file.display())).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_of_version_2_opens_whole() {
    let server = TestPostgres::start().unwrap();
    let url = server.database().unwrap();
    let (mut client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    let talking = tokio::spawn(connection);
    pg::migrations::runner().set_target(Target::Version(2)).run_async(&mut client).await.unwrap();
    client.batch_execute(NIGHT_OF_VERSION_2).await.unwrap();
    drop(client);
    talking.await.unwrap().unwrap();
    let store = Store::open(&url).await.unwrap();
    everything_is_there(store.clone()).await;
    store.close().await;
}

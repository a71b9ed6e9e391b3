//! Browsers that take pushes: a few a person, one owner each.

use nochnik_store::push_devices::{self, DEVICES_MAX, Device};
use nochnik_store::{Sql, Store, StoreError, businesses};

use super::{MINUTE, NIGHT, SALON, open_salon};

fn device(id: &str, person: &str, minute: i64) -> Device {
    Device {
        id: id.into(),
        person_id: person.into(),
        subscription: r#"{"endpoint":"https://push.example/secret"}"#.into(),
        name: "Chrome, Android".into(),
        since_ms: NIGHT + minute * MINUTE,
        seen_ms: NIGHT + minute * MINUTE,
    }
}

pub async fn a_person_has_a_few_devices_and_a_device_one_person(store: Store) {
    store
        .write(|sql| {
            open_salon(sql)?;
            for minute in 0..=DEVICES_MAX {
                push_devices::put(sql, SALON, &device(&format!("d{minute}"), "marina", minute))?;
            }
            assert_eq!(ids(sql, "marina")?, ["d5", "d4", "d3", "d2", "d1"], "the oldest gave way");

            let before = duty_version(sql)?;
            push_devices::put(sql, SALON, &device("d1", "marina", 9))?;
            assert_eq!(ids(sql, "marina")?, ["d1", "d5", "d4", "d3", "d2"], "seen again, the same five");
            assert_eq!(push_devices::of_person(sql, SALON, "marina")?[0].since_ms, NIGHT + MINUTE);
            assert_eq!(duty_version(sql)?, before, "nothing new for those who decide");

            push_devices::put(sql, SALON, &device("d1", "olya", 10))?;
            assert!(duty_version(sql)? > before);
            assert_eq!((ids(sql, "marina")?.len(), ids(sql, "olya")?), (4, vec!["d1".to_owned()]));
            assert_eq!(push_devices::people(sql, SALON)?, ["marina", "olya"]);
            assert_eq!(push_devices::people(sql, "roza")?, [""; 0], "another business sees none of it");

            assert!(!push_devices::renew(sql, SALON, &device("d1", "marina", 11))?, "it is Olya's");
            assert!(!push_devices::remove(sql, SALON, "marina", "d1")?, "it is Olya's");
            assert!(push_devices::remove(sql, SALON, "olya", "d1")?);
            push_devices::remove_all(sql, SALON, "marina")?;
            assert_eq!(push_devices::people(sql, SALON)?, [""; 0]);
            Ok(())
        })
        .await
        .unwrap();
    let shown = format!("{:?}", device("d1", "olya", 1));
    assert!(!shown.contains("secret"), "{shown}");
}

fn ids(sql: &mut dyn Sql, person: &str) -> Result<Vec<String>, StoreError> {
    Ok(push_devices::of_person(sql, SALON, person)?.into_iter().map(|device| device.id).collect())
}

fn duty_version(sql: &mut dyn Sql) -> Result<i64, StoreError> {
    Ok(businesses::get_version(sql, SALON)?.expect("the salon").duty)
}

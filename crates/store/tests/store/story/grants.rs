//! An access to a portal: renewed by one, lost and told once, given by a link that works once.

use nochnik_store::grants::{self, NewGrant, Of};
use nochnik_store::{Sql, Store, StoreError};

use super::{MINUTE, NIGHT, SALON, open_salon};

const OF: Of<'static> = Of { business: SALON, crm: "bitrix24" };

fn given(access: &str, token: Option<&str>) -> NewGrant {
    NewGrant {
        client_id: "local.1".into(),
        member_id: "m1".into(),
        endpoint: "https://salon.example/rest/".into(),
        access: access.into(),
        refresh: format!("next-{access}"),
        expires_at_ms: NIGHT + 60 * MINUTE,
        application_token: token.map(Into::into),
    }
}

fn stands(sql: &mut dyn Sql) -> Result<grants::Grant, StoreError> {
    Ok(grants::get(sql, OF)?.expect("given"))
}

pub async fn an_access_is_renewed_by_one(store: Store) {
    store
        .write(|sql| {
            open_salon(sql)?;
            assert_eq!(grants::get(sql, OF)?, None);
            grants::put(sql, OF, &given("a1", Some("word")))?;
            let lease = (NIGHT, NIGHT + MINUTE);
            assert!(grants::lease(sql, OF, 1, "first", lease)?);
            assert!(!grants::lease(sql, OF, 1, "second", lease)?, "somebody has it in hand");
            assert!(!grants::lease(sql, OF, 2, "second", lease)?, "there is no such version");
            assert!(grants::renew(sql, OF, 1, &given("a2", None))?);
            assert!(!grants::renew(sql, OF, 1, &given("a3", None))?, "it has moved on");
            let grant = stands(sql)?;
            assert_eq!((&*grant.access, &*grant.refresh, grant.version), ("a2", "next-a2", 2));
            assert_eq!(grant.application_token.as_deref(), Some("word"), "a renewal does not tell it");
            assert!(!format!("{grant:?}").contains("a2") && !format!("{grant:?}").contains("word"));

            assert!(grants::lease(sql, OF, 2, "first", lease)?);
            grants::release(sql, OF, 2, "second")?;
            assert!(!grants::lease(sql, OF, 2, "second", lease)?, "only its owner gives a lease back");
            grants::release(sql, OF, 2, "first")?;
            assert!(grants::lease(sql, OF, 2, "second", lease)?);
            assert!(grants::lease(sql, OF, 2, "third", (NIGHT + MINUTE, NIGHT + 2 * MINUTE))?, "its time is over");
            assert_eq!(grants::get(sql, Of { business: "roza", ..OF })?, None, "another business sees none of it");
            Ok(())
        })
        .await
        .unwrap();
}

pub async fn a_lost_access_is_told_once_and_given_anew(store: Store) {
    store
        .write(|sql| {
            open_salon(sql)?;
            grants::put(sql, OF, &given("a1", Some("word")))?;
            assert_eq!(grants::tell_lost(sql, OF, NIGHT)?, None, "nothing is lost");
            assert!(grants::lose(sql, OF, 1, NIGHT)?);
            assert!(!grants::lose(sql, OF, 1, NIGHT + 1)?);
            assert!(!grants::lease(sql, OF, 2, "first", (NIGHT, NIGHT + MINUTE))?, "there is nothing to renew");
            assert_eq!(grants::tell_lost(sql, OF, NIGHT + 1)?, Some(NIGHT));
            assert_eq!(grants::tell_lost(sql, OF, NIGHT + 2)?, None);
            grants::put(sql, OF, &given("a2", None))?;
            let grant = stands(sql)?;
            assert_eq!((grant.lost_at_ms, grant.is_told, grant.version), (None, false, 3));
            assert_eq!(grant.application_token.as_deref(), Some("word"), "the same portal and application");
            grants::put(sql, OF, &NewGrant { member_id: "m2".into(), ..given("a3", None) })?;
            assert_eq!(stands(sql)?.application_token, None, "another portal has another word");
            Ok(())
        })
        .await
        .unwrap();
}

pub async fn a_link_that_lets_us_in_works_once(store: Store) {
    store
        .write(|sql| {
            open_salon(sql)?;
            let life = (NIGHT, NIGHT + 10 * MINUTE);
            grants::put_link(sql, OF, ("s1", "b1"), life)?;
            grants::put_link(sql, OF, ("s2", ""), life)?;
            assert_eq!(grants::take_link(sql, OF, "s1", NIGHT + MINUTE)?.as_deref(), Some("b1"));
            assert_eq!(grants::take_link(sql, OF, "s1", NIGHT + MINUTE)?, None);
            assert_eq!(grants::take_link(sql, Of { business: "roza", ..OF }, "s2", NIGHT)?, None);
            assert_eq!(grants::take_link(sql, OF, "s2", NIGHT + 10 * MINUTE)?, None, "too late");
            Ok(())
        })
        .await
        .unwrap();
}

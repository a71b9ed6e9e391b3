//! Channels that ring: opened, heard, stopped. Contract sheet, 1.5; every request is held to the discovery document.

use jiff::SignedDuration;
use nochnik_adapters::ports::{Bell, Forged, Hook, NewBell};
use nochnik_doubles::{Fault, Faults};
use serde_json::json;

use crate::google::desk::{Desk, Means, at, means, visit};
use crate::wire::Reply;

const URL: &str = "https://nochnik.example/hook/calendar/lotos/google/s3cr3t";
const TOKEN: &str = "t0kenOfThisCalendar";

fn new(id: &str) -> NewBell<'_> {
    NewBell { id, url: URL, token: TOKEN }
}

fn heard(desk: &Desk, headers: &[(&str, &str)]) -> Result<bool, Forged> {
    let headers: Vec<(&str, &[u8])> = headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    desk.calendar.bells().unwrap().heard(&Hook { headers: &headers, body: b"" }, TOKEN)
}

#[tokio::test]
async fn a_bell_rings_at_every_change_until_it_is_taken_down() {
    let desk = Desk::new();
    let bells = desk.calendar.bells().unwrap();
    assert_eq!(bells.whose(), desk.double.settings().calendar);
    let bell = bells.hang(&new("bell-1")).await.unwrap();
    // A week by the sheet; the double tells it as a text of milliseconds.
    assert_eq!(bell.until, at("2026-11-24T07:00:00Z") + SignedDuration::from_hours(7 * 24));
    let hello = desk.double.rings();
    assert_eq!((hello.len(), hello[0].address.as_str()), (1, URL));
    desk.adds("dentist", &json!({}));
    desk.put(&visit(), None).await.unwrap();
    let rings = desk.double.rings();
    assert_eq!(rings.len(), 2, "a person's change and ours");
    for (ring, is_news) in [(&hello[0], false), (&rings[0], true), (&rings[1], true)] {
        let headers: Vec<(&str, &str)> =
            ring.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(heard(&desk, &headers), Ok(is_news));
    }
    bells.take_down(&bell).await.unwrap();
    desk.deletes_by_hand("dentist");
    assert_eq!(desk.double.rings(), []);
    bells.take_down(&bell).await.unwrap();
    desk.double.assert_clean();
}

#[test]
fn a_ring_without_the_very_token_is_forged() {
    let desk = Desk::new();
    let (token, state) = ("x-goog-channel-token", "x-goog-resource-state");
    for headers in [
        vec![(state, "exists")],
        vec![(token, ""), (state, "exists")],
        vec![(token, "t0kenOfThisCalenda"), (state, "exists")],
        vec![(token, "T0kenOfThisCalendar"), (state, "exists")],
        vec![(token, TOKEN), (token, TOKEN), (state, "exists")],
        vec![(token, TOKEN)],
    ] {
        assert_eq!(heard(&desk, &headers), Err(Forged), "{headers:?}");
    }
    assert_eq!(heard(&desk, &[(token, TOKEN), (state, "not_exists")]), Ok(true));
    let hook = Hook { headers: &[("x-goog-channel-token", b""), ("x-goog-resource-state", b"exists")], body: b"" };
    assert_eq!(desk.calendar.bells().unwrap().heard(&hook, ""), Err(Forged), "no token of ours proves nothing");
}

#[tokio::test]
async fn a_refusal_says_what_it_means_and_a_lost_answer_nothing() {
    let desk = Desk::new();
    let bells = desk.calendar.bells().unwrap();
    desk.double.set(|settings| settings.access_role = "none".to_owned());
    assert_eq!(means(&bells.hang(&new("bell-1")).await.unwrap_err()), Means::Broken);
    desk.double.set(|settings| settings.access_role = "reader".to_owned());
    bells.hang(&new("bell-1")).await.unwrap();
    assert!(matches!(means(&bells.hang(&new("bell-1")).await.unwrap_err()), Means::Refused(_)), "an id is used once");
    desk.double.plan(Faults::once("calendar.events.watch", Fault::ExecuteThenDrop));
    assert_eq!(means(&bells.hang(&new("bell-2")).await.unwrap_err()), Means::Unknown);
    desk.double.plan(Faults::none());
    let stranger = Bell { id: "nobody".to_owned(), resource: "nothing".to_owned(), until: at("2026-12-01T00:00:00Z") };
    bells.take_down(&stranger).await.unwrap();
    desk.double.assert_clean();
}

#[tokio::test]
async fn a_channel_that_names_no_end_is_believed_for_two_days_and_one_without_a_resource_not_at_all() {
    for (answer, until) in [
        (json!({ "kind": "api#channel", "id": "b", "resourceId": "r" }), Some("2026-11-26T07:00:00Z")),
        (json!({ "resourceId": "r", "expiration": 1_796_000_000_000_i64 }), Some("2026-11-30T00:53:20Z")),
        (json!({ "kind": "api#channel", "id": "b" }), None),
    ] {
        let desk = Desk::altered(nochnik_doubles::google::Settings::default(), &[], move |heard| {
            heard.url.path().ends_with("/watch").then(|| Reply::says(200, &answer))
        });
        let hung = desk.calendar.bells().unwrap().hang(&new("b")).await;
        match until {
            Some(until) => assert_eq!(hung.unwrap().until, at(until)),
            None => assert_eq!(means(&hung.unwrap_err()), Means::Unknown),
        }
    }
}

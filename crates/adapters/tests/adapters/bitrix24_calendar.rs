//! Bitrix24 as a calendar against the double, by online booking and by calendars of employees: a visit is written once
//! whatever is lost, what people moved comes back, nothing of theirs is written over.

use crate::wire;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use nochnik_adapters::Failure;
use nochnik_adapters::calendars::{self, OpenContext};
use nochnik_adapters::failure::codes;
use nochnik_adapters::ports::{Calendar, Changes, EventRef, EventState, Span, Taken, Visit};
use nochnik_core::values::{Phone, SpecialistId};
use nochnik_doubles::bitrix24::{Double, Settings};
use nochnik_doubles::{Fault, Faults};
use serde_json::{Value, json};
use wire::Line;

/// Monday 23 November 2026, nine in the morning in Rostov.
const NOW: &str = "2026-11-23T06:00:00Z";
const BOOKING: &str = "lotos/telegram:5000001/1";

struct Desk {
    portal: Double,
    calendar: Arc<dyn Calendar>,
    now_ms: Arc<AtomicI64>,
    line: Line,
    /// Methods of this shelf: add, get, update, delete, and the numbers of Anna and Maria there.
    shelf: Shelf,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shelf {
    Bookings,
    Events,
}

const SHELVES: [Shelf; 2] = [Shelf::Bookings, Shelf::Events];

impl Desk {
    fn new(shelf: Shelf) -> Self {
        Self::with(shelf, &[])
    }

    fn with(shelf: Shelf, more: &[(&str, Value)]) -> Self {
        let scopes = vec!["booking".to_owned(), "calendar".to_owned()];
        let portal = Double::new(Settings { scopes, ..Settings::default() });
        let now_ms = Arc::new(AtomicI64::new(at(NOW).as_millisecond()));
        let (other_end, clock) = (portal.clone(), Arc::clone(&now_ms));
        let line = Line::to(move |url, body| other_end.request(url.path(), body, clock.load(Ordering::Relaxed)).into());
        let address = format!("https://salon-demo.bitrix24.ru{}/", portal.base_path());
        let whose = match shelf {
            Shelf::Bookings => ("resources", json!({ "anna": 3, "maria": 4 })),
            Shelf::Events => ("employees", json!({ "anna": 23, "maria": 24 })),
        };
        let mut fields = BTreeMap::from([("webhook_url".to_owned(), json!(address)), (whose.0.to_owned(), whose.1)]);
        fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let clock = Arc::clone(&now_ms);
        let now = Arc::new(move || Timestamp::from_millisecond(clock.load(Ordering::Relaxed)).unwrap());
        let context = OpenContext { now, wire: line.wire() };
        let calendar = calendars::open("bitrix24", &fields, &context).unwrap();
        Self { portal, calendar, now_ms, line, shelf }
    }

    fn pass(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::Relaxed);
    }

    async fn look(&self, cursor: Option<&str>) -> Changes {
        self.calendar.changes(cursor, span("2026-11-22T06:00:00Z", 30 * 24 * 60)).await.unwrap()
    }

    /// Written until it is done, waiting as the courier would.
    async fn written(&self, visit: &Visit, known: Option<&EventRef>) -> EventRef {
        for _ in 0..40 {
            match self.calendar.put(visit, known).await {
                Ok(event) => return event,
                Err(Failure::Later { after, .. }) => {
                    self.pass(after.map_or(2_000, |after| i64::try_from(after.as_millis()).unwrap()));
                }
                Err(Failure::Unknown { .. }) => self.pass(2_000),
                Err(failure) => panic!("{failure}"),
            }
        }
        panic!("never written");
    }

    /// What the people of the portal do by hand.
    fn people(&self, method: &str, body: &Value) -> Value {
        let answer = self.portal.call(&self.portal.path(method), body, self.now_ms.load(Ordering::Relaxed));
        assert_eq!(answer.status, 200, "{method}: {}", answer.body);
        answer.body["result"].clone()
    }

    fn moved_by_people(&self, id: &str, to: Span) {
        match self.shelf {
            Shelf::Bookings => self.people("booking.v1.booking.update", &json!({ "id": id, "fields": { "datePeriod": period(to) } })),
            Shelf::Events => self.people("calendar.event.update", &json!({
                "id": id, "type": "user", "ownerId": 23, "name": "Маникюр", "from": to.from.to_string(), "to": to.to.to_string(),
            })),
        };
    }

    fn made_by_people(&self, when: Span) {
        match self.shelf {
            Shelf::Bookings => self.people("booking.v1.booking.add", &json!({ "fields": {
                "name": "По телефону", "resourceIds": [3], "datePeriod": period(when),
            } })),
            Shelf::Events => self.people("calendar.event.add", &json!({
                "type": "user", "ownerId": 23, "name": "Планёрка", "from": when.from.to_string(), "to": when.to.to_string(),
            })),
        };
    }

    fn deleted_by_people(&self, id: &str) {
        let method = if self.shelf == Shelf::Bookings { "booking.v1.booking.delete" } else { "calendar.event.delete" };
        self.people(method, &json!({ "id": id }));
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn span(from: &str, minutes: i64) -> Span {
    Span { from: at(from), to: at(from) + SignedDuration::from_mins(minutes) }
}

fn period(span: Span) -> Value {
    let moment = |at: Timestamp| json!({ "timestamp": at.as_second(), "timezone": "Europe/Moscow" });
    json!({ "from": moment(span.from), "to": moment(span.to) })
}

fn visit(from: &str) -> Visit {
    Visit {
        booking: BOOKING.to_owned(),
        business: "lotos".to_owned(),
        specialist: SpecialistId::new("anna"),
        services: vec!["manicure".into()],
        title: "Маникюр".to_owned(),
        span: span(from, 60),
        zone: "Europe/Moscow".to_owned(),
        client_name: "Ольга".to_owned(),
        client_phone: Some(Phone::parse("+79281234567").unwrap()),
    }
}

const TUESDAY: &str = "2026-11-24T15:30:00Z";
const WEDNESDAY: &str = "2026-11-25T12:00:00Z";

#[tokio::test]
async fn a_visit_stands_there_moves_and_goes() {
    for shelf in SHELVES {
        let desk = Desk::new(shelf);
        let made = desk.written(&visit(TUESDAY), None).await;
        let seen = desk.look(None).await;
        let time = Taken { specialist: Some(SpecialistId::new("anna")), span: span(TUESDAY, 60) };
        assert!(seen.is_whole, "{shelf:?}");
        assert_eq!(seen.events.len(), 1, "{shelf:?}");
        assert_eq!(seen.events[0].event, made, "{shelf:?}: our own write comes back as it was written");
        assert_eq!(seen.events[0].state, EventState::Visit { booking: BOOKING.to_owned(), time });
        // To Maria's Wednesday.
        let moved = Visit { specialist: SpecialistId::new("maria"), ..visit(WEDNESDAY) };
        let made = desk.written(&moved, Some(&made)).await;
        let news = desk.look(seen.cursor.as_deref()).await;
        let time = Taken { specialist: Some(SpecialistId::new("maria")), span: span(WEDNESDAY, 60) };
        let expected = EventState::Visit { booking: BOOKING.to_owned(), time };
        let found = news.events.iter().find(|changed| changed.event == made).unwrap();
        assert_eq!((&found.state, news.is_whole), (&expected, false), "{shelf:?}");
        desk.calendar.remove(&made).await.unwrap();
        desk.calendar.remove(&made).await.unwrap();
        let news = desk.look(news.cursor.as_deref()).await;
        assert_eq!(news.events.iter().map(|gone| &gone.state).collect::<Vec<_>>(), [&EventState::Gone], "{shelf:?}");
        assert!(desk.look(news.cursor.as_deref()).await.events.is_empty(), "{shelf:?}: once");
        desk.portal.assert_clean();
    }
}

#[tokio::test]
async fn what_people_move_and_delete_comes_back_and_is_not_written_over() {
    for shelf in SHELVES {
        let desk = Desk::new(shelf);
        let made = desk.written(&visit(TUESDAY), None).await;
        let cursor = desk.look(None).await.cursor;
        desk.moved_by_people(&made.id, span(WEDNESDAY, 60));
        for done in [desk.calendar.put(&visit(TUESDAY), Some(&made)).await.map(drop), desk.calendar.remove(&made).await]
        {
            assert!(
                matches!(&done, Err(Failure::Refused { code, .. }) if code == codes::CHANGED),
                "{shelf:?}: {done:?}"
            );
        }
        let news = desk.look(cursor.as_deref()).await;
        let time = Taken { specialist: Some(SpecialistId::new("anna")), span: span(WEDNESDAY, 60) };
        assert_eq!(news.events.len(), 1, "{shelf:?}");
        assert_eq!(news.events[0].state, EventState::Visit { booking: BOOKING.to_owned(), time }, "{shelf:?}");
        // Heard of, it may be put back.
        let back = desk.written(&visit(TUESDAY), Some(&news.events[0].event)).await;
        assert_eq!(back.id, made.id, "{shelf:?}");
        let cursor = desk.look(news.cursor.as_deref()).await.cursor;
        desk.deleted_by_people(&made.id);
        let put = desk.calendar.put(&visit(WEDNESDAY), Some(&back)).await;
        assert!(matches!(&put, Err(Failure::Refused { code, .. }) if code == codes::CHANGED), "{shelf:?}: {put:?}");
        let news = desk.look(cursor.as_deref()).await;
        assert_eq!(news.events[0].state, EventState::Gone, "{shelf:?}");
        desk.portal.assert_clean();
    }
}

#[tokio::test]
async fn what_people_put_there_takes_time_of_its_specialist() {
    for shelf in SHELVES {
        let desk = Desk::new(shelf);
        desk.made_by_people(span(TUESDAY, 90));
        let seen = desk.look(None).await;
        let taken = Taken { specialist: Some(SpecialistId::new("anna")), span: span(TUESDAY, 90) };
        assert_eq!(seen.events.len(), 1, "{shelf:?}");
        assert_eq!(seen.events[0].state, EventState::Busy(vec![taken]), "{shelf:?}");
        assert!(desk.look(seen.cursor.as_deref()).await.events.is_empty(), "{shelf:?}: nothing is new");
        desk.portal.assert_clean();
    }
}

/// Whatever is lost, wherever: one visit stands there, where it belongs.
#[tokio::test]
async fn one_fault_at_any_call_leaves_one_visit() {
    let faults = [
        Fault::DropBefore,
        Fault::ExecuteThenDrop,
        Fault::ExecuteLate(59_000),
        Fault::ExecuteThenStatus(500),
        Fault::Status(502),
        Fault::Status(503),
    ];
    for shelf in SHELVES {
        for fault in faults {
            for position in 0..6 {
                let what = format!("{shelf:?}, {fault:?} at call {position}");
                let desk = Desk::new(shelf);
                desk.portal.plan(Faults::listed(
                    (0..=position).map(|call| (call == position).then_some(fault)).collect::<Vec<_>>(),
                ));
                let made = desk.written(&visit(TUESDAY), None).await;
                desk.written(&visit(WEDNESDAY), Some(&made)).await;
                desk.portal.plan(Faults::none());
                desk.pass(120_000);
                desk.portal.settle(desk.now_ms.load(Ordering::Relaxed));
                let seen = desk.look(None).await;
                assert_eq!(seen.events.len(), 1, "{what}: {:?}", seen.events);
                let EventState::Visit { time, .. } = &seen.events[0].state else { panic!("{what}") };
                assert_eq!(time.span, span(WEDNESDAY, 60), "{what}");
                desk.portal.assert_clean();
            }
        }
    }
}

#[tokio::test]
async fn a_resource_that_is_busy_is_told_as_taken() {
    let desk = Desk::new(Shelf::Bookings);
    desk.made_by_people(span(TUESDAY, 90));
    let put = desk.calendar.put(&visit(TUESDAY), None).await;
    assert!(matches!(&put, Err(Failure::Refused { code, .. }) if code == codes::TAKEN), "{put:?}");
    desk.portal.assert_clean();
}

#[tokio::test]
async fn hundreds_of_bookings_are_read_page_by_page() {
    let desk = Desk::new(Shelf::Bookings);
    desk.portal.set(|settings| settings.intensity = None);
    for number in 0..120 {
        let from = at(TUESDAY) + SignedDuration::from_mins(10 * number);
        desk.made_by_people(Span { from, to: from + SignedDuration::from_mins(10) });
    }
    assert_eq!(desk.look(None).await.events.len(), 120);
    desk.portal.assert_clean();
}

/// Neither name nor phone leaves us unless the owner says so.
#[tokio::test]
async fn clients_are_shown_only_where_the_owner_wants_it() {
    for (shelf, shows) in
        [(Shelf::Bookings, false), (Shelf::Bookings, true), (Shelf::Events, false), (Shelf::Events, true)]
    {
        let desk = Desk::with(shelf, &[("show_clients", json!(shows))]);
        desk.written(&visit(TUESDAY), None).await;
        let sent: String = desk.line.heard().iter().map(|(_, body)| body.to_string()).collect();
        let said = ["Ольга", "123-45-67", "Маникюр"].map(|word| sent.contains(word));
        assert_eq!(said, [shows; 3], "{shelf:?}");
    }
}

#[tokio::test]
async fn the_check_tells_the_owner_what_is_missing() {
    for (shelf, title) in [(Shelf::Bookings, "«Бронирование (booking)»"), (Shelf::Events, "«Календарь (calendar)»")]
    {
        let desk = Desk::new(shelf);
        assert!(desk.calendar.check().await.unwrap()[0].contains("мастеров: 2"), "{shelf:?}");
        desk.portal.set(|settings| settings.scopes = vec!["crm".to_owned()]);
        let told = desk.calendar.check().await.unwrap().join(" ");
        assert!(told.contains(title), "{told}");
        let looked = desk.calendar.changes(None, span(TUESDAY, 60)).await;
        assert!(matches!(looked, Err(Failure::Broken { .. })), "{shelf:?}: {looked:?}");
        desk.portal.assert_clean();
    }
}

#[test]
fn what_is_named_wrong_is_refused_in_words() {
    let context = OpenContext { now: Arc::new(|| at(NOW)), wire: None };
    let address = ("webhook_url", json!("https://salon-demo.bitrix24.ru/rest/17/h00kc0de/"));
    let table: [(&[(&str, Value)], &str); 4] = [
        (&[], "одно из двух"),
        (&[("resources", json!({ "anna": 3 })), ("employees", json!({ "anna": 23 }))], "одно из двух"),
        (&[("resources", json!({ "anna": 3, "maria": 3 }))], "указан дважды"),
        (&[("resources", json!(["anna"]))], "таблица номеров"),
    ];
    for (fields, expected) in table {
        let all = fields.iter().cloned().chain([address.clone()]);
        let all: BTreeMap<String, Value> = all.map(|(name, value)| (name.to_owned(), value)).collect();
        let problem = calendars::open("bitrix24", &all, &context).err().unwrap().to_string();
        assert!(problem.contains(expected), "{problem}");
    }
}

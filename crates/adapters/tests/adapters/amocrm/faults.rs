//! One request, one lead: whatever is lost, and wherever.

use nochnik_doubles::amocrm::Settings;
use nochnik_doubles::{Fault, Faults};
use serde_json::json;

use crate::amocrm::desk::Desk;
use crate::cards::{TODO_MARKER, card};

/// What may happen to any call. The doubt about a call ends after a minute and a half, so none is done later than that.
const FAULTS: [Fault; 9] = [
    Fault::DropBefore,
    Fault::ExecuteThenDrop,
    Fault::ExecuteLate(1_000),
    Fault::ExecuteLate(59_000),
    Fault::ExecuteThenStatus(500),
    Fault::ExecuteThenStatus(504),
    Fault::Status(502),
    Fault::Status(503),
    Fault::Status(429),
];
/// The first card of a process: two calls for the fields, two look-ups, a create, a note, a task.
const FIRST_CARD_CALLS: usize = 7;

/// Delivers a first card and then a change of it under `plan`, and counts what stands there.
async fn assert_one_of_each(settings: Settings, plan: Faults, what: &str) {
    let mut desk = Desk::new(settings);
    desk.account.plan(plan);
    let mut card = card();
    desk.deliver(&card).await.unwrap_or_else(|failure| panic!("{what}: {failure}"));
    card.title = "Маникюр и педикюр — Анна".to_owned();
    card.transcript[1].text = "Записала на 18:30".to_owned();
    desk.deliver(&card).await.unwrap_or_else(|failure| panic!("{what}, the change: {failure}"));
    desk.calm();
    desk.pass(120_000);
    desk.account.settle(desk.now_ms());

    let (leads, contacts, tasks) = (desk.account.leads(), desk.account.contacts(), desk.account.tasks());
    assert_eq!((leads.len(), contacts.len(), tasks.len()), (1, 1, 1), "{what}");
    assert_eq!(contacts[0].phones.len(), 1, "{what}: phones");
    assert!(leads[0].name.starts_with("[ночной] Маникюр и педикюр — Анна"), "{what}: {}", leads[0].name);
    assert_eq!(leads[0].contacts, [contacts[0].id], "{what}");
    let notes = desk.notes_of(leads[0].id);
    assert_eq!(notes.len(), 1, "{what}: notes");
    assert!(notes[0].ends_with("бот: Записала на 18:30"), "{what}");
    assert!(tasks[0].text.contains(TODO_MARKER), "{what}");
    desk.account.assert_clean();
}

fn at(faults: &[(usize, Fault)]) -> Faults {
    let last = faults.iter().map(|(call, _)| *call).max().unwrap_or_default();
    let of = |call| faults.iter().find(|(at, _)| *at == call).map(|(_, fault)| *fault);
    Faults::listed((0..=last).map(of).collect::<Vec<_>>())
}

#[tokio::test]
async fn one_fault_at_any_call_leaves_one_lead() {
    for is_admin in [true, false] {
        for fault in FAULTS {
            for call in 0..FIRST_CARD_CALLS + 2 {
                let settings = Settings { is_admin, ..Settings::default() };
                let what = format!("administrator {is_admin}, {fault:?} at call {call}");
                assert_one_of_each(settings, at(&[(call, fault)]), &what).await;
            }
        }
    }
}

#[tokio::test]
async fn two_faults_at_any_calls_leave_one_lead() {
    let worst = [Fault::DropBefore, Fault::ExecuteThenDrop, Fault::ExecuteLate(59_000), Fault::Status(503)];
    for (first, second) in worst.iter().flat_map(|first| worst.iter().map(move |second| (*first, *second))) {
        for (a, b) in (2..8).flat_map(|a| (a + 1..14).map(move |b| (a, b))) {
            let what = format!("{first:?} at call {a}, {second:?} at call {b}");
            assert_one_of_each(Settings::default(), at(&[(a, first), (b, second)]), &what).await;
        }
    }
}

/// Three calls of ten fail; the search sees a new lead only after ten minutes.
#[tokio::test]
async fn a_bad_night_leaves_one_lead() {
    for (seed, index_lag_ms) in (0..60).flat_map(|seed| [0, 600_000].map(|lag_ms| (seed, lag_ms))) {
        let plan = Faults::seeded(seed, 0.3, FAULTS.to_vec());
        let settings = Settings { index_lag_ms, ..Settings::default() };
        assert_one_of_each(settings, plan, &format!("seed {seed}, seen after {index_lag_ms} ms")).await;
    }
}

/// The lead of somebody else is adopted once, whatever is lost on the way.
#[tokio::test]
async fn a_fault_while_joining_an_open_lead_writes_to_it_once() {
    for fault in FAULTS {
        for call in 0..FIRST_CARD_CALLS + 2 {
            let what = format!("{fault:?} at call {call}");
            let mut desk = Desk::new(Settings::default());
            let contact = desk.contact("Аня", "8 (928) 123-45-67");
            let lead = desk.lead("Звонок", contact, json!({}));
            desk.account.plan(at(&[(call, fault)]));
            desk.deliver(&card()).await.unwrap_or_else(|failure| panic!("{what}: {failure}"));
            desk.pass(120_000);
            desk.account.settle(desk.now_ms());
            assert_eq!((desk.account.leads().len(), desk.account.contacts().len()), (1, 1), "{what}");
            assert_eq!(desk.notes_of(lead).len(), 1, "{what}: notes");
            assert_eq!(desk.account.tasks().len(), 1, "{what}: tasks");
            desk.account.assert_clean();
        }
    }
}

/// The account merges with a lead of its own and the answer is lost: people's words stay all the same.
#[tokio::test]
async fn a_merge_whose_answer_was_lost_is_not_taken_for_ours() {
    for fault in [None, Some(Fault::ExecuteThenDrop), Some(Fault::ExecuteThenStatus(504))] {
        let settings = Settings { merges: true, index_lag_ms: 86_400_000, ..Settings::default() };
        let mut desk = Desk::new(settings);
        let contact = desk.contact("Аня", "8 (928) 123-45-67");
        let lead = desk.lead("Звонок", contact, json!({}));
        desk.pass(3_600_000);
        if let Some(fault) = fault {
            desk.account.plan(Faults::once("POST leads/complex", fault));
        }
        let mut card = card();
        desk.deliver(&card).await.unwrap();
        card.title = "Педикюр — Анна".to_owned();
        desk.deliver(&card).await.unwrap();
        let leads = desk.account.leads();
        assert_eq!((leads.len(), leads[0].name.as_str()), (1, "Звонок"), "{fault:?}");
        assert_eq!(leads[0].tags, ["горячий", "ночной"], "{fault:?}");
        assert_eq!(desk.notes_of(lead).len(), 1, "{fault:?}");
        assert_eq!(desk.account.contacts()[0].name, "Аня", "{fault:?}");
        desk.account.assert_clean();
    }
}

//! What is done about an answer that was lost: looked up where our own id allows, said as such elsewhere.

use nochnik_adapters::failure::Scope;
use nochnik_adapters::ports::Delivery;
use nochnik_doubles::{Fault, Faults};

use crate::means::desk::{Desk, KEY, MARINA, Means, alert, assert_means};

const TEXT: &str = "Срочная заявка. Нажмите один.";
const FAULTS: [(Fault, &str, usize); 4] = [
    (Fault::ExecuteThenDrop, "done, answer lost", 1),
    (Fault::DropBefore, "line cut before", 0),
    (Fault::ExecuteThenStatus(504), "done, answer of a proxy", 1),
    (Fault::Status(504), "a proxy alone", 0),
];

#[tokio::test]
async fn a_lost_answer_is_said_to_be_unknown() {
    for kind in ["smsru", "smsaero", "exolve", "zvonok"] {
        for (fault, name, sent) in FAULTS {
            let desk = Desk::of(kind).await;
            desk.double.plan(Faults::listed([Some(fault)]));
            let failure = desk.notifier.send(MARINA, &alert(TEXT), KEY).await.unwrap_err();
            assert_means(&failure, &Means::Unknown, &format!("{kind}: {name}"));
            assert_eq!(desk.double.sent().len(), sent, "{kind}: {name}");
            assert_eq!(desk.notifier.foreseen_id(KEY), None, "{kind} chooses its ids alone");
        }
    }
}

#[tokio::test]
async fn our_own_id_tells_whether_it_was_sent() {
    for kind in ["smsc", "smsc_call"] {
        for (fault, name, sent) in FAULTS {
            let desk = Desk::of(kind).await;
            desk.double.plan(Faults::listed([Some(fault)]));
            let failure = desk.notifier.send(MARINA, &alert(TEXT), KEY).await.unwrap_err();
            assert_means(&failure, &Means::Unknown, &format!("{kind}: {name}"));
            let id = desk.notifier.foreseen_id(KEY).unwrap();
            let expected = (sent == 1).then_some(Delivery::Accepted);
            assert_eq!(desk.notifier.look(MARINA, &id).await.unwrap(), expected, "{kind}: {name}");
            desk.double.assert_clean();
        }
    }
}

/// The same text within a minute is the vendor's own guard against repeats.
#[tokio::test]
async fn smsc_refuses_a_repeat_for_a_minute() {
    let desk = Desk::of("smsc").await;
    desk.notifier.send(MARINA, &alert(TEXT), KEY).await.unwrap();
    let failure = desk.notifier.send(MARINA, &alert(TEXT), KEY).await.unwrap_err();
    assert_means(&failure, &Means::Later(Some(60), Scope::Row), "at once");
    desk.pass(60_000);
    desk.notifier.send(MARINA, &alert(TEXT), KEY).await.unwrap();
}

#[test]
fn an_own_id_is_stable_and_a_positive_number_of_31_bits() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let desk = runtime.block_on(Desk::of("smsc"));
    let id = |key: &str| desk.notifier.foreseen_id(key).unwrap();
    assert_eq!(id(KEY), id(KEY));
    assert_ne!(id(KEY), id("lotos:case-7:level-2:call"));
    for n in 0..1_000 {
        let number: i64 = id(&format!("key {n}")).parse().unwrap();
        assert!((1..=i64::from(i32::MAX)).contains(&number), "{number}");
    }
}

//! One visit, one record: whatever is lost, and wherever.

use nochnik_doubles::yclients::Settings;
use nochnik_doubles::{Fault, Faults};

use crate::yclients::desk::{Desk, MODES, Mode, visit, visit_at};

/// What may happen to any call.
const FAULTS: [Fault; 10] = [
    Fault::DropBefore,
    Fault::ExecuteThenDrop,
    Fault::ExecuteLate(1_000),
    Fault::ExecuteLate(60_000),
    Fault::ExecuteThenStatus(500),
    Fault::ExecuteThenStatus(504),
    Fault::Status(502),
    Fault::Status(503),
    Fault::Status(429),
    Fault::Delay(5_000),
];
/// The branch, a look-up, a check, the booking, its record; then a move and a removal, each of which looks first.
const CALLS: usize = 11;

/// A visit is written, moved and taken away under `plan`; after each step there is what should be.
async fn assert_one_record(settings: Settings, mode: Mode, plan: Faults, what: &str) {
    let desk = Desk::new(settings, mode);
    desk.branch.plan(plan);
    let event = desk.deliver(&visit(), None).await.unwrap_or_else(|failure| panic!("{what}: {failure}"));
    let count = |expected: usize, step: &str| {
        let rows = desk.branch.standing();
        assert_eq!(rows.len(), expected, "{what}, {step}");
        rows
    };
    assert_eq!(count(1, "written")[0].from_s, visit().span.from.as_second(), "{what}");
    let moved = visit_at("2026-11-24T13:00:00Z");
    let event = desk.deliver(&moved, Some(&event)).await.unwrap_or_else(|failure| panic!("{what}, moved: {failure}"));
    assert_eq!(count(1, "moved")[0].from_s, moved.span.from.as_second(), "{what}");
    // Without a user's token, and the hash lost with the answer, the removal is a person's.
    let done = desk.take_away(&event).await;
    let left = if event.id.contains(':') || mode != Mode::Partner {
        done.unwrap_or_else(|failure| panic!("{what}, taken away: {failure}"));
        0
    } else {
        1
    };
    count(left, "taken away");
    desk.calm();
    desk.pass(120_000).await;
    let rows = count(left, "at last");
    assert!(rows.iter().all(|row| row.from_s == moved.span.from.as_second()), "{what}, at last");
    desk.branch.assert_clean();
}

fn at(faults: &[(usize, Fault)]) -> Faults {
    let last = faults.iter().map(|(call, _)| *call).max().unwrap_or_default();
    let of = |call| faults.iter().find(|(at, _)| *at == call).map(|(_, fault)| *fault);
    Faults::listed((0..=last).map(of).collect::<Vec<_>>())
}

#[tokio::test(start_paused = true)]
async fn one_fault_at_any_call_leaves_one_record() {
    for mode in MODES {
        for fault in FAULTS {
            for call in 0..CALLS {
                let what = format!("{mode:?}, {fault:?} at call {call}");
                assert_one_record(Settings::default(), mode, at(&[(call, fault)]), &what).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_faults_at_any_calls_leave_one_record() {
    let worst = [Fault::DropBefore, Fault::ExecuteThenDrop, Fault::ExecuteThenStatus(504), Fault::Status(503)];
    for mode in MODES {
        for (first, second) in worst.iter().flat_map(|first| worst.iter().map(move |second| (*first, *second))) {
            for (a, b) in (1..5).flat_map(|a| (a + 1..CALLS).map(move |b| (a, b))) {
                let what = format!("{mode:?}, {first:?} at call {a}, {second:?} at call {b}");
                assert_one_record(Settings::default(), mode, at(&[(a, first), (b, second)]), &what).await;
            }
        }
    }
}

/// Three calls of ten fail, in every mood of the branch's types.
#[tokio::test(start_paused = true)]
async fn a_bad_night_leaves_one_record() {
    for (seed, mode) in (0..40).flat_map(|seed| MODES.map(|mode| (seed, mode))) {
        let kinds = vec![Fault::DropBefore, Fault::ExecuteThenDrop, Fault::ExecuteThenStatus(504), Fault::Status(502)];
        let plan = Faults::seeded(seed, 0.3, kinds);
        assert_one_record(Settings::default(), mode, plan, &format!("{mode:?}, seed {seed}")).await;
    }
}

/// The create is done long after everybody gave up on it: by then its time is its own second try's.
#[tokio::test(start_paused = true)]
async fn a_create_done_late_finds_its_time_taken() {
    for (mode, call) in [(Mode::Partner, "POST book_record"), (Mode::Journal, "POST records")] {
        let desk = Desk::new(Settings::default(), mode);
        desk.branch.plan(Faults::once(call, Fault::ExecuteLate(60_000)));
        desk.deliver(&visit(), None).await.unwrap();
        desk.pass(120_000).await;
        assert_eq!(desk.branch.standing().len(), 1, "{mode:?}");
        assert_eq!(desk.branch.calls(call), 2, "{mode:?}");
    }
}

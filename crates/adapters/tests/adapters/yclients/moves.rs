//! A visit moved and taken away, by us and by the branch's own people meanwhile.

use nochnik_adapters::failure::codes;
use nochnik_adapters::ports::{EventRef, Visit};
use nochnik_doubles::yclients::Settings;

use crate::yclients::desk::{ANNA, Desk, MARIA, MODES, Mode, code, visit, visit_at};

fn later() -> Visit {
    visit_at("2026-11-25T13:30:00Z")
}

fn number(event: &EventRef) -> i64 {
    event.id.split(':').next().unwrap().parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_move_changes_the_time_and_nothing_else() {
    for mode in MODES {
        let desk = Desk::new(Settings::default(), mode);
        let event = desk.deliver(&visit(), None).await.unwrap();
        let now_ms = desk.now_ms();
        desk.branch.administrator_labels(number(&event), 77, now_ms);
        desk.branch.administrator_lengthens(number(&event), 4_500, now_ms);
        let before = desk.branch.standing().remove(0);
        let moved = desk.deliver(&later(), Some(&event)).await.unwrap();
        assert_eq!(moved.id, event.id, "{mode:?}");
        assert_ne!(moved.version, event.version, "{mode:?}");
        let after = desk.branch.standing().remove(0);
        let expected = nochnik_doubles::yclients::Seen { from_s: later().span.from.as_second(), ..before };
        assert_eq!(after, expected, "{mode:?}");
        desk.branch.assert_clean();
    }
}

/// The user may not see phones: what is hidden is not written back as nothing.
#[tokio::test(start_paused = true)]
async fn a_move_keeps_a_phone_that_is_hidden_from_us() {
    for mode in [Mode::User, Mode::Journal] {
        let settings = Settings { lacks: ["client_phones_access".to_owned()].into(), ..Settings::default() };
        let desk = Desk::new(settings, mode);
        let event = desk.deliver(&visit(), None).await.unwrap();
        desk.deliver(&later(), Some(&event)).await.unwrap();
        assert_eq!(desk.branch.standing()[0].phone, "79281234567", "{mode:?}");
        desk.branch.assert_clean();
    }
}

#[tokio::test(start_paused = true)]
async fn what_stands_already_is_not_written_again() {
    for mode in MODES {
        let desk = Desk::new(Settings::default(), mode);
        let event = desk.deliver(&visit(), None).await.unwrap();
        desk.line.heard();
        desk.deliver(&visit(), Some(&event)).await.unwrap();
        let heard = desk.line.heard_whole();
        assert!(heard.iter().all(|heard| heard.method == "GET"), "{mode:?}: {heard:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn another_master_or_service_needs_the_journal() {
    for mode in MODES {
        let desk = Desk::new(Settings::default(), mode);
        let event = desk.deliver(&visit(), None).await.unwrap();
        let to_maria = Visit { specialist: "maria".into(), ..visit() };
        let done = desk.deliver(&to_maria, Some(&event)).await;
        if mode == Mode::Partner {
            assert_eq!(code(done), "needs_person");
            assert_eq!(desk.branch.standing()[0].staff, ANNA);
            continue;
        }
        let event = done.unwrap();
        assert_eq!(desk.branch.standing()[0].staff, MARIA, "{mode:?}");
        let pedicure = Visit { services: vec!["pedicure".into()], ..visit() };
        desk.deliver(&pedicure, Some(&event)).await.unwrap();
        let row = desk.branch.standing().remove(0);
        assert_eq!((row.staff, row.services.as_slice()), (ANNA, &[332][..]), "{mode:?}");
        desk.branch.assert_clean();
    }
}

#[tokio::test(start_paused = true)]
async fn a_move_to_a_taken_time_is_taken_and_the_record_stays() {
    for mode in MODES {
        let desk = Desk::new(Settings::default(), mode);
        let event = desk.deliver(&visit(), None).await.unwrap();
        let now_ms = desk.now_ms();
        desk.branch.administrator_adds(ANNA, later().span.from.as_second(), 3_600, now_ms);
        assert_eq!(code(desk.deliver(&later(), Some(&event)).await), codes::TAKEN, "{mode:?}");
        assert_eq!(desk.branch.standing()[0].from_s, visit().span.from.as_second(), "{mode:?}");
        // Half an hour later overlaps nobody but itself.
        desk.deliver(&visit_at("2026-11-24T12:30:00Z"), Some(&event)).await.unwrap();
        desk.branch.assert_clean();
    }
}

/// What a person did meanwhile is not overwritten.
#[tokio::test(start_paused = true)]
async fn a_record_that_a_person_moved_or_deleted_is_left_alone() {
    for mode in MODES {
        let desk = Desk::new(Settings::default(), mode);
        let event = desk.deliver(&visit(), None).await.unwrap();
        let now_ms = desk.now_ms();
        let moved_s = visit().span.from.as_second() + 7_200;
        desk.branch.administrator_moves(number(&event), ANNA, moved_s, now_ms);
        assert_eq!(code(desk.deliver(&later(), Some(&event)).await), codes::CHANGED, "{mode:?}");
        assert_eq!(code(desk.take_away(&event).await), codes::CHANGED, "{mode:?}");
        assert_eq!(desk.branch.standing()[0].from_s, moved_s, "{mode:?}");
        desk.branch.administrator_deletes(number(&event), now_ms);
        assert_eq!(code(desk.deliver(&later(), Some(&event)).await), codes::CHANGED, "{mode:?}");
        desk.take_away(&event).await.unwrap();
        assert!(desk.branch.standing().is_empty(), "{mode:?}");
        desk.branch.assert_clean();
    }
}

/// A mark of attendance or a payment changes nothing that we know of.
#[tokio::test(start_paused = true)]
async fn a_mark_of_attendance_stands_in_nobodys_way() {
    for mode in MODES {
        let desk = Desk::new(Settings::default(), mode);
        let event = desk.deliver(&visit(), None).await.unwrap();
        let now_ms = desk.now_ms();
        desk.branch.administrator_marks(number(&event), 2, now_ms);
        let event = desk.deliver(&later(), Some(&event)).await.unwrap();
        desk.take_away(&event).await.unwrap();
        assert!(desk.branch.standing().is_empty(), "{mode:?}");
        desk.branch.assert_clean();
    }
}

#[tokio::test(start_paused = true)]
async fn a_visit_taken_away_is_gone_and_gone_twice_is_no_failure() {
    for mode in MODES {
        let mut desk = Desk::new(Settings::default(), mode);
        let event = desk.deliver(&visit(), None).await.unwrap();
        desk.restart();
        desk.take_away(&event).await.unwrap();
        assert!(desk.branch.standing().is_empty(), "{mode:?}");
        desk.take_away(&event).await.unwrap();
        desk.branch.assert_clean();
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_branch_does_not_let_clients_do_is_left_to_a_person() {
    // The visit is 30 hours ahead.
    let day_s = 86_400;
    let cases = [
        (true, true, 30 * 3_600 - 60, 30 * 3_600 - 60, None, None),
        (false, true, 0, 0, Some("not_allowed"), None),
        (true, false, 0, 0, None, Some("not_allowed")),
        (true, true, 2 * day_s, 0, Some("not_allowed"), None),
        (true, true, 0, 2 * day_s, None, Some("not_allowed")),
    ];
    for mode in MODES {
        for (allow_change, allow_delete, change_delay_s, delete_delay_s, moved, deleted) in cases {
            let settings =
                Settings { allow_change, allow_delete, change_delay_s, delete_delay_s, ..Settings::default() };
            let what = format!("{mode:?} {allow_change} {allow_delete} {change_delay_s} {delete_delay_s}");
            let desk = Desk::new(settings, mode);
            let event = desk.deliver(&visit(), None).await.unwrap();
            let done = desk.deliver(&visit_at("2026-11-24T12:30:00Z"), Some(&event)).await;
            let event = match moved {
                Some(expected) => {
                    assert_eq!(code(done), expected, "{what}");
                    event
                }
                None => done.unwrap_or_else(|failure| panic!("{what}: {failure}")),
            };
            let done = desk.take_away(&event).await;
            match deleted {
                Some(expected) => assert_eq!(code(done), expected, "{what}"),
                None => done.unwrap_or_else(|failure| panic!("{what}: {failure}")),
            }
            assert_eq!(desk.branch.standing().len(), usize::from(deleted.is_some()), "{what}");
            desk.branch.assert_clean();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_no_record_is_not_touched() {
    for mode in MODES {
        let desk = Desk::new(Settings::default(), mode);
        for id in ["hours:6544:2026-11-24", "day:6544:2026-11-24", "x", "7:../../records"] {
            let event = EventRef { id: id.to_owned(), version: String::new() };
            assert_eq!(code(desk.deliver(&visit(), Some(&event)).await), codes::CHANGED, "{id}");
            assert_eq!(code(desk.take_away(&event).await), codes::CHANGED, "{id}");
        }
    }
}

/// Its answer was lost, and with it the hash: without a user's token nobody can take the record away but a person.
#[tokio::test(start_paused = true)]
async fn a_record_without_a_hash_can_be_moved_but_not_taken_away() {
    for lists_hash in [false, true] {
        let settings = Settings { partner_lists_hash: lists_hash, ..Settings::default() };
        let mut desk = Desk::new(settings, Mode::Partner);
        desk.deliver(&visit(), None).await.unwrap();
        desk.restart();
        let event = desk.deliver(&visit(), None).await.unwrap();
        assert_eq!(event.id.contains(':'), lists_hash);
        let event = desk.deliver(&later(), Some(&event)).await.unwrap();
        let done = desk.take_away(&event).await;
        match lists_hash {
            true => done.unwrap(),
            false => assert_eq!(code(done), "needs_person"),
        }
        desk.branch.assert_clean();
    }
}

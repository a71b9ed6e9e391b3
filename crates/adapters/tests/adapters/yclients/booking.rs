//! A visit written for the first time.

use jiff::SignedDuration;
use nochnik_adapters::Failure;
use nochnik_adapters::failure::codes;
use nochnik_adapters::ports::Visit;
use nochnik_doubles::yclients::Settings;
use serde_json::json;

use crate::yclients::desk::{ANNA, Desk, MODES, Mode, PHONE, at, code, visit, visit_at};

#[tokio::test(start_paused = true)]
async fn a_visit_becomes_one_record_with_all_that_people_need() {
    for mode in MODES {
        let desk = Desk::new(Settings::default(), mode);
        let event = desk.deliver(&visit(), None).await.unwrap();
        let rows = desk.branch.standing();
        assert_eq!(rows.len(), 1, "{mode:?}");
        let row = &rows[0];
        assert_eq!((row.staff, row.services.as_slice(), row.length_s), (ANNA, &[331][..], 3_600), "{mode:?}");
        assert_eq!(row.from_s, visit().span.from.as_second(), "{mode:?}");
        assert_eq!((row.name.as_str(), row.phone.as_str()), ("Ольга", PHONE.trim_start_matches('+')), "{mode:?}");
        assert_eq!(row.comment, "Ночник #lotos/telegram/5/1: Маникюр", "{mode:?}");
        assert!(row.api_id.as_ref().unwrap().bytes().all(|b| b.is_ascii_digit()), "{mode:?}");
        assert_eq!(row.is_online, mode != Mode::Journal, "{mode:?}");
        let id = event.id.split(':').next().unwrap();
        assert_eq!(id, row.id.to_string(), "{mode:?}");
        assert_eq!(event.id.contains(':'), mode == Mode::Partner, "only there the hash is needed: {}", event.id);
        desk.branch.assert_clean();
    }
}

/// The second try knows nothing of the first, and yet finds its record.
#[tokio::test(start_paused = true)]
async fn a_second_call_finds_the_first_ones_record() {
    for (mode, is_restarted) in MODES.into_iter().flat_map(|mode| [(mode, false), (mode, true)]) {
        let mut desk = Desk::new(Settings::default(), mode);
        let first = desk.deliver(&visit(), None).await.unwrap();
        if is_restarted {
            desk.restart();
        }
        let second = desk.deliver(&visit(), None).await.unwrap();
        assert_eq!(desk.branch.all().len(), 1, "{mode:?}");
        let id = |id: &str| id.split(':').next().unwrap().to_owned();
        assert_eq!(id(&first.id), id(&second.id), "{mode:?}");
        assert!(is_restarted || first.id == second.id, "{mode:?}");
        desk.branch.assert_clean();
    }
}

#[tokio::test(start_paused = true)]
async fn a_time_that_somebody_took_is_taken() {
    for mode in MODES {
        let desk = Desk::new(Settings::default(), mode);
        let now_ms = desk.now_ms();
        desk.branch.administrator_adds(ANNA, visit().span.from.as_second() - 1_800, 3_600, now_ms);
        assert_eq!(code(desk.deliver(&visit(), None).await), codes::TAKEN, "{mode:?}");
        assert_eq!(desk.branch.standing().len(), 1, "{mode:?}");
        // Outside of the master's hours nobody is taken either.
        assert_eq!(code(desk.deliver(&visit_at("2026-11-24T18:00:00Z"), None).await), codes::TAKEN, "{mode:?}");
        desk.branch.assert_clean();
    }
}

/// The number of the refusal stands in another place every time.
#[tokio::test(start_paused = true)]
async fn a_time_stolen_between_check_and_booking_is_taken_wherever_the_number_stands() {
    let desk = Desk::new(Settings { steals_after_check: true, ..Settings::default() }, Mode::Partner);
    for hour in 8..16 {
        let visit = visit_at(&format!("2026-11-24T{hour:02}:00:00Z"));
        assert_eq!(code(desk.deliver(&visit, None).await), codes::TAKEN, "at {hour}");
        assert_eq!(desk.branch.calls("POST book_record"), hour - 7, "checked, then refused");
    }
    assert!(desk.branch.standing().iter().all(|row| row.phone.is_empty()));
    desk.branch.assert_clean();
}

/// Somebody else's record of the same hour, of the same client even, is not ours.
#[tokio::test(start_paused = true)]
async fn a_clients_other_visit_is_not_taken_for_this_one() {
    for mode in MODES {
        let desk = Desk::new(Settings::default(), mode);
        desk.deliver(&visit(), None).await.unwrap();
        let other = Visit { booking: "lotos/telegram/5/2".to_owned(), ..visit() };
        assert_eq!(code(desk.deliver(&other, None).await), codes::TAKEN, "{mode:?}");
        let later = Visit { booking: "lotos/telegram/5/2".to_owned(), ..visit_at("2026-11-24T13:00:00Z") };
        desk.deliver(&later, None).await.unwrap();
        assert_eq!(desk.branch.standing().len(), 2, "{mode:?}");
        desk.branch.assert_clean();
    }
}

#[tokio::test(start_paused = true)]
async fn several_services_go_into_one_record() {
    for mode in MODES {
        let desk = Desk::new(Settings::default(), mode);
        let both = Visit {
            services: vec!["manicure".into(), "pedicure".into()],
            span: nochnik_adapters::ports::Span {
                from: at("2026-11-24T12:00:00Z"),
                to: at("2026-11-24T12:00:00Z") + SignedDuration::from_mins(150),
            },
            ..visit()
        };
        desk.deliver(&both, None).await.unwrap();
        let rows = desk.branch.standing();
        assert_eq!((rows[0].services.as_slice(), rows[0].length_s), (&[331, 332][..], 9_000), "{mode:?}");
        desk.branch.assert_clean();
    }
}

/// With a user's token the journal is the way out; without one a person must book.
#[tokio::test(start_paused = true)]
async fn a_branch_that_confirms_phones_is_booked_by_the_journal_or_by_a_person() {
    for settings in
        [Settings { asks_code: true, ..Settings::default() }, Settings { asks_email: true, ..Settings::default() }]
    {
        let desk = Desk::new(settings.clone(), Mode::Partner);
        assert_eq!(code(desk.deliver(&visit(), None).await), "needs_person");
        assert_eq!(desk.branch.calls("POST book_record"), 0, "nothing is tried in vain");
        let desk = Desk::new(settings, Mode::User);
        desk.deliver(&visit(), None).await.unwrap();
        assert!(!desk.branch.standing()[0].is_online);
        desk.branch.assert_clean();
    }
}

/// Switched on a minute ago: what was heard of the branch says otherwise.
#[tokio::test(start_paused = true)]
async fn a_code_asked_for_out_of_the_blue_needs_a_person() {
    let desk = Desk::new(Settings::default(), Mode::Partner);
    desk.deliver(&visit(), None).await.unwrap();
    desk.branch.set(|settings| settings.asks_code = true);
    let other = Visit { booking: "lotos/telegram/5/2".to_owned(), ..visit_at("2026-11-24T14:00:00Z") };
    assert_eq!(code(desk.deliver(&other, None).await), "needs_person");
}

#[tokio::test(start_paused = true)]
async fn an_empty_address_that_is_refused_is_left_out() {
    let desk = Desk::new(Settings { refuses_empty_email: true, ..Settings::default() }, Mode::Partner);
    desk.deliver(&visit(), None).await.unwrap();
    assert_eq!((desk.branch.standing().len(), desk.branch.calls("POST book_record")), (1, 2));
    desk.branch.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn the_black_list_the_number_and_the_service_have_their_own_answers() {
    for mode in MODES {
        let listed = Settings { black_list: ["79281234567".to_owned()].into(), ..Settings::default() };
        let desk = Desk::new(listed, mode);
        assert_eq!(code(desk.deliver(&visit(), None).await), "blacklisted", "{mode:?}");
        let desk = Desk::new(Settings::default(), mode);
        let nobody = Visit { client_phone: None, ..visit() };
        assert_eq!(code(desk.deliver(&nobody, None).await), "phone", "{mode:?}");
        let nameless = Visit { client_name: " ".to_owned(), ..visit() };
        desk.deliver(&nameless, None).await.unwrap();
        assert_eq!(desk.branch.standing()[0].name, "Клиент", "{mode:?}");
        desk.branch.assert_clean();
    }
    let mut settings = Settings::default();
    settings.services[0].is_active = false;
    let desk = Desk::new(settings, Mode::Partner);
    assert_eq!(code(desk.deliver(&visit(), None).await), "not_bookable");
}

#[tokio::test(start_paused = true)]
async fn what_has_no_number_there_is_for_the_owner_to_mend() {
    let desk = Desk::with(Settings::default(), Mode::Partner, &[("services", json!({ "other": 331 }))]);
    let Err(Failure::Broken { hint, .. }) = desk.deliver(&visit(), None).await else { panic!("not broken") };
    assert!(hint.contains("services"), "{hint}");
    let stranger = Visit { specialist: "vera".into(), ..visit() };
    let Err(Failure::Broken { hint, .. }) = desk.deliver(&stranger, None).await else { panic!("not broken") };
    assert!(hint.contains("staff"), "{hint}");
    assert!(desk.branch.all().is_empty());
}

/// The branch gives a visit the length of its own service: what is heard of it later is no news.
#[tokio::test(start_paused = true)]
async fn what_was_written_comes_back_as_it_was_told() {
    for mode in MODES {
        let mut settings = Settings::default();
        settings.services[0].length_s = 5_400;
        let mut desk = Desk::new(settings, mode);
        let event = desk.deliver(&visit(), None).await.unwrap();
        let span = desk.ahead(14);
        desk.read(span).await.unwrap();
        assert_eq!(desk.visit_of(&visit().booking).unwrap().0, event, "{mode:?}");
        let event = desk.deliver(&visit_at("2026-11-25T12:00:00Z"), Some(&event)).await.unwrap();
        desk.pass(60_000).await;
        desk.read(span).await.unwrap();
        assert_eq!(desk.visit_of(&visit().booking).unwrap().0, event, "{mode:?}");
        desk.branch.assert_clean();
    }
}

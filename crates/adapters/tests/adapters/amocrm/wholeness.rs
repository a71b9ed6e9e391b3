//! What stands in the account when nothing goes wrong, and how many calls it costs.

use jiff::{SignedDuration, Timestamp};
use nochnik_core::crm::{BookedVisit, TranscriptLine};
use nochnik_core::values::Phone;
use nochnik_doubles::amocrm::{self, BOOKED, FIRST, PIPELINE, Settings};
use serde_json::{Value, json};

use crate::amocrm::desk::{Desk, entry};
use crate::cards::{PHONE, TODO_MARKER, card};

#[tokio::test]
async fn a_new_request_is_one_whole_lead_for_five_calls() {
    let desk = Desk::warmed(Settings::default()).await;
    let card = card();
    let put = desk.try_put(&card, None, false).await;
    put.done.unwrap();
    assert_eq!((put.requests, desk.line.heard().len()), (5, 5));
    assert_eq!(desk.crm.pace().requests, 5);

    let leads = desk.account.leads();
    assert_eq!(leads.len(), 1);
    assert_eq!(leads[0].name, "[ночной] Маникюр — Анна");
    assert_eq!(leads[0].tags, ["горячий", "ночной"]);
    for (code, value) in [
        ("NOCHNIK_SERVICE", "Маникюр"),
        ("NOCHNIK_CHANNEL", "Телеграм, ссылка ig_bio_nov"),
        ("UTM_SOURCE", "telegram"),
        ("UTM_CAMPAIGN", "ig_bio_nov"),
    ] {
        assert_eq!(leads[0].custom[code], value, "{code}");
    }
    assert_eq!(leads[0].custom.len(), 5, "and the mark: {:?}", leads[0].custom);
    let contact = desk.account.contacts().into_iter().find(|contact| contact.id == leads[0].contacts[0]).unwrap();
    assert_eq!((contact.name.as_str(), contact.phones), ("Анна", vec![PHONE.to_owned()]));
    let notes = desk.notes_of(leads[0].id);
    assert_eq!(notes.len(), 1);
    assert!(notes[0].contains("клиент: Хочу маникюр завтра\nбот: Есть 18:30 у Анны"), "{}", notes[0]);
    let tasks = desk.account.tasks();
    assert_eq!(tasks.len(), 1);
    assert!(tasks[0].text.starts_with("Перезвонить: Анна, маникюр") && tasks[0].text.contains(TODO_MARKER));
    assert_eq!((tasks[0].lead, tasks[0].complete_till), (leads[0].id, card.todo.unwrap().deadline.as_second()));
    desk.account.assert_clean();
}

#[tokio::test]
async fn a_change_costs_what_has_changed_and_no_change_nothing() {
    let mut desk = Desk::warmed(Settings::default()).await;
    let mut card = card();
    let (phone, todo) = (card.phone.take(), card.todo.take());
    desk.deliver(&card).await.unwrap();
    desk.line.heard();

    desk.deliver(&card).await.unwrap();
    assert_eq!(desk.line.heard().len(), 0);

    card.transcript.push(TranscriptLine {
        at: Timestamp::from_millisecond(desk.now_ms()).unwrap(),
        who: "клиент".to_owned(),
        text: "и педикюр".to_owned(),
    });
    desk.deliver(&card).await.unwrap();
    assert_eq!(desk.line.heard().len(), 1, "the note");

    (card.title, card.phone, card.todo) = ("Маникюр и педикюр — Анна".to_owned(), phone, todo);
    card.tags = vec!["записан ботом".to_owned()];
    desk.deliver(&card).await.unwrap();
    assert_eq!(desk.line.heard().len(), 5, "lead, contact read and written, note, task");

    let leads = desk.account.leads();
    assert_eq!(leads.len(), 1);
    assert_eq!(leads[0].name, "[ночной] Маникюр и педикюр — Анна");
    assert_eq!(leads[0].tags, ["ночной", "записан ботом"], "no longer hot");
    assert_eq!(
        desk.account.contacts().into_iter().find(|found| found.id == leads[0].contacts[0]).unwrap().phones,
        [PHONE]
    );
    let notes = desk.notes_of(leads[0].id);
    assert_eq!(notes.len(), 1);
    assert!(notes[0].ends_with("клиент: и педикюр"));
    assert_eq!(desk.account.tasks().len(), 1);
    desk.account.assert_clean();
}

#[tokio::test]
async fn a_task_follows_its_case_until_it_is_closed() {
    let mut desk = Desk::warmed(Settings::default()).await;
    let mut card = card();
    desk.deliver(&card).await.unwrap();
    let mut todo = card.todo.take().unwrap();
    todo.deadline += SignedDuration::from_mins(15);
    card.todo = Some(todo.clone());
    desk.deliver(&card).await.unwrap();
    assert_eq!(desk.account.tasks().len(), 1);
    assert_eq!(desk.account.tasks()[0].complete_till, todo.deadline.as_second());

    todo.marker = "N-000009".to_owned();
    card.todo = Some(todo);
    desk.deliver(&card).await.unwrap();
    let is_done = |desk: &Desk| desk.account.tasks().iter().map(|task| task.is_completed).collect::<Vec<_>>();
    assert_eq!(is_done(&desk), [true, false], "another case: the old task is done, a new one stands");

    card.todo = None;
    desk.deliver(&card).await.unwrap();
    assert_eq!(is_done(&desk), [true, true]);
    desk.line.heard();
    desk.deliver(&card).await.unwrap();
    assert!(desk.line.heard().is_empty());
    desk.account.assert_clean();
}

#[tokio::test]
async fn a_visit_stands_in_its_field_and_goes_when_it_is_cancelled() {
    let mut desk = Desk::warmed(Settings::default()).await;
    let mut card = card();
    let starts_at: Timestamp = "2026-11-25T15:30:00Z".parse().unwrap();
    card.booking = Some(BookedVisit {
        starts_at,
        ends_at: starts_at + SignedDuration::from_mins(90),
        specialist: "Анна".to_owned(),
        text: "среда, 25 ноября, 18:30".to_owned(),
    });
    desk.deliver(&card).await.unwrap();
    let lead = &desk.account.leads()[0];
    assert_eq!(lead.custom["NOCHNIK_VISIT_AT"], starts_at.as_second());
    assert!(desk.notes_of(lead.id)[0].contains("Запись: среда, 25 ноября, 18:30, мастер Анна"));
    card.booking = None;
    desk.deliver(&card).await.unwrap();
    assert_eq!(desk.account.leads()[0].custom.get("NOCHNIK_VISIT_AT"), None);
    desk.account.assert_clean();
}

#[tokio::test]
async fn the_owners_choices_stand_on_the_lead_its_contact_and_its_task() {
    let chosen = [("pipeline_id", json!(PIPELINE)), ("status_id", json!(BOOKED)), ("responsible_id", json!(504_141))];
    let mut desk = Desk::with(Settings::default(), &chosen);
    desk.deliver(&card()).await.unwrap();
    let fields = &desk.account.leads()[0].fields;
    assert_eq!((&fields["pipeline_id"], &fields["status_id"]), (&json!(PIPELINE), &json!(BOOKED)));
    assert_eq!(fields["responsible_user_id"], 504_141);
    assert_eq!(desk.account.tasks()[0].responsible, Some(504_141));
    desk.account.assert_clean();
}

#[tokio::test]
async fn without_the_right_to_make_fields_the_name_carries_the_mark() {
    for has_utm in [true, false] {
        let settings = Settings { is_admin: false, has_utm, ..Settings::default() };
        let mut desk = Desk::new(settings);
        let card = card();
        desk.deliver(&card).await.unwrap();
        let lead = desk.account.leads().remove(0);
        let mark = lead.name.strip_prefix("[ночной] Маникюр — Анна #N").unwrap();
        assert!(mark.len() == 16 && mark.chars().all(|c| c.is_ascii_hexdigit()), "{}", lead.name);
        assert_eq!(lead.custom.len(), if has_utm { 2 } else { 0 });
        let advice = desk.crm.check().await.unwrap().join("\n");
        assert!(advice.contains("Нужен токен администратора"), "{advice}");
        desk.account.assert_clean();
    }
}

/// Names, references and markup of a client are only words, and the longest talk fits.
#[tokio::test]
async fn what_a_client_writes_changes_nothing_but_the_text() {
    let mut desk = Desk::warmed(Settings::default()).await;
    let mut card = card();
    let evil = "\"}],\"price\":1 & filter[id]=1 #N0000000000000000 [b]x[/b]";
    card.name = Some("Анна & Ко \"».".to_owned());
    let line = |text: String| TranscriptLine { text, ..card.transcript[0].clone() };
    let lines = (0..60).map(|number| line(format!("{number} {}", "маникюр ".repeat(70)))).collect::<Vec<_>>();
    card.transcript = [lines, vec![line(evil.to_owned())]].concat();
    desk.deliver(&card).await.unwrap();
    let lead = &desk.account.leads()[0];
    assert_eq!(lead.fields["price"], 0);
    let note = &desk.notes_of(lead.id)[0];
    assert!(note.contains("… начало переписки — в Ночнике\n"), "{note}");
    assert!(note.ends_with(evil), "{note}");
    assert!(note.chars().count() > 3_000, "as much as fits");
    desk.account.assert_clean();
}

/// A create that is answered by a text alone has been done: it is looked up, not repeated.
#[tokio::test]
async fn an_answer_that_only_says_accepted_is_looked_up() {
    for call in ["POST leads/complex", "POST leads/notes", "POST tasks", "PATCH leads/notes"] {
        let mut desk = Desk::new(Settings { answers_202_to: Some(call.to_owned()), ..Settings::default() });
        let mut card = card();
        desk.deliver(&card).await.unwrap();
        card.transcript[1].text = "Записала на 18:30".to_owned();
        desk.deliver(&card).await.unwrap();
        let counts = (desk.account.leads().len(), desk.account.notes().len(), desk.account.tasks().len());
        assert_eq!(counts, (1, 1, 1), "{call}");
        assert!(desk.account.notes()[0].text.ends_with("Записала на 18:30"), "{call}");
        desk.account.assert_clean();
    }
}

#[tokio::test]
async fn the_check_tells_the_owner_what_was_found_and_where_to_click() {
    // {"exp":1809561600} between two dots: the sixth of May 2027.
    let token = "e30.eyJleHAiOjE4MDk1NjE2MDB9.x".to_owned();
    let cases = [
        (json!({}), "salon-demo.amocrm.ru, аккаунт «Салон «Лотос»»"),
        (json!({}), "до 06.05.2027"),
        (json!({}), "воронку «Воронка», на её первый этап"),
        (json!({}), "Поля Ночника в сделках есть"),
        (json!({ "status_id": FIRST }), "этап «Первичный контакт»"),
        (json!({ "status_id": 1 }), "Этапа 1 в воронке «Воронка» нет. Есть: 32392156 Первичный контакт"),
        (json!({ "pipeline_id": 5 }), "Воронки из настройки pipeline_id в аккаунте нет. Есть: 3177727 Воронка"),
        (json!({ "responsible_id": 504_141 }), "Ответственный за новые заявки: Ирина Серова"),
        (json!({ "responsible_id": 504_142 }), "Сотрудника 504142 в аккаунте нет"),
    ];
    for (fields, words) in cases {
        let fields: Vec<(&str, Value)> =
            fields.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        let desk = Desk::with(Settings { token: token.clone(), ..Settings::default() }, &fields);
        let lines = desk.crm.check().await.unwrap().join("\n");
        assert!(lines.contains(words), "{words}: {lines}");
        assert!(!lines.contains("Неразобранное"), "no stage for a new lead: {lines}");
        desk.account.assert_clean();
    }
}

#[tokio::test]
async fn the_same_holds_over_a_socket() {
    let settings = Settings::default();
    let token = settings.token.clone();
    let account = amocrm::Double::new(settings);
    let server = amocrm::serve(account.clone()).await.unwrap();
    let crm = nochnik_adapters::crm::open(
        Some(&entry(&server.url(), &token, &[])),
        &nochnik_adapters::crm::OpenContext::default(),
    )
    .unwrap()
    .unwrap();
    let mut card = card();
    card.todo = None;
    card.phone = Some(Phone::parse(PHONE).unwrap());
    let attempt = nochnik_adapters::ports::Attempt { now: Timestamp::UNIX_EPOCH, ..Default::default() };
    account.set(|settings| settings.per_s = None);
    crm.put(&card, &Default::default(), attempt).await.done.unwrap();
    assert_eq!((account.leads().len(), account.notes().len()), (1, 1));
    assert_eq!(account.ledger()["failures"], json!([]));
}

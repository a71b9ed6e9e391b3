//! A person is wanted: what is promised, by day and at night, with somebody on duty and with nobody.

use nochnik_core::conversation::Asking;
use nochnik_core::crm::{Card, Stage};
use nochnik_core::effect::{Alarm, Effect};
use nochnik_core::escalation::{CaseState, Why};
use nochnik_core::event::{InputKind, NoticeAnswer, What};
use nochnik_core::lead::Heat;
use nochnik_core::values::PersonId;

use crate::rules::talk::{Talk, said, wall, woken};

const NOBODY: &str = "shifts = [{ person = \"marina\", days = [\"sun\"], from = \"10:00\", to = \"11:00\" }]";

#[test]
fn the_promise_is_what_can_be_kept() {
    for (patch, at, expected) in [
        ("", "2026-11-19T12:00", "Марина ответит вам здесь до 12:05"),
        ("", "2026-11-19T23:00", "Марина ответит вам здесь до 23:05"),
        (NOBODY, "2026-11-19T12:00", "Передал администратору. Ответим вам здесь: сегодня до 20:00"),
        (NOBODY, "2026-11-19T19:59", "Передал администратору. Ответим вам здесь: сегодня до 20:00"),
        (NOBODY, "2026-11-19T20:00", "нет на месте. Ответим вам здесь: завтра, пт, 20 ноября, с 09:00"),
        (NOBODY, "2026-11-19T08:59", "нет на месте. Ответим вам здесь: сегодня, чт, 19 ноября, с 09:00"),
        (NOBODY, "2026-11-19T09:00", "Ответим вам здесь: сегодня до 20:00"),
    ] {
        let answer = Talk::with(patch, at).says("позовите администратора");
        assert!(answer.contains(expected), "{at}: {answer}");
    }
    let midnight = format!("{NOBODY}\nhours = {{ thu = [\"09:00\", \"24:00\"] }}");
    let answer = Talk::with(&midnight, "2026-11-19T23:59").says("позовите администратора");
    assert!(answer.ends_with("Ответим вам здесь: сегодня."), "{answer}");
    let two = "people = [\n\
        { id = \"marina\", name = \"Марина\", role = \"duty\", means = [{ channel = \"telegram\", peer = \"1\" }] },\n\
        { id = \"olya\", name = \"Оля\", role = \"duty\", means = [{ channel = \"telegram\", peer = \"2\" }] },\n\
        { id = \"silent\", name = \"Нина\", role = \"duty\" },\n\
        { id = \"oleg\", name = \"Олег\", role = \"senior\" }, { id = \"roza\", name = \"Роза\", role = \"owner\" }]\n\
        shifts = []";
    let answer = Talk::with(two, "2026-11-19T12:00").says("позовите администратора");
    assert!(answer.contains("Позвал администратора: Марина и Оля ответит"), "{answer}");
}

#[test]
fn an_unknown_question_is_promised_by_day_and_left_to_the_morning_at_night() {
    let day = Talk::begin("2026-11-19T12:00").says("делаете ли вы шугаринг для собак?");
    let night = Talk::begin("2026-11-19T23:00").says("а сертификаты подарочные у вас продаются?");
    assert!(!day.is_empty());
    assert!(night.contains("завтра, пт, 20 ноября, с 09:00") || night.contains("Не совсем понял"), "{night}");
}

#[test]
fn a_call_is_asked_for_a_number_then_a_name_then_a_service() {
    let mut talk = Talk::begin("2026-11-19T12:00");
    assert!(talk.says("перезвоните мне").contains("По какому номеру"));
    assert_eq!(talk.conv.asking, Asking::Phone);
    let promised = talk.says("8 918 555 01 50");
    assert!(promised.contains("до 12:05") && promised.contains("Как к вам обращаться?"), "{promised}");
    assert!(talk.conv.case.as_ref().unwrap().whys.contains(&Why::Callback));
    assert!(talk.says("Вера").contains("О какой услуге"));
    assert!(talk.says("маникюр").contains("передал администратору"));
    assert_eq!(talk.conv.asking, Asking::Nothing);

    let mut brief = Talk::begin("2026-11-19T12:00");
    let known = brief.says("меня зовут Вера, перезвоните по поводу маникюра, 8 918 555 01 50");
    assert!(known.contains("Перезвоним") && !known.contains("?"), "nothing is missing: {known}");
    let mut named = Talk::begin("2026-11-19T12:00");
    let named_text = named.says("меня зовут Вера, перезвоните мне 8 918 555 01 50");
    assert!(named_text.contains("О какой услуге"), "{named_text}");
    let mut wish = Talk::begin("2026-11-19T12:00");
    wish.says("перезвоните мне по поводу маникюра 8 918 555 01 50");
    assert_eq!(wish.conv.asking, Asking::Name);
}

#[test]
fn a_call_is_promised_for_its_hour_the_morning_or_now() {
    for (at, text, expected) in [
        ("2026-11-19T12:00", "перезвоните мне 8 918 555 01 50", "до 12:05"),
        ("2026-11-19T19:59", "перезвоните мне 8 918 555 01 50", "до 20:04"),
        ("2026-11-19T20:00", "перезвоните мне 8 918 555 01 50", "завтра, пт, 20 ноября, с 09:00"),
        ("2026-11-19T12:00", "перезвоните мне завтра в 15:00 на 8 918 555 01 50", "завтра, пт, 20 ноября, 15:00"),
        ("2026-11-19T21:30", "перезвоните мне завтра в 23:00 на 8 918 555 01 50", "завтра, пт, 20 ноября, с 09:00"),
    ] {
        let answer = Talk::begin(at).says(text);
        assert!(answer.contains(expected), "{at}, {text}: {answer}");
    }
}

/// Nobody is woken before the hour at which the client wants to be rung; nearer than five minutes is now.
#[test]
fn a_call_for_later_waits_for_its_hour() {
    for (at, hour, expected) in [
        ("2026-11-19T12:00", "в 15:00", Some("2026-11-19T15:00")),
        ("2026-11-19T14:54", "в 15:00", Some("2026-11-19T15:00")),
        ("2026-11-19T14:55", "в 15:00", None),
        ("2026-11-19T12:00", "завтра", Some("2026-11-20T09:00")),
        ("2026-11-19T12:00", "в воскресенье в 15:00", Some("2026-11-23T09:00")),
    ] {
        let mut talk = Talk::begin(at);
        let effects =
            talk.does(InputKind::Text { text: format!("перезвоните мне {hour} на 8 918 555 01 50") });
        let until = match talk.conv.case.as_ref().map(|case| &case.state) {
            Some(CaseState::Morning { until }) => Some(talk.wall(*until)),
            _ => None,
        };
        assert_eq!(until, expected.map(wall), "{at}: {}", said(&effects));
    }
}

#[test]
fn a_grave_matter_asks_for_a_number_once_and_takes_it() {
    let mut talk = Talk::begin("2026-11-19T12:00");
    assert!(talk.says("маникюр ужасный, верните деньги!").contains("Оставьте, пожалуйста, номер"));
    assert!(talk.says("8 918 555 01 50").contains("Спасибо, передал"));
    assert_eq!(talk.conv.asking, Asking::Nothing);
    let mut human = Talk::begin("2026-11-19T12:00");
    human.says("позовите администратора");
    assert!(human.says("8 918 555 01 50").contains("Спасибо, передал"), "whoever was called has it");
    let mut nobody = Talk::begin("2026-11-19T12:00");
    assert!(!nobody.says("8 918 555 01 50").contains("передал"), "nobody was called");
    let mut known = Talk::begin("2026-11-19T12:00");
    known.says("мой номер 8 918 555 01 50");
    assert!(!known.says("маникюр ужасный, верните деньги!").contains("номер телефона"));
}

#[test]
fn who_waits_for_a_person_hears_the_truth() {
    let mut open = Talk::begin("2026-11-19T12:00");
    open.says("позовите администратора");
    assert!(open.says("ну и долго ждать?").contains("продолжаю звать"));
    let mut vain = Talk::with(NOBODY, "2026-11-19T23:00");
    vain.says("позовите администратора");
    vain.passes(6);
    assert!(matches!(vain.conv.case.as_ref().unwrap().state, CaseState::Morning { .. }));
    assert!(vain.says("ну и долго ждать?").contains("продолжаю звать"), "the last who was rung has their minutes");
    let told = vain.passes(14).join("\n");
    assert_eq!(told.matches("никто из администраторов не ответил").count(), 1, "said by itself, once");
    assert!(vain.says("ну и долго ждать?").contains("не ответил. Вам ответят здесь: завтра, пт, 20 ноября, с 09:00"));
    assert!(!vain.says("позовите администратора").contains("ответит вам здесь до"), "nobody is rung again");
    vain.says("меня обожгли, кожа горит");
    assert_eq!(vain.conv.case.as_ref().unwrap().state, CaseState::Open, "for another reason they are");
    let mut parked = Talk::with(NOBODY, "2026-11-19T23:00");
    parked.says("позовите администратора");
    let case = parked.conv.case.as_ref().unwrap().id.clone();
    let answer = NoticeAnswer::Morning;
    parked.play(What::Answer { case, person: PersonId::new("roza"), answer, press_id: None });
    parked.passes(20);
    assert!(parked.says("ну и долго ждать?").contains("когда мы откроемся, — завтра, пт, 20 ноября, 09:00"));
}

/// The bot asked and waits: one word after two hours, between 10:00 and 20:00.
#[test]
fn a_silence_is_broken_once_at_a_humane_hour() {
    for (at, due) in [
        ("2026-11-19T12:00", "2026-11-19T14:00"),
        ("2026-11-19T17:59", "2026-11-19T19:59"),
        ("2026-11-19T18:00", "2026-11-20T10:00"),
        ("2026-11-19T07:59", "2026-11-19T10:00"),
        ("2026-11-19T08:00", "2026-11-19T10:00"),
        ("2026-11-19T08:01", "2026-11-19T10:01"),
    ] {
        let mut talk = Talk::begin(at);
        let effects = talk.does(InputKind::Text { text: "запишите на маникюр".into() });
        assert_eq!(woken(&talk, &effects, "silence"), [wall(due)], "{at}");
    }
    let silence = |change: fn(&mut Talk), at: &str| {
        let mut talk = Talk::begin("2026-11-19T12:00");
        talk.says("запишите на маникюр");
        let since = talk.now;
        change(&mut talk);
        let effects = talk.alarm(Alarm::SilenceDue { since }, at);
        (said(&effects), woken(&talk, &effects, "silence"))
    };
    let at = "2026-11-19T14:00";
    assert!(silence(|_| {}, at).0.contains("Мы не договорили: Маникюр без покрытия"));
    assert!(silence(|talk| talk.conv.wish.services.clear(), at).0.starts_with("Мы не договорили. Если"));
    assert_eq!(silence(|_| {}, "2026-11-19T20:00").1, [wall("2026-11-20T10:00")], "late, it waits");
    assert!(!silence(|_| {}, "2026-11-19T19:59").0.is_empty());
    let stopped: fn(&mut Talk) = |talk| talk.conv.client.is_stopped = true;
    assert_eq!(silence(stopped, at).0, "", "asked not to be written to");
    assert_eq!(silence(|talk| talk.conv.client.is_blocked = true, at).0, "", "cannot be reached");
    assert_eq!(silence(|talk| talk.conv.asking = Asking::Nothing, at).0, "", "nothing was asked");
    assert_eq!(silence(|talk| talk.conv.wish.followed_at = Some(talk.now), at).0, "", "said already");
    assert_eq!(silence(|talk| talk.conv.wish.handed_over_at = Some(talk.now), at).0, "", "sent to a person");
    let wrote: fn(&mut Talk) = |talk| {
        talk.now += jiff::SignedDuration::from_mins(1);
        talk.says("а педикюр?");
    };
    assert_eq!(silence(wrote, at).0, "", "the client has written since");
}

/// The last card for the CRM.
fn card(effects: &[Effect]) -> &Card {
    let mut cards = effects.iter().rev().filter_map(|effect| match effect {
        Effect::Crm(card) => Some(&**card),
        _ => None,
    });
    cards.next().unwrap()
}

#[test]
fn a_lead_is_cold_warm_or_hot_and_goes_through_its_stages() {
    let mut talk = Talk::begin("2026-11-19T12:00");
    let says = |talk: &mut Talk, text: &str| {
        let effects = talk.does(InputKind::Text { text: text.into() });
        let card = card(&effects);
        (card.heat, card.stage)
    };
    assert_eq!(says(&mut talk, "запишите на маникюр"), (Heat::Warm, Stage::New));
    assert_eq!(says(&mut talk, "завтра в 11:00"), (Heat::Hot, Stage::New), "within a day");
    talk.says("Вера");
    assert_eq!(says(&mut talk, "8 918 555 01 50"), (Heat::Hot, Stage::Qualified));
    assert_eq!(says(&mut talk, "да"), (Heat::Hot, Stage::Booked));
    assert_eq!(says(&mut talk, "отмените запись"), (Heat::Hot, Stage::Cancelled));
    assert_eq!(says(&mut talk, "запишите на педикюр"), (Heat::Hot, Stage::Qualified), "a new wish begins anew");
    let mut greeting = Talk::begin("2026-11-19T12:00");
    greeting.says("здравствуйте, меня зовут Вера");
    assert_eq!(greeting.conv.lead, None, "a name is nothing to sell to");
}

/// Within twenty-four hours by the policy: to the minute.
#[test]
fn soon_is_within_a_day() {
    for (at, heat) in [("2026-11-19T15:00", Heat::Hot), ("2026-11-19T14:59", Heat::Warm)] {
        let mut talk = Talk::begin(at);
        talk.says("маникюр у Анны 20.11 в 15:00");
        assert_eq!(talk.conv.lead.as_ref().map(|lead| lead.heat), Some(heat), "{at}");
    }
    for (text, heat) in [
        ("запишите на маникюр срочно", Heat::Hot),
        ("запишите на маникюр", Heat::Warm),
        ("маникюр через неделю", Heat::Warm),
        ("сколько стоит маникюр?", Heat::Hot),
        ("мой номер 8 918 555 01 50", Heat::Hot),
    ] {
        let mut talk = Talk::begin("2026-11-19T12:00");
        talk.says(text);
        assert_eq!(talk.conv.lead.as_ref().map(|lead| lead.heat), Some(heat), "{text}");
    }
    let two = "policy = { hot = { min_criteria = 2 } }";
    for (text, heat) in [
        ("сколько стоит маникюр?", Heat::Cold),
        ("сколько стоит маникюр? запишите завтра в 11:00", Heat::Hot),
        ("сколько стоит маникюр? мой номер 8 918 555 01 50", Heat::Hot),
        ("маникюр завтра в 11:00, 8 918 555 01 50", Heat::Hot),
        ("маникюр завтра в 11:00", Heat::Warm),
    ] {
        let mut talk = Talk::with(two, "2026-11-19T12:00");
        talk.says(text);
        assert_eq!(talk.conv.lead.as_ref().map(|lead| lead.heat), Some(heat), "two: {text}");
    }
}

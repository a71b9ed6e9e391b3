//! What the staff does: writes, takes, passes, puts off, says how it ended; and when a silent person is relieved.

use nochnik_core::conversation::{Booking, Speaker};
use nochnik_core::crm::Stage;
use nochnik_core::effect::{Alarm, Effect};
use nochnik_core::escalation::{Case, CaseState, Why};
use nochnik_core::event::{InputKind, NoticeAnswer, StaffAct, What};
use nochnik_core::values::{CaseId, PersonId};

use crate::rules::talk::{Talk, notices, said, wall, woken};

/// A client who asked for a person at noon.
fn wanted() -> Talk {
    let mut talk = Talk::begin("2026-11-19T12:00");
    talk.says("позовите администратора, это Вера");
    talk
}

fn case(talk: &Talk) -> &Case {
    talk.conv.case.as_ref().unwrap()
}

fn answers(talk: &mut Talk, person: &str, answer: NoticeAnswer) -> Vec<Effect> {
    let case = case(talk).id.clone();
    talk.play(What::Answer { case, person: PersonId::new(person), answer, press_id: Some("p".into()) })
}

/// What the button answered to the person.
fn pressed(effects: &[Effect]) -> String {
    let text = effects.iter().find_map(|effect| match effect {
        Effect::AnswerPress { text, .. } => text.clone(),
        _ => None,
    });
    text.unwrap_or_default()
}

fn marina(talk: &Talk) -> Speaker {
    Speaker::Person { person: PersonId::new("marina"), last_at: talk.now }
}

#[test]
fn who_writes_to_the_client_leads_the_talk_and_has_the_case() {
    let mut talk = wanted();
    talk.conv.unanswered.clear();
    let effects = talk.staff(StaffAct::Reply { text: "Здравствуйте!".into() });
    assert_eq!(talk.conv.speaker, marina(&talk));
    assert!(matches!(&case(&talk).state, CaseState::Taken { by, .. } if by.as_str() == "marina"));
    let spoken: Vec<&str> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Say(reply) => Some(reply.text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(spoken, ["Здравствуйте!"], "the bot adds no word of its own");
    let last = talk.conv.transcript.last().unwrap();
    assert_eq!((last.who.as_str(), last.text.as_str()), ("Марина", "Здравствуйте!"));

    let mut silent = wanted();
    let effects = silent.staff(StaffAct::TakeOver);
    assert_eq!((silent.conv.speaker.clone(), said(&effects)), (marina(&silent), String::new()));
    assert!(matches!(case(&silent).state, CaseState::Taken { .. }));
}

#[test]
fn the_dialogue_given_back_is_answered_by_the_bot() {
    let mut talk = wanted();
    talk.staff(StaffAct::TakeOver);
    assert!(said(&talk.staff(StaffAct::GiveBack)).contains("С вами снова бот-администратор"));
    assert_eq!(talk.conv.speaker, Speaker::Bot);
    assert_eq!(said(&talk.staff(StaffAct::GiveBack)), "", "it is the bot's already");
    talk.staff(StaffAct::TakeOver);
    assert_eq!(talk.says("сколько стоит маникюр?"), "", "the person was asked");
    assert!(said(&talk.staff(StaffAct::GiveBack)).contains("1 200 ₽"));
    assert!(talk.conv.unanswered.is_empty());
}

#[test]
fn the_client_of_a_person_reaches_that_person() {
    let mut talk = wanted();
    talk.staff(StaffAct::TakeOver);
    let effects = talk.does(InputKind::Text { text: "ау".into() });
    let notice = notices(&effects)[0];
    assert_eq!((notice.person.as_str(), notice.text.as_str()), ("marina", "Вера пишет: ау"));
    assert_eq!(woken(&talk, &effects, "person_silent"), [wall("2026-11-19T12:30")]);
    let effects = talk.does(InputKind::Text { text: "вы тут?".into() });
    assert_eq!(woken(&talk, &effects, "person_silent"), [], "one waiting is enough");
}

/// Half an hour by default.
#[test]
fn a_silent_person_is_relieved_after_half_an_hour() {
    let relieved = |at: &str, change: fn(&mut Talk)| {
        let mut talk = wanted();
        talk.staff(StaffAct::TakeOver);
        talk.now = talk.at("2026-11-19T12:01");
        talk.says("сколько стоит маникюр?");
        let since = talk.now;
        change(&mut talk);
        let effects = talk.alarm(Alarm::PersonSilent { since }, at);
        (said(&effects), talk)
    };
    let (text, talk) = relieved("2026-11-19T12:31", |_| {});
    assert!(text.starts_with("Администратор сейчас не отвечает") && text.contains("1 200 ₽"), "{text}");
    assert_eq!(talk.conv.speaker, Speaker::Bot);
    assert!(case(&talk).whys.contains(&Why::Unanswered));
    assert_eq!(relieved("2026-11-19T12:30", |_| {}).0, "", "a minute is left");
    assert_eq!(relieved("2026-11-19T12:31", |talk| talk.conv.unanswered.clear()).0, "", "nothing waits");
    let answered: fn(&mut Talk) = |talk| {
        talk.now = talk.at("2026-11-19T12:02");
        talk.conv.speaker = marina(talk);
    };
    assert_eq!(relieved("2026-11-19T12:31", answered).0, "", "she has written since");
    let same_moment: fn(&mut Talk) = |talk| talk.conv.speaker = marina(talk);
    assert!(!relieved("2026-11-19T12:31", same_moment).0.is_empty(), "not since, but then");
    assert_eq!(relieved("2026-11-19T12:31", |talk| talk.conv.speaker = Speaker::Bot).0, "", "the bot leads already");
}

/// In the day, where people answer first, a client may wait when a person presses «Перехватить».
#[test]
fn who_takes_over_a_client_that_waits_is_relieved_too() {
    for mode in ["backup", "after_hours"] {
        let waiting = || {
            let mut talk = Talk::with(&format!("policy = {{ answer = \"{mode}\" }}"), "2026-11-19T14:00");
            assert_eq!(talk.says("сколько стоит маникюр?"), "", "{mode}: people answer");
            talk.passes(1);
            talk
        };
        let mut silent = waiting();
        let effects = silent.staff(StaffAct::TakeOver);
        assert_eq!(woken(&silent, &effects, "person_silent"), [wall("2026-11-19T14:31")]);
        silent.passes(9);
        assert_eq!(silent.says("вы тут?"), "");
        let heard = silent.passes(21).concat();
        assert!(heard.contains("Администратор сейчас не отвечает") && heard.contains("1 200 ₽"), "{mode}: {heard}");

        let mut again = waiting();
        again.staff(StaffAct::TakeOver);
        again.passes(10);
        again.staff(StaffAct::TakeOver);
        assert_eq!(again.passes(29), [""; 0], "{mode}: taken anew, counted anew");
        assert!(again.passes(1).concat().contains("1 200 ₽"), "{mode}");

        let mut answered = waiting();
        let effects = answered.staff(StaffAct::Reply { text: "1 200 рублей".into() });
        assert_eq!(woken(&answered, &effects, "person_silent"), [], "{mode}: nothing waits");
    }
}

#[test]
fn who_has_the_case_and_does_not_write_is_excused_whoever_leads() {
    let heard = |acts: &[StaffAct]| {
        let mut talk = wanted();
        for act in acts {
            talk.staff(act.clone());
        }
        talk.passes(20).concat()
    };
    let writes = StaffAct::Reply { text: "Здравствуйте!".into() };
    let led = heard(&[StaffAct::TakeOver]);
    assert!(led.starts_with("Извините за задержку: Марина пока не пишет"), "{led}");
    assert!(!led.contains("записать вас сам"), "the bot is silent for her: {led}");
    assert_eq!(heard(&[StaffAct::TakeOver, writes.clone()]), "");
    assert_eq!(heard(std::slice::from_ref(&writes)), "");
    assert_eq!(heard(&[writes, StaffAct::GiveBack]), "", "she has written");
    let mut pressed = wanted();
    answers(&mut pressed, "marina", NoticeAnswer::Take);
    assert!(pressed.passes(20).concat().contains("записать вас сам"), "the bot answers in between");
}

#[test]
fn the_first_tap_wins_and_each_answer_is_told() {
    let mut talk = wanted();
    let taken = answers(&mut talk, "marina", NoticeAnswer::Take);
    assert!(pressed(&taken).starts_with("Вы взяли") && said(&taken).contains("Марина уже на связи"));
    assert_eq!(woken(&talk, &taken, "outcome"), [wall("2026-11-19T12:15")]);
    for answer in [NoticeAnswer::Take, NoticeAnswer::Cannot, NoticeAnswer::Morning] {
        assert_eq!(pressed(&answers(&mut talk, "oleg", answer)), "Уже в работе: Марина");
    }
    let mut passed = wanted();
    let effects = answers(&mut passed, "marina", NoticeAnswer::Cannot);
    assert_eq!(pressed(&effects), "Передаю дальше");
    assert_eq!(notices(&effects)[0].person.as_str(), "oleg", "the senior is called at once");
    assert!(notices(&effects)[0].text.starts_with("Дежурный не может"));
    let mut parked = Talk::begin("2026-11-19T23:00");
    parked.says("позовите администратора");
    let effects = answers(&mut parked, "marina", NoticeAnswer::Morning);
    assert_eq!(pressed(&effects), "Оставил на утро");
    assert!(said(&effects).contains("завтра, пт, 20 ноября, в 09:00"), "{}", said(&effects));
    let other = What::Answer {
        case: CaseId::new("talk/c99"),
        person: PersonId::new("marina"),
        answer: NoticeAnswer::Take,
        press_id: Some("p".into()),
    };
    assert_eq!(pressed(&parked.play(other)), "Уже закрыто");
}

#[test]
fn how_it_ended_closes_the_case_and_sets_the_leads_stage() {
    for (answer, why, stage) in [
        (NoticeAnswer::Booked, "записан", Some(Stage::Booked)),
        (NoticeAnswer::NoAnswer, "не дозвонился", Some(Stage::Qualified)),
        (NoticeAnswer::Refused, "отказ", Some(Stage::Lost)),
        (NoticeAnswer::Spam, "спам", Some(Stage::Lost)),
    ] {
        let mut talk = Talk::begin("2026-11-19T12:00");
        talk.says("маникюр завтра в 11:00, Вера, 8 918 555 01 50");
        answers(&mut talk, "marina", NoticeAnswer::Take);
        let id = case(&talk).id.clone();
        let asked = talk.alarm(Alarm::OutcomeDue { case: id }, "2026-11-19T12:15");
        assert_eq!(notices(&asked)[0].text, "Вера: чем закончилось?");
        let effects = answers(&mut talk, "marina", answer);
        // The bot held a time: whoever pressed «Записан» reads which one the client was booked for.
        let told = pressed(&effects);
        let is_of_hold = told.starts_with("Записан: завтра, пт, 20\u{a0}ноября, 11:00");
        assert!(if answer == NoticeAnswer::Booked { is_of_hold } else { told == "Записал, спасибо" }, "{told}");
        assert!(matches!(&case(&talk).state, CaseState::Closed { why: told, .. } if told == why), "{why}");
        assert_eq!(talk.conv.lead.as_ref().map(|lead| lead.stage), stage, "{why}");
        assert_eq!(talk.conv.wish.services.is_empty(), answer != NoticeAnswer::NoAnswer, "{why}");
        assert_eq!(pressed(&answers(&mut talk, "marina", NoticeAnswer::Take)), "Уже закрыто");
    }
}

#[test]
fn an_old_button_brings_a_fresh_card_while_the_case_waits() {
    let stale = |talk: &mut Talk| {
        let case = case(talk).id.clone();
        talk.play(What::StalePress { case, person: PersonId::new("marina"), press_id: Some("p".into()) })
    };
    let mut open = wanted();
    let effects = stale(&mut open);
    assert!(pressed(&effects).contains("вот свежая карточка") && notices(&effects).len() == 1);
    let mut taken = wanted();
    answers(&mut taken, "marina", NoticeAnswer::Take);
    let effects = stale(&mut taken);
    assert!(pressed(&effects) == "Уже закрыто" && notices(&effects).is_empty());
}

/// A visit that waits for a person, and nothing else: «Подтвердить» and «Отказать» decide it.
#[test]
fn a_visit_is_decided_by_one_tap() {
    let requested = || {
        let mut talk = Talk::with("policy = { confirm = \"person\" }", "2026-11-19T12:00");
        talk.says("маникюр у Анны 21.11 в 15:00, Вера, 8 918 555 01 50");
        talk.says("да");
        talk
    };
    let state = |talk: &Talk| format!("{:?}", talk.visit().state);
    let mut approved = requested();
    assert!(state(&approved).starts_with("Requested"));
    let effects = answers(&mut approved, "marina", NoticeAnswer::Approve);
    assert_eq!(pressed(&effects), "Подтверждено, клиент уже знает");
    assert!(state(&approved).starts_with("Confirmed") && said(&effects).starts_with("Запись подтверждена"));
    assert!(matches!(&case(&approved).state, CaseState::Closed { why, .. } if why == "подтверждено"));
    let mut declined = requested();
    let effects = answers(&mut declined, "marina", NoticeAnswer::Decline);
    assert_eq!(pressed(&effects), "Отказано, клиенту предложу другое время");
    assert!(state(&declined).starts_with("Cancelled") && said(&effects).starts_with("К сожалению"));
    let mut given_up = requested();
    let cancelled = given_up.presses(&format!("cancel.{}", Booking::number(given_up.visit())));
    assert!(
        cancelled
            .iter()
            .any(|effect| matches!(effect, Effect::CloseNotices { text, .. } if text.contains("Клиент отменил сам")))
    );
    assert!(matches!(&case(&given_up).state, CaseState::Closed { why, .. } if why == "клиент отменил"));
    assert_eq!(pressed(&answers(&mut given_up, "marina", NoticeAnswer::Approve)), "Уже закрыто");
    let mut in_the_console = requested();
    let id = in_the_console.visit().id.clone();
    let word = |booking: &str, is_approved| StaffAct::Decide { booking: booking.to_owned(), is_approved };
    assert!(in_the_console.staff(word("another/1", true)).is_empty(), "nobody asked about that one");
    let effects = in_the_console.staff(word(&id, true));
    assert!(state(&in_the_console).starts_with("Confirmed") && said(&effects).starts_with("Запись подтверждена"));
    assert!(matches!(&case(&in_the_console).state, CaseState::Closed { why, .. } if why == "подтверждено"));
    assert!(in_the_console.staff(word(&id, false)).is_empty(), "it was said already");
    let mut also_wanted = requested();
    also_wanted.says("и позовите администратора");
    answers(&mut also_wanted, "marina", NoticeAnswer::Approve);
    assert!(!matches!(case(&also_wanted).state, CaseState::Closed { .. }), "the person is still wanted");
    assert!(!case(&also_wanted).whys.contains(&Why::Visit) && case(&also_wanted).whys.contains(&Why::Human));
}

#[test]
fn whoever_has_a_case_may_say_so_again_or_pass_it_on() {
    let mut talk = wanted();
    answers(&mut talk, "marina", NoticeAnswer::Take);
    assert!(pressed(&answers(&mut talk, "marina", NoticeAnswer::Take)).starts_with("Вы взяли"));
    let passed = answers(&mut talk, "marina", NoticeAnswer::Cannot);
    assert_eq!(pressed(&passed), "Передаю дальше");
    assert!(case(&talk).is_open() && notices(&passed)[0].person.as_str() == "oleg");
}

/// Whoever turned out to be spam sells nothing and teaches nothing. A list that was shown keeps its number, so that
/// its buttons are known to be old.
#[test]
fn how_it_ended_teaches_the_score_and_leaves_old_buttons_old() {
    for (answer, taught) in [
        (NoticeAnswer::Booked, Some(true)),
        (NoticeAnswer::NoAnswer, Some(false)),
        (NoticeAnswer::Refused, Some(false)),
        (NoticeAnswer::Spam, None),
    ] {
        let mut talk = Talk::begin("2026-11-19T12:00");
        talk.presses("svc.manicure");
        assert_eq!(talk.conv.wish.offer_no, 1, "a list was shown");
        talk.presses("human");
        answers(&mut talk, "marina", NoticeAnswer::Take);
        let effects = answers(&mut talk, "marina", answer);
        let outcome = effects.iter().find_map(|effect| match effect {
            Effect::Ended { outcome, .. } => Some(outcome.is_won),
            _ => None,
        });
        assert_eq!((outcome, talk.conv.wish.offer_no), (taught, 1), "{answer:?}");
    }
}

//! What is kept of a client: the transcript, buttons, visits, and when the bot speaks at all.

use jiff::SignedDuration;
use nochnik_core::business::{Line, Way};
use nochnik_core::conversation::{Asking, Speaker};
use nochnik_core::dialogue::line_of;
use nochnik_core::effect::{Alarm, Button, Effect, IfLost};
use nochnik_core::elsewhere::{CallBack, call_back};
use nochnik_core::event::{AttachmentKind, Input, InputKind, SendOutcome, StaffAct, What};
use nochnik_core::limits::{BURST_MESSAGES_MAX, SHOWN_BUTTONS_MAX, TRANSCRIPT_LINE_CHARS_MAX, TRANSCRIPT_LINES_MAX};
use nochnik_core::values::{PersonId, Phone};

use crate::rules::talk::{Talk, notices, reply, said, wall, woken};

#[test]
fn a_visit_is_coming_until_it_begins_and_over_after_it_ends() {
    // 15:00 to 16:00.
    let talk = Talk::booked("", "2026-11-17T12:00", "2026-11-19T15:00");
    let cases = [
        ("2026-11-19T14:59", 1, false),
        ("2026-11-19T15:00", 0, false),
        ("2026-11-19T16:00", 0, false),
        ("2026-11-19T16:01", 0, true),
    ];
    for (at, coming, was_booked) in cases {
        let now = talk.at(at);
        assert_eq!((talk.conv.coming(now).len(), talk.conv.was_booked(now)), (coming, was_booked), "{at}");
    }
}

#[test]
fn a_transcript_keeps_the_last_lines_and_the_beginning_of_each() {
    let mut conv = Talk::begin("2026-11-19T12:00").conv;
    let at = conv.began_at;
    conv.note(at, "клиент", &"я".repeat(TRANSCRIPT_LINE_CHARS_MAX));
    conv.note(at, "клиент", &"я".repeat(TRANSCRIPT_LINE_CHARS_MAX + 1));
    assert_eq!(conv.transcript[0].text, "я".repeat(TRANSCRIPT_LINE_CHARS_MAX), "what fits is not cut");
    assert_eq!(conv.transcript[1].text, "я".repeat(TRANSCRIPT_LINE_CHARS_MAX) + "…");
    for number in 3..=TRANSCRIPT_LINES_MAX {
        conv.note(at, "клиент", &number.to_string());
    }
    assert_eq!(
        (conv.transcript.len(), conv.transcript[0].text.len()),
        (TRANSCRIPT_LINES_MAX, 2 * TRANSCRIPT_LINE_CHARS_MAX)
    );
    conv.note(at, "бот", "последняя");
    assert_eq!(
        (conv.transcript.len(), conv.transcript.last().unwrap().text.as_str()),
        (TRANSCRIPT_LINES_MAX, "последняя")
    );
    assert!(conv.transcript[0].text.ends_with('…'), "the oldest line is gone");
}

#[test]
fn the_buttons_shown_last_are_remembered_each_once() {
    let mut conv = Talk::begin("2026-11-19T12:00").conv;
    let button = |number: usize| Button { id: format!("b{number}"), label: format!("Кнопка {number}") };
    for number in 1..=SHOWN_BUTTONS_MAX {
        conv.show(&[button(number)]);
    }
    assert_eq!((conv.shown.len(), conv.shown[0].id.as_str()), (SHOWN_BUTTONS_MAX, "b1"));
    conv.show(&[button(1)]);
    assert_eq!(
        (conv.shown.len(), conv.shown[0].id.as_str()),
        (SHOWN_BUTTONS_MAX, "b2"),
        "shown again, it is the newest"
    );
    conv.show(&[button(99)]);
    assert_eq!((conv.shown.len(), conv.shown[0].id.as_str()), (SHOWN_BUTTONS_MAX, "b3"));
}

#[test]
fn every_input_reads_in_a_transcript() {
    let shown =
        [Button { id: "yes.1".into(), label: "Да".into() }, Button { id: "yes.1".into(), label: "Да, верно".into() }];
    let phone = Phone::parse("+79185550150").unwrap();
    let attachment = InputKind::attachment;
    let cases = [
        (InputKind::Text { text: "привет".into() }, Some("привет")),
        (InputKind::Edited { text: "привет".into() }, Some("(исправлено) привет")),
        (InputKind::Spoken { text: "привет".into() }, Some("[голосом] привет")),
        (InputKind::Button { id: "yes.1".into(), press_id: None }, Some("Да, верно")),
        (InputKind::Button { id: "no".into(), press_id: None }, Some("[кнопка]")),
        (InputKind::OwnPhone { phone }, Some("[свой номер: +7 918 555-01-50]")),
        (InputKind::Contact { phone: None }, Some("[контакт]")),
        (InputKind::Start { source: None }, None),
        (attachment(AttachmentKind::Voice), Some("[голосовое сообщение]")),
        (attachment(AttachmentKind::Photo), Some("[фото]")),
        (attachment(AttachmentKind::Sticker), Some("[стикер]")),
        (attachment(AttachmentKind::Document), Some("[файл]")),
        (attachment(AttachmentKind::Video), Some("[видео]")),
        (attachment(AttachmentKind::Location), Some("[место на карте]")),
        (InputKind::Unknown, Some("[сообщение, которое бот не умеет показать]")),
    ];
    for (what, expected) in cases {
        assert_eq!(line_of(&what, &shown).as_deref(), expected, "{what:?}");
    }
}

#[test]
fn the_profiles_name_is_a_hint() {
    let mut talk = Talk::begin("2026-11-19T12:00");
    let what = InputKind::Text { text: "позовите человека".into() };
    let input =
        Input {
            at: talk.now, message_id: "m".into(), what, profile_name: Some("ВерОчка".into()), own_phone: None
        };
    let effects = talk.play(What::Client(vec![input]));
    assert!(notices(&effects)[0].text.starts_with("ВерОчка · "), "staff see it");
    assert_eq!(talk.conv.client.name, None, "but it is not the client's word");
}

#[test]
fn a_number_given_by_a_button_or_a_contact_is_taken() {
    let own = Phone::parse("+79185550150").unwrap();
    let mut talk = Talk::begin("2026-11-19T12:00");
    talk.says("маникюр завтра в 15:00, Вера");
    assert_eq!(talk.conv.asking, Asking::Phone);
    let effects = talk.does(InputKind::OwnPhone { phone: own.clone() });
    assert!(said(&effects).contains("Всё верно?"));
    let client = &talk.conv.client;
    assert_eq!((client.phone.as_ref(), client.is_phone_confirmed, client.is_phone_vouched), (Some(&own), true, true));

    let mut talk = Talk::begin("2026-11-19T12:00");
    talk.says("маникюр завтра в 15:00, Вера");
    let effects = talk.does(InputKind::Contact { phone: Some(own.clone()) });
    assert!(said(&effects).contains("Всё верно?"));
    let client = &talk.conv.client;
    assert_eq!((client.phone.as_ref(), client.is_phone_confirmed, client.is_phone_vouched), (Some(&own), false, false));
    let effects = talk.does(InputKind::Contact { phone: None });
    assert!(said(&effects).contains("Всё верно?"), "an empty contact changes nothing");
}

/// Another number than the one that was vouched for must be confirmed afresh; the same one need not.
#[test]
fn another_number_is_another_word() {
    let mut talk = Talk::begin("2026-11-19T12:00");
    talk.does(InputKind::OwnPhone { phone: Phone::parse("+79185550150").unwrap() });
    talk.says("мой номер 8 918 555 01 50");
    assert!(talk.conv.client.is_phone_confirmed && talk.conv.client.is_phone_vouched);
    talk.says("лучше по номеру 8 918 555 01 51");
    let client = &talk.conv.client;
    assert_eq!(client.phone.as_ref().unwrap().e164(), "+79185550151");
    assert!(!client.is_phone_confirmed && !client.is_phone_vouched);
}

#[test]
fn in_the_day_the_bot_leaves_clients_to_people_where_it_is_asked_to() {
    // Thursday: open from 9:00 to 20:00.
    let cases = [
        ("always", "2026-11-19T12:00", true),
        ("after_hours", "2026-11-19T08:59", true),
        ("after_hours", "2026-11-19T09:00", false),
        ("after_hours", "2026-11-19T19:59", false),
        ("after_hours", "2026-11-19T20:00", true),
        ("backup", "2026-11-19T12:00", false),
        ("backup", "2026-11-19T21:00", true),
    ];
    for (answer, at, answers) in cases {
        let mut talk = Talk::with(&format!("policy = {{ answer = \"{answer}\" }}"), at);
        assert_eq!(!talk.says("сколько стоит маникюр?").is_empty(), answers, "{answer} at {at}");
        assert_eq!(talk.conv.unanswered.is_empty(), answers, "{answer} at {at}");
    }
}

#[test]
fn in_backup_the_bot_waits_once_and_answers_all() {
    let patch = "policy = { answer = \"backup\", backup_min = 5 }";
    let mut talk = Talk::with(patch, "2026-11-19T12:00");
    let first = talk.does(InputKind::Text { text: "сколько стоит маникюр?".into() });
    assert_eq!(woken(&talk, &first, "backup"), [wall("2026-11-19T12:05")]);
    talk.passes(1);
    let second = talk.does(InputKind::Text { text: "вы тут?".into() });
    assert_eq!(woken(&talk, &second, "backup"), [], "one waiting is enough");
    assert_eq!(talk.passes(3), [""; 0]);
    let heard = talk.passes(1);
    assert!(heard[0].contains("1 200 ₽"), "{heard:?}");
    assert!(talk.conv.unanswered.is_empty() && talk.conv.case.is_some(), "a question of price is a hot lead");

    let due = |change: fn(&mut Talk)| {
        let mut talk = Talk::with(patch, "2026-11-19T12:00");
        talk.says("сколько стоит маникюр?");
        let since = talk.now;
        change(&mut talk);
        talk.now = talk.at("2026-11-19T12:05");
        said(&talk.play(What::Alarm(Alarm::BackupDue { since })))
    };
    assert!(!due(|_| {}).is_empty());
    assert_eq!(due(|talk| talk.conv.unanswered.clear()), "", "somebody has answered");
    assert_eq!(due(|talk| talk.conv.unanswered[0].at += SignedDuration::from_secs(1)), "", "another wait has begun");
    let leads: fn(&mut Talk) =
        |talk| talk.conv.speaker = Speaker::Person { person: PersonId::new("marina"), last_at: talk.now };
    assert_eq!(due(leads), "", "a person speaks");
}

#[test]
fn what_waits_for_a_person_is_bounded() {
    let mut talk = Talk::with("policy = { answer = \"after_hours\" }", "2026-11-19T12:00");
    for number in 0..=BURST_MESSAGES_MAX {
        talk.says(&format!("сообщение {number}"));
    }
    assert_eq!(talk.conv.unanswered.len(), BURST_MESSAGES_MAX);
    assert!(matches!(&talk.conv.unanswered[0].what, InputKind::Text { text } if text == "сообщение 1"));
}

#[test]
fn a_message_that_did_not_arrive_goes_round_or_is_a_persons_business() {
    let (closed, refused, doubtful) = (Some("unreachable"), Some("too_long"), Some("unknown"));
    let (nobody, person, round) = ((false, false), (true, false), (false, true));
    // What was said, whether the client has another chat, why it did not come: is a person told, does it go round.
    let rows = [
        (IfLost::GoesRound, true, refused, round, "the bot's answer"),
        (IfLost::GoesRound, false, refused, person, "there is no other chat"),
        (IfLost::GoesRound, true, None, round, "given up"),
        (IfLost::GoesRound, true, doubtful, person, "it perhaps came"),
        (IfLost::GoesRound, true, closed, nobody, "who left does not wait for a bot"),
        (IfLost::GoesRoundAlways, true, closed, round, "a person's words"),
        (IfLost::GoesRoundAlways, false, closed, person, "the person believes that they came"),
        (IfLost::GoesRoundAlways, true, doubtful, person, "it perhaps came"),
        (IfLost::PersonTold, true, refused, person, "said for another chat"),
        (IfLost::PersonTold, true, closed, nobody, "who left waits for nothing"),
        (IfLost::Nothing, true, refused, nobody, "our own wish to write"),
    ];
    for (if_lost, has_chat, code, expected, why) in rows {
        let mut talk = Talk::begin("2026-11-19T12:00");
        talk.says("здравствуйте");
        talk.conv.client.phone = Phone::parse("+79185550022").ok();
        talk.conv.client.is_phone_vouched = has_chat;
        let outcome = code.map_or(SendOutcome::Dead, |code| SendOutcome::Refused { code: code.into() });
        let effects = talk.play(What::Sent { key: "e1#0".into(), outcome, if_lost });
        let goes_round = effects.iter().any(|effect| matches!(effect, Effect::ReplyElsewhere(_)));
        assert_eq!((talk.conv.case.is_some(), goes_round), expected, "{if_lost:?}: {why}");
        assert_eq!(talk.conv.client.is_blocked, code == closed, "{why}");
    }
}

#[test]
fn a_message_that_arrived_needs_nothing() {
    let mut talk = Talk::begin("2026-11-19T12:00");
    talk.says("здравствуйте");
    talk.play(What::Sent { key: "e1#0".into(), outcome: SendOutcome::Delivered, if_lost: IfLost::GoesRound });
    assert_eq!((talk.conv.client.is_blocked, talk.conv.case), (false, None));
}

#[test]
fn who_has_blocked_us_is_not_written_to_until_they_come_back() {
    let mut talk = Talk::begin("2026-11-19T12:00");
    let marina = |act| What::Staff { person: "marina".into(), act };
    talk.play(marina(StaffAct::TakeOver));
    talk.play(What::Reachable(false));
    assert!(talk.conv.client.is_blocked);
    assert_eq!(said(&talk.play(marina(StaffAct::GiveBack))), "", "nothing can reach them");
    talk.play(What::Reachable(true));
    assert!(!talk.conv.client.is_blocked);
    talk.play(What::Reachable(false));
    assert!(!talk.says("сколько стоит маникюр?").is_empty(), "who writes can be written to");
}

#[test]
fn a_changed_notice_is_shown_again() {
    let mut talk = Talk::begin("2026-11-19T12:00");
    assert!(talk.says("здравствуйте").contains("Данные обрабатывает"));
    assert!(!talk.says("сколько стоит маникюр?").contains("Данные обрабатывает"), "once is enough");
    talk.conv.client.notice = Some("прежнее уведомление".into());
    let text = talk.says("а педикюр?");
    assert!(text.starts_with("Мы обновили сведения") && text.contains("Данные обрабатывает"), "{text}");

    let patch = "privacy = { operator = \"ИП Роза\", policy_url = \"https://lotos.example/p\" }";
    let text = Talk::with(patch, "2026-11-19T12:00").says("здравствуйте");
    assert!(
        text.contains("Данные обрабатывает ИП Роза.\n\nПолитика обработки данных: https://lotos.example/p\n\n"),
        "{text}"
    );
}

#[test]
fn spam_gets_no_answer_and_no_notice_and_is_greeted_later() {
    let mut talk = Talk::begin("2026-11-19T12:00");
    let effects = talk.does(InputKind::Text {
        text: "Продаём базы клиентов дёшево, подписывайтесь на наш канал".into(),
    });
    assert_eq!(said(&effects), "");
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Prove(_))), "nothing was shown");
    assert!(!talk.conv.client.is_greeted);
    assert!(talk.says("сколько стоит маникюр?").starts_with("Здравствуйте!"));
    let text = talk.says("Продаём базы клиентов дёшево, подписывайтесь на наш канал");
    assert_eq!(text, "");
    assert!(talk.conv.client.is_greeted, "who was greeted once stays so");
    assert!(!talk.says("а педикюр?").starts_with("Здравствуйте!"));
}

#[test]
fn misunderstandings_are_counted_to_buttons_and_to_a_person() {
    let mut talk = Talk::begin("2026-11-19T12:00");
    assert!(talk.says("фывапролд").contains("Не совсем понял"));
    let effects = talk.does(InputKind::Text { text: "йцукенг".into() });
    assert!(said(&effects).contains("выберите, что вам нужно"));
    assert_eq!(reply(&effects).unwrap().buttons.len(), 3);
    assert!(talk.says("ячсмить").contains("нужен человек"));
    assert_eq!(talk.conv.misses, 0);
    assert!(talk.says("фывапролд").contains("ждать неприятно"), "a person was called already");

    let mut talk = Talk::begin("2026-11-19T12:00");
    talk.says("фывапролд");
    talk.says("сколько стоит маникюр?");
    assert_eq!(talk.conv.misses, 0, "what is understood begins the count anew");
    let mut talk = Talk::begin("2026-11-19T12:00");
    talk.says("запишите на маникюр");
    let text = talk.says("фывапролд");
    assert!(text.starts_with("Не совсем понял вас.\n"), "in a form the question is asked again: {text}");
}

#[test]
fn who_wrote_to_the_client_hears_that_it_did_not_come() {
    let unheard = |patch: &str| {
        let mut talk = Talk::with(patch, "2026-11-19T23:40");
        talk.says("позовите администратора, мой номер 89185550022");
        talk.play(What::Staff {
            person: "marina".into(), act: StaffAct::Reply { text: "Добрый вечер!".into() }
        });
        let outcome = SendOutcome::Refused { code: "window_closed".into() };
        let effects = talk.play(What::Sent { key: "e2#0".into(), outcome, if_lost: IfLost::GoesRoundAlways });
        notices(&effects).into_iter().map(|notice| notice.text.clone()).collect::<Vec<_>>()
    };
    let told = unheard("");
    assert!(matches!(&told[..], [one] if one.contains("не дошёл") && one.contains("+7 918 555-00-22")), "{told:?}");
    let told = unheard(
        "privacy = { operator = \"ИП Лотосова\", policy_url = \"https://lotos.example/privacy\", discreet = true }",
    );
    assert!(matches!(&told[..], [one] if one.contains("не дошёл") && !one.contains("555")), "{told:?}");
}

/// Half past nine in the evening, and the client is there; then midnight, and they have been silent for hours.
#[test]
fn an_sms_that_calls_back_wakes_nobody_and_names_no_clinic() {
    let means = "care = { sms = \"sms\" }\nphone = \"+78635550100\"\nmeans = [{ kind = \"sms\" }]";
    let discreet =
        "privacy = { operator = \"ИП Лотосова\", policy_url = \"https://lotos.example/privacy\", discreet = true }";
    let unheard = |patch: &str, later_h: i64| {
        let mut talk = Talk::with(patch, "2026-11-19T21:30");
        talk.says("здравствуйте");
        talk.conv.client.phone = Phone::parse("+79185550022").ok();
        talk.conv.client.takes_sms = Some(true);
        let sms = ("sms".to_owned(), Line { way: Way::Sms, takes_key: false });
        talk.business.settings = talk.business.settings.clone().with_lines([sms].into());
        talk.now += SignedDuration::from_hours(later_h);
        call_back(&talk.conv, &talk.business.settings, CallBack::Unsent, talk.now).map(|sms| sms.text)
    };
    let now = unheard(means, 0).unwrap();
    assert!(now.contains("Лотос") && now.contains("+78635550100"), "{now}");
    assert_eq!(unheard(means, 3), None);
    let of_clinic = unheard(&format!("{means}\n{discreet}"), 0).unwrap();
    assert!(!of_clinic.contains("Лотос") && of_clinic.contains("+78635550100"), "{of_clinic}");
}

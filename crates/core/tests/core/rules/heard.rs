//! What a message is taken for when several things could be meant, and what a short word answers. Where the words do
//! not say it by themselves, what is wanted is given.

use std::sync::Arc;

use nochnik_core::consult::Doubt;
use nochnik_core::conversation::{Asking, ReadAs};
use nochnik_core::event::{AttachmentKind, InputKind};
use nochnik_core::values::{Phone, ServiceId};
use nochnik_nlu::Intent;
use rstest::rstest;
use serde_json::json;

use crate::rules::talk::{Talk, said, times};

const NOON: &str = "2026-11-19T12:00";

fn text(text: &str) -> InputKind {
    InputKind::Text { text: text.into() }
}

fn spoken(text: &str) -> InputKind {
    InputKind::Spoken { text: text.into() }
}

fn is_booked(talk: &Talk) -> bool {
    !talk.conv.coming(talk.now).is_empty()
}

/// Wants a manicure, and was asked when.
fn asked_when() -> Talk {
    let mut talk = Talk::wishing(None);
    talk.conv.asking = Asking::When;
    talk
}

/// What waited for the second reader was heard by a machine, and what follows it is written: the whole may be
/// misheard.
#[test]
fn a_yes_half_of_which_was_heard_settles_nothing() {
    let mut talk = Talk::kept();
    let (since, asking) = (talk.now, talk.conv.asking);
    talk.conv.doubt = Some(Doubt { since, text: "да".into(), is_first: false, is_spoken: true, asking });
    assert!(talk.says("да").contains("На слух мог ошибиться"));
    assert!(!is_booked(&talk));
}

#[test]
fn spam_after_a_changed_notice_greets_nobody_anew() {
    let mut talk = Talk::begin(NOON);
    talk.says("здравствуйте");
    talk.conv.client.notice = Some("прежнее уведомление".into());
    assert_eq!(talk.says("Продаём базы клиентов дёшево, подписывайтесь на наш канал"), "");
    assert!(talk.conv.client.is_greeted, "they were greeted long ago");
    assert_eq!(talk.conv.client.notice, None, "but the notice was not shown");
}

/// A number is certain where it was asked for, and an answer to something else elsewhere.
#[test]
fn a_second_reader_is_asked_unless_the_answer_is_plain() {
    let asked = |asking: Asking, text: &str, ask_under: f64| {
        let mut talk = Talk::begin(NOON);
        talk.says("здравствуйте");
        talk.conv.asking = asking;
        let model = serde_json::from_value(json!({ "kind": "openai", "ask_under": ask_under })).unwrap();
        Arc::make_mut(&mut talk.business.settings.document).model = model;
        talk.says(text);
        talk.conv.doubt.is_some()
    };
    let number = "мой номер 8 918 555 01 50";
    assert!(!asked(Asking::Phone, number, 1.0));
    assert!(asked(Asking::Nothing, number, 1.0));
    assert!(asked(Asking::Phone, "а когда вы открываетесь?", 1.0));

    let mut talk = Talk::begin(NOON);
    talk.says("здравствуйте");
    talk.says("в субботу");
    let certainty = f64::from(talk.conv.read_as.unwrap().certainty);
    assert!(!asked(Asking::Nothing, "в субботу", certainty), "as sure as it must be");
    assert!(asked(Asking::Nothing, "в субботу", certainty + 1e-6));
}

/// Whoever is being booked is no supplier.
#[test]
fn an_offer_in_the_middle_of_a_form_is_no_business_of_the_owners() {
    let offer = "предлагаем сотрудничество, мы поставщики косметики";
    assert!(Talk::begin(NOON).says(offer).contains("Передам ваше сообщение руководству"));
    assert!(!asked_when().says(offer).contains("руководству"));
}

#[test]
fn a_name_or_a_number_after_an_offer_is_kept_and_asks_for_nothing() {
    let kept = |intents: &[&str], text: &str| {
        let mut talk = Talk::begin(NOON);
        talk.says("здравствуйте");
        talk.conv.read_as = Some(ReadAs { intent: Intent::Business, certainty: 0.9, is_of_hours: false });
        talk.wants(intents, text).contains("контакт сохранил")
    };
    assert!(kept(&["inform"], "8 918 555 01 50"));
    assert!(kept(&["inform"], "Вера, 8 918 555 01 50"));
    assert!(!kept(&["inform"], "8 918 555 01 50, маникюр"), "a service is wanted");
    assert!(!kept(&["inform"], "8 918 555 01 50, завтра"), "a time is wanted");
    assert!(!kept(&["book"], "запишите, 8 918 555 01 50"), "a visit is wanted");
    assert!(!kept(&["smalltalk"], "спасибо"), "there is no contact in it");
}

#[test]
fn called_off_with_another_time_is_moved_and_without_one_is_off() {
    for (intents, text, is_off) in [
        (vec!["cancel", "book"], "отмените и запишите на субботу", false),
        (vec!["cancel", "book"], "отмените, потом запишусь", true),
        (vec!["cancel"], "отмените, в пятницу не смогу", true),
    ] {
        let mut talk = Talk::agreed();
        talk.wants(&intents, text);
        assert_eq!((!is_booked(&talk), talk.conv.replaced.is_some()), (is_off, !is_off), "{text}");
    }
}

/// The visit stands on Friday: it is named, and goes only when that is agreed to.
#[test]
fn called_off_for_a_day_without_a_visit_is_asked_about() {
    let mut talk = Talk::agreed();
    talk.wants(&["cancel"], "отмените, в субботу не смогу");
    assert!(is_booked(&talk) && talk.conv.asking == Asking::ConfirmCancel);
    talk.says("да");
    assert!(!is_booked(&talk));
}

/// «Давайте» under a picture may be about the picture; «да» is the client's word.
#[rstest]
#[case::about_the_picture(true, "давайте", false)]
#[case::a_plain_yes(true, "да", true)]
#[case::no_picture(false, "давайте", true)]
fn a_yes_beside_a_picture_must_be_a_plain_one(#[case] has_photo: bool, #[case] words: &str, #[case] expected: bool) {
    let mut talk = Talk::kept();
    let photo = has_photo.then(|| InputKind::attachment(AttachmentKind::Photo));
    talk.does_all(photo.into_iter().chain([text(words)]).collect());
    assert_eq!(is_booked(&talk), expected);
}

#[test]
fn two_people_are_booked_one_by_one_unless_the_service_is_for_two() {
    let is_told = |service: &str, intents: &[&str], text: &str| {
        let patch = format!(
            "services = [{{ id = \"manicure\", name = \"{service}\", price = 1000, duration_min = 60 }}]\n\
             staff = [{{ id = \"anna\", name = \"Анна\", services = [\"manicure\"] }}]"
        );
        let mut talk = Talk::with(&patch, NOON);
        talk.says("здравствуйте");
        talk.conv.wish.services = vec![ServiceId::new("manicure")];
        talk.wants(intents, text).contains("Записываю по одному")
    };
    let (book, both) = (&["book"][..], "запишите меня и подругу");
    assert!(is_told("Маникюр", book, both));
    assert!(!is_told("Массаж на двоих", book, both));
    assert!(!is_told("Ужин для двоих", book, both));
    assert!(!is_told("Стрижка «Отец и сын»", book, both));
    assert!(!is_told("Маникюр", &["price"], "а сколько за меня и подругу?"), "nobody is to be booked");
    assert!(!is_told("Маникюр", book, "запишите меня"));
}

/// Something new with a word that is no wish still leads on.
#[test]
fn news_beside_small_talk_leads_to_a_visit() {
    let mut talk = Talk::begin(NOON);
    talk.says("здравствуйте");
    let text = talk.wants(&["smalltalk"], "добрый вечер, маникюр");
    assert!(text.contains("На какой день вас записать?"), "{text}");
}

#[test]
fn in_the_middle_of_booking_a_question_about_a_day_asks_for_a_time() {
    let ask = |topic: &str, text: &str| {
        let mut talk = asked_when();
        (said(&talk.means(&json!({ "intents": ["faq"], "topics": [topic] }), text)), talk)
    };
    let (text, talk) = ask("service_info", "а в субботу?");
    assert!(times(&talk, &talk.conv.wish.offers).iter().all(|slot| slot.starts_with("21.11")), "{text}");
    assert!(!talk.conv.wish.offers.is_empty() && talk.conv.case.is_none(), "{text}");
    assert!(ask("parking", "парковка в субботу есть?").0.contains("бесплатная парковка"), "a question of its own");
    assert!(ask("parking", "парковка есть?").0.contains("бесплатная парковка"));
    let (text, _) = ask("service_info", "а анонимно можно?");
    assert!(text.contains("Этого я точно не знаю"), "{text}");
    let mut idle = Talk::begin(NOON);
    idle.says("здравствуйте");
    let text = said(&idle.means(&json!({ "intents": ["faq"], "topics": ["service_info"] }), "а в субботу как?"));
    assert!(text.contains("Сб, 21 ноября: с 10:00 до 19:00"), "nothing is being booked: {text}");
}

#[test]
fn after_a_price_another_service_is_asked_the_price_of_and_nothing_else_is() {
    let mut talk = Talk::begin(NOON);
    talk.wants(&["price"], "сколько стоит маникюр?");
    assert!(talk.wants(&["inform"], "а педикюр?").contains("2 600 ₽"));
    let mut asked = Talk::begin(NOON);
    asked.wants(&["price"], "сколько стоит маникюр?");
    let text = asked.wants(&["faq"], "парковка есть?");
    assert!(text.contains("бесплатная парковка") && !text.contains('₽'), "{text}");
    let mut unasked = Talk::begin(NOON);
    assert!(!unasked.wants(&["inform"], "педикюр").contains("2 600 ₽"));
}

/// «Прислать тогда напоминание по СМС?»
#[test]
fn whether_an_sms_may_come_is_settled_in_writing() {
    let asked = || {
        let mut talk = Talk::begin(NOON);
        talk.says("здравствуйте");
        talk.conv.client.phone = Phone::parse("+79185550150").ok();
        talk.conv.asking = Asking::Sms;
        talk
    };
    let mut heard = asked();
    let again = said(&heard.does(spoken("да")));
    assert!(again.contains("На слух мог ошибиться") && again.contains("прислать напоминание по СМС"), "{again}");
    assert_eq!((heard.conv.asking, heard.conv.client.takes_sms), (Asking::Sms, None));
    let mut no = asked();
    no.says("нет");
    assert_eq!((no.conv.asking, no.conv.client.takes_sms), (Asking::Nothing, Some(false)));
    let mut yes = asked();
    yes.says("да");
    assert_eq!(yes.conv.client.takes_sms, Some(true));
}

#[test]
fn a_yes_to_no_question_goes_on_with_the_wish_if_there_is_one() {
    let mut idle = Talk::begin(NOON);
    idle.says("здравствуйте");
    assert_eq!(idle.says("да"), "Чем могу помочь?");
    let mut wishing = asked_when();
    wishing.conv.asking = Asking::Nothing;
    let text = wishing.says("да");
    assert!(text.contains("На какой день вас записать?"), "{text}");
}

/// «Нет» to a list asks for another day.
#[test]
fn a_no_to_a_list_asks_when() {
    let mut talk = asked_when();
    talk.presses("book");
    assert_eq!(talk.conv.asking, Asking::Slot);
    assert_eq!(talk.says("нет"), "На какой день и время вас записать?");
    assert_eq!((talk.conv.asking, talk.conv.wish.offers.len()), (Asking::When, 0));
}

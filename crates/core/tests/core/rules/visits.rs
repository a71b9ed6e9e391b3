//! On the way to a visit and after it: answers between, what a message is about once a visit stands, what is put right.
//! What is wanted is given; that the words say so is the reader's business.

use jiff::SignedDuration;
use jiff::civil::date;
use nochnik_core::conversation::Asking;
use nochnik_core::effect::Effect;
use nochnik_core::values::{Phone, ServiceId, SpecialistId};
use rstest::rstest;
use serde_json::json;

use crate::rules::talk::{FRIDAY, Talk, day, reply, said};

/// A Thursday.
const NOON: &str = "2026-11-19T12:00";

fn asks(patch: &str, topics: &[&str], text: &str) -> String {
    let mut talk = Talk::with(patch, NOON);
    talk.says("здравствуйте");
    said(&talk.means(&json!({ "intents": ["faq"], "topics": topics }), text))
}

#[test]
fn who_finds_it_dear_is_not_told_the_same_figures_twice() {
    let mut talk = Talk::begin(NOON);
    assert!(talk.wants(&["price"], "сколько стоит маникюр?").contains("1 200 ₽"));
    assert!(talk.wants(&["price"], "сколько, сколько?").contains("1 200 ₽"), "asked again, told again");
    assert!(talk.wants(&["price"], "дорого").contains("снизить их не могу"));
    let mut unseen = Talk::begin(NOON);
    let text = unseen.wants(&["price"], "дорогой у вас маникюр?");
    assert!(text.contains("1 200 ₽") && !text.contains("снизить"), "no figure was seen yet: {text}");
}

/// The whole list is followed by «на какую услугу?», where nothing else is asked.
#[test]
fn a_price_list_asks_for_a_service_and_a_price_does_not() {
    let asking = |services: &[&str], asking: Asking| {
        let mut talk = Talk::begin(NOON);
        talk.conv.wish.services = services.iter().map(|id| ServiceId::new(*id)).collect();
        talk.conv.asking = asking;
        talk.presses("price");
        talk.conv.asking
    };
    assert_eq!(asking(&[], Asking::Nothing), Asking::Service);
    assert_eq!(asking(&[], Asking::Visit), Asking::Service);
    assert_eq!(asking(&[], Asking::Name), Asking::Name);
    assert_eq!(asking(&["manicure"], Asking::Nothing), Asking::Nothing);
}

#[rstest]
#[case::own_words("", "faq = { address = \"Во дворе.\" }", "Во дворе.")]
#[case::the_address("ул. Садовая, 1", "faq = {}", "Мы находимся по адресу: ул. Садовая, 1.")]
#[case::nothing("", "faq = {}", "Этого я точно не знаю")]
fn where_the_salon_is_is_told_by_its_own_words_or_its_address(
    #[case] address: &str,
    #[case] faq: &str,
    #[case] expected: &str,
) {
    let text = asks(&format!("address = \"{address}\"\n{faq}"), &[], "подскажите ваш адрес?");
    assert!(text.contains(expected), "{text}");
}

/// A discount does not answer a question about certificates.
#[rstest]
#[case::a_discount("Скидка 10 % в будни.", "есть скидки?", true)]
#[case::a_certificate("Скидка 10 % в будни.", "есть сертификаты?", false)]
#[case::both("Скидка 10 %. Сертификаты продаём.", "есть сертификаты?", true)]
fn certificates_are_answered_only_where_they_are_spoken_of(
    #[case] promo: &str,
    #[case] text: &str,
    #[case] is_known: bool,
) {
    let text = asks(&format!("faq = {{ promo = \"{promo}\" }}"), &["promo"], text);
    assert_eq!(text.contains(promo), is_known, "{text}");
    assert_eq!(text.contains("Этого я точно не знаю"), !is_known, "{text}");
}

/// The figures of a service answer a question that names it, or asks how long it takes; no other one.
#[test]
fn a_general_question_is_answered_by_figures_where_it_is_about_the_service() {
    let frame = json!({ "intents": ["faq"], "topics": ["service_info"] });
    let mut named = Talk::begin(NOON);
    assert!(said(&named.means(&frame, "а педикюр у вас как?")).contains("2 600 ₽"));
    let known = |text: &str| {
        let mut talk = Talk::begin(NOON);
        talk.says("здравствуйте");
        talk.conv.wish.services = vec![ServiceId::new("pedicure")];
        said(&talk.means(&frame, text))
    };
    assert!(known("а это долго?").contains("2 600 ₽"));
    let both = asks("", &["parking", "service_info"], "завтра");
    assert!(both.contains("бесплатная парковка") && !both.contains('₽'), "no service was named: {both}");
    let text = known("а анонимно можно?");
    assert!(text.contains("Этого я точно не знаю") && !text.contains('₽'), "{text}");
}

#[test]
fn hours_are_told_of_the_one_day_asked_about_else_of_the_week() {
    for (text, is_one_day) in [
        ("во сколько вы открываетесь в субботу?", true),
        ("во сколько вы открываетесь 20-21 ноября?", false),
        ("во сколько вы открываетесь начиная с субботы?", false),
    ] {
        let told = asks("", &[], text);
        assert_eq!(told.contains("Часы работы:"), !is_one_day, "{text}: {told}");
        assert_eq!(told.contains("Сб, 21 ноября: с 10:00 до 19:00"), is_one_day, "{text}: {told}");
    }
}

/// After a night people greet again.
#[test]
fn a_known_client_is_greeted_by_name_after_more_than_eight_hours() {
    for (minutes, expected) in [(8 * 60, "Чем могу помочь?"), (8 * 60 + 1, "Здравствуйте, Вера! Чем могу помочь?")]
    {
        let mut talk = Talk::begin(NOON);
        talk.says("здравствуйте");
        talk.conv.client.name = Some("Вера".into());
        talk.now += SignedDuration::from_mins(minutes);
        assert_eq!(talk.wants(&["smalltalk"], "здравствуйте"), expected, "{minutes}");
    }
}

/// A service named in answer to «Записать вас?», or a time of day named at all, is a wish for a visit.
#[test]
fn facts_given_to_a_question_or_a_time_make_a_wish() {
    for (asking, text, expected) in [
        (Asking::Visit, "маникюр", true),
        (Asking::Nothing, "завтра в 15:00", true),
        (Asking::Nothing, "маникюр", false),
    ] {
        let mut talk = Talk::begin(NOON);
        talk.says("здравствуйте");
        talk.conv.asking = asking;
        talk.wants(&["inform"], text);
        assert_eq!(talk.conv.wish.wants_visit, expected, "{asking:?}: {text}");
    }
}

#[test]
fn a_number_given_after_booking_is_put_right_and_nothing_more_is_asked() {
    let put_right = |talk: &mut Talk, text: &str| talk.wants(&["inform"], text).contains("Исправил");
    let number = "мой номер 8 918 555 01 99";
    let mut booked = Talk::agreed();
    assert!(put_right(&mut booked, number) && booked.conv.asking == Asking::Nothing);
    assert!(put_right(&mut Talk::agreed(), "меня зовут Оля"));
    assert!(!put_right(&mut Talk::agreed(), "педикюр, 8 918 555 01 99"), "another visit is wanted");
    assert!(!put_right(&mut Talk::agreed(), "хорошо, спасибо"), "no contact is in it");
    assert!(!put_right(&mut Talk::begin(NOON), number), "nothing is booked");
    let mut wishing = Talk::agreed();
    wishing.conv.wish.services = vec![ServiceId::new("pedicure")];
    wishing.conv.wish.wants_visit = true;
    assert!(!put_right(&mut wishing, number), "another visit is under way");
    let mut dated = Talk::agreed();
    dated.conv.wish.when = Some(day(FRIDAY));
    assert!(!put_right(&mut dated, number), "another time is under way");
}

#[test]
fn services_are_asked_for_by_six_buttons_and_by_name_where_they_fit() {
    let mut talk = Talk::begin(NOON);
    let ids = |effects: &[Effect]| -> Vec<String> {
        reply(effects).unwrap().buttons.iter().map(|button| button.id.clone()).collect()
    };
    let first = ids(&talk.presses("book"));
    assert_eq!((first.len(), first[6].as_str()), (7, "services.6"), "six of them, and the way to the others");
    let second = ids(&talk.presses("services.6"));
    assert!(first.iter().take(6).all(|id| !second.contains(id)) && second.last().unwrap() == "services.0");
    assert_eq!(ids(&talk.presses("services.900")), first, "a page that is none is the first");

    let asked = |services: &str| {
        let staff = format!("staff = [{{ id = \"anna\", name = \"Анна\", services = [{services}] }}]");
        let mut talk = Talk::with(&staff, NOON);
        talk.says("здравствуйте");
        talk.conv.wish.specialist = Some(SpecialistId::new("anna"));
        said(&talk.presses("book"))
    };
    let all = "\"manicure\", \"manicure_gel\", \"pedicure\", \"haircut_w\", \"haircut_kid\", \"coloring\", \"brows\"";
    assert_eq!(asked(all), "На какую услугу вас записать?", "seven are too many to name");
    let two = asked("\"manicure\", \"pedicure\"");
    assert_eq!(two, "На какую услугу вас записать: Маникюр без покрытия, Педикюр с покрытием?");
}

/// «Что поменять?» is asked of a time that is kept; elsewhere the same words are a wish.
#[test]
fn what_is_to_be_changed_is_named_only_when_it_was_asked() {
    let mut asked = Talk::kept();
    asked.presses("change");
    asked.wants(&["inform"], "номер");
    assert_eq!(asked.conv.asking, Asking::Phone);
    let mut not_asked = Talk::kept();
    not_asked.wants(&["inform"], "номер");
    assert_eq!(not_asked.conv.asking, Asking::Confirm);
    let mut nothing_kept = Talk::wishing(None);
    nothing_kept.conv.asking = Asking::When;
    nothing_kept.wants(&["inform"], "другой день");
    assert_eq!(nothing_kept.conv.asking, Asking::Slot, "times are offered");
}

/// A number of a list never comes again: the buttons of the one before are known to be old.
#[test]
fn a_list_keeps_its_number_when_the_wish_is_over() {
    let mut talk = Talk::wishing(None);
    talk.presses("book");
    assert_eq!(talk.conv.wish.offer_no, 1);
    talk.conv.client.name = Some("Вера".into());
    talk.conv.client.phone = Phone::parse("+79185550150").ok();
    talk.presses("slot.1.0");
    let number = talk.conv.held().unwrap().number().to_owned();
    talk.presses(&format!("yes.{number}"));
    assert_eq!((talk.conv.coming(talk.now).len(), talk.conv.wish.offer_no), (1, 1), "booked");
    talk.presses(&format!("cancel.{number}"));
    assert_eq!((talk.conv.coming(talk.now).len(), talk.conv.wish.offer_no), (0, 1), "called off");
}

#[test]
fn what_is_called_off_before_it_is_booked_is_given_up() {
    let mut wishing = Talk::wishing(None);
    assert!(wishing.wants(&["cancel"], "отмените").contains("не записываю"));
    assert!(Talk::kept().wants(&["cancel"], "отмените").contains("не записываю"));
    let mut idle = Talk::begin(NOON);
    assert!(idle.wants(&["cancel"], "отмените").contains("не вижу вашей записи"));
}

/// For two hours any other time speaks of the visit just made, later only another hour does.
#[rstest]
#[case::an_hour(0, "а можно в 11:00?", true)]
#[case::a_shift(0, "на час позже", true)]
#[case::a_day(0, "а можно в субботу?", true)]
#[case::a_day_in_time(120, "а можно в субботу?", true)]
#[case::a_day_too_late(121, "а можно в субботу?", false)]
#[case::from_a_day_too_late(121, "а можно начиная с субботы?", false)]
#[case::an_hour_later(121, "а можно в 11:00?", true)]
#[case::another_service(0, "а педикюр можно в 11:00?", false)]
#[case::no_time(0, "а можно?", false)]
fn another_time_after_booking_is_for_the_visit(#[case] minutes: i64, #[case] text: &str, #[case] is_moved: bool) {
    let mut talk = Talk::agreed();
    talk.now += SignedDuration::from_mins(minutes);
    talk.wants(&["inform"], text);
    assert_eq!(talk.conv.replaced.is_some(), is_moved);
}

#[test]
fn another_time_is_for_the_visit_under_way_where_there_is_one() {
    let mut talk = Talk::agreed();
    talk.conv.wish.services = vec![ServiceId::new("pedicure")];
    talk.conv.wish.wants_visit = true;
    talk.wants(&["inform"], "а можно в 11:00?");
    assert_eq!(talk.conv.replaced, None);
}

/// Nothing of a visit is cancelled by a question about another day.
#[test]
fn a_visit_stands_until_the_new_time_is_agreed_to() {
    let mut talk = Talk::agreed();
    talk.wants(&["inform"], "а можно в субботу?");
    let stands = talk.conv.coming(talk.now);
    assert_eq!(stands.iter().map(|visit| talk.wall(visit.slot.starts_at).date()).collect::<Vec<_>>(), [FRIDAY]);
    let number = talk.conv.held().unwrap().number().to_owned();
    let effects = talk.presses(&format!("yes.{number}"));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Release { .. })));
    let stands = talk.conv.coming(talk.now);
    let saturday = date(2026, 11, 21);
    assert_eq!(stands.iter().map(|visit| talk.wall(visit.slot.starts_at).date()).collect::<Vec<_>>(), [saturday]);
}

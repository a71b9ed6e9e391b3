//! What is said beside a visit: something more for it, another visit in the same breath, a series; and who serves.

use nochnik_core::conversation::Asking;
use nochnik_core::values::ServiceId;

use crate::rules::talk::{Talk, times};

const NOON: &str = "2026-11-19T12:00";

fn greeted() -> Talk {
    let mut talk = Talk::begin(NOON);
    talk.says("здравствуйте");
    talk
}

fn wanted(talk: &Talk) -> Vec<&str> {
    talk.conv.wish.services.iter().map(ServiceId::as_str).collect()
}

/// The visit is Friday's manicure from three to four.
#[test]
fn something_more_stands_right_behind_the_visit() {
    for (intents, text, held) in [
        (vec!["book"], "ещё педикюр в тот же день", Some("20.11 16:00")),
        (vec!["inform"], "и ещё брови", Some("20.11 16:00")),
        (vec!["faq"], "можно ещё и педикюр?", Some("20.11 16:00")),
        // «И снятие нужно» calls nothing off.
        (vec!["cancel"], "и педикюр нужен", Some("20.11 16:00")),
        (vec!["cancel"], "отмените, и педикюр", None),
        (vec!["price"], "и педикюр сколько?", None),
        (vec!["faq"], "а педикюр долго?", None),
        // Another day makes another visit of it.
        (vec!["book"], "и педикюр в субботу", None),
        (vec!["book"], "педикюр", None),
    ] {
        let mut talk = Talk::agreed();
        talk.wants(&intents, text);
        assert_eq!(talk.held().as_deref(), held, "{intents:?} {text}");
        assert_eq!(talk.conv.coming(talk.now).len(), 1, "{text}");
    }
}

/// Another kind of what the visit is for is put there by a person.
#[test]
fn another_kind_in_its_place_is_a_persons_to_put() {
    for (intents, text, is_handed) in [
        (vec!["book"], "давайте с гель-лаком", true),
        (vec!["price"], "а с гель-лаком сколько?", false),
        (vec!["faq"], "а с гель-лаком можно?", false),
        (vec!["book"], "запишите с гель-лаком", false),
    ] {
        let mut talk = Talk::agreed();
        let reply = talk.wants(&intents, text);
        assert_eq!(reply.starts_with("Поменять услугу в записи"), is_handed, "{intents:?} {text}: {reply}");
    }
    let mut old = Talk::agreed();
    old.now = old.at("2026-11-19T14:01");
    let reply = old.wants(&["book"], "давайте с гель-лаком");
    assert!(!reply.starts_with("Поменять услугу"), "booked too long ago to be meant: {reply}");
}

#[test]
fn two_times_for_two_services_are_two_visits() {
    for (text, first, second) in [
        ("маникюр в субботу в 12 и педикюр в воскресенье в 15", vec!["manicure"], Some("22.11 15:00")),
        ("маникюр в субботу в 12 и педикюр в 15", vec!["manicure"], Some("21.11 15:00")),
        // A day and its hour are one time.
        ("в субботу маникюр и ещё педикюр к 11 утра", vec!["manicure", "pedicure"], None),
        ("к 11 утра маникюр и педикюр в субботу", vec!["manicure", "pedicure"], None),
        ("маникюр и педикюр в субботу и в воскресенье", vec!["manicure", "pedicure"], None),
        ("маникюр в субботу в 12, педикюр в субботу в 12", vec!["manicure", "pedicure"], None),
        ("маникюр или педикюр в субботу в 12 или в воскресенье в 15", vec![], None),
        ("маникюр в субботу в 12, а маникюр в воскресенье в 15", vec!["manicure"], None),
    ] {
        let mut talk = greeted();
        talk.says(text);
        let when = talk.conv.then.first().and_then(|next| next.when);
        let at = when.and_then(|when| Some(when.from_on?.to_datetime(when.from_at?)));
        let at = at.map(|at| at.strftime("%d.%m %H:%M").to_string());
        assert_eq!((wanted(&talk), at.as_deref()), (first, second), "{text}");
    }
    let mut moved = Talk::agreed();
    moved.says("перенесите маникюр на субботу в 12 и педикюр на воскресенье в 15");
    assert!(moved.conv.then.is_empty(), "what stands is moved");
}

#[test]
fn a_rhythm_after_a_booking() {
    for (text, asking, services) in [
        ("и так каждую неделю", Asking::Series, vec![]),
        ("а каждую неделю можно?", Asking::Series, vec![]),
        ("каждую неделю по пятницам", Asking::Series, vec![]),
        ("давайте так каждую неделю, запишите", Asking::Series, vec![]),
        // Another day or hour makes a series of its own, and moves no visit.
        ("каждую неделю по субботам", Asking::Slot, vec!["manicure"]),
        ("каждую неделю в 17", Asking::Confirm, vec!["manicure"]),
        ("педикюр каждую неделю", Asking::Slot, vec!["pedicure"]),
        ("я хожу к вам каждую неделю и мне всё очень нравится, спасибо", Asking::Nothing, vec![]),
    ] {
        let mut talk = Talk::agreed();
        let reply = talk.says(text);
        assert_eq!((talk.conv.asking, wanted(&talk)), (asking, services), "{text}: {reply}");
        assert_eq!(talk.conv.replaced, None, "{text}");
    }
    let mut unbooked = greeted();
    unbooked.says("и так каждую неделю");
    assert_eq!(unbooked.conv.asking, Asking::Service);
    let mut held = Talk::kept();
    held.says("и так каждую неделю");
    assert_eq!((held.conv.asking, held.conv.wish.every_days), (Asking::Confirm, Some(7)), "booked first");
    held.says("да");
    let offered = held.conv.series.clone().map(|series| times(&held, &series.slots));
    assert_eq!(offered, Some(vec!["27.11 15:00".into(), "04.12 15:00".into(), "11.12 15:00".into()]));
}

/// What is answered when it is asked who serves, and when somebody does.
#[test]
fn who_serves_and_when() {
    const MARIA: &str = "Мария принимает";
    for (intents, text, begins) in [
        (vec!["faq"], "кто у вас работает?", "У нас работают"),
        (vec!["faq"], "а кто делает маникюр?", "Маникюр без покрытия — Анна и Мария"),
        (vec!["book"], "кто делает педикюр?", "На какой день вас записать?"),
        (vec!["price"], "кто делает педикюр и сколько стоит?", "Педикюр с покрытием — 2 600 ₽"),
        (vec!["faq"], "когда работает Мария?", MARIA),
        (vec!["faq"], "Мария работает", MARIA),
        (vec!["book"], "Мария работает в субботу?", MARIA),
        (vec!["book"], "работает ли Мария в субботу", MARIA),
        (vec!["book"], "Мария работает в субботу", "На какую услугу"),
        (vec!["price"], "сколько берёт Мария?", "Вот наши цены"),
        (vec!["faq"], "Мария хороший мастер?", "Этого я точно не знаю"),
        (vec!["faq"], "когда работает Снежана?", "Специалиста по имени «Снежана» у нас нет"),
        (vec!["book"], "запишите к Снежане", "Имени «Снежана» в нашем расписании нет"),
    ] {
        let reply = greeted().wants(&intents, text);
        assert!(reply.starts_with(begins), "{intents:?} {text}: {reply}");
    }
}

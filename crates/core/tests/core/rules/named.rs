//! Which services a message adds, names aside, keeps or takes out; and for how many people.

use nochnik_core::conversation::Asking;
use nochnik_core::values::ServiceId;

use crate::rules::talk::Talk;

const NOON: &str = "2026-11-19T12:00";

/// One who cuts men and children, and does beards.
const BARBER: &str = r#"
services = [
    { id = "haircut_m", name = "Мужская стрижка", price = 1500, duration_min = 60 },
    { id = "haircut_kid", name = "Детская стрижка", price = 900, duration_min = 30 },
    { id = "beard", name = "Борода", price = 900, duration_min = 30 },
]
staff = [{ id = "karina", name = "Карина", services = ["haircut_m", "haircut_kid", "beard"] }]
"#;

fn greeted(patch: &str) -> Talk {
    let mut talk = Talk::with(patch, NOON);
    talk.says("здравствуйте");
    talk
}

fn ids(services: &[ServiceId]) -> Vec<&str> {
    services.iter().map(ServiceId::as_str).collect()
}

fn wanted(talk: &Talk) -> Vec<&str> {
    ids(&talk.conv.wish.services)
}

/// The services of the visit that comes after the one being booked.
fn then(talk: &Talk) -> Vec<Vec<&str>> {
    talk.conv.then.iter().map(|next| ids(&next.services)).collect()
}

#[test]
fn what_is_asked_about_is_not_wanted() {
    for (intents, text, expected) in [
        (vec!["price"], "и педикюр сколько?", vec!["manicure"]),
        (vec!["faq"], "и педикюр долго?", vec!["manicure"]),
        (vec!["inform"], "а педикюр бесплатный?", vec!["manicure"]),
        (vec!["inform"], "и педикюр", vec!["manicure", "pedicure"]),
        (vec!["inform"], "+ педикюр", vec!["manicure", "pedicure"]),
        (vec!["inform"], "на оба: маникюр и педикюр", vec!["manicure", "pedicure"]),
    ] {
        let mut talk = Talk::kept();
        talk.wants(&intents, text);
        assert_eq!(wanted(&talk), expected, "{intents:?} {text}");
    }
    let mut free = Talk::kept();
    assert!(free.wants(&["inform"], "а педикюр бесплатный?").starts_with("Педикюр с покрытием — 2 600 ₽"));
}

/// A price asked before a price is wished for no more than the first; a service asked about first is what is meant.
#[test]
fn whoever_only_asks_prices_asks_of_each_in_its_turn() {
    let mut talk = greeted("");
    talk.says("сколько стоит маникюр?");
    talk.says("а педикюр сколько?");
    assert_eq!(wanted(&talk), ["pedicure"]);
    let mut asked = greeted("");
    asked.presses("book");
    asked.wants(&["faq"], "а педикюр долго?");
    assert_eq!(wanted(&asked), ["pedicure"], "no service was wished for yet");
}

#[test]
fn one_of_two_is_asked_for_however_it_is_said() {
    for intents in [["inform"], ["book"]] {
        let mut talk = greeted("");
        let reply = talk.wants(&intents, "маникюр или педикюр");
        assert_eq!((talk.conv.asking, wanted(&talk)), (Asking::Service, vec![]), "{intents:?}: {reply}");
    }
}

/// «Передвиньте мой маникюр» is the visit's word; two words or another kind are a wish.
#[test]
fn a_word_for_the_visit_is_no_other_service() {
    let moved = |visit: &str, text: &str| {
        let mut talk = Talk::agreed();
        talk.conv.bookings.last_mut().unwrap().services = vec![ServiceId::new(visit)];
        talk.wants(&["reschedule"], text);
        wanted(&talk).join(" ")
    };
    assert_eq!(moved("manicure_gel", "перенесите маникюр на субботу"), "manicure_gel", "one word, of its own kind");
    assert_eq!(moved("manicure_gel", "перенесите педикюр на субботу"), "pedicure", "one word, of another");
    assert_eq!(moved("manicure", "перенесите маникюр с гель-лаком на субботу"), "manicure_gel", "three words");
}

#[test]
fn how_many_people_are_to_come() {
    for (patch, text, first, second) in [
        ("", "запишите на женскую стрижку и детскую", vec!["haircut_w"], vec![vec!["haircut_kid"]]),
        ("", "запишите на детскую стрижку и маникюр", vec!["haircut_kid", "manicure"], vec![]),
        ("", "запишите на маникюр и маникюр с гель-лаком", vec!["manicure", "manicure_gel"], vec![]),
        ("", "запишите сына и дочку на детскую стрижку", vec!["haircut_kid"], vec![vec!["haircut_kid"]]),
        ("", "запишите меня и подругу на женскую стрижку", vec!["haircut_w"], vec![vec!["haircut_w"]]),
        (
            "",
            "запишите меня и подругу на маникюр и педикюр",
            vec!["manicure", "pedicure"],
            vec![vec!["manicure", "pedicure"]],
        ),
        ("", "запишите мне маникюр, подруге педикюр", vec!["manicure"], vec![vec!["pedicure"]]),
        (BARBER, "запишите сына и себя на детскую стрижку", vec!["haircut_kid"], vec![vec!["haircut_m"]]),
        // The grown-up's cut is for women, and the client may be none: it is asked.
        ("", "запишите сына и себя на детскую стрижку", vec!["haircut_kid"], vec![vec![]]),
    ] {
        let mut talk = greeted(patch);
        talk.says(text);
        assert_eq!((wanted(&talk), then(&talk)), (first, second), "{text}");
    }
}

const STUDIO: &str = r#"
services = [
    { id = "one", name = "Разовое занятие", price = 600, duration_min = 60 },
    { id = "yoga", name = "Йога", price = 600, duration_min = 60 },
]
staff = [
    { id = "karina", name = "Карина", services = ["one"] },
    { id = "anna", name = "Анна", services = ["yoga"] },
]
"#;

/// «Разовое на йогу» is yoga; alone it is what it is.
#[test]
fn how_one_comes_is_no_service_beside() {
    for (text, services) in [
        ("запишите на разовое на йогу", vec!["yoga"]),
        ("запишите на разовое занятие по йоге", vec!["yoga"]),
        ("запишите на разовое занятие", vec!["one"]),
        ("запишите на йогу", vec!["yoga"]),
    ] {
        let mut talk = greeted(STUDIO);
        talk.says(text);
        assert_eq!(wanted(&talk), services, "{text}");
    }
}

/// What a person is asked to take out of the visit.
#[test]
fn a_part_of_a_visit_is_called_off() {
    let told = |text: &str| {
        let mut talk = greeted("");
        talk.says("маникюр и педикюр у Анны 24.11 в 15:00, Вера, 8 918 555 01 50");
        talk.says("да");
        let reply = talk.says(text);
        (talk.conv.coming(talk.now).len(), reply)
    };
    for (text, out) in [
        ("отмените педикюр, маникюр оставьте", "«Педикюр с покрытием»"),
        ("маникюр оставьте, остальное отмените", "«Педикюр с покрытием»"),
        ("отмените маникюр", "«Маникюр без покрытия»"),
    ] {
        let (visits, reply) = told(text);
        assert!(visits == 1 && reply.starts_with("Убрать из записи") && reply.contains(out), "{text}: {reply}");
    }
    let (visits, reply) = told("отмените маникюр и педикюр");
    assert!(visits == 0 && reply.starts_with("Отменил запись"), "{reply}");
}

/// «Верните запись»: also when another visit was being booked in its place; «верните деньги» is another matter.
#[test]
fn what_was_called_off_comes_back() {
    for between in ["", "запишите на педикюр", "запишите на педикюр на завтра в 10"]
    {
        let mut talk = Talk::agreed();
        talk.says("отмените запись");
        if !between.is_empty() {
            talk.says(between);
        }
        let reply = talk.says("верните прежнюю запись");
        assert!(reply.starts_with("Записал вас: Маникюр без покрытия"), "{between}: {reply}");
        assert_eq!((talk.conv.coming(talk.now).len(), talk.held(), talk.conv.asking), (1, None, Asking::Nothing));
    }
    let mut money = Talk::agreed();
    money.says("отмените запись");
    money.says("верните деньги за запись");
    assert!(money.conv.coming(money.now).is_empty());
    let mut stands = Talk::agreed();
    stands.says("верните прежнюю запись");
    assert_eq!(stands.conv.coming(stands.now).len(), 1, "nothing was called off");
}

#[test]
fn who_is_named_in_a_move_keeps_the_hour() {
    for (text, held) in [
        ("перенесите к Марии", Some("20.11 15:00")),
        ("а можно к Марии?", Some("20.11 15:00")),
        ("перенесите к Анне", None),
        ("а можно к Анне?", None),
    ] {
        let mut talk = Talk::agreed();
        talk.says(text);
        assert_eq!(talk.held().as_deref(), held, "{text}");
    }
}

/// «Отмените все»: each is named, and one yes or one press is of them all; a press of one is of that one.
#[test]
fn all_visits_and_one_of_them() {
    let two = || {
        let mut talk = greeted("");
        talk.says("маникюр у Анны 24.11 в 15:00, Вера, 8 918 555 01 50");
        talk.says("да");
        talk.says("запишите ещё на педикюр к Анне 25.11 в 15:00");
        talk.says("да");
        assert_eq!(talk.conv.coming(talk.now).len(), 2);
        talk
    };
    let left = |talk: &Talk| {
        let coming = talk.conv.coming(talk.now);
        coming.iter().flat_map(|visit| visit.services.iter().map(ServiceId::to_string)).collect::<Vec<_>>()
    };
    let mut all = two();
    all.says("отмените все");
    all.says("да");
    assert!(left(&all).is_empty());
    let mut one = two();
    let number = one.conv.coming(one.now)[0].number().to_owned();
    one.says("отмените все");
    one.presses(&format!("cancel.{number}"));
    assert_eq!(left(&one), ["pedicure"]);
    let mut none = two();
    none.presses("cancel.all");
    assert_eq!(left(&none).len(), 2, "an old button");
    let mut named = two();
    named.says("отмените педикюр");
    assert_eq!(left(&named), ["manicure"]);
    assert_eq!(named.conv.cancels, None, "and nothing is remembered of it");
}

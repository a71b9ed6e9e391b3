//! What a person is asked who gives a shift away, and what their taps say. Marina has the nights of this roster, Olya
//! the mornings; Roza owns.

use std::sync::Arc;

use jiff::Timestamp;
use nochnik_core::business::{Business, Document, Settings};
use nochnik_core::duty::{self, Swap, SwapState, Tap, Word, read_tap};
use nochnik_core::values::PersonId;

use super::{PEOPLE, at};

const SHIFTS: &str = r#"
[[shifts]]
person = "marina"
from = "20:00"
to = "09:00"

[[shifts]]
person = "olya"
from = "08:00"
to = "12:00"
"#;

/// Monday, 23 November 2026, noon.
const NOON: &str = "2026-11-23T12:00";

fn business(with: &[&str]) -> Business {
    by_shifts(SHIFTS, with)
}

fn by_shifts(shifts: &str, with: &[&str]) -> Business {
    let mut people = PEOPLE.to_owned();
    for id in with {
        let means = format!("id = \"{id}\", means = [{{ channel = \"telegram\", peer = \"{id}\" }}],");
        people = people.replace(&format!("id = \"{id}\","), &means);
    }
    let rest = "[[channels]]\nkind = \"telegram\"\n[privacy]\noperator = \"Клиника\"\n\
                policy_url = \"https://clinic.example/privacy\"";
    let document: Document = toml::from_str(&format!("{people}\n{shifts}\n{rest}")).expect("it reads");
    let settings = Settings::build(document, 1).expect("the document of the test has no problems");
    Business { settings, changes: Arc::default(), busy: Arc::default() }
}

fn id(name: &str) -> PersonId {
    PersonId::new(name)
}

fn labels(menu: &duty::Menu) -> Vec<&str> {
    menu.buttons.iter().map(|button| button.label.as_str()).collect()
}

#[test]
fn a_button_says_all_that_was_chosen() {
    let from: Timestamp = "2026-11-24T17:00:00Z".parse().unwrap();
    let second = from.as_second();
    for (button, tap) in [
        (format!("d.give.{second}"), Some(Tap::Give { from })),
        (format!("d.ask.{second}.olya"), Some(Tap::Ask { from, other: id("olya") })),
        (format!("d.swap.{second}..olya"), Some(Tap::Offer { from, takes: None, other: id("olya") })),
        (format!("d.swap.{second}.{second}.a.b"), Some(Tap::Offer { from, takes: Some(from), other: id("a.b") })),
        ("d.yes.7".to_owned(), Some(Tap::Answer { swap: 7, is_agreed: true })),
        ("d.no.7".to_owned(), Some(Tap::Answer { swap: 7, is_agreed: false })),
        (format!("d.ready.{second}"), None),
        ("d.yes.all".to_owned(), None),
        ("n.token.take".to_owned(), None),
    ] {
        assert_eq!(read_tap(&button), tap, "{button}");
    }
    assert!(duty::is_wish(" Подмена ") && !duty::is_wish("подмена в пятницу"));
}

#[test]
fn two_weeks_of_shifts_eight_at_most_can_be_given_away() {
    let salon = business(&["marina", "olya"]);
    let now = at(&salon.settings, NOON);
    let menu = duty::which(&salon, &id("marina"), now);
    assert_eq!(labels(&menu)[..2], ["сегодня 20:00", "завтра 20:00"]);
    assert_eq!(menu.buttons.len(), 8);
    assert!(menu.buttons.iter().all(|button| read_tap(&button.id).is_some()));
    assert_eq!(duty::which(&salon, &id("roza"), now).text, "В ближайшие две недели у вас смен нет.");
}

/// It is Monday, eight in the evening. The shift that begins now is begun; the one of this hour in two weeks is too far.
#[test]
fn two_weeks_end_before_the_same_hour_of_the_day() {
    let salon = business(&["marina", "olya", "roza"]);
    let now = at(&salon.settings, "2026-11-23T20:00");
    for (begins, is_open) in [
        ("2026-11-23T20:00", false),
        ("2026-11-24T20:00", true),
        ("2026-12-06T20:00", true),
        ("2026-12-07T20:00", false),
    ] {
        let menu = duty::whom(&salon, &id("marina"), at(&salon.settings, begins), now);
        assert_eq!(!menu.text.starts_with("Этот вопрос уже решён"), is_open, "{begins}: {}", menu.text);
    }
}

/// Olya comes at eight while the night goes on until nine: she cannot be asked for it. Without a messenger neither.
#[test]
fn only_who_is_free_and_can_be_written_to_is_asked() {
    let salon = business(&["marina", "olya"]);
    let now = at(&salon.settings, NOON);
    let night = at(&salon.settings, "2026-11-24T20:00");
    assert!(duty::whom(&salon, &id("marina"), night, now).text.contains("Попросить некого"));
    let morning = at(&salon.settings, "2026-11-24T08:00");
    assert!(duty::whom(&salon, &id("olya"), morning, now).text.contains("Попросить некого"), "she is on until nine");
    let nobodys = duty::whom(&salon, &id("marina"), morning, now);
    assert!(nobodys.text.starts_with("Этот вопрос уже решён"), "{}", nobodys.text);
}

#[test]
fn an_offer_names_shifts_that_stand() {
    let salon = business(&["marina", "olya", "roza"]);
    let settings = &salon.settings;
    let now = at(settings, NOON);
    let (night, morning) = (at(settings, "2026-11-24T20:00"), at(settings, "2026-11-26T08:00"));
    let offer = |takes, other: &str| duty::offer(&salon, &id("marina"), (night, takes), &id(other), now);
    let swap = offer(Some(morning), "olya").unwrap();
    assert_eq!((swap.gives.from, swap.takes.unwrap().from, swap.state), (night, morning, SwapState::Asked));
    assert!(offer(Some(night), "olya").is_none(), "that is no shift of hers");
    assert!(offer(None, "marina").is_none() && offer(None, "nobody").is_none());
    assert!(duty::offer(&salon, &id("marina"), (now, None), &id("olya"), now).is_none());

    let Word::Tell { person, text, buttons } = duty::question(settings, 7, &swap) else { panic!("a question") };
    assert_eq!(person, id("olya"));
    assert!(text.contains("Марина предлагает обмен"), "{text}");
    assert_eq!(buttons.iter().map(|button| button.id.as_str()).collect::<Vec<_>>(), ["d.yes.7", "d.no.7"]);

    let told = |state| {
        let words = duty::settled(settings, &Swap { state, ..swap.clone() });
        words.iter().filter(|word| matches!(word, Word::Tell { .. })).count()
    };
    assert_eq!([SwapState::Agreed, SwapState::Refused, SwapState::Expired].map(told), [3, 3, 3], "both and the owner");
    assert_eq!(told(SwapState::Asked), 0);
}

/// The nights end when the mornings begin: neither is on duty in a shift of the other.
fn apart(with: &[&str]) -> Business {
    by_shifts(&SHIFTS.replace("to = \"09:00\"", "to = \"08:00\""), with)
}

/// Seniors and owners have messengers, too; whoever gives the shift away does not ask themselves.
#[test]
fn a_duty_manager_who_is_free_is_asked_and_nobody_else() {
    let everybody = ["marina", "olya", "oleg", "roza"];
    let asked = |with: &[&str]| {
        let salon = apart(with);
        let night = at(&salon.settings, "2026-11-24T20:00");
        let menu = duty::whom(&salon, &id("marina"), night, at(&salon.settings, NOON));
        labels(&menu).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(asked(&everybody), ["Оля"]);
    assert_eq!(asked(&["marina", "oleg", "roza"]), [""; 0], "she cannot be written to");
}

/// In return a shift is asked for in which the asker is not on duty anyway.
#[test]
fn in_return_only_shifts_are_named_that_the_asker_is_free_for() {
    let everybody = ["marina", "olya", "oleg", "roza"];
    let menu = |salon: &Business, from: &str, other: &str| {
        let (from, now) = (at(&salon.settings, from), at(&salon.settings, NOON));
        duty::what_for(salon, &id("marina"), from, &id(other), now)
    };
    let night = "2026-11-24T20:00";
    let free = menu(&apart(&everybody), night, "olya");
    assert_eq!(labels(&free)[..3], ["Никакую", "завтра 08:00", "ср 25.11 08:00"]);
    let overlapping = menu(&business(&everybody), night, "olya");
    assert_eq!(labels(&overlapping), ["Никакую"], "until nine she is on duty herself");
    for (from, other) in [("2026-11-24T21:00", "olya"), (night, "nobody")] {
        let gone = menu(&apart(&everybody), from, other);
        assert!(gone.text.starts_with("Этот вопрос уже решён") && gone.buttons.is_empty(), "{from} {other}");
    }
}

#[test]
fn a_request_reads_as_it_stands() {
    let titles = [SwapState::Asked, SwapState::Agreed, SwapState::Refused, SwapState::Expired].map(SwapState::title);
    assert_eq!(titles, ["ждёт ответа", "согласован", "отклонён", "остался без ответа"]);
}

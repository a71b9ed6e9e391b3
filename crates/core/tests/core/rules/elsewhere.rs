//! One client in several chats: what is told of one chat in another.

use nochnik_core::acquaintance::{Acquaintance, VisitElsewhere};
use nochnik_core::effect::Effect;
use nochnik_core::event::{InputKind, What};
use nochnik_core::values::{Phone, ServiceId, SpecialistId};

use crate::rules::talk::{Talk, said};

fn nobody() -> Acquaintance {
    Acquaintance { name: None, is_vouched: true, was_booked: false, visits: Vec::new() }
}

fn visit(talk: &Talk, at: &str) -> VisitElsewhere {
    let (services, specialist) = (vec![ServiceId::new("manicure")], SpecialistId::new("maria"));
    VisitElsewhere { services, specialist, starts_at: talk.at(at) }
}

/// A client whose number the channel vouches for.
fn vouched() -> Talk {
    let mut talk = Talk::begin("2026-11-19T12:00");
    talk.does(InputKind::OwnPhone { phone: Phone::parse("+79185550150").unwrap() });
    talk
}

fn asks(effects: &[Effect]) -> usize {
    effects.iter().filter(|effect| matches!(effect, Effect::Acquaint { .. })).count()
}

#[test]
fn others_are_looked_for_once_a_confirmed_number() {
    let mut talk = Talk::begin("2026-11-19T12:00");
    let text = |text: &str| InputKind::Text { text: text.into() };
    assert_eq!(asks(&talk.does(text("мой номер 8 918 555 01 50"))), 0, "typed, not confirmed");
    let own = |number: &str| InputKind::OwnPhone { phone: Phone::parse(number).unwrap() };
    assert_eq!(asks(&talk.does(own("+79185550150"))), 1);
    assert_eq!(asks(&talk.does(own("+79185550150"))), 0, "the same");
    assert_eq!(asks(&talk.does(own("+79185550151"))), 1, "another");
}

#[test]
fn what_another_chat_holds_is_told_only_where_both_numbers_are_vouched_for() {
    let met = |mut talk: Talk, is_vouched: bool| {
        let other = Acquaintance {
            is_vouched,
            name: Some("Вера".into()),
            was_booked: true,
            visits: vec![visit(&talk, "2026-11-20T15:00")],
        };
        let effects = talk.play(What::Acquainted(vec![other]));
        (said(&effects), talk.conv)
    };
    let (text, conv) = met(vouched(), true);
    assert!(text.contains("Маникюр без покрытия, завтра, пт, 20 ноября, 15:00"), "{text}");
    assert_eq!((conv.client.name.as_deref(), conv.elsewhere.len()), (Some("Вера"), 1));
    for (talk, is_vouched) in [(vouched(), false), (Talk::begin("2026-11-19T12:00"), true)] {
        let (text, conv) = met(talk, is_vouched);
        assert_eq!((text.as_str(), conv.client.name.as_deref(), conv.elsewhere.len()), ("", None, 0));
        assert!(conv.was_booked_elsewhere);
    }
}

#[test]
fn what_is_known_is_not_overwritten_nor_told_twice() {
    let mut talk = vouched();
    talk.says("меня зовут Оля");
    let other =
        Acquaintance { name: Some("Вера".into()), visits: vec![visit(&talk, "2026-11-21T15:00")], ..nobody() };
    talk.play(What::Acquainted(vec![other.clone()]));
    assert_eq!(talk.conv.client.name.as_deref(), Some("Оля"));
    assert_eq!(said(&talk.play(What::Acquainted(vec![other]))), "", "told already");
    let sooner = Acquaintance { visits: vec![visit(&talk, "2026-11-20T15:00")], ..nobody() };
    talk.play(What::Acquainted(vec![nobody(), sooner]));
    let order: Vec<_> = talk.conv.elsewhere.iter().map(|visit| talk.wall(visit.starts_at).date().day()).collect();
    assert_eq!(order, [20, 21], "soonest first");
    assert!(!talk.conv.was_booked_elsewhere);
    assert!(talk.says("на когда я записана?").contains("20 ноября, 15:00"));
    talk.now = talk.at("2026-11-20T15:00");
    assert!(talk.says("на когда я записана?").contains("21 ноября, 15:00"), "what has begun is no visit to come");
    talk.now = talk.at("2026-11-21T15:00");
    assert!(talk.says("на когда я записана?").contains("записи пока нет"));
}

#[test]
fn a_chat_tells_others_what_it_holds() {
    let mut talk = Talk::begin("2026-11-19T12:00");
    assert_eq!(Acquaintance::of(&talk.conv, talk.now), Acquaintance { is_vouched: false, ..nobody() });
    talk.does(InputKind::OwnPhone { phone: Phone::parse("+79185550150").unwrap() });
    talk.says("маникюр у Анны 20.11 в 15:00, Вера");
    let open = Acquaintance::of(&talk.conv, talk.now);
    assert_eq!(open.visits.len(), 0);
    assert!(open.is_vouched && open.name.as_deref() == Some("Вера"));
    talk.says("да");
    let booked = Acquaintance::of(&talk.conv, talk.now);
    assert_eq!((booked.visits.len(), booked.was_booked), (1, false));
    let over = Acquaintance::of(&talk.conv, talk.at("2026-11-20T16:01"));
    assert_eq!((over.visits.len(), over.was_booked), (0, true));
}

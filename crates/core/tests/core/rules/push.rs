//! Pushes to the console: beside every ring of a person who switched them on, or where the document gives them a place.

use std::collections::BTreeMap;

use nochnik_core::business::{Line, PUSH, Way};
use nochnik_core::effect::{Alarm, Effect};
use nochnik_core::event::{InputKind, What};
use nochnik_core::reach::Target;
use nochnik_core::values::PersonId;

use crate::rules::talk::Talk;

const SMS: &str = "[[means]]\nkind = \"sms\"\n";

/// People of the demo salon, Marina with these means.
fn people(marina: &str) -> String {
    format!(
        "people = [\n\
         {{ id = \"marina\", name = \"Марина\", role = \"duty\", phone = \"+79185550101\", means = [{marina}] }},\n\
         {{ id = \"oleg\", name = \"Олег\", role = \"senior\", means = [{{ channel = \"telegram\", peer = \"102\" }}] }},\n\
         {{ id = \"roza\", name = \"Роза\", role = \"owner\", means = [{{ channel = \"telegram\", peer = \"103\" }}] }},\n\
         ]\n{SMS}"
    )
}

/// At noon, with pushes on for these people.
fn talk(marina: &str, pushed: &[&str]) -> Talk {
    let mut talk = Talk::with(&people(marina), "2026-11-19T12:00");
    let line = |way| Line { way, takes_key: false };
    let lines = BTreeMap::from([("sms".to_owned(), line(Way::Sms)), (PUSH.to_owned(), line(Way::Push))]);
    let settings = talk.business.settings.clone().with_lines(lines);
    talk.business.settings = settings.with_pushed(pushed.iter().map(|id| (*id).to_owned()));
    talk
}

/// «marina: telegram», in the order they leave.
fn rung(effects: &[Effect]) -> Vec<String> {
    let ring = |effect: &Effect| match effect {
        Effect::Notify(notice) => Some(format!("{}: {}", notice.person, notice.to.account)),
        Effect::Summon(summons) => Some(format!("{}: {}", summons.person, summons.means)),
        _ => None,
    };
    effects.iter().filter_map(ring).collect()
}

fn wanted(talk: &mut Talk) -> Vec<String> {
    let text = "позовите администратора".to_owned();
    rung(&talk.does(InputKind::Text { text }))
}

fn step(talk: &mut Talk, rung_number: u16, at: &str) -> Vec<String> {
    let case = talk.conv.case.as_ref().unwrap().id.clone();
    rung(&talk.alarm(Alarm::Escalation { case, rung: rung_number }, at))
}

fn fails(talk: &mut Talk, account: &str, to: &str) -> Vec<String> {
    let case = talk.conv.case.as_ref().unwrap().id.clone();
    let target = Target { person: PersonId::new("marina"), account: account.to_owned(), to: to.to_owned() };
    rung(&talk.play(What::Unreached { case, target }))
}

const TELEGRAM: &str = "{ channel = \"telegram\", peer = \"101\" }";

/// The numbers of the ladder go on meaning what they meant.
#[test]
fn a_push_goes_beside_every_ring_and_takes_no_number() {
    let both = format!("{TELEGRAM}, {{ means = \"sms\" }}");
    let mut talk = talk(&both, &["marina"]);
    assert_eq!(wanted(&mut talk), ["marina: telegram", "marina: webpush"]);
    assert_eq!(step(&mut talk, 1, "2026-11-19T12:02"), ["marina: telegram", "marina: webpush"]);
    assert_eq!(step(&mut talk, 2, "2026-11-19T12:04"), ["marina: sms", "marina: webpush"]);
    assert_eq!(step(&mut talk, 3, "2026-11-19T12:10"), ["oleg: telegram"], "Oleg has no device");
}

/// On a locked screen the title names the business, and the text says the rest.
#[test]
fn a_push_says_why_and_until_when() {
    let mut talk = talk("", &["marina"]);
    let text = "позовите администратора".to_owned();
    let mut told = talk.does(InputKind::Text { text });
    let case = talk.conv.case.as_ref().unwrap().id.clone();
    told.extend(talk.alarm(Alarm::Escalation { case, rung: 1 }, "2026-11-19T12:08"));
    let summons = |effect: &Effect| match effect {
        Effect::Summon(summons) => Some((summons.title.clone(), summons.text.clone())),
        _ => None,
    };
    let title = "Салон красоты «Лотос»: ждёт клиент".to_owned();
    assert_eq!(
        told.iter().filter_map(summons).collect::<Vec<_>>(),
        [
            (title.clone(), "Просит человека. Взять до 12:05.".to_owned()),
            (title, "Просит человека. Клиент ждёт уже 8\u{a0}минут.".to_owned()),
        ]
    );
}

#[test]
fn who_has_a_device_only_can_be_called_and_promised() {
    let mut talk = talk("", &["marina"]);
    assert_eq!(wanted(&mut talk), ["marina: webpush"]);
    assert_eq!(step(&mut talk, 1, "2026-11-19T12:02"), ["marina: webpush"]);
}

/// The device is gone before the core hears of it: nobody is left but the next level.
#[test]
fn the_only_device_fails_and_the_next_level_is_called_at_once() {
    let mut talk = talk("", &["marina"]);
    wanted(&mut talk);
    talk.business.settings = talk.business.settings.clone().with_pushed([]);
    assert_eq!(fails(&mut talk, PUSH, "marina"), ["oleg: telegram"]);
}

/// Either of the two is enough; when both have failed nobody waits.
#[test]
fn a_failed_push_hurries_nobody_while_the_messenger_rings() {
    let mut talk = talk(TELEGRAM, &["marina"]);
    wanted(&mut talk);
    assert_eq!(fails(&mut talk, "telegram", "101"), [""; 0], "her phone has had the push");
    assert_eq!(fails(&mut talk, PUSH, "marina"), ["oleg: telegram"]);

    let mut other = self::talk(TELEGRAM, &["marina"]);
    wanted(&mut other);
    other.business.settings = other.business.settings.clone().with_pushed([]);
    assert_eq!(fails(&mut other, PUSH, "marina"), [""; 0], "Telegram has rung");
    assert_eq!(fails(&mut other, "telegram", "101"), ["oleg: telegram"]);
}

#[test]
fn where_the_document_names_pushes_they_have_their_number() {
    let order = "{ means = \"webpush\" }, { means = \"sms\" }";
    let mut talk = talk(order, &["marina"]);
    assert_eq!(wanted(&mut talk), ["marina: webpush"]);
    talk.business.settings = talk.business.settings.clone().with_pushed([]);
    assert_eq!(fails(&mut talk, PUSH, "marina"), ["marina: sms"], "the next of her own means");

    let mut without = self::talk(order, &[]);
    assert_eq!(wanted(&mut without), ["marina: sms"], "no device: the number passes on");
}

/// The device failed, the messenger works: it alone rings from then on.
#[test]
fn a_device_that_failed_is_not_tried_again_while_anything_else_works() {
    let mut talk = talk(TELEGRAM, &["marina"]);
    wanted(&mut talk);
    assert_eq!(fails(&mut talk, PUSH, "marina"), [""; 0]);
    assert_eq!(step(&mut talk, 1, "2026-11-19T12:02"), ["marina: telegram"]);
}

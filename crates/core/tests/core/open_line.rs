//! What an open line of the CRM sees of a dialogue: all of it from the moment a person is wanted, none of it before,
//! and nothing where the owner names no line.

use std::sync::Arc;

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use nochnik_core::business::{Business, Document, Settings};
use nochnik_core::conversation::{Conversation, Speaker};
use nochnik_core::effect::Effect;
use nochnik_core::event::{Event, Input, InputKind, SendOutcome, StaffAct, What};
use nochnik_core::open_line::{LineAct, LinePlace};
use nochnik_core::step;
use nochnik_core::values::{Address, BusinessId, ConversationId, PersonId};
use serde_json::json;

struct Night {
    business: Business,
    conv: Conversation,
    now: Timestamp,
    events: u32,
}

impl Night {
    fn new(has_line: bool) -> Self {
        let mut document: Document = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
        if has_line {
            document.crm.as_mut().unwrap().fields.insert("line".to_owned(), json!(12));
        }
        let settings = Settings::build(document, 1).unwrap();
        let now = settings.moment_of(date(2026, 11, 24).at(23, 10, 0, 0));
        let address = Address { channel: "widget".into(), account: "widget".into(), peer: "1".into() };
        let conv = Conversation::new(BusinessId::new("lotos"), ConversationId::new("talk"), address, now, true);
        Self { business: Business { settings, changes: Arc::default(), busy: Arc::default() }, conv, now, events: 0 }
    }

    /// What the line hears of it.
    fn play(&mut self, what: What) -> Vec<String> {
        self.events += 1;
        self.now += SignedDuration::from_mins(1);
        let event = Event { id: format!("e{}", self.events), at: self.now, what };
        let (after, effects) = step(self.conv.clone(), &self.business, &event, self.now);
        self.conv = after;
        let words = effects.into_iter().filter_map(|effect| match effect {
            Effect::Line(words) => Some(words.text),
            _ => None,
        });
        words.collect()
    }

    fn client(&mut self, text: &str) -> Vec<String> {
        let what = InputKind::Text { text: text.to_owned() };
        let input = Input { at: self.now, message_id: "m".to_owned(), what, profile_name: None, own_phone: None };
        self.play(What::Client(vec![input]))
    }

    fn line(&mut self, act: LineAct) -> Vec<String> {
        self.play(What::Staff { person: PersonId::new("marina"), act: StaffAct::Line(act) })
    }

    fn operator(&mut self, text: &str) -> Vec<String> {
        let place = LinePlace { chat: "3305".to_owned(), message: "120455".to_owned() };
        self.line(LineAct::Said { text: text.to_owned(), place })
    }
}

#[test]
fn the_line_sees_a_dialogue_from_the_moment_a_person_is_wanted() {
    let mut night = Night::new(true);
    assert_eq!(night.client("Здравствуйте"), Vec::<String>::new());
    let begun = night.client("Позовите администратора");
    assert_eq!(begun.len(), 1);
    for part in ["Нужен человек: просит человека", "клиент: Здравствуйте", "клиент: Позовите администратора", "бот: "]
    {
        assert!(begun[0].contains(part), "{part}: {}", begun[0]);
    }
    assert_eq!(night.operator("Слушаю вас"), Vec::<String>::new(), "it stands there already");
    assert_eq!(night.client("Можно в пятницу?"), ["Можно в пятницу?"], "the client's own words and no more");
    let reply = StaffAct::Reply { text: "Можно".to_owned() };
    let other = night.play(What::Staff { person: PersonId::new("marina"), act: reply });
    assert_eq!(other.len(), 1);
    assert!(other[0].ends_with(": Можно") && other[0] != "Можно", "who answered elsewhere is named: {}", other[0]);
}

#[test]
fn an_operator_leads_until_they_end_the_dialogue() {
    let mut night = Night::new(true);
    night.client("Позовите администратора");
    night.operator("Слушаю вас");
    assert!(matches!(night.conv.speaker, Speaker::Person { .. }));
    night.line(LineAct::Ended);
    assert_eq!((&night.conv.speaker, &night.conv.line), (&Speaker::Bot, &None));
    assert_eq!(night.client("Спасибо"), Vec::<String>::new(), "nothing goes there any more");
    night.operator("Забыла сказать: мы на Садовой");
    assert!(matches!(night.conv.speaker, Speaker::Person { .. }), "unless they write again");
    assert_eq!(night.client("Хорошо"), ["Хорошо"]);
}

#[test]
fn an_operator_hears_that_their_words_did_not_come() {
    let mut night = Night::new(true);
    night.client("Позовите администратора");
    night.operator("Слушаю вас");
    let outcome = SendOutcome::Dead;
    let heard = night.play(What::Sent { key: "e2#0".to_owned(), outcome, if_lost: Default::default() });
    assert_eq!(heard.iter().filter(|words| words.contains("не дошло")).count(), 1, "{heard:?}");
}

#[test]
fn without_a_line_nothing_is_said_to_it() {
    let mut night = Night::new(false);
    assert_eq!(night.client("Позовите администратора"), Vec::<String>::new());
    assert_eq!(night.operator("Слушаю вас"), Vec::<String>::new());
    assert_eq!(night.client("Можно в пятницу?"), Vec::<String>::new());
    assert_eq!(night.conv.line, None);
}

/// The talk before is told once: a person wanted again is only called again.
#[test]
fn a_person_wanted_again_is_not_told_the_whole_talk_anew() {
    let mut night = Night::new(true);
    let first = night.client("позовите администратора");
    assert!(first[0].starts_with("Нужен человек: "), "{first:?}");
    night.conv.case = None;
    let again = night.client("позовите администратора");
    assert!(again[0].starts_with("Снова нужен человек: "), "{again:?}");
}

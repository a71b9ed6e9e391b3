//! What programs of the business may want to hear of: what happened to a lead, a booking, a dialogue.
//!
//! News name things by their ids and say nothing of the client: who is told may read the rest by a key.

use serde::{Deserialize, Serialize};

use crate::conversation::{Booking, BookingState, Conversation, Speaker};
use crate::lead::Lead;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $word:literal $title:literal)+) => {
        /// What happened; the word is stored and published, so it stays.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum NewsKind {
            $($(#[$doc])* #[serde(rename = $word)] $name,)+
        }

        impl NewsKind {
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The published word.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// As an owner reads it.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }
        }
    };
}

kinds! {
    LeadMade "lead.made" "Появился лид"
    /// Its warmth or its stage is another one.
    LeadChanged "lead.changed" "Лид изменился"
    /// Agreed to by the client.
    BookingMade "booking.made" "Клиент записался"
    BookingMoved "booking.moved" "Запись перенесена"
    BookingCancelled "booking.cancelled" "Запись отменена"
    BookingEnded "booking.ended" "Отмечено, пришёл ли клиент"
    /// A case was opened: a person is called.
    PersonNeeded "dialogue.person_needed" "Диалогу нужен человек"
    DialogueTaken "dialogue.taken" "Диалог взял человек"
    DialogueReturned "dialogue.returned" "Диалог вернули боту"
}

/// The published word of an event about nothing: its owner tries the way out.
pub const TRIAL: &str = "ping";

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    pub kind: NewsKind,
    /// Which booking, where it is about one.
    pub booking: Option<String>,
}

/// How programs know a booking: our ids hold a slash, which in an address would part it.
pub fn published(booking: &str) -> String {
    booking.rsplit_once('/').map_or_else(|| booking.to_owned(), |(conversation, n)| format!("{conversation}.{n}"))
}

/// Our id of what programs name so.
pub fn booking_of(published: &str) -> String {
    published.rsplit_once('.').map_or_else(|| published.to_owned(), |(conversation, n)| format!("{conversation}/{n}"))
}

/// Lists what happened in a turn: leads first, then bookings in their order, then the dialogue.
pub fn news_of(before: Option<&Conversation>, after: &Conversation) -> Vec<News> {
    let mut news = Vec::new();
    news.extend(lead(before.and_then(|before| before.lead.as_ref()), after.lead.as_ref()).map(plain));
    bookings(before, after, &mut news);
    let case = |conversation: &Conversation| conversation.case.as_ref().map(|case| case.id.clone());
    if after.case.is_some() && case(after) != before.and_then(case) {
        news.push(plain(NewsKind::PersonNeeded));
    }
    let is_led = |conversation: &Conversation| matches!(conversation.speaker, Speaker::Person { .. });
    match (before.is_some_and(is_led), is_led(after)) {
        (false, true) => news.push(plain(NewsKind::DialogueTaken)),
        (true, false) => news.push(plain(NewsKind::DialogueReturned)),
        _ => {}
    }
    news
}

fn plain(kind: NewsKind) -> News {
    News { kind, booking: None }
}

fn lead(before: Option<&Lead>, after: Option<&Lead>) -> Option<NewsKind> {
    let after = after?;
    match before.filter(|before| before.began_at == after.began_at) {
        None => Some(NewsKind::LeadMade),
        Some(before) if before.heat != after.heat || before.stage != after.stage => Some(NewsKind::LeadChanged),
        Some(_) => None,
    }
}

/// A visit that is cancelled in the turn in which another comes to stand has moved: it is told of the one that stands.
fn bookings(before: Option<&Conversation>, after: &Conversation, news: &mut Vec<News>) {
    let mut made = Vec::new();
    let mut gone = Vec::new();
    let mut tell = |kind, booking: &Booking| news.push(News { kind, booking: Some(booking.id.clone()) });
    for booking in &after.bookings {
        let was = before.and_then(|before| before.booking(&booking.id));
        let stood = was.is_some_and(|was| matches!(was.state, BookingState::Confirmed { .. }));
        match &booking.state {
            BookingState::Confirmed { .. } if !stood => made.push(booking),
            BookingState::Confirmed { .. } if was.is_some_and(|was| was.slot != booking.slot) => {
                tell(NewsKind::BookingMoved, booking);
            }
            BookingState::Cancelled { .. } if stood => gone.push(booking),
            BookingState::Arrived { .. } | BookingState::NoShow { .. }
                if was.is_some_and(|was| was.state != booking.state) =>
            {
                tell(NewsKind::BookingEnded, booking);
            }
            _ => {}
        }
    }
    let swapped = gone.len().min(made.len());
    for (place, booking) in made.into_iter().enumerate() {
        tell(if place < swapped { NewsKind::BookingMoved } else { NewsKind::BookingMade }, booking);
    }
    for booking in gone.into_iter().skip(swapped) {
        tell(NewsKind::BookingCancelled, booking);
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::schedule::{Extra, Slot};
    use crate::values::{Address, BusinessId, ConversationId, PersonId, ServiceId, SpecialistId};

    fn at(hour: i64) -> Timestamp {
        let noon: Timestamp = "2026-11-28T09:00:00Z".parse().unwrap();
        noon + SignedDuration::from_hours(hour)
    }

    fn talk() -> Conversation {
        let address = Address { channel: "widget".into(), account: "widget".into(), peer: "olga".into() };
        Conversation::new(BusinessId::new("lotos"), ConversationId::new("c1"), address, at(0), false)
    }

    fn visit(id: &str, hour: i64, state: BookingState) -> Booking {
        let slot = Slot {
            specialist: SpecialistId::new("anna"),
            starts_at: at(hour),
            ends_at: at(hour + 1),
            busy_until: at(hour + 1),
            extra: Extra::default(),
        };
        Booking::new(id.to_owned(), vec![ServiceId::new("manicure")], slot, state)
    }

    fn with(bookings: Vec<Booking>) -> Conversation {
        Conversation { bookings, ..talk() }
    }

    fn told(before: &Conversation, after: &Conversation) -> Vec<(&'static str, String)> {
        let all = news_of(Some(before), after);
        all.into_iter().map(|news| (news.kind.word(), news.booking.unwrap_or_default())).collect()
    }

    #[test]
    fn a_booking_is_told_of_as_its_client_would_tell_it() {
        let held = visit("c1/1", 5, BookingState::Held { until: at(1) });
        let stands = visit("c1/1", 5, BookingState::Confirmed { at: at(0) });
        let later = visit("c1/1", 8, BookingState::Confirmed { at: at(0) });
        let off = visit("c1/1", 5, BookingState::Cancelled { at: at(2) });
        let other = visit("c1/2", 9, BookingState::Confirmed { at: at(2) });
        let came = visit("c1/1", 5, BookingState::Arrived { at: at(6) });
        let own = |kind| vec![(kind, "c1/1".to_owned())];
        for (before, after, expected) in [
            (vec![], vec![held.clone()], vec![]),
            (vec![held.clone()], vec![stands.clone()], own("booking.made")),
            (vec![stands.clone()], vec![stands.clone()], vec![]),
            (vec![stands.clone()], vec![later], own("booking.moved")),
            (vec![stands.clone()], vec![off.clone()], own("booking.cancelled")),
            (vec![held], vec![off.clone()], vec![]),
            (vec![stands.clone()], vec![came], own("booking.ended")),
            (vec![stands], vec![off, other], vec![("booking.moved", "c1/2".to_owned())]),
        ] {
            assert_eq!(told(&with(before), &with(after)), expected);
        }
    }

    #[test]
    fn a_dialogue_is_told_of_when_a_person_takes_it_and_gives_it_back() {
        let led =
            Conversation { speaker: Speaker::Person { person: PersonId::new("marina"), last_at: at(0) }, ..talk() };
        assert_eq!(told(&talk(), &led), [("dialogue.taken", String::new())]);
        assert_eq!(told(&led, &led), []);
        assert_eq!(told(&led, &talk()), [("dialogue.returned", String::new())]);
    }

    #[test]
    fn every_word_is_read_back() {
        for kind in NewsKind::ALL {
            let json = serde_json::to_string(kind).unwrap();
            assert_eq!(json, format!("\"{}\"", kind.word()));
            assert_eq!(serde_json::from_str::<NewsKind>(&json).unwrap(), *kind);
        }
    }
}

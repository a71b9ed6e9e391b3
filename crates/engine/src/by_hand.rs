//! A visit that a person enters by hand: in the inbox, played and booked in one transaction, so that the person knows at
//! once whether it stands.

use jiff::Timestamp;
use nochnik_core::business::Business;
use nochnik_core::dialogue::HandVisit;
use nochnik_core::event::{StaffAct, What};
use nochnik_core::schedule::{NoPlace, place};
use nochnik_core::values::{Address, PersonId};
use nochnik_store::{Sql, StoreError, audit, conversations, inbox};

use crate::arrived::{Arrived, conversation_id};
use crate::ingest::arrive;
use crate::turn::{self, Played, TurnContext};
use crate::turns::RACES_MAX;
use crate::{Engine, act_key};

/// Events of the same client played on the way, at most.
const TURNS_MAX: usize = 64;
/// How the journal keeps it.
const DEED: &str = "visit_new";

/// Who enters it.
#[derive(Clone, Debug)]
pub struct Author {
    pub person: String,
    /// As the journal names them.
    pub login: String,
}

/// The visit under way to its place.
#[derive(Clone)]
struct Entry {
    business: String,
    author: Author,
    visit: HandVisit,
    /// A second arrival under this key changes nothing.
    key: String,
    address: Address,
    conversation: String,
}

/// What came of it.
enum Entered {
    Stands(Vec<Played>),
    /// It did already, under the same key.
    Again,
    Nowhere(NoPlace),
}

impl Engine {
    /// The business as it stands at this moment, with all that is taken. `None`: there is none.
    pub async fn business(&self, business: &str) -> Result<Option<Business>, StoreError> {
        let (owner, now, businesses) = (business.to_owned(), self.clock.now(), self.businesses.clone());
        let job = move |sql: &mut dyn Sql| {
            let Some((known, version)) = businesses.current(sql, &owner)? else { return Ok(None) };
            known.snapshot(sql, version, now).map(Some)
        };
        self.store.read(job).await
    }

    /// Enters the visit of somebody who rang or stands at the desk. It is booked when this returns, or nothing is.
    /// `id` makes a repeated click harmless.
    pub async fn enter(
        &self,
        business: &str,
        author: &Author,
        visit: &HandVisit,
        id: &str,
    ) -> Result<Result<(), NoPlace>, StoreError> {
        let address = self.address_of(business, visit, id);
        let entry = Entry {
            business: business.to_owned(),
            author: author.clone(),
            visit: visit.clone(),
            key: act_key(id),
            conversation: conversation_id(business, &address).to_string(),
            address,
        };
        let name = (entry.business.clone(), entry.conversation.clone());
        for _ in 0..RACES_MAX {
            let (entry, context, clock) = (entry.clone(), self.turns.context.clone(), self.clock);
            match self.store.write(move |sql| put(sql, &context, &entry, clock.now())).await {
                Ok(Entered::Stands(played)) => {
                    for played in played {
                        self.turns.after(&name, played);
                    }
                    self.turns.poke(&name.0, &name.1);
                    return Ok(Ok(()));
                }
                Ok(Entered::Again) => return Ok(Ok(())),
                Ok(Entered::Nowhere(why)) => return Ok(Err(why)),
                // Somebody was faster: the next look tells whether there is a place left.
                Err(error) if error.is_race() => metrics::counter!("nochnik_turn_races_total").increment(1),
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Stale { table: "bookings".into() })
    }

    /// Who has the same number is the same client. The number itself stands nowhere but in the client's state.
    fn address_of(&self, business: &str, visit: &HandVisit, id: &str) -> Address {
        let peer = visit.phone.as_ref().map_or(id, |phone| phone.e164());
        Address::by_hand(self.keys.person(business, &Address::by_hand(peer.to_owned())))
    }
}

/// All of it stands, or nothing.
fn put(sql: &mut dyn Sql, context: &TurnContext, entry: &Entry, now: Timestamp) -> Result<Entered, StoreError> {
    let Entry { business, author, visit, key, address, conversation } = entry;
    if inbox::has(sql, business, key)? {
        return Ok(Entered::Again);
    }
    let Some((known, version)) = context.businesses.current(sql, business)? else {
        return Ok(Entered::Nowhere(NoPlace::NoVisit));
    };
    match place(&known.snapshot(sql, version, now)?, &visit.ask, visit.at, now) {
        Err(why) => return Ok(Entered::Nowhere(why)),
        Ok(place) if !place.doubts.is_empty() && !visit.is_sure => return Ok(Entered::Nowhere(NoPlace::Doubted)),
        Ok(_) => {}
    }
    let act = StaffAct::Enter(Box::new(visit.clone()));
    let what = What::Staff { person: PersonId::new(&*author.person), act };
    let arrived = Arrived::ByHand { address: address.clone(), what };
    if !arrive(sql, business, key, conversation, &arrived, now.as_millisecond())? {
        return Ok(Entered::Again);
    }
    let played = play_all(sql, context, entry, now)?;
    if !stands(sql, entry)? {
        return Err(StoreError::Stale { table: "bookings".into() });
    }
    let (at_ms, actor) = (now.as_millisecond(), author.login.as_str());
    let line = audit::NewEntry { at_ms, actor, action: DEED, subject: conversation, details: "{}" };
    audit::append(sql, business, &line)?;
    Ok(Entered::Stands(played))
}

/// What waited for this client goes first.
fn play_all(
    sql: &mut dyn Sql,
    context: &TurnContext,
    entry: &Entry,
    now: Timestamp,
) -> Result<Vec<Played>, StoreError> {
    let mut all = Vec::new();
    while all.len() < TURNS_MAX {
        let played = turn::play(sql, context, &entry.business, &entry.conversation, now)?;
        let has_more = played.has_more;
        all.push(played);
        if !has_more {
            break;
        }
    }
    Ok(all)
}

/// Whether the client has the visit now.
fn stands(sql: &mut dyn Sql, entry: &Entry) -> Result<bool, StoreError> {
    let Some(loaded) = conversations::load(sql, &entry.business, &entry.conversation)? else { return Ok(false) };
    let (state, _) = turn::state_of(&loaded, &entry.conversation)?;
    let last = state.bookings.last();
    Ok(last.is_some_and(|booking| booking.by.is_some() && booking.slot.starts_at == entry.visit.at))
}

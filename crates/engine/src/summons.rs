//! What is heard of a summons, and the page by which its person takes the case.

use std::time::Duration;

use nochnik_adapters::ports::Delivery;
use nochnik_core::event::{NoticeAnswer, What};
use nochnik_core::phrases::{self, Phrase};
use nochnik_core::reach::Target;
use nochnik_core::values::{CaseId, PersonId};
use nochnik_core::wall;
use nochnik_store::cases::CaseState;
use nochnik_store::{Sql, StoreError, cases, notices};

use crate::Engine;
use crate::arrived::{Arrived, instant};
use crate::businesses::Known;
use crate::clock::pause;
use crate::duty;
use crate::ingest::arrive;

/// A tap waits so long for its turn before the page is shown as things stand.
const TURN_POLLS_MAX: u32 = 60;
const TURN_POLL: Duration = Duration::from_millis(50);

/// What the page behind a link shows. Nothing of it is a client's: whoever holds the phone sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakePage {
    pub business_name: String,
    pub conversation: String,
    /// «02:10» on the business's wall clock.
    pub opened: String,
    pub state: TakeState,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TakeState {
    /// Waits for somebody: the button works.
    Open,
    /// The holder of the link has it.
    Yours,
    /// Somebody else was first.
    Taken { by: String },
    /// Over, or no case of this link any more.
    Closed,
    /// The link is too old, or was used.
    Expired,
}

/// A vendor's word about a summons: kept, and passed to its conversation when something follows from it.
pub fn told(
    sql: &mut dyn Sql,
    business: &str,
    token: &str,
    delivery: Delivery,
    now_ms: i64,
) -> Result<Option<String>, StoreError> {
    let word = match delivery {
        Delivery::Accepted => "accepted",
        Delivery::Delivered => "delivered",
        Delivery::Acknowledged => "acknowledged",
        Delivery::Failed { .. } => "failed",
    };
    if !notices::progress(sql, business, token, word)? {
        return Ok(None);
    }
    match delivery {
        Delivery::Failed { .. } => unreached(sql, business, token, now_ms),
        Delivery::Acknowledged => answer(sql, business, token, now_ms),
        Delivery::Accepted | Delivery::Delivered => Ok(None),
    }
}

/// The means of this notice came to nothing: its conversation calls by another.
pub fn unreached(sql: &mut dyn Sql, business: &str, token: &str, now_ms: i64) -> Result<Option<String>, StoreError> {
    let Some((_, notice)) = notices::find(sql, token)? else { return Ok(None) };
    let target = Target { person: PersonId::new(&*notice.person_id), account: notice.account, to: notice.peer };
    let what = What::Unreached { case: CaseId::new(&*notice.case_id), target };
    arrive(sql, business, &format!("unreached:{token}"), &notice.conversation_id, &Arrived::Happened(what), now_ms)?;
    Ok(Some(notice.conversation_id))
}

/// «Беру» by a key or a link: the same event as by a button.
fn answer(sql: &mut dyn Sql, business: &str, token: &str, now_ms: i64) -> Result<Option<String>, StoreError> {
    let Some((_, notice)) = notices::find(sql, token)? else { return Ok(None) };
    let (case, person) = (CaseId::new(&*notice.case_id), PersonId::new(&*notice.person_id));
    let what = What::Answer { case, person, answer: NoticeAnswer::Take, press_id: None };
    arrive(sql, business, &format!("take:{token}"), &notice.conversation_id, &Arrived::Happened(what), now_ms)?;
    Ok(Some(notice.conversation_id))
}

impl Engine {
    /// The page behind a link; looking at it changes nothing, whoever looks. `None`: no such link.
    pub async fn take_page(&self, token: &str) -> Result<Option<TakePage>, StoreError> {
        let (token, now_ms) = (token.to_owned(), self.clock.now_ms());
        let found = self.store.read(move |sql| {
            let Some((business, notice)) = found(sql, &token)? else { return Ok(None) };
            let case = cases::get(sql, &business, &notice.case_id)?;
            Ok(Some((business, notice, case)))
        });
        let Some((business, notice, case)) = found.await? else { return Ok(None) };
        let Some(known) = self.known(&business) else { return Ok(None) };
        let person = PersonId::new(&*notice.person_id);
        if known.settings.person(&person).is_none() {
            return Ok(None);
        }
        let state = match &case {
            Some(case) if case.taken_by.as_deref() == Some(&notice.person_id) => TakeState::Yours,
            Some(cases::Case { state: CaseState::Taken, taken_by: Some(by), .. }) => {
                let name =
                    known.settings.person(&PersonId::new(&**by)).map_or(by.clone(), |person| person.name.clone());
                TakeState::Taken { by: name }
            }
            None | Some(cases::Case { state: CaseState::Closed, .. }) => TakeState::Closed,
            Some(_) if notice.used_at_ms.is_some() || notice.expires_at_ms <= now_ms => TakeState::Expired,
            Some(_) => TakeState::Open,
        };
        Ok(Some(TakePage {
            business_name: known.settings.document.name.clone(),
            conversation: notice.conversation_id,
            opened: case.map_or_else(String::new, |case| wall::time(known.settings.wall(instant(case.opened_at_ms)))),
            state,
        }))
    }

    async fn refuse_one_who_left(&self, token: &str) -> Result<(), StoreError> {
        let (kept, now_ms) = (token.to_owned(), self.clock.now_ms());
        let Some((business, notice)) = self.store.read(move |sql| found(sql, &kept)).await? else { return Ok(()) };
        let Some(known) = self.known(&business) else { return Ok(()) };
        self.store.write(move |sql| pressed_by_one_who_left(sql, &known, &notice, now_ms)).await
    }

    /// The button of that page: works once, and only for a case that waits. Returns the page as it is then.
    pub async fn take_by_link(&self, token: &str) -> Result<Option<TakePage>, StoreError> {
        let Some(before) = self.take_page(token).await? else {
            self.refuse_one_who_left(token).await?;
            return Ok(None);
        };
        if before.state != TakeState::Open {
            return Ok(Some(before));
        }
        let (kept, now_ms) = (token.to_owned(), self.clock.now_ms());
        let done = self.store.write(move |sql| {
            let Some((business, _)) = found(sql, &kept)? else { return Ok(None) };
            if !notices::use_once(sql, &business, &kept, now_ms)? {
                return Ok(None);
            }
            Ok(answer(sql, &business, &kept, now_ms)?.map(|conversation| (business, conversation)))
        });
        if let Some((business, conversation)) = done.await? {
            self.turns.poke(&business, &conversation);
        }
        for _ in 0..TURN_POLLS_MAX {
            let page = self.take_page(token).await?;
            // Used but not taken yet: the turn is on its way.
            if page.as_ref().is_none_or(|page| page.state != TakeState::Expired) {
                return Ok(page);
            }
            pause(TURN_POLL).await;
        }
        self.take_page(token).await
    }
}

/// Somebody who works here no more answers a call: refused, and the owners hear of it once.
pub fn pressed_by_one_who_left(
    sql: &mut dyn Sql,
    known: &Known,
    notice: &notices::Notice,
    now_ms: i64,
) -> Result<(), StoreError> {
    let text = phrases::text(&known.settings, Phrase::LeftPressed, &[("person", &notice.person_id)]);
    duty::tell_owners(sql, known, &format!("left:{}", notice.token), &text, now_ms)
}

/// A notice that carries a link.
fn found(sql: &mut dyn Sql, token: &str) -> Result<Option<(String, notices::Notice)>, StoreError> {
    Ok(notices::find(sql, token)?.filter(|(_, notice)| notice.channel == notices::MEANS))
}

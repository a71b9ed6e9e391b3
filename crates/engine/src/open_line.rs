//! What a portal tells of an open line: its people's words go to the client by the same door as those of our own
//! console. Nothing is told twice, so it is all in the inbox before the portal is answered.

use nochnik_adapters::ports::LineNews;
use nochnik_core::business::Settings;
use nochnik_core::event::{StaffAct, What};
use nochnik_core::open_line::LineAct;
use nochnik_core::phrases::{self, Phrase};
use nochnik_core::values::PersonId;
use nochnik_store::{Sql, StoreError, conversations};

use crate::Engine;
use crate::arrived::Arrived;
use crate::duty::tell_owners;
use crate::ingest::arrive;

/// One act for one conversation.
#[derive(Clone)]
struct Act {
    key: String,
    conversation: String,
    what: What,
}

impl Engine {
    /// Takes in what happened in the line of a business; `crm` is the CRM's title.
    pub(crate) async fn line_news(&self, business: &str, crm: &str, news: Vec<LineNews>) -> Result<(), StoreError> {
        let Some(known) = self.businesses.last(business) else { return Ok(()) };
        let now_ms = self.clock.now_ms();
        if news.contains(&LineNews::Closed) {
            tracing::error!(business, "The open line takes nothing from us any more");
            let text = phrases::text(&known.settings, Phrase::LineClosed, &[("crm", crm)]);
            let job =
                move |sql: &mut dyn Sql| tell_owners(sql, &known, &format!("line_closed:{now_ms}"), &text, now_ms);
            self.store.write(job).await?;
            return self.courier.sweep().await;
        }
        let acts: Vec<Act> = news.into_iter().filter_map(|news| act_of(&known.settings, news)).collect();
        let (owner, written) = (business.to_owned(), acts.clone());
        let job = move |sql: &mut dyn Sql| written.iter().try_for_each(|act| put(sql, &owner, act, now_ms));
        self.store.write(job).await?;
        for act in acts {
            self.turns.poke(business, &act.conversation);
        }
        Ok(())
    }
}

fn put(sql: &mut dyn Sql, business: &str, act: &Act, now_ms: i64) -> Result<(), StoreError> {
    if conversations::get(sql, business, &act.conversation)?.is_none() {
        tracing::warn!(business, "The open line tells of a dialogue that is not ours");
        return Ok(());
    }
    arrive(sql, business, &act.key, &act.conversation, &Arrived::Happened(act.what.clone()), now_ms).map(drop)
}

fn act_of(settings: &Settings, news: LineNews) -> Option<Act> {
    let (key, conversation, operator, act) = match news {
        LineNews::Said { dialogue, operator, text, place } => {
            (format!("line:{}", place.message), dialogue, operator, LineAct::Said { text, place })
        }
        LineNews::Ended { dialogue, session } => (format!("line:ended:{session}"), dialogue, None, LineAct::Ended),
        LineNews::Closed => return None,
    };
    let what = What::Staff { person: person_of(settings, operator), act: StaffAct::Line(act) };
    Some(Act { key, conversation, what })
}

/// Who of the business's own people it is, as the document says.
fn person_of(settings: &Settings, operator: Option<i64>) -> PersonId {
    let people = &settings.document.people;
    let found = people.iter().find(|person| operator.is_some() && person.crm_user == operator);
    found.map_or_else(PersonId::outside, |person| PersonId::new(&*person.id))
}

//! The rows that show a conversation as it stands: itself, its lead, its case.

use jiff::Timestamp;
use nochnik_core::conversation::{Conversation, Speaker};
use nochnik_core::crm::{CLIENT, Stage};
use nochnik_core::escalation::{Case, CaseState};
use nochnik_core::lead::Heat;
use nochnik_core::request::RequestEnd;
use nochnik_store::{StoreError, cases, conversations, leads};

use super::{Writer, json};

const LAST_TEXT_CHARS: usize = 120;

impl Writer<'_> {
    pub(super) fn save_conversation(
        &mut self,
        expected_version: i64,
        conversation: &Conversation,
    ) -> Result<(), StoreError> {
        // A person wants to see what the client said last; the bot's own words tell them nothing.
        let said = conversation.transcript.iter().rev().find(|line| line.who == CLIENT);
        let short: String = said.map(|line| line.text.chars().take(LAST_TEXT_CHARS).collect()).unwrap_or_default();
        let waits = |state: &CaseState| matches!(state, CaseState::Open | CaseState::Morning { .. });
        let saved = conversations::Saved {
            id: conversation.id.as_str(),
            channel: &conversation.address.channel,
            account: &conversation.address.account,
            peer: &conversation.address.peer,
            expected_version,
            state: &json(conversation),
            speaker: match &conversation.speaker {
                Speaker::Bot => "bot",
                Speaker::Person { .. } => "person",
            },
            heat: conversation.lead.as_ref().map_or("", |lead| heat_word(lead.heat)),
            is_after_hours: conversation.is_after_hours,
            needs_person: conversation.case.as_ref().is_some_and(|case| waits(&case.state)),
            client_name: conversation.display_name().unwrap_or_default(),
            last_text_short: &short,
            last_at_ms: conversation.last_said_at().map_or(self.now_ms(), Timestamp::as_millisecond),
            now_ms: self.now_ms(),
        };
        conversations::save(self.sql, self.known.settings.id.as_str(), &saved).map(drop)
    }

    pub(super) fn save_lead(&mut self, conversation: &Conversation) -> Result<(), StoreError> {
        let Some(lead) = &conversation.lead else { return Ok(()) };
        let reasons: Vec<serde_json::Value> = lead
            .reasons
            .iter()
            .map(|reason| serde_json::json!({ "text": reason.sign.title(), "weight": reason.weight }))
            .collect();
        let booked = conversation.coming(self.now).first().map(|booking| booking.services.clone());
        let services = booked.as_ref().unwrap_or(&conversation.wish.services);
        let names: Vec<&str> = services.iter().map(|id| self.settings().service_name(id)).collect();
        let row = leads::Lead {
            conversation_id: conversation.id.to_string(),
            heat: heat_word(lead.heat).to_owned(),
            score: lead.score,
            reasons: json(&reasons),
            name: conversation.display_name().unwrap_or_default().to_owned(),
            phone: conversation.client.phone.as_ref().map(|phone| phone.e164().to_owned()).unwrap_or_default(),
            services: json(&names),
            wanted_at: nochnik_core::wanted_words(conversation, self.settings(), self.now),
            status: stage_word(lead.stage).to_owned(),
            source: conversation.client.source.clone().unwrap_or_else(|| conversation.address.channel.clone()),
            tags: json(&conversation.card.as_ref().map(|card| card.tags.clone()).unwrap_or_default()),
            is_after_hours: conversation.is_after_hours,
            crm_refs: None,
            request_no: i64::from(conversation.request_no),
            request_end: conversation.request_end.map(request_end_word).map(str::to_owned),
            created_at_ms: lead.began_at.as_millisecond(),
            updated_at_ms: self.now_ms(),
        };
        leads::upsert(self.sql, self.known.settings.id.as_str(), &row)
    }

    pub(super) fn save_case(&mut self, conversation: &Conversation, case: &Case) -> Result<(), StoreError> {
        let (state, taken_by, closed_at_ms) = match &case.state {
            CaseState::Open => (cases::CaseState::Open, None, None),
            CaseState::Taken { by, .. } => (cases::CaseState::Taken, Some(by.to_string()), None),
            CaseState::Morning { .. } => (cases::CaseState::Morning, None, None),
            CaseState::Closed { at, .. } => (cases::CaseState::Closed, None, Some(at.as_millisecond())),
        };
        let whys: Vec<&str> = case.whys.iter().map(|why| why.title()).collect();
        let row = cases::Case {
            id: case.id.to_string(),
            conversation_id: conversation.id.to_string(),
            state,
            level: i64::from(case.level()),
            policy: json(&case.rungs),
            taken_by,
            opened_at_ms: case.opened_at.as_millisecond(),
            next_at_ms: case.next_at.map(|at| at.as_millisecond()),
            closed_at_ms,
            why: whys.join(", "),
        };
        cases::upsert(self.sql, self.known.settings.id.as_str(), &row)
    }
}

fn heat_word(heat: Heat) -> &'static str {
    match heat {
        Heat::Cold => "cold",
        Heat::Warm => "warm",
        Heat::Hot => "hot",
    }
}

fn stage_word(stage: Stage) -> &'static str {
    match stage {
        Stage::New => "new",
        Stage::Qualified => "qualified",
        Stage::Booked => "booked",
        Stage::Arrived => "arrived",
        Stage::NoShow => "no_show",
        Stage::Cancelled => "cancelled",
        Stage::Lost => "lost",
    }
}

fn request_end_word(end: RequestEnd) -> &'static str {
    match end {
        RequestEnd::Won => "won",
        RequestEnd::Lost => "lost",
        RequestEnd::Gone => "gone",
    }
}

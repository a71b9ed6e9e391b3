//! `POST /{phone_number_id}/messages`: messages, read marks, the typing indicator.

use serde_json::{Value, json};

use super::{
    State,
    ledger::Status,
    refusal::refusal,
    shown,
    state::{Message, Person},
};
use crate::meta::Refusal;

const WINDOW_MS: i64 = 24 * 3_600_000;
const FREE_ENTRY_MS: i64 = 72 * 3_600_000;
/// The indicator ends with our message or after about this long.
const TYPING_MS: i64 = 25_000;

/// Whom a message goes to: the person, when there is one, and the address as given.
struct Recipient {
    person: Option<usize>,
    input: String,
    is_phone: bool,
}

impl State {
    pub(super) fn post_messages(&mut self, body: &Value, now_ms: i64) -> Result<Value, Refusal> {
        self.check_message(body)?;
        if body.get("status").is_some() {
            return self.mark_read(body, now_ms);
        }
        let to = self.recipient(body);
        let template = self.checked_template(body, to.is_phone)?;
        self.check_target(body)?;
        if to.input.trim_start_matches('+') == self.settings.display_phone_number {
            return Err(refusal(131_021));
        }
        let category = template.map(|index| self.templates[index].category.to_lowercase());
        let is_open = to.person.is_some_and(|person| self.people[person].window(now_ms).is_some());
        if self.window_refuses_at_once && category.is_none() && !is_open {
            return Err(refusal(131_047));
        }
        let key = to.person.map_or(to.input.clone(), |person| self.people[person].user_id.clone());
        if let Some(pace) = &mut self.pace {
            pace.take(&key, now_ms).map_err(refusal)?;
        }
        let wamid = self.accept(body, &to, template, now_ms);
        let answer = self.accepted(&to, &wamid);
        self.check_answer("send.response", &answer);
        Ok(answer)
    }

    /// `to` wins over `recipient`.
    fn recipient(&self, body: &Value) -> Recipient {
        let (address, is_phone) = match body["to"].as_str() {
            Some(phone) => (phone, true),
            None => (body["recipient"].as_str().unwrap_or_default(), false),
        };
        Recipient { person: self.find(address), input: address.to_owned(), is_phone }
    }

    fn accepted(&self, to: &Recipient, wamid: &str) -> Value {
        let (key, address) =
            if to.is_phone { ("wa_id", to.input.trim_start_matches('+')) } else { ("user_id", &*to.input) };
        json!({
            "messaging_product": "whatsapp",
            "contacts": [{ "input": to.input, key: address }],
            "messages": [{ "id": wamid, "message_status": "accepted" }],
        })
    }

    /// A reaction needs the message it is about; files by id would have to be uploaded, which is not played.
    fn check_target(&mut self, body: &Value) -> Result<(), Refusal> {
        if let Some(wamid) = body["reaction"]["message_id"].as_str()
            && !self.messages.contains_key(wamid)
        {
            return Err(refusal(131_009));
        }
        let kind = body["type"].as_str().unwrap_or_default();
        if body[kind]["id"].is_string() {
            return Err(self.app.breach("messages: a file by id; this double plays links".into(), refusal(100)));
        }
        Ok(())
    }

    fn accept(&mut self, body: &Value, to: &Recipient, template: Option<usize>, now_ms: i64) -> String {
        let (wamid, number) = self.new_wamid();
        let category = template.map(|index| self.templates[index].category.to_lowercase());
        let verdict = self.verdict(to, category.as_deref(), now_ms);
        let person = match to.person {
            Some(person) => person,
            None => self.stranger(&to.input),
        };
        if let Some(visit) = &mut self.people[person].from_ad {
            visit.is_answered_in_time |= now_ms - visit.at_ms <= WINDOW_MS;
        }
        let template = template.map(|index| &self.templates[index]);
        let message = Message {
            number,
            person,
            is_ours: true,
            kind: body["type"].as_str().unwrap_or_default().to_owned(),
            text: shown::text(body, template),
            buttons: shown::buttons(body, template),
            is_list: body["interactive"]["type"] == "list",
            context: body["context"]["message_id"].as_str().map(str::to_owned),
            at_ms: now_ms,
            status: Status::Accepted,
            pricing: self.people[person].pricing(category.as_deref(), now_ms),
            opaque: body["biz_opaque_callback_data"].as_str().map(str::to_owned),
            is_read_by_us: false,
            typing_until_ms: 0,
        };
        self.stop_typing(person, now_ms);
        self.messages.insert(wamid.clone(), message);
        self.schedule(&wamid, verdict, now_ms);
        wamid
    }

    /// Somebody the number leads to nobody: an address without WhatsApp.
    fn stranger(&mut self, address: &str) -> usize {
        let person = self.person(address);
        self.people[person].has_whatsapp = false;
        person
    }

    /// The code with which an accepted message will fail; none when it will arrive.
    fn verdict(&self, to: &Recipient, category: Option<&str>, now_ms: i64) -> Option<u32> {
        if self.failing.is_some() {
            return self.failing;
        }
        let Some(person) = to.person.map(|person| &self.people[person]) else { return Some(131_026) };
        if !person.has_whatsapp || person.has_blocked {
            return Some(131_026);
        }
        match category {
            None if person.window(now_ms).is_none() => Some(131_047),
            Some("marketing") if !person.takes_marketing => Some(131_050),
            Some("marketing") if person.is_capped => Some(131_049),
            _ => None,
        }
    }

    fn mark_read(&mut self, body: &Value, now_ms: i64) -> Result<Value, Refusal> {
        let wamid = body["message_id"].as_str().unwrap_or_default();
        let message = self.messages.get_mut(wamid).filter(|message| !message.is_ours);
        let message = message.ok_or_else(|| refusal(131_009))?;
        message.is_read_by_us = true;
        if body.get("typing_indicator").is_some() {
            message.typing_until_ms = now_ms + TYPING_MS;
        }
        let answer = json!({ "success": true });
        self.check_answer("success.response", &answer);
        Ok(answer)
    }

    fn stop_typing(&mut self, person: usize, now_ms: i64) {
        for message in self.messages.values_mut().filter(|message| message.person == person) {
            message.typing_until_ms = message.typing_until_ms.min(now_ms);
        }
    }
}

/// Why a free-form message may go now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Window {
    Service,
    FreeEntry,
}

impl Person {
    /// 72 h from an ad when we answered within 24 h, else 24 h from the last word; none when neither is open.
    pub(super) fn window(&self, now_ms: i64) -> Option<Window> {
        let is_free =
            self.from_ad.is_some_and(|visit| visit.is_answered_in_time && now_ms - visit.at_ms <= FREE_ENTRY_MS);
        if is_free {
            return Some(Window::FreeEntry);
        }
        self.last_word_ms.filter(|at_ms| now_ms - at_ms <= WINDOW_MS).map(|_| Window::Service)
    }

    /// Templates are charged also inside the window, since 2026-10-01; the first 1,000 service messages are free.
    fn pricing(&self, category: Option<&str>, now_ms: i64) -> Value {
        let kind = match (category, self.window(now_ms)) {
            (_, Some(Window::FreeEntry)) => "free_entry_point",
            (None, _) => "free_customer_service",
            (Some(_), _) => "regular",
        };
        json!({
            "billable": kind == "regular", "pricing_model": "PMP", "type": kind, "category": category.unwrap_or("service"),
        })
    }
}

//! What we know of a card's place in the account, as the engine keeps it between puts.
//!
//! Beside the ids stand short digests of what was last written, so that a put sends only what has changed, and what
//! people changed by hand is not put back.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nochnik_core::crm::CrmRefs;
use sha2::{Digest, Sha256};

#[derive(Clone, Debug)]
pub struct Refs {
    map: CrmRefs,
}

const GONE: &str = "gone";
const FOREIGN: &str = "foreign";
const LEAD: &str = "lead";
const CONTACT: &str = "contact";
const CONTACT_IS_OURS: &str = "contact_is_ours";
const TWINS: &str = "twins";
const TODO: &str = "todo";
const TASK_ID: &str = "task";
const KEPT_TAGS: &str = "kept_tags";
const TAGS: &str = "tags";
const SENT: &str = "sent.";
const STAGE_ASKED: &str = "stage.asked";
const STAGE_PUT: &str = "stage.put";
const STAGE_SEEN: &str = "stage.seen";
/// Id of our note, and the name under which its text is noted.
pub const NOTE: &str = "note";
/// Names under which the task's words and the contact's name and phone are noted.
pub const TASK: &str = "task";
pub const CLIENT_NAME: &str = "client.name";
pub const PHONE: &str = "phone";

impl Refs {
    pub fn read(refs: &CrmRefs) -> Self {
        Self { map: refs.clone() }
    }

    pub fn into_map(self) -> CrmRefs {
        self.map
    }

    /// People deleted the lead; it is not put back.
    pub fn is_gone(&self) -> bool {
        self.map.contains_key(GONE)
    }

    pub fn set_gone(&mut self) {
        self.set(GONE, "yes");
    }

    pub fn lead(&self) -> Option<i64> {
        self.id(LEAD)
    }

    pub fn set_lead(&mut self, id: i64) {
        self.set(LEAD, &id.to_string());
    }

    /// The lead was there before us: only note, tags and task are ours.
    pub fn is_foreign(&self) -> bool {
        self.map.contains_key(FOREIGN)
    }

    /// `tags` stood on it before ours, and stay.
    pub fn set_foreign(&mut self, tags: &[String]) {
        self.set(FOREIGN, "yes");
        self.set(KEPT_TAGS, &tags.join("\n"));
    }

    pub fn kept_tags(&self) -> Vec<String> {
        self.lines(KEPT_TAGS)
    }

    /// Tags that we have put there.
    pub fn tags(&self) -> Vec<String> {
        self.lines(TAGS)
    }

    pub fn set_tags(&mut self, tags: &[String]) {
        self.set(TAGS, &tags.join("\n"));
    }

    pub fn contact(&self) -> Option<i64> {
        self.id(CONTACT)
    }

    /// The contact, if it was made by us and is ours to change.
    pub fn own_contact(&self) -> Option<i64> {
        self.contact().filter(|_| self.map.contains_key(CONTACT_IS_OURS))
    }

    pub fn set_contact(&mut self, id: i64, is_ours: bool) {
        self.set(CONTACT, &id.to_string());
        if is_ours {
            self.set(CONTACT_IS_OURS, "yes");
        }
    }

    /// How many contacts had the phone when the card was first brought, where there was more than one.
    pub fn twins(&self) -> Option<i64> {
        self.id(TWINS)
    }

    pub fn set_twins(&mut self, count: usize) {
        self.set(TWINS, &count.to_string());
    }

    pub fn note(&self) -> Option<i64> {
        self.id(NOTE)
    }

    pub fn set_note(&mut self, id: Option<i64>) {
        self.put_id(NOTE, id);
    }

    /// Id of the open task that stands for the to-do of this marker.
    pub fn task(&self) -> Option<i64> {
        self.id(TASK_ID)
    }

    pub fn has_todo(&self, marker: &str) -> bool {
        self.map.get(TODO).is_some_and(|made| made == marker)
    }

    pub fn set_todo(&mut self, marker: &str, task: Option<i64>) {
        self.set(TODO, marker);
        self.put_id(TASK_ID, task);
    }

    /// The task is done, or will never be ours again.
    pub fn forget_task(&mut self) {
        self.put_id(TASK_ID, None);
    }

    /// The stage that was asked for last, whether or not people's own moves stood against it.
    pub fn stage_asked(&self) -> Option<i64> {
        self.id(STAGE_ASKED)
    }

    pub fn note_stage_asked(&mut self, id: i64) {
        self.set(STAGE_ASKED, &id.to_string());
    }

    /// The stage the lead was made in, or put into by us.
    pub fn stage_put(&self) -> Option<i64> {
        self.id(STAGE_PUT)
    }

    pub fn note_stage_put(&mut self, id: i64) {
        self.set(STAGE_PUT, &id.to_string());
    }

    /// The stage the lead stood in when it was last looked at; `None`: nobody has looked, or it is in another pipeline.
    pub fn stage_seen(&self) -> Option<i64> {
        self.id(STAGE_SEEN)
    }

    pub fn note_stage_seen(&mut self, id: Option<i64>) {
        self.put_id(STAGE_SEEN, id);
    }

    pub fn is_sent(&self, name: &str, value: &str) -> bool {
        self.map.get(&format!("{SENT}{name}")).is_some_and(|sent| *sent == digest(value))
    }

    pub fn was_sent(&self, name: &str) -> bool {
        self.map.contains_key(&format!("{SENT}{name}"))
    }

    pub fn note_sent(&mut self, name: &str, value: &str) {
        self.set(&format!("{SENT}{name}"), &digest(value));
    }

    fn id(&self, name: &str) -> Option<i64> {
        self.map.get(name)?.parse().ok()
    }

    fn put_id(&mut self, name: &str, id: Option<i64>) {
        match id {
            Some(id) => self.set(name, &id.to_string()),
            None => drop(self.map.remove(name)),
        }
    }

    fn lines(&self, name: &str) -> Vec<String> {
        self.map.get(name).map_or(Vec::new(), |lines| lines.lines().map(str::to_owned).collect())
    }

    fn set(&mut self, name: &str, value: &str) {
        self.map.insert(name.to_owned(), value.to_owned());
    }
}

fn digest(value: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(value)[..6])
}

//! What we know of a card's place on the portal, as the engine keeps it between puts.
//!
//! Beside the ids stand short digests of what was last written, so that a put sends only what has
//! changed, and what people changed by hand is not put back.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nochnik_core::crm::CrmRefs;
use sha2::{Digest, Sha256};

/// A lead, or a deal where the portal works without leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entity {
    Lead,
    Deal,
}

impl Entity {
    /// The portal's `entityTypeId`.
    pub fn type_id(self) -> u8 {
        match self {
            Self::Lead => 1,
            Self::Deal => 2,
        }
    }

    /// As the timeline names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Deal => "deal",
        }
    }
}

/// Where the card stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub entity: Entity,
    pub id: i64,
}

#[derive(Clone, Debug)]
pub struct Refs {
    map: CrmRefs,
}

const GONE: &str = "gone";
const FOREIGN: &str = "foreign";
const LEAD: &str = "lead";
const DEAL: &str = "deal";
const CONTACT: &str = "contact";
const CONTACT_IS_OURS: &str = "contact_is_ours";
/// Id of our comment, and the name under which its text is noted.
pub const COMMENT: &str = "comment";
/// Names under which the client's name on our contact and the phone are noted.
pub const CLIENT_NAME: &str = "client.name";
pub const PHONE: &str = "phone";
const TODO: &str = "todo";
const KEPT_TAGS: &str = "kept_tags";
const SENT: &str = "sent.";
const STAGE_ASKED: &str = "stage.asked";
const STAGE_PUT: &str = "stage.put";
const STAGE_SEEN: &str = "stage.seen";


impl Refs {
    pub fn read(refs: &CrmRefs) -> Self {
        Self { map: refs.clone() }
    }

    pub fn into_map(self) -> CrmRefs {
        self.map
    }

    /// People deleted the lead or deal; it is not put back.
    pub fn is_gone(&self) -> bool {
        self.map.contains_key(GONE)
    }

    pub fn set_gone(&mut self) {
        self.set(GONE, "yes");
    }

    pub fn place(&self) -> Option<Place> {
        let deal = self.id(DEAL).map(|id| Place { entity: Entity::Deal, id });
        deal.or_else(|| self.lead())
    }

    /// The lead, also one that has become the deal.
    pub fn lead(&self) -> Option<Place> {
        self.id(LEAD).map(|id| Place { entity: Entity::Lead, id })
    }

    pub fn set_place(&mut self, place: Place) {
        let name = if place.entity == Entity::Lead { LEAD } else { DEAL };
        self.set(name, &place.id.to_string());
    }

    /// The lead has become a deal: from now on that is the place, and our comment is not there yet.
    pub fn move_to(&mut self, place: Place) {
        self.set_place(place);
        self.set_comment(None);
        for name in [STAGE_ASKED, STAGE_PUT, STAGE_SEEN] {
            self.map.remove(name);
        }
    }

    /// The lead or deal was there before us: only comment, tags and to-do are ours.
    pub fn is_foreign(&self) -> bool {
        self.map.contains_key(FOREIGN)
    }

    pub fn set_foreign(&mut self, tags: &[String]) {
        self.set(FOREIGN, "yes");
        self.set(KEPT_TAGS, &tags.join("\n"));
    }

    /// Tags that stood on a foreign lead before ours.
    pub fn kept_tags(&self) -> Vec<String> {
        self.map.get(KEPT_TAGS).map_or(Vec::new(), |tags| tags.lines().map(str::to_owned).collect())
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

    pub fn comment(&self) -> Option<i64> {
        self.id(COMMENT)
    }

    pub fn set_comment(&mut self, id: Option<i64>) {
        match id {
            Some(id) => self.set(COMMENT, &id.to_string()),
            None => drop(self.map.remove(COMMENT)),
        }
    }

    /// The marker of the last to-do made.
    pub fn has_todo(&self, marker: &str) -> bool {
        self.map.get(TODO).is_some_and(|made| made == marker)
    }

    pub fn set_todo(&mut self, marker: &str) {
        self.set(TODO, marker);
    }

    /// Whether this stage was asked for, whether or not people's own moves stood against it.
    pub fn is_stage_asked(&self, code: &str) -> bool {
        self.map.get(STAGE_ASKED).is_some_and(|asked| asked == code)
    }

    pub fn note_stage_asked(&mut self, code: &str) {
        self.set(STAGE_ASKED, code);
    }

    /// The stage the card was made in, or put into by us.
    pub fn stage_put(&self) -> Option<&str> {
        self.map.get(STAGE_PUT).map(String::as_str)
    }

    pub fn note_stage_put(&mut self, code: &str) {
        self.set(STAGE_PUT, code);
    }

    /// The stage the card stood in when it was last looked at.
    pub fn stage_seen(&self) -> Option<&str> {
        self.map.get(STAGE_SEEN).map(String::as_str)
    }

    pub fn note_stage_seen(&mut self, code: &str) {
        self.set(STAGE_SEEN, code);
    }

    pub fn is_sent(&self, name: &str, value: &str) -> bool {
        self.map.get(&format!("{SENT}{name}")).is_some_and(|sent| *sent == digest(value))
    }

    pub fn note_sent(&mut self, name: &str, value: &str) {
        self.set(&format!("{SENT}{name}"), &digest(value));
    }

    fn id(&self, name: &str) -> Option<i64> {
        self.map.get(name)?.parse().ok()
    }

    fn set(&mut self, name: &str, value: &str) {
        self.map.insert(name.to_owned(), value.to_owned());
    }
}

fn digest(value: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(value)[..6])
}

//! The portal's terms and ours in it: what several of these files say to it.

use jiff::Timestamp;
use nochnik_core::crm::Card;
use nochnik_core::lead::Heat;

pub use crate::bitrix24::codes::plain;

/// The portal's `entityTypeId` of a contact.
pub const CONTACT_TYPE: u8 = 3;
/// Ours in the portal's `originatorId` and the code of our source.
pub const ORIGINATOR: &str = "NOCHNIK";
/// Our field for tags: leads and deals have none of their own.
pub const TAGS_FIELD: &str = "UF_CRM_NOCHNIK_TAGS";
/// Stands on what came after hours.
pub const NIGHT_TAG: &str = "ночной";
/// Semantics of a stage: in work, won, lost. A lead that is won has become a deal.
pub const OPEN: &str = "P";
pub const WON: &str = "S";
pub const LOST: &str = "F";

/// Ours on a card.
pub fn tags(card: &Card) -> Vec<String> {
    let mut tags = card.tags.clone();
    if card.is_after_hours && !tags.iter().any(|tag| tag == NIGHT_TAG) {
        tags.push(NIGHT_TAG.to_owned());
    }
    tags
}

/// A moment as the portal reads it from everybody.
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

pub fn heat_word(heat: Heat) -> &'static str {
    match heat {
        Heat::Cold => "холодный",
        Heat::Warm => "тёплый",
        Heat::Hot => "горячий",
    }
}

//! Secrets that follow from the installation's key: notice tokens and webhook paths. Nothing is
//! drawn, so a turn played twice makes the same ones.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use nochnik_core::event::NoticeAnswer;
use nochnik_core::values::Address;
use sha2::Sha256;

/// Bytes of a token: 128 bits. Source: security C-03, C-07.
const TOKEN_BYTES: usize = 16;

/// The installation's key; whoever has it can forge taps, so it is never printed.
#[derive(Clone)]
pub struct Keys(Vec<u8>);

impl Keys {
    pub fn new(key: Vec<u8>) -> Self {
        Self(key)
    }

    /// Token of one notice; names exactly one case, person, means and rung.
    pub fn notice(&self, business: &str, outbox_key: &str) -> String {
        self.derive(&["notice", business, outbox_key])
    }

    /// Unguessable segment of a webhook's path.
    pub fn hook_path(&self, business: &str, account: &str) -> String {
        self.derive(&["hook", business, account])
    }

    /// Unguessable segment of the path by which a vendor of means reports.
    pub fn means_path(&self, business: &str, account: &str) -> String {
        self.derive(&["means", business, account])
    }

    /// The whole address of it; `public_url` has no slash at the end.
    pub fn means_hook(&self, public_url: &str, business: &str, account: &str) -> String {
        format!("{public_url}/hook/means/{business}/{account}/{}", self.means_path(business, account))
    }

    /// Unguessable segment of the path by which a calendar rings.
    pub fn calendar_path(&self, business: &str, account: &str) -> String {
        self.derive(&["calendar", business, account])
    }

    /// The whole address of it; `public_url` has no slash at the end.
    pub fn calendar_hook(&self, public_url: &str, business: &str, account: &str) -> String {
        format!("{public_url}/hook/calendar/{business}/{account}/{}", self.calendar_path(business, account))
    }

    /// What a calendar brings along when it rings.
    pub fn calendar_token(&self, business: &str, account: &str) -> String {
        self.derive(&["calendar token", business, account])
    }

    /// Names one bell of a calendar for ever.
    pub fn calendar_bell(&self, business: &str, account: &str, hung_at_ms: i64) -> String {
        self.derive(&["calendar bell", business, account, &hung_at_ms.to_string()])
    }

    /// Unguessable segment of the path by which a portal tells us its news.
    pub fn crm_path(&self, business: &str) -> String {
        self.derive(&["crm", business])
    }

    /// The whole address of it; `public_url` has no slash at the end.
    pub fn crm_hook(&self, public_url: &str, business: &str) -> String {
        format!("{public_url}/crm/{business}/{}", self.crm_path(business))
    }

    /// What the vendor repeats in each delivery to prove itself.
    pub fn hook_secret(&self, business: &str, account: &str) -> String {
        self.derive(&["secret", business, account])
    }

    /// Opens the calendar file of one booking, and nothing else.
    pub fn visit(&self, business: &str, booking: &str) -> String {
        self.derive(&["visit", business, booking])
    }

    /// Stands for a client where the client may have to be forgotten.
    pub fn person(&self, business: &str, address: &Address) -> String {
        self.derive(&["person", business, &address.channel, &address.account, &address.peer])
    }

    fn derive(&self, parts: &[&str]) -> String {
        let mac = Hmac::<Sha256>::new_from_slice(&self.0);
        let Ok(mut mac) = mac else { return String::new() };
        for part in parts {
            mac.update(part.as_bytes());
            mac.update(&[0]);
        }
        BASE64_URL_SAFE_NO_PAD.encode(&mac.finalize().into_bytes()[..TOKEN_BYTES])
    }
}

/// What stands on a notice's button: `n.TOKEN.take`.
pub fn button_id(token: &str, answer: NoticeAnswer) -> String {
    format!("n.{token}.{}", word(answer))
}

/// Reads a button back; `None` when it is not one of ours.
pub fn read_button(id: &str) -> Option<(&str, NoticeAnswer)> {
    let (token, answer) = id.strip_prefix("n.")?.rsplit_once('.')?;
    ANSWERS.iter().find(|known| word(**known) == answer).map(|known| (token, *known))
}

const ANSWERS: [NoticeAnswer; 9] = [
    NoticeAnswer::Take,
    NoticeAnswer::Cannot,
    NoticeAnswer::Morning,
    NoticeAnswer::Approve,
    NoticeAnswer::Decline,
    NoticeAnswer::Booked,
    NoticeAnswer::NoAnswer,
    NoticeAnswer::Refused,
    NoticeAnswer::Spam,
];

fn word(answer: NoticeAnswer) -> &'static str {
    match answer {
        NoticeAnswer::Take => "take",
        NoticeAnswer::Cannot => "cannot",
        NoticeAnswer::Morning => "morning",
        NoticeAnswer::Approve => "approve",
        NoticeAnswer::Decline => "decline",
        NoticeAnswer::Booked => "booked",
        NoticeAnswer::NoAnswer => "noanswer",
        NoticeAnswer::Refused => "refused",
        NoticeAnswer::Spam => "spam",
    }
}

#[cfg(test)]
mod tests {
    use super::{ANSWERS, Keys, button_id, read_button};

    #[test]
    fn a_button_reads_back_and_fits_every_channel() {
        let token = Keys::new(vec![7; 32]).notice("lotos", "i1#2");
        for answer in ANSWERS {
            let id = button_id(&token, answer);
            assert!(id.len() <= 64, "Telegram takes 64 bytes");
            assert_eq!(read_button(&id), Some((token.as_str(), answer)));
        }
        assert_eq!(read_button("slot.1.2"), None);
    }

    #[test]
    fn another_key_business_or_notice_makes_another_token() {
        let keys = Keys::new(vec![7; 32]);
        let token = keys.notice("lotos", "i1#2");
        for other in
            [keys.notice("lotos", "i1#3"), keys.notice("roza", "i1#2"), Keys::new(vec![8; 32]).notice("lotos", "i1#2")]
        {
            assert_ne!(token, other);
        }
    }
}

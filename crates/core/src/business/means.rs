//! How a person is reached: by a messenger of the business, or by one of its accounts for SMS, calls, e-mail, pushes.

use std::collections::BTreeMap;

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use super::hours::minutes;

/// The account of pushes to the console: there without an entry, for whoever switched them on in a browser.
pub const PUSH: &str = "webpush";

/// A switched-on account for SMS, calls, e-mail or pushes. What else may stand here is said by its adapter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MeansEntry {
    pub kind: String,
    /// The business's own name for it; absent means the kind.
    #[serde(default)]
    pub id: Option<String>,
    #[serde(flatten)]
    pub fields: BTreeMap<String, serde_json::Value>,
}

impl MeansEntry {
    pub fn account(&self) -> &str {
        self.id.as_deref().unwrap_or(&self.kind)
    }
}

/// How a person is reached outside the messengers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Sms,
    /// A phone call that speaks the text.
    Call,
    Email,
    /// A web push to the installed console.
    Push,
}

/// What is known of an opened account of `[[means]]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    pub way: Way,
    /// The person can take a case by it, pressing a key.
    pub takes_key: bool,
}

/// One way to reach a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Means {
    pub route: Route,
    /// Tried when the person's previous means has been silent for so many seconds, ahead of the matrix.
    pub after_s: Option<u16>,
    /// Beside the person's own.
    pub rest: Rest,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// A channel of this business and the person's address in it; for Telegram the number that `/id` answers.
    Messenger { channel: String, peer: String },
    /// An entry of `means`. Without `to` SMS and calls go to the person's phone, pushes to the person's devices; a
    /// letter needs an address.
    Account { means: String, to: Option<String> },
}

/// When somebody is left alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    /// Only what is urgent breaks these hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Quiet>,
    /// Never for anything else, at whatever hour.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_urgent: bool,
}

impl Rest {
    pub fn holds(&self, is_urgent: bool, at: Time) -> bool {
        !is_urgent && (self.only_urgent || self.quiet.is_some_and(|quiet| quiet.covers(at)))
    }
}

/// Hours of every day on the business's wall clock, past midnight when the end is earlier. Half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Quiet {
    from_min: u16,
    to_min: u16,
}

impl Quiet {
    pub fn covers(self, at: Time) -> bool {
        let minute = u16::from(at.hour().unsigned_abs()) * 60 + u16::from(at.minute().unsigned_abs());
        if self.from_min < self.to_min {
            (self.from_min..self.to_min).contains(&minute)
        } else {
            minute >= self.from_min || minute < self.to_min
        }
    }
}

impl TryFrom<String> for Quiet {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (from, to) = text
            .split_once('-')
            .ok_or_else(|| format!("«{text}» не похоже на тихие часы; пишите так: \"23:00-08:00\""))?;
        let (from_min, to_min) = (minutes(from.trim())?, minutes(to.trim())?);
        if from_min == to_min {
            Err(format!("тихие часы «{text}» пусты"))
        } else {
            Ok(Self { from_min, to_min })
        }
    }
}

impl From<Quiet> for String {
    fn from(quiet: Quiet) -> Self {
        format!("{}-{}", super::hours::wall(quiet.from_min), super::hours::wall(quiet.to_min))
    }
}

impl Means {
    pub fn messenger(channel: impl Into<String>, peer: impl Into<String>) -> Self {
        let route = Route::Messenger { channel: channel.into(), peer: peer.into() };
        Self { route, after_s: None, rest: Rest::default() }
    }

    /// Account and address of a messenger.
    pub fn as_messenger(&self) -> Option<(&str, &str)> {
        match &self.route {
            Route::Messenger { channel, peer } => Some((channel, peer)),
            Route::Account { .. } => None,
        }
    }

    /// The entry of `channels` or `means` it goes by.
    pub fn account(&self) -> &str {
        match &self.route {
            Route::Messenger { channel, .. } => channel,
            Route::Account { means, .. } => means,
        }
    }
}

/// A means as a document has it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    peer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    means: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after_s: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quiet: Option<Quiet>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    only_urgent: bool,
}

impl TryFrom<Written> for Means {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, &'static str> {
        let Written { channel, peer, means, to, after_s, quiet, only_urgent } = written;
        let route = match (channel, peer, means, to) {
            (Some(channel), Some(peer), None, None) => Route::Messenger { channel, peer },
            (None, None, Some(means), to) => Route::Account { means, to },
            _ => return Err("способ связи — это channel и peer мессенджера либо means и, если нужно, to"),
        };
        Ok(Self { route, after_s, rest: Rest { quiet, only_urgent } })
    }
}

impl From<Means> for Written {
    fn from(means: Means) -> Self {
        let Means { route, after_s, rest: Rest { quiet, only_urgent } } = means;
        let none = Self { channel: None, peer: None, means: None, to: None, after_s, quiet, only_urgent };
        match route {
            Route::Messenger { channel, peer } => Self { channel: Some(channel), peer: Some(peer), ..none },
            Route::Account { means, to } => Self { means: Some(means), to, ..none },
        }
    }
}

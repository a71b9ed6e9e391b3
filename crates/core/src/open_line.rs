//! A dialogue in an open line of the CRM: another room in which somebody may answer, beside our own console.
//!
//! It stands there from the moment a person is wanted until somebody ends it there. Whoever answers there leads the
//! dialogue as anybody of the staff does; calls to the duty manager go on as ever.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::business::Settings;
use crate::conversation::Conversation;
use crate::crm::{CLIENT, TranscriptLine};
use crate::effect::Effect;
use crate::escalation::{CaseState, Why};
use crate::event::{Event, StaffAct, What};
use crate::phrases::{Phrase, text};
use crate::values::{CaseId, Phone};

/// The dialogue stands in the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InLine {
    pub since: Timestamp,
}

/// What happens in the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineAct {
    /// Somebody there writes to the client.
    Said { text: String, place: LinePlace },
    /// Somebody there has ended the dialogue: the bot goes on.
    Ended,
}

/// A message in the line, by the CRM's own ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinePlace {
    pub chat: String,
    pub message: String,
}

/// What the line is to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineWords {
    pub text: String,
    pub name: Option<String>,
    pub phone: Option<Phone>,
}

impl LineWords {
    pub(crate) fn of(conv: &Conversation, text: String) -> Self {
        Self { text, name: conv.display_name().map(str::to_owned), phone: conv.client.phone.clone() }
    }
}

/// How a conversation stood before a step, as far as the line must know.
pub(crate) struct Mark {
    case: Option<CaseId>,
    last: Option<TranscriptLine>,
}

impl Mark {
    pub fn of(conv: &Conversation) -> Self {
        Self { case: conv.case.as_ref().map(|case| case.id.clone()), last: conv.transcript.last().cloned() }
    }
}

/// Puts the dialogue into the line once a person is wanted, and from then on all that is said in it elsewhere.
pub(crate) fn follow(
    conv: &mut Conversation,
    effects: &mut Vec<Effect>,
    settings: &Settings,
    event: &Event,
    now: Timestamp,
    mark: &Mark,
) {
    if !conv.address.has_chat() || !settings.document.crm.as_ref().is_some_and(|crm| crm.has_line()) {
        return;
    }
    let wanted = why_wanted(conv, mark);
    let act = act_of(event);
    if act == Some(&LineAct::Ended) {
        conv.line = None;
        return;
    }
    let is_new = conv.line.is_none();
    if is_new && wanted.is_none() && act.is_none() {
        return;
    }
    conv.line.get_or_insert(InLine { since: now });
    let words = match wanted {
        Some(why) if is_new => begun(conv, settings, &why),
        why => told(settings, why.as_deref(), said_since(conv, mark, act)),
    };
    if !words.is_empty() {
        effects.push(Effect::Line(LineWords::of(conv, words)));
    }
}

fn act_of(event: &Event) -> Option<&LineAct> {
    match &event.what {
        What::Staff { act: StaffAct::Line(act), .. } => Some(act),
        _ => None,
    }
}

/// The reasons of a case that this step has opened.
fn why_wanted(conv: &Conversation, mark: &Mark) -> Option<String> {
    let case = conv.case.as_ref().filter(|case| mark.case.as_ref() != Some(&case.id))?;
    let is_open = !matches!(case.state, CaseState::Closed { .. });
    is_open.then(|| case.whys.iter().map(|why| Why::title(*why)).collect::<Vec<_>>().join(", "))
}

/// The first message: why, and all that was said so far.
fn begun(conv: &Conversation, settings: &Settings, why: &str) -> String {
    let talk: Vec<String> = conv.transcript.iter().map(with_author).collect();
    text(settings, Phrase::LineBegun, &[("why", why), ("talk", &talk.join("\n"))])
}

fn told(settings: &Settings, why: Option<&str>, said: &[TranscriptLine]) -> String {
    let is_clients = said.iter().all(|line| line.who == CLIENT);
    let of_line = |line: &TranscriptLine| if is_clients { line.text.clone() } else { with_author(line) };
    let head = why.map(|why| text(settings, Phrase::LineAgain, &[("why", why)]));
    head.into_iter().chain(said.iter().map(of_line)).collect::<Vec<_>>().join("\n")
}

fn with_author(line: &TranscriptLine) -> String {
    format!("{}: {}", line.who, line.text)
}

/// What this step has written down, except what was said in the line itself.
fn said_since<'a>(conv: &'a Conversation, mark: &Mark, act: Option<&LineAct>) -> &'a [TranscriptLine] {
    if matches!(act, Some(LineAct::Said { .. })) {
        return &[];
    }
    let lines = conv.transcript.as_slice();
    match &mark.last {
        None => lines,
        // Where the last line is not there any more the talk was taken back: nothing of it is told.
        Some(last) => lines.iter().rposition(|line| line == last).map_or(&[], |at| &lines[at + 1..]),
    }
}

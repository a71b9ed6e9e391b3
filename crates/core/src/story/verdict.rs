//! How a story came out: act by act, what was expected and what came instead.

use super::expect::Expected;
use super::seen::Seen;
use super::{Act, Scene, Story, StoryError};
use crate::business::Settings;
use crate::conversation::Conversation;

/// One story played.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    pub title: String,
    pub scenes: Vec<Judged>,
    /// Why it could not be played to its end.
    pub broken: Option<StoryError>,
}

/// One act with what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The act as it was written.
    pub lines: Vec<String>,
    /// What came of it, for a person.
    pub seen: Vec<String>,
    pub checked: Vec<Checked>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// The expectation as it was written.
    pub text: String,
    /// Its line in the text, from 1.
    pub number: usize,
    /// What is there instead; `None` when it holds.
    pub instead: Option<String>,
}

impl Verdict {
    pub fn begin(story: &Story) -> Self {
        Self { title: story.title.clone(), scenes: Vec::new(), broken: None }
    }

    /// Judges one scene by what was seen of it. Remarks and empty lines only add to what came before.
    pub fn judge(&mut self, scene: &Scene, seen: &Seen, before: &Conversation, settings: &Settings) {
        let check = |expected: &Expected| Checked {
            text: expected.text.clone(),
            number: expected.number,
            instead: seen.judge(&expected.check, settings).err(),
        };
        let lines: Vec<String> = scene.lines.iter().filter(|line| !line.is_empty()).cloned().collect();
        let is_act = scene.act != Act::Nothing;
        let shown = if is_act { seen.lines(before, settings) } else { Vec::new() };
        let checked: Vec<Checked> = scene.expected.iter().map(check).collect();
        if is_act || !lines.is_empty() || !checked.is_empty() {
            self.scenes.push(Judged { lines, seen: shown, checked });
        }
    }

    /// Expectations that do not hold, in order.
    pub fn failures(&self) -> impl Iterator<Item = &Checked> {
        self.scenes.iter().flat_map(|scene| &scene.checked).filter(|checked| checked.instead.is_some())
    }

    /// Played to its end, and all that was expected came. A story that expects nothing proves nothing.
    pub fn is_passed(&self) -> bool {
        let expects = self.scenes.iter().any(|scene| !scene.checked.is_empty());
        expects && self.broken.is_none() && self.failures().next().is_none()
    }

    /// Where it went wrong first and how, in Russian; `None` when it passed.
    pub fn fault(&self) -> Option<String> {
        if let Some(failed) = self.failures().next() {
            let instead = failed.instead.as_deref().unwrap_or_default();
            return Some(format!("строка {}: ожидали «{}», а вышло: {instead}", failed.number, failed.text));
        }
        if let Some(error) = &self.broken {
            return Some(error.to_string());
        }
        (!self.is_passed()).then(|| "сценарий ничего не проверяет".to_owned())
    }
}

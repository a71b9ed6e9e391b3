//! A story checked against the pure core: no engine, no clock but the story's own.

use super::parse::StoryError;
use super::player::perform;
use super::verdict::Verdict;
use super::world::World;
use super::{Act, Story};
use crate::business::{ChannelEntry, Document, Means, Settings};

/// The channel in which a rehearsal calls the staff.
pub const REHEARSAL_ACCOUNT: &str = "staff";
/// The channel in which its client writes.
const CLIENT_CHANNEL: &str = "widget";

/// The document as a rehearsal plays it: whoever should be called can be, in a channel of the rehearsal's own;
/// no vendor, no CRM and no model is left that could be reached.
#[must_use]
pub fn rehearsed(mut document: Document) -> Document {
    let channel = |id: &str| ChannelEntry {
        kind: CLIENT_CHANNEL.to_owned(),
        id: Some(id.to_owned()),
        fields: std::collections::BTreeMap::new(),
    };
    document.channels = vec![channel(CLIENT_CHANNEL), channel(REHEARSAL_ACCOUNT)];
    for person in &mut document.people {
        person.means = vec![Means::messenger(REHEARSAL_ACCOUNT, &*person.id)];
    }
    document.means.clear();
    document.crm = None;
    document.model = None;
    document
}

/// Plays the story over this business and judges it. `settings` are those of a [`rehearsed`] document.
#[must_use]
pub fn rehearse(story: &Story, settings: &Settings) -> Verdict {
    let mut world = World::new(settings, settings.moment_of(story.starts_at));
    let mut verdict = Verdict::begin(story);
    let mut seen = world.look();
    for scene in &story.scenes {
        let before = seen.state.clone();
        if let Err(text) = perform(&mut world, scene) {
            verdict.broken = Some(StoryError { line: scene.number, text });
            break;
        }
        if scene.act != Act::Nothing {
            seen = world.look();
        }
        verdict.judge(scene, &seen, &before, settings);
    }
    verdict
}

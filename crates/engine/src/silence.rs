//! «Тихая ночь»: nobody has written for so long that something may be broken where we cannot see it.
//! Source: reliability F90.

use jiff::civil::time;
use nochnik_core::business::Settings;
use nochnik_core::phrases::{self, Phrase};
use nochnik_core::wall;
use nochnik_store::{Sql, StoreError, keys, messages};

use crate::Engine;
use crate::arrived::instant;
use crate::businesses::Known;
use crate::duty::tell_owners;
use crate::watch::title;

const HOUR_MS: i64 = 3_600_000;
const EVERY_MS: i64 = HOUR_MS;
/// How far back the business's own habit is looked for.
const HABIT_MS: i64 = 28 * 24 * HOUR_MS;
/// Fewer messages make no habit.
const MESSAGES_MIN: usize = 100;
/// One silence in a hundred is longer than its hundredth; twice that is not chance.
const TIMES: i64 = 2;
/// No silence is worth a word before this.
const SILENCE_MIN_MS: i64 = 3 * HOUR_MS;

/// Looks every hour for as long as the engine runs.
pub(crate) async fn run(engine: Engine) {
    while !engine.tasks.is_stopping() {
        let now_ms = engine.clock.now_ms();
        for known in engine.businesses.all() {
            let told = engine.store.write(move |sql| look(sql, &known, now_ms)).await;
            if let Err(error) = told {
                tracing::error!(%error, "Could not look for a silence");
            }
        }
        tokio::select! {
            biased;
            () = engine.tasks.stopping() => return,
            () = engine.clock.sleep_until_ms(now_ms + EVERY_MS) => {}
        }
    }
}

/// Tells the owner once of a silence against the business's habit, by day.
fn look(sql: &mut dyn Sql, known: &Known, now_ms: i64) -> Result<(), StoreError> {
    let (settings, business) = (&known.settings, known.settings.id.as_str());
    let hour = settings.wall(instant(now_ms)).time();
    if hour < time(9, 0, 0, 0) || hour >= time(21, 0, 0, 0) {
        return Ok(());
    }
    let moments = messages::client_moments(sql, business, now_ms - HABIT_MS)?;
    if let Some(silence) = unusual(&moments, now_ms) {
        let (since, usual) = words(settings, &silence);
        let text = phrases::text(settings, Phrase::NobodyWrites, &[("since", &since), ("usual", &usual)]);
        return tell(sql, known, &format!("silence:{business}"), &silence, &text, now_ms);
    }
    // One channel among several may be deaf while the others hear.
    for entry in &settings.document.channels {
        let account = entry.account();
        let moments = messages::client_moments_in(sql, business, account, now_ms - HABIT_MS)?;
        let Some(silence) = unusual(&moments, now_ms) else { continue };
        let (since, usual) = words(settings, &silence);
        let arguments = [("channel", title(known, account)), ("since", since), ("usual", usual)];
        let arguments = arguments.each_ref().map(|(name, value)| (*name, value.as_str()));
        let text = phrases::text(settings, Phrase::ChannelSilent, &arguments);
        tell(sql, known, &format!("silence:{business}/{account}"), &silence, &text, now_ms)?;
    }
    Ok(())
}

/// Said once of each silence: it is named by its beginning.
fn tell(
    sql: &mut dyn Sql,
    known: &Known,
    name: &str,
    silence: &Silence,
    text: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    let since = silence.since_ms.to_string();
    if keys::get(sql, name)?.as_deref() == Some(since.as_bytes()) {
        return Ok(());
    }
    keys::put(sql, name, since.as_bytes())?;
    tell_owners(sql, known, &format!("{name}:{since}"), text, now_ms)
}

/// Since when it lasts, and how long silences usually are at most.
fn words(settings: &Settings, silence: &Silence) -> (String, String) {
    let since = settings.wall(instant(silence.since_ms));
    let hours = u64::try_from(silence.usual_ms.div_euclid(HOUR_MS) + 1).unwrap_or_default();
    let usual = wall::count(hours, "часа", "часов", "часов");
    (format!("{}, {}", wall::date(since.date()), wall::time(since)), usual)
}

#[derive(Debug, PartialEq, Eq)]
struct Silence {
    since_ms: i64,
    /// Ninety-nine silences of a hundred are not longer.
    usual_ms: i64,
}

/// The silence at this moment, when it is long against the habit of these moments, the oldest first.
fn unusual(moments: &[i64], now_ms: i64) -> Option<Silence> {
    if moments.len() < MESSAGES_MIN {
        return None;
    }
    let mut gaps: Vec<i64> = moments.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_unstable();
    let usual_ms = gaps[(gaps.len() * 99).div_ceil(100).min(gaps.len()) - 1];
    let since_ms = moments[moments.len() - 1];
    let is_long = now_ms - since_ms > (usual_ms * TIMES).max(SILENCE_MIN_MS);
    is_long.then_some(Silence { since_ms, usual_ms })
}

#[cfg(test)]
mod tests {
    use super::{HOUR_MS, Silence, unusual};

    /// A message each half hour from ten to eight, ten days long: nights of fourteen hours are usual.
    fn days() -> Vec<i64> {
        (0..10).flat_map(|day| (20..=40).map(move |half| day * 24 * HOUR_MS + half * HOUR_MS / 2)).collect()
    }

    #[test]
    fn a_silence_is_unusual_against_the_habit_of_the_business() {
        let (moments, last) = (days(), (9 * 24 + 20) * HOUR_MS);
        let night = Silence { since_ms: last, usual_ms: 14 * HOUR_MS };
        for (hours, expected) in [(2, None), (14, None), (28, None), (29, Some(night))] {
            assert_eq!(unusual(&moments, last + hours * HOUR_MS), expected, "{hours}");
        }
        assert_eq!(unusual(&moments[..99], last + 90 * HOUR_MS), None, "too few make no habit");
    }

    /// Where somebody writes every minute, an hour is long; nobody is told before three have passed.
    #[test]
    fn a_short_silence_is_never_told() {
        let moments: Vec<i64> = (0..1_000).map(|minute| minute * 60_000).collect();
        let last = 999 * 60_000;
        assert_eq!(unusual(&moments, last + 3 * HOUR_MS), None);
        assert_eq!(unusual(&moments, last + 3 * HOUR_MS + 1), Some(Silence { since_ms: last, usual_ms: 60_000 }));
    }
}

//! The watch over the rosters: asks the core what is to be said about the time to come, says it, keeps it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use nochnik_adapters::Failure;
use nochnik_adapters::ports::{Alert, Outgoing, Way};
use nochnik_core::business::{Means, Person, Role, Route};
use nochnik_core::duty::{self as roster, Looked, Menu, Override, Span, Swap, SwapState, Tap, Watch, Word};
use nochnik_core::phrases::{self, Phrase};
use nochnik_core::report::Chart;
use nochnik_core::values::PersonId;
use nochnik_store::outbox::NewRow;
use nochnik_store::{Sql, StoreError, duty, outbox};

use crate::Engine;
use crate::arrived::instant;
use crate::businesses::Known;
use crate::errand::{Errand, channel_destination};

/// A moment of a roster is a minute; so late it may be noticed.
const LOOK_MS: i64 = 5_000;
/// A letter that could not leave for a day tells old news.
const LETTER_LIFE_MS: i64 = 86_400_000;
/// No vendor is waited for longer when a means is tested.
const TEST_TIMEOUT: Duration = Duration::from_secs(10);

/// How a request is stored that waits for its answer.
const ASKED: &str = "asked";

/// When to look again, and at which versions nothing new was to be seen until then.
type Seen = HashMap<String, ((i64, i64), i64)>;

/// Looks at every roster for as long as the engine runs.
pub async fn run(engine: Engine) {
    let mut seen = Seen::new();
    while !engine.tasks.is_stopping() {
        let now_ms = engine.clock.now_ms();
        for known in engine.businesses.all() {
            if let Err(error) = look(&engine, &known, &mut seen).await {
                tracing::error!(%error, business = %known.settings.id, "Could not look at the roster");
            }
        }
        tokio::select! {
            biased;
            () = engine.tasks.stopping() => return,
            () = engine.clock.sleep_until_ms(now_ms + LOOK_MS) => {}
        }
    }
}

async fn look(engine: &Engine, known: &Arc<Known>, seen: &mut Seen) -> Result<(), StoreError> {
    let (business, now) = (known.settings.id.to_string(), engine.clock.now());
    let (version, now_ms) = (known.duty_version(), now.as_millisecond());
    if seen.get(&business).is_some_and(|(of, next_ms)| *of == version && now_ms < *next_ms) {
        return Ok(());
    }
    let roster = Arc::clone(known);
    let looked = engine.store.write(move |sql| {
        expire(sql, &roster, now_ms)?;
        play(sql, &roster, now_ms, |watch| (roster::look(watch, &roster.roster(), now), ())).map(|(looked, ())| looked)
    });
    let Looked { words, next_at, .. } = looked.await?;
    seen.insert(business, (version, next_at.as_millisecond()));
    for word in words {
        if let Word::Test { person } = word {
            engine.tasks.spawn(test(engine.clone(), Arc::clone(known), person));
        }
    }
    Ok(())
}

/// «На месте» of one of the staff: returns what they are answered.
pub fn ready(
    sql: &mut dyn Sql,
    known: &Known,
    person: &PersonId,
    begins_at: Timestamp,
    now_ms: i64,
) -> Result<String, StoreError> {
    let said = |watch| roster::ready(watch, &known.roster(), person, begins_at, instant(now_ms));
    play(sql, known, now_ms, said).map(|(_, answer)| answer)
}

/// A tap of the exchange of shifts: what the person who tapped is asked or told; `None` when both are told anyway.
pub fn exchange(
    sql: &mut dyn Sql,
    known: &Known,
    person: &PersonId,
    tap: &Tap,
    now_ms: i64,
) -> Result<Option<Menu>, StoreError> {
    let (roster, now) = (known.roster(), instant(now_ms));
    match tap {
        Tap::Give { from } => Ok(Some(roster::whom(&roster, person, *from, now))),
        Tap::Ask { from, other } => Ok(Some(roster::what_for(&roster, person, *from, other, now))),
        Tap::Offer { from, takes, other } => {
            let Some(swap) = roster::offer(&roster, person, (*from, *takes), other, now) else {
                return Ok(Some(over(known)));
            };
            ask(sql, known, &swap, now_ms).map(Some)
        }
        Tap::Answer { swap, is_agreed } => {
            let found = duty::swap(sql, known.settings.id.as_str(), *swap)?;
            let answered = found.and_then(|row| swap_of(&row).answered(person, *is_agreed, now));
            match answered {
                Some(answered) if settle(sql, known, *swap, &answered, now_ms)? => Ok(None),
                _ => Ok(Some(over(known))),
            }
        }
    }
}

fn over(known: &Known) -> Menu {
    Menu { text: phrases::text(&known.settings, Phrase::SwapOver, &[]), buttons: Vec::new() }
}

/// Keeps the request and asks the other, once however often the asker taps.
fn ask(sql: &mut dyn Sql, known: &Known, swap: &Swap, now_ms: i64) -> Result<Menu, StoreError> {
    let business = known.settings.id.as_str();
    let is_asked = duty::swaps(sql, business, now_ms)?.iter().any(|row| swap_of(row) == *swap);
    if !is_asked {
        let ms = |span: Span| (span.from.as_millisecond(), span.to.as_millisecond());
        let row = duty::Swap {
            id: 0,
            asker_id: swap.asker.to_string(),
            other_id: swap.other.to_string(),
            gives_ms: ms(swap.gives),
            takes_ms: swap.takes.map(ms),
            state: ASKED.to_owned(),
        };
        let id = duty::put_swap(sql, business, &row)?;
        say(sql, known, &format!("swap:{id}"), &[roster::question(&known.settings, id, swap)], now_ms)?;
    }
    let other = known.settings.person(&swap.other).map_or("", |person| person.name.as_str());
    Ok(Menu { text: phrases::text(&known.settings, Phrase::SwapSent, &[("person", other)]), buttons: Vec::new() })
}

/// Writes down how a request ended and who stands in by it, and tells everybody; false when it had ended before.
fn settle(sql: &mut dyn Sql, known: &Known, id: i64, swap: &Swap, now_ms: i64) -> Result<bool, StoreError> {
    let business = known.settings.id.as_str();
    let state = match swap.state {
        SwapState::Asked => return Ok(false),
        SwapState::Agreed => "agreed",
        SwapState::Refused => "refused",
        SwapState::Expired => "expired",
    };
    if !duty::settle_swap(sql, business, id, state)? {
        return Ok(false);
    }
    for Override { person, instead_of, span } in swap.overrides() {
        let change = duty::Override {
            id: 0,
            person_id: person.to_string(),
            instead_of: instead_of.map(|id| id.to_string()).unwrap_or_default(),
            from_ms: span.from.as_millisecond(),
            to_ms: span.to.as_millisecond(),
        };
        duty::put_override(sql, business, &change)?;
    }
    say(sql, known, &format!("swap:{id}:{state}"), &roster::settled(&known.settings, swap), now_ms)?;
    Ok(true)
}

/// Requests that nobody answered before the earlier of their shifts began.
fn expire(sql: &mut dyn Sql, known: &Known, now_ms: i64) -> Result<(), StoreError> {
    for row in duty::swaps(sql, known.settings.id.as_str(), now_ms)? {
        let swap = swap_of(&row);
        if row.state == ASKED && swap.state_at(instant(now_ms)) == SwapState::Expired {
            settle(sql, known, row.id, &Swap { state: SwapState::Expired, ..swap }, now_ms)?;
        }
    }
    Ok(())
}

fn swap_of(row: &duty::Swap) -> Swap {
    let span = |(from_ms, to_ms): (i64, i64)| Span { from: instant(from_ms), to: instant(to_ms) };
    let state = match row.state.as_str() {
        ASKED => SwapState::Asked,
        "agreed" => SwapState::Agreed,
        "refused" => SwapState::Refused,
        _ => SwapState::Expired,
    };
    Swap {
        asker: PersonId::new(&*row.asker_id),
        other: PersonId::new(&*row.other_id),
        gives: span(row.gives_ms),
        takes: row.takes_ms.map(span),
        state,
    }
}

/// Lets the core move the watch, and writes down what follows.
fn play<T>(
    sql: &mut dyn Sql,
    known: &Known,
    now_ms: i64,
    step: impl FnOnce(Watch) -> (Looked, T),
) -> Result<(Looked, T), StoreError> {
    let business = known.settings.id.as_str();
    let (state, version) = duty::watch(sql, business)?.unwrap_or_default();
    // A state of another release says nothing: what was said before may be said once more.
    let before: Watch = serde_json::from_str(&state).unwrap_or_default();
    let (mut looked, answer) = step(before.clone());
    if looked.watch == before {
        return Ok((looked, answer));
    }
    let state = serde_json::to_string(&looked.watch).unwrap_or_default();
    if !duty::put_watch(sql, business, version, &state)? {
        // Another node says it.
        looked.words.clear();
        return Ok((looked, answer));
    }
    say(sql, known, &format!("duty:{}", version + 1), &looked.words, now_ms)?;
    Ok((looked, answer))
}

/// Writes down what is to be said and who comes besides; `key` is the same however often it is played.
fn say(sql: &mut dyn Sql, known: &Known, key: &str, words: &[Word], now_ms: i64) -> Result<(), StoreError> {
    let business = known.settings.id.as_str();
    for (place, word) in words.iter().enumerate() {
        match word {
            Word::Tell { person, text, buttons } => {
                let message = Outgoing { text: text.clone(), buttons: buttons.clone(), ..Outgoing::default() };
                tell(sql, known, &format!("{key}:{place}"), person, message, now_ms)?;
            }
            Word::Besides(Override { person, span, .. }) => {
                let change = duty::Override {
                    id: 0,
                    person_id: person.to_string(),
                    instead_of: String::new(),
                    from_ms: span.from.as_millisecond(),
                    to_ms: span.to.as_millisecond(),
                };
                duty::put_override(sql, business, &change)?;
            }
            Word::Relieved(Override { person, span, .. }) => {
                let span_ms = (span.from.as_millisecond(), span.to.as_millisecond());
                duty::remove_besides(sql, business, person.as_str(), span_ms)?;
            }
            Word::Test { .. } => {}
        }
    }
    Ok(())
}

/// A word to every owner, by a messenger or else by a letter; once for each key. Whoever has neither reads the console.
pub fn tell_owners(sql: &mut dyn Sql, known: &Known, key: &str, text: &str, now_ms: i64) -> Result<(), StoreError> {
    show_owners(sql, known, key, text, None, now_ms)
}

/// The same with a picture, for the owners whose means carries one.
pub fn show_owners(
    sql: &mut dyn Sql,
    known: &Known,
    key: &str,
    text: &str,
    picture: Option<&Chart>,
    now_ms: i64,
) -> Result<(), StoreError> {
    for owner in known.settings.document.people.iter().filter(|person| person.role == Role::Owner) {
        let key = format!("{key}:{}", owner.id);
        match owner.means.iter().find_map(Means::as_messenger) {
            Some(means) => {
                let message = Outgoing { text: text.to_owned(), picture: picture.cloned(), ..Outgoing::default() };
                tell_by(sql, known, &key, means, message, now_ms)?;
            }
            None => write_to(sql, known, &key, owner, (text, picture), now_ms)?,
        }
    }
    Ok(())
}

/// A letter, where the person has an address for letters.
fn write_to(
    sql: &mut dyn Sql,
    known: &Known,
    key: &str,
    person: &Person,
    (text, picture): (&str, Option<&Chart>),
    now_ms: i64,
) -> Result<(), StoreError> {
    let address = person.means.iter().find_map(|means| match &means.route {
        Route::Account { means, to: Some(to) } => {
            let port = known.ports.means.get(means).filter(|port| port.way() == Way::Email)?;
            Some((means, to, port.destination()))
        }
        _ => None,
    });
    let Some((means, to, destination)) = address else { return Ok(()) };
    let title = phrases::text(&known.settings, Phrase::LetterTitle, &[("business", &known.settings.document.name)]);
    let alert = Alert { title, text: text.to_owned(), link: None, picture: picture.cloned() };
    let errand = Errand::Text { means: means.clone(), to: to.clone(), alert, until_ms: now_ms + LETTER_LIFE_MS };
    let row = NewRow {
        key,
        conversation_id: "",
        lane: &format!("staff:{means}/{to}"),
        destination: &destination,
        kind: errand.kind(),
        priority: 1,
        payload: &serde_json::to_string(&errand).unwrap_or_default(),
        created_at_ms: now_ms,
        due_at_ms: now_ms,
    };
    outbox::put(sql, known.settings.id.as_str(), &row, None).map(drop)
}

fn tell(
    sql: &mut dyn Sql,
    known: &Known,
    key: &str,
    person: &PersonId,
    message: Outgoing,
    now_ms: i64,
) -> Result<(), StoreError> {
    let means = known.settings.person(person).and_then(|person| person.means.iter().find_map(Means::as_messenger));
    means.map_or(Ok(()), |means| tell_by(sql, known, key, means, message, now_ms))
}

/// By this account and address of a messenger; once for each key.
pub fn tell_by(
    sql: &mut dyn Sql,
    known: &Known,
    key: &str,
    (account, peer): (&str, &str),
    message: Outgoing,
    now_ms: i64,
) -> Result<(), StoreError> {
    let business = known.settings.id.as_str();
    let errand = Errand::Tell { account: account.to_owned(), peer: peer.to_owned(), message };
    let row = NewRow {
        key,
        conversation_id: "",
        lane: &format!("staff:{account}/{peer}"),
        destination: &channel_destination(business, account),
        kind: errand.kind(),
        priority: 1,
        payload: &serde_json::to_string(&errand).unwrap_or_default(),
        created_at_ms: now_ms,
        due_at_ms: now_ms,
    };
    outbox::put(sql, business, &row, None).map(drop)
}

/// Asks every vendor of a person's means whether it would serve; the person hears nothing of it, the owner what fails.
async fn test(engine: Engine, known: Arc<Known>, person: PersonId) {
    let Some(found) = known.settings.person(&person) else { return };
    let mut troubles = Vec::new();
    for means in &found.means {
        let tried = tokio::time::timeout(TEST_TIMEOUT, test_one(&known, means, &found.phone)).await;
        if let Some(trouble) = tried.unwrap_or_else(|_| Some("не отвечает".to_owned())) {
            troubles.push(format!("{} — {trouble}", means.account()));
        }
    }
    if troubles.is_empty() {
        return;
    }
    let (words, now_ms) = (roster::mute(&known.settings, &person, &troubles), engine.clock.now_ms());
    let key = format!("duty:mute:{person}:{now_ms}");
    if let Err(error) = engine.store.write(move |sql| say(sql, &known, &key, &words, now_ms)).await {
        tracing::error!(%error, "Could not tell of means that do not work");
    }
}

/// What is wrong with one means, in Russian; `None` when it works.
async fn test_one(known: &Known, means: &Means, phone: &str) -> Option<String> {
    let failed = match &means.route {
        Route::Messenger { channel, .. } => match known.ports.channels.get(channel) {
            Some(port) => port.check().await.err(),
            None => return Some("выключен".to_owned()),
        },
        Route::Account { means, to } => match known.ports.means.get(means) {
            Some(port) => {
                let to = to.as_deref().unwrap_or(phone);
                if let Err(why) = port.check_address(to) {
                    return Some(why.to_owned());
                }
                port.check().await.err()
            }
            None => return Some("выключен".to_owned()),
        },
    };
    failed.map(|failure| match failure {
        Failure::Broken { hint, .. } => hint.to_owned(),
        Failure::Refused { .. } => "отказывает".to_owned(),
        Failure::Later { .. } | Failure::Unknown { .. } => "не отвечает".to_owned(),
    })
}

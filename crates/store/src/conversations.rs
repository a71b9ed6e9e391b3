//! Conversations: the state a turn loads and saves, and what the console lists.

use crate::{Row, Sql, StoreError, Value, Window, all, dialect, one, values};

/// A conversation as a turn sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// To be handed back as [`Saved::expected_version`].
    pub version: i64,
    /// JSON of `core`.
    pub state: String,
}

/// A conversation after a turn, with what the console lists beside its state.
#[derive(Debug, Clone, Copy)]
pub struct Saved<'a> {
    /// Its id.
    pub id: &'a str,
    /// Where it goes on.
    pub channel: &'a str,
    /// Our side of the channel.
    pub account: &'a str,
    /// The client's side.
    pub peer: &'a str,
    /// Version that was loaded; 0 for a new conversation.
    pub expected_version: i64,
    /// JSON of `core`.
    pub state: &'a str,
    /// Who speaks with the client: `bot` or `person`.
    pub speaker: &'a str,
    /// How warm the lead is.
    pub heat: &'a str,
    /// Whether it came outside working hours.
    pub is_after_hours: bool,
    /// Whether a person should look.
    pub needs_person: bool,
    /// As the client said it; may be empty.
    pub client_name: &'a str,
    /// Beginning of the last message.
    pub last_text_short: &'a str,
    /// When the last message came or went.
    pub last_at_ms: i64,
    /// Moment of the turn; becomes the time of creation of a new one.
    pub now_ms: i64,
}

/// A conversation in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Its id.
    pub id: String,
    /// Where it goes on.
    pub channel: String,
    /// Our side of the channel.
    pub account: String,
    /// The client's side.
    pub peer: String,
    /// Who speaks with the client: `bot` or `person`.
    pub speaker: String,
    /// How warm the lead is.
    pub heat: String,
    /// Whether it came outside working hours.
    pub is_after_hours: bool,
    /// Whether a person should look.
    pub needs_person: bool,
    /// As the client said it; may be empty.
    pub client_name: String,
    /// Beginning of the last message.
    pub last_text_short: String,
    /// When the last message came or went.
    pub last_at_ms: i64,
    /// When it began.
    pub created_at_ms: i64,
}

/// Which conversations to list; `None` means any.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    /// How warm.
    pub heat: Option<&'a str>,
    /// Who speaks.
    pub speaker: Option<&'a str>,
    /// Whether a person should look.
    pub needs_person: Option<bool>,
    /// Part of the name or of the last message, in any case; ё and е are the same letter.
    pub text: Option<&'a str>,
}

/// Loads a conversation for a turn; on PostgreSQL other turns of it wait. Refused outside `write`; pages use [`peek`].
pub fn load(sql: &mut dyn Sql, business: &str, id: &str) -> Result<Option<Loaded>, StoreError> {
    let text = dialect::LOAD_CONVERSATION.of(sql)?;
    one(sql, text, values![business, id], loaded)
}

/// Reads a conversation's state without holding it.
pub fn peek(sql: &mut dyn Sql, business: &str, id: &str) -> Result<Option<Loaded>, StoreError> {
    let text = "select version, state from conversations where business_id = $1 and id = $2";
    one(sql, text, values![business, id], loaded)
}

/// Saves a conversation after a turn and returns its new version. [`StoreError::Stale`] when another turn was faster.
pub fn save(sql: &mut dyn Sql, business: &str, saved: &Saved<'_>) -> Result<i64, StoreError> {
    let changed = if saved.expected_version == 0 { insert(sql, business, saved) } else { update(sql, business, saved) };
    match changed? {
        0 => Err(StoreError::stale("conversations")),
        _ => Ok(saved.expected_version + 1),
    }
}

/// Saves the state alone, as [`save`] does: for what a conversation forgets without a turn.
pub fn restate(
    sql: &mut dyn Sql,
    business: &str,
    id: &str,
    expected_version: i64,
    state: &str,
) -> Result<(), StoreError> {
    let text = "update conversations set version = version + 1, state = $4 \
                where business_id = $1 and id = $2 and version = $3";
    match sql.exec(text, values![business, id, expected_version, state])? {
        0 => Err(StoreError::stale("conversations")),
        _ => Ok(()),
    }
}

fn insert(sql: &mut dyn Sql, business: &str, saved: &Saved<'_>) -> Result<u64, StoreError> {
    let text = "insert into conversations (business_id, id, channel, account, peer, version, state, speaker, heat, \
                is_after_hours, needs_person, client_name, last_text_short, search, last_at_ms, created_at_ms) \
                values ($1, $2, $3, $4, $5, 1, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) on conflict do nothing";
    let search = search_text(saved);
    let values = values![
        business,
        saved.id,
        saved.channel,
        saved.account,
        saved.peer,
        saved.state,
        saved.speaker,
        saved.heat,
        saved.is_after_hours,
        saved.needs_person,
        saved.client_name,
        saved.last_text_short,
        &search,
        saved.last_at_ms,
        saved.now_ms,
    ];
    sql.exec(text, values)
}

fn update(sql: &mut dyn Sql, business: &str, saved: &Saved<'_>) -> Result<u64, StoreError> {
    let text = "update conversations set version = version + 1, state = $4, speaker = $5, heat = $6, \
                is_after_hours = $7, needs_person = $8, client_name = $9, last_text_short = $10, search = $11, \
                last_at_ms = $12 where business_id = $1 and id = $2 and version = $3";
    let search = search_text(saved);
    let values = values![
        business,
        saved.id,
        saved.expected_version,
        saved.state,
        saved.speaker,
        saved.heat,
        saved.is_after_hours,
        saved.needs_person,
        saved.client_name,
        saved.last_text_short,
        &search,
        saved.last_at_ms,
    ];
    sql.exec(text, values)
}

/// Reads one conversation as a list would show it.
pub fn get(sql: &mut dyn Sql, business: &str, id: &str) -> Result<Option<Summary>, StoreError> {
    let text = "select id, channel, account, peer, speaker, heat, is_after_hours, needs_person, client_name, \
                last_text_short, last_at_ms, created_at_ms from conversations where business_id = $1 and id = $2";
    one(sql, text, values![business, id], summary)
}

/// Finds the conversation with this peer.
pub fn find(
    sql: &mut dyn Sql,
    business: &str,
    channel: &str,
    account: &str,
    peer: &str,
) -> Result<Option<String>, StoreError> {
    let text = "select id from conversations where business_id = $1 and channel = $2 and account = $3 and peer = $4";
    one(sql, text, values![business, channel, account, peer], |row| row.text(0))
}

/// When something was last said by an account since then; `None` when nothing was.
pub fn last_said_ms(
    sql: &mut dyn Sql,
    business: &str,
    channel: &str,
    account: &str,
    since_ms: i64,
) -> Result<Option<i64>, StoreError> {
    let text = "select last_at_ms from conversations where business_id = $1 and channel = $2 and account = $3 \
                and last_at_ms >= $4 order by last_at_ms desc limit 1";
    one(sql, text, values![business, channel, account, since_ms], |row| row.int(0))
}

/// When the conversations begun since then began; at most `limit`, in no order. Clients whom a person entered by hand
/// began none.
pub fn begun_ms(sql: &mut dyn Sql, business: &str, since_ms: i64, limit: i64) -> Result<Vec<i64>, StoreError> {
    let text = "select created_at_ms from conversations where business_id = $1 and last_at_ms >= $2 \
                and created_at_ms >= $2 and channel <> 'phone' limit $3";
    all(sql, text, values![business, since_ms, limit], |row| row.int(0))
}

/// Lists conversations whose last message is before `before_ms`, newest first.
pub fn list(
    sql: &mut dyn Sql,
    business: &str,
    filter: &Filter<'_>,
    before_ms: i64,
    limit: i64,
) -> Result<Vec<Summary>, StoreError> {
    // The inner select reads nothing but `conversations_recent`: a search that finds nothing looks at every conversation.
    let text = "select id, channel, account, peer, speaker, heat, is_after_hours, needs_person, client_name, \
                last_text_short, last_at_ms, created_at_ms from conversations where business_id = $1 and id in ( \
                select id from conversations where business_id = $1 \
                and last_at_ms < $2 and (cast($3 as text) is null or heat = $3) \
                and (cast($4 as text) is null or speaker = $4) \
                and (cast($5 as bigint) is null or needs_person = $5) \
                and (cast($6 as text) is null or search like $6 escape '!') \
                order by last_at_ms desc, id desc limit $7) order by last_at_ms desc, id desc";
    let pattern = filter.text.map(contains);
    let pattern = pattern.as_ref().map_or(Value::Null, Value::from);
    let Filter { heat, speaker, needs_person, .. } = *filter;
    let values =
        &[business.into(), before_ms.into(), heat.into(), speaker.into(), needs_person.into(), pattern, limit.into()];
    all(sql, text, values, summary)
}

/// Messages with the words that are looked at, the newest first: a word that is everywhere costs no more than this.
const HITS_MAX: i64 = 2_000;

/// What was said with the words that were looked for, the newest of its conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The conversation.
    pub summary: Summary,
    /// Number of the message in it.
    pub seq: i64,
    /// When it was said.
    pub at_ms: i64,
    /// `client`, `bot`, `person` or `note`.
    pub author: String,
    /// The words.
    pub text: String,
}

/// Finds conversations by what was said in them, newest first: a message has a word with each of these beginnings, in
/// any case; ё and е are the same letter. The filter's own text is not looked at.
///
/// Beginnings that are not letters and digits alone are left out; without any nothing is found.
pub fn said(
    sql: &mut dyn Sql,
    business: &str,
    beginnings: &[String],
    filter: &Filter<'_>,
    limit: i64,
) -> Result<Vec<Said>, StoreError> {
    let is_word = |word: &&String| !word.is_empty() && word.chars().all(char::is_alphanumeric);
    let beginnings: Vec<String> = beginnings.iter().filter(is_word).map(|word| fold(word)).collect();
    if beginnings.is_empty() {
        return Ok(Vec::new());
    }
    let (text, words) = (dialect::SAID.of(sql.dialect()), dialect::words(sql.dialect(), business, &beginnings));
    let Filter { heat, speaker, needs_person, .. } = *filter;
    let values = values![business, &words, HITS_MAX, heat, speaker, needs_person, limit];
    all(sql, text, values, |row| {
        let (summary, seq, at_ms) = (summary(row)?, row.int(12)?, row.int(13)?);
        Ok(Said { summary, seq, at_ms, author: row.text(14)?, text: row.text(15)? })
    })
}

/// Which conversations a page shows; `None` means any.
#[derive(Debug, Clone, Copy, Default)]
pub struct PageFilter<'a> {
    /// Who speaks.
    pub speaker: Option<&'a str>,
    /// Whether a person should look.
    pub needs_person: Option<bool>,
    /// Where it goes on.
    pub channel: Option<&'a str>,
}

/// One page of conversations by their last message, newest first.
pub fn page(
    sql: &mut dyn Sql,
    business: &str,
    filter: &PageFilter<'_>,
    window: &Window<'_>,
) -> Result<Vec<Summary>, StoreError> {
    // As in `list`, the rows are chosen by their index alone.
    let text = "select id, channel, account, peer, speaker, heat, is_after_hours, needs_person, client_name, \
                last_text_short, last_at_ms, created_at_ms from conversations where business_id = $1 and id in ( \
                select id from conversations where business_id = $1 \
                and last_at_ms >= $2 and last_at_ms < $3 and last_at_ms <= $4 and (last_at_ms < $4 or id < $5) \
                and (cast($6 as text) is null or speaker = $6) \
                and (cast($7 as bigint) is null or needs_person = $7) \
                and (cast($8 as text) is null or channel = $8) order by last_at_ms desc, id desc limit $9) \
                order by last_at_ms desc, id desc";
    let (after_ms, after_id) = window.after.unwrap_or((i64::MAX, ""));
    let PageFilter { speaker, needs_person, channel } = *filter;
    let values = values![
        business,
        window.from_ms,
        window.to_ms,
        after_ms,
        after_id,
        speaker,
        needs_person,
        channel,
        window.limit
    ];
    all(sql, text, values, summary)
}

/// Forgets the beginning of the last message of a conversation that has been silent since before then.
pub fn hush(sql: &mut dyn Sql, business: &str, id: &str, before_ms: i64) -> Result<(), StoreError> {
    let Some(found) = get(sql, business, id)? else { return Ok(()) };
    let text = "update conversations set last_text_short = '', search = $3 where business_id = $1 and id = $2 \
                and last_at_ms < $4";
    sql.run(text, values![business, id, &fold(&found.client_name), before_ms])
}

/// Folds letters so that search finds «Алёна» by «алена» on both engines (SQLite's own `like` folds only Latin).
pub fn fold(text: &str) -> String {
    text.to_lowercase().replace('ё', "е")
}

fn search_text(saved: &Saved<'_>) -> String {
    fold(&format!("{} {}", saved.client_name, saved.last_text_short))
}

/// Makes a `like` pattern of what a person typed.
fn contains(text: &str) -> String {
    let literal = fold(text.trim()).replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{literal}%")
}

fn loaded(row: &Row<'_>) -> Result<Loaded, StoreError> {
    Ok(Loaded { version: row.int(0)?, state: row.text(1)? })
}

fn summary(row: &Row<'_>) -> Result<Summary, StoreError> {
    Ok(Summary {
        id: row.text(0)?,
        channel: row.text(1)?,
        account: row.text(2)?,
        peer: row.text(3)?,
        speaker: row.text(4)?,
        heat: row.text(5)?,
        is_after_hours: row.flag(6)?,
        needs_person: row.flag(7)?,
        client_name: row.text(8)?,
        last_text_short: row.text(9)?,
        last_at_ms: row.int(10)?,
        created_at_ms: row.int(11)?,
    })
}

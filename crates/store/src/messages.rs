//! What was said, bubble by bubble, and how far each of ours got.

use crate::{Row, Sql, StoreError, all, one, values};

/// A bubble to keep.
#[derive(Debug, Clone, Copy, Default)]
pub struct NewMessage<'a> {
    /// Where it was said.
    pub conversation_id: &'a str,
    /// When.
    pub at_ms: i64,
    /// `client`, `bot`, `person` or `note`.
    pub author: &'a str,
    /// Which person of the staff, if one spoke.
    pub person_id: Option<&'a str>,
    /// The words.
    pub text: &'a str,
    /// JSON of the buttons under it.
    pub buttons: Option<&'a str>,
    /// The vendor's id, when it came from the vendor.
    pub vendor_id: Option<&'a str>,
    /// How far it got; `None` for what nobody sends.
    pub delivery: Option<Delivery>,
    /// JSON of what was understood.
    pub chips: Option<&'a str>,
    /// JSON of the file that came with it, as its channel names it.
    pub file: Option<&'a str>,
}

/// A kept bubble.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Number within its conversation, from 1, without gaps.
    pub seq: i64,
    /// When.
    pub at_ms: i64,
    /// `client`, `bot`, `person` or `note`.
    pub author: String,
    /// Which person of the staff, if one spoke.
    pub person_id: Option<String>,
    /// The words.
    pub text: String,
    /// JSON of the buttons under it.
    pub buttons: Option<String>,
    /// The vendor's id.
    pub vendor_id: Option<String>,
    /// How far it got; `None` for what nobody sends.
    pub delivery: Option<Delivery>,
    /// JSON of what was understood.
    pub chips: Option<String>,
    /// JSON of the file that came with it, as its channel names it.
    pub file: Option<String>,
}

/// How far a bubble of ours got. It only moves forward; `Failed` is final.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// In the outbox.
    Queued,
    /// The vendor took it.
    Sent,
    /// It is on the client's phone.
    Delivered,
    /// The client saw it.
    Read,
    /// It will not arrive.
    Failed,
}

impl Delivery {
    /// The stored word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        let all = [Self::Queued, Self::Sent, Self::Delivered, Self::Read, Self::Failed];
        all.into_iter().find(|delivery| delivery.word() == word)
    }

    /// The status must be below this rank to move here; what was delivered cannot fail any more.
    fn must_be_below(self) -> i64 {
        match self {
            Self::Queued => 0,
            Self::Sent => 1,
            Self::Delivered | Self::Failed => 2,
            Self::Read => 3,
        }
    }
}

/// Appends a bubble and returns its number. [`StoreError::Stale`] when another turn of the conversation was faster.
pub fn append(sql: &mut dyn Sql, business: &str, message: &NewMessage<'_>) -> Result<i64, StoreError> {
    let text = "insert into messages (business_id, conversation_id, seq, at_ms, author, person_id, text, buttons, \
                vendor_id, delivery, chips, file) values ($1, $2, \
                (select coalesce(max(seq), 0) + 1 from messages where business_id = $1 and conversation_id = $2), \
                $3, $4, $5, $6, $7, $8, $9, $10, $11) returning seq";
    let delivery = message.delivery.map_or("", Delivery::word);
    let values = values![
        business,
        message.conversation_id,
        message.at_ms,
        message.author,
        message.person_id,
        message.text,
        message.buttons,
        message.vendor_id,
        delivery,
        message.chips,
        message.file,
    ];
    match one(sql, text, values, |row| row.int(0)) {
        Ok(Some(seq)) => Ok(seq),
        Ok(None) | Err(StoreError::Duplicate { .. }) => Err(StoreError::stale("messages")),
        Err(error) => Err(error),
    }
}

/// Lists bubbles after number `after_seq`, in order.
pub fn list(
    sql: &mut dyn Sql,
    business: &str,
    conversation: &str,
    after_seq: i64,
    limit: i64,
) -> Result<Vec<Message>, StoreError> {
    let text = "select seq, at_ms, author, person_id, text, buttons, vendor_id, delivery, chips, file \
                from messages where business_id = $1 and conversation_id = $2 and seq > $3 order by seq limit $4";
    all(sql, text, values![business, conversation, after_seq, limit], message)
}

/// Lists bubbles that their client may see, after number `after_seq`, in order: remarks of the staff stay inside.
pub fn shown(
    sql: &mut dyn Sql,
    business: &str,
    conversation: &str,
    after_seq: i64,
    limit: i64,
) -> Result<Vec<Message>, StoreError> {
    let text = "select seq, at_ms, author, person_id, text, buttons, vendor_id, delivery, chips, file \
                from messages where business_id = $1 and conversation_id = $2 and seq > $3 and author <> 'note' \
                order by seq limit $4";
    all(sql, text, values![business, conversation, after_seq, limit], message)
}

/// Lists the last `limit` bubbles that their client may see, in order.
pub fn last_shown(
    sql: &mut dyn Sql,
    business: &str,
    conversation: &str,
    limit: i64,
) -> Result<Vec<Message>, StoreError> {
    let text = "select seq, at_ms, author, person_id, text, buttons, vendor_id, delivery, chips, file \
                from messages where business_id = $1 and conversation_id = $2 and author <> 'note' \
                order by seq desc limit $3";
    let mut found = all(sql, text, values![business, conversation, limit], message)?;
    found.reverse();
    Ok(found)
}

/// When clients wrote since then, the oldest first.
pub fn client_moments(sql: &mut dyn Sql, business: &str, since_ms: i64) -> Result<Vec<i64>, StoreError> {
    let text = "select at_ms from messages where business_id = $1 and author = 'client' and at_ms >= $2 order by at_ms";
    all(sql, text, values![business, since_ms], |row| row.int(0))
}

/// The same of one account of a channel.
pub fn client_moments_in(
    sql: &mut dyn Sql,
    business: &str,
    account: &str,
    since_ms: i64,
) -> Result<Vec<i64>, StoreError> {
    let text = "select m.at_ms from messages m \
                join conversations c on c.business_id = m.business_id and c.id = m.conversation_id \
                where m.business_id = $1 and m.author = 'client' and m.at_ms >= $2 and c.account = $3 order by m.at_ms";
    all(sql, text, values![business, since_ms, account], |row| row.int(0))
}

/// When the client wrote last; `None` when nothing of theirs is kept.
pub fn last_client_at_ms(sql: &mut dyn Sql, business: &str, conversation: &str) -> Result<Option<i64>, StoreError> {
    let text = "select at_ms from messages where business_id = $1 and conversation_id = $2 and author = 'client' \
                order by seq desc limit 1";
    one(sql, text, values![business, conversation], |row| row.int(0))
}

/// When a client wrote last by an account since then; `None` when nobody did. For minutes, not for months: it looks
/// through every conversation since.
pub fn last_heard_ms(
    sql: &mut dyn Sql,
    business: &str,
    channel: &str,
    account: &str,
    since_ms: i64,
) -> Result<Option<i64>, StoreError> {
    let text = "select m.at_ms from conversations c join messages m \
                on m.business_id = c.business_id and m.conversation_id = c.id \
                where c.business_id = $1 and c.channel = $2 and c.account = $3 and c.last_at_ms >= $4 \
                and m.author = 'client' and m.at_ms >= $4 order by m.at_ms desc limit 1";
    one(sql, text, values![business, channel, account, since_ms], |row| row.int(0))
}

/// Drops what was said in a conversation before then.
pub fn trim(sql: &mut dyn Sql, business: &str, conversation: &str, before_ms: i64) -> Result<(), StoreError> {
    let text = "delete from messages where business_id = $1 and conversation_id = $2 and at_ms < $3";
    sql.run(text, values![business, conversation, before_ms])
}

/// Lists the last `limit` bubbles, in order.
pub fn last(sql: &mut dyn Sql, business: &str, conversation: &str, limit: i64) -> Result<Vec<Message>, StoreError> {
    let text = "select seq, at_ms, author, person_id, text, buttons, vendor_id, delivery, chips, file \
                from messages where business_id = $1 and conversation_id = $2 order by seq desc limit $3";
    let mut found = all(sql, text, values![business, conversation, limit], message)?;
    found.reverse();
    Ok(found)
}

/// JSON of the buttons of bubbles that may hold one with this id, the newest first: what is kept as text is searched as
/// text, the caller reads it.
pub fn buttons_with(
    sql: &mut dyn Sql,
    business: &str,
    conversation: &str,
    id: &str,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    let text = "select buttons from messages where business_id = $1 and conversation_id = $2 \
                and buttons like '%' || $3 || '%' order by seq desc limit $4";
    all(sql, text, values![business, conversation, id, limit], |row| row.text(0))
}

/// Moves a bubble forward and keeps the vendor's id, unless it is there already or further.
pub fn set_delivery(
    sql: &mut dyn Sql,
    business: &str,
    conversation: &str,
    seq: i64,
    delivery: Delivery,
    vendor_id: Option<&str>,
) -> Result<(), StoreError> {
    let text = "update messages set delivery = $4, vendor_id = coalesce($5, vendor_id) \
                where business_id = $1 and conversation_id = $2 and seq = $3 \
                and case delivery when 'queued' then 0 when 'sent' then 1 \
                when 'delivered' then 2 when 'read' then 3 else 9 end < $6";
    sql.run(text, values![business, conversation, seq, delivery.word(), vendor_id, delivery.must_be_below()])
}

/// Puts in a bubble what was really sent.
pub fn set_text(sql: &mut dyn Sql, business: &str, conversation: &str, seq: i64, said: &str) -> Result<(), StoreError> {
    let text = "update messages set text = $4 where business_id = $1 and conversation_id = $2 and seq = $3";
    sql.run(text, values![business, conversation, seq, said])
}

/// Leaves of a bubble that its client took back nothing but `note`: no words, and no file to open.
pub fn take_back(
    sql: &mut dyn Sql,
    business: &str,
    conversation: &str,
    seq: i64,
    note: &str,
) -> Result<(), StoreError> {
    let text = "update messages set text = $4, file = null \
                where business_id = $1 and conversation_id = $2 and seq = $3";
    sql.run(text, values![business, conversation, seq, note])
}

/// Makes a failed bubble queued again, for a dead letter that a person replays; false when it has not failed.
pub fn requeue(sql: &mut dyn Sql, business: &str, conversation: &str, seq: i64) -> Result<bool, StoreError> {
    let text = "update messages set delivery = 'queued' \
                where business_id = $1 and conversation_id = $2 and seq = $3 and delivery = 'failed'";
    Ok(sql.exec(text, values![business, conversation, seq])? > 0)
}

fn message(row: &Row<'_>) -> Result<Message, StoreError> {
    let delivery = match row.text(7)?.as_str() {
        "" => None,
        word => Some(Delivery::parse(word).ok_or_else(|| row.corrupt(7))?),
    };
    Ok(Message {
        seq: row.int(0)?,
        at_ms: row.int(1)?,
        author: row.text(2)?,
        person_id: row.opt_text(3)?,
        text: row.text(4)?,
        buttons: row.opt_text(5)?,
        vendor_id: row.opt_text(6)?,
        delivery,
        chips: row.opt_text(8)?,
        file: row.opt_text(9)?,
    })
}

//! What clients open and press, counted without following anybody: a number a day.

use nochnik_core::business::Document;
use nochnik_core::effect::Button;
use nochnik_store::links::{self, Clicks, Link};
use nochnik_store::{Sql, StoreError};
use sha2::{Digest, Sha256};

const DAY_MS: i64 = 86_400_000;
/// Letters of a short name: a billion billions, so that nobody finds another's by trying.
const CODE_CHARS: usize = 12;
/// Without letters that are taken for digits.
const ALPHABET: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";
/// Where an address ends besides at a blank.
const CLOSING: [char; 8] = ['.', ',', ';', ':', '!', '?', ')', '»'];

/// Puts short links in place of the addresses in a text and counts them as shown. What the law wants read stands as
/// it is, and so does what is ours already.
pub fn shorten(
    sql: &mut dyn Sql,
    document: &Document,
    public_url: &str,
    text: &str,
    now_ms: i64,
) -> Result<String, StoreError> {
    if !document.shorten_links || public_url.is_empty() {
        return Ok(text.to_owned());
    }
    let mut short = text.to_owned();
    for address in addresses(text) {
        if address.starts_with(public_url) || address == document.privacy.policy_url {
            continue;
        }
        let link =
            Link { code: code_of(&document.id, address), business: document.id.clone(), target: address.to_owned() };
        links::put(sql, &link, now_ms)?;
        shown(sql, &document.id, &format!("link:{}", link.code), now_ms)?;
        short = short.replacen(address, &format!("{public_url}/l/{}", link.code), 1);
    }
    Ok(short)
}

/// Counts the buttons under a message, each kind once.
pub fn buttons_shown(sql: &mut dyn Sql, business: &str, buttons: &[Button], now_ms: i64) -> Result<(), StoreError> {
    let mut kinds: Vec<&str> = buttons.iter().map(|button| kind_of(&button.id)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.into_iter().try_for_each(|kind| shown(sql, business, &format!("button:{kind}"), now_ms))
}

pub fn button_pressed(sql: &mut dyn Sql, business: &str, id: &str, now_ms: i64) -> Result<(), StoreError> {
    taken(sql, business, &format!("button:{}", kind_of(id)), now_ms)
}

/// Somebody opened a short link: where it leads.
pub fn opened(sql: &mut dyn Sql, code: &str, is_counted: bool, now_ms: i64) -> Result<Option<String>, StoreError> {
    let Some(link) = links::get(sql, code)? else { return Ok(None) };
    if is_counted {
        taken(sql, &link.business, &format!("link:{code}"), now_ms)?;
    }
    Ok(Some(link.target))
}

fn shown(sql: &mut dyn Sql, business: &str, what: &str, now_ms: i64) -> Result<(), StoreError> {
    let clicks = Clicks { what: what.to_owned(), shown: 1, taken: 0 };
    links::count(sql, business, now_ms.div_euclid(DAY_MS), &clicks)
}

fn taken(sql: &mut dyn Sql, business: &str, what: &str, now_ms: i64) -> Result<(), StoreError> {
    let clicks = Clicks { what: what.to_owned(), shown: 0, taken: 1 };
    links::count(sql, business, now_ms.div_euclid(DAY_MS), &clicks)
}

/// `slot.2.1` is a `slot`: which one is nobody's matter here.
fn kind_of(id: &str) -> &str {
    id.split('.').next().unwrap_or(id)
}

/// The addresses in a text, in order.
fn addresses(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '«' | '(' | '<' | '>' | '"'));
    let address = |word: &str| word.starts_with("https://") || word.starts_with("http://");
    words.filter(|word| address(word)).map(|word| word.trim_end_matches(CLOSING)).collect()
}

/// The same address of a business has one short name.
fn code_of(business: &str, address: &str) -> String {
    let digest = Sha256::new().chain_update(business).chain_update([0]).chain_update(address).finalize();
    digest.iter().take(CODE_CHARS).map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}

#[cfg(test)]
mod tests {
    use super::{addresses, code_of};

    #[test]
    fn an_address_ends_where_the_sentence_goes_on() {
        let text =
            "Как доехать: https://maps.example/lotos?z=17. Меню (http://lotos.example/menu), «https://a.example/b»!";
        let expected = ["https://maps.example/lotos?z=17", "http://lotos.example/menu", "https://a.example/b"];
        assert_eq!(addresses(text), expected);
        assert_eq!(addresses("Ждём вас: ул. Примерная, 24"), Vec::<&str>::new());
    }

    #[test]
    fn one_address_of_one_business_has_one_short_name() {
        let code = code_of("lotos", "https://maps.example/lotos");
        assert_eq!(code, code_of("lotos", "https://maps.example/lotos"));
        assert_ne!(code, code_of("lotos", "https://maps.example/lotos2"));
        assert_ne!(code, code_of("borodach", "https://maps.example/lotos"));
        assert_eq!(code.len(), 12);
    }
}

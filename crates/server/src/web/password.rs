//! Passwords: what is good enough, and the slow hash of it.

use std::sync::LazyLock;

use anyhow::{Result, anyhow};
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

/// Memory of one hash, in KiB: 19 MiB. Source: security C-31.
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over that memory.
const PASSES: u32 = 2;
/// Shortest password, in characters.
pub const CHARS_MIN: usize = 12;
/// Longest password; the hash takes any length, the form does not.
pub const CHARS_MAX: usize = 256;

/// Words of the trade that make a password easy to guess.
const CONTEXT: [&str; 4] = ["nochnik", "ночник", "салон", "admin"];

/// Says what is wrong with a new password; `None` when it will do.
///
/// No rules about digits and capitals: length and not being known to everybody is what helps.
pub fn objection(password: &str, login: &str, business: &str) -> Option<&'static str> {
    let length = password.chars().count();
    if length < CHARS_MIN {
        return Some("Пароль короче 12 знаков. Подойдёт фраза из трёх-четырёх слов");
    }
    if length > CHARS_MAX {
        return Some("Пароль длиннее 256 знаков");
    }
    let plain = password.to_lowercase();
    if is_known(&plain) || is_monotonous(&plain) {
        return Some("Этот пароль есть в списках у взломщиков. Придумайте другой");
    }
    let rest = [login, business]
        .into_iter()
        .chain(CONTEXT)
        .filter(|word| word.chars().count() > 2)
        .fold(plain, |plain, word| plain.replace(&word.to_lowercase(), ""));
    (rest.chars().count() < CHARS_MIN / 2).then_some("Пароль почти целиком состоит из имени. Добавьте к нему слов")
}

/// Hashes a password. Takes tens of milliseconds: only on a blocking thread.
pub fn hash(password: &str) -> Result<String> {
    let hashed = hasher()?.hash_password(password.as_bytes()).map_err(|error| anyhow!("{error}"))?;
    Ok(hashed.to_string())
}

/// Checks a password. Without a hash it works just as long and says no.
pub fn is_right(password: &str, hash: Option<&str>) -> bool {
    let expected = hash.or(NOBODY.as_deref()).and_then(|text| PasswordHash::new(text).ok());
    let Some(expected) = expected else { return false };
    let is_equal = hasher().is_ok_and(|hasher| hasher.verify_password(password.as_bytes(), &expected).is_ok());
    is_equal && hash.is_some()
}

/// A hash of nothing in particular, against which unknown logins are checked.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash("nobody has this password").ok());

fn hasher() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|error| anyhow!("{error}"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn is_known(plain: &str) -> bool {
    include_str!("passwords.txt").lines().any(|known| known == plain)
}

/// Tells «aaaaaaaaaaaa», «121212121212» and «123123123123» from words.
fn is_monotonous(plain: &str) -> bool {
    let mut letters: Vec<char> = plain.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    letters.len() < 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_named_and_phrases_pass() {
        for weak in [
            "короткий",
            "123456789012",
            "qwertyuiop12",
            "Password1234",
            "йцукенгшщзхъ",
            "aaaaaaaaaaaaaa",
            "nochnik-lotos-roza",
        ] {
            assert!(objection(weak, "roza", "lotos").is_some(), "{weak}");
        }
        for good in ["тёплая лампа на столе", "correct horse battery", "  пробелы тоже знаки  "]
        {
            assert_eq!(objection(good, "roza", "lotos"), None, "{good}");
        }
    }

    #[test]
    fn a_hash_opens_to_its_password_only() -> Result<()> {
        let stored = hash("тёплая лампа на столе")?;
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(is_right("тёплая лампа на столе", Some(&stored)));
        assert!(!is_right("тёплая лампа на полу", Some(&stored)));
        assert!(!is_right("nobody has this password", None));
        Ok(())
    }
}

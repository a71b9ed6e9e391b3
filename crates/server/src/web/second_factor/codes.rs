//! What is typed beside the password: six digits of an authenticator (RFC 6238), or a recovery code.
//!
//! The secret of an authenticator follows from the installation's key and a salt, so that nothing in the database makes
//! a code. Source: decision 0035, security C-32.

use anyhow::Result;
use nochnik_store::{Sql, StoreError, second_factors};
use totp_rs::{Builder, Secret, Totp};

use crate::key::{Key, random_bytes};
use crate::web::access;
use crate::web::assets::hex;
use crate::web::query::escaped;

/// Recovery codes of one login.
const RECOVERY_CODES: usize = 10;
/// Signs of one: fifty bits, which nobody guesses at five tries a quarter of an hour.
const RECOVERY_CHARS: usize = 10;
/// Crockford's: no letter that reads like a digit.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Bytes of a secret, as RFC 4226 asks for SHA-1.
const SECRET_BYTES: usize = 20;
/// What an authenticator shows above the code.
const ISSUER: &str = "Ночник";

/// Whose code it is.
#[derive(Clone, Debug)]
pub struct Whose {
    pub business: String,
    pub login: String,
}

/// What a typed code is worth; it is used up by asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    Nothing,
    Code,
    Recovery,
}

/// An authenticator of one login.
pub struct Authenticator {
    totp: Totp,
    whose: Whose,
}

impl Authenticator {
    pub fn new(key: &Key, whose: &Whose, salt: &str) -> Self {
        let signed = key.sign("second factor", mine(whose, salt).as_bytes());
        let mut secret = [0; SECRET_BYTES];
        secret.copy_from_slice(&signed[..SECRET_BYTES]);
        // The bare builder makes what every authenticator expects: SHA-1, six digits, half a minute, one step of skew.
        Self { totp: Builder::new().with_secret(secret).build_noncompliant(), whose: whose.clone() }
    }

    /// The half minute whose code this is, if it is about now.
    pub fn step(&self, typed: &str, now_ms: i64) -> Option<i64> {
        let now_s = u64::try_from(now_ms / 1_000).ok()?;
        self.totp.check(&plain(typed), now_s).and_then(|step| i64::try_from(step).ok())
    }

    /// The secret to type by hand, in fours.
    pub fn groups(&self) -> String {
        let secret = self.base32();
        let letters: Vec<char> = secret.chars().collect();
        letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
    }

    /// What the picture holds, and what opens an authenticator on the same phone.
    pub fn address(&self) -> String {
        let Whose { business, login } = &self.whose;
        let issuer = escaped(ISSUER);
        format!("otpauth://totp/{issuer}:{login}%40{business}?secret={}&issuer={issuer}", self.base32())
    }

    fn base32(&self) -> String {
        Secret::to_base32(self.totp.secret()).trim_end_matches('=').to_owned()
    }
}

/// A fresh salt.
pub fn salt() -> Result<String> {
    Ok(hex(&random_bytes::<16>()?))
}

/// Fresh recovery codes.
pub fn recovery() -> Result<Vec<String>> {
    let code = || {
        let bytes = random_bytes::<RECOVERY_CHARS>()?;
        Ok(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect())
    };
    (0..RECOVERY_CODES).map(|_| code()).collect()
}

/// As it is shown: «abcde-fghjk».
pub fn halves(code: &str) -> String {
    let (first, second) = code.split_at(RECOVERY_CHARS / 2);
    format!("{first}-{second}")
}

/// What is kept of a recovery code.
pub fn recovery_hash(key: &Key, whose: &Whose, code: &str) -> String {
    hex(&key.sign("recovery code", mine(whose, &plain(code)).as_bytes()))
}

/// Weighs what was typed and uses it up; a recovery code leaves a line in the journal.
pub fn weigh(sql: &mut dyn Sql, key: &Key, whose: &Whose, typed: &str, now_ms: i64) -> Result<Worth, StoreError> {
    let Whose { business, login } = whose;
    let Some(factor) = second_factors::get(sql, business, login)? else { return Ok(Worth::Nothing) };
    if let Some(step) = Authenticator::new(key, whose, &factor.salt).step(typed, now_ms) {
        let is_fresh = second_factors::use_step(sql, business, login, step)?;
        return Ok(if is_fresh { Worth::Code } else { Worth::Nothing });
    }
    if plain(typed).len() != RECOVERY_CHARS {
        return Ok(Worth::Nothing);
    }
    let hash = recovery_hash(key, whose, typed);
    if !second_factors::use_recovery(sql, business, login, &hash, now_ms)? {
        return Ok(Worth::Nothing);
    }
    access::note(sql, business, login, "recovery_used", now_ms)?;
    Ok(Worth::Recovery)
}

/// Blanks and hyphens are how people read a code; an O is a zero, an I and an L are a one.
fn plain(typed: &str) -> String {
    let kept = typed.chars().filter(|sign| !sign.is_whitespace() && *sign != '-');
    kept.map(|sign| match sign.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        other => other,
    })
    .collect()
}

/// No name of a business or a login holds a zero byte.
fn mine(whose: &Whose, what: &str) -> String {
    format!("{}\0{}\0{what}", whose.business, whose.login)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roza() -> Whose {
        Whose { business: "lotos".to_owned(), login: "roza".to_owned() }
    }

    /// Appendix B of RFC 6238 with the secret «12345678901234567890»; its eight digits end with our six.
    #[test]
    fn codes_are_those_of_the_standard() {
        let totp = Builder::new().with_secret(*b"12345678901234567890").build_noncompliant();
        let authenticator = Authenticator { totp, whose: roza() };
        for (at_s, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")]
        {
            assert_eq!(authenticator.step(code, at_s * 1_000), Some(at_s / 30), "at {at_s}");
        }
        assert_eq!(authenticator.groups(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ", "RFC 4648");
    }

    #[test]
    fn a_code_is_good_for_its_half_minute_and_the_ones_beside_it() {
        let totp = Builder::new().with_secret(*b"12345678901234567890").build_noncompliant();
        let authenticator = Authenticator { totp, whose: roza() };
        // «287082» belongs to the seconds 30 to 59.
        let taken: Vec<i64> = (0..=120).filter(|at_s| authenticator.step("287 082", at_s * 1_000).is_some()).collect();
        assert_eq!((taken.first(), taken.last(), taken.len()), (Some(&0), Some(&89), 90));
        for wrong in ["", "28708", "2870821", "+87082", "28708a", "２８７０８２"] {
            assert_eq!(authenticator.step(wrong, 59_000), None, "{wrong}");
        }
    }

    #[test]
    fn every_login_salt_and_key_has_its_own_secret() -> Result<()> {
        let (key, other) = (Key::random()?, Key::random()?);
        let secret = |key: &Key, whose: &Whose, salt| Authenticator::new(key, whose, salt).groups();
        let own = secret(&key, &roza(), "a");
        assert_eq!(own, secret(&key, &roza(), "a"));
        let marina = Whose { login: "marina".to_owned(), ..roza() };
        let barber = Whose { business: "barber".to_owned(), ..roza() };
        for another in [
            secret(&key, &roza(), "b"),
            secret(&other, &roza(), "a"),
            secret(&key, &marina, "a"),
            secret(&key, &barber, "a"),
        ] {
            assert_ne!(own, another);
        }
        Ok(())
    }

    #[test]
    fn a_recovery_code_is_read_as_people_type_it() -> Result<()> {
        let key = Key::random()?;
        let hash = |typed| recovery_hash(&key, &roza(), typed);
        assert_eq!(hash("a10b2-c3d4e"), hash(" AiOB2 C3D4E "));
        assert_ne!(hash("a10b2-c3d4e"), hash("a10b2-c3d4f"));
        let codes = recovery()?;
        assert_eq!(codes.iter().collect::<std::collections::BTreeSet<_>>().len(), 10);
        assert!(codes.iter().all(|code| plain(&halves(code)) == *code));
        Ok(())
    }
}

//! A phone number as the client gave it, already in E.164.

use std::fmt;

use serde::{Deserialize, Serialize};

/// `+` and 8 to 15 digits. `Debug` hides the middle: the number never reaches a log.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhoneError;

impl fmt::Display for PhoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("номер телефона записывается как +7 и ещё десять цифр")
    }
}

impl std::error::Error for PhoneError {}

impl Phone {
    /// Takes E.164 only; reading human spellings is the work of `nlu`.
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        let digits = text.strip_prefix('+').ok_or(PhoneError)?;
        let is_number = (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        if is_number { Ok(Self(text.to_owned())) } else { Err(PhoneError) }
    }

    /// `+79185551231`, for the CRM and for dialling.
    pub fn e164(&self) -> &str {
        &self.0
    }

    /// `+7 918 555-12-31` for Russian numbers, E.164 for the rest.
    pub fn pretty(&self) -> String {
        match self.0.strip_prefix("+7").filter(|rest| rest.len() == 10) {
            Some(r) => format!("+7 {} {}-{}-{}", &r[..3], &r[3..6], &r[6..8], &r[8..]),
            None => self.0.clone(),
        }
    }

    /// `+7 918 ***-**-31`: enough for its owner to confirm, too little for anybody else.
    pub fn masked(&self) -> String {
        match self.0.strip_prefix("+7").filter(|rest| rest.len() == 10) {
            Some(r) => format!("+7 {} ***-**-{}", &r[..3], &r[8..]),
            None => format!("{}***{}", &self.0[..3], &self.0[self.0.len() - 2..]),
        }
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}***{}", &self.0[..2], &self.0[self.0.len() - 2..])
    }
}

impl TryFrom<String> for Phone {
    type Error = PhoneError;

    fn try_from(text: String) -> Result<Self, PhoneError> {
        Self::parse(&text)
    }
}

impl From<Phone> for String {
    fn from(phone: Phone) -> Self {
        phone.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Phone, PhoneError};

    #[test]
    fn a_phone_is_whole_or_refused() {
        for text in ["", "+", "79185551231", "+7918555123a", "+1234567", "+1234567890123456"] {
            assert_eq!(Phone::parse(text), Err(PhoneError), "{text}");
        }
    }

    #[test]
    fn a_phone_shows_as_much_as_the_place_allows() -> Result<(), PhoneError> {
        let phone = Phone::parse("+79185551231")?;
        assert_eq!(phone.pretty(), "+7 918 555-12-31");
        assert_eq!(phone.masked(), "+7 918 ***-**-31");
        assert_eq!(format!("{phone:?}"), "+7***31");
        Ok(())
    }
}

//! In whose name we come: a robot with a key of its own, or the owner who let us in.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::robot::Robot;
use crate::settings::{Settings, SettingsProblem};

#[derive(Debug)]
pub enum Account {
    Robot(Robot),
    Owner(Owner),
}

/// An owner's standing consent.
pub struct Owner {
    pub client_id: String,
    pub client_secret: SecretString,
    pub refresh_token: SecretString,
}

/// Shows nothing: all of it is theirs.
impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Owner").finish_non_exhaustive()
    }
}

impl Account {
    pub fn read(settings: &Settings<'_>) -> Result<Self, SettingsProblem> {
        let names = ["client_id", "client_secret", "refresh_token"];
        let mut filled = Vec::new();
        for name in names {
            filled.extend(settings.text(name)?.map(|_| name));
        }
        match settings.text("service_account")? {
            Some(_) if !filled.is_empty() => Err(settings.problem(
                "service_account",
                "Оставьте что-то одно: ключ робота или три поля client_id, client_secret и refresh_token",
            )),
            Some(text) => {
                Robot::read(text).map(Self::Robot).map_err(|problem| settings.problem("service_account", problem))
            }
            None if filled.is_empty() => Err(settings.problem(
                "service_account",
                "Вставьте ключ робота (весь текст файла JSON) либо заполните client_id, client_secret и refresh_token",
            )),
            None => Ok(Self::Owner(Owner {
                client_id: settings.required("client_id")?.to_owned(),
                client_secret: settings.required("client_secret")?.into(),
                refresh_token: settings.required("refresh_token")?.into(),
            })),
        }
    }

    /// Tells accounts apart and shows none.
    pub fn mark(&self) -> String {
        let digest = match self {
            Self::Robot(robot) => Sha256::digest(robot.email()),
            Self::Owner(owner) => Sha256::digest(owner.refresh_token.expose_secret()),
        };
        digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
    }
}

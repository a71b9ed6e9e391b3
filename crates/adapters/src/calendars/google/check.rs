//! The live check: who we are there, what the calendar is called, whether we may write, how the clocks stand.

use jiff::SignedDuration;
use serde_json::Value;

use super::Google;
use super::account::Account;
use super::call::{Miss, Request};
use super::refusal::RIGHTS;
use crate::failure::Failure;

const QUERY: [(&str, &str); 3] =
    [("singleEvents", "true"), ("maxResults", "1"), ("fields", "kind,summary,timeZone,accessRole")];
/// So much of a difference is the way there and back.
const SKEW_MIN: SignedDuration = SignedDuration::from_secs(5);
const NAME_CHARS_MAX: usize = 100;

impl Google {
    pub async fn look_around(&self) -> Result<Vec<String>, Failure> {
        let said = self.door.call(Request::get(None, &QUERY)).await.map_err(Miss::of_read)?;
        if said.status != 200 || said.body["kind"] != "calendar#events" {
            return Err(said.refusal_of_read());
        }
        let role = said.body["accessRole"].as_str().unwrap_or_default();
        if !matches!(role, "writer" | "owner" | "writerWithoutPrivateAccess") {
            return Err(Failure::Broken { why: "the account may not change the calendar's events".to_owned(), hint: RIGHTS });
        }
        let mut lines = vec![
            match self.door.account() {
                Account::Robot(robot) => format!("Google принимает ключ робота {}.", robot.email()),
                Account::Owner(_) => "Google пускает с разрешения владельца.".to_owned(),
            },
            name_line(&said.body),
            "Право вносить изменения в мероприятия есть.".to_owned(),
        ];
        if let Some(theirs) = said.body["timeZone"].as_str().filter(|theirs| *theirs != self.zone) {
            let theirs: String = theirs.chars().take(NAME_CHARS_MAX).collect();
            lines.push(format!(
                "Часовой пояс календаря — {theirs}, а в настройках — {}: события на весь день читаются по настройкам.",
                self.zone
            ));
        }
        lines.extend(said.date.map(|theirs| clock_line(self.door.now().duration_since(theirs))));
        lines.push(if self.has_clients {
            "В событиях будут услуга, имя и телефон клиента: они уходят в Google за границу.".to_owned()
        } else {
            "Имён и телефонов в событиях нет: только «Занято (Ночник)» и номер записи.".to_owned()
        });
        Ok(lines)
    }
}

fn name_line(body: &Value) -> String {
    let name: String = body["summary"].as_str().unwrap_or_default().chars().take(NAME_CHARS_MAX).collect();
    if name.is_empty() { "Календарь открывается, названия у него нет.".to_owned() } else { format!("Календарь «{name}».") }
}

/// `ahead` is how far our clock runs before Google's.
fn clock_line(ahead: SignedDuration) -> String {
    if ahead.abs() < SKEW_MIN {
        return "Часы сходятся с часами Google.".to_owned();
    }
    let word = if ahead.is_positive() { "спешат" } else { "отстают" };
    let total = ahead.abs().as_secs();
    let parts = [(total / 3_600, "ч"), (total / 60 % 60, "мин"), (total % 60, "с")];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}")).collect();
    format!("Часы этого компьютера {word} на {}: включите синхронизацию времени (NTP).", parts.join(" "))
}

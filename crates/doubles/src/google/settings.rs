//! What the account is like: its robot and its owner, its one calendar, its moods.

use serde_json::json;

const PRIVATE_KEY: &str = include_str!("robot.pem");
const PUBLIC_KEY: &str = include_str!("robot.public.pem");

#[derive(Debug, Clone)]
pub struct Settings {
    /// The robot's e-mail address.
    pub robot: String,
    pub key_id: String,
    /// The robot's key has not been deleted.
    pub has_key: bool,
    pub client_id: String,
    pub client_secret: String,
    pub refresh_token: String,
    /// The owner's consent stands.
    pub has_consent: bool,
    pub calendar: String,
    pub calendar_name: String,
    pub time_zone: String,
    /// What the robot and the owner's application may do there: `none`, `freeBusyReader`, `reader`, `writer`, `owner`.
    pub access_role: String,
    /// Pages are no longer than this, whatever is asked for.
    pub page_items_max: usize,
    /// Every reading begins with a page that holds nothing.
    pub has_empty_pages: bool,
    /// Names and phones of clients that no request may hold; empty where the owner lets them through.
    pub personal: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            robot: "nochnik@salon-demo.iam.gserviceaccount.com".to_owned(),
            key_id: "4f3d2c1b0a".to_owned(),
            has_key: true,
            client_id: "1234-demo.apps.googleusercontent.com".to_owned(),
            client_secret: "GOCSPX-demo-secret".to_owned(),
            refresh_token: "1//demo-refresh".to_owned(),
            has_consent: true,
            calendar: "salon@group.calendar.google.com".to_owned(),
            calendar_name: "Мастер Анна".to_owned(),
            time_zone: "Europe/Moscow".to_owned(),
            access_role: "writer".to_owned(),
            page_items_max: 2_500,
            has_empty_pages: false,
            personal: Vec::new(),
        }
    }
}

impl Settings {
    /// The key's file as the cabinet gives it out.
    pub fn service_account(&self) -> String {
        json!({
            "type": "service_account",
            "project_id": "salon-demo",
            "private_key_id": self.key_id,
            "private_key": PRIVATE_KEY,
            "client_email": self.robot,
            "client_id": "100000000000000000001",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": "https://oauth2.googleapis.com/token",
            "universe_domain": "googleapis.com",
        })
        .to_string()
    }

    pub(super) fn public_key(&self) -> &'static str {
        PUBLIC_KEY
    }
}

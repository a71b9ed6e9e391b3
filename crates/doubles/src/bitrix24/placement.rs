//! Pages of an application among the portal's own, and how the portal opens one.
//!
//! Source: `ar/widgets/placement-bind.md`, `placement-get.md`, `placement-unbind.md`, `crm/analytics-menu.md`: a POST with the
//! visitor's own access; refusals of `placement.bind` come with HTTP 200. What a second binding of the same address
//! answers is not documented: it is bound twice here, and told as a failure.

use serde_json::{Value, json};

use super::{
    APPLICATION_TOKEN, Double, Reply, events::escaped, oauth::MEMBER_ID, params, portal::Portal, refusal::Refusal,
};

/// Places this double knows; the portal has many more.
const PLACES: [&str; 3] = ["CRM_ANALYTICS_MENU", "CRM_LEAD_DETAIL_TAB", "CRM_DEAL_DETAIL_TAB"];

impl Double {
    /// An employee opens a page of the application: the form that their browser posts to its address. None without an
    /// application.
    pub fn opens_page(&self, user: i64, now_ms: i64) -> Option<String> {
        let mut portal = self.portal();
        let access = portal.app.as_mut()?.issue_visitor(user, now_ms);
        let pairs = [
            ("AUTH_ID", access.as_str()),
            ("AUTH_EXPIRES", "3600"),
            ("REFRESH_ID", "rt_visitor"),
            ("SERVER_ENDPOINT", "https://oauth.bitrix24.tech/rest/"),
            ("APPLICATION_TOKEN", APPLICATION_TOKEN),
            ("APPLICATION_SCOPE", "crm,placement"),
            ("member_id", MEMBER_ID),
            ("status", "L"),
            ("PLACEMENT", "CRM_ANALYTICS_MENU"),
            ("PLACEMENT_OPTIONS", "[]"),
        ];
        Some(pairs.map(|(name, value)| format!("{name}={}", escaped(value))).join("&"))
    }

    /// Pages of the application: place and address.
    pub fn placements(&self) -> Vec<(String, String)> {
        self.portal().app.as_ref().map(|app| app.placements.clone()).unwrap_or_default()
    }
}

impl Portal {
    pub(super) fn placement_bind(&mut self, params: &Value) -> Reply {
        let text = |name: &str| params::text(&params[name]).filter(|text| !text.is_empty());
        let (Some(place), Some(handler)) = (text("PLACEMENT"), text("HANDLER")) else {
            return Err(Refusal::new(200, "ERROR_ARGUMENT", "Argument is null or empty"));
        };
        if !PLACES.contains(&place.as_str()) {
            return Err(Refusal::new(200, "ERROR_PLACEMENT_NOT_FOUND", "Placement not found"));
        }
        if !handler.starts_with("https://") {
            self.fail(format!("placement.bind: {handler} is not https"));
        }
        let bound = (place, handler);
        let is_twice = self.app.as_ref().is_some_and(|app| app.placements.contains(&bound));
        if is_twice {
            self.fail("placement.bind: the same page twice".to_owned());
        }
        self.app.as_mut().ok_or_else(Refusal::no_auth)?.placements.push(bound);
        Ok(json!(true).into())
    }

    pub(super) fn placement_unbind(&mut self, params: &Value) -> Reply {
        let text = |name: &str| params::text(&params[name]).filter(|text| !text.is_empty());
        let place = text("PLACEMENT");
        let place = place.ok_or_else(|| Refusal::bad("ERROR_ARGUMENT", "Argument 'PLACEMENT' is null or empty"))?;
        let handler = text("HANDLER");
        let app = self.app.as_mut().ok_or_else(Refusal::no_auth)?;
        let before = app.placements.len();
        app.placements
            .retain(|(own, address)| *own != place || handler.as_ref().is_some_and(|handler| handler != address));
        Ok(json!({ "count": before - app.placements.len() }).into())
    }

    pub(super) fn placement_get(&self) -> Reply {
        let bound = self.app.as_ref().map(|app| app.placements.as_slice()).unwrap_or_default();
        let row = |(place, handler): &(String, String)| {
            json!({
                "placement": place, "userId": 0, "handler": handler, "options": [], "title": "Ночник",
                "description": "", "langAll": [],
            })
        };
        Ok(bound.iter().map(row).collect::<Value>().into())
    }
}

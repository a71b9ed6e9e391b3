//! Who works at the portal, for the roster. Source: b24-rest-docs `api-reference/user/user-get.md`, `user-scope.md`.

use serde_json::{Value, json};

use crate::bitrix24::call::{Care, Portal};
use crate::failure::Failure;
use crate::phone;
use crate::ports::Colleague;

/// Rows of a page, set by the vendor.
const PAGE: usize = 50;
/// A salon has no more people; a network would not type its roster by hand.
const PAGES_MAX: usize = 20;

/// Everybody who works there now, in the portal's order.
pub async fn staff(portal: &Portal) -> Result<Vec<Colleague>, Failure> {
    let mut found = Vec::new();
    for page in 0..PAGES_MAX {
        let body = json!({
            "FILTER": { "ACTIVE": true },
            "select": ["ID", "NAME", "LAST_NAME", "PERSONAL_MOBILE", "WORK_PHONE"],
            "start": page * PAGE,
        });
        let rows = match portal.call("user.get", &body, Care::Asks).await? {
            Ok(rows) => rows,
            Err(said) => return Err(Failure::Refused { why: said.why(), code: said.code }),
        };
        let rows = rows.as_array().map_or(&[][..], Vec::as_slice);
        found.extend(rows.iter().filter_map(colleague));
        if rows.len() < PAGE {
            break;
        }
    }
    Ok(found)
}

/// One row; without a right to it a phone is simply missing.
fn colleague(row: &Value) -> Option<Colleague> {
    let text = |key: &str| row[key].as_str().unwrap_or_default().trim();
    let id = row["ID"].as_i64().or_else(|| text("ID").parse().ok())?;
    let name = format!("{} {}", text("NAME"), text("LAST_NAME")).trim().to_owned();
    let phone = ["PERSONAL_MOBILE", "WORK_PHONE"].into_iter().find_map(|key| phone::read(text(key)));
    Some(Colleague { id, name, phone })
}

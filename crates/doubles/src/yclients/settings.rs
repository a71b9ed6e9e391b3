//! How one branch is set up: every switch a test may turn.

use std::collections::{BTreeMap, BTreeSet};

/// The branch's number.
pub const COMPANY: i64 = 4_564;

#[derive(Debug, Clone)]
pub struct Master {
    pub id: i64,
    pub name: String,
    /// Services done.
    pub services: Vec<i64>,
    /// Working hours in minutes of the day; on Sundays nobody works.
    pub hours: (i64, i64),
    /// Offered by online booking.
    pub is_online: bool,
    /// Other prices and lengths than the branch's, by service: least, most, seconds; none: the length is not told.
    pub own: BTreeMap<i64, (i64, i64, Option<i64>)>,
}

#[derive(Debug, Clone)]
pub struct Service {
    pub id: i64,
    pub title: String,
    pub price: i64,
    /// `None`: the same as the least.
    pub price_max: Option<i64>,
    pub length_s: i64,
    pub is_active: bool,
    /// `forbidden`, `allowed`, `required`.
    pub prepaid: String,
}

#[derive(Debug, Clone)]
pub struct Settings {
    pub partner_token: String,
    pub user_token: String,
    /// The value of `X-Partner-Id` without which everything is 403; one integrator met this.
    pub wants_partner_id: Option<String>,
    pub is_paid: bool,
    /// The branch has connected the application.
    pub is_connected: bool,
    pub title: String,
    pub zone: String,
    pub asks_code: bool,
    pub asks_email: bool,
    /// An empty address is a wrong one. Not documented.
    pub refuses_empty_email: bool,
    pub allow_change: bool,
    pub allow_delete: bool,
    /// Seconds before the visit.
    pub change_delay_s: i64,
    pub delete_delay_s: i64,
    /// Rights that the user lacks, by the names of `/user/permissions`.
    pub lacks: BTreeSet<String>,
    pub black_list: BTreeSet<String>,
    pub masters: Vec<Master>,
    pub services: Vec<Service>,
    /// Titles of group events.
    pub groups: Vec<String>,
    /// The list of masters shows those whom clients may not book. By the page it never does.
    pub lists_closed: bool,
    /// Minutes between the starts that online booking offers.
    pub grid_min: i64,
    /// An administrator takes the time right after it was found free.
    pub steals_after_check: bool,
    /// Requests a second and a minute of one address; `None` for no limit.
    pub per_s: Option<usize>,
    pub per_min: Option<usize>,
    /// Types and envelopes change from answer to answer.
    pub is_odd: bool,
    /// The partner's list shows deleted records. Not documented.
    pub partner_lists_deleted: bool,
    /// The partner's list gives the hash. Not documented.
    pub partner_lists_hash: bool,
    /// Most rows of a page, whatever is asked for.
    pub page_max: usize,
    /// Lists say how many there are.
    pub tells_total: bool,
}

pub fn master(id: i64, name: &str, services: &[i64]) -> Master {
    Master {
        id,
        name: name.to_owned(),
        services: services.to_vec(),
        hours: (600, 1_200),
        is_online: true,
        own: BTreeMap::new(),
    }
}

pub fn service(id: i64, title: &str, price: i64, length_s: i64) -> Service {
    Service {
        id,
        title: title.to_owned(),
        price,
        price_max: None,
        length_s,
        is_active: true,
        prepaid: "forbidden".to_owned(),
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            partner_token: "partnertoken1".to_owned(),
            user_token: "usertoken1".to_owned(),
            wants_partner_id: None,
            is_paid: true,
            is_connected: true,
            title: "Лотос на Пушкинской".to_owned(),
            zone: "Europe/Moscow".to_owned(),
            asks_code: false,
            asks_email: false,
            refuses_empty_email: false,
            allow_change: true,
            allow_delete: true,
            change_delay_s: 0,
            delete_delay_s: 0,
            lacks: BTreeSet::new(),
            black_list: BTreeSet::new(),
            masters: vec![master(6_544, "Анна Смирнова", &[331, 332]), master(6_545, "Мария Котова", &[331])],
            services: vec![service(331, "Маникюр", 1_500, 3_600), service(332, "Педикюр", 2_500, 5_400)],
            groups: Vec::new(),
            lists_closed: false,
            grid_min: 30,
            steals_after_check: false,
            per_s: Some(5),
            per_min: Some(200),
            is_odd: true,
            partner_lists_deleted: false,
            partner_lists_hash: false,
            page_max: 100,
            tells_total: true,
        }
    }
}

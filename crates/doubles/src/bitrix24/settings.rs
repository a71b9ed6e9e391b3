//! How one portal is set up: every switch a test may turn.

/// With leads or without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Leads first, then deals.
    Classic,
    /// No leads: a new lead with a filled name becomes a deal by itself, after a lag.
    Simple,
}

impl Mode {
    /// What `crm.settings.mode.get` answers.
    pub(super) fn number(self) -> i64 {
        match self {
            Mode::Classic => 1,
            Mode::Simple => 2,
        }
    }
}

/// How `crm.duplicate.findbycomm` compares phones: the documentation and older public code of the product disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneMatch {
    /// Digits as they are: `+7 900…` and `8900…` differ.
    Literal,
    /// A leading 8 of ten digits or more counts as 7, but not in 80, 81, 82.
    EightIsSeven,
}

#[derive(Debug, Clone)]
pub struct Settings {
    /// The employee who made the webhook: author and default responsible of everything.
    pub user_id: i64,
    /// The secret segment of the webhook address.
    pub code: String,
    pub mode: Mode,
    pub scopes: Vec<String>,
    /// Size of the bucket and drain per second: 50 and 2, Enterprise 250 and 5; none for no limit.
    pub intensity: Option<(u32, u32)>,
    /// Seconds of work per method in ten minutes; the documentation's example is 480. None for no limit.
    pub operating_limit_s: Option<f64>,
    pub phone_match: PhoneMatch,
    /// How long a new phone stays invisible to the duplicate search. Not documented: 0 by default.
    pub index_lag_ms: i64,
    /// How long a lead lives before it is converted in the simple mode.
    pub conversion_lag_ms: i64,
    /// Robots convert leads in the classic mode too.
    pub robots_convert_leads: bool,
    /// A converted lead may no longer be read.
    pub hides_converted_leads: bool,
    /// The plan allows REST; without it every call is refused with 403 and no token is given.
    pub is_paid: bool,
    /// Resources of online booking.
    pub resources: Vec<i64>,
    /// Whether it has REST 3.0.
    pub has_rest_v3: bool,
    /// The portal's address, without a slash at its end.
    pub root: String,
    /// The host the portal was renamed to, with its scheme: over a socket every call is answered 302 to it.
    pub renamed_to: Option<String>,
    /// May change CRM settings: dictionaries and custom fields.
    pub is_admin: bool,
    /// Outgoing lines: (code, title). Without the right to manage numbers nobody sees them, but a call may be made.
    pub lines: Vec<(String, String)>,
    pub sees_lines: bool,
    /// Open lines: number, and whether the portal's own CRM tracker makes leads of their dialogues.
    pub open_lines: Vec<(i64, bool)>,
    /// Calls of a robot in a month; the number per plan is not documented.
    pub infocalls_max: usize,
    /// Bots of one application or webhook: 100.
    pub bots_max: usize,
    /// Calls of `imbot.v2` in a second: 2. None for no limit.
    pub bot_calls_per_s: Option<usize>,
    /// Fields the customer made mandatory: (entityTypeId, camelCase name).
    pub required_fields: Vec<(i64, String)>,
    /// Numbers of the deal funnels beside the main one.
    pub funnels: Vec<i64>,
}

impl Default for Settings {
    fn default() -> Self {
        let scopes = ["crm", "task", "tasks", "im", "imbot", "user_basic", "department", "userfieldconfig"];
        Self {
            user_id: 17,
            code: "h00kc0de".to_owned(),
            mode: Mode::Classic,
            scopes: scopes.map(str::to_owned).to_vec(),
            intensity: Some((50, 2)),
            operating_limit_s: Some(480.0),
            phone_match: PhoneMatch::Literal,
            index_lag_ms: 0,
            conversion_lag_ms: 3_000,
            robots_convert_leads: false,
            hides_converted_leads: false,
            is_paid: true,
            resources: vec![3, 4],
            has_rest_v3: false,
            root: "https://salon-demo.bitrix24.ru".to_owned(),
            renamed_to: None,
            is_admin: true,
            lines: vec![("reg200411".to_owned(), "Салон, исходящая".to_owned())],
            sees_lines: true,
            open_lines: vec![(12, true)],
            infocalls_max: 100,
            bots_max: 100,
            bot_calls_per_s: Some(2),
            required_fields: Vec::new(),
            funnels: Vec::new(),
        }
    }
}

impl Settings {
    /// Where an application calls.
    pub(super) fn endpoint(&self) -> String {
        format!("{}/rest/", self.root)
    }

    /// No limit of intensity or operating time, for the bench.
    pub fn unlimited() -> Self {
        Self { intensity: None, operating_limit_s: None, bot_calls_per_s: None, ..Self::default() }
    }
}

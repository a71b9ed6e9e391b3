//! How one account is set up: every switch a test may turn.

/// The account's one pipeline and its stages; the first stage is the unsorted one.
pub const PIPELINE: i64 = 3_177_727;
pub const UNSORTED: i64 = 32_392_155;
pub const FIRST: i64 = 32_392_156;
pub const BOOKED: i64 = 32_392_157;
pub const CANCELLED: i64 = 32_392_158;
/// Another pipeline of the account's, and its stage.
pub const OTHER_PIPELINE: i64 = 3_177_800;
pub const OTHER_FIRST: i64 = 32_400_001;
/// Won and lost have the same numbers in every pipeline.
pub const WON: i64 = 142;
pub const LOST: i64 = 143;

#[derive(Debug, Clone)]
pub struct Settings {
    /// The long-lived token.
    pub token: String,
    /// May make custom fields.
    pub is_admin: bool,
    pub is_paid: bool,
    /// Requests a second of one integration; `None` for no limit.
    pub per_s: Option<usize>,
    /// How long a new lead or contact stays invisible to `query`. Not documented: 0 by default.
    pub index_lag_ms: i64,
    /// The account switched duplicate control on for our integration: `leads/complex` merges by phone.
    pub merges: bool,
    /// Pages come shorter than asked for, with a next one.
    pub has_short_pages: bool,
    /// The account has the vendor's own fields for advertisement tags.
    pub has_utm: bool,
    /// The account has the other pipeline too.
    pub has_second: bool,
    /// This call (`POST leads/notes`) answers 202 with a text.
    pub answers_202_to: Option<String>,
    /// Users: id, name, whether they still work there.
    pub users: Vec<(i64, String, bool)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            token: "eyJ.long-lived.token".to_owned(),
            is_admin: true,
            is_paid: true,
            per_s: Some(7),
            index_lag_ms: 0,
            merges: false,
            has_short_pages: false,
            has_utm: true,
            has_second: false,
            answers_202_to: None,
            users: vec![(504_141, "Ирина Серова".to_owned(), true), (504_142, "Пётр Уволенный".to_owned(), false)],
        }
    }
}

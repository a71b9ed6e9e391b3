//! The error codes of Instagram's Send API that this double knows.

use crate::{Answer, meta::Refusal};

/// HTTP status, code, subcode, text. Callers decide by the codes; the texts are samples.
const ERRORS: [(u16, u32, Option<u32>, &str); 14] = [
    (500, 1, None, "An unknown error occurred"),
    (503, 2, None, "Service temporarily unavailable"),
    (403, 3, None, "Capability or permission is missing"),
    (403, 4, None, "Application request limit reached"),
    (403, 10, None, "Application does not have permission for this action"),
    (403, 17, None, "User request limit reached"),
    (403, 32, None, "Page request limit reached"),
    (400, 100, None, "Invalid parameter"),
    (401, 190, Some(463), "Session has expired"),
    (403, 200, None, "Permissions error"),
    (403, 230, None, "User consent is required to access user profile"),
    (400, 368, None, "Temporarily blocked for policies violations"),
    (400, 551, Some(1_545_041), "This person isn't available right now"),
    (400, 613, None, "Calls to this api have exceeded the rate limit"),
];

pub(super) fn is_known(code: u32) -> bool {
    ERRORS.iter().any(|(_, known, _, _)| *known == code)
}

/// The refusal of a known code; an unknown one is 1, as of the service itself.
pub(super) fn refusal(code: u32) -> Refusal {
    let row = ERRORS.iter().find(|(_, known, _, _)| *known == code).unwrap_or(&ERRORS[0]);
    let refusal = Refusal { subcode: row.2, ..Refusal::new(row.0, row.1, row.3) };
    if row.1 <= 2 { refusal.transient() } else { refusal }
}

pub(super) fn outside_window() -> Refusal {
    Refusal::new(403, 10, "This message is sent outside of allowed window").with_subcode(2_534_022)
}

pub(super) fn no_user() -> Refusal {
    Refusal::bad("No matching user found").with_subcode(2_018_001)
}

/// The body with which the service shows a status of trouble.
pub(super) fn failing(status: u16) -> Answer {
    let code = match status {
        400 => 100,
        401 => 190,
        403 => 10,
        429 => 613,
        500 => 1,
        503 => 2,
        other => return Answer::html(other),
    };
    Answer { status, ..refusal(code).into_answer() }
}

//! The error codes of the Cloud API that this double knows.

use serde_json::{Value, json};

use crate::{Answer, meta::Refusal};

const PRODUCT: &str = "whatsapp";
const HELP: &str = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/";

/// HTTP status, code, text. Callers decide by the code; the texts are samples.
const ERRORS: [(u16, u32, &str); 36] = [
    (500, 1, "API unknown"),
    (503, 2, "API service"),
    (400, 4, "API too many calls"),
    (403, 10, "Permission denied"),
    (400, 100, "Invalid parameter"),
    (401, 190, "Access token has expired"),
    (403, 200, "API permission"),
    (403, 368, "Temporarily blocked for policies violations"),
    (400, 80007, "Rate limit issues"),
    (429, 130429, "Rate limit hit"),
    (400, 130472, "User's number is part of an experiment"),
    (403, 130497, "Business account is restricted from messaging users in this country"),
    (500, 131000, "Something went wrong"),
    (403, 131005, "Access denied"),
    (400, 131008, "Required parameter is missing"),
    (400, 131009, "Parameter value is not valid"),
    (503, 131016, "Service unavailable"),
    (400, 131021, "Recipient cannot be sender"),
    (400, 131026, "Message undeliverable"),
    (400, 131030, "Recipient phone number not in allowed list"),
    (403, 131031, "Account has been locked"),
    (400, 131037, "Display name approval is needed"),
    (400, 131042, "Business eligibility payment issue"),
    (500, 131045, "Incorrect certificate"),
    (400, 131047, "Re-engagement message"),
    (400, 131048, "Spam rate limit hit"),
    (400, 131049, "Message was not delivered to maintain healthy ecosystem engagement"),
    (400, 131050, "User has stopped receipt of marketing messages"),
    (400, 131056, "(Business account, consumer account) pair rate limit hit"),
    (500, 131057, "Account in maintenance mode"),
    (400, 131062, "This message kind cannot be sent to a business-scoped user id"),
    (400, 132000, "Template param count mismatch"),
    (404, 132001, "Template does not exist in the translation"),
    (400, 132012, "Template parameter format mismatch"),
    (400, 132015, "Template is paused"),
    (400, 132016, "Template is disabled"),
];

const TRANSIENT: [u32; 4] = [1, 2, 131_016, 131_057];

pub(super) fn is_known(code: u32) -> bool {
    ERRORS.iter().any(|(_, known, _)| *known == code)
}

/// The refusal of a known code; an unknown one is 131000, as of the service itself.
pub(super) fn refusal(code: u32) -> Refusal {
    let (status, code, text) = row(code);
    let refusal = Refusal::new(status, code, text).of(PRODUCT);
    if TRANSIENT.contains(&code) { refusal.transient() } else { refusal }
}

/// The same code in a `failed` status.
pub(super) fn status_error(code: u32) -> Value {
    let (_, code, text) = row(code);
    json!({ "code": code, "title": text, "message": text, "error_data": { "details": text }, "href": HELP })
}

fn row(code: u32) -> (u16, u32, &'static str) {
    let row = ERRORS.iter().find(|(_, known, _)| *known == code);
    row.copied().unwrap_or((500, 131_000, "Something went wrong"))
}

/// The body with which the service shows a status of trouble.
pub(super) fn failing(status: u16) -> Answer {
    let code = match status {
        400 => 100,
        401 => 190,
        403 => 10,
        429 => 130_429,
        500 => 2,
        503 => 131_016,
        other => return Answer::html(other),
    };
    Answer { status, ..refusal(code).into_answer() }
}

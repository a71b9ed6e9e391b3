//! The Graph API's error body.

use serde_json::{Value, json};

use crate::Answer;

/// `{"error":{message,type,code,error_subcode?,error_data?,is_transient?,fbtrace_id}}`. A caller decides by `code`; the
/// sheets name no HTTP statuses, those here are Meta's usual ones.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: u32,
    pub(crate) subcode: Option<u32>,
    pub(crate) text: String,
    pub(crate) is_transient: bool,
    /// WhatsApp adds `error_data{messaging_product,details}`.
    pub(crate) product: Option<&'static str>,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: u32, text: &str) -> Self {
        Self { status, code, subcode: None, text: text.to_owned(), is_transient: false, product: None }
    }

    pub(crate) fn with_subcode(self, subcode: u32) -> Self {
        Self { subcode: Some(subcode), ..self }
    }

    pub(crate) fn transient(self) -> Self {
        Self { is_transient: true, ..self }
    }

    /// A parameter that breaks the contract.
    pub(crate) fn bad(text: &str) -> Self {
        Self::new(400, 100, text)
    }

    /// A node that is not there, or not for this token: the Graph API does not tell which.
    pub(crate) fn no_object() -> Self {
        Self::bad("Unsupported request. Object does not exist or cannot be loaded due to missing permissions")
            .with_subcode(33)
    }

    pub(crate) fn token() -> Self {
        Self::new(401, 190, "Invalid OAuth access token")
    }

    pub(crate) fn of(self, product: &'static str) -> Self {
        Self { product: Some(product), ..self }
    }

    pub(crate) fn into_answer(self) -> Answer {
        let message = format!("(#{}) {}", self.code, self.text);
        let mut error = json!({
            "message": message, "type": "OAuthException", "code": self.code, "fbtrace_id": "AzX1double",
        });
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = json!(subcode);
        }
        if let Some(product) = self.product {
            error["error_data"] = json!({ "messaging_product": product, "details": message });
        }
        if self.is_transient {
            error["is_transient"] = Value::Bool(true);
        }
        Answer { status: self.status, body: json!({ "error": error }) }
    }
}

//! Pictures on their way into a message: an address is asked for, the picture brought there, its token put into a body.

use serde_json::{Value, json};

use super::{refusal::Refusal, state::State};

impl State {
    /// An address on the host where the caller found us.
    pub(super) fn offer_upload(&mut self, host: &str) -> Value {
        let id = self.uploads.len() as u64 + 1;
        self.uploads.insert(id, None);
        json!({ "url": format!("http://{host}/_upload/{id}") })
    }

    /// The token of a picture that was brought to an address we gave.
    pub(super) fn take_upload(&mut self, id: u64, is_image: bool) -> Result<String, Refusal> {
        let place = self.uploads.get_mut(&id).filter(|place| place.is_none());
        let place = place.ok_or_else(|| Refusal::new(404, "not.found", "Upload not found"))?;
        if !is_image {
            return Err(Refusal::payload("Uploaded file is not an image"));
        }
        let token = format!("ImgTok{id}");
        *place = Some(token.clone());
        Ok(token)
    }

    /// The attachments of a new message as others see them: an image is one that was brought.
    pub(super) fn attached(&self, body: &Value) -> Result<Vec<Value>, Refusal> {
        let all = body["attachments"].as_array().map(Vec::as_slice).unwrap_or_default();
        all.iter()
            .map(|each| if each["type"] == "image" { self.image(&each["payload"]) } else { Ok(each.clone()) })
            .collect()
    }

    fn image(&self, payload: &Value) -> Result<Value, Refusal> {
        let first = payload["photos"].as_object().and_then(|photos| photos.values().next());
        let token = payload["token"].as_str().or_else(|| first.and_then(|photo| photo["token"].as_str()));
        let known = self.uploads.values().flatten().find(|known| Some(known.as_str()) == token);
        let token = known.ok_or_else(|| Refusal::payload("Invalid image token"))?;
        let url = format!("https://i.oneme.example/{token}");
        Ok(json!({ "type": "image", "payload": { "photo_id": 1, "token": token, "url": url } }))
    }
}

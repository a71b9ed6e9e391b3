//! What a person may attach, with invented contents.

use serde_json::{Value, json};

pub fn voice() -> Value {
    json!({ "type": "audio", "payload": { "url": "https://a.oneme.example/audio/1", "token": "AudTok123" } })
}

pub fn photo() -> Value {
    let url = "https://i.oneme.example/i?r=1";
    json!({ "type": "image", "payload": { "photo_id": 12_345_678_901_i64, "token": "ImgTok123", "url": url } })
}

pub fn sticker() -> Value {
    let payload = json!({ "url": "https://i.oneme.example/s/1", "code": "c4f1" });
    json!({ "type": "sticker", "payload": payload, "width": 200, "height": 200 })
}

/// A file of `size` bytes.
pub fn file(name: &str, size: u64) -> Value {
    let payload = json!({ "url": "https://f.oneme.example/f/1", "token": "FileTok123" });
    json!({ "type": "file", "payload": payload, "filename": name, "size": size })
}

/// Degrees.
pub fn location(latitude: f64, longitude: f64) -> Value {
    json!({ "type": "location", "latitude": latitude, "longitude": longitude })
}

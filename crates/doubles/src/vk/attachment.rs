//! What a person may attach, with invented contents.

use serde_json::{Value, json};

/// A voice message of five seconds; `transcript` is what VK heard in it.
pub fn voice(owner: i64, transcript: Option<&str>) -> Value {
    let mut message = json!({
        "id": 650_012_345, "owner_id": owner, "duration": 5, "access_key": "3e2f",
        "link_mp3": "https://psv4.vk.example/a.mp3", "link_ogg": "https://psv4.vk.example/a.ogg",
        "waveform": [0, 3, 12, 7],
    });
    if let Some(transcript) = transcript {
        message["transcript_state"] = json!("done");
        message["transcript"] = json!(transcript);
    }
    json!({ "type": "audio_message", "audio_message": message })
}

/// A photo in two sizes, the larger one last.
pub fn photo(owner: i64) -> Value {
    let size = |kind: &str, width: i64, height: i64| {
        let url = format!("https://sun9.vk.example/{kind}.jpg");
        json!({ "type": kind, "url": url, "width": width, "height": height })
    };
    let photo = json!({
        "id": 457_239_017, "owner_id": owner, "access_key": "ab12", "date": 1_795_312_890, "album_id": -15,
        "sizes": [size("m", 130, 97), size("x", 604, 453)], "text": "",
    });
    json!({ "type": "photo", "photo": photo })
}

pub fn sticker() -> Value {
    let sticker = json!({ "product_id": 279, "sticker_id": 9_008, "images": [], "images_with_background": [] });
    json!({ "type": "sticker", "sticker": sticker })
}

/// A document of `size` bytes.
pub fn doc(owner: i64, title: &str, size: u64) -> Value {
    let ext = title.rsplit_once('.').map_or("", |(_, ext)| ext);
    let url = "https://vk.example/doc1";
    let doc = json!({ "id": 650_012_346, "owner_id": owner, "title": title, "size": size, "ext": ext, "url": url });
    json!({ "type": "doc", "doc": doc })
}

//! Who may deliver, and what proves that the address is ours. Vectors: `contracts/signature-vectors.json`.

use nochnik_adapters::ports::{Forged, Hook};
use serde_json::{Value, json};

use crate::messengers::desk::{SECRET, contract, example, expected};
use crate::messengers::line;
use crate::wire::{Line, Reply};

fn vectors() -> Value {
    contract("", "signature-vectors.json")
}

/// Whether a delivery with these headers is believed.
fn is_believed(kind: &str, headers: &[(&str, &[u8])], body: &[u8]) -> bool {
    let channel = expected(kind).open(&Line::to(|_, _| Reply::Unreachable));
    match channel.verify(&Hook { headers, body }) {
        Ok(()) => true,
        Err(Forged) => false,
    }
}

#[test]
fn a_delivery_of_meta_is_believed_by_its_signature_alone() {
    let vector = &vectors()["meta_x_hub_signature_256"];
    let (body, header) = (vector["body"].as_str().unwrap().as_bytes(), vector["header"].as_str().unwrap());
    let changed = [body, b" "].concat();
    let upper = header.to_uppercase().replace("SHA256=", "sha256=");
    for kind in ["whatsapp", "instagram"] {
        assert_eq!(expected(kind).fields["app_secret"], vector["app_secret"], "{kind}: the vector's secret");
        let name = "x-hub-signature-256";
        let believed = |value: &str, body: &[u8]| is_believed(kind, &[(name, value.as_bytes())], body);
        assert!(believed(header, body), "{kind}");
        assert!(believed(&upper, body), "{kind}: hex is hex");
        assert!(!believed(header, &changed), "{kind}: one byte more");
        assert!(!believed(&header[..header.len() - 2], body), "{kind}: cut");
        assert!(!believed(header.trim_start_matches("sha256="), body), "{kind}: no algorithm");
        assert!(!believed("sha256=", body) && !believed("sha256=zz", body), "{kind}");
        assert!(!is_believed(kind, &[], body), "{kind}: unsigned");
        let twice: [(&str, &[u8]); 2] = [(name, header.as_bytes()), (name, b"sha256=00")];
        assert!(!is_believed(kind, &twice, body), "{kind}: a doubled header proves nothing");
    }
}

#[test]
fn max_brings_our_secret_in_a_header_and_vk_in_the_body() {
    let name = "x-max-bot-api-secret";
    assert!(is_believed("max", &[(name, SECRET.as_bytes())], b"{}"));
    assert!(!is_believed("max", &[(name, b"other")], b"{}") && !is_believed("max", &[], b"{}"));

    let mut event = example("vk", "callback.text");
    assert!(!is_believed("vk", &[], event.to_string().as_bytes()), "the example's secret is not ours");
    event["secret"] = json!(SECRET);
    assert!(is_believed("vk", &[], event.to_string().as_bytes()));
    event["group_id"] = json!(1);
    assert!(!is_believed("vk", &[], event.to_string().as_bytes()), "another community");
    assert!(!is_believed("vk", &[], b"{") && !is_believed("vk", &[], b"{}"));
}

#[test]
fn a_card_that_max_did_not_sign_is_somebody_elses() {
    let vector = &vectors()["max_contact_hash"];
    let mut max = expected("max");
    max.fields.insert("token".to_owned(), vector["bot_token"].clone());
    let channel = max.open(&Line::to(|_, _| Reply::Unreachable));
    let mut update = example("max", "update.contact");
    let mut read = |hash: &Value| {
        let payload = &mut update["message"]["body"]["attachments"][0]["payload"];
        payload["vcf_info"] = vector["vcf_info"].clone();
        payload["hash"] = hash.clone();
        line::of(&channel.parse(update.to_string().as_bytes()).unwrap()[0])
    };
    assert!(read(&vector["hash"]).ends_with("даёт свой номер +79281234567"));
    for forged in [json!(""), json!(null), json!("98a0"), json!("0".repeat(64))] {
        assert!(read(&forged).ends_with("даёт чей-то номер +79281234567"), "{forged}");
    }
}

#[tokio::test]
async fn an_address_is_proved_to_who_asks_rightly() {
    let asked = |token: &str| format!("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}");
    for kind in ["whatsapp", "instagram"] {
        let channel = expected(kind).open(&Line::to(|_, _| Reply::Unreachable));
        let hook = |body: &'static str| Hook { headers: &[], body: body.as_bytes() };
        let right = asked(SECRET);
        let answer = channel.handshake(&Hook { headers: &[], body: right.as_bytes() }).await.unwrap();
        assert_eq!(answer.as_deref(), Some("1158201444"), "{kind}");
        let wrong = asked("guess");
        let refused = channel.handshake(&Hook { headers: &[], body: wrong.as_bytes() }).await.unwrap_err();
        assert_eq!(line::meaning(&refused), "отказ forged", "{kind}");
        assert_eq!(channel.handshake(&hook("{\"object\":\"x\"}")).await.unwrap(), None, "{kind}: a delivery");
        assert_eq!(channel.hook_answer(), "");
    }
}

#[tokio::test]
async fn vk_hears_the_words_it_gave_us_itself() {
    let line = Line::to(|url, _| {
        assert!(url.path().ends_with("/groups.getCallbackConfirmationCode"));
        Reply::says(200, &json!({ "response": { "code": "a1b2c3d4" } }))
    });
    let channel = expected("vk").open(&line);
    let asked = example("vk", "callback.confirmation").to_string();
    let answer = channel.handshake(&Hook { headers: &[], body: asked.as_bytes() }).await.unwrap();
    assert_eq!(answer.as_deref(), Some("a1b2c3d4"));
    let foreign = asked.replace("220033445", "1");
    let said = example("vk", "callback.text").to_string();
    for body in [foreign, said] {
        assert_eq!(channel.handshake(&Hook { headers: &[], body: body.as_bytes() }).await.unwrap(), None, "{body}");
    }
    assert_eq!(channel.hook_answer(), "ok");
}

/// The certificate of MAX hangs on a root no system knows; this one is trusted, for MAX alone.
#[test]
fn the_root_of_max_is_the_one_published() {
    use base64::Engine as _;
    use sha2::Digest as _;
    let pem = include_str!("../../../src/channels/max/russian_trusted_root_ca.pem");
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = base64::engine::general_purpose::STANDARD.decode(base64).unwrap();
    let print: Vec<String> = sha2::Sha256::digest(der).iter().map(|byte| format!("{byte:02X}")).collect();
    let published = "D2:6D:2D:02:31:B7:C3:9F:92:CC:73:85:12:BA:54:10:35:19:E4:40:5D:68:B5:BD:70:3E:97:88:CA:8E:CF:31";
    assert_eq!(print.join(":"), published, "gosuslugi.ru/crt, read 2026-11-22");
}

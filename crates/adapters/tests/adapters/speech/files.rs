use std::net::TcpListener;
use std::sync::Arc;

use nochnik_adapters::Failure;
use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::failure::codes;
use nochnik_adapters::http::Answer;
use nochnik_adapters::ports::{Channel, MEDIA_BYTES_MAX};
use nochnik_core::business::ChannelEntry;
use nochnik_core::event::FileRef;
use nochnik_doubles::telegram;
use reqwest::Url;
use serde_json::{Value, json};

use crate::wire::{Line, Reply};

const VOICE: &[u8] = b"OggS\0\x02 voice";
/// The channels whose deliveries bring the address itself.
const ADDRESSED: [&str; 3] = ["max", "vk", "instagram"];

fn entry(kind: &str) -> Value {
    match kind {
        "telegram" => json!({ "token": "7123456789:AAfiles" }),
        "max" => json!({ "token": "max-token" }),
        "vk" => json!({ "token": "vk-token", "group_id": "220033445" }),
        "whatsapp" => {
            json!({ "token": "wa-token", "phone_number_id": "506070809010203", "waba_id": "1", "app_secret": "s" })
        }
        _ => json!({ "token": "ig-token", "account_id": "17841400000000001", "app_secret": "s" }),
    }
}

fn open(kind: &str, line: Option<&Line>) -> Arc<dyn Channel> {
    let fields = serde_json::from_value(entry(kind)).unwrap();
    let entry = ChannelEntry { kind: kind.to_owned(), id: None, fields };
    let context = OpenContext { hook_secret: "secret".to_owned(), grants: None, wire: line.and_then(Line::wire) };
    channels::open(&entry, &context).unwrap()
}

fn file(name: &str) -> FileRef {
    FileRef::new(name, None).unwrap()
}

fn bytes() -> Reply {
    let content_type = Some("audio/ogg".to_owned());
    Reply::Says(Answer { status: 200, content_type, body: VOICE.to_vec(), ..Answer::default() })
}

fn is_refused(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused { code, .. } if code == codes::MEDIA)
}

#[tokio::test]
async fn the_address_that_a_channel_told_is_fetched_without_our_secrets() {
    for kind in ADDRESSED {
        let line = Line::to(|_, _| bytes());
        let media = open(kind, Some(&line)).fetch(&file("https://files.vendor.example/1?sig=2")).await.unwrap();
        assert_eq!((media.mime.as_deref(), media.bytes.as_slice()), (Some("audio/ogg"), VOICE), "{kind}");
        let heard = line.heard_whole().remove(0);
        assert_eq!((heard.method.as_str(), heard.url.as_str()), ("GET", "https://files.vendor.example/1?sig=2"));
        assert!(heard.headers.is_empty(), "{kind}: {:?}", heard.headers);
    }
}

#[tokio::test]
async fn control_c17_no_channel_can_be_sent_to_a_private_address() {
    let private = [
        "https://127.0.0.1/1",
        "https://localhost/1",
        "https://[::1]/1",
        "https://2130706433/1",
        "https://169.254.169.254/latest/meta-data",
        "https://10.1.2.3/1",
        "https://192.168.0.1/1",
        "https://[fd00::1]/1",
        "http://files.vendor.example/1",
        "https://files.vendor.example:8443/1",
        "file:///etc/passwd",
    ];
    for (kind, address) in ADDRESSED.into_iter().flat_map(|kind| private.map(|address| (kind, address))) {
        let line = Line::to(|_, _| bytes());
        let failure = open(kind, Some(&line)).fetch(&file(address)).await.unwrap_err();
        assert!(is_refused(&failure), "{kind}, {address}: {failure:?}");
        assert!(line.heard().is_empty(), "{kind}, {address}");
    }
}

/// The same over real sockets: nobody so much as knocks.
#[tokio::test]
async fn control_c17_a_private_address_sees_no_connection() {
    let sink = TcpListener::bind("127.0.0.1:0").unwrap();
    sink.set_nonblocking(true).unwrap();
    let port = sink.local_addr().unwrap().port();
    for kind in ADDRESSED {
        for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"] {
            let address = format!("https://{host}:{port}/1");
            assert!(open(kind, None).fetch(&file(&address)).await.is_err(), "{kind}, {host}");
        }
    }
    assert!(sink.accept().is_err(), "nobody came");
}

#[tokio::test]
async fn a_file_that_is_gone_or_elsewhere_is_refused_and_one_that_is_late_is_not() {
    let cases = [(302, true), (403, true), (404, true), (410, true), (206, true), (429, false), (503, false)];
    for (status, expected) in cases {
        let line = Line::to(move |_, _| match status {
            302 => Reply::moved("https://10.0.0.1/1"),
            status => Reply::page(status),
        });
        let failure = open("max", Some(&line)).fetch(&file("https://files.vendor.example/1")).await.unwrap_err();
        assert_eq!(is_refused(&failure), expected, "{status}: {failure:?}");
        assert_eq!(line.heard().len(), 1, "{status}: nothing is followed");
        assert!(!matches!(failure, Failure::Unknown { .. }), "{status}");
        assert!(!format!("{failure:?}").contains("vendor.example"), "{status}");
    }
}

fn told(path: &'static str) -> Line {
    Line::to(move |url: &Url, _: &Value| match url.path() {
        "/bot7123456789:AAfiles/getFile" => {
            Reply::says(200, &json!({ "ok": true, "result": { "file_id": "A", "file_path": path } }))
        }
        _ => bytes(),
    })
}

#[tokio::test]
async fn telegram_tells_a_path_below_its_own_address() {
    let line = told("voice/file_7.oga");
    let media = open("telegram", Some(&line)).fetch(&file("AwACAgIAAxkBAAIBoGf")).await.unwrap();
    assert_eq!(media.bytes, VOICE);
    let heard = line.heard();
    assert_eq!(heard[0].1, json!({ "file_id": "AwACAgIAAxkBAAIBoGf" }));
    assert_eq!(heard[1].0.as_str(), "https://api.telegram.org/file/bot7123456789:AAfiles/voice/file_7.oga");
}

/// A Bot API server of one's own tells paths on its disk.
#[tokio::test]
async fn a_path_that_leads_out_is_not_followed() {
    for path in ["", "/var/lib/telegram-bot-api/1.oga", "../../bot1:A/getMe", "voice/../../x", "a?b", "a%2e%2e", "a b"]
    {
        let line = told(path);
        let failure = open("telegram", Some(&line)).fetch(&file("A")).await.unwrap_err();
        assert!(is_refused(&failure), "{path}: {failure:?}");
        assert_eq!(line.heard().len(), 1, "{path}");
    }
}

/// Over real sockets: the bytes are counted as they come.
#[tokio::test]
async fn fault_f11_a_file_over_sixteen_megabytes_is_left_where_it_is() {
    let double = telegram::Double::fast("7123456789:AAfiles");
    let server = telegram::serve(double.clone()).await.unwrap();
    let mut fields = entry("telegram");
    fields["base_url"] = json!(server.url());
    fields["file_base_url"] = json!(format!("{}/file", server.url()));
    let fields = serde_json::from_value(fields).unwrap();
    let entry = ChannelEntry { kind: "telegram".to_owned(), id: None, fields };
    let channel = channels::open(&entry, &OpenContext::default()).unwrap();
    double.client_says_aloud(1, VOICE, 6, 0);
    double.client_says_aloud(1, &vec![0; MEDIA_BYTES_MAX + 1], 6, 0);
    let file = |number: u8| file(&format!("AwACAgIAAxkBAAIB{number}"));
    assert_eq!(channel.fetch(&file(0)).await.unwrap().bytes, VOICE);
    assert!(channel.fetch(&file(1)).await.is_err());
    double.assert_clean();
}

fn whatsapp(address: &'static str) -> Line {
    Line::to(move |url: &Url, _: &Value| match url.host_str() {
        Some("graph.facebook.com") => Reply::says(200, &json!({ "url": address, "mime_type": "audio/ogg" })),
        _ => bytes(),
    })
}

#[tokio::test]
async fn whatsapp_is_asked_by_id_and_shows_the_file_for_the_token() {
    let address = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1";
    let line = whatsapp(address);
    let media = open("whatsapp", Some(&line)).fetch(&file("1908647269898587")).await.unwrap();
    assert_eq!(media.bytes, VOICE);
    let heard = line.heard_whole();
    assert_eq!(heard[0].url.path(), "/v26.0/1908647269898587");
    assert_eq!((heard[1].url.as_str(), heard[1].headers["authorization"].as_str()), (address, "Bearer wa-token"));
}

#[tokio::test]
async fn nobody_but_meta_is_shown_the_token() {
    let strangers = [
        "https://evil.example/1",
        "https://fbsbx.com.evil.example/1",
        "https://evilfbsbx.com/1",
        "http://lookaside.fbsbx.com/1",
        "https://169.254.169.254/1",
        "",
    ];
    for address in strangers {
        let line = whatsapp(address);
        let failure = open("whatsapp", Some(&line)).fetch(&file("1908647269898587")).await.unwrap_err();
        assert!(is_refused(&failure), "{address}: {failure:?}");
        assert_eq!(line.heard().len(), 1, "{address}");
    }
    let line = whatsapp("https://lookaside.fbsbx.com/1");
    assert!(
        open("whatsapp", Some(&line)).fetch(&file("../me/accounts")).await.is_err_and(|failure| is_refused(&failure))
    );
    assert!(line.heard().is_empty(), "an id is no path");
}

#[tokio::test]
async fn our_own_chat_has_no_files() {
    let failure = channels::open(
        &ChannelEntry { kind: "widget".to_owned(), id: None, fields: Default::default() },
        &OpenContext::default(),
    )
    .unwrap()
    .fetch(&file("1"))
    .await
    .unwrap_err();
    assert!(matches!(failure, Failure::Refused { code, .. } if code == "unsupported"));
}

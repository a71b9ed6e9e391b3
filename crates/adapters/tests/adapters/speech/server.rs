use std::sync::Arc;

use async_trait::async_trait;
use jiff::SignedDuration;
use nochnik_adapters::Failure;
use nochnik_adapters::failure::{Scope, codes};
use nochnik_adapters::http::{Answer, Call, Lost, Wire};
use nochnik_adapters::ports::{Media, Speech};
use nochnik_adapters::sound::Sound;
use nochnik_adapters::speech;
use nochnik_doubles::Request;
use nochnik_doubles::speech::{Double, Ending, Mode, serve};
use serde_json::{Value, json};

const KEY: &str = "sk-test";
const VOICE: &[u8] = b"OggS\0\x02 voice \r\n--nochnik\r\n";

/// A line to the double, without sockets.
struct Ear(Double);

#[async_trait]
impl Wire for Ear {
    async fn carry(&self, call: &Call<'_>) -> Result<Answer, Lost> {
        let kind = call.content.as_ref().map(|(kind, _)| ("content-type".to_owned(), (*kind).to_owned()));
        let headers = call.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        let headers: Vec<_> = headers.chain(kind).collect();
        let (method, path) = (call.method.as_str(), call.url.path());
        match self.0.request(&Request { method, path, query: &[], headers: &headers, body: call.body() }) {
            Ending::Said(reply) => Ok(Answer {
                status: reply.status,
                retry_after: reply.retry_after_s.map(|seconds| SignedDuration::from_secs(seconds.into())),
                body: reply.body.into_bytes(),
                ..Answer::default()
            }),
            Ending::Lost => Err(Lost::Perhaps("the connection closed".to_owned())),
            Ending::Hung => std::future::pending().await,
        }
    }
}

fn open(double: &Double, changes: Value) -> Arc<dyn Speech> {
    let mut fields = json!({ "base_url": "https://speech.example/v1", "model": "whisper", "key": KEY });
    fields.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    let fields = serde_json::from_value(fields).unwrap();
    speech::open("openai", &fields, Some(Arc::new(Ear(double.clone())))).unwrap()
}

fn sound(bytes: &[u8]) -> Sound {
    Sound::read(Media { mime: None, bytes: bytes.to_vec() }).unwrap()
}

async fn hears(mode: Mode) -> Result<String, Failure> {
    let double = Double::new(KEY, "whisper");
    double.meets([mode]);
    let heard = open(&double, json!({})).hear(&sound(VOICE)).await;
    double.assert_clean();
    assert_eq!(double.asks().len(), 1, "asked once");
    heard.map(|heard| heard.text)
}

#[tokio::test]
async fn a_voice_becomes_words_and_arrives_byte_for_byte() {
    let double = Double::new(KEY, "whisper");
    double.meets([Mode::Says(" Хочу на маникюр завтра. ".to_owned())]);
    let heard = open(&double, json!({})).hear(&sound(VOICE)).await.unwrap();
    assert_eq!(heard.text, "Хочу на маникюр завтра.");
    let ask = double.asks().remove(0);
    assert_eq!((ask.file_name.as_str(), ask.language.as_deref()), ("voice.ogg", Some("ru")));
    assert_eq!(ask.bytes, VOICE);
    double.assert_clean();
    assert_eq!(hears(Mode::SaysBare("да".to_owned())).await, Ok("да".to_owned()), "no usage, empty lines ahead");
}

#[tokio::test]
async fn every_kind_of_sound_goes_out_under_an_ending_the_server_knows() {
    let double = Double::new(KEY, "whisper");
    let speech = open(&double, json!({ "language": "kk" }));
    let sounds: [(&[u8], &str); 6] = [
        (b"OggS\0", "voice.ogg"),
        (b"ID3\x04", "voice.mp3"),
        (b"\0\0\0\x18ftypM4A ", "voice.m4a"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "voice.wav"),
        (b"\x1a\x45\xdf\xa3", "voice.webm"),
        (b"fLaC\0", "voice.flac"),
    ];
    for (bytes, name) in sounds {
        double.meets([Mode::Says("да".to_owned())]);
        speech.hear(&sound(bytes)).await.unwrap();
        let ask = double.asks().pop().unwrap();
        assert_eq!((ask.file_name.as_str(), ask.language.as_deref()), (name, Some("kk")));
    }
    double.assert_clean();
}

/// What is acted upon.
fn meaning(failure: &Failure) -> (&'static str, Option<i64>) {
    match failure {
        Failure::Later { after, scope: Scope::Row, .. } => ("this one later", after.map(|after| after.as_secs())),
        Failure::Later { after, scope: Scope::Destination, .. } => ("all later", after.map(|after| after.as_secs())),
        Failure::Broken { hint, .. } => {
            assert!(hint.chars().count() > 40, "a person is told what to do: {hint}");
            ("a person mends it", None)
        }
        Failure::Refused { code, .. } if code == codes::MEDIA => ("too large", None),
        Failure::Refused { code, .. } if code == codes::MISFIT => ("silence", None),
        Failure::Refused { .. } => ("refused", None),
        Failure::Unknown { .. } => ("unknown", None),
    }
}

/// Tables 1.4 and 1.6 of the contract sheet of language models; asking changes nothing, so nothing is ever unknown.
#[tokio::test(start_paused = true)]
async fn each_refusal_means_what_the_sheet_says() {
    let cases = [
        (Mode::Status(400, None), ("refused", None)),
        (Mode::Status(402, None), ("a person mends it", None)),
        (Mode::Status(403, None), ("a person mends it", None)),
        (Mode::Status(404, None), ("a person mends it", None)),
        (Mode::Status(408, None), ("this one later", None)),
        (Mode::Status(413, None), ("too large", None)),
        (Mode::Status(422, None), ("refused", None)),
        (Mode::Status(429, Some(7)), ("all later", Some(7))),
        (Mode::Status(429, None), ("all later", None)),
        (Mode::NoMoney, ("a person mends it", None)),
        (Mode::Status(500, None), ("all later", None)),
        (Mode::Status(501, None), ("a person mends it", None)),
        (Mode::Status(503, Some(2)), ("all later", Some(2))),
        (Mode::HidesError, ("all later", None)),
        (Mode::Garbage, ("all later", None)),
        (Mode::Says(" \n".to_owned()), ("silence", None)),
        (Mode::Drops, ("all later", None)),
        (Mode::Hangs, ("all later", None)),
    ];
    for (mode, expected) in cases {
        let failure = hears(mode.clone()).await.unwrap_err();
        assert_eq!(meaning(&failure), expected, "{mode:?}");
    }
}

#[tokio::test]
async fn a_wrong_key_and_an_unknown_model_are_for_a_person_to_mend() {
    let double = Double::new(KEY, "whisper");
    for changes in [json!({ "key": "sk-other" }), json!({ "model": "parakeet" })] {
        let failure = open(&double, changes.clone()).hear(&sound(VOICE)).await.unwrap_err();
        assert_eq!(meaning(&failure).0, "a person mends it", "{changes}");
        let told = format!("{failure:?} {failure}");
        assert!(!told.contains("sk-"), "{told}");
    }
}

#[tokio::test]
async fn the_check_tells_key_and_model() {
    let double = Double::new(KEY, "whisper");
    assert!(open(&double, json!({})).check().await.unwrap().contains("«whisper» есть"));
    assert!(open(&double, json!({ "model": "parakeet" })).check().await.unwrap().contains("«parakeet» в списке"));
    let failure = open(&double, json!({ "key": "sk-other" })).check().await.unwrap_err();
    assert_eq!(meaning(&failure).0, "a person mends it");
    assert!(double.asks().is_empty(), "no sound leaves");
}

#[tokio::test]
async fn a_real_socket_carries_the_same_form() {
    let double = Double::new(KEY, "whisper");
    let server = serve(double.clone()).await.unwrap();
    double.meets([Mode::Says("запишите на завтра".to_owned())]);
    let fields = json!({ "base_url": format!("{}/v1", server.url()), "model": "whisper", "key": KEY });
    let speech = speech::open("openai", &serde_json::from_value(fields).unwrap(), None).unwrap();
    assert_eq!(speech.hear(&sound(VOICE)).await.unwrap().text, "запишите на завтра");
    assert_eq!(double.asks().remove(0).bytes, VOICE);
    double.assert_clean();
}

//! The double of a speech server refuses what the real one refuses.

use nochnik_doubles::Request;
use nochnik_doubles::speech::{Double, Ending, FILE_BYTES_MAX, Mode};

const KEY: &str = "sk-test";
const FORM: &str = "multipart/form-data; boundary=b";

/// A form of `b`: each part is its head and its content.
fn form(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let part = |(name, content): &(&str, &[u8])| {
        [format!("--b\r\nContent-Disposition: form-data; {name}\r\n\r\n").as_bytes(), content, b"\r\n"].concat()
    };
    [parts.iter().flat_map(part).collect::<Vec<u8>>(), b"--b--\r\n".to_vec()].concat()
}

const FILE: (&str, &[u8]) = ("name=\"file\"; filename=\"voice.ogg\"", b"OggS\r\n--\0");
const MODEL: (&str, &[u8]) = ("name=\"model\"", b"whisper");

fn status(double: &Double, key: &str, kind: &str, body: &[u8]) -> u16 {
    let headers = [("authorization".to_owned(), format!("Bearer {key}")), ("content-type".to_owned(), kind.to_owned())];
    let (method, path) = ("POST", "/v1/audio/transcriptions");
    match double.request(&Request { method, path, query: &[], headers: &headers, body }) {
        Ending::Said(reply) => reply.status,
        ending => panic!("{ending:?}"),
    }
}

#[test]
fn a_whole_form_is_heard() {
    let double = Double::new(KEY, "whisper");
    double.meets([Mode::Says("а завтра есть время".to_owned())]);
    let body = form(&[MODEL, ("name=\"language\"", b"ru"), FILE]);
    assert_eq!(status(&double, KEY, FORM, &body), 200);
    let ask = double.asks().remove(0);
    assert_eq!((ask.file_name.as_str(), ask.bytes.as_slice()), ("voice.ogg", FILE.1));
    assert_eq!(ask.language.as_deref(), Some("ru"));
    double.assert_clean();
}

#[test]
fn a_broken_form_is_refused_and_held_against_the_caller() {
    let whole = form(&[MODEL, FILE]);
    let large = vec![0; FILE_BYTES_MAX + 1];
    let cases: [(&str, &str, Vec<u8>, u16); 13] = [
        ("JSON", "application/json", b"{}".to_vec(), 400),
        ("no boundary", "multipart/form-data", whole.clone(), 400),
        ("another boundary", "multipart/form-data; boundary=c", whole.clone(), 400),
        ("no end", FORM, whole[..whole.len() - 4].to_vec(), 400),
        ("bare line ends", FORM, String::from_utf8_lossy(&whole).replace("\r\n", "\n").into_bytes(), 400),
        ("no model", FORM, form(&[FILE]), 400),
        ("no file", FORM, form(&[MODEL]), 400),
        ("a file without a name", FORM, form(&[MODEL, ("name=\"file\"", FILE.1)]), 400),
        ("an empty file", FORM, form(&[MODEL, (FILE.0, b"")]), 400),
        ("an unknown ending", FORM, form(&[MODEL, ("name=\"file\"; filename=\"voice.oga\"", FILE.1)]), 400),
        ("an unknown field", FORM, form(&[MODEL, FILE, ("name=\"user\"", b"1")]), 400),
        ("a field twice", FORM, form(&[MODEL, MODEL, FILE]), 400),
        ("too large", FORM, form(&[MODEL, (FILE.0, &large)]), 413),
    ];
    for (what, kind, body, expected) in cases {
        let double = Double::new(KEY, "whisper");
        assert_eq!(status(&double, KEY, kind, &body), expected, "{what}");
        assert_eq!(double.take_failures().len(), 1, "{what}");
        assert!(double.asks().is_empty(), "{what}");
    }
}

#[test]
fn a_wrong_key_and_an_unknown_model_are_the_owners_affair() {
    let double = Double::new(KEY, "whisper");
    let other = form(&[("name=\"model\"", b"parakeet"), FILE]);
    assert_eq!(status(&double, "sk-other", FORM, &form(&[MODEL, FILE])), 401);
    assert_eq!(status(&double, KEY, FORM, &other), 404);
    double.assert_clean();
}

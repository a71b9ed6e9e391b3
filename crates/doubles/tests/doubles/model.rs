//! The servers of language models take what their vendors take, and nothing else.

use std::collections::BTreeMap;

use nochnik_doubles::model::{Double, Ending, Mode, Profile, Reply, Request, Settings};
use serde_json::{Value, json};

const NOW_MS: i64 = 1_795_275_000_000;
const UUID4: &str = "6f0f2f3c-1c58-4d1f-9c59-2a1f0d6b7c11";

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": { "intent": { "type": "string", "enum": ["book", "other"] } },
        "required": ["intent"],
        "additionalProperties": false,
    })
}

/// A question that this vendor takes.
fn question(double: &Double) -> Value {
    let settings = double.settings();
    let format = match settings.profile {
        Profile::GigaChat => json!({ "type": "json_schema", "strict": true, "schema": schema() }),
        Profile::DeepSeek => json!({ "type": "json_object" }),
        Profile::LlamaCppPython => json!({ "type": "json_object", "schema": schema() }),
        _ => json!({ "type": "json_schema", "json_schema": { "name": "route", "strict": true, "schema": schema() } }),
    };
    let model = match settings.profile {
        Profile::Yandex => format!("gpt://{}/{}", settings.folder, settings.model),
        _ => settings.model.clone(),
    };
    json!({
        "model": model, "max_tokens": 100, "response_format": format,
        "messages": [
            { "role": "system", "content": format!("Верни JSON по схеме {}", schema()) },
            { "role": "user", "content": "запиши на стрижку" },
        ],
    })
}

fn request(double: &Double, token: &str, body: &Value) -> Request {
    let settings = double.settings();
    let headers = [
        ("authorization", format!("Bearer {token}")),
        ("openai-project", settings.folder.clone()),
        ("x-data-logging-enabled", "false".to_owned()),
    ];
    Request {
        method: "POST".to_owned(),
        path: "/v1/chat/completions".to_owned(),
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        body: body.to_string(),
    }
}

fn reply(double: &Double, request: &Request, now_ms: i64) -> Reply {
    match double.request(request, now_ms) {
        Ending::Said(reply) => reply,
        ending => panic!("{ending:?}"),
    }
}

fn json_of(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap()
}

/// What lets a question in: the key, or at GigaChat a token bought with it.
fn token(double: &Double) -> String {
    if double.settings().profile != Profile::GigaChat {
        return double.settings().key.clone();
    }
    let given = json_of(&reply(double, &token_request(double, UUID4), NOW_MS));
    given["access_token"].as_str().unwrap().to_owned()
}

fn token_request(double: &Double, id: &str) -> Request {
    let headers = [
        ("authorization", format!("Basic {}", double.settings().key)),
        ("rquid", id.to_owned()),
        ("accept", "application/json".to_owned()),
        ("content-type", "application/x-www-form-urlencoded".to_owned()),
    ];
    Request {
        method: "POST".to_owned(),
        path: double.token_path().to_owned(),
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<BTreeMap<_, _>>(),
        body: "scope=GIGACHAT_API_PERS".to_owned(),
    }
}

#[test]
fn a_right_question_gets_an_answer_of_its_schema() {
    for profile in Profile::ALL {
        let double = Double::of(profile);
        let reply = reply(&double, &request(&double, &token(&double), &question(&double)), NOW_MS);
        assert_eq!(reply.status, 200, "{profile:?}: {}", reply.body);
        let content = json_of(&reply)["choices"][0]["message"]["content"].as_str().unwrap().to_owned();
        let answer: Value = serde_json::from_str(&content).unwrap();
        assert!(jsonschema::validator_for(&schema()).unwrap().is_valid(&answer), "{profile:?}: {answer}");
        double.assert_clean();
    }
}

/// Each change of a right question, and the status it is answered with. Source: sheet, 1.3, 1.4 and 5.
#[test]
fn a_wrong_question_is_refused_as_the_vendor_refuses() {
    let openai_form =
        json!({ "type": "json_schema", "json_schema": { "name": "route", "strict": true, "schema": schema() } });
    let unnamed = json!({ "type": "json_schema", "json_schema": { "strict": true, "schema": schema() } });
    let open = json!({ "type": "json_schema", "json_schema": { "name": "r", "strict": true, "schema": {
        "type": "object", "properties": { "a": { "type": "string" } }, "required": [] } } });
    let two_systems = json!([
        { "role": "system", "content": "раз" }, { "role": "system", "content": "два" }, { "role": "user", "content": "три" },
    ]);
    for (profile, field, value, status) in [
        (Profile::OpenAi, "top_k", json!(1), 400),
        (Profile::OpenAi, "response_format", unnamed, 400),
        (Profile::OpenAi, "response_format", open, 400),
        (Profile::OpenAi, "model", json!("no-such-model"), 404),
        (Profile::LlamaCpp, "top_k", json!(1), 200),
        (Profile::LlamaCpp, "model", json!("any"), 200),
        (Profile::LlamaCpp, "n", json!(2), 400),
        (Profile::LlamaCpp, "response_format", json!({ "type": "xml" }), 400),
        (Profile::LlamaCppPython, "response_format", openai_form.clone(), 500),
        (Profile::DeepSeek, "response_format", openai_form.clone(), 400),
        (Profile::Yandex, "model", json!("gpt://other/yandexgpt/latest"), 400),
        (Profile::GigaChat, "messages", two_systems, 422),
        (Profile::GigaChat, "temperature", json!(0), 422),
        (Profile::GigaChat, "response_format", openai_form, 422),
        (Profile::GigaChat, "response_format", json!({ "type": "json_object" }), 422),
    ] {
        let double = Double::of(profile);
        let mut body = question(&double);
        body[field] = value.clone();
        let reply = reply(&double, &request(&double, &token(&double), &body), NOW_MS);
        assert_eq!(reply.status, status, "{profile:?} {field} {value}: {}", reply.body);
    }
}

#[test]
fn without_a_key_nobody_is_let_in() {
    for profile in Profile::ALL {
        let double = Double::of(profile);
        let reply = reply(&double, &request(&double, "wrong", &question(&double)), NOW_MS);
        assert_eq!(reply.status, 401, "{profile:?}");
    }
}

#[test]
fn a_request_that_yandex_would_store_is_a_failure() {
    let double = Double::of(Profile::Yandex);
    let mut request = request(&double, &token(&double), &question(&double));
    request.headers.remove("x-data-logging-enabled");
    assert_eq!(reply(&double, &request, NOW_MS).status, 400);
    assert_eq!(double.failures().len(), 1);
}

#[test]
fn a_question_without_a_bound_is_a_failure() {
    let double = Double::of(Profile::LlamaCpp);
    let mut body = question(&double);
    body.as_object_mut().unwrap().remove("max_tokens");
    assert_eq!(reply(&double, &request(&double, &token(&double), &body), NOW_MS).status, 400);
    assert_eq!(double.failures().len(), 1);
}

/// The trap of llama.cpp: status 200, and the schema passed over.
#[test]
fn a_flat_schema_is_passed_over_by_llama_cpp() {
    let double = Double::of(Profile::LlamaCpp);
    let mut body = question(&double);
    body["response_format"] = json!({ "type": "json_schema", "schema": schema() });
    let reply = reply(&double, &request(&double, &token(&double), &body), NOW_MS);
    assert_eq!((reply.status, double.asks()[0].schema.is_none()), (200, true));
}

#[test]
fn a_token_needs_a_form_a_key_and_a_fresh_id() {
    let double = Double::of(Profile::GigaChat);
    let changed = |change: fn(&mut Request)| {
        let mut request = token_request(&double, UUID4);
        change(&mut request);
        request
    };
    for (request, status) in [
        (changed(|request| request.headers.clear()), 401),
        (changed(|request| drop(request.headers.remove("rquid"))), 400),
        (changed(|request| drop(request.headers.insert("rquid".into(), UUID4.replace("-4d", "-7d")))), 400),
        (changed(|request| request.body = "scope=".into()), 400),
        (token_request(&double, "0b0f2f3c-1c58-4d1f-9c59-2a1f0d6b7c11"), 200),
        (token_request(&double, "0b0f2f3c-1c58-4d1f-9c59-2a1f0d6b7c11"), 400),
    ] {
        assert_eq!(reply(&double, &request, NOW_MS).status, status, "{request:?}");
    }
}

#[test]
fn a_token_lives_half_an_hour() {
    let double = Double::of(Profile::GigaChat);
    let request = request(&double, &token(&double), &question(&double));
    assert_eq!(reply(&double, &request, NOW_MS + 30 * 60_000 - 1).status, 200);
    assert_eq!(reply(&double, &request, NOW_MS + 30 * 60_000).status, 401);
}

#[test]
fn more_answers_at_once_than_the_account_has_are_told_to_wait() {
    let double = Double::new(Settings { parallel: 1, ..Settings::new(Profile::GigaChat) });
    let request = request(&double, &token(&double), &question(&double));
    let one = double.begin();
    assert_eq!(reply(&double, &request, NOW_MS).status, 200);
    let other = double.begin();
    assert_eq!(reply(&double, &request, NOW_MS).status, 429);
    drop((one, other));
    assert_eq!(reply(&double, &request, NOW_MS).status, 200);
}

#[test]
fn modes_come_one_a_question_and_then_all_is_well() {
    let double = Double::of(Profile::OpenAi);
    let request = request(&double, &token(&double), &question(&double));
    double.meets([Mode::Busy(Some("7")), Mode::Cut]);
    let busy = reply(&double, &request, NOW_MS);
    assert_eq!((busy.status, busy.headers), (429, vec![("retry-after", "7".to_owned())]));
    assert_eq!(json_of(&reply(&double, &request, NOW_MS))["choices"][0]["finish_reason"], "length");
    assert_eq!(json_of(&reply(&double, &request, NOW_MS))["choices"][0]["finish_reason"], "stop");
}

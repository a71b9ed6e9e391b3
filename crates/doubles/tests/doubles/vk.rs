//! The VK double keeps the rules of the API and of its events.

#![expect(clippy::disallowed_methods, reason = "a test drives its peers itself")]
use nochnik_doubles::{
    Answer, Fault, Faults, Outcome, Request,
    vk::{Delivery, Double, attachment, serve, serve_with},
};
use serde_json::{Value, json};

const TOKEN: &str = "vk1.a.EXAMPLE";
const GROUP: i64 = 220_033_445;
const ANNA: i64 = 271_828_182;
const ADMIN: i64 = 1_234_567;
const NOW_MS: i64 = 1_795_312_800_000;
const HOUR_MS: i64 = 3_600_000;
const HOOK: &str = "https://bot.example.ru/hook/vk/3f6c";

/// A form; texts go as they are, the rest as JSON writes it.
fn form(params: &Value) -> String {
    let escaped =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let pairs = params.as_object().unwrap().iter().map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{name}={}", escaped(&value))
    });
    pairs.collect::<Vec<_>>().join("&")
}

fn outcome(vk: &Double, method: &str, mut params: Value, now_ms: i64) -> Outcome {
    if params.get("v").is_none() {
        params["v"] = json!("5.199");
    }
    let headers = [
        ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
        ("authorization".to_owned(), format!("Bearer {TOKEN}")),
    ];
    let body = form(&params).into_bytes();
    let path = format!("/method/{method}");
    vk.request(&Request { method: "POST", path: &path, query: &[], headers: &headers, body: &body }, now_ms)
}

fn ask(vk: &Double, method: &str, params: Value, now_ms: i64) -> Value {
    match outcome(vk, method, params, now_ms) {
        Outcome::Answered(Answer { status: 200, body }) => body,
        other => panic!("no answer under 200: {other:?}"),
    }
}

fn call(vk: &Double, method: &str, params: Value) -> Value {
    ask(vk, method, params, NOW_MS)
}

fn response(vk: &Double, method: &str, params: Value) -> Value {
    let answer = call(vk, method, params);
    assert_eq!(answer.get("error"), None, "{method}");
    answer["response"].clone()
}

fn code(answer: &Value) -> i64 {
    answer["error"]["error_code"].as_i64().unwrap_or(0)
}

fn send(vk: &Double, random_id: i64, text: &str) -> Value {
    call(vk, "messages.send", json!({ "peer_id": ANNA, "random_id": random_id, "message": text }))
}

fn keyboard(is_inline: bool, rows: Value) -> String {
    json!({ "inline": is_inline, "buttons": rows }).to_string()
}

fn button(kind: &str, label: &str, payload: &str) -> Value {
    json!({ "action": { "type": kind, "label": label, "payload": payload }, "color": "primary" })
}

/// A community with Long Poll switched on, without a limit of pace.
fn polled() -> (Double, Poll) {
    let vk = Double::new(TOKEN, GROUP);
    vk.limit_pace(false);
    let settings = json!({
        "group_id": GROUP, "enabled": 1, "api_version": "5.199", "message_new": 1, "message_event": 1,
        "message_edit": 1, "message_allow": 1, "message_deny": 1, "message_read": 1, "message_reply": 1,
    });
    assert_eq!(response(&vk, "groups.setLongPollSettings", settings), 1);
    let poll = Poll::open(&vk);
    (vk, poll)
}

struct Poll {
    key: String,
    ts: String,
}

impl Poll {
    fn open(vk: &Double) -> Self {
        let server = response(vk, "groups.getLongPollServer", json!({ "group_id": GROUP }));
        assert_eq!(server["server"], format!("https://lp.vk.example/whp/{GROUP}"));
        Self { key: server["key"].as_str().unwrap().to_owned(), ts: server["ts"].as_str().unwrap().to_owned() }
    }

    fn query(&self, extra: &[(&str, &str)]) -> Vec<(String, String)> {
        let own = [("act", "a_check"), ("key", &self.key), ("ts", &self.ts), ("wait", "25")];
        own.iter().chain(extra).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn answer(&self, vk: &Double, extra: &[(&str, &str)]) -> Value {
        let query = self.query(extra);
        let path = format!("/whp/{GROUP}");
        let request = Request { method: "GET", path: &path, query: &query, headers: &[], body: b"" };
        match vk.request(&request, NOW_MS) {
            Outcome::Answered(answer) => answer.body,
            other => panic!("no answer: {other:?}"),
        }
    }

    /// The events since the last time.
    fn take(&mut self, vk: &Double) -> Vec<Value> {
        let answer = self.answer(vk, &[]);
        self.ts = answer["ts"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        answer["updates"].as_array().unwrap().clone()
    }
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

#[test]
fn a_call_is_a_posted_form_with_token_and_version() {
    let vk = Double::new(TOKEN, GROUP);
    vk.limit_pace(false);
    let request = |method: &str, query: &[(String, String)], kind: &str, token: &str, body: &str| {
        let headers = [("content-type".to_owned(), kind.to_owned()), ("authorization".to_owned(), token.to_owned())];
        let path = "/method/groups.getById";
        let request = Request { method, path, query, headers: &headers, body: body.as_bytes() };
        let Outcome::Answered(answer) = vk.request(&request, NOW_MS) else { panic!("no answer") };
        answer.body
    };
    let bearer = format!("Bearer {TOKEN}");
    let kind = "application/x-www-form-urlencoded";
    let own = format!("v=5.199&access_token={TOKEN}");
    assert_eq!(request("POST", &[], kind, &bearer, "v=5.199")["response"]["groups"][0]["id"], GROUP);
    assert_eq!(request("POST", &[], kind, "", &own)["response"]["groups"][0]["id"], GROUP);
    assert_eq!(code(&request("POST", &[], kind, "Bearer another", "v=5.199")), 5);
    assert_eq!(code(&request("POST", &[], kind, "", "v=5.199")), 5);
    vk.assert_clean();
    let query = [("v".to_owned(), "5.199".to_owned())];
    for broken in [
        request("GET", &[], kind, &bearer, "v=5.199"),
        request("POST", &query, kind, &bearer, ""),
        request("POST", &[], "application/json", &bearer, "{\"v\":\"5.199\"}"),
        request("POST", &[], kind, &bearer, "v=5.131"),
        request("POST", &[], kind, &bearer, ""),
        request("POST", &[], kind, &bearer, "v=5.199&v=5.199"),
    ] {
        assert_eq!(code(&broken), 8);
    }
    assert_eq!(vk.take_failures().len(), 6);
    assert_eq!(code(&call(&vk, "messages.pin", json!({}))), 3);
    assert_eq!(code(&call(&vk, "utils.resolveScreenName", json!({ "screen_name": "lotos" }))), 3);
    assert_eq!(vk.take_failures().len(), 2);
}

#[test]
fn refuses_by_the_table() {
    let vk = Double::new(TOKEN, GROUP);
    vk.limit_pace(false);
    vk.know(2);
    vk.client_says(3, "привет", NOW_MS);
    vk.client_denies(3, NOW_MS);
    for (user, refused_with) in [(18, 18), (900, 900), (902, 902), (950, 950)] {
        vk.client_says(user, "привет", NOW_MS);
        vk.refuse_for(user, Some(refused_with));
    }
    for (peer, expected) in
        [(2, 901), (77, 901), (3, 901), (18, 18), (900, 900), (902, 902), (950, 950), (2_000_000_001, 917)]
    {
        let answer = call(&vk, "messages.send", json!({ "peer_id": peer, "random_id": 1, "message": "да" }));
        assert_eq!(code(&answer), expected, "{peer}");
        assert_eq!(answer["error"]["request_params"][0], json!({ "key": "method", "value": "messages.send" }));
    }
    vk.client_allows(3, "site_widget", NOW_MS);
    let to = |peer: i64| json!({ "peer_id": peer, "random_id": 1, "message": "да" });
    assert_eq!(code(&call(&vk, "messages.send", to(3))), 0);
    let allowed =
        |user: i64| response(&vk, "messages.isMessagesFromGroupAllowed", json!({ "group_id": GROUP, "user_id": user }));
    assert_eq!((allowed(3)["is_allowed"].clone(), allowed(2)["is_allowed"].clone()), (json!(1), json!(0)));
    assert_eq!(code(&call(&vk, "groups.getLongPollServer", json!({ "group_id": 1 }))), 203);
    assert_eq!(code(&call(&vk, "groups.getLongPollServer", json!({ "group_id": GROUP }))), 100, "not switched on");
    vk.permit(&["messages"]);
    assert_eq!(code(&call(&vk, "groups.getCallbackServers", json!({ "group_id": GROUP }))), 15);
    let permissions = response(&vk, "groups.getTokenPermissions", json!({}));
    assert_eq!(permissions["permissions"][0]["name"], "messages");
    vk.permit(&["manage"]);
    assert_eq!(code(&call(&vk, "messages.send", to(3))), 15);
    vk.assert_clean();
}

#[test]
fn records_every_breach_of_the_contract() {
    let vk = Double::new(TOKEN, GROUP);
    vk.limit_pace(false);
    vk.client_says(ANNA, "привет", NOW_MS);
    let with = |keyboard: String| json!({ "peer_id": ANNA, "random_id": 1, "message": "да", "keyboard": keyboard });
    let text = |label: &str, payload: &str| with(keyboard(true, json!([[button("text", label, payload)]])));
    let row = |count: usize| vec![button("text", "да", "{}"); count];
    let link =
        json!({ "action": { "type": "open_link", "label": "сайт", "link": "https://example.ru" }, "color": "primary" });
    let table = [
        ("messages.send", json!({ "peer_id": ANNA, "message": "да" }), 100),
        ("messages.send", json!({ "peer_id": ANNA, "user_id": ANNA, "random_id": 1, "message": "да" }), 100),
        ("messages.send", json!({ "random_id": 1, "message": "да" }), 100),
        ("messages.send", json!({ "domain": "anna", "random_id": 1, "message": "да" }), 100),
        ("messages.send", json!({ "peer_id": "anna", "random_id": 1, "message": "да" }), 100),
        ("messages.send", json!({ "peer_id": ANNA, "random_id": 4_294_967_296_i64, "message": "да" }), 100),
        ("messages.send", json!({ "peer_id": ANNA, "random_id": 1, "message": "" }), 100),
        ("messages.send", json!({ "peer_id": ANNA, "random_id": 1, "message": "да", "silent": 1 }), 100),
        ("messages.send", json!({ "peer_id": ANNA, "random_id": 1, "message": "д".repeat(4_097) }), 914),
        ("messages.send", with("кнопки".to_owned()), 911),
        ("messages.send", text(&"д".repeat(41), "{}"), 911),
        ("messages.send", text("да", &format!("\"{}\"", "1".repeat(254))), 911),
        ("messages.send", text("да", "нет"), 911),
        ("messages.send", with(keyboard(true, json!([row(5), row(5), row(1)]))), 911),
        ("messages.send", with(keyboard(true, json!(vec![row(1); 7]))), 911),
        ("messages.send", with(keyboard(true, json!([row(6)]))), 911),
        ("messages.send", with(keyboard(false, json!(vec![row(5); 9]))), 911),
        ("messages.send", with(keyboard(false, json!(vec![row(1); 11]))), 911),
        ("messages.send", with(keyboard(true, json!([[link]]))), 911),
        ("messages.edit", json!({ "peer_id": ANNA, "conversation_message_id": 1, "message": "да" }), 100),
        ("messages.setActivity", json!({ "peer_id": ANNA, "type": "dancing" }), 100),
        ("messages.getHistory", json!({ "peer_id": ANNA, "count": 201 }), 100),
        ("messages.getConversations", json!({ "count": 201 }), 100),
        (
            "messages.sendMessageEventAnswer",
            json!({
                "event_id": "1", "user_id": ANNA, "peer_id": ANNA, "event_data": "{\"type\":\"dance\"}",
            }),
            100,
        ),
        (
            "messages.sendMessageEventAnswer",
            json!({
                "event_id": "1", "user_id": ANNA, "peer_id": ANNA,
                "event_data": json!({ "type": "show_snackbar", "text": "д".repeat(91) }).to_string(),
            }),
            100,
        ),
        ("groups.addCallbackServer", json!({ "group_id": GROUP, "url": HOOK, "title": "Nochnik at night" }), 100),
        ("groups.setLongPollSettings", json!({ "group_id": GROUP, "api_version": "5.131" }), 100),
    ];
    for (method, params, expected) in table {
        assert_eq!(code(&call(&vk, method, params.clone())), expected, "{method} {params}");
        let failures = vk.take_failures();
        assert_eq!(failures.len(), 1, "{method} {params}: {failures:?}");
        assert!(!failures[0].contains('д') && !failures[0].contains(TOKEN), "{failures:?}");
    }
    assert!(vk.sent_to(ANNA).is_empty());
    for taken in [with(keyboard(true, json!([row(5), row(5)]))), with(keyboard(false, json!(vec![row(4); 10])))] {
        let mut taken = taken;
        taken["random_id"] = json!(0);
        assert_eq!(code(&call(&vk, "messages.send", taken)), 0);
    }
    vk.assert_clean();
}

#[test]
fn a_random_id_sends_once_within_an_hour() {
    let (vk, mut poll) = polled();
    vk.client_says(ANNA, "привет", NOW_MS);
    vk.client_says(5, "привет", NOW_MS);
    poll.take(&vk);
    let first = send(&vk, 918_273_645, "Есть окно")["response"].as_i64().unwrap();
    assert_eq!(send(&vk, 918_273_645, "Есть окно")["response"], first);
    let params = json!({ "peer_ids": format!("{ANNA},5,3141592"), "random_id": 918_273_645, "message": "Есть окно" });
    let items = response(&vk, "messages.send", params);
    assert_eq!(items[0]["message_id"], first);
    assert_eq!(items[1]["conversation_message_id"], 2, "another dialog, another message");
    assert_eq!(items[2]["error"]["code"], 901);
    assert_eq!(vk.sent_to(ANNA).len(), 1);
    assert_eq!(kinds(&poll.take(&vk)), ["message_reply", "message_reply"]);

    let params = json!({ "user_id": ANNA, "random_id": 918_273_645, "message": "Есть окно" });
    let almost = ask(&vk, "messages.send", params.clone(), NOW_MS + HOUR_MS - 1);
    assert_eq!(almost["response"], first);
    let later = ask(&vk, "messages.send", params, NOW_MS + HOUR_MS);
    assert_ne!(later["response"], first);
    send(&vk, 0, "раз");
    send(&vk, 0, "раз");
    assert_eq!(vk.sent_to(ANNA).len(), 4, "zero switches the check off");
    vk.assert_clean();
}

#[test]
fn a_person_sees_what_was_sent_edited_and_deleted() {
    let (vk, mut poll) = polled();
    vk.client_says(ANNA, "привет", NOW_MS);
    let inline = keyboard(true, json!([[button("callback", "24 ноя, 15:00", "{\"s\":\"8f2c\",\"i\":1}")]]));
    let params = json!({ "peer_id": ANNA, "random_id": 7, "message": "Есть окно", "keyboard": inline });
    let message_id = response(&vk, "messages.send", params);
    let seen = vk.last_to(ANNA).unwrap();
    assert_eq!((seen.text.as_str(), seen.payload_of("15:00")), ("Есть окно", Some("{\"s\":\"8f2c\",\"i\":1}")));
    let reply = poll.take(&vk).pop().unwrap();
    assert_eq!((reply["type"].as_str(), reply["object"]["out"].as_i64()), (Some("message_reply"), Some(1)));
    assert_eq!(reply["object"]["random_id"], 7);
    assert_eq!(reply["object"]["from_id"], -GROUP);
    assert_eq!(reply["object"].get("admin_author_id"), None);

    let edit = |named: Value, at_ms: i64| {
        let mut params = json!({ "peer_id": ANNA, "message": "Записала вас" });
        params.as_object_mut().unwrap().extend(named.as_object().unwrap().clone());
        ask(&vk, "messages.edit", params, at_ms)
    };
    assert_eq!(edit(json!({ "cmid": seen.cmid }), NOW_MS)["response"], 1);
    assert_eq!(edit(json!({ "message_id": message_id }), NOW_MS)["response"], 1);
    let edited = vk.last_to(ANNA).unwrap();
    assert_eq!((edited.text.as_str(), edited.edits, edited.buttons.len()), ("Записала вас", 2, 0));
    assert_eq!(code(&edit(json!({ "cmid": seen.cmid }), NOW_MS + 24 * HOUR_MS)), 909);
    assert_eq!(code(&edit(json!({ "cmid": 1 }), NOW_MS)), 100, "the person's own message");

    let deleted = response(&vk, "messages.delete", json!({ "peer_id": ANNA, "cmids": seen.cmid, "delete_for_all": 1 }));
    assert_eq!(deleted[0]["response"], 1);
    assert_eq!(vk.last_to(ANNA), None);
    let foreign = response(&vk, "messages.delete", json!({ "peer_id": ANNA, "cmids": 1, "delete_for_all": 1 }));
    assert_eq!(foreign[0]["error"]["code"], 924);
    vk.assert_clean();
}

#[test]
fn people_write_press_read_and_leave() {
    let (vk, mut poll) = polled();
    vk.client_starts(ANNA, Some(("post_1811", "wall")), NOW_MS);
    let said = vk.client_says(ANNA, "Можно записаться на массаж?", NOW_MS);
    assert!(vk.client_edits(ANNA, said, "Можно записаться на массаж спины?", NOW_MS));
    vk.client_sends(ANNA, attachment::voice(ANNA, Some("а завтра есть время")), "", NOW_MS);
    vk.client_sends(ANNA, attachment::photo(ANNA), "Хочу так", NOW_MS);
    vk.client_sends(ANNA, attachment::sticker(), "", NOW_MS);
    vk.client_sends(ANNA, attachment::doc(ANNA, "прайс.pdf", 1_024), "", NOW_MS);
    vk.client_sends_place(ANNA, 47.22, 39.72, NOW_MS);
    vk.client_replies(ANNA, said, "и шеи", NOW_MS);
    let events = poll.take(&vk);
    let mut expected = vec!["message_new", "message_new", "message_edit"];
    expected.extend(["message_new"; 6]);
    assert_eq!(kinds(&events), expected);
    let message = |index: usize| events[index]["object"]["message"].clone();
    assert_eq!(message(0)["payload"], "{\"command\":\"start\"}");
    assert_eq!((message(0)["ref"].as_str(), message(0)["ref_source"].as_str()), (Some("post_1811"), Some("wall")));
    assert_eq!(events[2]["object"]["conversation_message_id"], said);
    assert_eq!(message(3)["attachments"][0]["audio_message"]["transcript"], "а завтра есть время");
    assert_eq!(message(7)["geo"]["coordinates"]["latitude"], 47.22);
    assert_eq!(message(8)["reply_message"]["conversation_message_id"], said);
    assert!(events.iter().all(|event| event.get("secret").is_none()));

    send(&vk, 1, "Когда вам удобно?");
    assert!(vk.client_reads(ANNA, NOW_MS));
    vk.admin_answers(ANNA, ADMIN, "Здравствуйте!", NOW_MS);
    vk.client_denies(ANNA, NOW_MS);
    vk.client_allows(ANNA, "site_widget", NOW_MS);
    let events = poll.take(&vk);
    assert_eq!(kinds(&events), ["message_reply", "message_read", "message_reply", "message_deny", "message_allow"]);
    assert_eq!(events[1]["object"]["conversation_message_id"], vk.last_to(ANNA).unwrap().cmid);
    assert_eq!(events[2]["object"]["admin_author_id"], ADMIN);
    assert_eq!(vk.sent_to(ANNA).len(), 1, "an administrator's words are not the program's");
    vk.assert_clean();
}

#[test]
fn buttons_are_pressed_as_text_or_as_an_event() {
    let (vk, mut poll) = polled();
    vk.client_says(ANNA, "привет", NOW_MS);
    let payload = "{\"s\":\"8f2c\",\"i\":1}";
    let inline = keyboard(true, json!([[button("callback", "Беру", payload)], [button("text", "Другое", payload)]]));
    let params = json!({ "peer_id": ANNA, "random_id": 1, "message": "Есть окно", "keyboard": inline });
    response(&vk, "messages.send", params);
    let cmid = vk.last_to(ANNA).unwrap().cmid;
    poll.take(&vk);
    assert_eq!(vk.client_presses_text(ANNA, "Беру", NOW_MS), None);
    assert!(vk.client_presses_text(ANNA, "Другое", NOW_MS).is_some());
    let id = vk.client_presses(ANNA, cmid, payload, NOW_MS).unwrap();
    let events = poll.take(&vk);
    assert_eq!(kinds(&events), ["message_new", "message_event"]);
    assert_eq!(events[0]["object"]["message"]["payload"], payload);
    assert_eq!(events[1]["object"]["payload"], json!({ "s": "8f2c", "i": 1 }), "an object, not a text");
    assert_eq!(events[1]["object"]["event_id"], id.as_str());

    let answer = |user: i64, at_ms: i64| {
        let data = json!({ "type": "show_snackbar", "text": "Принято" }).to_string();
        let params = json!({ "event_id": id, "user_id": user, "peer_id": user, "event_data": data });
        ask(&vk, "messages.sendMessageEventAnswer", params, at_ms)
    };
    assert_eq!(code(&answer(5, NOW_MS)), 100);
    assert_eq!(code(&answer(ANNA, NOW_MS + 61_000)), 100, "the spinner has stopped");
    assert_eq!(answer(ANNA, NOW_MS + 1_000)["response"], 1);
    assert_eq!(vk.answer_to_press(&id).unwrap()["text"], "Принято");

    vk.client_app_lacks_callback(ANNA);
    assert_eq!(vk.client_presses(ANNA, cmid, payload, NOW_MS), None);
    vk.client_says(ANNA, "не нажимается", NOW_MS);
    let info = poll.take(&vk)[0]["object"]["client_info"]["button_actions"].clone();
    assert!(!info.as_array().unwrap().contains(&json!("callback")), "{info}");

    let regular = json!({ "one_time": true, "buttons": [[button("text", "Начать", "{}")]] }).to_string();
    let params = json!({ "peer_id": ANNA, "random_id": 2, "message": "Выберите", "keyboard": regular });
    response(&vk, "messages.send", params);
    assert!(vk.client_presses_text(ANNA, "Начать", NOW_MS).is_some());
    assert_eq!(vk.client_presses_text(ANNA, "Начать", NOW_MS), None, "a keyboard for one time is gone");
    vk.assert_clean();
}

#[test]
fn histories_catch_up_with_what_was_missed() {
    let (vk, mut poll) = polled();
    vk.name(ANNA, "Анна", "Ковалёва");
    let first = vk.client_says(ANNA, "раз", NOW_MS);
    vk.client_says(5, "два", NOW_MS);
    vk.crop_next(ANNA);
    let long = vk.client_sends(ANNA, attachment::photo(ANNA), "Хочу вот такую стрижку", NOW_MS);
    let cropped = poll.take(&vk).pop().unwrap()["object"]["message"].clone();
    assert_eq!((cropped["is_cropped"].as_bool(), cropped["attachments"].clone()), (Some(true), json!([])));
    let params = json!({ "peer_id": ANNA, "conversation_message_ids": long });
    let whole = response(&vk, "messages.getByConversationMessageId", params);
    assert_eq!(whole["items"][0]["text"], "Хочу вот такую стрижку");

    let history = response(&vk, "messages.getHistory", json!({ "peer_id": ANNA, "count": 1 }));
    assert_eq!(
        (history["count"].as_i64(), history["items"][0]["conversation_message_id"].as_i64()),
        (Some(2), Some(long))
    );
    let history = response(&vk, "messages.getHistory", json!({ "user_id": ANNA, "rev": 1, "extended": 1 }));
    assert_eq!(history["items"][0]["conversation_message_id"], first);
    assert_eq!(history["profiles"][0]["last_name"], "Ковалёва");
    let dialogs = response(&vk, "messages.getConversations", json!({ "count": 20, "filter": "unanswered" }));
    assert_eq!(dialogs["count"], 2);
    assert_eq!(dialogs["items"][0]["conversation"]["peer"]["id"], ANNA);
    assert_eq!(dialogs["items"][0]["conversation"]["unread_count"], 2);
    assert_eq!(response(&vk, "messages.markAsRead", json!({ "peer_id": ANNA })), 1);
    assert_eq!(response(&vk, "messages.setActivity", json!({ "peer_id": ANNA, "type": "typing" })), 1);
    let unread = response(&vk, "messages.getConversations", json!({ "filter": "unread" }));
    assert_eq!(unread["items"][0]["conversation"]["peer"]["id"], 5);
    let people = response(&vk, "users.get", json!({ "user_ids": format!("{ANNA},404") }));
    assert_eq!(people, json!([people[0]]));
    assert_eq!(people[0]["first_name"], "Анна");
    vk.assert_clean();
}

#[test]
fn a_poll_fails_in_four_ways() {
    let (vk, mut poll) = polled();
    let settings = response(&vk, "groups.getLongPollSettings", json!({ "group_id": GROUP }));
    assert_eq!((settings["is_enabled"].as_bool(), settings["events"]["message_new"].as_i64()), (Some(true), Some(1)));
    vk.client_says(ANNA, "раз", NOW_MS);
    let again = poll.answer(&vk, &[]);
    assert_eq!(poll.answer(&vk, &[]), again, "a poll commits nothing");
    vk.lose_history();
    let failed = poll.answer(&vk, &[]);
    assert_eq!(failed, json!({ "failed": 1, "ts": again["ts"] }));
    poll.ts = failed["ts"].as_str().unwrap().to_owned();
    vk.client_says(ANNA, "два", NOW_MS);
    assert_eq!(poll.take(&vk).len(), 1);

    vk.expire_key();
    vk.client_says(ANNA, "три", NOW_MS);
    assert_eq!(poll.answer(&vk, &[]), json!({ "failed": 2 }));
    poll.key = Poll::open(&vk).key;
    assert_eq!(poll.take(&vk).len(), 1, "the old ts is good with a new key");

    vk.lose_information();
    assert_eq!(poll.answer(&vk, &[]), json!({ "failed": 3 }));
    poll = Poll::open(&vk);
    assert!(poll.take(&vk).is_empty());
    vk.doubt_version();
    assert_eq!(poll.answer(&vk, &[]), json!({ "failed": 4 }));
    assert_eq!(poll.answer(&vk, &[("version", "9")]), json!({ "failed": 4 }));
    assert!(poll.take(&vk).is_empty());
    vk.assert_clean();
    poll.answer(&vk, &[("act", "a_look")]);
    vk.assert_clean();
    poll.ts = "now".to_owned();
    poll.answer(&vk, &[]);
    assert_eq!(vk.take_failures().len(), 1);
}

#[test]
fn events_come_twice_and_in_any_order() {
    let (vk, mut poll) = polled();
    vk.duplicate_events(1);
    vk.client_says(ANNA, "раз", NOW_MS);
    let events = poll.take(&vk);
    assert_eq!(events.len(), 2);
    assert_eq!(events[0], events[1]);
    vk.shuffle_events(Some(3));
    let said = (0..8).map(|index| vk.client_says(ANNA, &index.to_string(), NOW_MS)).collect::<Vec<_>>();
    let events = poll.take(&vk);
    let number = |event: &Value| event["object"]["message"]["conversation_message_id"].as_i64().unwrap();
    let mut came = events.iter().map(number).collect::<Vec<_>>();
    assert_ne!(came, said);
    came.sort_unstable();
    assert_eq!(came, said);
    vk.assert_clean();
}

/// A community with a confirmed callback server.
fn called_back() -> (Double, i64) {
    let vk = Double::new(TOKEN, GROUP);
    vk.limit_pace(false);
    let params = json!({ "group_id": GROUP, "url": HOOK, "title": "nochnik", "secret_key": "kd83hDk20sLqPz" });
    let server = response(&vk, "groups.addCallbackServer", params)["server_id"].as_i64().unwrap();
    let settings = json!({
        "group_id": GROUP, "server_id": server, "api_version": "5.199", "message_new": 1, "message_reply": 1,
    });
    assert_eq!(response(&vk, "groups.setCallbackSettings", settings), 1);
    let question = one(&vk, NOW_MS);
    assert_eq!(question.body, json!({ "type": "confirmation", "group_id": GROUP, "secret": "kd83hDk20sLqPz" }));
    let code = response(&vk, "groups.getCallbackConfirmationCode", json!({ "group_id": GROUP }))["code"].clone();
    vk.delivered(question.id, Some(200), code.as_str().unwrap().as_bytes(), None, NOW_MS);
    assert_eq!(status(&vk), "ok");
    (vk, server)
}

fn status(vk: &Double) -> String {
    let servers = response(vk, "groups.getCallbackServers", json!({ "group_id": GROUP }));
    servers["items"][0]["status"].as_str().unwrap().to_owned()
}

fn one(vk: &Double, now_ms: i64) -> Delivery {
    let mut due = vk.deliveries_due(now_ms);
    assert_eq!(due.len(), 1, "{due:?}");
    due.remove(0)
}

#[test]
fn a_callback_is_repeated_until_exactly_ok() {
    let (vk, _) = called_back();
    vk.route_callbacks_to("http://127.0.0.1:8080/");
    vk.client_says(ANNA, "привет", NOW_MS);
    vk.client_denies(ANNA, NOW_MS);
    let first = one(&vk, NOW_MS);
    assert_eq!(first.url, "http://127.0.0.1:8080/hook/vk/3f6c");
    assert_eq!(first.body["secret"], "kd83hDk20sLqPz");
    assert_eq!(first.header("x-retry-counter"), None);
    assert!(vk.deliveries_due(NOW_MS).is_empty(), "message_deny was not asked for");
    let mut now_ms = NOW_MS;
    let mut delivery = first.clone();
    let answers = [
        (Some(200), "ok\n", None, 1_000),
        (Some(200), "\"ok\"", None, 2_000),
        (Some(201), "ok", None, 4_000),
        (None, "", None, 8_000),
        (Some(503), "", Some(600), 600_000),
        (Some(500), "", Some(600), 32_000),
    ];
    for (tries, (status, body, retry_after_s, pause_ms)) in (1..).zip(answers) {
        vk.delivered(delivery.id, status, body.as_bytes(), retry_after_s, now_ms);
        assert_eq!(vk.next_delivery_ms(), Some(now_ms + pause_ms), "{tries}");
        now_ms += pause_ms;
        assert!(vk.deliveries_due(now_ms - 1).is_empty());
        delivery = one(&vk, now_ms);
        assert_eq!(delivery.header("x-retry-counter"), Some(tries.to_string().as_str()));
        assert_eq!(delivery.body, first.body);
    }
    vk.delivered(delivery.id, Some(429), b"", Some(3 * 3_600), now_ms);
    assert_eq!(vk.next_delivery_ms(), Some(now_ms + 64_000), "three hours are too many to ask for");
    let delivery = one(&vk, now_ms + 64_000);
    vk.delivered(delivery.id, Some(200), b"ok", None, now_ms + 64_000);
    assert_eq!((vk.undelivered(), vk.next_delivery_ms()), (0, None));
    vk.assert_clean();
}

#[test]
fn a_callback_server_is_confirmed_changed_and_deleted() {
    let (vk, server) = called_back();
    vk.change_confirmation_code("00aa11bb");
    let edit =
        json!({ "group_id": GROUP, "server_id": server, "url": HOOK, "title": "nochnik", "secret_key": "other" });
    assert_eq!(response(&vk, "groups.editCallbackServer", edit), 1);
    assert_eq!(status(&vk), "wait");
    vk.client_says(ANNA, "привет", NOW_MS);
    let question = one(&vk, NOW_MS);
    assert_eq!(
        (question.body["type"].as_str(), question.body["secret"].as_str()),
        (Some("confirmation"), Some("other"))
    );
    vk.delivered(question.id, Some(200), b"5cf1a2b3", None, NOW_MS);
    assert_eq!(status(&vk), "failed", "the string has changed");
    assert!(vk.deliveries_due(NOW_MS).is_empty());
    let params = json!({ "group_id": GROUP, "server_id": server });
    assert_eq!(response(&vk, "groups.getCallbackSettings", params.clone())["events"]["message_new"], 1);
    assert_eq!(response(&vk, "groups.deleteCallbackServer", params.clone()), 1);
    assert_eq!(code(&call(&vk, "groups.deleteCallbackServer", params)), 100);
    let add = || call(&vk, "groups.addCallbackServer", json!({ "group_id": GROUP, "url": HOOK, "title": "nochnik" }));
    assert_eq!((0..11).map(|_| code(&add())).collect::<Vec<_>>(), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2000]);
    vk.assert_clean();
}

#[test]
fn the_pace_is_limited_and_faults_speak_vks_words() {
    let vk = Double::new(TOKEN, GROUP);
    let codes = (0..21).map(|_| code(&call(&vk, "groups.getById", json!({})))).collect::<Vec<_>>();
    assert!(codes[..20].iter().all(|code| *code == 0), "{codes:?}");
    assert_eq!(codes[20], 6);
    assert_eq!(code(&ask(&vk, "groups.getById", json!({}), NOW_MS + 1_000)), 0);

    vk.limit_pace(false);
    vk.client_says(ANNA, "привет", NOW_MS);
    let params = || json!({ "peer_id": ANNA, "random_id": 5, "message": "Есть окно" });
    vk.plan(Faults::once("messages.send", Fault::ExecuteThenDrop));
    assert_eq!(outcome(&vk, "messages.send", params(), NOW_MS), Outcome::Lost);
    assert_eq!(call(&vk, "messages.send", params())["response"], vk.last_to(ANNA).unwrap().message_id);
    assert_eq!(vk.sent_to(ANNA).len(), 1, "the same random_id sends nothing");
    for (status, expected) in [(429, 6), (500, 10), (401, 5), (9, 9), (14, 14), (950, 950)] {
        vk.plan(Faults::once("messages.send", Fault::Status(status)));
        let answer = call(&vk, "messages.send", params());
        assert_eq!(code(&answer), expected);
    }
    vk.plan(Faults::once("messages.send", Fault::Status(502)));
    let Outcome::Answered(answer) = outcome(&vk, "messages.send", params(), NOW_MS) else { panic!("no answer") };
    assert!(answer.status == 502 && answer.body.is_string());
    vk.assert_clean();
}

#[tokio::test]
async fn a_served_poll_waits_for_an_event() {
    let (vk, _) = polled();
    let server = serve(vk.clone()).await.unwrap();
    let http = client();
    let answer: Value = http
        .post(format!("{}/method/groups.getLongPollServer", server.url()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form(&json!({ "group_id": GROUP, "v": "5.199", "access_token": TOKEN })))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let (base, key, ts) = (&answer["response"]["server"], &answer["response"]["key"], &answer["response"]["ts"]);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let address = format!("{}?act=a_check&key={}&ts={}&wait=25", text(base), text(key), text(ts));
    assert!(address.starts_with(&server.url()));
    let waiting = tokio::spawn(http.get(address).send());
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert!(!waiting.is_finished());
    vk.client_says(ANNA, "Добрый день", NOW_MS);
    let polled: Value = waiting.await.unwrap().unwrap().json().await.unwrap();
    assert_eq!(polled["updates"][0]["object"]["message"]["text"], "Добрый день");
    vk.assert_clean();
}

#[tokio::test]
async fn a_served_callback_is_really_posted() {
    let (vk, _) = called_back();
    let (sender, mut received) = tokio::sync::mpsc::unbounded_channel();
    let hook = axum::Router::new().route(
        "/hook/vk/3f6c",
        axum::routing::post(move |headers: axum::http::HeaderMap, body: String| async move {
            let counter = headers.get("x-retry-counter").map(|value| value.to_str().unwrap().to_owned());
            let answer = if counter.is_none() { "no" } else { "ok" };
            sender.send((counter, body)).unwrap();
            answer
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    vk.route_callbacks_to(&format!("http://{}", listener.local_addr().unwrap()));
    tokio::spawn(async move { axum::serve(listener, hook).await });
    let clock_ms = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(NOW_MS));
    let clock = clock_ms.clone();
    let now = move || clock.load(std::sync::atomic::Ordering::Relaxed);
    let _server = serve_with(vk.clone(), 0, std::sync::Arc::new(now)).await.unwrap();
    vk.client_says(ANNA, "Добрый день", NOW_MS);
    let (counter, first) = received.recv().await.unwrap();
    assert_eq!(counter, None);
    while vk.next_delivery_ms().is_none() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    clock_ms.store(NOW_MS + 2_000, std::sync::atomic::Ordering::Relaxed);
    let (counter, second) = received.recv().await.unwrap();
    assert_eq!((counter.as_deref(), second), (Some("1"), first));
    vk.assert_clean();
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

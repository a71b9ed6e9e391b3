//! The bot in the portal's messenger: how it is enrolled, what it says, whose presses it hears, what each refusal means.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use nochnik_adapters::Failure;
use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::failure::{Scope, codes};
use nochnik_adapters::ports::{Channel, Grants, Hook, Incoming, IncomingWhat, Outgoing, Polled};
use nochnik_core::business::ChannelEntry;
use nochnik_core::effect::Button;
use nochnik_core::event::InputKind;
use nochnik_doubles::bitrix24::{BotMessage, Double, Settings};
use nochnik_doubles::{Fault, Faults};
use serde_json::{Value, json};

use crate::bitrix24::app::{self, CLIENT, SECRET, asked};
use crate::cards::NOW_MS;
use crate::wire::{Line, Reply};

const IRINA: i64 = 23;
const DISMISSED: &str = "24";
const KEY: &str = "i1#2";
const TAKE: &str = "n.tokenoftwentytwochars00.take";
const HOOK_SECRET: &str = "hook-secret-of-the-account";
const SECOND_MS: i64 = 1_000;

struct Desk {
    portal: Double,
    line: Line,
    bot: Arc<dyn Channel>,
    now_ms: Arc<AtomicI64>,
}

impl Desk {
    fn new(settings: Settings) -> Self {
        Self::altered(settings, |_| None)
    }

    /// `alter` may answer a method in the portal's place.
    fn altered(settings: Settings, alter: impl Fn(&str) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let portal = Double::new(settings);
        let now_ms = Arc::new(AtomicI64::new(NOW_MS));
        let (other_end, clock) = (portal.clone(), now_ms.clone());
        let line = Line::to(move |url, body| {
            let method = url.path().rsplit('/').next().unwrap().trim_end_matches(".json");
            let answered = || other_end.request(url.path(), body, clock.load(Ordering::Relaxed)).into();
            alter(method).unwrap_or_else(answered)
        });
        let bot = open(&by_webhook(&portal), &line, HOOK_SECRET);
        Self { portal, line, bot, now_ms }
    }

    /// Enrolled, with nothing in its queue.
    async fn ready() -> Self {
        let desk = Self::new(Settings::unlimited());
        desk.bot.poll(None).await.unwrap();
        desk.line.heard();
        desk
    }

    fn number(&self) -> i64 {
        self.portal.bots()[0]
    }

    async fn calls(&self) -> BotMessage {
        self.bot.send("23", &card(), KEY).await.unwrap();
        self.portal.bot_said(IRINA).pop().unwrap()
    }

    fn pass(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::Relaxed);
    }

    fn presses(&self, user: i64, message: i64, label: &str) {
        assert!(self.portal.presses(user, message, label, self.now_ms.load(Ordering::Relaxed)), "no such button");
    }
}

fn by_webhook(portal: &Double) -> Value {
    json!({ "webhook_url": format!("https://salon-demo.bitrix24.ru{}/", portal.base_path()) })
}

fn entry(fields: &Value) -> ChannelEntry {
    let fields: BTreeMap<String, Value> = serde_json::from_value(fields.clone()).unwrap();
    ChannelEntry { kind: "bitrix24_bot".to_owned(), id: None, fields }
}

fn open(fields: &Value, line: &Line, hook_secret: &str) -> Arc<dyn Channel> {
    let context = OpenContext { hook_secret: hook_secret.to_owned(), grants: None, wire: line.wire() };
    channels::open(&entry(fields), &context).unwrap()
}

fn button(id: &str, label: &str) -> Button {
    Button { id: id.to_owned(), label: label.to_owned() }
}

fn card() -> Outgoing {
    let buttons = vec![button(TAKE, "Беру"), button("n.tokenoftwentytwochars00.cannot", "Не могу")];
    Outgoing {
        text: "Оля · маникюр · завтра 18:30\nВзять до 02:20".to_owned(), buttons, ..Outgoing::default()
    }
}

fn said(text: &str) -> Outgoing {
    Outgoing { text: text.to_owned(), ..Outgoing::default() }
}

/// Who pressed what, and by which name the press is answered.
fn press(incoming: &Incoming) -> (&str, &str, &str) {
    let IncomingWhat::Input { input, .. } = &incoming.what else { panic!("{incoming:?}") };
    let InputKind::Button { id, press_id } = &input.what else { panic!("{incoming:?}") };
    (&incoming.peer, id, press_id.as_deref().unwrap())
}

#[track_caller]
fn assert_broken(failure: &Failure, words: &str) {
    let Failure::Broken { hint, .. } = failure else { panic!("{words}: {failure:?}") };
    assert!(hint.contains(words), "{words}: {hint}");
    assert!(!failure.to_string().contains("h00kc0de"), "the webhook is a secret: {failure}");
}

#[track_caller]
fn assert_refused(failure: &Failure, expected: &str) {
    let Failure::Refused { code, .. } = failure else { panic!("{expected}: {failure:?}") };
    assert_eq!(code, expected);
}

#[tokio::test]
async fn a_card_goes_to_the_person_with_its_buttons_and_a_press_comes_back() {
    let desk = Desk::new(Settings::unlimited());
    let receipt = desk.bot.send("23", &card(), KEY).await.unwrap();
    assert_eq!(
        asked(&desk.line),
        ["imbot.v2.Bot.register.json", "imbot.v2.Command.register.json", "imbot.v2.Chat.Message.send.json"]
    );
    let message = desk.portal.bot_said(IRINA).pop().unwrap();
    assert_eq!(receipt.vendor_id, Some(message.id.to_string()));
    assert_eq!(message.text, card().text);
    let labels: Vec<&str> = message.buttons.iter().map(|button| button.label.as_str()).collect();
    assert_eq!(labels, ["Беру", "Не могу"]);
    assert_eq!(desk.portal.bot_card(message.bot), Some(("Ночник".to_owned(), vec!["nochnik".to_owned()])));

    desk.presses(IRINA, message.id, "Беру");
    let polled = desk.bot.poll(None).await.unwrap();
    let (peer, id, press_id) = press(&polled.incoming[0]);
    assert_eq!((peer, id), ("23", TAKE));
    desk.bot.answer_press(press_id, Some("Взяли, спасибо")).await.unwrap();
    let answer = desk.portal.bot_said(IRINA).pop().unwrap();
    assert!(answer.is_answer && answer.text == "Взяли, спасибо", "{answer:?}");
    desk.portal.assert_clean();
}

#[tokio::test]
async fn a_press_is_of_whoever_pressed() {
    let desk = Desk::ready().await;
    let message = desk.calls().await;
    desk.presses(17, message.id, "Беру");
    let polled = desk.bot.poll(None).await.unwrap();
    assert_eq!(press(&polled.incoming[0]).0, "17", "whose means it is, is for the engine to say");
}

#[tokio::test]
async fn the_cursor_confirms_what_was_stored_and_nothing_before() {
    let desk = Desk::ready().await;
    let message = desk.calls().await;
    desk.presses(IRINA, message.id, "Беру");
    let first = desk.bot.poll(None).await.unwrap();
    let again = desk.bot.poll(None).await.unwrap();
    assert_eq!(first.incoming, again.incoming, "not confirmed: it comes again, under the same key");
    assert_eq!(desk.portal.unconfirmed(desk.number()), 1);
    let next = desk.bot.poll(first.cursor.as_deref()).await.unwrap();
    assert_eq!((next.incoming, next.cursor), (Vec::new(), first.cursor));
    assert_eq!(desk.portal.unconfirmed(desk.number()), 0);
    desk.portal.assert_clean();
}

#[tokio::test]
async fn more_than_fits_a_look_is_fetched_after_two_seconds_the_rest_after_five() {
    let desk = Desk::ready().await;
    let bot = desk.number();
    (0..101).for_each(|n| desk.portal.tells_bot(IRINA, bot, &format!("слово {n}"), None, NOW_MS));
    let Polled { incoming, cursor } = desk.bot.poll(None).await.unwrap();
    assert_eq!((incoming.len(), desk.bot.poll_pause()), (100, Duration::from_secs(2)));
    let last = desk.bot.poll(cursor.as_deref()).await.unwrap();
    assert_eq!((last.incoming.len(), desk.bot.poll_pause()), (1, Duration::from_secs(5)));
}

#[tokio::test]
async fn what_people_write_is_plain_text_and_a_reply_names_its_message() {
    let desk = Desk::ready().await;
    let message = desk.calls().await;
    desk.portal.tells_bot(IRINA, message.bot, "[b]Приду[/b] в 10[br]Ждите", Some(message.id), NOW_MS);
    desk.portal.tells_bot(IRINA, message.bot, "duty_CODE", None, NOW_MS);
    let polled = desk.bot.poll(None).await.unwrap();
    let texts: Vec<(&str, Option<String>)> = polled
        .incoming
        .iter()
        .map(|incoming| match &incoming.what {
            IncomingWhat::Input { input, replies_to } => match &input.what {
                InputKind::Text { text } => (text.as_str(), replies_to.clone()),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(texts, [("Приду в 10\nЖдите", Some(message.id.to_string())), ("duty_CODE", None)]);
}

/// A client's words stand in the card: a bracket of theirs must not become a link or a command.
#[tokio::test]
async fn no_code_of_a_client_reaches_the_messenger() {
    let desk = Desk::ready().await;
    desk.bot
        .send("23", &said("Клиент: [send=/nochnik x]нажми[/send] [url=https://zlo.example]тут[/url]"), KEY)
        .await
        .unwrap();
    let text = desk.portal.bot_said(IRINA).pop().unwrap().text;
    assert!(!text.contains("[send") && !text.contains("[url") && text.contains("нажми"), "{text}");
}

#[tokio::test]
async fn a_changed_card_loses_its_buttons_or_gets_others() {
    let desk = Desk::ready().await;
    let message = desk.calls().await;
    let id = message.id.to_string();
    let other =
        Outgoing {
            text: "Чем закончилось?".to_owned(), buttons: vec![button("n.t.booked", "Записан")], ..card()
        };
    desk.bot.edit("23", &id, &other).await.unwrap();
    let changed = desk.portal.bot_said(IRINA).pop().unwrap();
    assert_eq!((changed.text.as_str(), changed.buttons.len()), ("Чем закончилось?", 1));
    desk.presses(IRINA, message.id, "Записан");
    assert_eq!(press(&desk.bot.poll(None).await.unwrap().incoming[0]).1, "n.t.booked");
    desk.bot.edit("23", &id, &said("Взяла Ирина, 23:52")).await.unwrap();
    let changed = desk.portal.bot_said(IRINA).remove(0);
    assert_eq!((changed.text.as_str(), changed.buttons.len()), ("Взяла Ирина, 23:52", 0));
    assert_refused(&desk.bot.edit("23", "1", &said("нет такого")).await.unwrap_err(), codes::GONE);
    desk.portal.assert_clean();
}

#[tokio::test]
async fn the_same_account_is_one_bot_however_often_it_begins() {
    let desk = Desk::ready().await;
    for _ in 0..3 {
        let again = open(&by_webhook(&desk.portal), &desk.line, HOOK_SECRET);
        again.poll(None).await.unwrap();
    }
    assert_eq!(desk.portal.bots().len(), 1);
    let another = open(&by_webhook(&desk.portal), &desk.line, "secret-of-another-account");
    another.poll(None).await.unwrap();
    assert_eq!(desk.portal.bots().len(), 2, "another account has a bot of its own");
    let mut renamed = by_webhook(&desk.portal);
    renamed["name"] = json!("Дежурка");
    open(&renamed, &desk.line, HOOK_SECRET).poll(None).await.unwrap();
    assert_eq!(desk.portal.bot_card(desk.number()).unwrap().0, "Дежурка", "a new name is told");
    desk.portal.assert_clean();
}

#[tokio::test]
async fn a_deleted_bot_is_made_anew_and_its_queue_begins_anew() {
    let desk = Desk::ready().await;
    let message = desk.calls().await;
    desk.presses(IRINA, message.id, "Беру");
    let cursor = desk.bot.poll(None).await.unwrap().cursor;
    desk.portal.deletes_bots();
    desk.line.heard();
    let sent = desk.bot.send("23", &said("Ждёт клиент"), "i1#3").await.unwrap();
    assert!(sent.vendor_id.is_some());
    assert_eq!(
        asked(&desk.line),
        [
            "imbot.v2.Chat.Message.send.json",
            "imbot.v2.Bot.register.json",
            "imbot.v2.Command.register.json",
            "imbot.v2.Chat.Message.send.json"
        ]
    );
    desk.portal.tells_bot(IRINA, desk.number(), "я тут", None, NOW_MS);
    let polled = desk.bot.poll(cursor.as_deref()).await.unwrap();
    assert_eq!(polled.incoming.len(), 1, "the old bot's place in its queue says nothing of the new one's");
    assert!(polled.cursor.unwrap().starts_with(&format!("{}:", desk.number())));
    let edit = desk.bot.edit("23", &message.id.to_string(), &said("Взято")).await.unwrap_err();
    assert_refused(&edit, codes::GONE);
}

#[tokio::test]
async fn each_refusal_goes_to_whom_it_concerns() {
    let without = |scope: &str| {
        let mut settings = Settings::unlimited();
        settings.scopes.retain(|own| own != scope);
        settings
    };
    let refuses = |method: &'static str, status: u16, code: &'static str| {
        Desk::altered(Settings::unlimited(), move |asked| {
            (asked == method).then(|| Reply::says(status, &json!({ "error": code, "error_description": "no" })))
        })
    };
    for (desk, words) in [
        (Desk::new(without("imbot")), "imbot"),
        (Desk::new(Settings { bots_max: 0, ..Settings::unlimited() }), "сто ботов"),
        (refuses("imbot.v2.Bot.register", 400, "BOT_CODE_ALREADY_TAKEN"), "другое приложение"),
        (refuses("imbot.v2.Bot.register", 401, "NO_AUTH_FOUND"), "вебхук"),
        (refuses("imbot.v2.Bot.register", 404, "ERROR_METHOD_NOT_FOUND"), "старый"),
        (refuses("imbot.v2.Command.register", 403, "BOT_OWNERSHIP_ERROR"), "другой вебхук"),
        (refuses("imbot.v2.Event.get", 403, "ACCESS_DENIED"), "тариф"),
        (refuses("imbot.v2.Event.get", 400, "SCOPE_ERROR"), "imbot"),
    ] {
        assert_broken(&desk.bot.poll(None).await.unwrap_err(), words);
    }
    let desk = Desk::ready().await;
    for nobody in [DISMISSED, "9999", "chat5", "@irina", ""] {
        let failure = desk.bot.send(nobody, &card(), KEY).await.unwrap_err();
        assert_refused(&failure, codes::UNREACHABLE);
    }
    assert_refused(&desk.bot.send("23", &said("  "), KEY).await.unwrap_err(), codes::MALFORMED);
    let broken = refuses("imbot.v2.Chat.Message.send", 400, "SENDING_FAILED");
    let failure = broken.bot.send("23", &card(), KEY).await.unwrap_err();
    assert!(matches!(failure, Failure::Later { scope: Scope::Row, .. }), "{failure:?}");
}

/// A bot that is gone as often as it is made is no reason to make it for ever.
#[tokio::test]
async fn a_bot_is_made_anew_once_a_call() {
    let gone = || Some(Reply::says(400, &json!({ "error": "BOT_NOT_FOUND", "error_description": "Bot not found" })));
    let desk =
        Desk::altered(Settings::unlimited(), move |method| if method == "imbot.v2.Event.get" { gone() } else { None });
    let failure = desk.bot.poll(None).await.unwrap_err();
    assert!(matches!(failure, Failure::Later { .. }), "{failure:?}");
    assert_eq!(asked(&desk.line).iter().filter(|method| method.contains("Bot.register")).count(), 2);
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_is_unknown_and_a_full_method_rests_alone() {
    for (fault, is_expected) in [
        (Fault::ExecuteThenDrop, (|failure| matches!(failure, Failure::Unknown { .. })) as fn(&Failure) -> bool),
        (Fault::Status(502), |failure| matches!(failure, Failure::Unknown { .. })),
        (Fault::Status(503), |failure| matches!(failure, Failure::Later { scope: Scope::Destination, .. })),
        (
            Fault::Status(429),
            |failure| matches!(failure, Failure::Later { after: Some(after), scope: Scope::Row, .. } if after.as_secs() == 600),
        ),
    ] {
        let desk = Desk::ready().await;
        desk.portal.plan(Faults::listed([Some(fault)]));
        let failure = desk.bot.send("23", &card(), KEY).await.unwrap_err();
        assert!(is_expected(&failure), "{fault:?}: {failure:?}");
        desk.bot.poll(None).await.unwrap();
    }
}

/// Two requests a second: what was refused is asked again, and nothing is made twice.
#[tokio::test]
async fn the_rate_of_bots_is_kept_by_coming_again() {
    let desk = Desk::new(Settings::default());
    let failure = desk.bot.poll(None).await.unwrap_err();
    let Failure::Later { after: Some(after), scope: Scope::Destination, .. } = failure else { panic!("{failure:?}") };
    assert_eq!(after.as_secs(), 1);
    desk.pass(SECOND_MS);
    desk.line.heard();
    desk.bot.poll(None).await.unwrap();
    assert_eq!(asked(&desk.line), ["imbot.v2.Event.get.json"], "the bot stays enrolled");
    assert_eq!(desk.portal.bots().len(), 1);
}

#[tokio::test]
async fn a_local_application_needs_no_token_and_opens_the_crms_page_of_the_book() {
    let crm = app::Desk::connected().await;
    crm.portal.set(|settings| settings.bot_calls_per_s = None);
    let book: Arc<dyn Grants> = crm.book.clone();
    let fields = json!({ "portal": "salon-demo.bitrix24.ru", "client_id": CLIENT, "client_secret": SECRET });
    let context = OpenContext {
        hook_secret: HOOK_SECRET.to_owned(),
        grants: Some(Arc::new(move |vendor: &str| {
            assert_eq!(vendor, "bitrix24");
            Arc::clone(&book)
        })),
        wire: crm.line.wire(),
    };
    let bot = channels::open(&entry(&fields), &context).unwrap();
    bot.send("23", &card(), KEY).await.unwrap();
    let bodies: Vec<Value> = crm.line.heard().into_iter().map(|(_, body)| body).collect();
    let is_proved = |body: &&Value| body["botToken"].is_null() && body["fields"]["botToken"].is_null();
    assert_eq!(bodies.iter().filter(is_proved).count(), 3);
    // An hour later the access is renewed, once, and the same call goes on.
    crm.pass(3_600_000 + SECOND_MS);
    let message = crm.portal.bot_said(IRINA).pop().unwrap();
    assert!(crm.portal.presses(IRINA, message.id, "Беру", crm.now_ms()));
    assert_eq!(bot.poll(None).await.unwrap().incoming.len(), 1);
    assert_eq!(crm.portal.refreshes(), 1);
    crm.portal.assert_clean();
}

#[tokio::test]
async fn the_live_check_names_portal_and_right_and_makes_no_bot() {
    let desk = Desk::new(Settings::unlimited());
    assert_eq!(desk.bot.check().await.unwrap(), "Ночник на портале salon-demo.bitrix24.ru");
    assert!(desk.portal.bots().is_empty());
    let mut settings = Settings::unlimited();
    settings.scopes.retain(|scope| scope != "imbot");
    assert_broken(&Desk::new(settings).bot.check().await.unwrap_err(), "Чат-боты");
}

#[tokio::test]
async fn nothing_is_pushed_and_what_is_foreign_passes_by() {
    let desk = Desk::ready().await;
    assert!(desk.bot.verify(&Hook { headers: &[], body: b"{}" }).is_err());
    assert!(desk.bot.parse(b"{}").is_err());
    desk.bot.answer_press("4382bfdwdsb323b2d9", Some("чужое")).await.unwrap();
    assert!(desk.line.heard().is_empty(), "a press of another messenger is not ours to answer");
    desk.bot
        .answer_press("42:999:23", Some("поздно"))
        .await
        .map_err(|failure| assert_refused(&failure, codes::GONE))
        .unwrap_err();
}

/// Events of kinds and shapes that nobody foresaw neither stop the queue nor pass for somebody's word.
#[tokio::test]
async fn strange_events_are_kept_raw_or_passed_by() {
    let user = |id: i64, extra: Value| {
        let mut user = json!({ "id": id, "bot": false });
        user.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        user
    };
    let message = |text: &str| json!({ "id": 7, "text": text, "isSystem": false, "params": [] });
    let event = |id: i64, kind: &str, data: Value| json!({ "eventId": id, "type": kind, "date": "2026-11-25T23:40:00+03:00", "data": data });
    let events = json!([
        event(1, "ONIMBOTV2JOINCHAT", json!({ "dialogId": "23" })),
        event(2, "ONIMBOTV2MOONRISE", json!({})),
        event(3, "ONIMBOTV2COMMANDADD", json!({ "command": 5 })),
        event(
            4,
            "ONIMBOTV2MESSAGEADD",
            json!({ "message": message("я бот"), "chat": { "dialogId": "31" }, "user": user(31, json!({ "bot": true })) })
        ),
        event(
            5,
            "ONIMBOTV2MESSAGEADD",
            json!({ "message": message("@Ночник, привет"), "chat": { "dialogId": "chat5" }, "user": user(23, json!({})) })
        ),
        event(
            6,
            "ONIMBOTV2COMMANDADD",
            json!({ "command": { "id": 1, "command": "/help", "params": "" }, "message": message("/help"), "chat": { "dialogId": "23" }, "user": user(23, json!({})) })
        ),
        event(
            7,
            "ONIMBOTV2MESSAGEADD",
            json!({ "message": message("клиент линии"), "chat": { "dialogId": "40" }, "user": user(40, json!({ "connector": true })) })
        ),
    ]);
    let desk = Desk::altered(Settings::unlimited(), move |method| {
        let result = json!({ "events": events, "nextOffset": 8, "hasMore": false });
        (method == "imbot.v2.Event.get").then(|| Reply::says(200, &json!({ "result": result })))
    });
    let polled = desk.bot.poll(None).await.unwrap();
    let unknown: Vec<&str> = polled
        .incoming
        .iter()
        .map(|incoming| match &incoming.what {
            IncomingWhat::Unknown { name, .. } => name.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(unknown, ["ONIMBOTV2MOONRISE", "ONIMBOTV2COMMANDADD"]);
    assert_eq!(polled.cursor.as_deref(), Some(&*format!("{}:8", desk.number())));
}

#[test]
fn settings_say_what_is_wrong() {
    for (fields, field) in [
        (json!({}), "webhook_url"),
        (json!({ "webhook_url": "https://salon-demo.bitrix24.ru/" }), "webhook_url"),
        (json!({ "webhook_url": "http://salon-demo.bitrix24.ru/rest/1/code/" }), "webhook_url"),
        (
            json!({ "webhook_url": "https://salon-demo.bitrix24.ru/rest/1/code/", "client_id": "local.1" }),
            "webhook_url",
        ),
        (json!({ "portal": "salon-demo.bitrix24.ru" }), "client_id"),
        (json!({ "webhook_url": "https://salon-demo.bitrix24.ru/rest/1/code/", "poll_s": 1 }), "poll_s"),
        (json!({ "webhook_url": "https://salon-demo.bitrix24.ru/rest/1/code/", "token": "x" }), "token"),
    ] {
        let problem =
            channels::open(&entry(&fields), &OpenContext::default()).err().unwrap_or_else(|| panic!("{fields}"));
        assert_eq!(problem.field, field, "{fields}: {problem}");
    }
    let secret: Vec<&str> =
        channels::bitrix24_bot::KIND.fields.iter().filter(|field| field.is_secret).map(|field| field.name).collect();
    assert_eq!(secret, ["webhook_url", "client_secret", "proxy"]);
}

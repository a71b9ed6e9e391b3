//! `nochnik channel` as an owner types it: the real binary beside doubles of the vendors.

use std::io::Write;
use std::process::{Command, Stdio};

use nochnik_doubles::{max, telegram, vk, whatsapp};
use serde_json::json;

const TOKEN: &str = "7123456789:AAtestTokenOfTheDouble";

/// The demo salon in a folder of its own; no server runs.
struct Shop {
    folder: tempfile::TempDir,
}

/// How a command ended and what it said.
struct Said {
    is_well: bool,
    out: String,
    err: String,
}

impl Shop {
    fn open() -> Self {
        let shop = Self { folder: tempfile::tempdir().unwrap() };
        let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/../../businesses/demo.toml");
        assert!(shop.run(&["business", "import", demo], "").is_well);
        shop
    }

    fn run(&self, words: &[&str], input: &str) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nochnik"));
        command.args(words).current_dir(self.folder.path()).args(["--database", "sqlite:nochnik.db"]);
        command.args(["--key-file", "key", "--log", "debug"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // It may not want to hear anything.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let done = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let said = Said { is_well: done.status.success(), out: text(done.stdout), err: text(done.stderr) };
        for secret in input.lines() {
            assert!(!said.out.contains(secret) && !said.err.contains(secret), "a secret was said: {}", said.err);
        }
        said
    }

    /// Switches on; the fields that are no secrets are pairs.
    fn add(&self, kind: &str, pairs: &[String], more: &[&str], input: &str) -> Said {
        let mut words = vec!["channel", "add", kind, "--of", "lotos"];
        for pair in pairs {
            words.extend(["--set", pair.as_str()]);
        }
        words.extend(more);
        self.run(&words, input)
    }

    fn list(&self) -> String {
        self.run(&["channel", "list", "--of", "lotos"], "").out
    }
}

async fn bot() -> (telegram::Double, nochnik_doubles::serve::Server, Vec<String>) {
    let double = telegram::Double::new(TOKEN);
    let server = telegram::serve(double.clone()).await.unwrap();
    let pairs = vec![format!("base_url={}", server.url())];
    (double, server, pairs)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bot_is_switched_on_listed_and_switched_off() {
    let shop = Shop::open();
    let (double, _server, pairs) = bot().await;
    let added = shop.add("telegram", &pairs, &["--notice-read", "--secret-stdin", "token"], &format!("{TOKEN}\n"));
    assert!(added.is_well, "{}", added.err);
    assert!(added.out.contains("Телеграм отвечает: Салон Лотос (@lotos_rostov_bot)"), "{}", added.out);
    assert!(added.out.contains("Канал telegram включён, версия документа 2"), "{}", added.out);

    let listed = shop.run(&["channel", "list", "--of", "lotos", "--check"], "");
    assert!(listed.is_well, "{}", listed.out);
    assert!(listed.out.contains("telegram (Телеграм): отвечает, Салон Лотос (@lotos_rostov_bot)"), "{}", listed.out);

    let again = shop.add("telegram", &pairs, &["--notice-read", "--secret-stdin", "token"], &format!("{TOKEN}\n"));
    assert!(!again.is_well && again.err.contains("уже включён канал «telegram»"), "{}", again.err);

    let removed = shop.run(&["channel", "remove", "telegram", "--of", "lotos"], "");
    assert!(removed.is_well && removed.out.contains("версия документа 3"), "{}", removed.err);
    assert!(!shop.list().contains("telegram"), "{}", shop.list());
    let twice = shop.run(&["channel", "remove", "telegram", "--of", "lotos"], "");
    assert!(!twice.is_well && twice.err.contains("Канала «telegram» нет"), "{}", twice.err);
    double.assert_clean();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_work_is_not_saved_and_says_why() {
    let shop = Shop::open();
    let (_double, _server, pairs) = bot().await;
    let read_token = ["--notice-read", "--secret-stdin", "token"];
    let wrong = "7123456789:AAsomebodyElse\n";
    let with = |more: &str| [pairs.clone(), vec![more.to_owned()]].concat();
    let cases = [
        (shop.add("telegram", &pairs, &read_token, wrong), "token: Телеграм не принимает токен бота"),
        (shop.add("telegram", &pairs, &["--notice-read"], ""), "token: Заполните поле «Токен бота»"),
        (shop.add("telegram", &pairs, &["--secret-stdin", "token"], "1:AA\n"), "Прочтите и повторите с --notice-read"),
        (shop.add("telegram", &with("mode=webhook"), &read_token, wrong), "mode: Телеграм приносит сообщения на адрес"),
        (shop.add("telegram", &with("mode=почта"), &read_token, wrong), "mode: Возможные значения: polling, webhook"),
        (shop.add("telegram", &with("colour=red"), &read_token, wrong), "colour: Такого поля у «Телеграм» нет"),
        (shop.add("telegram", &with("token=1:AA"), &["--notice-read"], ""), "--secret-stdin token"),
        (shop.add("telegram", &pairs, &[&read_token[..], &["--id", "Бот"]].concat(), wrong), "id: До 40 знаков"),
        (
            shop.add("telegram", &pairs, &[&read_token[..], &["--id", "widget"]].concat(), wrong),
            "id: Имя «widget» уже занято",
        ),
        (shop.add("whatsapp", &[], &["--notice-read"], ""), "адреса с HTTPS у этой установки нет"),
        (shop.add("pigeon", &[], &[], ""), "Канала «pigeon» нет. Есть: widget, max, vk"),
        (shop.run(&["channel", "add", "vk", "--of", "nobody"], ""), "Бизнеса «nobody» нет"),
    ];
    for (said, why) in cases {
        assert!(!said.is_well, "{why}: {}", said.out);
        assert!(said.err.contains(why), "{why}: {}", said.err);
    }
    assert_eq!(shop.list().lines().count(), 2, "only what the document had: {}", shop.list());
    let versions = shop.run(&["business", "list"], "").out;
    assert!(versions.contains("lotos, версия 1"), "{versions}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn max_and_vk_are_switched_on_by_their_own_fields() {
    let shop = Shop::open();
    let (max, vk) = (max::Double::new("f9LHodD0cOI"), vk::Double::new("vk1.a.key", 220_033_445));
    let servers = [max::serve(max.clone()).await.unwrap(), vk::serve(vk.clone()).await.unwrap()];
    let pairs = vec![format!("base_url={}", servers[0].url())];
    let said = shop.add("max", &pairs, &["--notice-read", "--secret-stdin", "token"], "f9LHodD0cOI\n");
    assert!(said.is_well && said.out.contains("MAX отвечает: Салон Лотос"), "{}", said.err);
    let pairs = vec![format!("base_url={}", servers[1].url()), "group_id=220033445".to_owned()];
    let said = shop.add("vk", &pairs, &["--secret-stdin", "token", "--id", "vk-salon"], "vk1.a.key\n");
    assert!(said.is_well && said.out.contains("Канал vk-salon включён"), "{}", said.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatsapp_says_what_is_left_for_the_owners_hands() {
    let shop = Shop::open();
    let settings = whatsapp::Settings::default();
    let double = whatsapp::Double::new(settings.clone());
    let server = whatsapp::serve(double.clone()).await.unwrap();
    let pairs = vec![
        format!("base_url={}/v26.0", server.url()),
        format!("phone_number_id={}", settings.phone_number_id),
        format!("waba_id={}", settings.waba_id),
    ];
    let secrets = ["--notice-read", "--secret-stdin", "token", "--secret-stdin", "app_secret"];
    let more = [&secrets[..], &["--base-url", "https://nochnik.example"]].concat();
    let said = shop.add("whatsapp", &pairs, &more, &format!("{}\n{}\n", settings.token, settings.app_secret));
    assert!(said.is_well, "{}", said.err);
    assert!(said.out.contains("WhatsApp отвечает: Салон Лотос"), "{}", said.out);
    let address = said.out.lines().find_map(|line| line.trim().strip_prefix("Callback URL: ")).unwrap();
    assert!(address.starts_with("https://nochnik.example/hook/lotos/whatsapp/"), "{address}");
    let word = said.out.lines().find_map(|line| line.trim().strip_prefix("Verify token: ")).unwrap();
    assert!(word.len() >= 20 && !address.ends_with(word), "{word}");

    let before = shop.run(&["channel", "templates", "--of", "lotos"], "");
    assert!(before.is_well && before.out.contains("ещё не отправлен на проверку"), "{} {}", before.out, before.err);
    let after = shop.run(&["channel", "templates", "--of", "lotos", "--propose"], "");
    assert!(after.is_well && !after.out.contains("ещё не отправлен"), "{} {}", after.out, after.err);
}

#[test]
fn whoever_is_called_by_a_channel_keeps_it() {
    let shop = Shop::open();
    let mut document: toml::Table = include_str!("../../../../businesses/demo.toml").parse().unwrap();
    document["people"] = toml::Value::try_from(json!([
        { "id": "marina", "name": "Марина", "role": "duty", "means": [{ "channel": "telegram", "peer": "101" }] },
    ]))
    .unwrap();
    let channels = json!([{ "kind": "widget" }, { "kind": "telegram", "token": "7123456789:AAtest" }]);
    document["channels"] = toml::Value::try_from(channels).unwrap();
    document.remove("shifts");
    document.remove("escalation");
    let file = shop.folder.path().join("salon.toml");
    std::fs::write(&file, toml::to_string(&document).unwrap()).unwrap();
    let imported = shop.run(&["business", "import", file.to_str().unwrap()], "");
    assert!(imported.is_well, "{}", imported.err);
    let said = shop.run(&["channel", "remove", "telegram", "--of", "lotos"], "");
    assert!(!said.is_well && said.err.contains("Этим каналом ночью зовут: Марина"), "{}", said.err);
    assert!(shop.list().contains("telegram"), "{}", shop.list());
}

/// An owner learns what a kind wants, and what stands against it, before anything else.
#[test]
fn every_kind_says_what_it_wants() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_nochnik"));
    let done = command.args(["channel", "kinds"]).current_dir(folder.path()).output().unwrap();
    let out = String::from_utf8(done.stdout).unwrap();
    for words in [
        "telegram — Телеграм",
        "  token (Токен бота, обязательно, секрет): Его выдаёт @BotFather",
        "whatsapp — WhatsApp\n  Нужен адрес Ночника с HTTPS",
        "Прочтите: Meta признана в России экстремистской организацией",
        "  group_id (Номер сообщества, обязательно): ",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is made on the way");
}

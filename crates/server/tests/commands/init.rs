//! `nochnik init` as a script runs it: the real binary, an empty folder, a file of answers.

use std::io::Write;
use std::process::{Command, Stdio};

use nochnik_core::business::Document;
use nochnik_doubles::telegram;
use nochnik_store::{Store, businesses, people};

const PASSWORD: &str = "тёплая лампа на столе";
const TOKEN: &str = "7123456789:AAtestTokenOfTheDouble";
const ANSWERS: &str = r#"
kind = "barbershop"
id = "britva"
name = "Барбершоп «Бритва»"
city = "Ростов-на-Дону"
phone = "8 863 555-02-00"
operator = "ИП Бритвин Семён Олегович (пример)"
policy_url = "https://britva.example/privacy"
prices = "price.csv"
login = "semyon"

[hours]
mon = "10:00–21:00"
sat = "11:00–14:00, 15:00–18:00"
sun = "выходной"
"#;
const PRICES: &str = "Название;Цена;Длительность\nМужская стрижка;1 700 ₽;45 мин\nКоролевское бритьё;от 1200;1 ч\n";

struct Folder(tempfile::TempDir);

impl Folder {
    fn with(answers: &str, prices: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        std::fs::write(folder.0.path().join("answers.toml"), answers).unwrap();
        std::fs::write(folder.0.path().join("price.csv"), prices).unwrap();
        folder
    }

    /// Whether it ended well, and what it said on both streams.
    fn init(&self, more: &[&str]) -> (bool, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nochnik"));
        command.args(["init", "--answers", "answers.toml", "--password-stdin"]).args(more).current_dir(self.0.path());
        command.args(["--database", "sqlite:nochnik.db", "--key-file", "key"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // It may have refused before it reads.
        let _ = child.stdin.take().unwrap().write_all(format!("{PASSWORD}\n").as_bytes());
        let done = child.wait_with_output().unwrap();
        let said = String::from_utf8([done.stdout, done.stderr].concat()).unwrap();
        assert!(!said.contains(PASSWORD) && !said.contains(TOKEN), "a secret was said");
        (done.status.success(), said)
    }

    async fn store(&self) -> Store {
        Store::open(&format!("sqlite:{}", self.0.path().join("nochnik.db").display())).await.unwrap()
    }

    async fn document(&self, id: &'static str) -> Option<Document> {
        let store = self.store().await;
        let row = store.read(move |sql| businesses::get(sql, id)).await.unwrap();
        store.close().await;
        row.map(|row| serde_json::from_str(&row.document).unwrap())
    }
}

#[tokio::test]
async fn an_empty_folder_becomes_a_business_with_its_owner() {
    let folder = Folder::with(ANSWERS, PRICES);
    let (is_well, said) = folder.init(&[]);
    assert!(is_well, "{said}");
    for told in ["Готово: Барбершоп «Бритва» (britva)", "semyon", "nochnik serve", "/console/start"]
    {
        assert!(said.contains(told), "{told}: {said}");
    }
    let document = folder.document("britva").await.unwrap();
    assert_eq!((document.kind.as_str(), document.phone.as_str()), ("barbershop", "+78635550200"));
    let price = |name: &str| {
        document.services.iter().find(|service| service.name == name).map(|one| (one.price, one.price_from))
    };
    assert_eq!((price("Мужская стрижка"), price("Королевское бритьё")), (Some((1700, false)), Some((1200, true))));
    let open: Vec<(&str, usize)> = document.hours.named_days().map(|(day, hours)| (day, hours.len())).collect();
    assert!(open.contains(&("mon", 1)) && open.contains(&("sat", 2)) && open.contains(&("sun", 0)), "{open:?}");
    assert!(document.people.is_empty(), "the example's staff is not called");
    let store = folder.store().await;
    let owner = store.read(|sql| people::user(sql, "britva", "semyon")).await.unwrap().unwrap();
    assert_eq!((owner.role.as_str(), owner.is_active), ("owner", true));
    store.close().await;
}

#[tokio::test]
async fn what_is_there_stays_as_it_was() {
    let folder = Folder::with(ANSWERS, PRICES);
    assert!(folder.init(&[]).0);
    let (is_well, said) = folder.init(&["--name", "Другой"]);
    assert!(!is_well && said.contains("Бизнес «britva» уже есть"), "{said}");
    assert_eq!(folder.document("britva").await.unwrap().name, "Барбершоп «Бритва»");
    let (is_well, said) = folder.init(&["--id", "second", "--name", "Второй"]);
    assert!(is_well, "{said}");
    assert_eq!(folder.document("second").await.unwrap().name, "Второй", "several businesses stand side by side");
}

#[tokio::test]
async fn without_a_terminal_a_bad_answer_is_named_and_nothing_is_written() {
    for (answers, prices, told) in [
        (ANSWERS.replace("barbershop", "barber_shop"), PRICES, "kind:"),
        (ANSWERS.replace("\"britva\"", "\"бритва\""), PRICES, "id:"),
        (ANSWERS.replace("name = \"Барбершоп «Бритва»\"", ""), PRICES, "name: не сказано"),
        (ANSWERS.replace("10:00–21:00", "с утра"), PRICES, "hours.mon:"),
        (ANSWERS.replace("sun =", "sunday ="), PRICES, "hours.sunday:"),
        (ANSWERS.replace("\"semyon\"", "\"семён\""), PRICES, "login:"),
        (ANSWERS.to_owned(), "Стрижка;1000\nБорода;дорого\n", "строка 2"),
        (ANSWERS.replace("price.csv", "none.csv"), PRICES, "none.csv не читается"),
        (format!("surprise = 1\n{ANSWERS}"), PRICES, "surprise"),
        (format!("{ANSWERS}\n[channel]\nkind = \"telegraf\"\n"), PRICES, "Канала «telegraf» нет"),
    ] {
        let folder = Folder::with(&answers, prices);
        let (is_well, said) = folder.init(&[]);
        assert!(!is_well && said.contains(told), "{told}: {said}");
        assert!(folder.document("britva").await.is_none(), "{told}: half a business");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_is_asked_before_anything_is_written() {
    let server = telegram::serve(telegram::Double::new(TOKEN)).await.unwrap();
    let answers = |token: &str| {
        format!(
            "{ANSWERS}\n[channel]\nkind = \"telegram\"\nnotice_read = true\ntoken = \"{token}\"\nbase_url = \"{}\"\n",
            server.url()
        )
    };
    let folder = Folder::with(&answers("1:wrong"), PRICES);
    let (is_well, said) = tokio::task::block_in_place(|| folder.init(&[]));
    assert!(!is_well && said.contains("channel:"), "{said}");
    assert!(folder.document("britva").await.is_none());
    let folder = Folder::with(&answers(TOKEN), PRICES);
    let (is_well, said) = tokio::task::block_in_place(|| folder.init(&[]));
    assert!(is_well && said.contains("Канал telegram отвечает"), "{said}");
    let document = folder.document("britva").await.unwrap();
    assert!(document.channels.iter().any(|entry| entry.kind == "telegram"));
}

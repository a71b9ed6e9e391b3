//! `nochnik calendar import` as an owner types it: the real binary beside the double of YCLIENTS.

use std::path::Path;
use std::process::Command;

use nochnik_doubles::yclients;

fn run(folder: &Path, words: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nochnik"));
    command.args(words).current_dir(folder).args(["--database", "sqlite:nochnik.db", "--key-file", "key"]);
    let done = command.args(["--log", "debug"]).output().unwrap();
    let said = [done.stdout, done.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (done.status.success(), said)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_sees_what_would_change_and_saves_it_once() {
    // One process after another meets a limit that each of them keeps by itself.
    let settings = yclients::Settings { per_s: None, per_min: None, ..yclients::Settings::default() };
    let branch = yclients::Double::new(settings.clone());
    let server = yclients::serve(branch.clone()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/../../businesses/demo.toml");
    let entry = format!(
        "[[calendars]]\nkind = \"yclients\"\ncompany = {}\npartner_token = \"{}\"\nbase_url = \"{}/api/v1\"\n",
        yclients::COMPANY,
        settings.partner_token,
        server.url()
    );
    let path = folder.path().join("lotos.toml");
    let document = std::fs::read_to_string(demo).unwrap();
    std::fs::write(&path, &document).unwrap();
    let import = ["business", "import", path.to_str().unwrap()];
    assert!(run(folder.path(), &import).0);
    let (is_well, said) = run(folder.path(), &["calendar", "import", "--of", "lotos"]);
    assert!(!is_well && said.contains("Ни в одном подключённом календаре"), "{said}");

    std::fs::write(&path, format!("{document}\n{entry}")).unwrap();
    assert!(run(folder.path(), &import).0);
    let words = ["calendar", "import", "--of", "lotos"];
    let (is_well, said) = run(folder.path(), &words);
    assert!(
        is_well && said.contains("услуга «Маникюр» (№\u{a0}331)") && said.contains("ничего не сохранено"),
        "{said}"
    );
    let (is_well, said) = run(folder.path(), &[&words[..], &["--save", "--account", "yclients"]].concat());
    assert!(is_well && said.contains("Сохранено, версия 3"), "{said}");
    let (is_well, said) = run(folder.path(), &[&words[..], &["--save"]].concat());
    assert!(is_well && said.contains("Менять нечего") && !said.contains("Сохранено"), "{said}");
    assert!(!said.contains(&settings.partner_token), "the token is said");
    branch.assert_clean();
}

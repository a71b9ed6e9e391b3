//! `nochnik crm` as an owner types it: the real binary beside the double of a CRM.

use std::path::Path;
use std::process::{Command, Output};

use nochnik_doubles::amocrm;

fn run(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nochnik"));
    command.args(words).current_dir(folder).args(["--database", "sqlite:nochnik.db", "--key-file", "key"]);
    command.args(["--log", "debug"]).output().unwrap()
}

/// The demo salon with the CRM of the double.
fn import(folder: &Path, base_url: &str, token: &str) {
    import_with(folder, &format!("kind = \"amocrm\"\nbase_url = \"{base_url}\"\ntoken = \"{token}\""));
}

fn import_with(folder: &Path, entry: &str) {
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/../../businesses/demo.toml");
    let demo = std::fs::read_to_string(demo).unwrap();
    let document = demo.replacen("kind = \"memory\"", entry, 1);
    assert!(document.contains(entry));
    let path = folder.join("lotos.toml");
    std::fs::write(&path, document).unwrap();
    let done = run(folder, &["business", "import", path.to_str().unwrap()]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_hears_what_the_crm_says_and_never_the_token() {
    let settings = amocrm::Settings::default();
    let token = settings.token.clone();
    let account = amocrm::Double::new(settings);
    let server = amocrm::serve(account.clone()).await.unwrap();
    for (given, is_well, words) in [
        (token.as_str(), true, "Поля Ночника в сделках есть"),
        ("eyJ.another.token", false, "CRM не работает. amoCRM не принимает токен"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        import(folder.path(), &server.url(), given);
        let done = run(folder.path(), &["crm", "check", "--of", "lotos"]);
        let said = [done.stdout, done.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        assert_eq!(done.status.success(), is_well, "{said}");
        assert!(said.contains(words), "{said}");
        assert!(!said.contains(given), "the token is said");
    }
    account.assert_clean();
}

#[test]
fn an_owner_gets_the_link_that_lets_us_in_and_never_the_secret() {
    let app =
        "kind = \"bitrix24\"\nportal = \"salon.bitrix24.ru\"\nclient_id = \"local.1\"\nclient_secret = \"s3cr3t\"";
    for (entry, is_well, words) in [
        (app, true, "https://salon.bitrix24.ru/oauth/authorize/?client_id=local.1&state=lotos."),
        ("kind = \"memory\"", false, "хватает ключа"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        import_with(folder.path(), entry);
        let done = run(folder.path(), &["crm", "connect", "--of", "lotos"]);
        let said = [done.stdout, done.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        assert_eq!(done.status.success(), is_well, "{said}");
        assert!(said.contains(words), "{said}");
        assert!(!said.contains("s3cr3t"), "the secret is said");
    }
}

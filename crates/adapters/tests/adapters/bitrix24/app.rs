//! The portal through a local application: who is asked for an access, when, and whom we believe.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use jiff::Timestamp;
use nochnik_adapters::Failure;
use nochnik_adapters::crm::{self, OpenContext};
use nochnik_adapters::failure::codes;
use nochnik_adapters::ports::{
    Attempt, Authorization, Crm, ExposeSecret, Grant, Granted, Grants, PortalNews, Renewal, SecretString,
};
use nochnik_core::business::CrmEntry;
use nochnik_core::crm::CrmRefs;
use nochnik_doubles::bitrix24::{APPLICATION_TOKEN, Double, Settings};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::cards::{NOW_MS, card};
use crate::wire::{Heard, Line, Reply};

pub const SECRET: &str = "s3cr3t-of-the-app";
pub const CLIENT: &str = "local.6911";
const HOUR_MS: i64 = 3_600_000;
const HOOK: &str = "https://nochnik.example.ru/crm/lotos/p4th";

/// A book of one page, in memory.
#[derive(Default)]
pub struct Book(Mutex<Option<(Grant, SecretString)>>);

impl Book {
    async fn put(&self, new: Granted) {
        let mut page = self.0.lock().await;
        let version = page.as_ref().map_or(1, |(grant, _)| grant.version + 1);
        *page = Some((grant_of(&new, version), new.refresh));
    }

    async fn grant(&self) -> Option<Grant> {
        self.0.lock().await.as_ref().map(|(grant, _)| grant.clone())
    }
}

fn grant_of(new: &Granted, version: i64) -> Grant {
    Grant {
        client_id: new.client_id.clone(),
        member_id: new.member_id.clone(),
        endpoint: new.endpoint.clone(),
        access: new.access.clone(),
        application_token: new.application_token.clone(),
        version,
        is_lost: false,
    }
}

#[async_trait]
impl Grants for Book {
    async fn current(&self) -> Result<Option<Grant>, Failure> {
        Ok(self.grant().await)
    }

    async fn renewed(&self, stale: &Grant, renewal: Arc<dyn Renewal>) -> Result<Grant, Failure> {
        let mut page = self.0.lock().await;
        let (grant, refresh) = page.clone().unwrap();
        if grant.version != stale.version {
            return Ok(grant);
        }
        let new = renewal.renew(stale, &refresh).await?;
        let grant = grant_of(&new, grant.version + 1);
        *page = Some((grant.clone(), new.refresh));
        Ok(grant)
    }
}

pub struct Desk {
    pub portal: Double,
    pub line: Line,
    pub book: Arc<Book>,
    crm: Arc<dyn Crm>,
    now_ms: Arc<AtomicI64>,
}

impl Desk {
    fn new() -> Self {
        Self::altered(|_| None)
    }

    /// `alter` may answer in the vendor's place.
    fn altered(alter: impl Fn(&Heard) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let portal = Double::new(Settings::default());
        portal.add_app(CLIENT, SECRET);
        let now_ms = Arc::new(AtomicI64::new(NOW_MS));
        let (other_end, clock) = (portal.clone(), now_ms.clone());
        let line = Line::to_whole(move |heard| {
            alter(heard).unwrap_or_else(|| answered(&other_end, heard, clock.load(Ordering::Relaxed)))
        });
        let book = Arc::<Book>::default();
        let context = OpenContext {
            grants: Some(book.clone()),
            hook_url: Some(HOOK.to_owned()),
            wire: line.wire(),
            ..OpenContext::default()
        };
        let crm = crm::open(Some(&entry(&[])), &context).unwrap().unwrap();
        Self { portal, line, book, crm, now_ms }
    }

    pub async fn connected() -> Self {
        let desk = Self::new();
        desk.connect().await.unwrap();
        desk.line.heard();
        desk
    }

    fn door(&self) -> Arc<dyn Authorization> {
        self.crm.authorization().unwrap()
    }

    async fn connect(&self) -> Result<(), Failure> {
        let code = self.portal.authorize(self.now_ms()).unwrap();
        self.book.put(self.door().redeem(&pairs(&[("code", &code), ("state", "x")])).await?).await;
        self.door().settle().await
    }

    async fn put(&self) -> Result<CrmRefs, Failure> {
        let attempt = Attempt { now: Timestamp::from_millisecond(self.now_ms()).unwrap(), ..Attempt::default() };
        self.crm.put(&card(), &CrmRefs::new(), attempt).await.done
    }

    pub fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    pub fn pass(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

/// The authorisation server and the portal are two hosts.
fn answered(portal: &Double, heard: &Heard, now_ms: i64) -> Reply {
    match (heard.url.host_str().unwrap(), heard.url.path()) {
        ("oauth.bitrix24.tech", "/oauth/token/") => {
            assert_eq!(heard.method, "GET");
            let answer = portal.oauth_token(heard.url.query().unwrap(), now_ms);
            Reply::says(answer.status, &answer.body)
        }
        ("oauth.bitrix24.tech", "/rest/app.info") | ("salon-demo.bitrix24.ru", _) => {
            let place = heard.url.query().map_or_else(String::new, |query| format!("?{query}"));
            portal.request(&format!("{}{place}", heard.url.path()), &heard.body, now_ms).into()
        }
        (host, path) => panic!("{host}{path} is nobody's business"),
    }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn entry(changed: &[(&str, Option<Value>)]) -> CrmEntry {
    let mut fields = BTreeMap::from([
        ("portal".to_owned(), json!("salon-demo.bitrix24.ru")),
        ("client_id".to_owned(), json!(CLIENT)),
        ("client_secret".to_owned(), json!(SECRET)),
    ]);
    for (name, value) in changed {
        match value {
            Some(value) => fields.insert((*name).to_owned(), value.clone()),
            None => fields.remove(*name),
        };
    }
    CrmEntry { kind: "bitrix24".to_owned(), fields }
}

/// The methods that were asked, in order.
pub fn asked(line: &Line) -> Vec<String> {
    let name = |heard: &Heard| heard.url.path().trim_end_matches('/').rsplit('/').next().unwrap().to_owned();
    line.heard_whole().iter().map(name).collect()
}

#[test]
fn an_entry_names_one_way_in() {
    let webhook = || Some(json!("https://salon-demo.bitrix24.ru/rest/17/h00kc0de/"));
    for (changed, field) in [
        (vec![("webhook_url", webhook())], "webhook_url"),
        (vec![("portal", None), ("client_id", None), ("client_secret", None)], "webhook_url"),
        (vec![("client_secret", None)], "client_secret"),
        (vec![("portal", None)], "portal"),
        (vec![("portal", Some(json!("http://salon-demo.bitrix24.ru")))], "portal"),
        (vec![("portal", Some(json!("salon-demo.bitrix24.ru/rest/")))], "portal"),
        (vec![("portal", Some(json!("10.0.0.7")))], "portal"),
        (vec![("portal", Some(json!("intranet")))], "portal"),
    ] {
        let context = OpenContext { grants: Some(Arc::<Book>::default()), ..OpenContext::default() };
        let problem = crm::open(Some(&entry(&changed)), &context).err().unwrap_or_else(|| panic!("{changed:?}"));
        assert_eq!(problem.field, field, "{changed:?}: {problem}");
    }
    let looked_at = crm::open(Some(&entry(&[])), &OpenContext::default()).unwrap().unwrap();
    assert!(looked_at.authorization().is_some(), "settings are looked at without a book");
}

/// Access in the body, never in an address; the secret goes to the authorisation server alone.
#[tokio::test]
async fn a_card_goes_with_an_access_that_stands_in_no_address() {
    let desk = Desk::connected().await;
    desk.put().await.unwrap();
    assert_eq!(desk.portal.leads().len(), 1);
    for heard in desk.line.heard_whole() {
        assert_eq!(heard.url.host_str(), Some("salon-demo.bitrix24.ru"), "nothing is asked beforehand");
        assert_eq!(heard.url.query(), None);
        assert!(heard.body["auth"].as_str().unwrap().starts_with("at_"));
        assert!(!heard.body.to_string().contains(SECRET));
    }
    assert_eq!(desk.portal.refreshes(), 0, "an access that is good is not renewed");
    desk.portal.assert_clean();
}

#[tokio::test]
async fn fault_f47_an_access_that_is_too_old_is_renewed_once_and_the_same_call_repeated() {
    let desk = Desk::connected().await;
    desk.pass(HOUR_MS);
    desk.put().await.unwrap();
    let asked = asked(&desk.line);
    assert_eq!(asked[1], "token", "{asked:?}");
    assert_eq!(asked[0], asked[2], "{asked:?}");
    assert_eq!(asked.iter().filter(|name| *name == "token").count(), 1, "{asked:?}");
    assert_eq!((desk.portal.refreshes(), desk.portal.leads().len()), (1, 1));
    desk.portal.assert_clean();
}

#[tokio::test]
async fn an_access_refused_twice_is_the_owners_move() {
    for code in ["expired_token", "invalid_token"] {
        let desk = Desk::altered(move |heard| {
            let is_call = heard.url.path() == "/rest/batch";
            is_call.then(|| Reply::says(401, &json!({ "error": code, "error_description": "…" })))
        });
        desk.connect().await.unwrap();
        let failure = desk.put().await.unwrap_err();
        assert!(matches!(&failure, Failure::Broken { hint, .. } if hint.contains("Подключить")), "{failure:?}");
        assert_eq!(desk.portal.refreshes(), 1, "and not over and over");
    }
}

#[tokio::test]
async fn fault_f48_what_is_not_connected_or_lost_says_whose_move_it_is_and_no_secret() {
    let desk = Desk::new();
    let never = desk.put().await.unwrap_err();
    desk.connect().await.unwrap();
    desk.portal.forget_refresh_tokens();
    desk.pass(HOUR_MS);
    let lost = desk.put().await.unwrap_err();
    for failure in [never, lost] {
        assert!(matches!(&failure, Failure::Broken { hint, .. } if hint.contains("Ещё → CRM")), "{failure:?}");
        let told = format!("{failure:?}");
        assert!(!told.contains(SECRET) && !told.contains("rt_") && !told.contains("at_"), "{told}");
    }
    assert!(desk.portal.leads().is_empty());
    let shown = format!("{:?}", desk.book.grant().await.unwrap());
    assert!(!shown.contains("at_"), "{shown}");
}

/// The authorisation server's words, by whatever status they come.
#[tokio::test]
async fn each_word_of_the_authorisation_server_means_what_the_sheet_says() {
    for (code, expected) in [
        ("invalid_grant", "refused"),
        ("invalid_client", "broken"),
        ("invalid_request", "broken"),
        ("insufficient_scope", "broken"),
        ("PAYMENT_REQUIRED", "broken"),
        ("server_is_busy", "later"),
    ] {
        for status in [200, 400, 401, 403] {
            let desk = Desk::altered(move |heard| {
                let is_token = heard.url.path() == "/oauth/token/";
                is_token.then(|| Reply::says(status, &json!({ "error": code, "error_description": "…" })))
            });
            let failure = desk.connect().await.unwrap_err();
            let word = match &failure {
                Failure::Refused { code, .. } if code == codes::LOST => "refused",
                Failure::Broken { .. } => "broken",
                Failure::Later { .. } => "later",
                other => panic!("{code}: {other:?}"),
            };
            assert_eq!(word, expected, "{code} {status}");
        }
    }
}

/// An address in an answer is believed only when it is encrypted, public and the owner's own portal.
#[tokio::test]
async fn control_c17_an_access_leads_to_the_owners_portal_only() {
    for endpoint in [
        "http://salon-demo.bitrix24.ru/rest/",
        "https://127.0.0.1/rest/",
        "https://10.0.0.1/rest/",
        "https://169.254.169.254/rest/",
        "https://intranet/rest/",
        "https://evil.example.ru/rest/",
        "https://salon-demo.bitrix24.ru@evil.example.ru/rest/",
    ] {
        let desk = Desk::altered(move |heard| {
            let is_token = heard.url.path() == "/oauth/token/";
            is_token.then(|| {
                Reply::says(
                    200,
                    &json!({ "access_token": "at", "refresh_token": "rt", "expires_in": 3600, "member_id": "m",
                             "client_endpoint": endpoint }),
                )
            })
        });
        let failure = desk.connect().await.unwrap_err();
        assert!(matches!(&failure, Failure::Broken { .. }), "{endpoint}: {failure:?}");
        assert_eq!(desk.line.heard().len(), 1, "{endpoint} was called");
    }
}

#[tokio::test]
async fn the_link_leads_to_the_portal_and_carries_the_state() {
    let link = Desk::new().door().link("lotos.a b&c");
    assert_eq!(link, "https://salon-demo.bitrix24.ru/oauth/authorize/?client_id=local.6911&state=lotos.a+b%26c");
}

#[tokio::test]
async fn an_installation_is_proved_before_it_is_believed() {
    let desk = Desk::new();
    let form = desk.portal.install(desk.now_ms()).unwrap();
    let PortalNews::Installed(installed) = desk.door().read(form.as_bytes(), None).unwrap() else { panic!() };
    assert!(desk.line.heard().is_empty(), "reading asks nobody");
    let granted = desk.door().prove(installed.clone()).await.unwrap();
    assert_eq!(asked(&desk.line), ["app.info", "token"]);
    assert_eq!(granted.application_token.as_ref().map(ExposeSecret::expose_secret), Some(APPLICATION_TOKEN));
    desk.book.put(granted).await;
    desk.put().await.unwrap();

    // Its refresh token is used up: a copy of the form proves nothing.
    assert!(desk.door().prove(installed).await.is_err());
    for (was, is) in [
        ("oauth%2Ebitrix24%2Etech", "evil%2Eexample"),
        ("at%5F", "xx%5F"),
        ("rt%5F", "xx%5F"),
        ("member%5Fid%5D=5d1e", "member%5Fid%5D=0000"),
    ] {
        let desk = Desk::new();
        let form = desk.portal.install(desk.now_ms()).unwrap();
        let forged = form.replace(was, is);
        assert_ne!(form, forged, "{was}");
        let believed = match desk.door().read(forged.as_bytes(), None) {
            Ok(PortalNews::Installed(installed)) => desk.door().prove(installed).await.is_ok(),
            Ok(_) => true,
            Err(_) => false,
        };
        assert!(!believed, "{was} → {is}");
    }
}

#[tokio::test]
async fn an_event_proves_itself_by_the_word_that_was_left_with_us() {
    let desk = Desk::connected().await;
    let form = desk.portal.event("ONCRMLEADUPDATE", 5_120, desk.now_ms());
    let read = |form: &str, grant: &Option<Grant>| desk.door().read(form.as_bytes(), grant.as_ref());
    let without = desk.book.grant().await;
    assert!(read(&form, &without).is_err(), "no word was left with us yet");
    assert!(read(&form, &None).is_err());

    let grant = without.map(|grant| Grant { application_token: Some(APPLICATION_TOKEN.into()), ..grant });
    assert!(matches!(read(&form, &grant), Ok(PortalNews::Cards)));
    let gone = desk.portal.uninstall(desk.now_ms()).unwrap();
    assert!(matches!(read(&gone, &grant), Ok(PortalNews::Removed)));
    for forged in [
        gone.replace(APPLICATION_TOKEN, "51856fefc120afa4b628cc82d3935ccf"),
        gone.replace(APPLICATION_TOKEN, &APPLICATION_TOKEN[..31]),
        gone.replace(APPLICATION_TOKEN, ""),
        gone.replace("5d1e0c7a9b2f4e6688aa00bb11cc22dd", "00000000000000000000000000000000"),
        format!("{gone}&auth%5Bapplication%5Ftoken%5D={APPLICATION_TOKEN}"),
        "event=ONAPPUNINSTALL".to_owned(),
        String::new(),
    ] {
        assert!(read(&forged, &grant).is_err(), "{forged}");
    }
}

#[tokio::test]
async fn the_portal_is_asked_once_to_tell_of_its_going_and_of_cards() {
    let desk = Desk::connected().await;
    desk.door().settle().await.unwrap();
    let told = ["ONAPPUNINSTALL", "ONCRMLEADUPDATE", "ONCRMLEADDELETE", "ONCRMDEALUPDATE", "ONCRMDEALDELETE"];
    assert_eq!(desk.portal.handlers(), told.map(|event| (event.to_owned(), HOOK.to_owned())));
    desk.portal.assert_clean();
}

const PAGE: &str = "https://nochnik.example.ru/portal/lotos";

#[tokio::test]
async fn a_page_of_ours_is_put_there_once_and_taken_away() {
    let desk = Desk::connected().await;
    desk.portal.set(|settings| settings.scopes = vec!["crm".to_owned(), "placement".to_owned()]);
    let expected = [("CRM_ANALYTICS_MENU".to_owned(), PAGE.to_owned())];
    for _ in 0..2 {
        desk.door().place(PAGE, true).await.unwrap();
        assert_eq!(desk.portal.placements(), expected);
    }
    for _ in 0..2 {
        desk.door().place(PAGE, false).await.unwrap();
        assert!(desk.portal.placements().is_empty());
    }
    desk.portal.set(|settings| settings.scopes = vec!["crm".to_owned()]);
    let refused = desk.door().place(PAGE, true).await;
    assert!(matches!(&refused, Err(Failure::Broken { hint, .. }) if hint.contains("placement")), "{refused:?}");
    desk.portal.assert_clean();
}

/// Who opens the page is asked of the portal; everything that is not so is nobody.
#[tokio::test]
async fn whoever_opens_our_page_is_proved_by_the_portal() {
    let desk = Desk::connected().await;
    let mut grant = desk.book.current().await.unwrap().unwrap();
    grant.application_token = Some(APPLICATION_TOKEN.into());
    let opens = |user| desk.portal.opens_page(user, desk.now_ms()).unwrap();
    let origin = "https://salon-demo.bitrix24.ru".to_owned();
    for (user, is_admin) in [(17, true), (23, false)] {
        let seen = desk.door().visitor(opens(user).as_bytes(), Some(&grant)).await.unwrap().unwrap();
        assert_eq!((seen.id, seen.is_admin, &seen.origin), (user, is_admin, &origin));
    }
    let good = opens(23);
    let other = |change: &dyn Fn(&mut Grant)| {
        let mut other = grant.clone();
        change(&mut other);
        other
    };
    let forged = [
        ("another word", good.replace(APPLICATION_TOKEN, "51856fefc120afa4b628cc82d3935ccf"), Some(grant.clone())),
        ("another portal", good.replace("member_id=5", "member_id=6"), Some(grant.clone())),
        ("an access of nobody's", good.replace("AUTH_ID=vt", "AUTH_ID=xx"), Some(grant.clone())),
        ("no access", good.replace("AUTH_ID", "AUTH"), Some(grant.clone())),
        ("the word twice", format!("{good}&APPLICATION_TOKEN=x"), Some(grant.clone())),
        ("never let in", good.clone(), None),
        ("no word kept", good.clone(), Some(other(&|grant| grant.application_token = None))),
        ("lost", good.clone(), Some(other(&|grant| grant.is_lost = true))),
        ("another application", good.clone(), Some(other(&|grant| grant.client_id = "local.other".to_owned()))),
        ("nothing", String::new(), Some(grant.clone())),
    ];
    for (what, body, grant) in forged {
        assert!(desk.door().visitor(body.as_bytes(), grant.as_ref()).await.unwrap().is_err(), "{what}");
    }
    desk.pass(3_601_000);
    assert!(desk.door().visitor(good.as_bytes(), Some(&grant)).await.unwrap().is_err(), "an hour later");
    desk.portal.assert_clean();
}

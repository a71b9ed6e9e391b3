//! A local application of the portal: calls carry an access that lives for an hour, and a new one is asked for only
//! when the portal refuses the old.

use std::sync::Arc;

use async_trait::async_trait;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Value;
use subtle::ConstantTimeEq;

use super::call::Said;
use super::oauth::{self, Oauth};
use crate::access::{self, Access, Hints};
use crate::failure::Failure;
use crate::form;
use crate::guard::Guard;
use crate::http::{Answer, Http};
use crate::ports::{Forged, Grant, Granted, Grants, Installed, PortalNews, Renewal};
use crate::settings::{Settings, SettingsProblem};

const FIELDS: [&str; 3] = ["portal", "client_id", "client_secret"];
const CONNECT: &str =
    "Битрикс24 ещё не подключён. Владельцу: откройте в кабинете «Ещё → CRM» и нажмите «Подключить Битрикс24».";
const LOST: &str = "Битрикс24 больше не пускает Ночник. Владельцу: откройте в кабинете «Ещё → CRM» и нажмите «Подключить Битрикс24»; заявки ждут и уйдут сами.";
const HINTS: Hints = Hints { connect: CONNECT, lost: LOST };

/// The application of one business.
#[derive(Clone)]
pub struct App {
    oauth: Oauth,
    portal: Url,
    access: Access,
}

impl App {
    /// Whether the entry names an application at all.
    pub fn is_named(settings: &Settings<'_>) -> Result<bool, SettingsProblem> {
        access::is_named(settings, &FIELDS)
    }

    pub fn open(settings: &Settings<'_>, grants: Option<Arc<dyn Grants>>) -> Result<Self, SettingsProblem> {
        let [portal, client_id, client_secret] = FIELDS.map(|name| {
            let missing =
                || settings.problem(name, "Для локального приложения заполните portal, client_id и client_secret");
            settings.text(name)?.ok_or_else(missing)
        });
        let portal = portal_of(settings, portal?)?;
        let http = Http::open_guarded(settings, &portal, &[], Guard::of(&portal))?;
        let client_id = client_id?;
        let oauth = Oauth::new(http, &portal, client_id, client_secret?);
        let oauth = oauth.ok_or_else(|| settings.problem("portal", "У сервера доступа нет адреса"))?;
        Ok(Self { oauth, portal, access: Access::new(client_id, grants, HINTS) })
    }

    pub fn http(&self) -> Http {
        self.oauth.http.clone()
    }

    pub fn host(&self) -> String {
        self.portal.host_str().unwrap_or_default().to_owned()
    }

    /// The access as it stands: what the portal makes of it is for the portal to say.
    pub async fn grant(&self) -> Result<Grant, Failure> {
        self.access.grant(|_| true).await
    }

    /// The next access, for a call that the portal refused for its old one.
    pub async fn renewed(&self, stale: &Grant) -> Result<Grant, Failure> {
        self.access.renewed(stale, Arc::new(self.clone())).await
    }

    pub fn link(&self, state: &str) -> String {
        let mut url = self.portal.clone();
        url.set_path("/oauth/authorize/");
        url.query_pairs_mut().extend_pairs([("client_id", self.oauth.client_id.as_str()), ("state", state)]);
        url.into()
    }

    pub async fn redeem(&self, query: &[(String, String)]) -> Result<Granted, Failure> {
        self.of_our_portal(self.oauth.exchange(self.access.code(query)?).await?)
    }

    /// The access must be good for the vendor itself, and the word beside it must be ours to use.
    pub async fn prove(&self, installed: Installed) -> Result<Granted, Failure> {
        let info = self.oauth.app_info(&installed.access).await?;
        let is_ours = info["CODE"].as_str().is_none_or(|code| code == self.oauth.client_id);
        let granted = self.of_our_portal(self.oauth.refresh(&installed.refresh).await?)?;
        if !is_ours || granted.member_id != installed.member_id {
            return Err(oauth::of_another_portal());
        }
        Ok(Granted { application_token: Some(installed.application_token), ..granted })
    }

    /// An access given anew must be of the portal that the owner has named; later the portal may move.
    fn of_our_portal(&self, granted: Granted) -> Result<Granted, Failure> {
        let host = Url::parse(&granted.endpoint).ok();
        let is_ours = host.as_ref().and_then(Url::host_str) == self.portal.host_str();
        if is_ours { Ok(granted) } else { Err(oauth::of_another_portal()) }
    }

    /// Reads a post of the portal. An installation proves itself by asking the vendor; everything else by the word that
    /// was left with us then.
    pub fn read(&self, body: &[u8], grant: Option<&Grant>) -> Result<PortalNews, Forged> {
        let pairs = form::decode(body);
        let auth = |name: &str| form::only(&pairs, &format!("auth[{name}]")).filter(|text| !text.is_empty());
        // A page of ours that the portal opens in a frame comes with other names.
        let framed = |name: &str| form::only(&pairs, name).filter(|text| !text.is_empty());
        let event = framed("event").or_else(|| framed("PLACEMENT")).ok_or(Forged)?.to_uppercase();
        let member_id = auth("member_id").or_else(|| framed("member_id")).ok_or(Forged)?;
        let token = auth("application_token").or_else(|| framed("APPLICATION_TOKEN")).ok_or(Forged)?;
        if event == "ONAPPINSTALL" {
            let is_vendor = auth("server_endpoint").is_some_and(|server| oauth::is_server(server) || self.is_double());
            let (access, refresh) = (auth("access_token").ok_or(Forged)?, auth("refresh_token").ok_or(Forged)?);
            let installed = Installed {
                member_id: member_id.to_owned(),
                access: SecretString::from(access),
                refresh: SecretString::from(refresh),
                application_token: SecretString::from(token),
            };
            return if is_vendor { Ok(PortalNews::Installed(installed)) } else { Err(Forged) };
        }
        self.proved(grant, member_id, token)?;
        match event.as_str() {
            "ONAPPUNINSTALL" => Ok(PortalNews::Removed),
            _ => Ok(PortalNews::Other(event)),
        }
    }

    /// Somebody's own access with which the portal opened our page for them, as that access's grant.
    pub fn visitor(&self, body: &[u8], grant: Option<&Grant>) -> Result<Grant, Forged> {
        let pairs = form::decode(body);
        let given = |name: &str| form::only(&pairs, name).filter(|text| !text.is_empty()).ok_or(Forged);
        let grant = self.proved(grant, given("member_id")?, given("APPLICATION_TOKEN")?)?;
        Ok(Grant { access: SecretString::from(given("AUTH_ID")?), ..grant.clone() })
    }

    /// By the word that the portal left with us when it let us in, and its own name.
    fn proved<'a>(&self, grant: Option<&'a Grant>, member_id: &str, token: &str) -> Result<&'a Grant, Forged> {
        let grant = grant.filter(|grant| grant.client_id == self.oauth.client_id && !grant.is_lost).ok_or(Forged)?;
        let kept = grant.application_token.as_ref().ok_or(Forged)?.expose_secret();
        let is_theirs = bool::from(kept.as_bytes().ct_eq(token.as_bytes())) && grant.member_id == member_id;
        if is_theirs { Ok(grant) } else { Err(Forged) }
    }

    pub fn client_id(&self) -> &str {
        &self.oauth.client_id
    }

    fn is_double(&self) -> bool {
        crate::settings::is_loopback(&self.portal)
    }
}

#[async_trait]
impl Renewal for App {
    async fn renew(&self, grant: &Grant, refresh: &SecretString) -> Result<Granted, Failure> {
        let granted = self.oauth.refresh(refresh).await?;
        if granted.member_id == grant.member_id { Ok(granted) } else { Err(oauth::of_another_portal()) }
    }
}

/// The parameters of a method with the access beside them, in their own order: not in the address, which gets into logs.
#[derive(Serialize)]
pub struct Authorised<'a, B: Serialize> {
    auth: &'a str,
    #[serde(flatten)]
    body: &'a B,
}

impl<'a, B: Serialize> Authorised<'a, B> {
    pub fn new(grant: &'a Grant, body: &'a B) -> Self {
        Self { auth: grant.access.expose_secret(), body }
    }
}

/// The portal has not done it: the access is too old, or not known any more.
pub fn is_stale(answer: &Answer) -> bool {
    let said = || serde_json::from_slice(&answer.body).map(|body: Value| Said::read(&body)).unwrap_or_default();
    answer.status == 401 && matches!(said().code.as_str(), "expired_token" | "invalid_token")
}

/// Refusals that a person must mend, where they are other than a webhook's.
pub fn hint_of(code: &str) -> Option<&'static str> {
    Some(match code {
        "NO_AUTH_FOUND" | "expired_token" | "invalid_token" => LOST,
        "insufficient_scope" => {
            "Приложению Битрикс24 не хватает прав. Отметьте в его карточке на портале право «CRM (crm)» и подключите заново: «Ещё → CRM»."
        }
        "ACCESS_DENIED" | "user_access_error" | "allowed_only_intranet_user" | "INVALID_CREDENTIALS" => {
            "Битрикс24 не даёт доступа: проверьте тариф с подпиской на Маркет и права сотрудника, который подключил Ночник, на лиды, сделки и контакты."
        }
        "METHOD_CONFIRM_WAITING" | "METHOD_CONFIRM_DENIED" => {
            "Администратор Битрикс24 должен подтвердить доступ приложения к CRM."
        }
        "PORTAL_DELETED" => "Портала Битрикс24 больше нет. Укажите другой портал в разделе [crm] или выключите CRM.",
        "INVALID_REQUEST" | "WRONG_AUTH_TYPE" => CONNECT,
        _ => return None,
    })
}

/// `https://P/` of a name, or of an address of this machine.
fn portal_of(settings: &Settings<'_>, text: &str) -> Result<Url, SettingsProblem> {
    let wrong = || settings.problem("portal", "Нужно имя портала: портал.bitrix24.ru, без https:// и без пути");
    let address = if text.contains("://") { text.to_owned() } else { format!("https://{text}/") };
    let url = Url::parse(&address).map_err(|_| wrong())?;
    let url = Guard::of(&url).url(url.as_str()).map_err(|_| wrong())?;
    if url.path() == "/" && url.query().is_none() { Ok(url) } else { Err(wrong()) }
}

//! Our bot on the portal: made once, known again by its code, made anew when somebody has deleted it.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use super::{OpenContext, refusal};
use crate::bitrix24::call::{Care, Portal, Said};
use crate::failure::{Failure, Scope};
use crate::settings::{Settings, SettingsProblem};

/// All buttons of ours carry one command; what a button means is its parameter.
pub const COMMAND: &str = "nochnik";
const POSITION: &str = "Зовёт дежурных";
/// The kind of CRM under which the consent to the application is kept.
const GRANTED_TO: &str = "bitrix24";
/// A token has at most 40 characters.
const TOKEN_BYTES: usize = 20;
const CODE_BYTES: usize = 6;

pub struct Bot {
    portal: Portal,
    name: String,
    code: String,
    /// Proves the bot to be ours where a webhook lets us in; an application proves itself.
    token: Option<SecretString>,
    standing: Mutex<Standing>,
}

/// How far the bot has been enrolled since we began.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Unknown,
    Registered(i64),
    /// Its command is registered, too.
    Ready(i64),
}

impl Bot {
    pub fn open(
        settings: &Settings<'_>,
        context: &OpenContext,
        per_s: f64,
        name: &str,
    ) -> Result<Self, SettingsProblem> {
        let grants = context.grants.as_ref().map(|page_of| page_of(GRANTED_TO));
        let portal = Portal::open_either(settings, per_s, grants)?;
        let is_app = portal.app().is_some();
        let secret = &context.hook_secret;
        // A bot belongs to whoever has made it: by another way in it would be another's.
        let of = if is_app { "application" } else { "webhook" };
        let code = format!("nochnik_{}", derived(secret, &format!("bot code, {of}"), CODE_BYTES));
        let token = (!is_app).then(|| SecretString::from(derived(secret, "bot token", TOKEN_BYTES)));
        Ok(Self { portal, name: name.to_owned(), code, token, standing: Mutex::new(Standing::Unknown) })
    }

    pub fn portal(&self) -> &Portal {
        &self.portal
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Calls a method in the bot's name and tells which bot that was; a bot that is not there any more is made anew
    /// once. `params` are made for the bot's number.
    pub async fn call(
        &self,
        method: &str,
        params: impl Fn(i64) -> Value,
        care: Care,
    ) -> Result<(i64, Result<Value, Said>), Failure> {
        let bot = self.enrolled().await?;
        let said = self.named(method, bot, params(bot), care).await?;
        if !said.as_ref().is_err_and(is_gone) {
            return Ok((bot, said));
        }
        tracing::warn!("The bot of a Bitrix24 portal is gone; it is made anew");
        self.forget(bot).await;
        let bot = self.enrolled().await?;
        Ok((bot, self.named(method, bot, params(bot), care).await?))
    }

    async fn named(&self, method: &str, bot: i64, mut params: Value, care: Care) -> Result<Result<Value, Said>, Failure> {
        params["botId"] = bot.into();
        if let Some(token) = &self.token {
            params["botToken"] = token.expose_secret().into();
        }
        self.portal.call_knowing(method, &params, care, refusal::own(&self.portal)).await
    }

    /// The bot's number. Whoever asks first enrols it, the others wait for that.
    async fn enrolled(&self) -> Result<i64, Failure> {
        let mut standing = self.standing.lock().await;
        let bot = match *standing {
            Standing::Ready(bot) => return Ok(bot),
            Standing::Registered(bot) => bot,
            Standing::Unknown => self.register().await?,
        };
        *standing = Standing::Registered(bot);
        let command = json!({ "fields": { "command": COMMAND, "hidden": true, "common": false } });
        match self.named("imbot.v2.Command.register", bot, command, Care::Asks).await? {
            Ok(_) => *standing = Standing::Ready(bot),
            Err(said) if is_gone(&said) => {
                *standing = Standing::Unknown;
                return Err(gone_at_once());
            }
            Err(said) => return Err(refusal::of_any(&said)),
        }
        Ok(bot)
    }

    async fn forget(&self, bot: i64) {
        let mut standing = self.standing.lock().await;
        if *standing == Standing::Ready(bot) {
            *standing = Standing::Unknown;
        }
    }

    /// A bot of this code that is there already comes back as it is.
    async fn register(&self) -> Result<i64, Failure> {
        let mut fields = json!({
            "code": self.code, "type": "bot", "eventMode": "fetch", "isReactionsEnabled": false,
            "properties": { "name": self.name, "workPosition": POSITION },
        });
        if let Some(token) = &self.token {
            fields["botToken"] = token.expose_secret().into();
        }
        let body = json!({ "fields": fields });
        let own = refusal::own(&self.portal);
        let said = self.portal.call_knowing("imbot.v2.Bot.register", &body, Care::Asks, own).await?;
        let result = said.map_err(|said| refusal::of_any(&said))?;
        let bot = result["bot"]["id"].as_i64().ok_or_else(|| later("a registration names no bot"))?;
        self.rename(bot, &result["users"]).await?;
        Ok(bot)
    }

    /// The owner may have chosen another name since. A portal that does not take it harms nobody.
    async fn rename(&self, bot: i64, users: &Value) -> Result<(), Failure> {
        let own = users.as_array().into_iter().flatten().find(|user| user["id"] == bot);
        if own.is_none_or(|user| user["name"] == self.name.as_str()) {
            return Ok(());
        }
        let change = json!({ "fields": { "properties": { "name": self.name } } });
        self.named("imbot.v2.Bot.update", bot, change, Care::Asks).await.map(drop)
    }
}

fn is_gone(said: &Said) -> bool {
    said.code == "BOT_NOT_FOUND"
}

fn gone_at_once() -> Failure {
    later("the bot was gone as soon as it was made")
}

fn later(why: &str) -> Failure {
    Failure::Later { after: None, scope: Scope::Destination, why: why.to_owned() }
}

/// Follows from the secret of the account, which cannot be read from it.
fn derived(secret: &str, what: &str, bytes: usize) -> String {
    let digest = Sha256::digest(format!("{what}\n{secret}"));
    digest.iter().take(bytes).map(|byte| format!("{byte:02x}")).collect()
}

//! Console sessions in the store: the cookie holds an id, the database only its hash.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use nochnik_store::{Sql, StoreError, people};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{self, Id, Record};
use tower_sessions::session_store::{self, Error};
use tower_sessions::{Expiry, Session, SessionManagerLayer, SessionStore};

use super::assets::hex;
use super::{Shared, Trouble, Web};

/// A session ends this long after entering, whatever happens. Source: security C-34.
pub const SESSION_MS_MAX: i64 = 7 * 24 * 3_600_000;
/// The session of an owner or an integrator ends sooner.
pub const OWNER_SESSION_MS_MAX: i64 = 12 * 3_600_000;
/// A session unused for so long is over; the duty manager's night is one shift.
pub const IDLE_MS_MAX: i64 = 8 * 3_600_000;
/// Use is written down no more often than this.
pub const SEEN_STEP_MS: i64 = 5 * 60_000;

/// Key of [`Entered`] in a session.
pub const ENTERED: &str = "entered";

/// What a session remembers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered {
    pub business: String,
    pub login: String,
    /// When the password was given.
    pub since_ms: i64,
    /// When it was last used, to the step of [`SEEN_STEP_MS`].
    pub seen_ms: i64,
    /// «Chrome, Android», as the browser named itself; empty in a session of an earlier release.
    #[serde(default)]
    pub browser: String,
}

/// Key of [`HalfWay`] in a session.
pub const HALF_WAY: &str = "half_way";
/// The code of the phone is waited for so long after the password.
pub const HALF_WAY_MS_MAX: i64 = 10 * 60_000;

/// Somebody whose password was right and whose code is waited for. It opens nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HalfWay {
    pub business: String,
    pub login: String,
    /// When the password was given.
    pub since_ms: i64,
    pub browser: String,
    /// Where they wanted to go.
    pub next: String,
}

/// Key of the id under which [`exchange`] has put a session into the store already.
const MADE: &str = "made";

/// Makes the half-way session of this request a full one under a new id, and does `also` with it; false when it was ended
/// while the request ran: then nothing is done, and nobody is in.
pub async fn exchange(
    web: &Shared,
    session: &Session,
    entered: Entered,
    also: impl Fn(&mut dyn Sql) -> Result<(), StoreError> + Send + Sync + 'static,
) -> Result<bool, Trouble> {
    let Some(half_way) = session.id() else { return Ok(false) };
    let (was, id, now_ms) = (id_hash(&half_way), Id::default(), web.desk.now().as_millisecond());
    let full = people::Session {
        id_hash: id_hash(&id),
        business: entered.business.clone(),
        login: entered.login.clone(),
        data: json!({ ENTERED: entered }).to_string(),
        created_at_ms: entered.since_ms,
        expires_at_ms: entered.since_ms + SESSION_MS_MAX,
    };
    let job = move |sql: &mut dyn Sql| {
        let is_made = people::exchange_session(sql, &was, &full, now_ms)?;
        if is_made {
            also(sql)?;
        }
        Ok(is_made)
    };
    let is_made = web.store.write(job).await?;
    if is_made {
        adopt(session, id, entered).await.map_err(|error| Trouble::broken(&error))?;
    }
    Ok(is_made)
}

/// Gives the browser the id that the store knows: the layer draws one by itself, and asks the store for it.
async fn adopt(session: &Session, id: Id, entered: Entered) -> Result<(), session::Error> {
    session.clear().await;
    session.cycle_id().await?;
    session.insert(ENTERED, entered).await?;
    session.insert(MADE, id.to_string()).await
}

/// The layer that reads and writes the cookie.
pub fn layer(web: &Arc<Web>) -> SessionManagerLayer<Sessions> {
    let is_https = web.place.is_https();
    SessionManagerLayer::new(Sessions(web.clone()))
        .with_name(if is_https { "__Host-nochnik" } else { "nochnik" })
        .with_secure(is_https)
        .with_http_only(true)
        .with_same_site(SameSite::Strict)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(Duration::milliseconds(SESSION_MS_MAX)))
}

/// Reads what a stored session remembers; `None` before its person entered.
pub fn entered(session: &people::Session) -> Option<Entered> {
    let data: serde_json::Value = serde_json::from_str(&session.data).ok()?;
    Entered::deserialize(data.get(ENTERED)?).ok()
}

/// What stands in the database instead of a session's id.
pub fn id_hash(id: &Id) -> String {
    hex(&Sha256::digest(id.to_string()))
}

/// The store behind the layer. It keeps time by the desk's clock alone.
#[derive(Clone)]
pub struct Sessions(Arc<Web>);

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions")
    }
}

#[async_trait]
impl SessionStore for Sessions {
    /// A session that [`exchange`] made is there already: written once more, it might come back after its end.
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        if let Some(made) = record.data.remove(MADE) {
            let id = made.as_str().and_then(|id| id.parse().ok());
            record.id = id.ok_or_else(|| Error::Decode("the id of a session that was made".to_owned()))?;
            return Ok(());
        }
        let session = self.stored(record)?;
        self.0.store.write(move |sql| people::add_session(sql, &session)).await.map_err(refused)
    }

    /// The layer read the session when the request began. One that was ended since then is not written anew.
    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let session = self.stored(record)?;
        self.0.store.write(move |sql| people::update_session(sql, &session)).await.map_err(refused)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let now_ms = self.0.desk.now().as_millisecond();
        let hash = id_hash(id);
        let found = self.0.store.read(move |sql| people::find_session(sql, &hash, now_ms)).await.map_err(refused)?;
        let Some(session) = found else { return Ok(None) };
        let data = serde_json::from_str(&session.data).map_err(|error| Error::Decode(error.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp(session.expires_at_ms / 1_000)
            .map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        let hash = id_hash(id);
        self.0.store.write(move |sql| people::end_session(sql, &hash)).await.map_err(refused)
    }
}

impl Sessions {
    fn stored(&self, record: &Record) -> session_store::Result<people::Session> {
        let data = serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
        let now_ms = self.0.desk.now().as_millisecond();
        let (business, login, since_ms) = whose(record).unwrap_or((String::new(), String::new(), now_ms));
        Ok(people::Session {
            id_hash: id_hash(&record.id),
            business,
            login,
            data,
            created_at_ms: since_ms,
            expires_at_ms: since_ms + SESSION_MS_MAX,
        })
    }
}

/// A session half-way in ends with the others of its login: a new password is asked anew.
fn whose(record: &Record) -> Option<(String, String, i64)> {
    let entered = record.data.get(ENTERED).and_then(|value| Entered::deserialize(value).ok());
    let half_way = || record.data.get(HALF_WAY).and_then(|value| HalfWay::deserialize(value).ok());
    match entered {
        Some(entered) => Some((entered.business, entered.login, entered.since_ms)),
        None => half_way().map(|half_way| (half_way.business, half_way.login, half_way.since_ms)),
    }
}

fn refused(error: nochnik_store::StoreError) -> Error {
    Error::Backend(error.to_string())
}

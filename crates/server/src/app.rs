//! Opens what the settings name, and serves the web with a desk handed in.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::Timestamp;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use nochnik_engine::clock::pause;
use nochnik_store::{Store, businesses};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::config::Config;
use crate::key::Key;
use crate::push_key::PushKey;
use crate::web::desk::Desk;
use crate::web::{self, Bounds, Jobs, Place, Web};

/// How long running answers may take after a stop. Source: reliability F37 allows ten seconds in all.
const STOP_MAX: Duration = Duration::from_secs(5);

/// The opened server: its database and its key. The engine is built from these and comes back as a [`Desk`].
pub struct App {
    pub config: Config,
    pub store: Store,
    pub key: Key,
    metrics: Option<PrometheusHandle>,
}

impl App {
    /// Opens the key and the database; makes both, and their folders, at the first start.
    pub async fn open(config: Config) -> Result<Self> {
        if let Some(folder) = config.database.strip_prefix("sqlite:").and_then(|path| Path::new(path).parent()) {
            std::fs::create_dir_all(folder).with_context(|| format!("Папка {} не создаётся", folder.display()))?;
        }
        let key = Key::open(&config.key_file)?;
        let store = Store::open(&config.database).await.context("База не открывается")?;
        Ok(Self { config, store, key, metrics: None })
    }

    /// Starts to count for `/metrics`; once in a process.
    pub fn count(&mut self) -> Result<()> {
        self.metrics = Some(PrometheusBuilder::new().install_recorder().context("Счётчики не запускаются")?);
        Ok(())
    }

    /// Puts the web together. `titles` names channels and CRMs on screen by their kind.
    pub fn web(&self, desk: Arc<dyn Desk>, titles: BTreeMap<String, String>) -> Result<Arc<Web>> {
        Ok(Arc::new(Web {
            store: self.store.clone(),
            desk,
            place: Place {
                public_url: self.config.public_url(),
                trusted_proxies: self.config.trusted_proxies.clone(),
                nothing_leaves: self.config.nothing_leaves,
            },
            key: self.key.clone(),
            push_key: PushKey::of(&self.key)?.public,
            titles,
            metrics: self.metrics.clone(),
            bounds: Bounds::default(),
            jobs: Jobs::default(),
        }))
    }

    /// Serves until `stop`, then lets running answers finish, for [`STOP_MAX`] at most: the streams of
    /// open pages would never end by themselves.
    pub async fn serve(&self, web: Arc<Web>, stop: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        let listen = self.config.listen;
        let listener = TcpListener::bind(listen).await.with_context(|| {
            format!(
                "Адрес {listen} занят или недоступен. Остановите того, кто его держит, или задайте другой: --listen"
            )
        })?;
        tracing::info!(listen = %listen, "Serving at {}", self.config.public_url());
        let service = web::router(web).into_make_service_with_connect_info::<SocketAddr>();
        let (told, hears) = oneshot::channel();
        let stop = async move {
            stop.await;
            // Nobody hears it only when the serving has ended already.
            let _ = told.send(());
        };
        let enough = async move {
            match hears.await {
                Ok(()) => pause(STOP_MAX).await,
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            served = axum::serve(listener, service).with_graceful_shutdown(stop) => served.context("Веб-сервер остановился"),
            () = enough => Ok(()),
        }
    }

    /// Lines to show at a start: where to go, and the first owner's code of each business nobody can enter yet.
    pub async fn greetings(&self, now: Timestamp) -> Result<Vec<String>> {
        let url = self.config.public_url();
        let mut lines = vec![format!("Ночник работает: {url}"), format!("Кабинет: {url}/console")];
        for business in self.store.read(businesses::list_ids).await? {
            if let Some(code) = web::invite_owner(&self.store, &business, now.as_millisecond()).await? {
                lines.push(format!("Первый вход владельца «{business}»: {url}/first?business={business}&code={code}"));
                lines.push("Ссылка действует полчаса и один раз.".to_owned());
            }
        }
        Ok(lines)
    }
}

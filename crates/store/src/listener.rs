//! Hears what other nodes on the same PostgreSQL committed.

use std::future::poll_fn;
use std::time::Duration;

use tokio::sync::{broadcast, oneshot};
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{AsyncMessage, Config, NoTls, Socket};

use crate::{Change, StoreError};

/// The name all nodes speak under.
pub(crate) const TOPIC: &str = "nochnik";
/// Pause after a lost connection; consoles refresh by themselves meanwhile.
const PAUSE: Duration = Duration::from_secs(2);

/// Writes a change as one line; ids hold no line breaks.
pub(crate) fn write(change: &Change) -> String {
    format!("{}\n{}", change.business, change.conversation)
}

fn read(news: &str) -> Option<Change> {
    let (business, conversation) = news.split_once('\n')?;
    Some(Change { business: business.into(), conversation: conversation.into() })
}

/// Listens for ever, connecting again after each loss; `ready` hears when the first connection listens.
pub(crate) async fn listen(config: Config, changes: broadcast::Sender<Change>, ready: oneshot::Sender<()>) {
    let mut ready = Some(ready);
    loop {
        let heard = if config.get_ssl_mode() == SslMode::Require {
            match crate::postgres::tls() {
                Ok(tls) => listen_once(&config, tls, &changes, &mut ready).await,
                Err(error) => Err(error),
            }
        } else {
            listen_once(&config, NoTls, &changes, &mut ready).await
        };
        if let Err(error) = heard {
            tracing::warn!(error = %error, "Lost the connection that hears other nodes, connecting again");
        }
        crate::pause(PAUSE).await;
    }
}

async fn listen_once<T>(
    config: &Config,
    tls: T,
    changes: &broadcast::Sender<Change>,
    ready: &mut Option<oneshot::Sender<()>>,
) -> Result<(), StoreError>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let refusal = |error| crate::postgres::refusal("", &error);
    let (client, mut connection) = config.connect(tls).await.map_err(refusal)?;
    let hearing = async {
        while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(news) = message?
                && let Some(change) = read(news.payload())
            {
                // Nobody listening is not an error.
                drop(changes.send(change));
            }
        }
        Ok(())
    };
    let asking = async {
        client.batch_execute("listen nochnik").await?;
        if let Some(ready) = ready.take() {
            // Whoever opened the store may have given up.
            let _ = ready.send(());
        }
        std::future::pending::<Result<(), tokio_postgres::Error>>().await
    };
    tokio::select! { done = hearing => done, done = asking => done }.map_err(refusal)
}

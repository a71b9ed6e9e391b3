//! Fetches a file from where its channel says it lies, and brings one to where its channel takes it.

use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde_json::Value;

use crate::failure::{Failure, Scope, codes};
use crate::guard::Guard;
use crate::http::{ANSWER_BYTES_MAX, Answer, Call, Http, Lost};
use crate::ports::{MEDIA_BYTES_MAX, Media};
use crate::settings::{Settings, SettingsProblem};

/// A voice message of ten minutes has two megabytes.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The way to the files of one vendor: public addresses, HTTPS, no redirects.
pub struct Files {
    http: Http,
    guard: Guard,
}

impl Files {
    /// `base` is the vendor's own address; `pem` are the roots that only this vendor needs.
    pub fn open(settings: &Settings<'_>, base: &Url, pem: &[u8]) -> Result<Self, SettingsProblem> {
        let guard = Guard::of(base);
        Ok(Self { http: Http::open_guarded(settings, base, pem, guard)?, guard })
    }

    /// The file at an address that came from outside.
    pub async fn get(&self, address: &str, headers: &[(HeaderName, HeaderValue)]) -> Result<Media, Failure> {
        let url = self.guard.url(address).map_err(|why| refused(&format!("the file has {why}")))?;
        fetch(&self.http, url, headers).await
    }

    /// Brings a file to an address that the vendor gave for it. Returns the JSON of the answer; nothing is shown to
    /// anybody yet, so it may be brought again.
    pub async fn put(&self, address: &str, (kind, body): (String, Vec<u8>)) -> Result<Value, Failure> {
        let url = self.guard.url(address).map_err(|why| refused(&format!("the upload has {why}")))?;
        let (headers, content) = (&[][..], Some((kind.as_str(), body)));
        let call =
            Call { method: Method::POST, url, headers, content, timeout: TIMEOUT, answer_bytes_max: ANSWER_BYTES_MAX };
        let answer = self.http.call(call).await.map_err(Lost::of_read)?;
        serde_json::from_slice(&read(answer)?.bytes).map_err(|_| refused("the upload's answer is not JSON"))
    }

    /// As [`Files::get`], but only from these domains: for a call that carries a secret.
    pub async fn get_from(
        &self,
        domains: &[&str],
        address: &str,
        headers: &[(HeaderName, HeaderValue)],
    ) -> Result<Media, Failure> {
        let url = self.guard.url(address).map_err(|why| refused(&format!("the file has {why}")))?;
        let host = url.host_str().unwrap_or_default();
        let is_of =
            |domain: &&str| host == *domain || host.strip_suffix(*domain).is_some_and(|rest| rest.ends_with('.'));
        if !domains.iter().any(is_of) && !crate::settings::is_loopback(&url) {
            return Err(refused("the file lies with somebody else"));
        }
        fetch(&self.http, url, headers).await
    }
}

/// One file, whole. The address is not shown: it may let in whoever has it.
pub async fn fetch(http: &Http, url: Url, headers: &[(HeaderName, HeaderValue)]) -> Result<Media, Failure> {
    let call =
        Call { method: Method::GET, url, headers, content: None, timeout: TIMEOUT, answer_bytes_max: MEDIA_BYTES_MAX };
    read(http.call(call).await.map_err(Lost::of_read)?)
}

fn read(answer: Answer) -> Result<Media, Failure> {
    match answer.status {
        200 => Ok(Media { mime: answer.content_type, bytes: answer.body }),
        429 | 500.. => Err(Failure::Later {
            after: answer.retry_after,
            scope: Scope::Row,
            why: format!("the file's server answered {}", answer.status),
        }),
        status => Err(refused(&format!("the file's server answered {status}"))),
    }
}

pub fn refused(why: &str) -> Failure {
    Failure::Refused { code: codes::MEDIA.to_owned(), why: why.to_owned() }
}

//! A sign of life to an address outside: who stops hearing it knows that the whole machine is gone.
//!
//! Any service of the «dead man's switch» kind takes a plain GET. Source: reliability 1.1.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::{Method, Url};

use crate::http::{Call, Http, Lost};
use crate::settings::Settings;

const TIMEOUT: Duration = Duration::from_secs(10);
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// One address that hears of us.
pub struct Heartbeat {
    http: Http,
    url: Url,
}

impl Heartbeat {
    /// # Errors
    /// What is wrong with the address, in Russian.
    pub fn open(url: &str) -> Result<Self, String> {
        let url = Url::parse(url).map_err(|_| "адрес не читается".to_owned())?;
        let fields = BTreeMap::new();
        let http = Http::open(&Settings::bare(&fields), &url).map_err(|problem| problem.to_string())?;
        Ok(Self { http, url })
    }

    /// # Errors
    /// Why it was not heard; holds neither the address nor what is secret in it.
    pub async fn beat(&self) -> Result<(), String> {
        let call = Call {
            method: Method::GET,
            url: self.url.clone(),
            headers: &[],
            content: None,
            timeout: TIMEOUT,
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        match self.http.call(call).await {
            Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
            Ok(answer) => Err(format!("status {}", answer.status)),
            Err(Lost::Before(why) | Lost::Perhaps(why)) => Err(why),
        }
    }
}

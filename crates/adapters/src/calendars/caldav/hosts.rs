//! What is different about a server that is known by its host. Source: the client `hermes-yandex-calendar` 0.6.4 with its
//! live tests, read 2026-11-22; Yandex itself publishes no limits.

use std::time::Duration;

use reqwest::Url;

use crate::ports::Pace;

/// A visit is one write and two or three questions.
const PACE: Pace = Pace { burst: 12, per_s: 4.0, parallel: 2, requests: 4 };
/// Yandex slows down who writes often: between two writes, each of which comes with questions, there are six seconds.
const YANDEX: Pace = Pace { burst: 3, per_s: 0.5, parallel: 1, requests: 3 };
const TIMEOUT: Duration = Duration::from_secs(30);
/// Yandex answers writes late, and often too late.
const YANDEX_TIMEOUT: Duration = Duration::from_secs(60);

pub fn is_yandex(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        ["yandex.ru", "yandex.com", "ya.ru"].iter().any(|own| host.strip_suffix(own).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
    })
}

pub fn pace(url: &Url) -> Pace {
    if is_yandex(url) { YANDEX } else { PACE }
}

pub fn timeout(url: &Url) -> Duration {
    if is_yandex(url) { YANDEX_TIMEOUT } else { TIMEOUT }
}

#[cfg(test)]
mod tests {
    use super::is_yandex;

    #[test]
    fn only_yandex_is_yandex() {
        for (url, expected) in [
            ("https://caldav.yandex.ru", true),
            ("https://caldav.yandex.com/", true),
            ("https://notyandex.ru", false),
            ("https://yandex.ru.evil.example", false),
            ("https://cloud.example", false),
        ] {
            assert_eq!(is_yandex(&url.parse().unwrap()), expected, "{url}");
        }
    }
}

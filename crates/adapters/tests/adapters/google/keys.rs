//! The assertion a robot signs: what stands in it, and that the desk of tokens would notice any other.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nochnik_doubles::google::{Double, Settings};
use nochnik_doubles::{Outcome, Request};
use serde_json::{Value, json};

use crate::google::desk::{Desk, NOW, at, owner};

async fn form_sent(desk: &Desk) -> Vec<(String, String)> {
    desk.changes(None).await;
    let (url, body) = desk.line.heard().remove(0);
    assert_eq!(url.as_str(), "https://oauth2.googleapis.com/token");
    let body = body.as_str().unwrap().to_owned();
    reqwest::Url::parse(&format!("http://form/?{body}")).unwrap().query_pairs().into_owned().collect()
}

fn part(text: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

#[tokio::test]
async fn a_robot_asks_for_one_hour_and_one_right() {
    let form = form_sent(&Desk::new()).await;
    assert_eq!(form[0], ("grant_type".to_owned(), "urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned()));
    assert_eq!((form.len(), form[1].0.as_str()), (2, "assertion"));
    let parts: Vec<&str> = form[1].1.split('.').collect();
    let settings = Settings::default();
    assert_eq!(part(parts[0]), json!({ "alg": "RS256", "typ": "JWT", "kid": settings.key_id }));
    let now = at(NOW).as_second();
    assert_eq!(
        part(parts[1]),
        json!({
            "iss": settings.robot,
            "scope": "https://www.googleapis.com/auth/calendar.events",
            "aud": "https://oauth2.googleapis.com/token",
            "iat": now,
            "exp": now + 3600,
        })
    );
}

/// Through a proxy of the owner's own the assertion is still meant for Google.
#[tokio::test]
async fn another_address_changes_no_audience() {
    let desk = Desk::with(Settings::default(), &[("token_url", json!("https://proxy.example/token"))]);
    desk.changes(None).await;
    assert_eq!(desk.line.heard()[0].0.as_str(), "https://proxy.example/token");
}

#[tokio::test]
async fn an_owners_consent_is_shown_as_a_form() {
    let settings = Settings::default();
    let fields = owner(&settings);
    let form = form_sent(&Desk::with(settings.clone(), &fields)).await;
    let expected = [
        ("grant_type", "refresh_token"),
        ("client_id", settings.client_id.as_str()),
        ("client_secret", settings.client_secret.as_str()),
        ("refresh_token", settings.refresh_token.as_str()),
    ];
    assert_eq!(form, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

/// The double is no help when it believes anything: every other assertion is refused.
#[tokio::test]
async fn a_spoiled_assertion_is_refused() {
    let good = form_sent(&Desk::new()).await[1].1.clone();
    let parts: Vec<String> = good.split('.').map(str::to_owned).collect();
    let claims_with = |name: &str, value: Value| {
        let mut claims = part(&parts[1]);
        claims[name] = value;
        format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(claims.to_string()), parts[2])
    };
    let mut signature = URL_SAFE_NO_PAD.decode(&parts[2]).unwrap();
    signature[7] ^= 1;
    let cases = [
        (good.clone(), 0, 200),
        (good.clone(), 299, 200),
        (good.clone(), 301, 400),
        (good.clone(), 3_601, 400),
        (good.clone(), -301, 400),
        (format!("{}.{}.{}", parts[0], parts[1], URL_SAFE_NO_PAD.encode(signature)), 0, 400),
        (format!("{}.{}.", parts[0], parts[1]), 0, 400),
        (claims_with("exp", json!(at(NOW).as_second() + 60)), 0, 400),
        (claims_with("aud", json!("https://example.org")), 0, 400),
        ("..".to_owned(), 0, 400),
        (String::new(), 0, 400),
    ];
    for (assertion, late_s, expected) in cases {
        let body = format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}");
        let headers = [("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
        let request = Request { method: "POST", path: "/token", query: &[], headers: &headers, body: body.as_bytes() };
        let now_ms = at(NOW).as_millisecond() + late_s * 1_000;
        let Outcome::Answered(answer) = Double::new(Settings::default()).request(&request, now_ms) else { panic!() };
        assert_eq!(answer.status, expected, "{late_s} s late: {assertion}");
    }
}

//! The portal of a CRM: how an owner lets us in, its events, and the page of numbers in its frame.

use std::sync::atomic::Ordering;

use crate::support::Site;
use crate::support::browser::Browser;
use axum::http::StatusCode;

const FORM: &str = "application/x-www-form-urlencoded";

/// The owner goes to the vendor and comes back without their session: its cookie stays on our own site.
#[tokio::test]
async fn an_owner_lets_us_into_the_crm_by_their_browser() {
    let site = Site::open().await;
    let mut manager = Browser::signed_in(&site.router, "marina").await;
    assert_eq!(manager.get("/console/crm").await.status, StatusCode::FORBIDDEN);
    assert_eq!(manager.post("/console/crm/connect", &[]).await.status, StatusCode::FORBIDDEN);

    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let page = owner.get("/console/crm").await;
    assert!(page.text.contains("Подключить") && page.text.contains("/oauth"), "{}", page.text);
    let asked = owner.post("/console/crm/connect", &[]).await;
    assert!(asked.text.contains("salon-demo.bitrix24.ru/oauth/authorize/"), "{}", asked.text);
    let cookie = asked.header("set-cookie").to_owned();
    for part in ["nochnik-crm=b1", "SameSite=Lax", "HttpOnly", "Max-Age=600"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let pair = cookie.split(';').next().unwrap();
    let mut back = Browser::new(&site.router).with("cookie", &format!("other=1; {pair}"));
    let well = back.get("/oauth?code=c0de&state=lotos.right&domain=salon-demo.bitrix24.ru").await;
    assert_eq!(well.status, StatusCode::OK);
    assert!(well.text.contains("CRM подключена"), "{}", well.text);
    let mut stranger = Browser::new(&site.router);
    for path in ["/oauth", "/oauth?code=c0de&state=lotos.right", "/oauth?code=%3Cb%3E&state=%3Cscript%3E"] {
        let refused = stranger.get(path).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(!refused.text.contains("<script>") && !refused.text.contains("c0de"), "{path}: {}", refused.text);
    }
}

#[tokio::test]
async fn a_portal_is_answered_at_once_and_a_stranger_learns_nothing() {
    let site = Site::open().await;
    let mut portal = Browser::new(&site.router);
    let body = |text: &str| text.as_bytes().to_vec();
    let taken = portal.send("POST", "/crm/lotos/right", Some(FORM), body("event=ONAPPTEST")).await;
    assert_eq!((taken.status, taken.text.as_str()), (StatusCode::OK, ""));
    let forged = portal.send("POST", "/crm/lotos/right", Some(FORM), body("event=ONAPPUNINSTALL")).await;
    let elsewhere = portal.send("POST", "/crm/lotos/wrong", Some(FORM), body("event=ONAPPTEST")).await;
    assert_eq!((forged.status, &forged.text), (elsewhere.status, &elsewhere.text));
    assert_eq!(forged.status, StatusCode::UNAUTHORIZED);
    let long = portal.send("POST", "/crm/lotos/right", Some(FORM), vec![b'x'; 70_000]).await;
    assert_eq!(long.status, StatusCode::PAYLOAD_TOO_LARGE);
}

/// Only the portal that vouches may frame the page, and only this page; nothing of the session is needed or given.
#[tokio::test]
async fn numbers_in_a_portals_frame_are_for_whom_it_vouches() {
    let site = Site::open().await;
    let mut portal = Browser::new(&site.router);
    let post = |text: &str| text.as_bytes().to_vec();
    let page = portal.send("POST", "/portal/lotos", Some(FORM), post("AUTH_ID=admin")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let policy = page.header("content-security-policy");
    assert!(policy.contains("frame-ancestors https://salon-demo.bitrix24.ru;"), "{policy}");
    assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self'"), "{policy}");
    assert_eq!((page.header("x-frame-options"), page.header("set-cookie")), ("", ""));
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.text.contains("аналитика") && !page.text.contains("/console/") && !page.text.contains("<script"));
    let stranger = portal.send("POST", "/portal/lotos", Some(FORM), post("AUTH_ID=stranger")).await;
    assert_eq!(stranger.status, StatusCode::FORBIDDEN);
    assert!(stranger.header("content-security-policy").contains("frame-ancestors https://salon-demo.bitrix24.ru;"));
    for (path, body) in
        [("/portal/lotos", "AUTH_ID=forged"), ("/portal/lotos", ""), ("/portal/barber", "AUTH_ID=admin")]
    {
        let refused = portal.send("POST", path, Some(FORM), post(body)).await;
        assert_eq!((refused.status, refused.text.as_str()), (StatusCode::UNAUTHORIZED, ""), "{path} {body}");
        assert!(refused.header("content-security-policy").contains("frame-ancestors 'none'"), "{path} {body}");
    }
    assert_eq!(portal.get("/portal/lotos").await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_pass_of_the_framed_page_is_short_and_for_one_business_and_portal() {
    let site = Site::open().await;
    let mut portal = Browser::new(&site.router);
    let page = portal.send("POST", "/portal/lotos", Some(FORM), b"AUTH_ID=admin".to_vec()).await;
    let (_, rest) = page.text.split_once("name=\"pass\" value=\"").unwrap();
    let pass = rest.split('"').next().unwrap().to_owned();
    let form = |pass: &str| format!("pass={pass}&period=month&channel=&part=night").into_bytes();
    let good = portal.send("POST", "/portal/lotos/numbers", Some(FORM), form(&pass)).await;
    assert_eq!(good.status, StatusCode::OK, "{}", good.text);
    assert!(good.header("content-security-policy").contains("frame-ancestors https://salon-demo.bitrix24.ru;"));
    let (said, signature) = pass.split_once('.').unwrap();
    let tampered = [
        String::new(),
        said.to_owned(),
        format!("{said}."),
        format!("{said}.AAAA"),
        format!("{}{said}.{signature}", "A".repeat(4)),
        format!("{said}.{signature}A"),
    ];
    for pass in tampered {
        let refused = portal.send("POST", "/portal/lotos/numbers", Some(FORM), form(&pass)).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{pass}");
    }
    let elsewhere = portal.send("POST", "/portal/barber/numbers", Some(FORM), form(&pass)).await;
    assert_eq!(elsewhere.status, StatusCode::UNAUTHORIZED, "another business");
    site.desk.is_portal_gone.store(true, Ordering::SeqCst);
    let gone = portal.send("POST", "/portal/lotos/numbers", Some(FORM), form(&pass)).await;
    assert_eq!(gone.status, StatusCode::UNAUTHORIZED, "the portal has put us out");
    site.desk.is_portal_gone.store(false, Ordering::SeqCst);
    site.desk.pass(30);
    let late = portal.send("POST", "/portal/lotos/numbers", Some(FORM), form(&pass)).await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED, "half an hour later");
}

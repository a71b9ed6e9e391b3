//! The sink keeps the Standard Webhooks rules.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use nochnik_doubles::webhook::{Delivery, Sink};
use sha2::Sha256;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const AT_S: i64 = 1_614_265_330;

fn signed(id: &str, at_s: i64, body: &str) -> Delivery {
    let key = STANDARD.decode(SECRET.trim_start_matches("whsec_")).unwrap();
    let mac = Hmac::<Sha256>::new_from_slice(&key).unwrap().chain_update(format!("{id}.{at_s}.{body}"));
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    Delivery { id: id.into(), timestamp: at_s.to_string(), signature, body: body.into() }
}

#[test]
fn the_vector_of_the_specification_fits() {
    // The example of the Standard Webhooks libraries.
    let delivery = Delivery {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek".into(),
        timestamp: AT_S.to_string(),
        signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=".into(),
        body: r#"{"test": 2432232314}"#.into(),
    };
    let sink = Sink::new(SECRET);
    assert_eq!(sink.receive(&delivery, AT_S * 1000).status, 204);
    sink.assert_clean();
}

#[test]
fn a_repeat_is_kept_once() {
    let sink = Sink::new(SECRET);
    let delivery = signed("lead-1", AT_S, r#"{"lead":1}"#);
    for _ in 0..3 {
        assert_eq!(sink.receive(&delivery, AT_S * 1000).status, 204);
    }
    let received = sink.received();
    assert_eq!((received.len(), received["lead-1"].deliveries), (1, 3));
}

#[test]
fn refuses_what_is_not_signed_now() {
    let good = signed("lead-1", AT_S, "{}");
    let changed = |change: fn(&mut Delivery)| {
        let mut delivery = good.clone();
        change(&mut delivery);
        delivery
    };
    let cases = [
        (changed(|delivery| delivery.signature.clear()), 0, 400),
        (changed(|delivery| delivery.id = "lead-2".into()), 0, 401),
        (changed(|delivery| delivery.body = "[]".into()), 0, 401),
        (changed(|delivery| delivery.signature = delivery.signature.replace("v1", "v2")), 0, 401),
        (good.clone(), 301, 401),
        (good.clone(), -301, 401),
        (good.clone(), 300, 204),
        (changed(|delivery| delivery.signature = format!("v1,AAAA {}", delivery.signature)), 0, 204),
    ];
    for (delivery, late_s, status) in cases {
        assert_eq!(
            Sink::new(SECRET).receive(&delivery, (AT_S + late_s) * 1000).status,
            status,
            "{delivery:?} {late_s}"
        );
    }
}

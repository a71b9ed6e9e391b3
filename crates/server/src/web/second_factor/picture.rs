//! The picture an authenticator is pointed at, drawn here: no script and no other host sees the secret.

use maud::{Markup, html};
use qrcodegen::{QrCode, QrCodeEcc};

/// Light squares around the picture, as ISO 18004 asks.
const MARGIN: i32 = 4;

/// A picture of the text; nothing when the text is too long for one.
pub fn qr(text: &str, label: &str) -> Markup {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else { return html! {} };
    let side = code.size() + 2 * MARGIN;
    html! {
        svg .qr viewBox={ "0 0 " (side) " " (side) } role="img" aria-label=(label) shape-rendering="crispEdges" {
            rect width=(side) height=(side) fill="#ffffff" {}
            path d=(outline(&code)) fill="#000000" {}
        }
    }
}

/// Runs of dark squares, line by line.
fn outline(code: &QrCode) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let run = (x..code.size()).take_while(|at| code.get_module(*at, y)).count();
            let run = i32::try_from(run).unwrap_or(0);
            if run > 0 {
                path.push_str(&format!("M{} {}h{run}v1h-{run}z", x + MARGIN, y + MARGIN));
            }
            x += run.max(1);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dark_square_is_drawn_once() {
        let code = QrCode::encode_text("otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ", QrCodeEcc::Medium).unwrap();
        let dark: i32 = (0..code.size())
            .flat_map(|y| (0..code.size()).map(move |x| (x, y)))
            .filter(|(x, y)| code.get_module(*x, *y))
            .count()
            .try_into()
            .unwrap();
        let lengths = outline(&code);
        let drawn: i32 = lengths
            .split('h')
            .skip(1)
            .step_by(2)
            .map(|rest| rest.split('v').next().unwrap().parse::<i32>().unwrap())
            .sum();
        assert_eq!(drawn, dark);
    }
}

//! A report at a glance, drawn as PNG for the messengers and letters that carry pictures.

use std::sync::{Arc, LazyLock};

use maud::{Markup, html};
use nochnik_core::report::Chart;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};

/// Side of the square, in pixels: as wide as a phone shows it.
const SIDE: u32 = 1_080;
const MARGIN: u32 = 72;
const INNER: u32 = SIDE - 2 * MARGIN;
/// Where the bars stand, and how tall the tallest is.
const GROUND: u32 = 780;
const TALL: u32 = 320;
/// More labels under the bars than this touch each other.
const LABELS_MAX: usize = 13;

static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_data(include_bytes!("../fonts/golos-text-regular.ttf").to_vec());
    fonts.load_font_data(include_bytes!("../fonts/golos-text-semibold.ttf").to_vec());
    Arc::new(fonts)
});

/// What the file is called where it has a name.
pub const NAME: &str = "night.png";
pub const MIME: &str = "image/png";

/// Drawn beside the runtime, for it takes tens of milliseconds. `None`: it cannot be drawn, and the words go alone.
pub async fn draw(chart: &Chart) -> Option<Vec<u8>> {
    let chart = chart.clone();
    let drawn = tokio::task::spawn_blocking(move || png(&chart)).await.ok().flatten();
    if drawn.is_none() {
        tracing::warn!("A picture could not be drawn");
    }
    drawn
}

fn png(chart: &Chart) -> Option<Vec<u8>> {
    let options = Options { font_family: "Golos Text".to_owned(), fontdb: Arc::clone(&FONTS), ..Options::default() };
    let tree = Tree::from_str(&svg(chart).into_string(), &options).ok()?;
    let mut pixels = Pixmap::new(SIDE, SIDE)?;
    resvg::render(&tree, Transform::identity(), &mut pixels.as_mut());
    pixels.encode_png().ok()
}

/// The colours are those of the console's dark theme.
fn svg(chart: &Chart) -> Markup {
    let lead = if chart.is_whole { "#83d39a" } else { "#f5b453" };
    html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(SIDE) height=(SIDE) viewBox={ "0 0 " (SIDE) " " (SIDE) } font-family="Golos Text" fill="#edeae3" {
            rect width=(SIDE) height=(SIDE) fill="#121318" {}
            (moon())
            text x=(MARGIN + 64) y="112" font-size=(fitting(&chart.title, 34, 40)) font-weight="600" { (chart.title) }
            text x=(MARGIN) y="172" font-size=(fitting(&chart.span, 30, 54)) fill="#a7a49c" { (chart.span) }
            text x=(MARGIN) y="262" font-size=(fitting(&chart.lead, 46, 32)) font-weight="600" fill=(lead) { (chart.lead) }
            text x=(MARGIN) y="346" font-size="30" { (chart.question) }
            (bars(chart))
            (facts(chart))
        }
    }
}

fn moon() -> Markup {
    html! { path d="M 114 76 a 24 24 0 1 0 10 40 a 19 19 0 0 1 -10 -40 z" fill="#f5b453" {} }
}

fn bars(chart: &Chart) -> Markup {
    let tallest = chart.bars.iter().map(|bar| bar.count).max().unwrap_or(0).max(1);
    let step = f64::from(INNER) / chart.bars.len().max(1) as f64;
    let every = chart.bars.len().div_ceil(LABELS_MAX).max(1);
    html! {
        line x1=(MARGIN) y1=(GROUND) x2=(MARGIN + INNER) y2=(GROUND) stroke="#2f333e" stroke-width="2" {}
        @for (at, bar) in chart.bars.iter().enumerate() {
            @let left = f64::from(MARGIN) + at as f64 * step;
            @let middle = left + step / 2.0;
            @let height = u64::from(TALL) * bar.count / tallest;
            @if bar.count > 0 {
                rect x=(left + step * 0.12) y=(u64::from(GROUND) - height) width=(step * 0.76) height=(height) rx="6" fill="#f5b453" {}
                text x=(middle) y=(u64::from(GROUND) - height - 14) font-size="26" font-weight="600" text-anchor="middle" { (bar.count) }
            }
            @if at % every == 0 {
                text x=(middle) y=(GROUND + 40) font-size="26" fill="#a7a49c" text-anchor="middle" { (bar.label) }
            }
        }
    }
}

fn facts(chart: &Chart) -> Markup {
    let step = INNER / u32::try_from(chart.facts.len()).unwrap_or(1).max(1);
    html! {
        @for (at, fact) in (0_u32..).zip(&chart.facts) {
            @let left = MARGIN + at * step;
            text x=(left) y="930" font-size="60" font-weight="600" { (fact.figure) }
            text x=(left) y="980" font-size=(fitting(&fact.words, 28, 20)) fill="#a7a49c" { (fact.words) }
        }
    }
}

/// The size of a text that stands whole in its place: `size` as far as `chars_max` characters, smaller beyond.
fn fitting(text: &str, size: usize, chars_max: usize) -> usize {
    let chars = text.chars().count();
    if chars > chars_max { size * chars_max / chars } else { size }
}

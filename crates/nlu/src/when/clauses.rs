//! Where one thought of a message ends and the next begins.

use super::window::MOVES;
use crate::{
    cues::Hit,
    words::{Gap, Token},
};

/// The number of clause ends before each token. «Не получится в субботу давай на воскресенье»: what is proposed
/// after a refusal is another clause, comma or none.
pub(super) fn clauses(tokens: &[Token], marks: &[Hit<'_>]) -> Vec<usize> {
    const PROPOSED: &[&str] = &["дава", "лучше", "можно", "тогда"];
    let refused = marks.iter().filter(|mark| mark.label == "unable").map(|mark| mark.end).min();
    let is_refused_before = |at: usize| refused.is_some_and(|end| end <= at);
    // «в субботу едем к свекрови передвиньте на понедельник»: the plea begins anew.
    let told = marks.iter().filter(|mark| mark.label == "elsewhere").map(|mark| mark.end).min();
    let is_told_before = |at: usize| told.is_some_and(|end| end <= at);
    let ends = tokens.iter().enumerate().map(|(at, token)| {
        let is_proposal = is_refused_before(at) && (token.starts_any(PROPOSED) || token.starts_any(MOVES));
        // «в среду не могу, пожалуйста, в пятницу»: what follows a refusal is another clause.
        let is_end = token.gap.ends_clause() && (is_refused_before(at) || !is_courtesy(tokens, at))
            || is_smile(token.gap)
            || token.is("а")
            || token.starts_any(&["запиш"])
            || is_proposal
            || is_told_before(at) && (token.starts_any(PROPOSED) || token.starts_any(MOVES));
        usize::from(at > 0 && is_end)
    });
    ends.scan(0, |sum, is_end| {
        *sum += is_end;
        Some(*sum)
    })
    .collect()
}

/// Where the writer takes a word back. «Если нет, на субботу» is a second choice.
pub(crate) fn is_correction(tokens: &[Token], mark: &Hit<'_>) -> bool {
    let before = mark.start.checked_sub(1).and_then(|before| tokens.get(before));
    // «в среду.. или нет, в четверг»
    let is_or_no = before.is_some_and(|token| token.is("или")) && tokens[mark.start].is("нет");
    let is_choice = before.is_some_and(|token| token.is_any(&["если", "или", "коли", "раз"])) && !is_or_no;
    mark.label == "correction" && !is_choice
}

/// «перенесите, пожалуйста, на среду», «будьте добры, на пятницу»: what is put between commas out of courtesy.
fn is_courtesy(tokens: &[Token], at: usize) -> bool {
    const KIND: &[&str] =
        &["пожалуйста", "плиз", "добры", "добр", "добра", "любезны", "любезен", "любезна", "милостивы"];
    let is_kind = |at: usize| tokens.get(at).is_some_and(|token| token.is_any(KIND));
    let opens = is_kind(at) || tokens.get(at).is_some_and(|token| token.starts_any(&["будь"])) && is_kind(at + 1);
    let closes = at.checked_sub(1).is_some_and(is_kind);
    let is_sentence = tokens.get(at).is_some_and(|token| token.gap.ends_sentence());
    (opens || closes) && !is_sentence
}

/// «завтра отпадает( вечерком в пятницу», «завтра корпоратив 😅 тогда в пятницу»: a face ends what was said.
const fn is_smile(gap: Gap) -> bool {
    (gap.has(Gap::BRACKET) || gap.has(Gap::PICTURE)) && !gap.is_glued()
}

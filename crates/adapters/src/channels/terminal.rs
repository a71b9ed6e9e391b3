//! `nochnik talk`: the same quiet chat as the site's, from the terminal of this machine.

use std::sync::Arc;

use super::OpenContext;
use super::widget::{QUIET_LIMITS, Quiet};
use crate::ports::{Channel, Kind};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "terminal",
    title: "Терминал",
    fields: &[],
    limits: QUIET_LIMITS,
    can_poll: false,
    has_hook: false,
    is_for_staff: false,
    notice: None,
};

pub(super) fn open(_: &Settings<'_>, _: &OpenContext) -> Result<Arc<dyn Channel>, SettingsProblem> {
    Ok(Arc::new(Quiet { kind: &KIND }))
}

//! The business under load: the demo salon with a duty manager, between the stubs.

use std::net::SocketAddr;

use anyhow::Result;

use crate::telegram::{MANAGER, TOKEN};

/// How the CRM may be called.
#[derive(Clone, Copy)]
pub enum CrmPace {
    /// As fast as the stub takes it.
    Free,
    /// As the adapter does by itself: 2 a second, 50 at once.
    Portal,
}

/// The document; `crm` is the webhook's address, none for no CRM at all.
pub fn document(telegram: SocketAddr, crm: Option<&str>, pace: CrmPace) -> Result<String> {
    let mut document: toml::Table = include_str!("../../businesses/demo.toml").parse()?;
    let mut own = format!(
        "[[people]]\nid = \"marina\"\nname = \"Марина\"\nrole = \"duty\"\n\
         means = [{{ channel = \"telegram\", peer = \"{MANAGER}\" }}]\n\
         [[channels]]\nkind = \"telegram\"\ntoken = \"{TOKEN}\"\nmode = \"webhook\"\nbase_url = \"http://{telegram}\"\n\
         per_s = 100000\nburst = 100000\nparallel = 64\n"
    );
    // A year lies behind some measurements: nothing of it is taken away under their hands.
    own.push_str("[retention]\nmessages_days = 1095\nleads_days = 1095\nvisits_days = 1095\n");
    if let Some(url) = crm {
        own.push_str(&format!("[crm]\nkind = \"bitrix24\"\nwebhook_url = \"{url}\"\n"));
        if let CrmPace::Free = pace {
            own.push_str("per_s = 100000\nburst = 100000\nparallel = 64\n");
        }
    }
    document.extend(own.parse::<toml::Table>()?);
    for calm in ["shifts", "escalation"] {
        document.remove(calm);
    }
    Ok(toml::to_string(&document)?)
}

//! The code of a multi-factor authentication device, asked for at the terminal.

use std::sync::Arc;

use super::provider_error::{Kind, ProviderError};
use super::{Context, terminal};

/// Asks for the code of the device, once per profile and command.
///
/// # Errors
/// There is no terminal, nothing was typed, or the profile's code was asked for before.
pub(super) async fn code(
    context: &Arc<Context>,
    profile: &str,
    serial: &str,
) -> Result<String, ProviderError> {
    if !context.ask_once(profile) {
        return Err(ProviderError::new(
            Kind::Refused,
            format!(
                "the session of profile {profile:?} has ended: it needs another code, and a command asks for one only"
            ),
        ));
    }
    let prompt = format!("Enter MFA code for {serial}: ");
    let typed = terminal::ask(&prompt).await.map_err(|error| {
        ProviderError::new(
            Kind::NoTerminal(profile.to_owned()),
            format!("profile {profile:?} needs a code of {serial}, and there is no terminal to ask for it at ({error})"),
        )
    })?;
    match typed.trim() {
        "" => Err(ProviderError::new(
            Kind::Refused,
            format!("profile {profile:?} needs a code of {serial}, and none was typed"),
        )),
        code => Ok(code.to_owned()),
    }
}

use super::{CredentialRequest, terminal};
use crate::service::provider_error::{ProviderError, ProviderErrorKind};

/// Prompts for the code of a multi-factor authentication (MFA) device, once per profile and command.
///
/// # Errors
/// There is no terminal, the input is empty, or the profile's code was requested before.
pub(super) async fn code(
    context: &CredentialRequest<'_>,
    profile: &str,
    serial: &str,
) -> Result<String, ProviderError> {
    let prompts_first = context.chain.state().prompted.insert(profile.to_owned());
    if !prompts_first {
        return Err(ProviderError::rejected(format!(
            "the session of profile {profile:?} has ended: it needs another MFA code, and a command prompts once"
        )));
    }
    context.waits_for(format!("the MFA code of {serial}"));
    let typed = terminal::prompt(&format!("Enter MFA code for {serial}: ")).await;
    let typed = typed.map_err(|error| {
        let kind = ProviderErrorKind::NoTerminal {
            profile: profile.to_owned(),
        };
        let reason = format!(
            "profile {profile:?} needs the MFA code of {serial}, and there is no terminal to type it at ({error})"
        );
        ProviderError::new(kind, reason)
    })?;
    match typed.trim() {
        "" => Err(ProviderError::rejected(format!(
            "profile {profile:?} needs the MFA code of {serial}, and none was typed"
        ))),
        code => Ok(code.to_owned()),
    }
}

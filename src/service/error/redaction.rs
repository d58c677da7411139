//! Redacts secrets in error messages: the service may quote the request that it rejects.

use super::CallError;

/// The replacement for a secret.
const LEFT_OUT: &str = "(left out)";

/// The shortest text that is redacted, in bytes. A shorter one would match in the
/// middle of words, and no secret of AWS is.
const SHORTEST_SECRET: usize = 8;

/// `text` without `secrets`. AWS quotes the canonical request, session token included, where it
/// refuses a signature.
pub(crate) fn without_secrets(text: &str, secrets: &[&str]) -> String {
    secrets
        .iter()
        .filter(|secret| secret.len() >= SHORTEST_SECRET)
        .fold(text.to_owned(), |text, secret| {
            text.replace(secret, LEFT_OUT)
        })
}

impl CallError {
    /// Removes `secrets` from the service's message.
    pub(in crate::service) fn without(self, secrets: &[&str]) -> Self {
        let Self::Service(mut error) = self else {
            return self;
        };
        let texts = [
            &mut error.code,
            &mut error.message,
            &mut error.reason,
            &mut error.request_id,
        ];
        let fields = error
            .fields
            .iter_mut()
            .flat_map(|(name, text)| [name, text]);
        for text in texts.into_iter().flatten().chain(fields) {
            *text = without_secrets(text, secrets);
        }
        Self::Service(error)
    }
}

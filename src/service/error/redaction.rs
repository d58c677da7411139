//! Secrets left out of what a service says: it may quote the request that it refuses.

use super::CallError;

/// What stands in the place of a secret.
const LEFT_OUT: &str = "(left out)";

/// The shortest text that is taken for a secret, in bytes. What is shorter would be found in the
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
    /// The same error without `secrets` in what the service said.
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

//! How much is taken from an error reply: what the service says fits many times over.

/// The longest text that is taken, in bytes.
const MAX_TEXT: usize = 4096;

/// The most fields that are taken.
pub(super) const MAX_FIELDS: usize = 32;

/// The text, cut where it is too long.
pub(super) fn bounded(text: &str) -> String {
    if text.len() <= MAX_TEXT {
        return text.to_owned();
    }
    format!("{}...", &text[..text.floor_char_boundary(MAX_TEXT)])
}

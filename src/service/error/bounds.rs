//! Limits on the text kept from an error reply, far above the length of the service's own messages.

/// The longest text that is kept, in bytes.
const MAX_TEXT: usize = 4096;

/// The most fields that are kept.
pub(super) const MAX_FIELDS: usize = 32;

/// The text, cut where it is too long.
pub(super) fn bounded(text: &str) -> String {
    if text.len() <= MAX_TEXT {
        return text.to_owned();
    }
    format!("{}...", &text[..text.floor_char_boundary(MAX_TEXT)])
}

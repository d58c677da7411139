//! Page tokens, which contain the position of the next page and cannot be forged.

use aws_sigv4::sign::v4::calculate_signature;

/// The lifetime of a token. The service does not publish its own limit.
const LIFETIME_SECONDS: i64 = 60 * 60;

/// Creates and reads the tokens of one run of the emulator.
#[derive(Debug)]
pub(super) struct PageTokens {
    key: String,
}

impl PageTokens {
    pub(super) fn new() -> Self {
        Self {
            key: std::iter::repeat_with(fastrand::alphanumeric)
                .take(32)
                .collect(),
        }
    }

    /// Creates a token for this position in `list`, issued at `now` (epoch seconds).
    pub(super) fn token(&self, list: &str, position: usize, now: i64) -> String {
        let content = format!("{position:x}.{now:x}");
        let seal = self.seal(list, &content);
        format!("{content}.{seal}")
    }

    /// Returns the position in a token; `None` if the token is forged, has expired, or belongs to another list.
    pub(super) fn position(&self, list: &str, token: &str, now: i64) -> Option<usize> {
        let (content, seal) = token.rsplit_once('.')?;
        if seal != self.seal(list, content) {
            return None;
        }
        let (position, issued) = content.split_once('.')?;
        let issued = i64::from_str_radix(issued, 16).ok()?;
        if now.saturating_sub(issued) > LIFETIME_SECONDS {
            return None;
        }
        usize::from_str_radix(position, 16).ok()
    }

    fn seal(&self, list: &str, content: &str) -> String {
        calculate_signature(&self.key, format!("{content}\n{list}").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_valid_for_its_own_list_and_one_hour() {
        let page_tokens = PageTokens::new();
        let token = page_tokens.token("list", 75, 1000);
        assert_eq!(page_tokens.position("list", &token, 1000), Some(75));
        assert_eq!(
            page_tokens.position("list", &token, 1000 + LIFETIME_SECONDS),
            Some(75)
        );
        assert_eq!(
            page_tokens.position("list", &token, 1001 + LIFETIME_SECONDS),
            None
        );
        assert_eq!(page_tokens.position("other", &token, 1000), None);
        assert_eq!(PageTokens::new().position("list", &token, 1000), None);
        assert_eq!(
            page_tokens.position("list", &token.replacen('4', "5", 1), 1000),
            None
        );
        for forged in ["", ".", "..", "4b", "é.é"] {
            assert_eq!(page_tokens.position("list", forged, 1000), None);
        }
    }
}

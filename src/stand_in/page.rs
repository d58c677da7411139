//! Where the next page of a list begins: tokens that hold a place and cannot be made up.

use aws_sigv4::sign::v4::calculate_signature;

/// How long a token is good for. The service does not publish its own limit.
const LIFETIME_SECONDS: i64 = 60 * 60;

/// Makes and reads the tokens of one run of the stand-in.
#[derive(Debug)]
pub(super) struct Pages {
    key: String,
}

impl Pages {
    pub(super) fn new() -> Self {
        Self {
            key: std::iter::repeat_with(fastrand::alphanumeric)
                .take(32)
                .collect(),
        }
    }

    /// A token for `place` in the list that `query` describes, good from `now` (epoch seconds) on.
    pub(super) fn token(&self, query: &str, place: usize, now: i64) -> String {
        let content = format!("{place:x}.{now:x}");
        let seal = self.seal(query, &content);
        format!("{content}.{seal}")
    }

    /// The token's place; nothing if the token is forged, expired or another list's.
    pub(super) fn place(&self, query: &str, token: &str, now: i64) -> Option<usize> {
        let (content, seal) = token.rsplit_once('.')?;
        if seal != self.seal(query, content) {
            return None;
        }
        let (place, issued) = content.split_once('.')?;
        let issued = i64::from_str_radix(issued, 16).ok()?;
        if now.saturating_sub(issued) > LIFETIME_SECONDS {
            return None;
        }
        usize::from_str_radix(place, 16).ok()
    }

    fn seal(&self, query: &str, content: &str) -> String {
        calculate_signature(&self.key, format!("{content}\n{query}").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_own_list_and_an_hour() {
        let pages = Pages::new();
        let token = pages.token("list", 75, 1000);
        assert_eq!(pages.place("list", &token, 1000), Some(75));
        assert_eq!(
            pages.place("list", &token, 1000 + LIFETIME_SECONDS),
            Some(75)
        );
        assert_eq!(pages.place("list", &token, 1001 + LIFETIME_SECONDS), None);
        assert_eq!(pages.place("other", &token, 1000), None);
        assert_eq!(Pages::new().place("list", &token, 1000), None);
        assert_eq!(
            pages.place("list", &token.replacen('4', "5", 1), 1000),
            None
        );
        for forged in ["", ".", "..", "4b", "é.é"] {
            assert_eq!(pages.place("list", forged, 1000), None);
        }
    }
}

//! Identifiers as people paste them: out of a document, a chat, a shell's output, a browser.
//!
//! Punctuation around an identifier is ignored, and a word processor's replacements of hyphens are
//! undone. Everything else stays as it is, so that a message can name the character that is wrong.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// The characters that a word processor or a web page writes for a hyphen (Unicode's dashes).
fn is_dash(c: char) -> bool {
    matches!(
        c,
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}'
    )
}

/// Characters that nobody sees: zero-width ones, soft hyphens, marks of direction, byte order marks.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{fe0e}' | '\u{fe0f}' | '\u{feff}'
    )
}

/// The quotes of programming languages, Markdown and typography.
fn is_quote(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | '`' | '«' | '»' | '\u{2018}'..='\u{201f}' | '\u{2039}' | '\u{203a}'
    )
}

/// Characters that may surround an identifier: spaces, and delimiters of the items
/// of a list.
fn is_margin(c: char) -> bool {
    c.is_whitespace() || is_invisible(c) || is_quote(c) || matches!(c, ',' | ';' | '<' | '>')
}

/// An ID, an ARN or a URL without its margins, and with plain hyphens.
pub(super) fn cleaned(text: &str) -> Cow<'_, str> {
    let text = text.trim_matches(is_margin);
    if !text.contains(|c| is_dash(c) || is_invisible(c)) {
        return Cow::Borrowed(text);
    }
    text.chars()
        .filter(|c| !is_invisible(*c))
        .map(|c| if is_dash(c) { '-' } else { c })
        .collect::<String>()
        .into()
}

/// A name without the blanks around it, and without the quotes if it stands between two. Inside, a name
/// may hold anything.
pub(super) fn cleaned_name(text: &str) -> &str {
    let is_blank = |c: char| c.is_whitespace() || is_invisible(c);
    let text = text.trim_matches(is_blank);
    let inner = text
        .strip_prefix(is_quote)
        .and_then(|rest| rest.strip_suffix(is_quote));
    match inner {
        Some(inner) if !inner.contains(is_quote) => inner.trim_matches(is_blank),
        _ => text,
    }
}

/// A URL's parts, as far as they matter here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Url<'a> {
    /// Without user, password and port.
    pub(super) host: &'a str,
    /// Path, query and fragment, as they stand.
    pub(super) rest: &'a str,
}

impl<'a> Url<'a> {
    /// A URL with a scheme of the web.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (scheme, behind) = text.split_once("://")?;
        let is_of_the_web = ["http", "https"]
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known));
        is_of_the_web.then(|| Self::behind_scheme(behind))
    }

    /// Parses a URL without its scheme, as browsers show it: a host and a path.
    pub(super) fn behind_scheme(text: &'a str) -> Self {
        let end = text.find(['/', '?', '#']).unwrap_or(text.len());
        let (authority, rest) = text.split_at(end);
        let host = authority.rsplit('@').next().unwrap_or_default();
        let host = host.split(':').next().unwrap_or_default();
        Self { host, rest }
    }

    /// Whether it is a page of the AWS console, in any partition.
    pub(super) fn is_of_console(&self) -> bool {
        let host = self.host.to_ascii_lowercase();
        [
            "console.aws.amazon.com",
            "console.amazonaws.cn",
            "console.amazonaws-us-gov.com",
            "console.aws.eu",
            "console.amazonaws.eu",
        ]
        .iter()
        .any(|console| host.strip_suffix(console).is_some_and(is_whole_label))
    }

    /// The region of a console page, from its `region` parameter or its host.
    pub(super) fn console_region(&self) -> Option<&'a str> {
        let parameter = self
            .rest
            .split(['?', '&', '#'])
            .find_map(|part| part.strip_prefix("region="));
        let label = || {
            self.host
                .split('.')
                .next()
                .filter(|label| label.contains('-'))
        };
        parameter.or_else(label)
    }

    /// The first portal ARN in it.
    pub(super) fn arn(&self) -> Option<String> {
        let text = decoded(self.rest);
        let start = text.find("arn:")?;
        let arn = &text[start..];
        let end = arn.find(is_delimiter).unwrap_or(arn.len());
        // An ARN has one slash, after `portal`; text after its ID belongs to the URL's path.
        let mut parts = arn[..end].split('/');
        Some(match (parts.next(), parts.next()) {
            (Some(resource), Some(id)) => format!("{resource}/{id}"),
            _ => arn[..end].to_owned(),
        })
    }

    /// The first of its parts that has the form of an ID: 36 characters, four of them hyphens.
    pub(super) fn id(&self) -> Option<String> {
        let text = decoded(self.rest);
        text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .find(|part| part.len() == 36 && part.bytes().filter(|b| *b == b'-').count() == 4)
            .map(str::to_owned)
    }
}

/// Whether the text before a domain is empty or ends with a dot.
fn is_whole_label(before: &str) -> bool {
    before.is_empty() || before.ends_with('.')
}

fn is_delimiter(c: char) -> bool {
    c.is_whitespace() || matches!(c, '?' | '&' | '#' | '"' | '\'' | ',' | ';')
}

/// The console's pages encode an ARN in their path once or twice.
fn decoded(text: &str) -> String {
    let once = percent_decode_str(text).decode_utf8_lossy();
    percent_decode_str(&once).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn margins_go_and_hyphens_become_plain() {
        for (pasted, clean) in [
            ("a-b", "a-b"),
            (" \u{a0}a-b\r\n", "a-b"),
            ("\u{feff}\u{200b}a\u{2011}b", "a-b"),
            ("\u{201c}a\u{2013}b\u{201d}", "a-b"),
            ("`a-b`", "a-b"),
            ("\"a-b\",", "a-b"),
            ("<https://a-b/>", "https://a-b/"),
            ("a\u{200d}b", "ab"),
            ("a b", "a b"),
        ] {
            assert_eq!(cleaned(pasted), clean, "{pasted:?}");
        }
    }

    #[test]
    fn a_name_keeps_what_is_inside() {
        for (pasted, name) in [
            ("Sales portal", "Sales portal"),
            (" \u{a0}Sales \u{2013} EU\r", "Sales \u{2013} EU"),
            ("\u{201c}Sales\u{201d}", "Sales"),
            ("the \"new\" portal", "the \"new\" portal"),
            ("\"new\" or \"old\"", "\"new\" or \"old\""),
            ("a,", "a,"),
        ] {
            assert_eq!(cleaned_name(pasted), name, "{pasted:?}");
        }
    }

    #[test]
    fn a_url_gives_its_host_alone() {
        for (url, host) in [
            ("https://p.workspaces-web.com/", "p.workspaces-web.com"),
            ("HTTPS://u:p@x@P.example:443?a", "P.example"),
            ("http://p.example#x", "p.example"),
        ] {
            assert_eq!(Url::parse(url).unwrap().host, host);
        }
        assert_eq!(Url::parse("ftp://p.example"), None);
        assert_eq!(Url::parse("Team: EU"), None);
    }

    #[test]
    fn a_host_that_only_ends_like_the_console_is_not_the_console() {
        for (url, is_of_console) in [
            (
                "https://us-east-1.console.aws.amazon.com/workspaces-web",
                true,
            ),
            ("https://console.aws.amazon.com/x", true),
            ("https://cn-north-1.Console.amazonaws.cn/x", true),
            ("https://notconsole.aws.amazon.com.example/x", false),
            ("https://myconsole.aws.amazon.com/x", false),
        ] {
            assert_eq!(
                Url::parse(url).unwrap().is_of_console(),
                is_of_console,
                "{url}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_clean_stays(text in any::<String>()) {
            let once = cleaned(&text).into_owned();
            // Characters that were hidden inside may have kept a margin from being seen.
            let twice = cleaned(&once).into_owned();
            prop_assert_eq!(cleaned(&twice), twice.as_str());
            let name = cleaned_name(&text);
            prop_assert!(text.contains(name));
        }

        #[test]
        fn an_id_is_found_in_whatever_stands_around_it(
            id in "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            before in "[ \u{a0}\u{200b}\"'`\r\n\t,;<\u{201c}\u{feff}]{0,5}",
            after in "[ \u{a0}\u{200b}\"'`\r\n\t,;>\u{201d}]{0,5}",
            dash in "[-\u{2010}-\u{2015}\u{2212}]",
        ) {
            let pasted = format!("{before}{}{after}", id.replace('-', &dash));
            prop_assert_eq!(cleaned(&pasted), id);
        }
    }
}

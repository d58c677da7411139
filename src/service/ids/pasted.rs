//! Cleans identifiers that people paste from a document, a chat, a terminal or a browser.
//!
//! Punctuation around an identifier is removed, and hyphens that a word processor has replaced are restored. All
//! other characters stay, so that a message can name a wrong one.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use reqwest::Url;

/// Whether the character is a dash of Unicode, which a word processor or a web page may write in place of a
/// hyphen.
fn is_dash(c: char) -> bool {
    matches!(
        c,
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}'
    )
}

/// Whether a character is invisible: zero-width characters, soft hyphens, bidirectional controls, variation
/// selectors, byte order marks.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{fe0e}' | '\u{fe0f}' | '\u{feff}'
    )
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || is_invisible(c)
}

/// Whether the character is a quotation mark in programming languages, Markdown or typography.
fn is_quote(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | '`' | '«' | '»' | '\u{2018}'..='\u{201f}' | '\u{2039}' | '\u{203a}'
    )
}

/// Whether the character may surround an identifier: white space, a quotation mark or a delimiter of list items.
fn is_margin(c: char) -> bool {
    is_blank(c) || is_quote(c) || matches!(c, ',' | ';' | '<' | '>')
}

/// Removes the characters around an ID, an ARN or a URL, and restores its hyphens.
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

/// Removes the spaces and the pair of quotation marks around a name. A name may contain any character.
pub(super) fn cleaned_name(text: &str) -> &str {
    unquoted_name(text).trim_matches(is_blank)
}

/// Removes the pair of quotation marks around a name, and the spaces outside of them.
pub(super) fn unquoted_name(text: &str) -> &str {
    let text = text.trim_matches(is_blank);
    let inner = text
        .strip_prefix(is_quote)
        .and_then(|rest| rest.strip_suffix(is_quote));
    inner
        .filter(|inner| !inner.contains(is_quote))
        .unwrap_or(text)
}

/// Whether the URL is a page of the AWS console in any partition.
pub(super) fn is_console(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    [
        "console.aws.amazon.com",
        "console.amazonaws.cn",
        "console.amazonaws-us-gov.com",
        "console.aws.eu",
        "console.amazonaws.eu",
    ]
    .iter()
    .filter_map(|console| host.strip_suffix(console))
    .any(|before| before.is_empty() || before.ends_with('.'))
}

/// The region of a console page, from the parameter `region` or the host. The parameter may be in the fragment.
pub(super) fn console_region(url: &Url) -> Option<&str> {
    let mut parts = url.as_str().split(['?', '&', '#']);
    let label = || url.host_str()?.split('.').next();
    parts
        .find_map(|part| part.strip_prefix("region="))
        .or_else(|| label().filter(|label| label.contains('-')))
}

pub(super) fn arn(url: &Url) -> Option<String> {
    let text = decode(url);
    let arn = &text[text.find("arn:")?..];
    let is_delimiter = |c: char| c.is_whitespace() || "?&#\"',;".contains(c);
    // An ARN has one slash, after `portal`; text after its ID belongs to the URL's path.
    let mut parts = arn.split(is_delimiter).next()?.split('/');
    let resource = parts.next()?;
    Some(match parts.next() {
        Some(id) => format!("{resource}/{id}"),
        None => resource.to_owned(),
    })
}

/// The first part of a URL that looks like an ID: 36 characters, four of them hyphens.
pub(super) fn id(url: &Url) -> Option<String> {
    decode(url)
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .find(|part| part.len() == 36 && part.matches('-').count() == 4)
        .map(str::to_owned)
}

/// Decodes a URL twice. The console's pages encode an ARN in their path once or twice.
fn decode(url: &Url) -> String {
    let once = percent_decode_str(url.as_str()).decode_utf8_lossy();
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
                is_console(&Url::parse(url).unwrap()),
                is_of_console,
                "{url}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_clean_stays(text in any::<String>()) {
            let once = cleaned(&text).into_owned();
            prop_assert_eq!(cleaned(&once), once.as_str());
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

//! Parses the shared config files as the AWS CLI does: by the rules of Python's `configparser` without
//! interpolation, and of botocore's nested settings (`configloader.py`).
//!
//! A line that begins with `#` or `;` is a comment, indented or not. A line that is indented deeper
//! than the setting above it continues that setting. Keys end at the first `=` or `:` and are converted to
//! lower case. Text after a section's last `]` is ignored. The settings of `[DEFAULT]` apply to every
//! section.

use std::collections::BTreeMap;

const DEFAULTS: &str = "DEFAULT";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The value, perhaps of several lines. Before nested settings, the first line is empty.
    value: String,
    /// Counted from 1.
    pub line: usize,
}

impl Entry {
    /// The text; `None` if the setting has nested settings.
    pub fn text(&self) -> Option<&str> {
        (!self.value.starts_with('\n')).then_some(&self.value)
    }

    /// The text of a nested setting. If the key occurs more than once, the last one applies.
    pub fn nested(&self, key: &str) -> Option<&str> {
        let lines = self.value.strip_prefix('\n')?.lines();
        let mut pairs = lines.filter_map(|line| line.split_once('='));
        let (_, text) = pairs.rfind(|(name, _)| name.trim() == key)?;
        Some(text.trim())
    }
}

pub type Section = BTreeMap<String, Entry>;

/// A syntax error and its line, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IniError {
    pub line: usize,
    pub what: String,
}

/// Parses a file and returns its sections in order.
///
/// # Errors
/// A malformed line, which the AWS CLI rejects too.
pub fn parse(text: &str) -> Result<Vec<(String, Section)>, IniError> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut sections: Vec<(String, Section)> = Vec::new();
    let mut current = None;
    for statement in statements(&text) {
        let line = statement.line;
        let error = |what: String| Err(IniError { line, what });
        if let Some(name) = section_name(statement.text) {
            let known = sections.iter().position(|(known, _)| known == name);
            if known.is_some() && name != DEFAULTS {
                return error(format!("the section [{name}] exists already"));
            }
            current = known.or(Some(sections.len()));
            if known.is_none() {
                sections.push((name.to_owned(), Section::new()));
            }
            continue;
        }
        let Some((_, section)) = current.and_then(|index| sections.get_mut(index)) else {
            return error("a setting stands before the first [section]".to_owned());
        };
        let Some((key, value)) = statement.text.split_once(['=', ':']) else {
            return error("neither a [section] nor KEY = VALUE".to_owned());
        };
        let key = key.trim_end().to_lowercase();
        if key.is_empty() {
            return error("there is no key before the sign".to_owned());
        }
        let value = format!("{}{}", value.trim(), statement.continuation);
        let value = value.trim_end().to_owned();
        if value.starts_with('\n') && !value.trim().lines().all(is_nested_setting) {
            return error(format!("a line below {key} is not KEY = VALUE"));
        }
        if section.insert(key.clone(), Entry { value, line }).is_some() {
            return error(format!("{key} is set already in the section"));
        }
    }
    Ok(with_defaults(sections))
}

/// The header of a section, or a setting with the lines that continue it.
struct Statement<'a> {
    line: usize,
    text: &'a str,
    /// The lines that continue the setting, each with a line break before it.
    continuation: String,
}

fn statements(text: &str) -> Vec<Statement<'_>> {
    let mut statements: Vec<Statement<'_>> = Vec::new();
    let mut last_indent = 0;
    for (line, whole) in (1..).zip(text.split('\n')) {
        let text = whole.trim();
        if text.starts_with(['#', ';']) {
            continue;
        }
        let indent = whole.chars().take_while(|c| c.is_whitespace()).count();
        let setting = statements.last_mut();
        let setting = setting.filter(|last| section_name(last.text).is_none());
        match setting {
            Some(setting) if text.is_empty() || indent > last_indent => {
                setting.continuation.push('\n');
                setting.continuation.push_str(text);
            }
            _ if text.is_empty() => {}
            _ => {
                last_indent = indent;
                statements.push(Statement {
                    line,
                    text,
                    continuation: String::new(),
                });
            }
        }
    }
    statements
}

/// The name of a section, which ends at the last `]` of its line.
fn section_name(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix('[')?.rsplit_once(']')?;
    (!name.is_empty()).then_some(name)
}

fn is_nested_setting(line: &str) -> bool {
    line.is_empty() || line.contains('=')
}

/// Adds the settings of `[DEFAULT]` to every section.
fn with_defaults(mut sections: Vec<(String, Section)>) -> Vec<(String, Section)> {
    if let Some(index) = sections.iter().position(|(name, _)| name == DEFAULTS) {
        let (_, defaults) = sections.remove(index);
        for (_, section) in &mut sections {
            let mut all = defaults.clone();
            all.append(section);
            *section = all;
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The sections with their settings as `key=value`, nested ones as `key{a=b}`.
    fn read(text: &str) -> Vec<(String, Vec<String>)> {
        let sections = parse(text).unwrap().into_iter();
        let shown = |(key, entry): (&String, &Entry)| match entry.text() {
            Some(text) => format!("{key}={text}"),
            None => {
                let lines = entry.value.lines().filter(|line| !line.is_empty());
                let names = lines.map(|line| line.split('=').next().unwrap().trim());
                let pairs = names.map(|name| format!("{name}={}", entry.nested(name).unwrap()));
                format!("{key}{{{}}}", pairs.collect::<Vec<_>>().join(","))
            }
        };
        sections
            .map(|(name, section)| (name, section.iter().map(shown).collect()))
            .collect()
    }

    #[test]
    fn what_configparser_reads_is_read_the_same() {
        for (text, name, settings) in [
            ("[a]\nk = v\n", "a", &["k=v"][..]),
            ("[a]\nK:v=w\n", "a", &["k=v=w"]),
            ("  [a] # text\n  k = v\n", "a", &["k=v"]),
            ("[profile [x]]] \nk=v", "profile [x]]", &["k=v"]),
            (
                "[a]\n  # comment\n  ; another\nk = v ; no comment\n",
                "a",
                &["k=v ; no comment"],
            ),
            ("[a]\r\nk = v\r\n", "a", &["k=v"]),
            (
                "[a]\nk = v\n  more\n\n  last\nl = w\n",
                "a",
                &["k=v\nmore\n\nlast", "l=w"],
            ),
            (
                "[a]\ns3 =\n  # comment\n  x = y\n\n  z=\nl=w",
                "a",
                &["l=w", "s3{x=y,z=}"],
            ),
            ("[a]\n  k = v\n  l = w\n", "a", &["k=v", "l=w"]),
            (
                "[DEFAULT]\nregion = r\nk = d\n[a]\nk = v\n",
                "a",
                &["k=v", "region=r"],
            ),
            (
                "[a]\nk = v\n[DEFAULT]\nregion = r\n",
                "a",
                &["k=v", "region=r"],
            ),
            ("[a]\nk =\n", "a", &["k="]),
            ("[a]\n  [b]\nk = v", "b", &["k=v"]),
        ] {
            let sections = read(text);
            let (found, values) = sections.last().unwrap();
            assert_eq!(
                (found.as_str(), values.as_slice()),
                (
                    name,
                    &settings.iter().map(|&s| s.to_owned()).collect::<Vec<_>>()[..]
                ),
                "{text}"
            );
        }
    }

    #[test]
    fn the_line_that_is_refused_is_named() {
        for (text, line, what) in [
            ("k = v\n", 1, "before the first"),
            ("# c\n[profile\n", 2, "before the first"),
            ("[a]\n\nword\n", 3, "neither"),
            ("[a]\n= v\n", 2, "no key"),
            ("[a]\nk=v\n[b]\n[a]\n", 4, "already"),
            ("[a]\nk=v\nK=w\n", 3, "already"),
            ("[a]\ns3 =\n  word\n", 2, "below s3"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.line, line, "{text}");
            assert!(error.what.contains(what), "{error:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[\\[\\]=:# \t\r\na-cé]{0,120}") {
            let _ = parse(&text);
        }

        #[test]
        fn what_is_written_plainly_comes_back(
            settings in proptest::collection::btree_map("[a-z_]{1,8}", "[!-~]([ -~]{0,10}[!-~])?", 0..6)
        ) {
            let mut text = "[profile a]\n".to_owned();
            for (key, value) in &settings {
                text += &format!("{key} = {value}\n");
            }
            let sections = parse(&text).unwrap();
            let found: BTreeMap<_, _> = sections[0].1.iter().map(|(key, entry)| {
                (key.clone(), entry.text().unwrap().to_owned())
            }).collect();
            prop_assert_eq!(found, settings);
        }
    }
}

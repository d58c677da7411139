//! Parses the shared config files as the AWS CLI does: by the rules of Python's `configparser` without
//! interpolation, and of botocore's nested settings (`configloader.py`).
//!
//! A line that begins with `#` or `;` is a comment, indented or not. A line that is indented deeper
//! than the setting above it continues that setting. Keys end at the first `=` or `:` and are converted to
//! lower case. Text after a section's last `]` is ignored. The settings of `[DEFAULT]` apply to every
//! section.

use std::collections::BTreeMap;

const DEFAULTS: &str = "DEFAULT";

/// A setting's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::config) enum IniValue {
    /// Text, perhaps of several lines.
    Text(String),
    /// Settings below the setting, indented.
    Nested(BTreeMap<String, String>),
}

/// A setting and its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::config) struct Entry {
    pub(in crate::config) value: IniValue,
    /// Counted from 1.
    pub(in crate::config) line: usize,
}

/// The settings of one section by their keys.
pub(in crate::config) type Section = BTreeMap<String, Entry>;

/// A syntax error and its line, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::config) struct IniError {
    pub(in crate::config) line: usize,
    pub(in crate::config) what: String,
}

fn error<T>(line: usize, what: impl Into<String>) -> Result<T, IniError> {
    Err(IniError {
        line,
        what: what.into(),
    })
}

/// Parses a file and returns its sections in order.
///
/// # Errors
/// The first line that is malformed, which the AWS CLI rejects too.
pub(in crate::config) fn parse(text: &str) -> Result<Vec<(String, Section)>, IniError> {
    let mut parser = IniParser::default();
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    for (index, line) in unified.split('\n').enumerate() {
        parser.line(index + 1, line)?;
    }
    parser.finish()
}

/// The current setting, which the next line may continue.
struct Open {
    key: String,
    lines: Vec<String>,
    line: usize,
}

#[derive(Default)]
struct IniParser {
    sections: Vec<(String, Section)>,
    /// The index of the section of the next setting.
    current: Option<usize>,
    open: Option<Open>,
    indent: usize,
}

impl IniParser {
    fn line(&mut self, number: usize, line: &str) -> Result<(), IniError> {
        let text = line.trim();
        if text.starts_with(['#', ';']) {
            return Ok(());
        }
        if text.is_empty() {
            if let Some(open) = &mut self.open {
                open.lines.push(String::new());
            }
            return Ok(());
        }
        let indent = line.chars().take_while(|c| c.is_whitespace()).count();
        if indent > self.indent
            && let Some(open) = &mut self.open
        {
            open.lines.push(text.to_owned());
            return Ok(());
        }
        self.indent = indent;
        self.close()?;
        if let Some(name) = section_name(text) {
            return self.section(number, name);
        }
        if self.current.is_none() {
            return error(number, "a setting stands before the first [section]");
        }
        let Some(end) = text.find(['=', ':']) else {
            return error(number, "neither a [section] nor KEY = VALUE");
        };
        let key = text[..end].trim_end().to_lowercase();
        if key.is_empty() {
            return error(number, "there is no key before the sign");
        }
        self.open = Some(Open {
            key,
            lines: vec![text[end + 1..].trim().to_owned()],
            line: number,
        });
        Ok(())
    }

    fn section(&mut self, number: usize, name: &str) -> Result<(), IniError> {
        let known = self.sections.iter().position(|(known, _)| known == name);
        if known.is_some() && name != DEFAULTS {
            return error(number, format!("the section [{name}] exists already"));
        }
        self.current = known.or(Some(self.sections.len()));
        if known.is_none() {
            self.sections.push((name.to_owned(), Section::new()));
        }
        Ok(())
    }

    /// Stores the current setting when its last line has been read.
    fn close(&mut self) -> Result<(), IniError> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let section = self.current.and_then(|index| self.sections.get_mut(index));
        let Some((_, section)) = section else {
            return Ok(());
        };
        let line = open.line;
        let entry = Entry {
            value: value(&open)?,
            line,
        };
        if section.insert(open.key.clone(), entry).is_some() {
            return error(line, format!("{} is set already in the section", open.key));
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<(String, Section)>, IniError> {
        self.close()?;
        let mut sections = self.sections;
        let defaults = sections.extract_if(.., |(name, _)| name == DEFAULTS);
        for (key, entry) in defaults
            .flat_map(|(_, defaults)| defaults)
            .collect::<Vec<_>>()
        {
            for (_, section) in &mut sections {
                section.entry(key.clone()).or_insert_with(|| entry.clone());
            }
        }
        Ok(sections)
    }
}

/// The name of a section, which ends at the last `]` of its line.
fn section_name(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix('[')?.rsplit_once(']')?;
    (!name.is_empty()).then_some(name)
}

/// The value of a setting: nested settings if its first line is empty and others follow, otherwise text.
fn value(open: &Open) -> Result<IniValue, IniError> {
    let text = open.lines.join("\n");
    let text = text.trim_end();
    if !text.starts_with('\n') {
        return Ok(IniValue::Text(text.to_owned()));
    }
    let mut nested = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let Some((key, value)) = line.split_once('=') else {
            return error(
                open.line,
                format!("a line below {} is not KEY = VALUE", open.key),
            );
        };
        nested.insert(key.trim().to_owned(), value.trim().to_owned());
    }
    Ok(IniValue::Nested(nested))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The sections with their settings as `key=value`, nested ones as `key{a=b}`.
    fn read(text: &str) -> Vec<(String, Vec<String>)> {
        let sections = parse(text).unwrap().into_iter();
        let shown = |(key, entry): (&String, &Entry)| match &entry.value {
            IniValue::Text(text) => format!("{key}={text}"),
            IniValue::Nested(nested) => {
                let pairs: Vec<_> = nested.iter().map(|(k, v)| format!("{k}={v}")).collect();
                format!("{key}{{{}}}", pairs.join(","))
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
            let found: BTreeMap<_, _> = sections[0].1.iter().map(|(key, entry)| match &entry.value {
                IniValue::Text(text) => (key.clone(), text.clone()),
                IniValue::Nested(_) => unreachable!(),
            }).collect();
            prop_assert_eq!(found, settings);
        }
    }
}

//! Splits an input into records: lines, and the elements of JSON arrays.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, BufRead, Read};

/// The maximum size of a record, in bytes. A longer one is skipped and not kept in memory.
const MAX_RECORD: usize = 1 << 20;
const TOO_LONG: &str = "is longer than 1 MiB";

/// A part of the input that may name a session, or why it cannot be read.
type Record = (Position, Result<Content, RecordError>);

/// The position of a record in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line in which the record ends, from 1.
    pub line: u64,
    /// The number of the element, from 1, in a JSON array.
    pub element: Option<u64>,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of standard input", self.line)?;
        match self.element {
            Some(element) => write!(f, ", element {element} of the JSON array,"),
            None => Ok(()),
        }
    }
}

/// The error for a record that is not a request. It never quotes the record, which may contain names and
/// URLs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordError {
    /// Continues "line 3 of standard input ".
    pub reason: Cow<'static, str>,
    pub hint: Option<String>,
}

impl RecordError {
    pub(super) fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            reason: reason.into(),
            hint: None,
        }
    }

    pub(super) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }
}

pub(super) enum Content {
    Line(Vec<u8>),
    /// The JSON text of an element of an array.
    Element(Vec<u8>),
}

/// The records of an input. Blank lines are skipped.
///
/// The elements of an array are found by counting brackets, so that an array of any size is read with
/// little memory, and a malformed element does not hide those after it.
pub(super) struct Records<R> {
    input: R,
    /// Complete lines so far.
    lines: u64,
    /// Elements so far of the array that is being read.
    elements: Option<u64>,
    has_failed: bool,
}

/// The end of an element.
enum ElementEnd {
    Delimiter,
    /// A line break in a string, which JSON does not allow: a quotation mark is missing.
    BrokenString,
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            lines: 0,
            elements: None,
            has_failed: false,
        }
    }

    /// `None` at the end of the input.
    fn read(&mut self) -> io::Result<Option<Record>> {
        loop {
            let next = self.skip_space()?;
            let Some(element) = self.elements else {
                match next {
                    None => return Ok(None),
                    Some(b'[') => {
                        self.input.consume(1);
                        self.elements = Some(0);
                    }
                    Some(_) => return self.read_line().map(Some),
                }
                continue;
            };
            match next {
                Some(b']') => {
                    self.input.consume(1);
                    self.elements = None;
                }
                Some(b',') => self.input.consume(1),
                Some(_) => {
                    self.elements = Some(element + 1);
                    return self.read_element().map(Some);
                }
                None => {
                    let record =
                        self.record(Err(RecordError::new("ends before the JSON array does")));
                    self.elements = None;
                    return Ok(Some(record));
                }
            }
        }
    }

    /// Skips space, line ends and byte order marks. Returns the next byte without consuming it.
    fn skip_space(&mut self) -> io::Result<Option<u8>> {
        const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];
        loop {
            let bytes = self.input.fill_buf()?;
            let Some(first) = bytes.first().copied() else {
                return Ok(None);
            };
            let skipped = match first {
                b'\n' => {
                    self.lines += 1;
                    1
                }
                b' ' | b'\t' | b'\r' => 1,
                _ if bytes.starts_with(&BYTE_ORDER_MARK) => BYTE_ORDER_MARK.len(),
                _ => return Ok(Some(first)),
            };
            self.input.consume(skipped);
        }
    }

    fn read_line(&mut self) -> io::Result<Record> {
        let mut line = Vec::new();
        // One byte more than a record may have.
        let limit = MAX_RECORD as u64 + 1;
        (&mut self.input).take(limit).read_until(b'\n', &mut line)?;
        let content = if line.len() <= MAX_RECORD {
            Ok(Content::Line(line))
        } else {
            if !line.ends_with(b"\n") {
                self.input.skip_until(b'\n')?;
            }
            Err(RecordError::new(TOO_LONG))
        };
        let record = self.record(content);
        self.lines += 1;
        Ok(record)
    }

    fn read_element(&mut self) -> io::Result<Record> {
        let mut element = Vec::new();
        let mut scanner = Scanner::default();
        let mut is_too_long = false;
        let end = loop {
            let bytes = self.input.fill_buf()?;
            if bytes.is_empty() {
                break ElementEnd::Delimiter;
            }
            let (count, end) = scanner.scan(bytes);
            is_too_long |= element.len() + count > MAX_RECORD;
            if !is_too_long {
                element.extend_from_slice(&bytes[..count]);
            }
            self.lines += memchr::memchr_iter(b'\n', &bytes[..count]).count() as u64;
            self.input.consume(count);
            if let Some(end) = end {
                break end;
            }
        };
        let record = self.record(if is_too_long {
            Err(RecordError::new(TOO_LONG))
        } else {
            Ok(Content::Element(element))
        });
        if let ElementEnd::BrokenString = end {
            // Brackets cannot be counted any more. The lines that follow are records again.
            self.elements = None;
        }
        Ok(record)
    }

    fn record(&self, content: Result<Content, RecordError>) -> Record {
        let position = Position {
            line: self.lines + 1,
            // Before the first element, the array itself is at fault.
            element: self.elements.filter(|number| *number > 0),
        };
        (position, content)
    }
}

/// Finds the end of a JSON value.
#[derive(Default)]
struct Scanner {
    depth: usize,
    is_in_string: bool,
    is_escaped: bool,
}

impl Scanner {
    /// The number of bytes that belong to the value, and its end if it is among them.
    fn scan(&mut self, bytes: &[u8]) -> (usize, Option<ElementEnd>) {
        for (index, byte) in bytes.iter().enumerate() {
            let is_escaped = std::mem::take(&mut self.is_escaped);
            match byte {
                b'\n' if self.is_in_string => return (index, Some(ElementEnd::BrokenString)),
                b'\\' if self.is_in_string => self.is_escaped = !is_escaped,
                b'"' if !is_escaped => self.is_in_string = !self.is_in_string,
                _ if self.is_in_string => {}
                b',' | b']' if self.depth == 0 => return (index, Some(ElementEnd::Delimiter)),
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        (bytes.len(), None)
    }
}

impl<R: BufRead> Iterator for Records<R> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        if self.has_failed {
            return None;
        }
        match self.read() {
            Ok(record) => record,
            Err(error) => {
                self.has_failed = true;
                let reason = format!("cannot be read: {error}");
                Some(self.record(Err(RecordError::new(reason))))
            }
        }
    }
}

//! Reads the sessions to request or to wait for: from the arguments, or from standard input.

mod members;
mod records;
mod request;

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, IsTerminal, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use anyhow::Context as _;
use encoding_rs_io::DecodeReaderBytesBuilder;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use tokio::sync::mpsc;

use crate::cli::Sessions;
use crate::diagnostics::Failure;
pub use records::Position;
use records::Records;
pub use request::SessionRequest;
use request::{RecordParser, parse_element};

/// A request, or the failure of a record with the record's position. The text of the position and the failure's
/// message form a sentence: `line 3 of standard input is not valid JSON`.
pub type InputItem = Result<SessionRequest, (Position, Failure)>;

type SessionRequests = BoxStream<'static, Result<SessionRequest, Failure>>;

/// The number of records read so far. The thread that reads the input updates it.
#[derive(Debug, Default)]
pub(crate) struct InputProgress {
    read: AtomicU64,
    is_complete: AtomicBool,
    /// The number of records in the entire input; 0 if it is not known. A regular file is read twice: first to
    /// count them.
    expected: AtomicU64,
    /// Whether standard input is a terminal.
    pub(super) is_typed: bool,
}

impl InputProgress {
    /// The number of records read so far. A record that names no session counts, too.
    pub(crate) fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.is_complete.load(Ordering::Relaxed)
    }

    /// The number of records in the entire input; `None` if it is not known yet.
    pub(crate) fn total(&self) -> Option<u64> {
        if self.is_complete() {
            return Some(self.read());
        }
        let expected = self.expected.load(Ordering::Relaxed);
        (expected > 0).then_some(expected)
    }

    /// The smaller of `limit` and the number of records, once that is known; at least one.
    pub(crate) fn at_most(&self, limit: usize) -> usize {
        match usize::try_from(self.read()) {
            Ok(count) if self.is_complete() => count.clamp(1, limit),
            _ => limit,
        }
    }
}

/// Returns the requested sessions as a stream, and the progress of reading them.
///
/// # Errors
/// The system cannot start a thread.
pub(crate) fn session_requests(
    sessions: Sessions,
    unique: bool,
) -> Result<(SessionRequests, Arc<InputProgress>), Failure> {
    let mut progress = InputProgress::default();
    let Sessions::Given(ids) = sessions else {
        progress.is_typed = io::stdin().is_terminal();
        let progress = Arc::new(progress);
        return Ok((read_in_thread(Arc::clone(&progress), unique)?, progress));
    };
    let mut seen = HashSet::new();
    let ids = ids.into_iter().filter(|id| !unique || seen.insert(*id));
    let requests: Vec<_> = ids.map(|id| Ok(id.into())).collect();
    progress.read = AtomicU64::new(requests.len() as u64);
    progress.is_complete = AtomicBool::new(true);
    Ok((stream::iter(requests).boxed(), Arc::new(progress)))
}

/// Reads standard input in a thread, because reading blocks. The program ends without waiting for the thread,
/// because a terminal or a pipe may never close.
fn read_in_thread(
    progress: Arc<InputProgress>,
    unique: bool,
) -> Result<SessionRequests, anyhow::Error> {
    // The thread waits until each item is taken, so the consumer determines how far ahead it reads.
    let (sender, mut receiver) = mpsc::channel(1);
    let read = move || {
        if let Some(expected) = count_in_regular_file(unique) {
            progress.expected.store(expected, Ordering::Relaxed);
        }
        for item in parse(io::stdin(), unique) {
            progress.read.fetch_add(1, Ordering::Relaxed);
            let item = item.map_err(|(position, failure)| {
                let message = format!("{position} {}", failure.message());
                failure.with_message(message)
            });
            if sender.blocking_send(item).is_err() {
                return;
            }
        }
        progress.is_complete.store(true, Ordering::Relaxed);
    };
    std::thread::Builder::new()
        .name("standard input".to_owned())
        .spawn(read)
        .context("could not start a thread")?;
    Ok(stream::poll_fn(move |context| receiver.poll_recv(context)).boxed())
}

/// The number of records in standard input if it is a regular file. Keeps the file's position.
fn count_in_regular_file(unique: bool) -> Option<u64> {
    #[cfg(unix)]
    use std::os::fd::AsFd as _;
    #[cfg(windows)]
    use std::os::windows::io::AsHandle as _;

    let stdin = io::stdin();
    #[cfg(unix)]
    let duplicate = stdin.as_fd().try_clone_to_owned();
    #[cfg(windows)]
    let duplicate = stdin.as_handle().try_clone_to_owned();
    let mut file = File::from(duplicate.ok()?);
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let start = file.stream_position().ok()?;
    let count = parse(&file, unique).count();
    file.seek(SeekFrom::Start(start)).ok()?;
    Some(count as u64)
}

/// Parses an input in UTF-8, or in UTF-16 with a byte order mark, as PowerShell's `>` writes it. With `unique`,
/// omits requests for a session that was requested before.
pub fn parse(input: impl Read, unique: bool) -> impl Iterator<Item = InputItem> {
    const BUFFER: usize = 64 << 10;
    let input = DecodeReaderBytesBuilder::new()
        .utf8_passthru(true)
        .strip_bom(true)
        .build(input);
    let mut parser = RecordParser::default();
    let records = Records::new(BufReader::with_capacity(BUFFER, input));
    let items = records.filter_map(move |(position, content)| {
        let request = match (content, position.element) {
            (Err(error), _) => Err(error),
            (Ok(line), None) => parser.parse_line(&line)?,
            (Ok(element), Some(_)) => parse_element(&element),
        };
        Some(match request {
            Ok(request) => Ok(SessionRequest {
                position: Some(position),
                ..request
            }),
            Err(error) => Err((position, error)),
        })
    });
    let mut seen = HashSet::new();
    items.filter(move |item| match item {
        Ok(request) => !unique || seen.insert(request.session),
        Err(_) => true,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "aaaaaaaa-0001-4000-8000-000000000001";

    fn id(number: usize) -> String {
        format!("aaaaaaaa-0000-4000-8000-{number:012}")
    }

    /// The sessions, and the line and the element of each error.
    fn read(input: impl AsRef<[u8]>) -> Vec<Result<String, (u64, Option<u64>)>> {
        parse(input.as_ref(), false)
            .map(|item| match item {
                Ok(request) => Ok(request.session.to_string()),
                Err((position, _)) => Err((position.line, position.element)),
            })
            .collect()
    }

    #[test]
    fn blank_lines_and_comments_are_skipped_and_all_line_ends_are_accepted() {
        let input = format!("\u{feff}{ID}\r\n\n  # a comment\n\t{ID}  \n{ID}");
        assert_eq!(read(input), vec![Ok(ID.to_owned()); 3]);
    }

    #[test]
    fn an_error_has_the_number_of_its_line_and_the_rest_is_read() {
        let long = "x".repeat(2 << 20);
        let object = format!(r#"{{"x": "{}", "sessionId": "{ID}"}}"#, "x".repeat(1 << 20));
        let input = format!("{ID}\nbad\n{long}\n\u{1b}\n{object}\n{ID}\n");
        let errors = [2, 3, 4, 5].map(|line| Err((line, None)));
        let mut expected = vec![Ok(ID.to_owned())];
        expected.extend(errors);
        expected.push(Ok(ID.to_owned()));
        assert_eq!(read(input), expected);
    }

    #[test]
    fn utf_16_is_read_with_its_byte_order_mark_and_named_without() {
        let long = "x".repeat(5000);
        let text = format!("\u{feff}{ID}\r\n\r\n日本\r\n{long}\r\n[{{\"sessionId\":\"{ID}\"}}]");
        let expected = [
            Ok(ID.to_owned()),
            Err((3, None)),
            Err((4, None)),
            Ok(ID.to_owned()),
        ];
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(read(&little), expected);
        assert_eq!(read(&big), expected);
        let (_, error) = parse(&little[2..], false).next().unwrap().unwrap_err();
        assert!(error.hint().unwrap().contains("UTF-16"));
    }

    #[test]
    fn the_elements_of_an_array_are_read_one_by_one() {
        let object = format!(r#"{{"sessionId": "{ID}", "x": "]}}\"[,"}}"#);
        let input = format!(
            "[{object},\n 5, {{\"sessionId\": }},\n{object} ,\"{ID}\", []] {ID}\n\u{feff}[]\n[\n]{ID}\n[{object}"
        );
        let good = || Ok(ID.to_owned());
        assert_eq!(
            read(input),
            [
                good(),
                Err((2, Some(2))),
                Err((2, Some(3))),
                good(),
                good(),
                Err((3, Some(6))),
                good(),
                good(),
                good(),
                Err((7, Some(1)))
            ]
        );
    }

    #[test]
    fn a_row_may_start_with_a_bracket() {
        let input = format!("username,sessionId\n[x] bob,{ID}\n[bob,{ID}\n[\"{ID}\"]");
        assert_eq!(read(input), vec![Ok(ID.to_owned()); 3]);
    }

    #[test]
    fn a_broken_string_in_an_array_does_not_hide_the_lines_after_it() {
        let object = |number| format!(r#"{{"sessionId":"{}"}}"#, id(number));
        let input = format!(
            "[{},\n{{\"sessionId\":\"x}},\n{},\n{}]\n{}\n",
            object(1),
            object(2),
            object(3),
            object(4)
        );
        assert_eq!(
            read(input),
            [
                Ok(id(1)),
                Err((2, Some(2))),
                Ok(id(2)),
                Err((4, None)),
                Ok(id(4))
            ]
        );
    }

    #[test]
    fn an_array_that_ends_before_its_first_element_has_an_error_without_an_element() {
        for input in ["[", "0\n[", "[ \n"] {
            let last = parse(input.as_bytes(), false).last().unwrap().unwrap_err();
            assert_eq!(last.0.element, None, "{input:?}");
        }
    }

    #[test]
    fn a_long_element_is_skipped_and_the_next_one_is_read() {
        let long = "[".repeat(2 << 20) + &"]".repeat(2 << 20);
        let input = format!(r#"[{long},{{"sessionId":"{ID}"}}]"#);
        assert_eq!(read(input), [Err((1, Some(1))), Ok(ID.to_owned())]);
    }

    #[test]
    fn with_unique_the_first_request_for_a_session_is_kept() {
        let input = [3, 1, 3, 2, 1].map(id).join("\n") + "\nbad\nbad\n";
        let found: Vec<_> = parse(input.as_bytes(), true)
            .map(|item| item.map(|request| request.session.to_string()))
            .collect();
        let sessions: Vec<_> = found.iter().flatten().cloned().collect();
        assert_eq!(sessions, [3, 1, 2].map(id));
        assert_eq!(found.len(), 5);
    }

    #[test]
    fn an_input_that_cannot_be_read_ends_with_an_error() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("gone"))
            }
        }
        let found: Vec<_> = parse(Broken, false).collect();
        assert_eq!(found.len(), 1);
        let (_, error) = found[0].as_ref().unwrap_err();
        assert!(error.message().contains("gone"));
    }

    proptest! {
        #[test]
        fn no_input_makes_it_fail(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let most = bytes.len() + 1;
            prop_assert!(parse(&bytes[..], false).count() <= most);
        }

        /// Each session is requested once and in order, whatever else the log lines contain.
        #[test]
        fn every_object_is_found_in_lines_and_arrays(
            texts in proptest::collection::vec("\\PC{0,40}", 1..20),
            as_array: bool,
            pretty: bool,
        ) {
            let objects = texts.iter().enumerate().map(|(number, text)| {
                serde_json::json!({"url": text, text: [text], "sessionId": id(number), "n": {"x": text}})
            });
            let objects: Vec<serde_json::Value> = objects.collect();
            let input = match (as_array, pretty) {
                (true, true) => serde_json::to_string_pretty(&objects).unwrap(),
                (true, false) => serde_json::to_string(&objects).unwrap(),
                (false, _) => objects.iter().map(|object| format!("{object}\n")).collect(),
            };
            let expected: Vec<_> = (0..texts.len()).map(id).map(Ok).collect();
            prop_assert_eq!(read(input), expected);
        }
    }
}

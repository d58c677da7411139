//! Parses a record of the input: a session, and the portal if the record names one.

use csv::StringRecord;
use jiff::Timestamp;

use super::members::{MemberValue, Members, SESSION_ID, normalize};
use super::records::Position;
use crate::diagnostics::Failure;
use crate::output::documents;
use crate::service::endpoint::Region;
use crate::service::ids::{PortalReference, SessionId};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRequest {
    pub session: SessionId,
    /// The session's portal, if the record names one.
    pub portal: Option<PortalReference>,
    /// The record's `region` member or column. The region of an ARN is in `portal`.
    pub region: Option<Region>,
    /// The position in standard input; `None` for an argument.
    pub position: Option<Position>,
}

impl SessionRequest {
    pub fn origin(&self) -> String {
        match self.position {
            Some(position) => position.to_string(),
            None => format!("session {}", self.session),
        }
    }
}

impl From<SessionId> for SessionRequest {
    fn from(session: SessionId) -> Self {
        Self {
            session,
            portal: None,
            region: None,
            position: None,
        }
    }
}

/// The failure for a record without a session. Like all messages in this file, it continues the text of the
/// position (`line 3 of standard input`), and does not quote the record, which may contain names and URLs.
fn no_session() -> Failure {
    Failure::usage(
        "names no session: write a session ID, PORTAL SESSION, or a JSON object with a sessionId",
    )
}

/// Parses records. Keeps the last CSV header, which names the columns of the rows after it.
#[derive(Default)]
pub(super) struct RecordParser {
    header: Option<StringRecord>,
}

type RequestResult = Result<SessionRequest, Failure>;

impl RecordParser {
    /// Parses a line. `None` if it is blank, a comment or a header.
    pub(super) fn parse_line(&mut self, line: &[u8]) -> Option<RequestResult> {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() {
            return None;
        }
        let row = parse_csv(line);
        if let Some((header, row)) = self.header.as_ref().zip(row.as_ref())
            && header.len() == row.len()
            && !is_object(line, &row[0])
            && !is_header(row)
        {
            // No session ID starts with `#`, so such a row is commented out.
            if line.starts_with('#') && normalize(&header[0]) == SESSION_ID {
                return None;
            }
            return Some(from_members(&Members::from_row(header.iter().zip(row))));
        }
        if line.starts_with('#') {
            return None;
        }
        if line.contains('\0') {
            return Some(Err(Failure::usage("contains NUL characters").with_hint(
                "if the input is UTF-16 without a byte order mark, convert it to UTF-8",
            )));
        }
        if line.starts_with('{') {
            // An object of an array whose beginning could not be read ends with a comma.
            return Some(parse_object(line.trim_end_matches(',')));
        }
        if let Some(row) = row.filter(is_header) {
            self.header = Some(row);
            return None;
        }
        Some(parse_text(line))
    }
}

/// Parses an array's element: an object, or a string with the content of a line.
pub(super) fn parse_element(element: &[u8]) -> RequestResult {
    let element = String::from_utf8_lossy(element);
    let element = element.trim();
    if element.starts_with('{') {
        return parse_object(element);
    }
    let text: String = serde_json::from_str(element)
        .map_err(|_| Failure::usage("is neither a JSON object nor a string"))?;
    parse_text(text.trim())
}

fn is_header(row: &StringRecord) -> bool {
    row.iter().any(|name| normalize(name) == SESSION_ID)
}

/// Whether a line that can be read as CSV is a JSON object: CSV quotes a cell that contains quotes.
fn is_object(line: &str, first_cell: &str) -> bool {
    line.starts_with('{') && first_cell.contains('"')
}

/// Splits a line of CSV. `None` if it has only one cell, unless the cell is the header `sessionId`.
fn parse_csv(line: &str) -> Option<StringRecord> {
    if !line.contains(',') && normalize(line) != SESSION_ID {
        return None;
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .buffer_capacity(line.len())
        .from_reader(line.as_bytes());
    reader.records().next()?.ok()
}

/// Parses a row of the `text` format. It has no header, so the number of cells determines the schema.
fn members_of_text_row(line: &str) -> Option<Members> {
    const ABSENT: &str = "None";
    let cells: Vec<&str> = line.split('\t').collect();
    let schema = [
        &documents::SESSION,
        &documents::SESSION_SUMMARY,
        &documents::EVENT,
    ]
    .into_iter()
    .find(|schema| schema.members().count() == cells.len())?;
    let names = schema.members().map(|name| name as &str);
    let present = names.zip(cells).filter(|(_, cell)| *cell != ABSENT);
    Some(Members::from_row(present))
}

/// Parses `SESSION`, `PORTAL SESSION`, or a row of the `text` format.
fn parse_text(line: &str) -> RequestResult {
    if let Ok(session) = line.parse::<SessionId>() {
        return Ok(session.into());
    }
    if let Some(members) = members_of_text_row(line) {
        return from_members(&members);
    }
    let is_separator = |c: char| c.is_whitespace() || c == ',';
    let (portal, session) = line
        .trim_end_matches(is_separator)
        .rsplit_once(is_separator)
        .ok_or_else(no_session)?;
    let session: SessionId = session.parse().map_err(|_| no_session())?;
    let trimmed = portal.trim_end_matches(is_separator);
    let reference: PortalReference = trimmed.parse().map_err(|_| {
        Failure::usage("does not start with the ID, the ARN or the name of a portal")
    })?;
    Ok(SessionRequest {
        portal: Some(reference.typed(portal)),
        ..session.into()
    })
}

fn parse_object(object: &str) -> RequestResult {
    match Members::from_json(object) {
        Ok(members) => from_members(&members),
        Err(error) if error.is_eof() => Err(Failure::usage("is an incomplete JSON object")
            .with_hint("write each object on a line of its own, as `jq -c` does")),
        Err(_) => Err(Failure::usage("is not valid JSON")),
    }
}

fn from_members(members: &Members) -> RequestResult {
    let Some(session) = text(members, SESSION_ID, "session", "sessionId")? else {
        return Err(without_session(members));
    };
    let session: SessionId = session
        .parse()
        .map_err(|_| Failure::usage("has a sessionId that is not a session's ID"))?;
    let region = match members.get("region") {
        Some(MemberValue::Text(region)) => region.parse().ok(),
        _ => None,
    };
    Ok(SessionRequest {
        portal: portal(members)?,
        region,
        ..session.into()
    })
}

fn portal(members: &Members) -> Result<Option<PortalReference>, Failure> {
    let parse = |name| {
        let text = text(members, name, "portal", "portalId or portalArn")?;
        match text.map(str::parse) {
            None => Ok(None),
            Some(Ok(PortalReference::Name(_)) | Err(_)) => Err(Failure::usage(
                "has a portalId or portalArn that is not a portal's ID or ARN",
            )),
            Some(Ok(portal)) => Ok(Some(portal)),
        }
    };
    match (parse("portalarn")?, parse("portalid")?) {
        (Some(arn), Some(id)) if arn.id() != id.id() => Err(several("portal")),
        (arn, id) => Ok(arn.or(id)),
    }
}

/// The text of a member. `noun` and `label` name the member in messages.
fn text<'a>(
    members: &'a Members,
    name: &str,
    noun: &str,
    label: &str,
) -> Result<Option<&'a str>, Failure> {
    match members.get(name) {
        None => Ok(None),
        Some(MemberValue::Text(text)) => Ok(Some(text)),
        Some(MemberValue::Conflict) => Err(several(noun)),
        Some(_) => Err(Failure::usage(format!(
            "has a {label} that is not a string"
        ))),
    }
}

fn several(noun: &str) -> Failure {
    Failure::usage(format!("names more than one {noun}"))
}

/// The failure for an object without a session. A line of the user access log has a user name and a time
/// instead of a session ID: the hint shows the command that finds the session, without the user's name.
fn without_session(members: &Members) -> Failure {
    let (user, time) = (members.get("username"), members.get("timestamp"));
    let time = match (user, time) {
        (Some(MemberValue::Text(_)), Some(MemberValue::Number(time) | MemberValue::Text(time))) => {
            time
        }
        _ => return no_session(),
    };
    let time = if time.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("@{time}")
    } else {
        let time = time.parse::<Timestamp>();
        time.map_or_else(|_| "TIME".to_owned(), |time| time.to_string())
    };
    let portal = match portal(members) {
        Ok(Some(PortalReference::Arn(arn))) => format!("{} --region {}", arn.portal, arn.region),
        Ok(Some(PortalReference::Id(id))) => id.to_string(),
        _ => "--all-portals".to_owned(),
    };
    Failure::usage("names no session, but a user and a time, as the user access log does")
        .with_hint(format!(
            "`wsb list-sessions {portal} --username NAME --active-at {time}` finds the session; NAME is the line's userName"
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: &str = "aaaaaaaa-0001-4000-8000-000000000001";
    const PORTAL: &str = "11111111-1111-4111-8111-111111111111";
    const ARN: &str =
        "arn:aws:workspaces-web:eu-west-1:123456789012:portal/11111111-1111-4111-8111-111111111111";

    type ParsedLine = Result<(String, Option<String>, Option<String>), (String, Option<String>)>;

    /// The session, the portal and the region of a line.
    fn parse(line: &str) -> ParsedLine {
        parse_all(&[line]).pop().unwrap()
    }

    fn parse_all(lines: &[&str]) -> Vec<ParsedLine> {
        let mut parser = RecordParser::default();
        let parse = |line: &&str| {
            let request = parser.parse_line(line.as_bytes())?;
            let request = request.map_err(|failure| {
                let hint = failure.hint().map(str::to_owned);
                (failure.message().to_owned(), hint)
            });
            Some(request.map(|request| {
                let region = match &request.portal {
                    Some(PortalReference::Arn(arn)) => Some(arn.region.to_string()),
                    _ => request.region.map(|region| region.to_string()),
                };
                let portal = request.portal.map(|portal| portal.to_string());
                (request.session.to_string(), portal, region)
            }))
        };
        lines.iter().filter_map(parse).collect()
    }

    fn request(portal: Option<&str>, region: Option<&str>) -> ParsedLine {
        Ok((
            SESSION.to_owned(),
            portal.map(str::to_owned),
            region.map(str::to_owned),
        ))
    }

    #[test]
    fn a_line_may_be_a_session_with_a_portal_before_it() {
        for line in [
            SESSION.to_owned(),
            format!("\u{feff}\"{SESSION}\",\r\n"),
            format!("\u{201c}{}\u{201d}", SESSION.replace('-', "\u{2011}")),
        ] {
            assert_eq!(parse(&line), request(None, None), "{line}");
        }
        for separator in [" ", "\t", ",", ", ", "  \t "] {
            let line = format!("{PORTAL}{separator}{SESSION}");
            assert_eq!(parse(&line), request(Some(PORTAL), None), "{line}");
            let line = format!("{ARN}{separator}{SESSION},");
            assert_eq!(
                parse(&line),
                request(Some(PORTAL), Some("eu-west-1")),
                "{line}"
            );
            let line = format!("Customer support{separator}{SESSION}");
            assert_eq!(
                parse(&line),
                request(Some("\"Customer support\""), None),
                "{line}"
            );
        }
        for line in ["", "  ", "# comment", "\u{feff}# comment"] {
            assert_eq!(parse_all(&[line]), [], "{line}");
        }
    }

    #[test]
    fn objects_name_a_portal_by_its_arn_or_by_its_id_and_region() {
        let session = format!(r#""sessionId":"{SESSION}""#);
        for (object, expected) in [
            (format!("{{{session}}}"), request(None, None)),
            (
                format!(r#"{{"session":{{"portalArn":"{ARN}",{session},"username":"x"}}}}"#),
                request(Some(PORTAL), Some("eu-west-1")),
            ),
            (
                format!(
                    r#"{{"awsRegion":"us-east-1","requestParameters":{{"portalId":"{PORTAL}",{session}}}}},"#
                ),
                request(Some(PORTAL), Some("us-east-1")),
            ),
            (
                format!(
                    r#"{{"region":"us-east-1","detail":{{"requestParameters":{{"portalId":"{PORTAL}",{session}}}}}}}"#
                ),
                request(Some(PORTAL), Some("us-east-1")),
            ),
            (
                format!(r#"{{{session},"portalArn":"{ARN}","portalId":"{PORTAL}"}}"#),
                request(Some(PORTAL), Some("eu-west-1")),
            ),
            (
                format!(r#"{{{session},"portalId":null,"region":"Europe?"}}"#),
                request(None, None),
            ),
        ] {
            assert_eq!(parse(&object), expected, "{object}");
        }
    }

    #[test]
    fn rows_of_csv_and_text_are_read_by_their_columns() {
        let lines = [
            "sessionId,status,username,clientIpAddresses,startTime,endTime,portalArn".to_owned(),
            format!("{SESSION},Active,\"Doe, {ARN}\",192.0.2.1,,,{ARN}"),
            format!("{SESSION},Active,,,,,"),
            SESSION.to_owned(),
            "sessionId".to_owned(),
            format!("\"{SESSION}\""),
            format!("{SESSION}\tActive\t{ARN}x\tNone\tNone\t{ARN}"),
            format!("{SESSION}\tActive\tbob\tNone\tNone\tNone\tNone"),
            format!(
                "ended\t{SESSION}\tActive\tbob\tNone\tNone\tNone\tNone\tNone\tNone\t{PORTAL}\tus-east-1"
            ),
        ];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let named = request(Some(PORTAL), Some("eu-west-1"));
        let bare = request(None, None);
        let by_id = request(Some(PORTAL), Some("us-east-1"));
        assert_eq!(
            parse_all(&lines),
            [
                named.clone(),
                bare.clone(),
                bare.clone(),
                bare.clone(),
                named,
                bare,
                by_id
            ]
        );
    }

    #[test]
    fn a_row_after_a_header_may_start_like_a_comment_or_an_object() {
        let object = format!(r#"{{"sessionId":"{SESSION}","portalId":"{PORTAL}"}}"#);
        let lines = [
            "# before, the header",
            "username,sessionId",
            &format!("#hash,{SESSION}"),
            &format!("{{brace,{SESSION}"),
            &format!("# bob,{SESSION}"),
            "# comment",
            &object,
        ];
        let bare = request(None, None);
        let named = request(Some(PORTAL), None);
        assert_eq!(parse_all(&lines), [bare.clone(), bare.clone(), bare, named]);
        assert!(parse_all(&["username,sessionId", "#bob,secret"])[0].is_err());
        let row = format!("#{SESSION},bob");
        assert_eq!(parse_all(&["sessionId,username", &row, "# a, b"]), []);
    }

    #[test]
    fn an_error_never_quotes_the_line() {
        let other = PORTAL.replace('1', "2");
        for line in [
            "secret".to_owned(),
            format!("{SESSION} secret"),
            format!("{SESSION}\tsecret"),
            format!("secret,secret\u{7}\u{7},{SESSION}"),
            "\0s\0e\0c\0r\0e\0t".to_owned(),
            r#"{"secret"}"#.to_owned(),
            r#"{"secret":"#.to_owned(),
            r#"{"sessionId":"secret"}"#.to_owned(),
            r#"{"sessionId":12345}"#.to_owned(),
            format!(r#"{{"sessionId":"{SESSION}","portalId":"secret"}}"#),
            format!(r#"{{"sessionId":"{SESSION}","portalArn":["secret"]}}"#),
            format!(r#"{{"sessionId":"{SESSION}","portalArn":"{ARN}","portalId":"{other}"}}"#),
            format!(r#"{{"sessionId":"{SESSION}","session":{{"sessionId":"{other}"}}}}"#),
            r#"{"userName":"secret","url":"secret","timestamp":"secret"}"#.to_owned(),
        ] {
            let text = format!("{:?}", parse(&line).unwrap_err());
            assert!(
                !text.contains("secret") && !text.contains("12345"),
                "{line}: {text}"
            );
        }
    }

    #[test]
    fn a_line_of_the_user_access_log_gets_the_command_that_finds_its_session() {
        let hint = |line: &str| parse(line).unwrap_err().1.unwrap();
        let numbered = hint(&format!(
            r#"{{"timestamp":1665179084578,"userName":"bob","portalArn":"{ARN}"}}"#
        ));
        let command = format!(
            "`wsb list-sessions {PORTAL} --region eu-west-1 --username NAME --active-at @1665179084578`"
        );
        assert!(numbered.starts_with(&command), "{numbered}");
        let dated = hint(r#"{"timestamp":"2022-10-07T21:44:44.578Z","user_name":"bob"}"#);
        assert!(
            dated.contains("--all-portals --username NAME --active-at 2022-10-07T21:44:44.578Z`"),
            "{dated}"
        );
    }
}

//! Removes the secrets of credential requests from error replies. A service can quote the request in its message,
//! and the program prints the message.

use percent_encoding::percent_decode_str;

use crate::service::error;

const SECRET_HEADERS: [&str; 4] = [
    "authorization",
    "x-amz-security-token",
    "x-amz-sso_bearer_token",
    "x-aws-ec2-metadata-token",
];

const SECRET_PARAMETERS: [&str; 5] = [
    "WebIdentityToken",
    "clientSecret",
    "code",
    "codeVerifier",
    "refreshToken",
];

pub(super) fn secrets_of(request: &http::Request<Vec<u8>>) -> Vec<String> {
    // A token may follow the word `Bearer`. It is a secret with and without the word.
    let headers = SECRET_HEADERS
        .iter()
        .filter_map(|name| request.headers().get(*name)?.to_str().ok())
        .flat_map(|value| [Some(value), value.rsplit(' ').next()])
        .flatten()
        .map(str::to_owned);
    let body = String::from_utf8_lossy(request.body());
    let document: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
    let in_json = SECRET_PARAMETERS
        .iter()
        .filter_map(|name| document.get(name)?.as_str().map(str::to_owned));
    let in_form = body.split('&').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let value = percent_decode_str(value).decode_utf8().ok()?.into_owned();
        SECRET_PARAMETERS.contains(&name).then_some(value)
    });
    headers.chain(in_json).chain(in_form).collect()
}

pub(super) fn without_secrets(body: &[u8], secrets: &[String]) -> Vec<u8> {
    match std::str::from_utf8(body) {
        Ok(text) => error::without_secrets(text, secrets).into_bytes(),
        Err(_) => body.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_in_headers_forms_and_json() {
        let secrets = |name: &str, value: &str, body: &str| {
            let request = http::Request::get("/").header(name, value);
            secrets_of(&request.body(body.as_bytes().to_vec()).unwrap())
        };
        for (name, value, body, secret) in [
            ("authorization", "Bearer the-token", "", "the-token"),
            ("x-amz-security-token", "a/b+c=", "", "a/b+c="),
            ("a", "b", "Action=A&WebIdentityToken=a%2Fb.c%3D", "a/b.c="),
            (
                "a",
                "b",
                r#"{"clientId": "c", "refreshToken": "r/s"}"#,
                "r/s",
            ),
        ] {
            assert!(secrets(name, value, body).contains(&secret.to_owned()));
        }
        let none = secrets("accept", "text", "Action=A&Version=1");
        assert_eq!(none, [""; 0]);
    }

    #[test]
    fn an_error_is_shown_without_them() {
        let secrets = ["the-token".to_owned(), "x".to_owned()];
        for (body, expected) in [
            (
                "extra: the-token, the-token",
                "extra: (left out), (left out)",
            ),
            ("nothing", "nothing"),
        ] {
            assert_eq!(
                without_secrets(body.as_bytes(), &secrets),
                expected.as_bytes()
            );
        }
        let binary = [0xff, 0xfe];
        assert_eq!(without_secrets(&binary, &secrets), binary);
    }
}

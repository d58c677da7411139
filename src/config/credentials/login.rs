//! Credentials of a session that `aws login` began (botocore's `LoginCredentialFetcher`).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sdk_signin::types::CreateOAuth2TokenRequestBody;
use p256::SecretKey;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::sec1::ToEncodedPoint;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::provider_error::{self, Kind, ProviderError};
use super::{Context, expiry, keys, sdk_client, token_cache};
use crate::config::files::paths;
use crate::config::profiles::Profile;
use crate::config::settings::Service;

/// How long before its end a session is renewed (botocore's
/// `LoginCredentialFetcher._REFRESH_THRESHOLD`).
const RENEWED_BEFORE_END: Duration = Duration::from_secs(5 * 60);

const KEY: &str = "login_session";

/// The credentials of the profile's session, if it names one.
///
/// # Errors
/// The session is missing, damaged, or has ended and cannot be renewed.
pub(super) async fn credentials(
    context: &Arc<Context>,
    profile: Option<Profile<'_>>,
) -> Result<Option<Credentials>, ProviderError> {
    let Some((profile, session)) = profile.and_then(|p| Some((p, p.get(KEY)?))) else {
        return Ok(None);
    };
    let signed_out =
        |reason: String| ProviderError::new(Kind::SignInLogin(profile.name.to_owned()), reason);
    let path = token_file(session).ok_or_else(|| {
        ProviderError::unusable("there is no home folder to look for a sign-in in")
    })?;
    let document = token_cache::read(&path).map_err(|error| {
        signed_out(format!(
            "there is no usable sign-in of `aws login` for profile {:?} ({}: {error})",
            profile.name,
            path.display()
        ))
    })?;
    let damaged = || signed_out(format!("the sign-in in {} is damaged", path.display()));
    let now = SystemTime::now();
    let held = read(&document).ok_or_else(damaged)?;
    let end = held.expiry().unwrap_or(UNIX_EPOCH);
    if end > now + RENEWED_BEFORE_END {
        return Ok(Some(held));
    }
    match renewed(context, &document, now).await {
        Ok(renewed) => {
            // One that cannot be saved is used all the same.
            let _ = token_cache::replace(&path, &renewed);
            read(&renewed).map(Some).ok_or_else(damaged)
        }
        Err(_) if end > now => Ok(Some(held)),
        Err(refusal) if matches!(refusal.kind, Kind::Unreached(_)) => Err(refusal),
        Err(refusal) => Err(signed_out(format!(
            "the sign-in of `aws login` for profile {:?} has expired and could not be renewed: {}",
            profile.name, refusal.reason
        ))),
    }
}

/// Where the session's document is: its name is the SHA-256 of the session.
fn token_file(session: &str) -> Option<PathBuf> {
    let folder = paths::in_variable("AWS_LOGIN_CACHE_DIRECTORY")
        .or_else(|| paths::at_home(".aws/login/cache"))?;
    Some(folder.join(format!("{:x}.json", HexDigest(Sha256::digest(session)))))
}

/// A digest that is written in hexadecimal digits.
struct HexDigest<T>(T);

impl<T: AsRef<[u8]>> std::fmt::LowerHex for HexDigest<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = self.0.as_ref().iter();
        bytes
            .into_iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn read(document: &Value) -> Option<Credentials> {
    let token = document.get("accessToken")?;
    let text = |key: &str| token.get(key)?.as_str();
    Some(keys::made(
        text("accessKeyId")?,
        text("secretAccessKey")?,
        text("sessionToken"),
        Some(expiry::parse(text("expiresAt")?)?),
        "Login",
    ))
}

/// The session's document after a renewal.
async fn renewed(
    context: &Arc<Context>,
    document: &Value,
    now: SystemTime,
) -> Result<Value, ProviderError> {
    let text = |key: &str| {
        let value = document.get(key).and_then(Value::as_str);
        value.ok_or_else(|| ProviderError::unusable(format!("it has no {key}")))
    };
    let key = SecretKey::from_sec1_pem(text("dpopKey")?)
        .map_err(|_| ProviderError::unusable("its key cannot be read"))?;
    let body = CreateOAuth2TokenRequestBody::builder()
        .client_id(text("clientId")?)
        .refresh_token(text("refreshToken")?)
        .grant_type("refresh_token")
        .build()
        .map_err(|error| ProviderError::unusable(error.to_string()))?;
    let region = context.settings.region.clone().unwrap_or_default();
    let config = sdk_client!(aws_sdk_signin, context, region, Service::SignIn).allow_no_auth();
    let reply = aws_sdk_signin::Client::from_conf(config.build())
        .create_o_auth2_token()
        .token_input(body)
        .customize()
        .mutate_request(move |request| {
            let proof = proof(&key, request.uri(), now);
            request.headers_mut().insert("dpop", proof);
        })
        .send()
        .await
        .map_err(|error| provider_error::from_sdk("AWS sign-in", error))?;
    let output = reply
        .token_output()
        .ok_or_else(|| ProviderError::unusable("AWS sign-in gave no token"))?;
    let token = output
        .access_token()
        .ok_or_else(|| ProviderError::unusable("AWS sign-in gave no credentials"))?;
    let seconds = u64::try_from(output.expires_in()).unwrap_or(0);
    let mut renewed = document.clone();
    renewed["refreshToken"] = json!(output.refresh_token());
    renewed["accessToken"] = json!({
        "accessKeyId": token.access_key_id(),
        "secretAccessKey": token.secret_access_key(),
        "sessionToken": token.session_token(),
        "accountId": document["accessToken"]["accountId"],
        "expiresAt": expiry::written(now + Duration::from_secs(seconds), "Z"),
    });
    Ok(renewed)
}

/// The proof that the sender has the session's key (RFC 9449, "Demonstrating Proof of Possession").
fn proof(key: &SecretKey, uri: &str, now: SystemTime) -> String {
    let encoded = |bytes: &[u8]| base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes);
    let point = key.public_key().to_encoded_point(false);
    let coordinate = |bytes: Option<&_>| bytes.map(|bytes: &p256::FieldBytes| encoded(bytes));
    let header = json!({
        "typ": "dpop+jwt",
        "alg": "ES256",
        "jwk": {"kty": "EC", "x": coordinate(point.x()), "y": coordinate(point.y()), "crv": "P-256"},
    });
    let issued = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let id = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
    let payload = json!({"htm": "POST", "htu": uri, "iat": issued, "jti": id});
    let parts = [header, payload].map(|part| encoded(part.to_string().as_bytes()));
    let message = parts.join(".");
    let signature: Signature = SigningKey::from(key).sign(message.as_bytes());
    format!("{message}.{}", encoded(&signature.to_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::ecdsa::VerifyingKey;
    use p256::ecdsa::signature::Verifier;

    const PEM: &str = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIBMB/RwQERsVoqWRQG4zK8CnaAa5dfrpbm+9tFdBh3z4oAoGCCqGSM49\nAwEHoUQDQgAEWb1VLi1EA2hJaTz4yYuxSELvY+1GAfL+8rUTCAdiFid87Bf6GY+s\n2+1RpqDv0RpZiDIMCrZrsAh+RK9S3QCaGA==\n-----END EC PRIVATE KEY-----\n";

    #[test]
    fn a_proof_names_the_key_and_the_address_and_is_signed_with_the_key() {
        let key = SecretKey::from_sec1_pem(PEM).unwrap();
        let at = UNIX_EPOCH + Duration::from_secs(1_651_516_560);
        let proof = proof(&key, "https://signin.example/v1/token", at);
        let parts: Vec<&str> = proof.split('.').collect();
        let decoded = |part: &str| base64_simd::URL_SAFE_NO_PAD.decode_to_vec(part).unwrap();
        let header: Value = serde_json::from_slice(&decoded(parts[0])).unwrap();
        assert_eq!(
            header["jwk"]["x"],
            "Wb1VLi1EA2hJaTz4yYuxSELvY-1GAfL-8rUTCAdiFic"
        );
        assert_eq!(
            header["jwk"]["y"],
            "fOwX-hmPrNvtUaag79EaWYgyDAq2a7AIfkSvUt0Amhg"
        );
        let payload: Value = serde_json::from_slice(&decoded(parts[1])).unwrap();
        assert_eq!(payload["htu"], "https://signin.example/v1/token");
        assert_eq!(payload["iat"], 1_651_516_560);
        let signature = Signature::from_slice(&decoded(parts[2])).unwrap();
        let message = format!("{}.{}", parts[0], parts[1]);
        VerifyingKey::from(&key.public_key())
            .verify(message.as_bytes(), &signature)
            .unwrap();
    }
}

//! Credentials of a session that `aws login` has started (botocore's `LoginCredentialFetcher`).
//!
//! aws-config's `LoginCredentialsProvider` fails if a renewal fails although the session is still valid, panics
//! at a negative `expiresIn`, accepts a reply without credentials, overwrites the file in place, so that
//! another command can read half of it, and does not expand `~` in `AWS_LOGIN_CACHE_DIRECTORY`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sdk_signin::types::CreateOAuth2TokenRequestBody;
use rustls::SignatureScheme;
use rustls::crypto::ring::sign::any_ecdsa_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::SigningKey;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::sdk::{from_sdk, sdk_config};
use super::token_cache::TokenSession;
use super::{CredentialRequest, static_keys, timestamp};
use crate::config::names::{LOGIN_SESSION, SIGN_IN};
use crate::config::shared_config::Profile;
use crate::service::provider_error::{ProviderError, ProviderErrorKind};

/// A session is renewed this long before it expires (botocore's
/// `LoginCredentialFetcher._REFRESH_THRESHOLD`).
const REFRESH_WINDOW: Duration = Duration::from_secs(5 * 60);

const NAME: &str = "AWS sign-in";

/// Returns the credentials of the profile's session; `None` if the profile has no session.
///
/// # Errors
/// The session is missing, damaged, or has expired and cannot be renewed.
pub(super) async fn credentials(
    context: &CredentialRequest<'_>,
    profile: Profile<'_>,
) -> Result<Option<Credentials>, ProviderError> {
    let Some(session) = profile.non_empty(LOGIN_SESSION)? else {
        return Ok(None);
    };
    let name = profile.name;
    let folder = match context.chain.settings.login_cache.clone() {
        Some(folder) => folder,
        None => context.token_folder(".aws/login/cache")?,
    };
    let file = format!("{}.json", hex::encode(Sha256::digest(session)));
    let session = TokenSession {
        path: folder.join(file),
        name: format!("the session of `aws login` for profile {name:?}"),
        missing: format!("profile {name:?} has no usable session of `aws login`"),
        kind: ProviderErrorKind::LoginSession {
            profile: name.to_owned(),
        },
        refresh_window: REFRESH_WINDOW,
    };
    let rejected = context.rejected.as_ref();
    let renew = async |document: &Value| renew(context, document).await;
    let token = session.token(context.now, rejected, credentials_in, renew);
    token.await.map(Some)
}

fn credentials_in(document: &Value) -> Option<(Credentials, SystemTime)> {
    let token = document.get("accessToken")?;
    let text = |key: &str| token.get(key)?.as_str().filter(|text| !text.is_empty());
    let (id, secret) = (text("accessKeyId")?, text("secretAccessKey")?);
    let end = timestamp::parse(text("expiresAt")?)?;
    let token = text("sessionToken");
    let credentials = static_keys::credentials(id, secret, token, Some(end));
    Some((credentials, end))
}

/// Renews the session and returns its new document.
async fn renew(
    context: &CredentialRequest<'_>,
    document: &Value,
) -> Result<Option<Value>, ProviderError> {
    let text = |key: &str| {
        let value = document.get(key).and_then(Value::as_str);
        value.ok_or_else(|| ProviderError::invalid(format!("it has no {key}")))
    };
    let key = PrivateKeyDer::from_pem_slice(text("dpopKey")?.as_bytes());
    let key = key.ok().and_then(|key| any_ecdsa_type(&key).ok());
    let key = key.ok_or_else(|| ProviderError::invalid("its key cannot be read"))?;
    let body = CreateOAuth2TokenRequestBody::builder()
        .client_id(text("clientId")?)
        .refresh_token(text("refreshToken")?)
        .grant_type("refresh_token")
        .build()
        .map_err(|error| ProviderError::invalid(error.to_string()))?;
    let Some(region) = context.chain.settings.region.as_ref() else {
        return Err(ProviderError::invalid("no region is set"));
    };
    let now = context.now;
    let config = sdk_config(context, (NAME, &SIGN_IN), region.as_str())?;
    let config = aws_sdk_signin::config::Builder::from(&config).allow_no_auth();
    let reply = aws_sdk_signin::Client::from_conf(config.build())
        .create_o_auth2_token()
        .token_input(body)
        .customize()
        .mutate_request(move |request| {
            if let Some(proof) = proof(&*key, request.uri(), now) {
                request.headers_mut().insert("dpop", proof);
            }
        })
        .send()
        .await
        .map_err(|error| from_sdk(NAME, error))?;
    let invalid = || ProviderError::invalid(format!("{NAME} returned no credentials"));
    let output = reply.token_output().ok_or_else(invalid)?;
    let token = output.access_token().ok_or_else(invalid)?;
    let end = timestamp::after(now, output.expires_in()).ok_or_else(invalid)?;
    let mut renewed = document.clone();
    renewed["refreshToken"] = json!(output.refresh_token());
    renewed["accessToken"] = json!({
        "accessKeyId": token.access_key_id(),
        "secretAccessKey": token.secret_access_key(),
        "sessionToken": token.session_token(),
        "accountId": document["accessToken"]["accountId"],
        "expiresAt": timestamp::format(end, "Z"),
    });
    match credentials_in(&renewed) {
        Some(_) => Ok(Some(renewed)),
        None => Err(invalid()),
    }
}

/// Signs a proof that the client has the session's key (RFC 9449, "Demonstrating Proof of Possession"). The key
/// must be on the curve P-256.
fn proof(key: &dyn SigningKey, uri: &str, now: SystemTime) -> Option<String> {
    let encode = |bytes: &[u8]| base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes);
    // The public key ends with the coordinates of its point (SEC 1, 2.3.3).
    let public_key = key.public_key()?;
    let (x, y) = public_key.last_chunk::<64>()?.split_at(32);
    let header = json!({
        "typ": "dpop+jwt",
        "alg": "ES256",
        "jwk": {"kty": "EC", "x": encode(x), "y": encode(y), "crv": "P-256"},
    });
    let issued = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let id = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
    let payload = json!({"htm": "POST", "htu": uri, "iat": issued, "jti": id});
    let parts = [header, payload].map(|part| encode(part.to_string().as_bytes()));
    let message = parts.join(".");
    let signer = key.choose_scheme(&[SignatureScheme::ECDSA_NISTP256_SHA256])?;
    let signature = fixed_size(&signer.sign(message.as_bytes()).ok()?)?;
    Some(format!("{message}.{}", encode(&signature)))
}

/// Converts an ECDSA signature from DER to two numbers of 32 bytes (RFC 7518, 3.4).
fn fixed_size(der: &[u8]) -> Option<Vec<u8>> {
    let mut rest = der.get(2..)?;
    let mut signature = Vec::new();
    for _ in 0..2 {
        let length = usize::from(*rest.get(1)?);
        let (integer, after) = rest.get(2..)?.split_at_checked(length)?;
        // In DER, a number may have a leading zero, or fewer than 32 bytes.
        let number = &integer[length.saturating_sub(32)..];
        signature.resize(signature.len() + 32 - number.len(), 0);
        signature.extend_from_slice(number);
        rest = after;
    }
    Some(signature)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PEM: &str = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIBMB/RwQERsVoqWRQG4zK8CnaAa5dfrpbm+9tFdBh3z4oAoGCCqGSM49\nAwEHoUQDQgAEWb1VLi1EA2hJaTz4yYuxSELvY+1GAfL+8rUTCAdiFid87Bf6GY+s\n2+1RpqDv0RpZiDIMCrZrsAh+RK9S3QCaGA==\n-----END EC PRIVATE KEY-----\n";

    #[test]
    fn a_proof_names_the_key_and_the_address_and_is_signed_with_the_key() {
        let key = PrivateKeyDer::from_pem_slice(PEM.as_bytes()).unwrap();
        let key = any_ecdsa_type(&key).unwrap();
        let at = UNIX_EPOCH + Duration::from_secs(1_651_516_560);
        let proof = proof(&*key, "https://signin.example/v1/token", at).unwrap();
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
        let signature = to_der(&decoded(parts[2]));
        let message = format!("{}.{}", parts[0], parts[1]);
        let provider = rustls::crypto::ring::default_provider();
        let algorithms = provider.signature_verification_algorithms.mapping;
        let (_, algorithms) = algorithms
            .iter()
            .find(|(scheme, _)| *scheme == SignatureScheme::ECDSA_NISTP256_SHA256)
            .unwrap();
        let point = key.public_key().unwrap();
        let point = point.last_chunk::<65>().unwrap();
        let verified = algorithms[0].verify_signature(point, message.as_bytes(), &signature);
        assert!(verified.is_ok());
    }

    /// Converts an ECDSA signature of fixed size to DER.
    fn to_der(signature: &[u8]) -> Vec<u8> {
        let mut integers = Vec::new();
        for number in signature.chunks(32) {
            let zeros = number
                .iter()
                .take(31)
                .take_while(|byte| **byte == 0)
                .count();
            let number = &number[zeros..];
            let is_signed = number[0] >= 0x80;
            integers.extend([2, u8::try_from(number.len()).unwrap() + u8::from(is_signed)]);
            integers.extend(is_signed.then_some(0));
            integers.extend(number);
        }
        [&[0x30, u8::try_from(integers.len()).unwrap()], &*integers].concat()
    }

    proptest! {
        #[test]
        fn a_signature_of_fixed_size_is_the_one_in_der(
            zeros in 0usize..32,
            bytes in proptest::collection::vec(any::<u8>(), 64),
        ) {
            let mut signature = bytes;
            signature[..zeros].fill(0);
            prop_assert_eq!(fixed_size(&to_der(&signature)), Some(signature));
        }

        #[test]
        fn any_signature_is_converted_or_rejected(der in proptest::collection::vec(any::<u8>(), 0..90)) {
            let _ = fixed_size(&der);
        }
    }
}

//! Parses certificates in PEM (RFC 7468). Every command over TLS reads the system's trust store, which has about
//! 150 certificates.
//!
//! rustls-pki-types does not accept the labels of old tools and of OpenSSL. It also decodes base64 in constant
//! time, which is slow and which only private keys need.

use memchr::memmem;
use rustls::pki_types::CertificateDer;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// The labels of certificates. Old tools write the second one. OpenSSL writes the third one, for a certificate
/// with trust settings after it.
const LABELS: [&[u8]; 3] = [b"CERTIFICATE", b"X509 CERTIFICATE", TRUSTED];
const TRUSTED: &[u8] = b"TRUSTED CERTIFICATE";

/// Parses the certificates in `pem`. Text between them, keys and other sections are ignored.
///
/// # Errors
/// The first certificate that is incomplete or not base64. The DER inside is not checked.
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let mut certificates = Vec::new();
    let mut rest = pem;
    while let Some((_, after_begin)) = split_once(rest, BEGIN) {
        rest = after_begin;
        let Some(label) = LABELS.into_iter().find(|label| {
            after_begin.starts_with(label) && after_begin[label.len()..].starts_with(DASHES)
        }) else {
            continue;
        };
        let number = certificates.len() + 1;
        let after_begin = &after_begin[label.len() + DASHES.len()..];
        let no_end = || format!("certificate {number} has no end");
        let (base64, after_end) = split_once(after_begin, END).ok_or_else(no_end)?;
        if !after_end.starts_with(label) {
            return Err(no_end());
        }
        let mut der = base64_simd::forgiving_decode_to_vec(base64)
            .map_err(|_| format!("certificate {number} is not base64"))?;
        if label == TRUSTED {
            der.truncate(length(&der).unwrap_or(der.len()));
        }
        certificates.push(der.into());
        rest = after_end;
    }
    Ok(certificates)
}

/// The length of the first DER element, including its tag and length (ITU-T X.690, 8.1.3).
fn length(der: &[u8]) -> Option<usize> {
    let first = usize::from(*der.get(1)?);
    let Some(count) = first.checked_sub(0x80) else {
        return Some(2 + first);
    };
    let bytes = der.get(2..2 + count)?;
    let length = bytes.iter().try_fold(0_usize, |length, byte| {
        length.checked_mul(256)?.checked_add(usize::from(*byte))
    })?;
    length.checked_add(2 + count)
}

fn split_once<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = memmem::find(text, mark)?;
    Some((&text[..at], &text[at + mark.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rustls::pki_types::pem::PemObject;

    const HEAD: &[u8] = b"-----BEGIN CERTIFICATE-----";
    const FOOT: &[u8] = b"-----END CERTIFICATE-----";

    /// A section as tools write it, in lines of `width` characters.
    fn section(label: &str, content: &[u8], width: usize, line_end: &str) -> Vec<u8> {
        let base64 = base64_simd::STANDARD.encode_to_string(content);
        let lines = base64.as_bytes().chunks(width);
        let mut pem = format!("-----BEGIN {label}-----{line_end}").into_bytes();
        for line in lines {
            pem.extend_from_slice(line);
            pem.extend_from_slice(line_end.as_bytes());
        }
        pem.extend_from_slice(format!("-----END {label}-----{line_end}").as_bytes());
        pem
    }

    #[test]
    fn comments_and_other_sections_are_ignored() {
        let mut pem = b"# Autoridad \xe9\n".to_vec();
        pem.extend(section("CERTIFICATE", b"one", 64, "\n"));
        pem.extend(section("PRIVATE KEY", b"key", 64, "\n"));
        pem.extend(section("CERTIFICATE", b"two", 64, "\r\n"));
        let found = certificates(&pem).unwrap();
        assert_eq!(found, [b"one".to_vec().into(), b"two".to_vec().into()]);
        assert_eq!(certificates(b"").unwrap(), []);
    }

    #[test]
    fn the_labels_of_old_tools_and_of_openssl_are_certificates_too() {
        let certificate = [&[0x30, 0x82, 0x01, 0x00][..], &[7; 256]].concat();
        let with_notes = [&certificate[..], &[0x30, 0x02, 5, 0]].concat();
        let mut pem = section("X509 CERTIFICATE", &certificate, 64, "\n");
        pem.extend(section("CERTIFICATE REQUEST", b"no", 64, "\n"));
        pem.extend(section("TRUSTED CERTIFICATE", &with_notes, 64, "\n"));
        let wanted: CertificateDer<'static> = certificate.into();
        assert_eq!(certificates(&pem).unwrap(), [wanted.clone(), wanted]);
    }

    #[test]
    fn one_that_is_cut_off_or_no_base64_is_named() {
        let whole = section("CERTIFICATE", b"one", 64, "\n");
        let mut pem = whole.clone();
        pem.extend(&whole[..40]);
        assert_eq!(certificates(&pem).unwrap_err(), "certificate 2 has no end");
        let pem = [HEAD, b"\n!!!!\n", FOOT].concat();
        assert_eq!(
            certificates(&pem).unwrap_err(),
            "certificate 1 is not base64"
        );
    }

    proptest! {
        #[test]
        fn what_rustls_reads_is_read_the_same(
            contents in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..200), 0..5),
            width in 1usize..80,
            crlf in any::<bool>(),
        ) {
            let line_end = if crlf { "\r\n" } else { "\n" };
            let pem: Vec<u8> = contents
                .iter()
                .flat_map(|content| section("CERTIFICATE", content, width, line_end))
                .collect();
            let theirs: Vec<_> = CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().unwrap();
            prop_assert_eq!(certificates(&pem).unwrap(), theirs);
        }

        #[test]
        fn any_input_is_read_or_rejected_with_a_reason(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = certificates(&[HEAD, &bytes, FOOT].concat());
        }
    }
}

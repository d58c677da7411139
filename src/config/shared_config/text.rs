//! Decodes the shared config files. `encoding_rs_io` would decode UTF-16, which the AWS CLI rejects.

/// Decodes UTF-8, with or without a byte order mark.
///
/// # Errors
/// The file is not UTF-8. The text continues the file's name and says how to convert the file.
pub fn decode(bytes: Vec<u8>) -> Result<String, String> {
    let is_utf_16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    if is_utf_16 || bytes.iter().take(64).any(|byte| *byte == 0) {
        return Err(
            "is written in UTF-16, as PowerShell's `>` does: save it as UTF-8 (Set-Content -Encoding utf8)"
                .to_owned(),
        );
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned()),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let before = error.as_bytes().get(..valid).unwrap_or_default();
            let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
            Err(format!(
                "is not UTF-8 (line {line}): save it as UTF-8, for example with `iconv -f latin1 -t utf-8`"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_8_is_read_with_and_without_a_byte_order_mark() {
        assert_eq!(decode("# José\n".into()).unwrap(), "# José\n");
        assert_eq!(decode("\u{feff}[a]\n".into()).unwrap(), "[a]\n");
        assert_eq!(decode(Vec::new()).unwrap(), "");
    }

    #[test]
    fn another_encoding_is_named_with_how_to_mend_it() {
        let latin_1 = b"[a]\n# Jos\xe9\n".to_vec();
        let error = decode(latin_1).unwrap_err();
        assert!(
            error.contains("line 2") && error.contains("iconv"),
            "{error}"
        );
        let utf_16: Vec<u8> = "\u{feff}[a]\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let without_mark = utf_16[2..].to_vec();
        for bytes in [utf_16, without_mark] {
            assert!(decode(bytes).unwrap_err().contains("UTF-16"));
        }
    }
}

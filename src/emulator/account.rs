//! The one account that the emulator knows.

/// The credentials that requests have to be signed with.
#[derive(Debug)]
pub struct EmulatorCredentials {
    /// The access key's ID.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: String,
    /// The session token, if requests need one.
    pub session_token: Option<String>,
    /// Whether requests are answered with `ExpiredTokenException`.
    pub expired: bool,
}

impl EmulatorCredentials {
    /// New ones for each start, so that nothing of value can leak. They are not from a cryptographic
    /// source, since they guard samples on loopback.
    pub(super) fn throw_away() -> Self {
        let text = |length| std::iter::repeat_with(fastrand::alphanumeric).take(length);
        Self {
            access_key_id: format!("ASIA{}", text(16).collect::<String>().to_ascii_uppercase()),
            secret_access_key: text(40).collect(),
            session_token: Some(text(64).collect()),
            expired: false,
        }
    }
}

//! Configurations that work with the AWS CLI or that it refuses, most of them from public bug
//! reports.

use super::Case;
use crate::support::Act;

fn keys(id: &str) -> String {
    format!("aws_access_key_id = {id}\naws_secret_access_key = secret/+\n")
}

const ROLE: &str = "role_arn = arn:aws:iam::123456789012:role/Auditor\n";

/// The token file of the session "corp", by the SHA-1 of that name.
pub const SSO_TOKEN: &str = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";

pub const SSO_PROFILE: &str =
    "sso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Auditor\n";

pub const SSO_SESSION: &str =
    "[sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://corp.awsapps.com/start\n";

pub fn sso_token(ends: &str) -> String {
    serde_json::json!({
        "startUrl": "https://corp.awsapps.com/start",
        "region": "us-east-1",
        "accessToken": "SIGNEDIN",
        "expiresAt": ends,
    })
    .to_string()
}

/// All cases.
pub fn all() -> Vec<Case> {
    let groups = [
        files(),
        names(),
        refused_files(),
        choice(),
        empty_variables(),
        tokens(),
        order(),
        roles(),
        refused_roles(),
        identity_center(),
        processes(),
        machines(),
        faults(),
        numbers(),
        unreadable_files(),
        expirations(),
    ];
    groups.into_iter().flatten().collect()
}

fn files() -> Vec<Case> {
    let default = |text: &str| format!("{text}\n{}", keys("AKIADEFAULT"));
    vec![
        Case::new("keys in the config file").config(default("[default]")).is("AKIADEFAULT"),
        Case::new("keys in the credentials file").credentials(default("[default]")).is("AKIADEFAULT"),
        Case::new("the credentials file before the config file")
            .config(format!("[default]\n{}", keys("AKIACONFIG")))
            .credentials(format!("[default]\n{}", keys("AKIACREDENTIALS")))
            .is("AKIACREDENTIALS"),
        Case::new("an indented comment").config(default("[default]\n  # mine\n\t; too")).is("AKIADEFAULT"),
        Case::new("indented properties")
            .config("[default]\n  aws_access_key_id = AKIAINDENTED\n  aws_secret_access_key = s\n")
            .is("AKIAINDENTED"),
        Case::new("a comment in a nested block")
            .config(default("[default]\ns3 =\n  # fast\n  max_concurrent_requests = 20\n\n  addressing_style = path"))
            .is("AKIADEFAULT"),
        Case::new("a colon in place of the sign")
            .config("[default]\naws_access_key_id: AKIACOLON\naws_secret_access_key: s=:\n")
            .is("AKIACOLON"),
        Case::new("text behind a section's head").config(default("[default] ; work")).is("AKIADEFAULT"),
        Case::new("settings of DEFAULT hold everywhere")
            .config(format!("[DEFAULT]\n{}[profile audit]\nregion = us-east-1\n", keys("AKIAALL")))
            .profile("audit")
            .is("AKIAALL"),
        Case::new("default, then profile default")
            .config(format!("[default]\n{}[profile default]\n{}", keys("AKIAFIRST"), keys("AKIASECOND")))
            .is("AKIASECOND"),
        Case::new("profile default, then default")
            .config(format!("[profile default]\n{}[default]\n{}", keys("AKIAFIRST"), keys("AKIASECOND")))
            .is("AKIASECOND"),
        Case::new("line ends of Windows").config(default("[default]").replace('\n', "\r\n")).is("AKIADEFAULT"),
        Case::new("keys in upper case")
            .config("[default]\nAWS_ACCESS_KEY_ID = AKIAUPPER\nAws_Secret_Access_Key = s\n")
            .is("AKIAUPPER"),
        Case::new("percent signs and comment signs in a value")
            .config("[default]\naws_access_key_id = AKIAPERCENT\naws_secret_access_key = a%(b)s%#;c\n")
            .is("AKIAPERCENT"),
        Case::new("a home folder in a path")
            .file("elsewhere", default("[default]"))
            .env("AWS_CONFIG_FILE", "~/elsewhere")
            .is("AKIADEFAULT"),
        Case::new("a variable in a path")
            .file("elsewhere", default("[default]"))
            .env("AWS_SHARED_CREDENTIALS_FILE", "$HOME/elsewhere")
            .is("AKIADEFAULT"),
        Case::new("a byte order mark")
            .config(default("\u{feff}[default]"))
            .is("AKIADEFAULT")
            .unlike_aws("it refuses the mark that editors on Windows write"),
        Case::new("nothing anywhere").refused(&["none are configured"]),
    ]
}

fn names() -> Vec<Case> {
    let named = |section: &str| format!("[{section}]\n{}", keys("AKIANAMED"));
    let role = |source: &str| format!("[profile role]\nsource_profile = {source}\n{ROLE}");
    vec![
        Case::new("a name with a blank in the config file")
            .config(named("profile \"my audit\""))
            .profile("my audit")
            .is("AKIANAMED"),
        Case::new("a name with a blank in the credentials file")
            .credentials(named("my audit"))
            .profile("my audit")
            .is("AKIANAMED"),
        Case::new("a quoted name without a blank")
            .config(named("profile \"audit\""))
            .env("AWS_PROFILE", "audit")
            .is("AKIANAMED"),
        Case::new("a name with accents").config(named("profile auditoría")).profile("auditoría").is("AKIANAMED"),
        Case::new("a name with an apostrophe")
            .config(named("profile \"José's\""))
            .profile("José's")
            .is("AKIANAMED"),
        Case::new("a name with an apostrophe in the credentials file")
            .credentials(named("José's"))
            .profile("José's")
            .is("AKIANAMED"),
        Case::new("a name in brackets").config(named("profile [x]")).profile("[x]").is("AKIANAMED"),
        Case::new("a source profile with a blank")
            .config(format!("{}{}", role("my base"), named("profile 'my base'")))
            .profile("role")
            .is("Auditor.BY.AKIANAMED"),
        Case::new("a source profile with a blank in the credentials file")
            .config(role("my base"))
            .credentials(named("my base"))
            .profile("role")
            .is("Auditor.BY.AKIANAMED"),
        Case::new("an odd section beside the one that counts")
            .config(format!("{}[profile it's]\nregion = x\n[preview]\ncloudfront = true\n[profile a b c]\n", named("profile audit")))
            .profile("audit")
            .is("AKIANAMED"),
        Case::new("an sso-session with a blank")
            .config("[profile audit]\nsso_session = my corp\nsso_account_id = 123456789012\nsso_role_name = Auditor\n\
                 [sso-session \"my corp\"]\nsso_region = us-east-1\nsso_start_url = https://corp.awsapps.com/start\n")
            // The SHA-1 of "my corp".
            .file(".aws/sso/cache/2603e49e9877a1061664a5a7f900ffb84f872d49.json", sso_token("2099-01-01T00:00:00Z"))
            .profile("audit")
            .is("Auditor.OF.123456789012.BY.SIGNEDIN"),
    ]
}

fn refused_files() -> Vec<Case> {
    let named = |head: &str| format!("{head}\n{}", keys("AKIAOTHER"));
    let utf_16: Vec<u8> = format!("\u{feff}[default]\n{}", keys("AKIAUTF16"))
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    vec![
        Case::new("a comment in Latin-1, and another identity behind it")
            .config(
                [
                    b"# Jos\xe9\n[default]\n".to_vec(),
                    keys("AKIALATIN").into_bytes(),
                ]
                .concat(),
            )
            .credentials(named("[default]"))
            .refused(&[".aws/config", "line 1", "iconv"]),
        Case::new("UTF-16 of PowerShell, and another identity behind it")
            .credentials(utf_16)
            .config(named("[default]"))
            .refused(&[".aws/credentials", "UTF-16"]),
        Case::new("a section twice")
            .config(named("[profile a]\n[profile a]"))
            .profile("a")
            .refused(&[".aws/config", "line 2"]),
        Case::new("a key twice")
            .config(named("[default]\nregion = a\nregion = b"))
            .refused(&[".aws/config", "line 3", "region"]),
        Case::new("a head without an end")
            .config(named("[default"))
            .refused(&[".aws/config", "line 1"]),
        Case::new("a malformed file beside keys in the environment")
            .config(named("[default"))
            .env("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
            .env("AWS_SECRET_ACCESS_KEY", "s")
            .refused(&[".aws/config", "line 1"]),
        Case::new("a word alone")
            .config(named("[default]\nregion"))
            .refused(&[".aws/config", "line 2"]),
        Case::new("a nested block with a word alone")
            .config(named("[default]\ns3 =\n  fast"))
            .refused(&[".aws/config", "line 2", "s3"]),
        Case::new("a profile without the word profile")
            .config(named("[audit]"))
            .profile("audit")
            .refused(&["\"audit\""]),
    ]
}

fn choice() -> Vec<Case> {
    let files = || {
        Case::new("").config(format!(
            "[default]\n{}[profile one]\n{}[profile two]\n{}",
            keys("AKIADEFAULT"),
            keys("AKIAONE"),
            keys("AKIATWO")
        ))
    };
    let named = |name| Case { name, ..files() };
    let with_keys = |case: Case| {
        case.env("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
            .env("AWS_SECRET_ACCESS_KEY", "s")
    };
    vec![
        named("AWS_PROFILE").env("AWS_PROFILE", "one").is("AKIAONE"),
        named("AWS_DEFAULT_PROFILE")
            .env("AWS_DEFAULT_PROFILE", "two")
            .is("AKIATWO"),
        named("AWS_DEFAULT_PROFILE before AWS_PROFILE")
            .env("AWS_DEFAULT_PROFILE", "two")
            .env("AWS_PROFILE", "one")
            .is("AKIATWO"),
        named("the flag before both")
            .env("AWS_DEFAULT_PROFILE", "two")
            .profile("one")
            .is("AKIAONE"),
        with_keys(named("keys in the environment before AWS_PROFILE"))
            .env("AWS_PROFILE", "one")
            .is("AKIAENVIRONMENT"),
        with_keys(named("the flag before keys in the environment"))
            .profile("one")
            .is("AKIAONE"),
        named("a profile that does not exist")
            .profile("three")
            .refused(&["\"three\""]),
        named("a profile of the environment that does not exist")
            .env("AWS_DEFAULT_PROFILE", "three")
            .refused(&["\"three\"", "default, one, two"]),
    ]
}

/// Variables that are set but empty. Where the AWS CLI does not pass over such a variable, going on to
/// the next source would sign as another identity.
fn empty_variables() -> Vec<Case> {
    let config = |name| Case::new(name).config(format!("[default]\n{}", keys("AKIACONFIG")));
    let web_identity = |name| {
        Case::new(name)
            .config(format!(
                "[default]\n{ROLE}web_identity_token_file = {{HOME}}/token\n{}",
                keys("AKIACONFIG")
            ))
            .file("token", "WEBTOKEN")
    };
    vec![
        config("an empty AWS_CONFIG_FILE")
            .env("AWS_CONFIG_FILE", "")
            .refused(&["none are configured"]),
        config("an empty AWS_CONFIG_FILE beside a credentials file")
            .credentials(format!("[default]\n{}", keys("AKIACREDENTIALS")))
            .env("AWS_CONFIG_FILE", "")
            .is("AKIACREDENTIALS"),
        config("an empty AWS_SHARED_CREDENTIALS_FILE")
            .credentials(format!("[default]\n{}", keys("AKIACREDENTIALS")))
            .env("AWS_SHARED_CREDENTIALS_FILE", "")
            .is("AKIACONFIG"),
        Case::new("an empty AWS_SHARED_CREDENTIALS_FILE and no config file")
            .credentials(format!("[default]\n{}", keys("AKIACREDENTIALS")))
            .env("AWS_SHARED_CREDENTIALS_FILE", "")
            .refused(&["none are configured"]),
        config("both files' variables empty")
            .credentials(format!("[default]\n{}", keys("AKIACREDENTIALS")))
            .env("AWS_CONFIG_FILE", "")
            .env("AWS_SHARED_CREDENTIALS_FILE", "")
            .refused(&["none are configured"]),
        config("an empty AWS_PROFILE")
            .env("AWS_PROFILE", "")
            .refused(&["\"\""]),
        config("an empty AWS_DEFAULT_PROFILE before AWS_PROFILE")
            .env("AWS_DEFAULT_PROFILE", "")
            .env("AWS_PROFILE", "default")
            .refused(&["\"\""]),
        Case::new("a default profile that is named and does not exist")
            .env("AWS_PROFILE", "default")
            .env("AWS_EC2_METADATA_DISABLED", "false")
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "{URL}")
            .refused(&["\"default\""]),
        config("an empty AWS_ACCESS_KEY_ID")
            .env("AWS_ACCESS_KEY_ID", "")
            .env("AWS_SECRET_ACCESS_KEY", "s")
            .is("AKIACONFIG"),
        config("an empty AWS_SECRET_ACCESS_KEY")
            .env("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
            .env("AWS_SECRET_ACCESS_KEY", "")
            .refused(&["AWS_SECRET_ACCESS_KEY"]),
        config("an empty AWS_SECURITY_TOKEN before AWS_SESSION_TOKEN")
            .env("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
            .env("AWS_SECRET_ACCESS_KEY", "s")
            .env("AWS_SECURITY_TOKEN", "")
            .env("AWS_SESSION_TOKEN", "t")
            .is("AKIAENVIRONMENT"),
        web_identity("an empty AWS_WEB_IDENTITY_TOKEN_FILE")
            .env("AWS_WEB_IDENTITY_TOKEN_FILE", "")
            .is("AKIACONFIG"),
        web_identity("an empty AWS_ROLE_ARN")
            .env("AWS_ROLE_ARN", "")
            .refused(&["AWS_ROLE_ARN"]),
        Case::new("an empty AWS_CONTAINER_CREDENTIALS_FULL_URI on an instance")
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "")
            .env("AWS_EC2_METADATA_DISABLED", "false")
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "{URL}")
            .refused(&["AWS_CONTAINER_CREDENTIALS_FULL_URI"]),
        Case::new("an empty token file of a container")
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{URL}/creds")
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "")
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "let-me-in")
            .refused(&["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]),
        config("an empty services setting")
            .config(format!("[default]\nservices =\n{}", keys("AKIACONFIG")))
            .is("AKIACONFIG"),
        config("an empty AWS_ENDPOINT_URL_STS")
            .env("AWS_ENDPOINT_URL_STS", "")
            .env("AWS_ENDPOINT_URL", "{URL}")
            .is("AKIACONFIG"),
    ]
}

fn tokens() -> Vec<Case> {
    let environment = |name| {
        Case::new(name)
            .env("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
            .env("AWS_SECRET_ACCESS_KEY", "s")
    };
    let file = |name, more: &str| {
        Case::new(name).credentials(format!("[default]\n{}{more}\n", keys("AKIAFILE")))
    };
    vec![
        environment("an empty AWS_SESSION_TOKEN")
            .env("AWS_SESSION_TOKEN", "")
            .is("AKIAENVIRONMENT"),
        environment("AWS_SECURITY_TOKEN")
            .env("AWS_SECURITY_TOKEN", "t")
            .is("AKIAENVIRONMENT"),
        file("an empty aws_session_token", "aws_session_token =").is("AKIAFILE"),
        file("aws_security_token", "aws_security_token = t").is("AKIAFILE"),
        Case::new("a secret key that is missing in the environment")
            .env("AWS_ACCESS_KEY_ID", "AKIAHALF")
            .credentials(format!("[default]\n{}", keys("AKIAOTHER")))
            .refused(&["AWS_SECRET_ACCESS_KEY"]),
        Case::new("a secret key that is missing in the file")
            .credentials("[default]\naws_access_key_id = AKIAHALF\n")
            .config(format!("[default]\n{}", keys("AKIAOTHER")))
            .refused(&[
                ".aws/credentials, line 2",
                "profile \"default\"",
                "aws_secret_access_key",
            ]),
    ]
}

const PROCESS: &str = "credential_process = /bin/echo '{\"Version\": 1, \"AccessKeyId\": \"AKIAPROCESS\", \"SecretAccessKey\": \"s\"}'\n";

fn order() -> Vec<Case> {
    let config = |name, text: String| Case::new(name).config(text);
    let token_file = |case: Case| {
        case.file("token", "WEBTOKEN\n")
            .env("AWS_WEB_IDENTITY_TOKEN_FILE", "{HOME}/token")
            .env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Pod")
    };
    vec![
        config(
            "the credentials file before a process",
            format!("[default]\n{PROCESS}"),
        )
        .credentials(format!("[default]\n{}", keys("AKIAFILE")))
        .is("AKIAFILE"),
        config(
            "a process before the config file",
            format!("[default]\n{PROCESS}{}", keys("AKIACONFIG")),
        )
        .is("AKIAPROCESS"),
        token_file(config(
            "a web identity of the environment before keys",
            format!("[default]\n{}", keys("AKIACONFIG")),
        ))
        .is("Pod.BY.WEBTOKEN"),
        token_file(config(
            "a role before a web identity of the environment",
            format!(
                "[default]\n{ROLE}source_profile = default\n{}",
                keys("AKIACONFIG")
            ),
        ))
        .is("Auditor.BY.AKIACONFIG"),
        token_file(config(
            "the flag turns a web identity of the environment off",
            format!("[profile a]\n{}", keys("AKIACONFIG")),
        ))
        .profile("a")
        .is("AKIACONFIG"),
        config(
            "Identity Center before the credentials file",
            format!("[default]\n{SSO_PROFILE}{SSO_SESSION}"),
        )
        .file(SSO_TOKEN, sso_token("2099-01-01T00:00:00Z"))
        .credentials(format!("[default]\n{}", keys("AKIAFILE")))
        .is("Auditor.OF.123456789012.BY.SIGNEDIN"),
        config(
            "a session without an account beside keys",
            format!(
                "[default]\nsso_session = corp\n{}{SSO_SESSION}",
                keys("AKIACONFIG")
            ),
        )
        .is("AKIACONFIG"),
        config(
            "a role before keys of the same profile",
            format!(
                "[default]\n{ROLE}source_profile = base\n[profile base]\n{}",
                keys("AKIABASE")
            ),
        )
        .credentials(format!("[default]\n{}", keys("AKIAFILE")))
        .is("Auditor.BY.AKIABASE"),
        config(
            "a profile before a container",
            format!("[default]\n{}", keys("AKIACONFIG")),
        )
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{URL}/creds")
        .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "let-me-in")
        .is("AKIACONFIG"),
        config("a process of the credentials file", String::new())
            .credentials(format!("[default]\n{PROCESS}"))
            .is("AKIAPROCESS"),
    ]
}

fn roles() -> Vec<Case> {
    let audit = |name, text: String| Case::new(name).config(text).profile("audit");
    let base = format!("[profile base]\n{}", keys("AKIABASE"));
    let role = |more: &str| format!("[profile audit]\n{ROLE}{more}\n");
    vec![
        audit("a role", role("source_profile = base") + &base).is("Auditor.BY.AKIABASE"),
        audit(
            "a role of a role",
            format!("{}[profile middle]\nrole_arn = arn:aws:iam::123456789012:role/Middle\nsource_profile = base\n{base}", role("source_profile = middle")),
        )
        .is("Auditor.BY.Middle.BY.AKIABASE"),
        audit("a role of its own profile's keys", role("source_profile = audit") + &keys("AKIAOWN")).is("Auditor.BY.AKIAOWN"),
        audit(
            "keys of a source before its role",
            format!("{}[profile middle]\n{ROLE}source_profile = base\n{}{base}", role("source_profile = middle"), keys("AKIAMIDDLE")),
        )
        .is("Auditor.BY.AKIAMIDDLE"),
        audit("all that is sent along", role("source_profile = base\nexternal_id = e-1\nduration_seconds = 3600\nrole_session_name = me") + &base)
            .is("Auditor.BY.AKIABASE.EXTERNAL.e-1.SECONDS.3600.AS.me"),
        audit("a duration that is not a number", role("source_profile = base\nduration_seconds = 1h") + &base).is("Auditor.BY.AKIABASE"),
        audit("keys of the environment as the source", role("credential_source = Environment"))
            .env("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
            .env("AWS_SECRET_ACCESS_KEY", "s")
            .is("Auditor.BY.AKIAENVIRONMENT"),
        audit("a container as the source", role("credential_source = EcsContainer"))
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{URL}/creds")
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "let-me-in")
            .is("Auditor.BY.CONTAINER"),
        audit("an instance as the source", role("credential_source = Ec2InstanceMetadata"))
            .env("AWS_EC2_METADATA_DISABLED", "{UNSET}")
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "{URL}")
            .is("Auditor.BY.INSTANCE"),
        audit("a process as the source", format!("{}[profile base]\n{PROCESS}", role("source_profile = base"))).is("Auditor.BY.AKIAPROCESS"),
        audit("Identity Center as the source", format!("{}[profile base]\n{SSO_PROFILE}{SSO_SESSION}", role("source_profile = base")))
            .file(SSO_TOKEN, sso_token("2099-01-01T00:00:00Z"))
            .is("Auditor.BY.Auditor.OF.123456789012.BY.SIGNEDIN"),
        audit(
            "a web identity as the source",
            format!("{}[profile base]\nrole_arn = arn:aws:iam::123456789012:role/Pod\nweb_identity_token_file = {{HOME}}/token\n", role("source_profile = base")),
        )
        .file("token", "WEBTOKEN")
        .is("Auditor.BY.Pod.BY.WEBTOKEN"),
        audit("a web identity of a profile", format!("[profile audit]\n{ROLE}web_identity_token_file = {{HOME}}/token\nrole_session_name = me\n"))
            .file("token", "WEBTOKEN")
            .is("Auditor.BY.WEBTOKEN.AS.me"),
        audit("an empty session name", role("role_session_name =\nsource_profile = base") + &base).is("Auditor.BY.AKIABASE"),
        audit("a device of the source profile", role("source_profile = base") + &base + "mfa_serial = arn:aws:iam::123456789012:mfa/alice\n")
            .is("Auditor.BY.AKIABASE"),
        audit("an empty session token of the source", format!("{}{base}aws_session_token =\n", role("source_profile = base"))).is("Auditor.BY.AKIABASE"),
    ]
}

fn refused_roles() -> Vec<Case> {
    let audit = |name, text: String| Case::new(name).config(text).profile("audit");
    let role = |more: &str| format!("[profile audit]\n{ROLE}{more}\n");
    let base = format!("[profile b]\n{}", keys("AKIABASE"));
    let empty = |name, setting| {
        let text = role(&format!("{setting}\nsource_profile = b")) + &base;
        audit(name, text).refused(&[".aws/config, line 3", "empty"])
    };
    vec![
        audit(
            "a loop",
            format!(
                "{}[profile b]\n{ROLE}source_profile = audit\n",
                role("source_profile = b")
            ),
        )
        .refused(&[".aws/config, line 6", "profile \"b\""]),
        audit(
            "a source that does not exist",
            role("source_profile = gone"),
        )
        .refused(&[".aws/config, line 3", "\"gone\""]),
        audit(
            "two sources",
            role("source_profile = audit\ncredential_source = Environment"),
        )
        .refused(&[".aws/config, line 3"]),
        audit("no source", role("")).refused(&[".aws/config, line 2", "profile \"audit\""]),
        audit("a source of no known kind", role("credential_source = Ec2"))
            .refused(&[".aws/config, line 3"]),
        audit(
            "a source without credentials",
            role("source_profile = b") + "[profile b]\nregion = us-east-1\n",
        )
        .refused(&["\"b\""]),
        audit(
            "an environment without keys as the source",
            role("credential_source = Environment"),
        )
        .refused(&["Environment"]),
        empty("an empty MFA device", "mfa_serial ="),
        empty("an empty external ID", "external_id ="),
        audit(
            "a role with settings below it",
            format!("[profile audit]\nsource_profile = b\nrole_arn =\n  a = b\n{base}"),
        )
        .refused(&[".aws/config, line 3", "empty"]),
        audit(
            "the token file of a web identity with settings below it",
            format!(
                "[profile audit]\n{ROLE}web_identity_token_file =\n  a = b\n{}",
                keys("AKIAOTHER")
            ),
        )
        .refused(&[".aws/config, line 3", "empty"]),
        audit(
            "a code and no terminal",
            format!(
                "{}{}",
                role("mfa_serial = arn:aws:iam::123456789012:mfa/alice\nsource_profile = audit"),
                keys("AKIAOWN")
            ),
        )
        .refused(&["arn:aws:iam::123456789012:mfa/alice", "terminal"]),
        audit(
            "a web identity without a role",
            "[profile audit]\nweb_identity_token_file = {HOME}/token\n".to_owned(),
        )
        .file("token", "WEBTOKEN")
        .refused(&["role_arn"]),
        audit(
            "a web identity without its file",
            format!("[profile audit]\n{ROLE}web_identity_token_file = {{HOME}}/none\n"),
        )
        .refused(&["/none"]),
    ]
}

fn identity_center() -> Vec<Case> {
    let audit = |name, profile: &str| {
        Case::new(name)
            .config(format!("[profile audit]\n{profile}{SSO_SESSION}"))
            .profile("audit")
    };
    let signed_in = |name, ends: &str| audit(name, SSO_PROFILE).file(SSO_TOKEN, sso_token(ends));
    const IDENTITY: &str = "Auditor.OF.123456789012.BY.SIGNEDIN";
    // The SHA-1 of the URL.
    const LEGACY: &str = ".aws/sso/cache/a51746d4aa793ae07b25e90c3a5db96fc7832bd7.json";
    const URL: &str = "sso_region = us-east-1\nsso_start_url = https://corp.awsapps.com/start\n";
    vec![
        signed_in("a sign-in", "2099-01-01T00:00:00Z").is(IDENTITY),
        signed_in("a sign-in that ends in letters", "2099-01-01T00:00:00UTC").is(IDENTITY),
        signed_in("a sign-in that ends in an offset", "2099-01-01T00:00:00+00:00").is(IDENTITY),
        audit("a session and what it says in the profile", &format!("{SSO_PROFILE}{URL}"))
            .file(SSO_TOKEN, sso_token("2099-01-01T00:00:00Z"))
            .is(IDENTITY),
        audit("a start URL in the profile", &format!("sso_account_id = 123456789012\nsso_role_name = Auditor\n{URL}"))
            .file(LEGACY, sso_token("2099-01-01T00:00:00Z"))
            .is(IDENTITY),
        audit("a sign-in that is renewed", SSO_PROFILE)
            .file(
                SSO_TOKEN,
                serde_json::json!({
                    "startUrl": "https://corp.awsapps.com/start", "region": "us-east-1",
                    "accessToken": "SIGNEDIN", "expiresAt": "2020-01-01T00:00:00Z",
                    "clientId": "client", "clientSecret": "ssoClientSecret", "refreshToken": "ssoRefreshToken",
                    "registrationExpiresAt": "2099-01-01T00:00:00Z",
                })
                .to_string(),
            )
            .is("Auditor.OF.123456789012.BY.RENEWED"),
        signed_in("a sign-in that has expired", "2020-01-01T00:00:00Z").refused(&["expired", "aws sso login --profile audit"]),
        audit("no sign-in", SSO_PROFILE).refused(&["aws sso login --profile audit"]),
        audit("a session that contradicts the profile", &format!("{SSO_PROFILE}{}", URL.replace("us-east-1", "eu-west-1")))
            .file(SSO_TOKEN, sso_token("2099-01-01T00:00:00Z"))
            .refused(&[".aws/config, line 5", "contradicts"]),
        audit("a session that does not exist", &SSO_PROFILE.replace("corp", "gone")).refused(&[".aws/config, line 2", "gone"]),
        audit("a session that does not exist beside keys", &format!("sso_session = gone\n{}", keys("AKIAOTHER")))
            .refused(&[".aws/config, line 2", "gone"]),
        audit("an empty session beside keys", &format!("sso_session =\n{}", keys("AKIAOTHER"))).refused(&[".aws/config, line 2"]),
        audit("a role without an account", "sso_session = corp\nsso_role_name = Auditor\n").refused(&[".aws/config, line 3", "sso_account_id"]),
    ]
}

fn processes() -> Vec<Case> {
    let prints = |name, document: &str| {
        Case::new(name).config(format!(
            "[default]\ncredential_process = /bin/echo '{document}'\n"
        ))
    };
    let ends = |name, end: &str| {
        prints(
            name,
            &format!(
                "{{\"Version\": 1, \"AccessKeyId\": \"AKIAPROCESS\", \"SecretAccessKey\": \"s\", \"SessionToken\": \"t\", \"Expiration\": \"{end}\"}}"
            ),
        )
    };
    vec![
        Case::new("arguments that a shell would take for its own")
            .config("[default]\ncredential_process = {HOME}/print a&b $HOME (c); #d 'e f'\n")
            .file("print", "#!/bin/sh\nprintf '{\"Version\": 1, \"AccessKeyId\": \"AKIAPROCESS.%s.%s\", \"SecretAccessKey\": \"s\"}' $# \"$2\"\n")
            .is("AKIAPROCESS.5.$HOME"),
        ends("an end with an offset without a colon", "2099-01-01T00:00:00+0000").is("AKIAPROCESS"),
        ends("an end in letters", "2099-01-01T00:00:00UTC").is("AKIAPROCESS"),
        ends("an end without seconds", "2099-01-01T00:00Z").is("AKIAPROCESS"),
        ends("an end in basic notation", "20990101T000000Z").is("AKIAPROCESS"),
        ends("an end in the past", "2020-01-01T00:00:00Z").refused(&[".aws/config, line 2", "expired"]),
        prints("an end that is a number", r#"{"Version": 1, "AccessKeyId": "AKIAPROCESS", "SecretAccessKey": "s", "Expiration": 4070912400}"#)
            .refused(&[".aws/config, line 2", "Expiration"]),
        prints("an end that is null", r#"{"Version": 1, "AccessKeyId": "AKIAPROCESS", "SecretAccessKey": "s", "Expiration": null}"#).is("AKIAPROCESS"),
        ends("an end without text", "").refused(&[".aws/config, line 2", "Expiration"]),
        Case::new("a process with settings below it, and another identity behind it")
            .config(format!("[default]\ncredential_process =\n  a = b\n{}", keys("AKIAOTHER")))
            .refused(&[".aws/config, line 2", "empty"]),
        prints("an empty session token", r#"{"Version": 1, "AccessKeyId": "AKIAPROCESS", "SecretAccessKey": "s", "SessionToken": ""}"#).is("AKIAPROCESS"),
        prints("another version", r#"{"Version": 2, "AccessKeyId": "AKIAPROCESS", "SecretAccessKey": "s"}"#).refused(&[".aws/config, line 2", "Version 1"]),
        prints("no secret key", r#"{"Version": 1, "AccessKeyId": "AKIAPROCESS"}"#).refused(&["SecretAccessKey"]),
        prints("no JSON", "none").refused(&["JSON"]),
        Case::new("a process that fails").config("[default]\ncredential_process = /bin/false\n").refused(&["exit status: 1", "profile \"default\""]),
        Case::new("a process that does not exist").config("[default]\ncredential_process = /none/such\n").refused(&["/none/such"]),
        Case::new("a process with a quote that is not closed").config("[default]\ncredential_process = it's\n").refused(&["line 2", "quotation mark"]),
    ]
}

fn machines() -> Vec<Case> {
    let container = |name| Case::new(name).env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{URL}/creds");
    vec![
        container("a container")
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "let-me-in")
            .is("CONTAINER"),
        container("a container with its token in a file")
            .file("token", "let-me-in")
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "{HOME}/token")
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "not this one")
            .is("CONTAINER"),
        container("a container on loopback with a proxy set")
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "let-me-in")
            .env("HTTP_PROXY", "http://127.0.0.1:9")
            .env("NO_PROXY", "127.0.0.1")
            .is("CONTAINER"),
        container("a container that refuses").refused(&["container"]),
        Case::new("a container on another host")
            .env(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                "http://192.0.2.1/creds",
            )
            .refused(&["192.0.2.1", "plain http"]),
        Case::new("an instance")
            .env("AWS_EC2_METADATA_DISABLED", "false")
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "{URL}")
            .is("INSTANCE"),
        Case::new("an instance whose metadata service has an address of no known kind")
            .env("AWS_EC2_METADATA_DISABLED", "false")
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ipv5")
            .refused(&["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ipv4 or ipv6"]),
        Case::new("an instance behind a profile without credentials")
            .config("[profile here]\nregion = us-east-1\n")
            .profile("here")
            .env("AWS_EC2_METADATA_DISABLED", "false")
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "{URL}/")
            .is("INSTANCE"),
    ]
}

/// Services that fail once or for good.
fn faults() -> Vec<Case> {
    let container = |name, acts: Vec<Act>| {
        Case::new(name)
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{URL}/creds")
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "let-me-in")
            .faults("/creds", acts)
    };
    let instance = |name, path, act: Act| {
        Case::new(name)
            .env("AWS_EC2_METADATA_DISABLED", "false")
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "{URL}")
            .env("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "3")
            .faults(path, [act])
    };
    let status = |status| Act::reply(status, &[], "x");
    let html = || {
        Act::reply(
            200,
            &[("content-type", "text/html")],
            "<html>sign in</html>",
        )
    };
    let cut = || Act::json(200, "{\"AccessKeyId\": \"CUT");
    const ROLE_PATH: &str = "/latest/meta-data/iam/security-credentials/role";
    let role = |name, acts: Vec<Act>| {
        Case::new(name)
            .config(format!(
                "[profile audit]\n{ROLE}source_profile = base\n[profile base]\n{}",
                keys("AKIABASE")
            ))
            .profile("audit")
            .faults("/", acts)
    };
    vec![
        container("a container that fails once", vec![status(503)]).is("CONTAINER"),
        container(
            "a container that throttles twice",
            vec![status(429), status(429)],
        )
        .is("CONTAINER"),
        container(
            "a container that knows no credentials once",
            vec![status(404)],
        )
        .is("CONTAINER"),
        container("a container that rejects once", vec![status(400)]).is("CONTAINER"),
        container("a container with another success once", vec![status(204)]).is("CONTAINER"),
        container("a container whose reply is a page once", vec![html()]).is("CONTAINER"),
        container("a container whose reply is cut once", vec![cut()]).is("CONTAINER"),
        container(
            "a container that closes the connection once",
            vec![Act::Close],
        )
        .is("CONTAINER"),
        container(
            "a container that fails three times",
            vec![status(500), status(500), status(500)],
        )
        .refused(&["container", "HTTP status 500"]),
        instance(
            "an instance that throttles the token once",
            "/latest/api/token",
            status(429),
        )
        .is("INSTANCE"),
        instance(
            "an instance that fails at the token once",
            "/latest/api/token",
            status(500),
        )
        .is("INSTANCE"),
        instance(
            "an instance whose token is slow once",
            "/latest/api/token",
            Act::SendAndHang(Vec::new()),
        )
        .is("INSTANCE"),
        instance(
            "an instance that throttles the credentials once",
            ROLE_PATH,
            status(429),
        )
        .is("INSTANCE"),
        instance(
            "an instance whose credentials are slow once",
            ROLE_PATH,
            Act::SendAndHang(Vec::new()),
        )
        .is("INSTANCE"),
        instance(
            "an instance whose credentials are cut once",
            ROLE_PATH,
            cut(),
        )
        .is("INSTANCE"),
        role(
            "an STS that fails once",
            vec![Act::reply(
                503,
                &[("content-type", "text/xml")],
                "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Receiver</Type>\
                 <Code>ServiceUnavailable</Code><Message>x</Message></Error><RequestId>r</RequestId></ErrorResponse>",
            )],
        )
        .is("Auditor.BY.AKIABASE"),
        role("a page in place of STS", vec![html(); 9]).refused(&["STS", "unexpected response"]),
        role("a redirect in place of STS", vec![status(302); 9])
            .refused(&["STS", "unexpected response (HTTP 302)"]),
        role("a page of a proxy that rejects the request", vec![status(403); 9])
            .refused(&["STS", "unexpected response (HTTP 403)"]),
        Case::new("a session whose renewal fails for want of a network")
            .config(format!("[profile audit]\n{SSO_PROFILE}{SSO_SESSION}"))
            .profile("audit")
            .file(SSO_TOKEN, renewable_sso_token("2020-01-01T00:00:00Z"))
            .env("AWS_ENDPOINT_URL_SSO_OIDC", "http://127.0.0.1:9")
            .env("AWS_MAX_ATTEMPTS", "1")
            .refused(&["could not reach 127.0.0.1: "]),
        Case::new("a valid session whose renewal fails")
            .config(format!("[profile audit]\n{SSO_PROFILE}{SSO_SESSION}"))
            .profile("audit")
            .file(SSO_TOKEN, renewable_sso_token("{SOON}"))
            .faults("/token", [Act::json(400, "{\"error\": \"invalid_grant\"}")])
            .is("Auditor.OF.123456789012.BY.SIGNEDIN"),
    ]
}

/// A session that can be renewed.
pub fn renewable_sso_token(ends: &str) -> String {
    serde_json::json!({
        "startUrl": "https://corp.awsapps.com/start", "region": "us-east-1",
        "accessToken": "SIGNEDIN", "expiresAt": ends,
        "clientId": "client", "clientSecret": "ssoClientSecret", "refreshToken": "ssoRefreshToken",
        "registrationExpiresAt": "2099-01-01T00:00:00Z",
    })
    .to_string()
}

/// Numbers as people write them.
fn numbers() -> Vec<Case> {
    let keys_of_env = |name| {
        Case::new(name)
            .env("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
            .env("AWS_SECRET_ACCESS_KEY", "s")
    };
    let duration = |name, seconds: &str| {
        Case::new(name)
            .config(format!(
                "[profile audit]\n{ROLE}source_profile = base\nduration_seconds = {seconds}\n[profile base]\n{}",
                keys("AKIABASE")
            ))
            .profile("audit")
    };
    vec![
        keys_of_env("attempts that end in a space")
            .env("AWS_MAX_ATTEMPTS", "3 ")
            .is("AKIAENVIRONMENT"),
        keys_of_env("attempts that begin with a space")
            .env("AWS_MAX_ATTEMPTS", " 3")
            .is("AKIAENVIRONMENT"),
        keys_of_env("no attempts")
            .env("AWS_MAX_ATTEMPTS", "0")
            .refused(&["AWS_MAX_ATTEMPTS", "1 or more"]),
        keys_of_env("attempts with a fraction")
            .env("AWS_MAX_ATTEMPTS", "1.5")
            .refused(&["AWS_MAX_ATTEMPTS", "1 or more"]),
        duration("a duration of zero", "0").refused(&[".aws/config, line 4", "900 to 43200"]),
        duration("a negative duration", "-1").refused(&[".aws/config, line 4", "900 to 43200"]),
        duration("a duration beyond 32 bits", "4294967296")
            .refused(&[".aws/config, line 4", "900 to 43200"])
            .unlike_aws("it sends the number to STS, which rejects it"),
        duration("a duration beyond 64 bits", "99999999999999999999")
            .refused(&[".aws/config, line 4", "900 to 43200"])
            .unlike_aws("it sends the number to STS, which rejects it"),
    ]
}

/// Files that exist and cannot be read. Where the AWS CLI ignores one, another identity may sign.
fn unreadable_files() -> Vec<Case> {
    let config = |name| Case::new(name).config(format!("[default]\n{}", keys("AKIACONFIG")));
    vec![
        config("a folder in place of the credentials file")
            .file(".aws/credentials/in-it", "")
            .refused(&[".aws/credentials is a folder"])
            .unlike_aws("it ignores the folder"),
        config("a folder in place of the credentials file, and keys in the environment")
            .file(".aws/credentials/in-it", "")
            .env("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
            .env("AWS_SECRET_ACCESS_KEY", "s")
            .is("AKIAENVIRONMENT"),
        config("the null device in place of the config file")
            .env("AWS_CONFIG_FILE", "/dev/null")
            .refused(&["none are configured"]),
        config("the home folder of a user that does not exist")
            .env("AWS_SHARED_CREDENTIALS_FILE", "~no-such-user/credentials")
            .refused(&["AWS_SHARED_CREDENTIALS_FILE", "in full"])
            .unlike_aws("it ignores the file"),
        config("a services section that does not exist")
            .config(format!(
                "[default]\nservices = gone\n{}",
                keys("AKIACONFIG")
            ))
            .env("AWS_ENDPOINT_URL_STS", "{UNSET}")
            .refused(&[".aws/config, line 2", "[services gone]"])
            .unlike_aws("it looks for the section only for a service that it calls"),
    ]
}

/// The end of credentials in the environment.
fn expirations() -> Vec<Case> {
    let ends = |name, end: &str| {
        Case::new(name)
            .env("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
            .env("AWS_SECRET_ACCESS_KEY", "s")
            .env("AWS_SESSION_TOKEN", "t")
            .env("AWS_CREDENTIAL_EXPIRATION", end)
    };
    vec![
        ends("an end to come", "2099-01-01T00:00:00Z").is("AKIAENVIRONMENT"),
        ends("an empty end", "").is("AKIAENVIRONMENT"),
        ends("an end in the past", "2020-01-01T00:00:00Z").refused(&["expired"]),
        ends("an end that is not a time", "soon").refused(&["AWS_CREDENTIAL_EXPIRATION"]),
    ]
}

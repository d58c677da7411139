//! The names of all environment variables and profile keys that this module reads. A test compares them
//! with the table in docs/settings.md.

pub(super) struct Name {
    pub(super) variable: &'static str,
    pub(super) key: &'static str,
}

const fn name(variable: &'static str, key: &'static str) -> Name {
    Name { variable, key }
}

pub(super) const REGION: Name = name("AWS_REGION", "region");
pub(super) const DEFAULT_REGION: &str = "AWS_DEFAULT_REGION";
pub(super) const ENDPOINT_URL: Name = name("AWS_ENDPOINT_URL", "endpoint_url");
pub(super) const SERVICES: &str = "services";
pub(super) const IGNORE_ENDPOINT_URLS: Name = name(
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "ignore_configured_endpoint_urls",
);
pub(super) const USE_FIPS: Name = name("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
pub(super) const USE_DUAL_STACK: Name =
    name("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
pub(super) const MAX_ATTEMPTS: Name = name("AWS_MAX_ATTEMPTS", "max_attempts");
pub(super) const RETRY_MODE: Name = name("AWS_RETRY_MODE", "retry_mode");
pub(super) const CA_BUNDLE: Name = name("AWS_CA_BUNDLE", "ca_bundle");

/// The CA bundle of Python's HTTP clients. It is used if no other bundle is set.
pub(super) const REQUESTS_CA_BUNDLE: &str = "REQUESTS_CA_BUNDLE";

/// OpenSSL's variables with the file and the folder of certificate authorities.
pub(super) const SSL_CERT_FILE: &str = "SSL_CERT_FILE";
pub(super) const SSL_CERT_DIR: &str = "SSL_CERT_DIR";

/// The variables that name the profile, in botocore's order.
pub(super) const PROFILE: [&str; 2] = ["AWS_DEFAULT_PROFILE", "AWS_PROFILE"];
pub(super) const CONFIG_FILE: &str = "AWS_CONFIG_FILE";
pub(super) const CREDENTIALS_FILE: &str = "AWS_SHARED_CREDENTIALS_FILE";

pub(super) const ACCESS_KEY_ID: Name = name("AWS_ACCESS_KEY_ID", "aws_access_key_id");
pub(super) const SECRET_ACCESS_KEY: Name = name("AWS_SECRET_ACCESS_KEY", "aws_secret_access_key");
/// botocore's old name takes precedence.
pub(super) const SESSION_TOKEN: [Name; 2] = [
    name("AWS_SECURITY_TOKEN", "aws_security_token"),
    name("AWS_SESSION_TOKEN", "aws_session_token"),
];
pub(super) const CREDENTIAL_EXPIRATION: &str = "AWS_CREDENTIAL_EXPIRATION";

pub(super) const ROLE_ARN: Name = name("AWS_ROLE_ARN", "role_arn");
pub(super) const ROLE_SESSION_NAME: Name = name("AWS_ROLE_SESSION_NAME", "role_session_name");
pub(super) const WEB_IDENTITY_TOKEN_FILE: Name =
    name("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
pub(super) const SOURCE_PROFILE: &str = "source_profile";
pub(super) const CREDENTIAL_SOURCE: &str = "credential_source";
pub(super) const EXTERNAL_ID: &str = "external_id";
pub(super) const MFA_SERIAL: &str = "mfa_serial";
pub(super) const DURATION_SECONDS: &str = "duration_seconds";

pub(super) const SSO_SESSION: &str = "sso_session";
pub(super) const SSO_ACCOUNT_ID: &str = "sso_account_id";
pub(super) const SSO_ROLE_NAME: &str = "sso_role_name";
pub(super) const SSO_START_URL: &str = "sso_start_url";
pub(super) const SSO_REGION: &str = "sso_region";
pub(super) const LOGIN_SESSION: &str = "login_session";
pub(super) const LOGIN_CACHE: &str = "AWS_LOGIN_CACHE_DIRECTORY";
pub(super) const CREDENTIAL_PROCESS: &str = "credential_process";

pub(super) const CONTAINER_RELATIVE_URI: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
pub(super) const CONTAINER_FULL_URI: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
pub(super) const CONTAINER_TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
pub(super) const CONTAINER_TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";

pub(super) const METADATA_DISABLED: &str = "AWS_EC2_METADATA_DISABLED";
pub(super) const METADATA_ENDPOINT: Name = name(
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "ec2_metadata_service_endpoint",
);
pub(super) const METADATA_ENDPOINT_MODE: Name = name(
    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
    "ec2_metadata_service_endpoint_mode",
);
pub(super) const METADATA_IPV6: Name = name("AWS_IMDS_USE_IPV6", "imds_use_ipv6");
pub(super) const METADATA_TIMEOUT: Name =
    name("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout");
pub(super) const METADATA_ATTEMPTS: Name = name(
    "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
    "metadata_service_num_attempts",
);

/// The variables of a proxy, in lower case and in upper case. The lower-case variable takes precedence, and turns
/// the proxy off if it is empty. An empty upper-case variable counts as unset.
pub(super) type ProxyNames = [&'static str; 2];

pub(super) const HTTPS_PROXY: ProxyNames = ["https_proxy", "HTTPS_PROXY"];
pub(super) const HTTP_PROXY: ProxyNames = ["http_proxy", "HTTP_PROXY"];
pub(super) const ALL_PROXY: ProxyNames = ["all_proxy", "ALL_PROXY"];
pub(super) const NO_PROXY: ProxyNames = ["no_proxy", "NO_PROXY"];
/// Web servers set this variable for CGI scripts.
pub(super) const REQUEST_METHOD: &str = "REQUEST_METHOD";

/// The endpoint settings of services: the variable, and the key in a `services` section (AWS SDKs and Tools
/// Reference Guide, "Service-specific endpoints").
pub(super) const WORKSPACES_WEB: Name = name("AWS_ENDPOINT_URL_WORKSPACES_WEB", "workspaces_web");
pub(super) const STS: Name = name("AWS_ENDPOINT_URL_STS", "sts");
pub(super) const SSO: Name = name("AWS_ENDPOINT_URL_SSO", "sso");
pub(super) const SSO_OIDC: Name = name("AWS_ENDPOINT_URL_SSO_OIDC", "sso_oidc");
pub(super) const SIGN_IN: Name = name("AWS_ENDPOINT_URL_SIGNIN", "signin");

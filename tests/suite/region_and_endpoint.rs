//! Where a region and an endpoint come from, and which place outranks which.

use crate::support::{Act, Finished, PORTAL, SESSION, Server, Wsb, session_reply, wsb};

/// What a test changes of a call.
type Change = fn(Wsb) -> Wsb;

/// A loopback metadata service (IMDSv2) of an instance in `eu-north-1`.
fn metadata_service() -> Server {
    Server::start(|request, _| match &*request.target {
        "/latest/api/token" => {
            Act::reply(200, &[("x-aws-ec2-metadata-token-ttl-seconds", "60")], "t")
        }
        "/latest/meta-data/placement/region" => Act::reply(200, &[], "eu-north-1"),
        _ => Act::reply(404, &[], ""),
    })
}

fn service() -> Server {
    Server::always(Act::json(200, &session_reply()))
}

/// A call with credentials and nothing else.
fn call(portal: &str) -> Wsb {
    wsb(["get-session", portal, SESSION, "--field", "username"])
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")
}

fn arn(partition: &str, region: &str) -> String {
    format!("arn:{partition}:workspaces-web:{region}:123456789012:portal/{PORTAL}")
}

/// The region that the one request was signed for.
#[track_caller]
fn signed_region(server: &Server, run: &Finished) -> String {
    run.code(0);
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let authorization = requests[0].header("authorization").unwrap();
    authorization.split('/').nth(2).unwrap().to_owned()
}

#[test]
fn a_region_comes_from_the_flag_the_arn_the_environment_or_the_profile_in_this_order() {
    const PROFILE: &str = "[default]\nregion = eu-west-5\n[profile other]\nregion = eu-west-6\n";
    let region = |portal: &str, change: Change| {
        let server = service();
        let run = change(call(portal).config_file(PROFILE))
            .env("AWS_ENDPOINT_URL", server.url())
            .run();
        signed_region(&server, &run)
    };
    let arn = &arn("aws", "eu-west-2");
    assert_eq!(region(PORTAL, |run| run), "eu-west-5");
    assert_eq!(
        region(PORTAL, |run| run.env("AWS_PROFILE", "other")),
        "eu-west-6"
    );
    assert_eq!(
        region(PORTAL, |run| run.env("AWS_DEFAULT_REGION", "eu-west-4")),
        "eu-west-4"
    );
    let both = |run: Wsb| {
        run.env("AWS_DEFAULT_REGION", "eu-west-4")
            .env("AWS_REGION", "eu-west-3")
    };
    assert_eq!(region(PORTAL, both), "eu-west-3");
    assert_eq!(region(arn, both), "eu-west-2");
    assert_eq!(
        region(PORTAL, |run| {
            run.env("AWS_REGION", "eu-west-3")
                .args(["--region", "eu-west-1"])
        }),
        "eu-west-1"
    );
    assert_eq!(
        region(arn, |run| run.args(["--region", "eu-west-2"])),
        "eu-west-2"
    );
}

#[test]
fn the_profiles_region_is_that_of_the_profile_flag() {
    let server = service();
    let run = wsb(["get-session", PORTAL, SESSION, "--profile", "other"])
        .config_file(
            "[default]\nregion = eu-west-5\n[profile other]\nregion = eu-west-6\naws_access_key_id = x\naws_secret_access_key = x\n",
        )
        .env("AWS_PROFILE", "default")
        .env("AWS_ENDPOINT_URL", server.url())
        .run();
    assert_eq!(signed_region(&server, &run), "eu-west-6");
}

#[test]
fn an_empty_variable_is_as_good_as_none() {
    let server = service();
    let run = call(PORTAL)
        .env("AWS_REGION", "")
        .env("AWS_DEFAULT_REGION", "eu-west-4")
        .env("AWS_ENDPOINT_URL", server.url())
        .run();
    assert_eq!(signed_region(&server, &run), "eu-west-4");
    call(PORTAL)
        .env("AWS_REGION", "")
        .run()
        .code(2)
        .says(&["no region is set"]);
}

#[test]
fn an_arn_in_another_region_than_the_flag_is_2() {
    call(&arn("aws", "eu-west-2"))
        .args(["--region", "eu-west-1"])
        .run()
        .code(2)
        .says(&["--region eu-west-1 contradicts", "eu-west-2"]);
}

#[test]
fn a_malformed_region_is_2_wherever_it_comes_from() {
    for region in ["us east", "us-east-1.evil.example", "-x", "a/b"] {
        for run in [
            call(PORTAL).args([&format!("--region={region}")]),
            call(PORTAL).env("AWS_REGION", region),
            call(PORTAL).config_file(&format!("[default]\nregion = {region}\n")),
        ] {
            run.run().code(2).says(&["is not a region", "us-east-1"]);
        }
    }
}

#[test]
fn the_metadata_service_is_asked_for_a_region_if_nothing_else_names_one() {
    let (metadata, server) = (metadata_service(), service());
    let run = call(PORTAL)
        .without("AWS_EC2_METADATA_DISABLED")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url())
        .env("AWS_ENDPOINT_URL", server.url())
        .run();
    assert_eq!(signed_region(&server, &run), "eu-north-1");
    assert!(!metadata.requests().is_empty());
}

#[test]
fn a_region_that_is_set_asks_no_metadata_service() {
    let set: [Change; 4] = [
        |run| run.args(["--region", "eu-west-1"]),
        |run| run.env("AWS_REGION", "eu-west-1"),
        |run| run.env("AWS_DEFAULT_REGION", "eu-west-1"),
        |run| run.config_file("[default]\nregion = eu-west-1\n"),
    ];
    let by_arn = call(&arn("aws", "eu-west-1"));
    let others = set.map(|set| set(call(PORTAL)));
    for run in others.into_iter().chain([by_arn]) {
        let (metadata, server) = (metadata_service(), service());
        let run = run
            .without("AWS_EC2_METADATA_DISABLED")
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url())
            .env("AWS_ENDPOINT_URL", server.url())
            .run();
        assert_eq!(signed_region(&server, &run), "eu-west-1");
        assert!(metadata.requests().is_empty(), "{:?}", metadata.requests());
    }
}

/// The names of the places an endpoint can come from, the highest first.
const PLACES: [&str; 5] = ["flag", "service", "environment", "section", "profile"];

/// A call with an endpoint in the last `count` of the places, each one a service of its own; and
/// which of them was called.
fn called(count: usize, change: impl Fn(Wsb) -> Wsb) -> (Finished, Option<&'static str>) {
    let servers: Vec<Server> = PLACES.iter().map(|_| service()).collect();
    let [flag, own, general, section, profile] = [0, 1, 2, 3, 4].map(|place: usize| {
        let is_set = place >= PLACES.len() - count;
        is_set.then(|| servers[place].url())
    });
    let mut config = "[default]\n".to_owned();
    if let Some(url) = profile {
        config += &format!("endpoint_url = {url}\n");
    }
    if let Some(url) = section {
        config += &format!(
            "services = local\n[services local]\ns3 =\n  endpoint_url = http://127.0.0.1:9\nworkspaces_web =\n  endpoint_url = {url}\n"
        );
    }
    let mut run = call(PORTAL)
        .env("AWS_REGION", "us-east-1")
        .config_file(&config);
    if let Some(url) = general {
        run = run.env("AWS_ENDPOINT_URL", url);
    }
    if let Some(url) = own {
        run = run.env("AWS_ENDPOINT_URL_WORKSPACES_WEB", url);
    }
    if let Some(url) = flag {
        run = run.args(["--endpoint-url", &url]);
    }
    let run = change(run).args(["--max-attempts", "1"]).run();
    let asked: Vec<_> = PLACES
        .into_iter()
        .zip(&servers)
        .filter(|(_, server)| !server.requests().is_empty())
        .collect();
    assert!(asked.len() <= 1);
    (run, asked.first().map(|(place, _)| *place))
}

#[test]
fn an_endpoint_comes_from_the_flag_the_environment_or_the_profile_the_services_own_first() {
    for count in 1..=PLACES.len() {
        let (run, place) = called(count, |run| run);
        run.code(0);
        assert_eq!(place, Some(PLACES[PLACES.len() - count]));
    }
}

#[test]
fn configured_endpoints_can_be_ignored_but_not_the_flags() {
    let by_variable = |run: Wsb| run.env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    for count in 1..PLACES.len() {
        let (run, place) = called(count, by_variable);
        run.code(9)
            .says(&["could not reach workspaces-web.us-east-1.amazonaws.com"]);
        assert_eq!(place, None);
    }
    let (run, place) = called(PLACES.len(), by_variable);
    run.code(0);
    assert_eq!(place, Some("flag"));
    unreachable_host(
        call(PORTAL)
            .config_file("[default]\nignore_configured_endpoint_urls = true\nendpoint_url = http://127.0.0.1:9\n")
            .env("AWS_REGION", "us-east-1"),
        "workspaces-web.us-east-1.amazonaws.com",
    );
}

/// Checks which host is called. A proxy that refuses stands for a network without name service:
/// nothing leaves this machine, whatever it is connected to.
#[track_caller]
fn unreachable_host(run: Wsb, host: &str) {
    run.env("HTTPS_PROXY", "http://127.0.0.1:9")
        .args(["--max-attempts", "1"])
        .run()
        .code(9)
        .says(&[&format!("could not reach {host}:")]);
}

#[test]
fn the_host_follows_from_region_partition_fips_and_dual_stack() {
    let in_region = |region: &str| call(PORTAL).args(["--region", region]);
    for (run, host) in [
        (
            in_region("us-east-1"),
            "workspaces-web.us-east-1.amazonaws.com",
        ),
        (
            in_region("cn-north-1"),
            "workspaces-web.cn-north-1.amazonaws.com.cn",
        ),
        (
            in_region("us-moon-1"),
            "workspaces-web.us-moon-1.amazonaws.com",
        ),
        (
            call(&arn("aws-us-gov", "us-gov-west-1")),
            "workspaces-web.us-gov-west-1.amazonaws.com",
        ),
        (
            call(&arn("aws-cn", "moon")),
            "workspaces-web.moon.amazonaws.com.cn",
        ),
        (
            in_region("us-east-1").args(["--use-fips"]),
            "workspaces-web-fips.us-east-1.amazonaws.com",
        ),
        (
            in_region("us-east-1").env("AWS_USE_FIPS_ENDPOINT", "true"),
            "workspaces-web-fips.us-east-1.amazonaws.com",
        ),
        (
            in_region("us-east-1").config_file("[default]\nuse_fips_endpoint = true\n"),
            "workspaces-web-fips.us-east-1.amazonaws.com",
        ),
        (
            in_region("us-east-1").args(["--use-dual-stack"]),
            "workspaces-web.us-east-1.api.aws",
        ),
        (
            in_region("us-east-1").env("AWS_USE_DUALSTACK_ENDPOINT", "true"),
            "workspaces-web.us-east-1.api.aws",
        ),
        (
            in_region("us-east-1").config_file("[default]\nuse_dualstack_endpoint = true\n"),
            "workspaces-web.us-east-1.api.aws",
        ),
        (
            in_region("us-east-1").args(["--use-fips", "--use-dual-stack"]),
            "workspaces-web-fips.us-east-1.api.aws",
        ),
        // The environment outranks the profile.
        (
            in_region("us-east-1")
                .config_file("[default]\nuse_fips_endpoint = true\n")
                .env("AWS_USE_FIPS_ENDPOINT", "false"),
            "workspaces-web.us-east-1.amazonaws.com",
        ),
    ] {
        unreachable_host(run, host);
    }
}

#[test]
fn all_regions_with_fips_are_those_with_a_fips_endpoint_and_the_hint_names_them_for_another() {
    let run = wsb(["list-portals", "--all-regions", "--use-fips"])
        .with_keys()
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .args(["--max-attempts", "1", "--region", "eu-west-1"])
        .run();
    for region in ["us-east-1", "us-west-2"] {
        run.says(&[&format!("workspaces-web-fips.{region}.amazonaws.com:")]);
    }
    assert_eq!(run.stderr.matches("could not reach").count(), 2, "{run:?}");
    for (region, says_fips) in [("eu-west-1", true), ("us-west-2", false)] {
        let run = call(PORTAL)
            .args(["--region", region, "--use-fips", "--max-attempts", "1"])
            .env("HTTPS_PROXY", "http://127.0.0.1:9")
            .run();
        let hint = "FIPS endpoints in us-east-1 and us-west-2 only";
        assert_eq!(run.code(9).stderr.contains(hint), says_fips, "{run:?}");
    }
}

#[test]
fn fips_or_dual_stack_with_a_custom_endpoint_is_2_wherever_either_comes_from() {
    let server = service();
    let url = server.url();
    let endpoints: [&dyn Fn(Wsb) -> Wsb; 2] = [&|run| run.args(["--endpoint-url", &url]), &|run| {
        run.env("AWS_ENDPOINT_URL", &url)
    }];
    let switches: [(Change, &str); 6] = [
        (|run| run.args(["--use-fips"]), "FIPS"),
        (|run| run.env("AWS_USE_FIPS_ENDPOINT", "true"), "FIPS"),
        (
            |run| run.config_file("[default]\nuse_fips_endpoint = true\n"),
            "FIPS",
        ),
        (|run| run.args(["--use-dual-stack"]), "dual-stack"),
        (
            |run| run.env("AWS_USE_DUALSTACK_ENDPOINT", "true"),
            "dual-stack",
        ),
        (
            |run| run.config_file("[default]\nuse_dualstack_endpoint = true\n"),
            "dual-stack",
        ),
    ];
    for endpoint in endpoints {
        for (switch, says) in switches {
            switch(endpoint(call(PORTAL).env("AWS_REGION", "us-east-1")))
                .run()
                .code(2)
                .says(&[says, "custom endpoint"]);
        }
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_malformed_endpoint_is_2_and_its_secrets_are_not_repeated() {
    for url in [
        "127.0.0.1:80",
        "localhost",
        "ftp://127.0.0.1",
        "http://",
        "http://user:hunter2@127.0.0.1:9",
        "http://hunter2@127.0.0.1:9",
        "http://127.0.0.1:9/?key=hunter2",
        "http://127.0.0.1:9/#hunter2",
        "http://127.0.0.1:hunter2",
        "http://[hunter2",
    ] {
        let variable = "AWS_ENDPOINT_URL_WORKSPACES_WEB";
        let file = format!("[default]\nendpoint_url = {url}\n");
        for (run, place) in [
            (call(PORTAL).args(["--endpoint-url", url]), "--endpoint-url"),
            (call(PORTAL).env(variable, url), variable),
            (call(PORTAL).config_file(&file), "endpoint_url of profile"),
        ] {
            let run = run.env("AWS_REGION", "us-east-1").args(["-vv"]).run();
            run.code(2)
                .says(&[&format!("error: {place}"), "hint: an endpoint looks like"]);
            assert!(!run.stderr.contains("hunter2"), "{run:?}");
        }
    }
}

#[test]
fn an_endpoint_keeps_its_path() {
    let server = service();
    for url in [
        format!("{}/base", server.url()),
        format!("{}/base/", server.url()),
    ] {
        call(PORTAL).against(&url).run().code(0);
    }
    for request in server.requests() {
        assert_eq!(
            request.target,
            format!("/base/portals/{PORTAL}/sessions/{SESSION}")
        );
    }
}

#[test]
fn plain_http_off_loopback_is_warned_of_and_on_loopback_is_not() {
    let warning = "is called over plain http";
    call(PORTAL)
        .against("http://nowhere.invalid")
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .args(["--max-attempts", "1"])
        .run()
        .code(9)
        .says(&["warning: nowhere.invalid", warning]);
    let server = service();
    for host in ["127.0.0.1", "localhost"] {
        let run = call(PORTAL)
            .against(&format!("http://{host}:{}", server.port()))
            .run();
        run.code(0);
        assert_eq!(run.stderr, "");
    }
    let quiet = call(PORTAL)
        .against("http://nowhere.invalid")
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .args(["--max-attempts", "1", "-q"])
        .run();
    assert!(!quiet.stderr.contains(warning), "{quiet:?}");
}

#[test]
fn where_no_region_of_a_partition_has_an_address_each_is_a_failure() {
    for line in [
        "list-portals --field portalId",
        "list-sessions --field sessionId",
    ] {
        let run = wsb(line.split(' '))
            .args(["--all-regions", "--region", "us-gov-west-1"])
            .args(["--max-attempts", "1"])
            .against("https://nowhere.invalid")
            .run();
        run.code(9).says(&["us-gov-east-1", "us-gov-west-1"]);
        assert_eq!(
            run.stderr.matches("error: could not reach").count(),
            2,
            "{run:?}"
        );
        assert!(!run.stderr.contains("not available"), "{run:?}");
    }
}

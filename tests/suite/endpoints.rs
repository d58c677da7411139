//! The endpoint of every region is the one that the service's published rule set gives.
//!
//! The rule set and the partitions are evaluated here as the SDKs do (Smithy, "Rules engine"), and
//! the program's own short form of them has to agree.

use serde_json::{Map, Value};
use wsb::service::endpoint::{Endpoint, EndpointError, EndpointParameters, Partition, Region};

const RULE_SET: &str = include_str!("../data/endpoint-rule-set.json");
const PARTITIONS: &str = include_str!("../data/partitions.json");

/// What the rule set comes to: a URL or the text of an error.
type Outcome = Result<String, String>;

/// An interpreter of as much of the rules' language as this rule set uses. Anything else panics:
/// a newer rule set must not pass by being misread.
struct Rules {
    rule_set: Value,
    partitions: Value,
}

impl Rules {
    fn published() -> Self {
        let parse = |text| serde_json::from_str(text).unwrap();
        Self {
            rule_set: parse(RULE_SET),
            partitions: parse(PARTITIONS),
        }
    }

    fn partitions(&self) -> impl Iterator<Item = &Value> {
        self.partitions["partitions"].as_array().unwrap().iter()
    }

    /// Every region that a partition lists, with the partition's name.
    fn listed_regions(&self) -> impl Iterator<Item = (&str, &str)> {
        self.partitions().flat_map(|partition| {
            let regions = partition["regions"].as_array().unwrap().iter();
            regions.map(|region| (region.as_str().unwrap(), partition["id"].as_str().unwrap()))
        })
    }

    fn evaluate(
        &self,
        region: Option<&str>,
        fips: bool,
        dual_stack: bool,
        custom: Option<&str>,
    ) -> Outcome {
        let mut scope = Map::new();
        for (name, value) in [
            ("Region", region.map(Value::from)),
            ("UseFIPS", Some(fips.into())),
            ("UseDualStack", Some(dual_stack.into())),
            ("Endpoint", custom.map(Value::from)),
        ] {
            assert!(self.rule_set["parameters"].get(name).is_some(), "{name}");
            scope.extend(value.map(|value| (name.to_owned(), value)));
        }
        self.first_match(&self.rule_set["rules"], &scope)
            .expect("the last rule of a rule set has no condition")
    }

    /// The first of the rules whose conditions hold decides; a tree that comes to nothing is an
    /// error of the rule set.
    fn first_match(&self, rules: &Value, scope: &Map<String, Value>) -> Option<Outcome> {
        for rule in rules.as_array().unwrap() {
            let mut scope = scope.clone();
            let conditions = rule["conditions"].as_array().unwrap();
            if !conditions
                .iter()
                .all(|condition| self.holds(condition, &mut scope))
            {
                continue;
            }
            return match rule["type"].as_str().unwrap() {
                "tree" => Some(
                    self.first_match(&rule["rules"], &scope)
                        .expect("a tree that was entered decides"),
                ),
                "error" => Some(Err(rule["error"].as_str().unwrap().to_owned())),
                "endpoint" => {
                    let url = self.value(&rule["endpoint"]["url"], &scope);
                    Some(Ok(url.as_str().unwrap().to_owned()))
                }
                other => panic!("an unknown type of rule: {other}"),
            };
        }
        None
    }

    /// A condition holds unless its value is nothing or false; the value may get a name.
    fn holds(&self, condition: &Value, scope: &mut Map<String, Value>) -> bool {
        let value = self.value(condition, scope);
        let holds = !matches!(value, Value::Null | Value::Bool(false));
        if let Some(name) = condition["assign"].as_str().filter(|_| holds) {
            scope.insert(name.to_owned(), value);
        }
        holds
    }

    /// The value of a literal, a template, a reference or a function.
    fn value(&self, expression: &Value, scope: &Map<String, Value>) -> Value {
        if let Some(template) = expression.as_str() {
            return substituted(template, scope).into();
        }
        if let Some(name) = expression["ref"].as_str() {
            return scope.get(name).cloned().unwrap_or(Value::Null);
        }
        let Some(function) = expression["fn"].as_str() else {
            assert!(
                expression.is_boolean(),
                "an unknown expression: {expression}"
            );
            return expression.clone();
        };
        let arguments: Vec<Value> = expression["argv"]
            .as_array()
            .unwrap()
            .iter()
            .map(|argument| self.value(argument, scope))
            .collect();
        match (function, arguments.as_slice()) {
            ("isSet", [value]) => (!value.is_null()).into(),
            ("booleanEquals", [Value::Bool(one), Value::Bool(other)]) => (one == other).into(),
            ("getAttr", [object, Value::String(name)]) => object[name].clone(),
            ("aws.partition", [Value::String(region)]) => self.partition(region).clone(),
            other => panic!("an unknown function or argument: {other:?}"),
        }
    }

    /// `aws.partition`: the partition that lists the region, else the first whose pattern fits it,
    /// else `aws`.
    fn partition(&self, region: &str) -> &Value {
        let lists = |partition: &&Value| {
            let regions = partition["regions"].as_array().unwrap();
            regions.iter().any(|listed| listed == region)
        };
        let fits = |partition: &&Value| {
            let pattern = partition["regionRegex"].as_str().unwrap();
            regex_lite::Regex::new(pattern).unwrap().is_match(region)
        };
        let partition = self
            .partitions()
            .find(lists)
            .or_else(|| self.partitions().find(fits))
            .or_else(|| self.partitions().find(|partition| partition["id"] == "aws"));
        &partition.unwrap()["outputs"]
    }
}

/// A template with its `{Name}` and `{Name#member}` filled in.
fn substituted(template: &str, scope: &Map<String, Value>) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (reference, after) = after.split_once('}').unwrap();
        let value = match reference.split_once('#') {
            Some((name, member)) => &scope[name][member],
            None => &scope[reference],
        };
        text.push_str(before);
        text.push_str(value.as_str().unwrap());
        rest = after;
    }
    text + rest
}

/// What the program makes of the same parameters.
fn resolved(
    region: &str,
    fips: bool,
    dual_stack: bool,
    custom: Option<&str>,
) -> Result<String, EndpointError> {
    Endpoint::resolve(&EndpointParameters {
        region: &region.parse().unwrap(),
        partition: None,
        fips,
        dual_stack,
        custom,
    })
    .map(|endpoint| endpoint.url().to_owned())
}

const SWITCHES: [(bool, bool); 4] = [(false, false), (false, true), (true, false), (true, true)];

#[track_caller]
fn agrees(rules: &Rules, region: &str) {
    for (fips, dual_stack) in SWITCHES {
        assert_eq!(
            resolved(region, fips, dual_stack, None).map_err(|error| error.to_string()),
            rules
                .evaluate(Some(region), fips, dual_stack, None)
                .map(|url| url.to_ascii_lowercase()),
            "{region}, FIPS {fips}, dual-stack {dual_stack}"
        );
    }
}

#[test]
fn every_listed_region_with_every_switch_has_the_rule_sets_endpoint() {
    let rules = Rules::published();
    let regions: Vec<_> = rules.listed_regions().collect();
    assert!(regions.len() > 50, "{regions:?}");
    for (region, _) in regions {
        agrees(&rules, region);
    }
}

#[test]
fn a_region_that_no_list_has_follows_its_partitions_pattern_and_else_partition_aws() {
    let rules = Rules::published();
    for region in [
        // One for each alternative of each partition's pattern.
        "us-moon-1",
        "eu-moon-22",
        "ap-moon-1",
        "sa-moon-1",
        "ca-moon-1",
        "me-moon-1",
        "af-moon-1",
        "il-moon-1",
        "mx-moon-1",
        "cn-moon-1",
        "eusc-de-moon-1",
        "us-iso-moon-1",
        "us-isob-moon-1",
        "eu-isoe-moon-1",
        "us-isof-moon-1",
        "us-gov-moon-1",
        // Near misses, which are partition aws's.
        "moon",
        "xx-moon-1",
        "us-east-1a",
        "us-east",
        "us-gov-west",
        "us--1",
        "us-gov--1",
        "cn-north-east-1",
        "eusc-fr-moon-1",
        "eusc-moon-1",
        "aws-moon-global",
        "cn-global",
        "CN-NORTH-1",
        "xcn-north-1",
    ] {
        agrees(&rules, region);
    }
}

#[test]
fn fips_or_dual_stack_with_a_custom_endpoint_is_an_error_as_in_the_rule_set() {
    let rules = Rules::published();
    let custom = Some("https://vpce-1.example");
    for (fips, dual_stack) in SWITCHES {
        let ours = resolved("us-east-1", fips, dual_stack, custom);
        let published = rules.evaluate(Some("us-east-1"), fips, dual_stack, custom);
        match published {
            Ok(url) => assert_eq!(ours, Ok(url)),
            Err(text) if text.contains("FIPS") => {
                assert_eq!(ours, Err(EndpointError::FipsWithCustomEndpoint));
            }
            Err(text) => {
                assert!(text.contains("Dualstack"), "{text}");
                assert_eq!(ours, Err(EndpointError::DualStackWithCustomEndpoint));
            }
        }
    }
}

#[test]
fn no_region_is_an_error_in_the_rule_set_as_it_is_in_the_program() {
    let outcome = Rules::published().evaluate(None, false, false, None);
    assert_eq!(
        outcome.unwrap_err(),
        "Invalid Configuration: Missing Region"
    );
}

#[test]
fn every_listed_region_belongs_to_its_partition() {
    for (region, partition) in Rules::published().listed_regions() {
        let parsed: Region = region.parse().unwrap();
        let known = Partition::known_for(&parsed).map(|partition| partition.id);
        assert_eq!(known, Some(partition), "{region}");
    }
}

#[test]
fn every_partition_supports_fips_and_dual_stack() {
    // The program has no code for one that does not; this tells when it needs some.
    for partition in Rules::published().partitions() {
        assert_eq!(partition["outputs"]["supportsFIPS"], true, "{partition}");
        assert_eq!(
            partition["outputs"]["supportsDualStack"], true,
            "{partition}"
        );
        let id = partition["id"].as_str().unwrap();
        assert!(Partition::named(id).is_some(), "{id}");
    }
}

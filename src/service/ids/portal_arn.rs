use std::str::FromStr;

use super::{EXAMPLE, IdError, PortalId, quoted};
use crate::service::endpoint::{Partition, Region};

/// The ARN of a web portal: `arn:PARTITION:workspaces-web:REGION:ACCOUNT:portal/ID`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalArn {
    pub partition: &'static Partition,
    pub region: Region,
    pub portal: PortalId,
}

impl FromStr for PortalArn {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::parse(text).map_err(|fault| {
            IdError(format!(
                "{} is not a portal ARN: {fault}; an ARN looks like arn:aws:workspaces-web:us-east-1:123456789012:portal/{EXAMPLE}",
                quoted(text)
            ))
        })
    }
}

impl PortalArn {
    fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [prefix, partition, service, region, account, resource] = parts[..] else {
            return Err("it has fewer than six parts".to_owned());
        };
        if prefix != "arn" {
            return Err("it does not start with \"arn:\"".to_owned());
        }
        if service != "workspaces-web" {
            let service = quoted(service);
            return Err(format!("its service is {service}, not workspaces-web"));
        }
        let id = resource.strip_prefix("portal/");
        let id = id.ok_or_else(|| format!("it names {}, not portal/ID", quoted(resource)))?;
        let is_account = (1..=12).contains(&account.len())
            && account.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_account {
            return Err(format!("its account is {}", quoted(account)));
        }
        let partition = Partition::named(partition)
            .ok_or_else(|| format!("there is no partition {}", quoted(partition)))?;
        let region: Region = region.parse().map_err(|error| format!("{error}"))?;
        let actual = Partition::known_for(&region).unwrap_or(partition);
        if actual != partition {
            let (actual, named) = (actual.id, partition.id);
            let region = region.as_str();
            return Err(format!(
                "region {region} is in partition {actual}, not {named}"
            ));
        }
        let portal = id.parse().map_err(|error: IdError| error.to_string())?;
        Ok(Self {
            partition,
            region,
            portal,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: &str = "8f6ae9c4-6a2e-4b1d-9f3e-0123456789ab";

    #[test]
    fn an_arn_gives_its_partition_region_and_portal() {
        let arn: PortalArn =
            format!("arn:aws-us-gov:workspaces-web:us-gov-west-1:123456789012:portal/{ID}")
                .parse()
                .unwrap();
        assert_eq!(arn.partition.id, "aws-us-gov");
        assert_eq!(arn.region.as_str(), "us-gov-west-1");
        assert_eq!(arn.portal.as_str(), ID);
    }

    #[test]
    fn an_arn_that_contradicts_itself_is_refused_with_the_reason() {
        for (arn, reason) in [
            (format!("arn:aws:s3:us-east-1:1:portal/{ID}"), "service"),
            (
                format!("arn:aws:workspaces-web:us-east-1:1:browserSettings/{ID}"),
                "portal/ID",
            ),
            (
                format!("arn:aws-cn:workspaces-web:us-east-1:1:portal/{ID}"),
                "partition aws",
            ),
            (
                format!("arn:aws-xx:workspaces-web:us-east-1:1:portal/{ID}"),
                "no partition",
            ),
            (format!("arn:aws:workspaces-web::1:portal/{ID}"), "region"),
            (
                format!("arn:aws:workspaces-web:us-east-1::portal/{ID}"),
                "account",
            ),
            (
                "arn:aws:workspaces-web:us-east-1:1:portal/x".to_owned(),
                "portal ID",
            ),
            ("arn:aws".to_owned(), "six parts"),
        ] {
            let message = arn.parse::<PortalArn>().unwrap_err().to_string();
            assert!(message.contains(reason), "{message}");
        }
    }

    proptest! {
        #[test]
        fn an_arn_of_good_parts_gives_them_back(
            partition in proptest::sample::select(vec!["aws", "aws-cn", "aws-us-gov", "aws-iso"]),
            region in "[a-z]{1,9}",
            account in "[a-zA-Z0-9]{1,12}",
            id in "[a-zA-Z0-9-]{36}",
        ) {
            let text = format!("arn:{partition}:workspaces-web:{region}:{account}:portal/{id}");
            let arn: PortalArn = text.parse().unwrap();
            prop_assert_eq!(arn.partition.id, partition);
            prop_assert_eq!(arn.region.as_str(), region);
            prop_assert_eq!(arn.portal.as_str(), id);
        }
    }
}

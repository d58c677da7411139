//! The partitions of AWS, from the SDKs' `partitions.json`.

use super::Region;

/// A partition: a group of regions with a DNS suffix of its own.
#[derive(Debug, PartialEq, Eq)]
pub struct Partition {
    /// The name in ARNs, such as `aws`.
    pub id: &'static str,
    /// The possible prefixes of a region's name `PREFIX-WORD-NUMBER`, from the partition's `regionRegex`.
    region_prefixes: &'static [&'static str],
    pub(super) dns_suffix: &'static str,
    pub(super) dual_stack_dns_suffix: &'static str,
    /// The regions where the service exists. For partition `aws`, they are from botocore's `endpoints.json`. That
    /// file does not list the service in other partitions, so these have all regions of `partitions.json`.
    service_regions: &'static [&'static str],
}

/// The regions of partition `aws` where the service has a FIPS endpoint (botocore 1.44; AWS General Reference,
/// "Amazon WorkSpaces Secure Browser endpoints and quotas").
const FIPS_REGIONS: &[&str] = &["us-east-1", "us-west-2"];

// Every partition of `partitions.json` supports FIPS and dual-stack, so the rule set's errors for other partitions
// cannot occur.
static PARTITIONS: &[Partition] = &[
    Partition {
        id: "aws",
        region_prefixes: &["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"],
        dns_suffix: "amazonaws.com",
        dual_stack_dns_suffix: "api.aws",
        service_regions: &[
            "ap-northeast-1",
            "ap-south-1",
            "ap-southeast-1",
            "ap-southeast-2",
            "ca-central-1",
            "eu-central-1",
            "eu-west-1",
            "eu-west-2",
            "us-east-1",
            "us-west-2",
        ],
    },
    Partition {
        id: "aws-cn",
        region_prefixes: &["cn"],
        dns_suffix: "amazonaws.com.cn",
        dual_stack_dns_suffix: "api.amazonwebservices.com.cn",
        service_regions: &["cn-north-1", "cn-northwest-1"],
    },
    Partition {
        id: "aws-eusc",
        region_prefixes: &["eusc-de"],
        dns_suffix: "amazonaws.eu",
        dual_stack_dns_suffix: "api.amazonwebservices.eu",
        service_regions: &["eusc-de-east-1"],
    },
    Partition {
        id: "aws-iso",
        region_prefixes: &["us-iso"],
        dns_suffix: "c2s.ic.gov",
        dual_stack_dns_suffix: "api.aws.ic.gov",
        service_regions: &["us-iso-east-1", "us-iso-west-1"],
    },
    Partition {
        id: "aws-iso-b",
        region_prefixes: &["us-isob"],
        dns_suffix: "sc2s.sgov.gov",
        dual_stack_dns_suffix: "api.aws.scloud",
        service_regions: &["us-isob-east-1", "us-isob-west-1"],
    },
    Partition {
        id: "aws-iso-e",
        region_prefixes: &["eu-isoe"],
        dns_suffix: "cloud.adc-e.uk",
        dual_stack_dns_suffix: "api.cloud-aws.adc-e.uk",
        service_regions: &["eu-isoe-west-1"],
    },
    Partition {
        id: "aws-iso-f",
        region_prefixes: &["us-isof"],
        dns_suffix: "csp.hci.ic.gov",
        dual_stack_dns_suffix: "api.aws.hci.ic.gov",
        service_regions: &["us-isof-east-1", "us-isof-south-1"],
    },
    Partition {
        id: "aws-us-gov",
        region_prefixes: &["us-gov"],
        dns_suffix: "amazonaws.com",
        dual_stack_dns_suffix: "api.aws",
        service_regions: &["us-gov-east-1", "us-gov-west-1"],
    },
];

impl Partition {
    pub fn named(id: &str) -> Option<&'static Self> {
        PARTITIONS.iter().find(|partition| partition.id == id)
    }

    /// The partition whose pattern matches the region's name; `None` if no pattern does.
    pub fn known_for(region: &Region) -> Option<&'static Self> {
        PARTITIONS.iter().find(|partition| {
            // The pattern does not match a pseudo region such as `aws-global`.
            region.as_str().strip_suffix("-global") == Some(partition.id)
                || partition.fits(region.as_str())
        })
    }

    /// The regions of the region's partition where the service exists. With `fips`, only those with a FIPS
    /// endpoint.
    pub fn service_regions(region: &Region, fips: bool) -> impl Iterator<Item = Region> {
        let partition = Self::containing(region);
        let names = if fips && partition.id == "aws" {
            FIPS_REGIONS
        } else {
            partition.service_regions
        };
        names.iter().map(|name| Region::known(name))
    }

    /// Whether the regions that have the service are known in the region's partition. Otherwise,
    /// [`Self::service_regions`] returns all its regions.
    pub fn lists_service(region: &Region) -> bool {
        Self::containing(region).id == "aws"
    }

    /// The region's partition. For a name that matches no pattern, it is `aws` (the rule of the SDKs'
    /// `aws.partition`).
    pub(super) fn containing(region: &Region) -> &'static Self {
        Self::known_for(region).unwrap_or(&PARTITIONS[0])
    }

    /// Whether the name matches the partition's `regionRegex`: `^(PREFIXES)\-\w+\-\d+$`.
    fn fits(&self, region: &str) -> bool {
        let mut parts = region.rsplitn(3, '-');
        let (Some(number), Some(word), Some(prefix)) = (parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        self.region_prefixes.contains(&prefix)
            && !word.is_empty()
            && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && !number.is_empty()
            && number.bytes().all(|b| b.is_ascii_digit())
    }
}

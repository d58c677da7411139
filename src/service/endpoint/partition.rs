//! The partitions of AWS, as the SDKs' `partitions.json` has them.

use super::Region;

/// A partition: a group of regions with a DNS suffix of its own.
#[derive(Debug, PartialEq, Eq)]
pub struct Partition {
    /// The partition's name in an ARN.
    pub id: &'static str,
    /// The prefixes before `-WORD-NUMBER` in the partition's region names, as in its `regionRegex`.
    region_prefixes: &'static [&'static str],
    pub(super) dns_suffix: &'static str,
    pub(super) dual_stack_dns_suffix: &'static str,
    /// The regions where the service exists, for partition `aws` from botocore's `endpoints.json`; for the
    /// others, which it does not list, all regions of `partitions.json`.
    service_regions: &'static [&'static str],
}

/// The regions of partition `aws` where the service has a FIPS endpoint (botocore 1.44; AWS General Reference,
/// "Amazon WorkSpaces Secure Browser endpoints and quotas").
const FIPS_REGIONS: &[&str] = &["us-east-1", "us-west-2"];

// Every partition of `partitions.json` supports FIPS and dual-stack, so the rule
// set's errors for partitions that do not are unreachable and have no code here.
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
    /// The partition with this name, as it stands in an ARN.
    pub fn named(id: &str) -> Option<&'static Self> {
        PARTITIONS.iter().find(|partition| partition.id == id)
    }

    /// The partition that lists the region or whose pattern fits it.
    pub fn known_for(region: &Region) -> Option<&'static Self> {
        PARTITIONS.iter().find(|partition| {
            // The pattern does not cover the pseudo region.
            region.as_str().strip_suffix("-global") == Some(partition.id)
                || partition.fits(region.as_str())
        })
    }

    /// The regions of the region's partition where the service exists; with `fips`, where it has a FIPS
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

    /// Whether the regions of the region's partition that have the service are known. Elsewhere
    /// [`Self::service_regions`] are all regions.
    pub fn lists_service(region: &Region) -> bool {
        Self::containing(region).id == "aws"
    }

    /// The region's partition; `aws` for a name that fits no pattern (the rule of `aws.partition`).
    pub(super) fn containing(region: &Region) -> &'static Self {
        Self::known_for(region).unwrap_or(&PARTITIONS[0])
    }

    /// `regionRegex`: `^(PREFIXES)\-\w+\-\d+$`.
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

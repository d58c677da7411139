"""Prints the access key ID of profile "audit" in IAM Identity Center, by way of the AWS CLI's cache."""

import os

from botocore.session import Session
from botocore.utils import JSONFileCache

session = Session(profile="audit")
provider = session.get_component("credential_provider").get_provider("sso")
provider.cache = JSONFileCache(os.path.expanduser("~/.aws/cli/cache"))
print(provider.load().get_frozen_credentials().access_key)

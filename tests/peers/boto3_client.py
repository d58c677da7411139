"""Reads the emulator with boto3: pages, filters and errors. Prints what it read as JSON."""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

portal, absent, throttled = sys.argv[1:]
client = boto3.client("workspaces-web", config=Config(retries={"total_max_attempts": 1}))


def pages(operation, **arguments):
    return list(client.get_paginator(operation).paginate(**arguments))


def portal_pages():
    # botocore has no paginator for this operation.
    page = client.list_portals()
    yield page
    while "nextToken" in page:
        page = client.list_portals(nextToken=page["nextToken"])
        yield page


def error(session):
    try:
        client.get_session(portalId=portal, sessionId=session)
    except ClientError as caught:
        return {
            # The class is the model's, so the error was read as the service's own.
            "class": type(caught).__name__,
            "status": caught.response["ResponseMetadata"]["HTTPStatusCode"],
            "message": caught.response["Error"]["Message"],
            "retryAfter": caught.response.get("retryAfterSeconds"),
        }
    return None


sessions = pages("list_sessions", portalId=portal)
one = client.get_session(portalId=portal, sessionId=sessions[0]["sessions"][0]["sessionId"])
print(json.dumps({
    "sessionPages": [[session["sessionId"] for session in page["sessions"]] for page in sessions],
    "byUser": [
        session["sessionId"]
        for page in pages("list_sessions", portalId=portal, username="user+3@example.com")
        for session in page["sessions"]
    ],
    "ascending": [
        session["sessionId"]
        for page in pages("list_sessions", portalId=portal, sortBy="StartTimeAscending")
        for session in page["sessions"]
    ],
    "portalPages": [
        [portal["displayName"] for portal in page["portals"]] for page in portal_pages()
    ],
    "created": next(portal_pages())["portals"][0]["creationDate"].timestamp(),
    "status": one["session"]["status"],
    "started": one["session"]["startTime"].timestamp(),
    "absent": error(absent),
    "throttled": error(throttled),
}))

"""Asks a service that fails for many sessions with boto3, 64 at a time.

IDs come on standard input; for each session that was told of, a line goes out: the
ID, a tab, the user's name. `cargo run --example faults` runs it and counts.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

client = boto3.client(
    "workspaces-web",
    config=Config(
        retries={"mode": sys.argv[1], "total_max_attempts": 3},
        connect_timeout=4,
        read_timeout=4,
        max_pool_connections=64,
    ),
)


def ask(session):
    try:
        reply = client.get_session(portalId=os.environ["WSB_PORTAL"], sessionId=session)
        return session, reply["session"].get("username", "")
    # Whatever a reply makes of the client is a session that is lost.
    except Exception as error:
        print(session, type(error).__name__, file=sys.stderr)
        return session, None


with ThreadPoolExecutor(64) as threads:
    for session, username in threads.map(ask, sys.stdin.read().split()):
        if username is not None:
            print(session, username, sep="\t")

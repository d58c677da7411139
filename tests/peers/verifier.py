"""A service that answers only what botocore would have signed the same way.

Every request's signature is computed anew by botocore's SigV4Auth, from the
request as it came and the credentials in this process's environment. An equal
one gets a session's document, any other a 403. The first line on standard
output is the address; each request is a line of JSON after it, so that a test
can send it again, unchanged or tampered with.
"""

import http.server
import json
import os
import re

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SERVICE = "workspaces-web"

AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 "
    r"Credential=(?P<key>[^/]+)/(?P<date>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request, "
    r"SignedHeaders=(?P<names>[^,]+), "
    r"Signature=(?P<signature>[0-9a-f]{64})"
)


def refusal(handler):
    """Why botocore would not have sent this request, or None."""
    headers = handler.headers
    token = os.environ.get("AWS_SESSION_TOKEN")
    found = AUTHORIZATION.fullmatch(headers.get("Authorization", ""))
    if found is None:
        return "no Authorization header of SigV4"
    if found["key"] != os.environ["AWS_ACCESS_KEY_ID"]:
        return "an unknown access key"
    if found["service"] != SERVICE:
        return "signed for " + found["service"]
    if headers.get("X-Amz-Security-Token") != token:
        return "another session token"

    signed = found["names"].split(";")
    needed = {"host", "x-amz-date"} | ({"x-amz-security-token"} if token else set())
    if not needed <= set(signed) or signed != sorted(signed):
        return "signed headers: " + found["names"]
    if not all(name in headers for name in signed):
        return "a signed header is missing"

    length = int(headers.get("Content-Length") or 0)
    request = AWSRequest(
        method=handler.command,
        url=f"http://{headers['Host']}{handler.path}",
        headers={name: headers[name] for name in signed},
        data=handler.rfile.read(length),
    )
    request.context["timestamp"] = headers["X-Amz-Date"]
    if not headers["X-Amz-Date"].startswith(found["date"]):
        return "the scope is of another day"
    signer = SigV4Auth(
        Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"], token),
        SERVICE,
        found["region"],
    )
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    if signature != found["signature"]:
        return "the signature is not that of\n" + canonical
    return None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        refused = refusal(self)
        print(
            json.dumps({
                "path": self.path,
                "headers": list(self.headers.items()),
                "refused": refused,
            }),
            flush=True,
        )
        if refused is None:
            status, reply = 200, {"session": {"sessionId": self.path.rsplit("/", 1)[1], "status": "Active"}}
        else:
            status, reply = 403, {"message": refused}
        body = json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if refused is not None:
            self.send_header("x-amzn-ErrorType", "InvalidSignatureException")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()

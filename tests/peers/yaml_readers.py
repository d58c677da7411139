"""YAML readers that are not ours: each has to read what `wsb -o yaml` writes as the document of
`wsb -o json`.

  yaml_readers.py data               prints a data file for `wsb local`, with hostile user names
  yaml_readers.py compare JSON YAML  compares the two outputs
"""

import json
import random
import re
import sys

import yaml
from ruamel.yaml import YAML

# What YAML 1.1, YAML 1.2 or one of their libraries reads as null, a boolean, a number or a time.
WORDS = """
    y n Y N yes no Yes No YES NO on off On Off ON OFF true false True False TRUE FALSE null Null NULL ~ = <<
    .inf -.inf +.inf .Inf .INF .nan .NaN .NAN inf nan 1_000 1,000 0o7 0x1f 0X1F 0b11 0x_ 007 08 1:30 190:20:30
    1:30.5 .5 5. -.5 +5 +_ -_ ._ 1e3 1E3 1e+3 1.e3 0.0 -0 123456789012345678901234567890 2026-11-24 2026-1-2
    2026-11-24T10:00:00Z 12:30:00 - -- --- ... ! & * | > ? : , # @ % ` ' " [ ] { } [] {} !!str a: :a a:b a#b
    192.0.2.1 ::1 2001:db8::1 11111111-1111-4111-8111-111111111111
""".split()
CHARACTERS = [
    *"ab yn019._-+~=<>:#?!&*|%@`'\"\\[]{},/\n\t\réñ山",
    "\x00", "\x07", "\x1b", "\x7f", "\x85", "\x9f", "\xa0", "\u061c", "\u200b", "\u200e", "\u2028", "\u2029",
    "\u202e", "\u2066", "\ufeff", "\ufffe", "\uffff", "\U0001f469", "\U000e0041", "\U0010ffff",
]  # fmt: skip
# What must not stand in a document unescaped: it is not printable (YAML 1.2, 5.1), or a terminal obeys it.
UNSAFE = re.compile("[^\n -~\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069\ufeff]")
# Plain words that the readers below take for text and others do not.
OTHER_TYPE = re.compile(r"[yYnN]|[-+]?[0-9]+([,_][0-9]+)+|[-+]?0o[0-7]+|=|[-+]?[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?")


def names():
    chance = random.Random(20261124)
    found = dict.fromkeys(WORDS)
    for alphabet in (CHARACTERS, "0123456789_.,:+-exoXTZ "):
        for _ in range(1800):
            found["".join(chance.choice(alphabet) for _ in range(chance.randint(1, 9)))] = None
    return list(found)


def data():
    sessions = [
        {
            "sessionId": f"aaaaaaaa-0000-4000-8000-{number:012}",
            "username": name,
            "status": "Active",
            "startTime": 1763906531 + number,
            "clientIpAddresses": [name],
        }
        for number, name in enumerate(names())
    ]
    portal = {"portalId": "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "sessions": sessions}
    print(json.dumps({"portals": [portal]}))


def compare(wanted, written):
    assert not UNSAFE.search(written), UNSAFE.search(written)
    readers = {
        "PyYAML": yaml.safe_load,
        "libyaml": lambda text: yaml.load(text, yaml.CSafeLoader),
        "ruamel.yaml, YAML 1.2": YAML(typ="safe", pure=True).load,
        "ruamel.yaml, YAML 1.1": lambda text: ruamel_1_1().load(text),
    }
    for name, read in readers.items():
        assert read(written) == wanted, name
    for event in yaml.parse(written):
        if isinstance(event, yaml.ScalarEvent) and event.style is None:
            assert not OTHER_TYPE.fullmatch(event.value), event.value
    print(len(wanted["sessions"]))


def ruamel_1_1():
    reader = YAML(typ="safe", pure=True)
    reader.version = "1.1"
    return reader


if sys.argv[1] == "data":
    data()
else:
    with open(sys.argv[2], encoding="utf-8") as wanted, open(sys.argv[3], encoding="utf-8", newline="") as written:
        compare(json.load(wanted), written.read())

"""Random expressions of every form, over random documents, with what jmespath.py makes of them.

Each line of the output is a JSON object: the form, the expression, the document, and either the result or
that there is none. Usage: queries.py SEED COUNT, where COUNT is the number of expressions of each form.
"""
import json
import random
import sys
import warnings

import jmespath

warnings.simplefilter("ignore")
NAMES = ["sessions", "session", "usage", "sessionId", "username", "status", "startTime", "endTime",
         "clientIpAddresses", "portalArn", "a", "b", "n", "list", "nested", "missing"]
TEXTS = ["", "a", "b", "Active", "Terminated", "alice", "Zoë", "山田", "👩‍💻", "192.0.2.1",
         "2026-11-23T20:27:48Z", "2026-11-24T01:30:00.250Z", "1", "10", "-3", " 7 ", "1_0", "1e3", "0x10", ".5", "5.",
         "it's", 'q"uote', "back`tick", "back\\slash", "tab\t", "\u2028", "\x7f", "A", "true", "null", "-0", "+1", "1__0"]
NUMBERS = [0, 1, -1, 2, 3, 10, 25, -7, 1.0, 0.5, -0.5, 2.25, 1e16, 1e-5, 1.5e300, 0.1, 2**53, 2**53 + 1,
           -(2**63), 2**63 - 1, 2**64 - 1, 1763906531.25, 9007199254740993, 123456789012345680.0, -0.0]


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def one_in(self, count):
        return self.random.randrange(count) == 0

    def pick(self, items):
        return self.random.choice(items)

    # Documents

    def number(self):
        if self.one_in(2):
            return self.random.randrange(-20, 30)
        return self.pick(NUMBERS)

    def scalar(self):
        return self.pick([lambda: self.pick(TEXTS), self.number, lambda: None, lambda: True, lambda: False])()

    def session(self):
        whole = {
            "sessionId": "%08x-0000-4000-8000-000000000000" % self.random.getrandbits(32),
            "status": self.pick(["Active", "Terminated"]),
            "username": self.pick(TEXTS),
            "clientIpAddresses": [self.pick(["192.0.2.1", "198.51.100.7", "2001:db8::1"])
                                  for _ in range(self.random.randrange(3))],
            "startTime": self.pick([1763906531, 1763906531.25, "2026-11-23T20:27:48Z", "2026-11-24T00:00:00Z"]),
            "endTime": self.pick([1763914571, "2026-11-24T01:30:00Z"]),
            "portalArn": "arn:aws:workspaces-web:eu-west-1:1:portal/p",
        }
        return {name: value for name, value in whole.items() if not self.one_in(5)}

    def usage(self):
        return {"portalId": self.pick(["p1", "p2"]), "activeSessions": self.random.randrange(30),
                "peakSessions": self.random.randrange(30), "utilization": self.pick([0.8, 1.0, 0.04, None])}

    def value(self, depth):
        if depth == 0 or self.one_in(3):
            return self.scalar()
        count = self.random.randrange(4)
        kind = self.random.randrange(5)
        if kind == 0:
            return [self.number() for _ in range(count)]
        if kind == 1:
            return [self.pick(TEXTS) for _ in range(count)]
        if kind == 2:
            return [self.value(depth - 1) for _ in range(count)]
        return {self.pick(NAMES): self.value(depth - 1) for _ in range(count)}

    def document(self):
        kind = self.random.randrange(4)
        if kind == 0:
            return {"sessions": [self.session() for _ in range(self.random.randrange(5))]}
        if kind == 1:
            return {"session": self.session(), "a": self.value(2)}
        if kind == 2:
            return {"usage": [self.usage() for _ in range(self.random.randrange(4))], "n": self.number(),
                    "list": [self.value(1) for _ in range(3)]}
        return {name: self.value(3) for name in NAMES if self.one_in(2)}

    # Expressions

    def use_names_of(self, document):
        """Makes most fields of the expressions those of this document."""
        self.top, self.names = list(document) or NAMES, []
        pending = [document]
        while pending:
            value = pending.pop()
            if isinstance(value, dict):
                self.names += value
                pending += value.values()
            elif isinstance(value, list):
                pending += value
        self.names = self.names or NAMES

    def field(self, names=None):
        name = self.pick(NAMES) if self.one_in(6) else self.pick(names or self.names)
        return json.dumps(name) if self.one_in(5) else name

    def root(self):
        return self.field(self.top)

    def raw_string(self):
        return "'%s'" % self.pick(TEXTS).replace("\\", "\\\\").replace("'", "\\'")

    def json_literal(self, value):
        return "`%s`" % json.dumps(value, ensure_ascii=self.one_in(2)).replace("`", "\\`")

    def literal(self):
        kind = self.random.randrange(4)
        if kind == 0:
            return self.raw_string()
        if kind == 1:
            return self.pick(["`Active`", "`2026-11-24`", "` a b`", "``", "`foo bar`", "`x\\`y`", "`-0`", "`007`"])
        return self.json_literal(self.value(self.random.randrange(2)))

    def index(self):
        return "[%d]" % self.random.randrange(-4, 5)

    def slice(self):
        def part(low, high):
            return "" if self.one_in(3) else str(self.random.randrange(low, high))
        start, stop, step = part(-6, 7), part(-6, 7), self.pick(["", "", "1", "2", "-1", "-2", "3", "-9223372036854775808"])
        return "[%s:%s%s]" % (start, stop, ":" + step if step or self.one_in(2) else "")

    def comparator(self):
        return self.pick(["==", "!=", "<", "<=", ">", ">="])

    def condition(self, depth):
        return self.pick([
            lambda: "%s%s%s" % (self.field(), self.comparator(), self.literal()),
            lambda: "%s %s %s" % (self.expression(depth - 1), self.comparator(), self.literal()),
            lambda: self.expression(depth - 1),
            lambda: "!" + self.field(),
            lambda: "%s && %s" % (self.field(), self.field()),
            lambda: "contains(%s, %s)" % (self.field(), self.literal()),
            lambda: "@ %s %s" % (self.comparator(), self.literal()),
        ])()

    def multi_list(self, depth):
        return "[%s]" % ", ".join(self.expression(depth - 1) for _ in range(self.random.randrange(1, 4)))

    def multi_hash(self, depth):
        return "{%s}" % ", ".join(
            "%s: %s" % (self.pick(["a", "b", '"c d"', "username", "status"]), self.expression(depth - 1))
            for _ in range(self.random.randrange(1, 4)))

    def bracketed(self, depth):
        return self.pick([
            self.index, self.slice, lambda: "[]", lambda: "[*]", lambda: "[?%s]" % self.condition(depth),
        ])()

    def suffix(self, depth):
        return self.pick([
            lambda: "." + self.field(), lambda: "." + self.field(), lambda: self.bracketed(depth), lambda: ".*",
            lambda: self.bracketed(depth), lambda: "." + self.multi_list(depth), lambda: "." + self.multi_hash(depth),
            lambda: " | " + self.expression(depth - 1), lambda: "." + self.call(depth),
        ])()

    def chain(self, depth):
        return self.root() + "".join(self.suffix(depth) for _ in range(self.random.randrange(4)))

    def expression(self, depth):
        if depth <= 0:
            return self.pick([self.field, self.field, lambda: "@", self.literal])()
        return self.pick([
            lambda: self.chain(depth), lambda: self.chain(depth), lambda: self.chain(depth), self.field, self.literal,
            lambda: "@", lambda: "(%s)" % self.expression(depth - 1), lambda: "!" + self.expression(depth - 1),
            lambda: "%s || %s" % (self.expression(depth - 1), self.expression(depth - 1)),
            lambda: "%s && %s" % (self.expression(depth - 1), self.expression(depth - 1)),
            lambda: "%s %s %s" % (self.expression(depth - 1), self.comparator(), self.expression(depth - 1)),
            lambda: self.multi_list(depth), lambda: self.multi_hash(depth), lambda: self.call(depth),
            lambda: self.bracketed(depth) + "".join(self.suffix(depth) for _ in range(self.random.randrange(3))),
            lambda: "*" + "".join(self.suffix(depth) for _ in range(self.random.randrange(3))),
        ])()

    # What a function takes: mostly the right type, and a literal never the wrong one, which is rejected before
    # there is a document, also where jmespath.py would never evaluate it.

    def dynamic(self, depth):
        """An expression that is no literal."""
        return self.pick([self.root, lambda: self.chain(depth), lambda: "(%s)" % self.chain(depth), lambda: "@",
                          lambda: "(%s || %s)" % (self.field(), self.literal())])()

    def typed(self, depth, literal):
        return self.json_literal(literal()) if self.one_in(2) else self.dynamic(depth)

    def argument(self, kind, depth):
        texts = lambda: [self.pick(TEXTS) for _ in range(self.random.randrange(4))]
        numbers = lambda: [self.number() for _ in range(self.random.randrange(5))]
        objects = lambda: {self.pick(NAMES): self.value(1) for _ in range(self.random.randrange(3))}
        array = lambda: [self.value(2) for _ in range(self.random.randrange(4))]
        literals = {
            "number": self.number, "string": lambda: self.pick(TEXTS), "array": array, "object": objects,
            "numbers": numbers, "strings": texts, "sortable": lambda: self.pick([texts, numbers])(),
            "array or string": lambda: self.pick([array, lambda: self.pick(TEXTS)])(),
            "sized": lambda: self.pick([array, objects, lambda: self.pick(TEXTS)])(),
            "any": lambda: self.value(2),
        }
        if kind == "expression":
            return "&" + self.pick([self.field, lambda: "@", lambda: self.chain(depth - 1),
                                    lambda: "length(to_string(@))", lambda: "to_number(%s)" % self.field()])()
        return self.typed(depth, literals[kind])

    FUNCTIONS = {
        "abs": ["number"], "avg": ["numbers"], "ceil": ["number"], "contains": ["array or string", "any"],
        "ends_with": ["string", "string"], "floor": ["number"], "join": ["string", "strings"], "keys": ["object"],
        "length": ["sized"], "map": ["expression", "array"], "max": ["sortable"], "max_by": ["array", "expression"],
        "merge": ["object", "object"], "min": ["sortable"], "min_by": ["array", "expression"],
        "not_null": ["any", "any"], "reverse": ["array or string"], "sort": ["sortable"],
        "sort_by": ["array", "expression"], "starts_with": ["string", "string"], "sum": ["numbers"],
        "to_array": ["any"], "to_number": ["any"], "to_string": ["any"], "type": ["any"], "values": ["object"],
    }

    def call(self, depth, name=None):
        name = name or self.pick(list(self.FUNCTIONS))
        if name == "contains" and self.one_in(2):
            return "contains(%s, %s)" % (self.argument("string", depth), self.raw_string())
        if name == "contains":
            return "contains(%s, %s)" % (self.argument("array", depth), self.argument("any", depth))
        if name == "to_number" and self.one_in(2):
            return "to_number(%s)" % self.raw_string()
        return "%s(%s)" % (name, ", ".join(self.argument(kind, depth) for kind in self.FUNCTIONS[name]))

    def wrong_call(self):
        """A call that always fails: the number of arguments, a name, a literal of a wrong type."""
        name = self.pick(list(self.FUNCTIONS))
        kinds = self.FUNCTIONS[name]
        wrong = {"number": "x", "string": 1, "array": "x", "object": [], "numbers": ["a"], "strings": [1],
                 "sortable": [None], "array or string": 5, "sized": 7}
        choice = self.random.randrange(3)
        if choice == 0:
            return "%sx(@)" % name
        if choice == 1 and kinds[0] in wrong:
            rest = [self.argument(kind, 1) for kind in kinds[1:]]
            return "%s(%s)" % (name, ", ".join([self.json_literal(wrong[kinds[0]])] + rest))
        count = self.pick([0] + [len(kinds) + 1] * (name not in ("merge", "not_null")))
        return "%s(%s)" % (name, ", ".join(["@"] * count))

    def soup(self):
        words = ["a", "b", "sessions", '"a"', "[", "]", "[]", "[*]", "[?", ")", "{", "}", ":", ",", ".", "*", "@",
                 "|", "||", "&&", "!", "==", "<", ">=", "-1", "0", "2", "'x'", "`1`", "`x`", " ", "a:", "a.b", "[0]",
                 "[1:]", "=", "-", "#", "é", "`", "'", '"']
        return "".join(self.pick(words) for _ in range(self.random.randrange(1, 9)))

    def forms(self):
        forms = {
            "field": lambda: self.pick([self.root(), json.dumps(self.pick(NAMES + TEXTS)), "@"]),
            "subexpression": lambda: ".".join([self.root()] + [self.field() for _ in range(self.random.randrange(1, 4))]),
            "index": lambda: self.root() + "".join(self.index() for _ in range(self.random.randrange(1, 3))),
            "slice": lambda: self.root() + self.slice() + self.pick(["", "", self.suffix(1), self.slice()]),
            "list projection": lambda: self.root() + "[*]" + self.suffix(2) + self.pick(["", self.suffix(1)]),
            "flatten": lambda: self.root() + "[]" + self.suffix(2) + self.pick(["", "[]", self.suffix(1)]),
            "value projection": lambda: self.pick(["", self.root() + "."]) + "*" + self.suffix(2),
            "filter": lambda: "%s[?%s]%s" % (self.root(), self.condition(2), self.pick(["", self.suffix(2)])),
            "multi-select list": lambda: self.pick(["", self.root() + ".", self.root() + "[]."]) + self.multi_list(2),
            "multi-select hash": lambda: self.pick(["", self.root() + ".", self.root() + "[]."]) + self.multi_hash(2),
            "after a multi-select": lambda: self.root() + self.pick(["[]", "[*]", "", self.slice()]) + "."
            + self.pick([self.multi_hash(2), self.multi_list(2)]) + self.suffix(2),
            "pipe": lambda: " | ".join(self.expression(2) for _ in range(self.random.randrange(2, 4))),
            "or and and": lambda: self.pick([" || ", " && "]).join(self.expression(1) for _ in range(3)),
            "not": lambda: "!" + self.expression(2),
            "comparison": lambda: "%s %s %s" % (self.expression(1), self.comparator(), self.expression(1)),
            "literal comparison": lambda: "%s %s %s" % (self.literal(), self.comparator(), self.literal()),
            "literal": self.literal,
            "parentheses": lambda: "(%s)%s" % (self.expression(2), self.suffix(2)),
            "anything": lambda: self.expression(3),
            "wrong call": self.wrong_call,
            "soup": self.soup,
        }
        for name in self.FUNCTIONS:
            forms[name + "()"] = lambda name=name: self.call(2, name)
        return forms


def is_json(value):
    """Whether a value can be written as JSON whose numbers have 64 bits, without a loss."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return True
    if isinstance(value, int):
        return -(2**63) <= value < 2**64 or abs(value) < 2**1024 and int(float(value)) == value
    if isinstance(value, float):
        return value - value == 0
    if isinstance(value, list):
        return all(map(is_json, value))
    if isinstance(value, dict):
        return all(isinstance(name, str) and is_json(item) for name, item in value.items())
    return False


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    generator = Generator(seed)
    for form, expression in generator.forms().items():
        for _ in range(count):
            document = generator.document()
            generator.use_names_of(document)
            case = {"form": form, "expression": expression(), "document": document}
            try:
                result = jmespath.search(case["expression"], case["document"])
            except Exception as error:
                case["error"] = type(error).__name__
            else:
                if is_json(result):
                    case["result"] = result
                else:
                    case["error"] = "no JSON"
            print(json.dumps(case))


if __name__ == "__main__":
    main()

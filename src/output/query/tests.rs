//! Cases in which jmespath.py and other implementations differ. The results are jmespath.py's; the
//! tests of the peers compare the two with random expressions.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::Query;

fn apply(text: &str, document: &Value) -> Result<Value, String> {
    let query = Query::compile(text).map_err(|error| error.to_string())?;
    query.apply(document).map(|result| result.value)
}

#[track_caller]
fn check(document: &Value, cases: &[(&str, Value)]) {
    for (text, expected) in cases {
        let result = apply(text, document).unwrap_or_else(|error| panic!("{text}: {error}"));
        // As text, in which 1 and 1.0 differ, and the order of members counts.
        assert_eq!(result.to_string(), expected.to_string(), "{text}");
    }
}

#[test]
fn what_follows_a_multi_select_in_a_projection_applies_to_its_result() {
    let document = json!({"s": [{"u": "a", "t": 1}, {"u": "b", "t": 2}, {"t": 3}]});
    check(
        &document,
        &[
            ("s[].{u: u, t: t}[?t==`2`]", json!([{"u": "b", "t": 2}])),
            ("s[].{u: u}[0]", json!({"u": "a"})),
            ("s[].{u: u}[-1].u", json!(null)),
            ("s[].{u: u}[:1]", json!([{"u": "a"}])),
            ("s[].{u: u}[*].u", json!(["a", "b"])),
            ("s[].{u: u}.u", json!(null)),
            ("s[*].[u, t][]", json!(["a", 1, "b", 2, 3])),
            ("s[].[t][0]", json!([1])),
            ("s[?t > `1`].{u: u} | [0].u", json!("b")),
            // A slice behind an index is no projection.
            ("[s][0][:2].u", json!(null)),
            ("s[:2].u", json!(["a", "b"])),
            ("s[0][:2]", json!(null)),
        ],
    );
}

#[test]
fn texts_are_ordered_by_code_points_and_other_types_have_no_order() {
    let document =
        json!({"t": "2026-11-24", "n": 5, "l": ["b", "é", "a", "Z", "\u{1f600}", "\u{ffff}"]});
    check(
        &document,
        &[
            ("t >= '2026-11-23'", json!(true)),
            ("t < `2026-11-23`", json!(false)),
            ("missing > 'a'", json!(null)),
            ("t > `null`", json!(null)),
            ("l > l", json!(null)),
            (
                "sort(l)",
                json!(["Z", "a", "b", "é", "\u{ffff}", "\u{1f600}"]),
            ),
            ("max(l)", json!("\u{1f600}")),
        ],
    );
    for text in [
        "t > n",
        "n <= '5'",
        "sort_by([{a: t}, {a: n}], &a)",
        "max_by([{a: t}, {a: n}], &a)",
    ] {
        assert!(apply(text, &document).is_err(), "{text}");
    }
}

#[test]
fn integers_stay_integers_and_lose_no_digit() {
    let document = json!({"i": [1, 2], "f": [1, 2.5], "e": [], "max": u64::MAX, "min": i64::MIN});
    check(
        &document,
        &[
            ("sum(i)", json!(3)),
            ("sum(f)", json!(3.5)),
            ("sum(e)", json!(0)),
            ("avg(i)", json!(1.5)),
            ("avg([`2`, `4`])", json!(3.0)),
            ("avg(e)", json!(null)),
            ("max(e)", json!(null)),
            ("abs(`-3`)", json!(3)),
            ("abs(`-3.5`)", json!(3.5)),
            ("abs(min)", json!(9_223_372_036_854_775_808_u64)),
            ("ceil(`1.2`)", json!(2)),
            ("floor(`-1.2`)", json!(-2)),
            ("floor(`7`)", json!(7)),
            ("ceil(`-0.5`)", json!(0)),
            (
                "floor(`18446744073709549568.0`)",
                json!(18_446_744_073_709_549_568_u64),
            ),
            ("sum([max, min])", json!(9_223_372_036_854_775_807_i64)),
            ("max", json!(u64::MAX)),
            ("`9007199254740993` == `9007199254740992.0`", json!(false)),
            ("`1` == `1.0`", json!(true)),
            ("`-0`", json!(0)),
            ("to_number('18446744073709551615')", json!(u64::MAX)),
        ],
    );
    for text in [
        "sum([max, `1`, `1`])",
        "to_number('18446744073709551617')",
        "to_number('1e999')",
        "ceil(`18446744073709551616.0`)",
        "floor(`-1e300`)",
    ] {
        let error = apply(text, &document).unwrap_err().to_string();
        assert!(error.contains("too large"), "{text}: {error}");
    }
    for name in ["nan", "-NaN", "inf", " +Infinity "] {
        let error = apply(&format!("to_number('{name}')"), &document);
        let error = error.unwrap_err().to_string();
        assert!(error.contains("no number of JSON"), "{name}: {error}");
    }
}

#[test]
fn equality_and_truth_are_those_of_jmespath_py() {
    check(
        &json!({"z": 0, "o": 1, "t": true, "e": "", "l": [], "m": {"a": 1, "b": 2}}),
        &[
            ("o == t", json!(false)),
            ("z == `false`", json!(false)),
            ("[o] == [t]", json!(true)),
            ("contains(`[true]`, o)", json!(true)),
            ("m == `{\"b\": 2, \"a\": 1.0}`", json!(true)),
            ("!z", json!(false)),
            ("!e", json!(true)),
            ("z && 'x'", json!("x")),
            ("l || e || z", json!(0)),
            ("!m.a", json!(null)),
        ],
    );
}

#[test]
fn functions_do_what_jmespath_py_does() {
    check(
        &json!({"n": null, "u": "Zoë👩‍💻", "f": 1e16, "p": 1e-5, "s": [{"k": 2}, {"k": 1, "x": 0}, {"k": 1}]}),
        &[
            ("length(u)", json!(6)),
            ("reverse('añb')", json!("bña")),
            (
                "to_string([u, f, p, `1`, `1.0`, `{\"a\": null}`])",
                json!(
                    "[\"Zo\\u00eb\\ud83d\\udc69\\u200d\\ud83d\\udcbb\",1e+16,1e-05,1,1.0,{\"a\":null}]"
                ),
            ),
            ("to_string('é')", json!("é")),
            ("to_number(' 1_0 ')", json!(10)),
            ("to_number('1_0.5e1')", json!(105.0)),
            ("to_number('1__0')", json!(null)),
            ("to_number('0x10')", json!(null)),
            ("to_number(`true`)", json!(null)),
            ("sort_by(s, &k)[].x", json!([0])),
            ("max_by(s, &k).k", json!(2)),
            ("min_by(s, &k)", json!({"k": 1, "x": 0})),
            ("map(&x, s)", json!([null, 0, null])),
            ("keys({b: u, a: f})", json!(["b", "a"])),
            ("values(`{\"b\": 1, \"a\": 2}`)", json!([1, 2])),
            ("merge({b: p, a: p}, {b: n})", json!({"b": null, "a": 1e-5})),
            ("not_null(n, `false`, u)", json!(false)),
            ("join(', ', ['a', 'b'])", json!("a, b")),
            ("contains('abc', 'b')", json!(true)),
            ("to_array(n)", json!([null])),
            ("type(f)", json!("number")),
            ("type(to_array(f))", json!("array")),
            // Commas between arguments may be missing.
            ("contains('abc' 'b')", json!(true)),
        ],
    );
    let document = json!({"t": "x", "l": [1, "x"]});
    for text in [
        "abs(t)",
        "sum(l)",
        "join(t, l)",
        "sort(l)",
        "max([t, `1`])",
        "keys(l)",
        "length(`1` || t)",
        "contains(t, l)",
        "starts_with(t, l)",
        "merge({a: t}, l)",
        "sort_by(l, &@)",
        "map(&@, t)",
    ] {
        let error = apply(text, &document).unwrap_err();
        assert!(error.contains("()"), "{text}: {error}");
    }
}

#[test]
fn slices_are_pythons() {
    check(
        &json!([0, 1, 2, 3]),
        &[
            ("[::2]", json!([0, 2])),
            ("[::-1]", json!([3, 2, 1, 0])),
            ("[-2:]", json!([2, 3])),
            ("[10:-10:-2]", json!([3, 1])),
            ("[1::9223372036854775807]", json!([1])),
            ("[3:0:-99999999999999999999]", json!([3])),
            ("[99999999999999999999]", json!(null)),
            ("[-4]", json!(0)),
            ("[-5]", json!(null)),
        ],
    );
}

#[test]
fn a_literal_is_json_or_a_string_as_in_the_aws_cli() {
    let document = json!({"a": "Active", "b": "x`y", "n": 1});
    check(
        &document,
        &[
            ("a == `Active`", json!(true)),
            ("a == `\"Active\"`", json!(true)),
            ("a == `  Active`", json!(true)),
            ("`a b `", json!("a b ")),
            ("b == `x\\`y`", json!(true)),
            ("``", json!("")),
            ("`007`", json!("007")),
            ("join(`,`, [a, a])", json!("Active,Active")),
            (
                "[`1`, `true`, `null`, `[1]`, `{\"k\": 1}`]",
                json!([1, true, null, [1], {"k": 1}]),
            ),
            ("'`a`' || \"`b`\"", json!("`a`")),
            ("'it\\'s \\n `a`'", json!("it's \\n `a`")),
            ("`\\u0041`", json!("A")),
            ("\"\\u006e\"", json!(1)),
        ],
    );
    // What Python reads as another value is never taken for a string.
    for text in [
        "`1e400`",
        "`[NaN]`",
        "`-Infinity`",
        "`123456789012345678901`",
        "`\"\\ud800\"`",
    ] {
        assert!(Query::compile(text).is_err(), "{text}");
    }
    let deep = format!("`{}{}`", "[".repeat(200), "]".repeat(200));
    assert!(Query::compile(&deep).is_err());
}

#[test]
fn what_would_always_fail_is_rejected_before_there_is_a_document() {
    for (text, reason) in [
        ("", "empty"),
        ("  ", "empty"),
        (
            "lenght(a)",
            "unknown function lenght(); did you mean length()? (at character 1)",
        ),
        ("a.b(c)", "unknown function b()"),
        ("length()", "takes 1 argument, not 0"),
        ("starts_with(a)", "takes 2 arguments, not 1"),
        ("not_null()", "takes at least 1 argument, not 0"),
        (
            "[abs('x')]",
            "abs() takes a number, not a string (at character 2)",
        ),
        ("sum(`[\"a\"]`)", "not an array with a string"),
        ("a[?contains('b', `5`)]", "contains()"),
        ("sort_by(a, b)", "has to be an expression (&)"),
        ("length(&a)", "takes no expression (&)"),
        (
            "[&a]",
            "can only be an argument of map, max_by, min_by, sort_by (at character 2)",
        ),
        ("[::0]", "the step of a slice is 0"),
        ("session.[", "the expression is incomplete"),
        ("a b", "unexpected 'b' (at character 3)"),
        ("a = b", "equality is '=='"),
        ("`é` == `Active` ++", "unexpected '+' (at character 17)"),
        ("'a", "' is not closed"),
        ("`a\"b`", "the literal is not JSON"),
        ("\"a\"(b)", "a function's name is not quoted"),
        ("@(b)", "a function has no name"),
        ("a[?b", "incomplete"),
        ("{a: b,}", "unexpected '}'"),
    ] {
        let error = Query::compile(text).err().map(|error| error.to_string());
        assert!(
            error.as_ref().is_some_and(|error| error.contains(reason)),
            "{text}: {error:?}"
        );
    }
}

/// In a debug build, frames are large, and a test's thread has less stack than the program's.
#[test]
fn the_deepest_expression_of_every_form_fits_the_stack() {
    std::thread::Builder::new()
        .stack_size(8 << 20)
        .spawn(apply_the_deepest_of_every_form)
        .unwrap()
        .join()
        .unwrap();
}

fn apply_the_deepest_of_every_form() {
    let document = json!({"a": [{"a": 1}]});
    for (before, middle, after) in [
        ("[", "a", "]"),
        ("{a:", "a", "}"),
        ("(", "a", ")"),
        ("!", "a", ""),
        ("", "a", ".a"),
        ("", "a", "|a"),
        ("", "a", "==a"),
        ("", "a", "[*]"),
        ("", "a", "[]"),
        ("", "a", "[0]"),
        ("", "a", "[?a]"),
        ("", "a", ".*"),
        ("[?", "a", "]"),
        ("not_null(", "a", ")"),
        ("to_array(", "a", ")"),
        ("map(&", "a", ",@)"),
        ("map(&[[@]],", "[a]", ")"),
        ("a.[", "a", "]"),
        ("", "a", "|[@]"),
    ] {
        let nested = |count| format!("{}{middle}{}", before.repeat(count), after.repeat(count));
        let deepest = (1..300)
            .rev()
            .find(|count| Query::compile(&nested(*count)).is_ok());
        let result = apply(&nested(deepest.unwrap()), &document);
        // What counts is that there is one, or an error.
        drop(result.map(|value| value.to_string()));
        assert!(Query::compile(&nested(100_000)).is_err(), "{before}{after}");
    }
    // A filter of many alternatives is not deep.
    let many = vec!["a == 'x'"; 10_000].join(" || ");
    assert_eq!(apply(&many, &document), Ok(json!(false)));
}

#[test]
fn only_what_is_created_counts_as_a_part_of_the_result() {
    let document = json!({"s": vec![json!({"u": "x"}); 1500]});
    let alternatives = vec!["u == 'user'"; 150].join(" || ");
    assert_eq!(
        apply(&format!("length(s[?{alternatives}])"), &document),
        Ok(json!(0))
    );
}

#[test]
fn a_result_that_grows_with_every_step_is_refused() {
    let document = json!({"a": "x".repeat(100)});
    for text in [
        format!("@{}", " | [@, @]".repeat(60)),
        format!("a{}", " | join(@, [@, @, @])".repeat(60)),
        format!("a | [@]{}", " | to_string([@, @])".repeat(60)),
        format!("[a]{}", " | map(&[@, @], @)[]".repeat(40)),
        format!(
            "{}to_array(@){}",
            "map(&length(".repeat(40),
            "), `[1,2,3,4,5,6,7,8,9,10]`)".repeat(40)
        ),
        format!(
            "`[1,2,3,4,5,6,7,8,9,10]`{}",
            ".[`[1,2,3,4,5,6,7,8,9,10]`[*]]".repeat(40)
        ),
        format!(
            "{}@{}",
            "`[1,2,3,4,5,6,7,8,9,10]`[?".repeat(40),
            " == `0`]".repeat(40)
        ),
    ] {
        match apply(&text, &document) {
            Ok(result) => assert!(result.to_string().len() < 1 << 20, "{text}"),
            Err(error) => assert!(error.contains("too large"), "{text}: {error}"),
        }
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".*") {
        let _ = apply(&text, &json!({"a": [1, "x", null]}));
    }

    #[test]
    fn no_expression_makes_it_panic(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "a", "[", "]", "[]", "[*]", "[?", "(", ")", "{", "}", ":", ",", ".", "*", "@",
                "|", "||", "&&", "&", "!", "==", "<", "-1", "2147483647", "'x'", "`1e308`",
                "`é`", "`", "\\",
                "\"b\"", "map(", "sort_by(", "to_string(", "length(", "reverse(", "sum(",
            ]),
            0..30,
        )
    ) {
        let text: String = words.concat();
        let _ = apply(&text, &json!({"a": [1, "x", null, {"b": 1e308}], "b": "é"}));
    }
}

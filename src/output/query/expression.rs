//! JMESPath expressions that are safe to apply.
//!
//! The interpreter is recursive and trusts its expressions. A person may paste one from anywhere:
//! one that would overflow the stack, or the interpreter's own arithmetic, is refused or made
//! harmless here, before it meets a document.

use jmespath::ast::Ast;
use jmespath::{DEFAULT_RUNTIME, Expression};
use serde::de::IgnoredAny;

/// The deepest nesting that is parsed. A level takes up to 1.3 KiB of stack (10 KiB in a debug
/// build), and the smallest stack that the program is given is the 1 MiB of Windows.
const MAX_NESTING: usize = 300;

/// The functions that take an expression (`&name`), from "Built-in Functions" of the JMESPath
/// specification.
const TAKE_EXPRESSIONS: [&str; 4] = ["map", "max_by", "min_by", "sort_by"];

/// The longest step of a slice. A reply has nowhere near so many items, and the interpreter can
/// still add it to a place.
const MAX_STEP: i32 = 1 << 30;

/// Compiles an expression.
///
/// # Errors
/// Why there is none, in words that follow "--query".
pub(super) fn compile(text: &str) -> Result<Expression<'static>, String> {
    if nesting(text) > MAX_NESTING {
        return Err(format!(
            "is nested or chained more than {MAX_NESTING} levels deep"
        ));
    }
    let literals = QuotedLiterals::new(text);
    let mut ast = jmespath::parse(&literals.text).map_err(|error| {
        format!(
            "is not a JMESPath expression: {} at character {}",
            error.reason,
            literals.character(error.offset)
        )
    })?;
    make_safe(&mut ast).map_err(|offset| {
        format!(
            "has an expression (&) at character {} that is no argument of {}",
            literals.character(offset),
            TAKE_EXPRESSIONS.join(", ")
        )
    })?;
    Ok(Expression::new(literals.text, ast, &DEFAULT_RUNTIME))
}

/// An expression whose literals are all JSON.
///
/// `` `Active` `` is none, but stands for the string "Active": the AWS CLI takes it so, and its
/// documentation is full of such literals. Source: `_consume_literal` in jmespath.py's `lexer.py`.
struct QuotedLiterals<'a> {
    given: &'a str,
    text: String,
    /// The bytes in `text` where a quotation mark was added.
    added: Vec<usize>,
}

impl<'a> QuotedLiterals<'a> {
    fn new(given: &'a str) -> Self {
        let (mut text, mut added) = (String::with_capacity(given.len()), Vec::new());
        let mut rest = given;
        while let Some((at, mark)) = rest
            .char_indices()
            .find(|(_, character)| matches!(character, '\'' | '"' | '`'))
        {
            let (before, opened) = rest.split_at(at + 1);
            let mut characters = opened.chars();
            skip_quoted(&mut characters, mark);
            rest = characters.as_str();
            let quoted = &opened[..opened.len() - rest.len()];
            text.push_str(before);
            match quoted.strip_suffix('`') {
                Some(literal) if mark == '`' && is_bare_string(literal) => {
                    // Blanks at its start do not count, and JSON takes them before the mark.
                    let string = literal.trim_start_matches(BLANKS);
                    text.push_str(&literal[..literal.len() - string.len()]);
                    for part in [string, "`"] {
                        added.push(text.len());
                        text.push('"');
                        text.push_str(part);
                    }
                }
                _ => text.push_str(quoted),
            }
        }
        text.push_str(rest);
        Self { given, text, added }
    }

    /// The place in the given expression, in characters of its line, of a byte of the text.
    fn character(&self, offset: usize) -> usize {
        let added = self.added.iter().filter(|at| **at < offset).count();
        let before = self.given.get(..offset - added).unwrap_or(self.given);
        before.chars().rev().take_while(|c| *c != '\n').count()
    }
}

/// What JSON takes for blank.
const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

/// Whether the text between two backticks is no JSON, but would be one in quotation marks.
fn is_bare_string(literal: &str) -> bool {
    let is_json = |text: &str| serde_json::from_str::<IgnoredAny>(text).is_ok();
    let text = literal.replace("\\`", "`");
    !is_json(&text) && is_json(&format!("\"{}\"", text.trim_start_matches(BLANKS)))
}

/// The most levels that the expression's tree can have: brackets count, and so does every operator
/// since the last comma of the same brackets, for `a.b.c` is a tree of three levels.
fn nesting(text: &str) -> usize {
    /// Since an opening bracket.
    #[derive(Clone, Copy, Default)]
    struct Level {
        at_start: usize,
        now: usize,
        most: usize,
    }
    let (mut level, mut outer) = (Level::default(), Vec::new());
    let mut deepest = 0;
    let mut characters = text.chars();
    let mut half = None;
    while let Some(character) = characters.next() {
        let is_second_half = half.take() == Some(character);
        match character {
            '\'' | '"' | '`' => skip_quoted(&mut characters, character),
            '(' | '[' | '{' => {
                outer.push(level);
                let inside = level.now + 1;
                level = Level {
                    at_start: inside,
                    now: inside,
                    most: inside,
                };
            }
            ')' | ']' | '}' => {
                let most = level.most.max(level.now);
                level = outer.pop().unwrap_or_default();
                level.now = most;
            }
            ',' => {
                level.most = level.most.max(level.now);
                level.now = level.at_start;
            }
            // `==`, `||` and `&&` are one operator each.
            '=' | '|' | '&' if is_second_half => {}
            '.' | '!' | '<' | '>' | '=' | '|' | '&' | '*' | ':' => {
                level.now += 1;
                half = Some(character);
            }
            _ => {}
        }
        deepest = deepest.max(level.now);
    }
    deepest
}

/// Goes on behind the closing quotation mark, as the interpreter's lexer does.
fn skip_quoted(characters: &mut std::str::Chars<'_>, mark: char) {
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                characters.next();
            }
            other if other == mark => return,
            _ => {}
        }
    }
}

/// Shortens steps that would overflow, and refuses an expression for a value by its place.
///
/// An expression is no value in JMESPath ("function arguments only"), but the interpreter takes it
/// for one, and `{f: &map(f, [@])} | map(f, [@])` calls itself for ever.
fn make_safe(ast: &mut Ast) -> Result<(), usize> {
    match ast {
        Ast::Expref { offset, .. } => Err(*offset),
        Ast::Slice { step, .. } => {
            *step = (*step).clamp(-MAX_STEP, MAX_STEP);
            Ok(())
        }
        Ast::Identity { .. } | Ast::Field { .. } | Ast::Index { .. } | Ast::Literal { .. } => {
            Ok(())
        }
        Ast::Function { name, args, .. } => {
            let takes_expressions = TAKE_EXPRESSIONS.contains(&name.as_str());
            args.iter_mut().try_for_each(|argument| match argument {
                Ast::Expref { ast, .. } if takes_expressions => make_safe(ast),
                other => make_safe(other),
            })
        }
        Ast::MultiList { elements, .. } => elements.iter_mut().try_for_each(make_safe),
        Ast::MultiHash { elements, .. } => elements
            .iter_mut()
            .try_for_each(|pair| make_safe(&mut pair.value)),
        Ast::Flatten { node, .. } | Ast::Not { node, .. } | Ast::ObjectValues { node, .. } => {
            make_safe(node)
        }
        Ast::Condition {
            predicate, then, ..
        } => {
            make_safe(predicate)?;
            make_safe(then)
        }
        Ast::Comparison { lhs, rhs, .. }
        | Ast::Projection { lhs, rhs, .. }
        | Ast::And { lhs, rhs, .. }
        | Ast::Or { lhs, rhs, .. }
        | Ast::Subexpr { lhs, rhs, .. } => {
            make_safe(lhs)?;
            make_safe(rhs)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn apply(text: &str, document: &Value) -> Result<Value, String> {
        let found = compile(text)?
            .search(document)
            .map_err(|error| error.reason.to_string())?;
        Ok(serde_json::to_value(&*found).unwrap())
    }

    #[test]
    fn nesting_counts_brackets_and_chains_but_not_what_stands_side_by_side() {
        for (text, levels) in [
            ("", 0),
            ("a", 0),
            ("a.b.c", 2),
            ("[a, b, c.d]", 2),
            ("[[a], b[0]]", 2),
            ("a == b || c && d", 3),
            ("!!a", 2),
            ("'[[[' | `[[\"``]`", 1),
            ("a[?b == 'x'].c", 3),
            ("map(&a, b)", 2),
            ("[(", 2),
            ("]]]", 0),
        ] {
            assert_eq!(nesting(text), levels, "{text}");
        }
    }

    /// A debug build's frames are large, and a test's thread has less stack than the program's.
    #[test]
    fn the_deepest_expression_that_is_taken_fits_the_stack_in_every_form() {
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
            ("", "a", "||a"),
            ("", "a", "&&a"),
            ("", "a", "==a"),
            ("", "a", "[*]"),
            ("", "a", "[]"),
            ("", "a", "[0]"),
            ("", "a", "[?a]"),
            ("", "a", ".*"),
            ("[?", "a", "]"),
            ("not_null(", "a", ")"),
            ("map(&", "a", ",@)"),
            ("a.[", "a", "]"),
        ] {
            let nested = |count| format!("{}{middle}{}", before.repeat(count), after.repeat(count));
            let per_level = nesting(&nested(2)) - nesting(&nested(1));
            let most = (MAX_NESTING - nesting(&nested(1))) / per_level;
            let taken = nested(most);
            // An error of the document's kinds is one, too; the stack is what counts.
            let _ = apply(&taken, &document);
            jmespath::parse(&taken).unwrap();
            assert!(
                apply(&nested(100_000), &document).is_err(),
                "{before}{after}"
            );
        }
    }

    #[test]
    fn a_literal_that_is_no_json_is_a_string_as_in_the_aws_cli() {
        let document = json!({"a": "Active", "b": "x`y", "n": 1});
        for (text, found) in [
            ("a == `Active`", json!(true)),
            ("a == `\"Active\"`", json!(true)),
            ("a == `  Active`", json!(true)),
            ("`a b `", json!("a b ")),
            ("b == `x\\`y`", json!(true)),
            ("``", json!("")),
            ("join(`,`, [a, a])", json!("Active,Active")),
            ("starts_with(c || `\"\"`, `hun`)", json!(false)),
            (
                "[`1`, `true`, `null`, `[1]`, `{\"k\": 1}`]",
                json!([1, true, null, [1], {"k": 1}]),
            ),
            // Within other quotation marks a backtick is a character.
            ("'`a`' || \"`b`\"", json!("`a`")),
            ("'it\\'s `a`'", json!("it's `a`")),
            ("`\\u0041`", json!("A")),
        ] {
            assert_eq!(apply(text, &document), Ok(found), "{text}");
        }
        for (text, reason) in [
            ("a == `a\"b`", "literal"),
            ("`abc", "Unclosed"),
            ("`abc\\`", "Unclosed"),
            ("`é` == `Active` ++", "at character 16"),
            ("[`a`, &b]", "at character 6"),
        ] {
            let error = apply(text, &document).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn a_long_step_is_a_step_past_the_end() {
        let list = json!([0, 1, 2, 3]);
        for (text, found) in [
            ("[1::2147483647]", json!([1])),
            ("[3:0:-2147483647]", json!([3])),
            ("[::2]", json!([0, 2])),
        ] {
            assert_eq!(apply(text, &list), Ok(found), "{text}");
        }
    }

    #[test]
    fn an_expression_is_an_argument_and_no_value() {
        let list = json!([{"a": 2}, {"a": 1}]);
        assert_eq!(apply("sort_by(@, &a)[*].a | [0]", &list), Ok(json!(1)));
        for text in [
            "&a",
            "[&a]",
            "{f: &map(f, [@])} | map(f, [@])",
            "not_null(&a)",
            "map(&[&a], @)",
        ] {
            assert!(apply(text, &list).unwrap_err().contains("(&)"), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_fail(text in ".*") {
            let _ = apply(&text, &json!({"a": [1, "x", null]}));
        }

        #[test]
        fn no_expression_makes_it_fail(
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
}

//! Parses an expression as `parser.py` of jmespath.py does, by operator precedence.
//!
//! The binding powers and the decisions are those of jmespath.py, also where they differ from the
//! grammar: a comma between two arguments may be missing, and `a[0][:2]` is no projection.

mod brackets;

use super::ast::{Expression, Filter, Function};
use super::functions;
use super::lexer::{Positioned, SyntaxError, Token, tokenize};
use super::token::{binding_power, comparator, describe};

/// The deepest nesting that is parsed, which bounds the recursion here and in the evaluation, and
/// the depth of a result. The smallest stack that the program is given is the 1 MiB of Windows.
const MAX_HEIGHT: usize = 300;

/// Tokens with less binding power end a projection.
const PROJECTION_STOP: u8 = 10;

/// Parses an expression.
///
/// # Errors
/// Why the text is not an expression, or why its evaluation would always fail.
pub(super) fn parse(text: &str) -> Result<Expression, SyntaxError> {
    let mut parser = Parser {
        tokens: tokenize(text)?,
        next: 0,
        depth: 0,
    };
    let tree = parser.expression(0)?;
    match parser.peek() {
        Token::End => Ok(tree.expression),
        _ => Err(parser.unexpected()),
    }
}

struct Parser {
    tokens: Vec<Positioned>,
    next: usize,
    depth: usize,
}

/// An expression and how deep its tree is.
struct Tree {
    expression: Expression,
    height: usize,
}

/// The functions that are never inlined keep the frames of the recursion small.
type Parsed = Result<Tree, SyntaxError>;

impl Parser {
    fn at(&self, index: usize) -> &Positioned {
        &self.tokens[index.min(self.tokens.len() - 1)]
    }

    fn peek(&self) -> &Token {
        &self.at(self.next).token
    }

    fn peek_second(&self) -> &Token {
        &self.at(self.next + 1).token
    }

    fn advance(&mut self) -> Token {
        let token = self.peek().clone();
        self.next += 1;
        token
    }

    /// Takes the next token if it is this one.
    fn take(&mut self, expected: &Token) -> bool {
        let is_next = self.peek() == expected;
        self.next += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, expected: &Token) -> Result<(), SyntaxError> {
        if self.take(expected) {
            return Ok(());
        }
        Err(self.unexpected())
    }

    fn error(&self, index: usize, reason: impl Into<String>) -> SyntaxError {
        SyntaxError {
            reason: reason.into(),
            position: Some(self.at(index).position),
        }
    }

    fn unexpected(&self) -> SyntaxError {
        match self.peek() {
            Token::End => SyntaxError {
                reason: "the expression is incomplete".to_owned(),
                position: None,
            },
            token => self.error(self.next, format!("unexpected {}", describe(token))),
        }
    }

    /// A node of the tree over parts of this height.
    fn node(&self, expression: Expression, height: usize) -> Parsed {
        let height = height + 1;
        if height > MAX_HEIGHT {
            return Err(too_deep());
        }
        Ok(Tree { expression, height })
    }

    fn leaf(expression: Expression) -> Parsed {
        Ok(Tree {
            expression,
            height: 0,
        })
    }

    fn expression(&mut self, power: u8) -> Parsed {
        self.depth += 1;
        if self.depth > MAX_HEIGHT {
            return Err(too_deep());
        }
        let mut left = self.prefix()?;
        while power < binding_power(self.peek()) {
            left = self.infix(left)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    #[inline(never)]
    fn prefix(&mut self) -> Parsed {
        match self.advance() {
            Token::Literal(value) => Self::leaf(Expression::Literal(value)),
            Token::Identifier(name) => Self::leaf(Expression::Field(name)),
            Token::QuotedIdentifier(name) => {
                if *self.peek() == Token::OpenParenthesis {
                    return Err(self.error(self.next - 1, "a function's name is not quoted"));
                }
                Self::leaf(Expression::Field(name))
            }
            Token::Current => Self::leaf(Expression::Current),
            Token::Star => {
                let each = match self.peek() {
                    Token::CloseBracket => Self::leaf(Expression::Current)?,
                    _ => self.projected(binding_power(&Token::Star))?,
                };
                self.value_projection(current(), each)
            }
            Token::Filter => self.filter(current()),
            Token::Flatten => self.flatten(current()),
            Token::OpenBrace => self.hash(),
            Token::OpenBracket => self.bracket(),
            Token::OpenParenthesis => {
                let inner = self.expression(0)?;
                self.expect(&Token::CloseParenthesis)?;
                Ok(inner)
            }
            Token::Not => {
                let inner = self.expression(binding_power(&Token::Not))?;
                self.node(Expression::Not(Box::new(inner.expression)), inner.height)
            }
            Token::Ampersand => Err(self.error(
                self.next - 1,
                format!(
                    "an expression (&) can only be an argument of {}",
                    functions::names_with_references()
                ),
            )),
            _ => {
                self.next -= 1;
                Err(self.unexpected())
            }
        }
    }

    #[inline(never)]
    fn infix(&mut self, left: Tree) -> Parsed {
        let token = self.advance();
        if let Some(comparator) = comparator(&token) {
            let right = self.expression(binding_power(&token))?;
            let height = left.height.max(right.height);
            let sides = Box::new((left.expression, right.expression));
            return self.node(Expression::Comparison(comparator, sides), height);
        }
        match token {
            Token::Dot if self.take(&Token::Star) => {
                let each = self.projected(binding_power(&Token::Dot))?;
                self.value_projection(left, each)
            }
            Token::Dot => {
                let right = self.after_dot(binding_power(&Token::Dot))?;
                self.chain(left, right)
            }
            Token::Pipe => {
                let right = self.expression(binding_power(&Token::Pipe))?;
                self.chain(left, right)
            }
            Token::Or => {
                let right = self.expression(binding_power(&Token::Or))?;
                let parts = match left.expression {
                    Expression::Or(parts) => Ok(parts),
                    other => Err(other),
                };
                self.alternatives(Expression::Or, parts, left.height, right)
            }
            Token::And => {
                let right = self.expression(binding_power(&Token::And))?;
                let parts = match left.expression {
                    Expression::And(parts) => Ok(parts),
                    other => Err(other),
                };
                self.alternatives(Expression::And, parts, left.height, right)
            }
            Token::OpenParenthesis => self.call(left),
            Token::Filter => self.filter(left),
            Token::Flatten => self.flatten(left),
            Token::OpenBracket => self.bracket_after(left),
            _ => {
                self.next -= 1;
                Err(self.unexpected())
            }
        }
    }

    /// `a || b || c` and `a && b && c` are one node each, however long they are: `left` is either the
    /// parts of such a node, or the first part of a new one.
    fn alternatives(
        &self,
        node: fn(Vec<Expression>) -> Expression,
        left: Result<Vec<Expression>, Expression>,
        left_height: usize,
        right: Tree,
    ) -> Parsed {
        let (mut parts, height) = match left {
            Ok(parts) => (parts, left_height.saturating_sub(1)),
            Err(first) => (vec![first], left_height),
        };
        parts.push(right.expression);
        self.node(node(parts), height.max(right.height))
    }

    fn chain(&self, left: Tree, right: Tree) -> Parsed {
        let height = left.height + right.height;
        let mut steps = match left.expression {
            Expression::Chain(steps) => steps,
            other => vec![other],
        };
        steps.push(right.expression);
        self.node(Expression::Chain(steps), height)
    }

    fn value_projection(&self, base: Tree, each: Tree) -> Parsed {
        let height = base.height + each.height;
        let (base, each) = (Box::new(base.expression), Box::new(each.expression));
        self.node(Expression::ValueProjection(base, each), height)
    }

    fn projection(&self, base: Tree, each: Tree) -> Parsed {
        let height = base.height + each.height;
        let (base, each) = (Box::new(base.expression), Box::new(each.expression));
        self.node(Expression::Projection(base, each), height)
    }

    /// `[?condition]`, whose opening is taken.
    fn filter(&mut self, base: Tree) -> Parsed {
        let condition = self.expression(0)?;
        self.expect(&Token::CloseBracket)?;
        let each = match self.peek() {
            Token::Flatten => Self::leaf(Expression::Current)?,
            _ => self.projected(binding_power(&Token::Filter))?,
        };
        let height = (base.height + each.height).max(condition.height);
        let filter = Filter {
            base: base.expression,
            condition: condition.expression,
            each: each.expression,
        };
        self.node(Expression::FilterProjection(Box::new(filter)), height)
    }

    /// `[]`, which is taken.
    fn flatten(&mut self, base: Tree) -> Parsed {
        let flat = Tree {
            expression: Expression::Flatten(Box::new(base.expression)),
            height: base.height + 1,
        };
        let each = self.projected(binding_power(&Token::Flatten))?;
        self.projection(flat, each)
    }

    /// `a, b]`
    fn list(&mut self) -> Parsed {
        let (mut items, mut height) = (Vec::new(), 0);
        loop {
            let item = self.expression(0)?;
            height = height.max(item.height);
            items.push(item.expression);
            if self.take(&Token::CloseBracket) {
                return self.node(Expression::List(items), height);
            }
            self.expect(&Token::Comma)?;
        }
    }

    /// `a: b, c: d}`
    fn hash(&mut self) -> Parsed {
        let (mut members, mut height) = (Vec::new(), 0);
        loop {
            let name = match self.peek().clone() {
                Token::Identifier(name) | Token::QuotedIdentifier(name) => name,
                _ => return Err(self.unexpected()),
            };
            self.next += 1;
            self.expect(&Token::Colon)?;
            let value = self.expression(0)?;
            height = height.max(value.height);
            members.push((name, value.expression));
            if !self.take(&Token::Comma) && self.take(&Token::CloseBrace) {
                return self.node(Expression::Hash(members), height);
            }
        }
    }

    /// What a projection applies to each item.
    fn projected(&mut self, power: u8) -> Parsed {
        match self.peek() {
            token if binding_power(token) < PROJECTION_STOP => Self::leaf(Expression::Current),
            Token::OpenBracket | Token::Filter => self.expression(power),
            Token::Dot => {
                self.next += 1;
                self.after_dot(power)
            }
            _ => Err(self.unexpected()),
        }
    }

    /// A multi-select behind a dot ends what the dot begins: what follows it applies to the whole.
    fn after_dot(&mut self, power: u8) -> Parsed {
        match self.peek() {
            Token::Identifier(_) | Token::QuotedIdentifier(_) | Token::Star => {
                self.expression(power)
            }
            Token::OpenBracket => {
                self.next += 1;
                self.list()
            }
            Token::OpenBrace => {
                self.next += 1;
                self.hash()
            }
            _ => Err(self.unexpected()),
        }
    }

    /// The arguments of a function, whose `(` is taken.
    #[inline(never)]
    fn call(&mut self, left: Tree) -> Parsed {
        let name_index = self.next.saturating_sub(2);
        let Expression::Field(name) = &left.expression else {
            return Err(self.error(name_index + 1, "a function has no name"));
        };
        let function =
            Function::from_name(name).map_err(|reason| self.error(name_index, reason))?;
        // What a reference adds to the depth of a result comes on top of its list's.
        let (mut arguments, mut height, mut references) = (Vec::new(), 0, 0);
        while *self.peek() != Token::CloseParenthesis {
            let argument = if self.take(&Token::Ampersand) {
                let inner = self.expression(0)?;
                references += inner.height;
                Expression::Reference(Box::new(inner.expression))
            } else {
                let argument = self.expression(0)?;
                height = height.max(argument.height);
                argument.expression
            };
            self.take(&Token::Comma);
            arguments.push(argument);
        }
        self.next += 1;
        functions::check(function, &arguments).map_err(|reason| self.error(name_index, reason))?;
        self.node(Expression::Call(function, arguments), height + references)
    }
}

fn current() -> Tree {
    Tree {
        expression: Expression::Current,
        height: 0,
    }
}

fn too_deep() -> SyntaxError {
    SyntaxError {
        reason: format!("it is nested or chained more than {MAX_HEIGHT} levels deep"),
        position: None,
    }
}

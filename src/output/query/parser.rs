//! Parses an expression as `parser.py` of jmespath.py does, by operator precedence.
//!
//! The binding powers and the decisions are those of jmespath.py, also where they differ from the
//! grammar: a comma between two arguments may be missing, and `a[0][:2]` is no projection.

use super::ast::{Expression, Function, Projection, Slice, Values};
use super::functions;
use super::lexer::{Positioned, SyntaxError, Token, tokenize};

/// The deepest nesting that is accepted. It bounds the recursion of the parser and of the evaluation, and the
/// depth of a result: on Windows, the stack has 1 MiB.
const MAX_HEIGHT: usize = 300;

/// Tokens with less binding power end a projection.
const PROJECTION_STOP: u8 = 10;

/// Parses an expression.
///
/// # Errors
/// The text is not an expression, or its evaluation would always fail.
pub(super) fn parse(text: &str) -> Result<Expression, SyntaxError> {
    let mut parser = Parser {
        tokens: tokenize(text)?,
        next: 0,
        depth: 0,
    };
    let expression = parser.expression(0)?;
    if *parser.peek() != Token::End {
        return Err(parser.unexpected());
    }
    if expression.height() > MAX_HEIGHT {
        return Err(too_deep());
    }
    Ok(expression)
}

struct Parser {
    tokens: Vec<Positioned>,
    next: usize,
    /// The number of nested expressions that are being parsed, plus the number of their operators so far. The
    /// tree is at most twice as deep.
    depth: usize,
}

/// Some functions are never inlined, which keeps the frames of the recursion small.
type Parsed = Result<Expression, SyntaxError>;

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

    /// Consumes the next token if it is `expected`. Returns whether it was.
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
        if *self.peek() == Token::End {
            return SyntaxError {
                reason: "the expression is incomplete".to_owned(),
                position: None,
            };
        }
        let token = self.at(self.next).describe();
        self.error(self.next, format!("unexpected {token}"))
    }

    fn deepen(&mut self) -> Result<(), SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_HEIGHT {
            return Err(too_deep());
        }
        Ok(())
    }

    /// Parses an expression up to a token that binds no more than `power`.
    fn expression(&mut self, power: u8) -> Parsed {
        let depth = self.depth;
        self.deepen()?;
        let mut left = self.prefix()?;
        while power < self.peek().binding_power() {
            self.deepen()?;
            left = self.infix(left)?;
        }
        self.depth = depth;
        Ok(left)
    }

    #[inline(never)]
    fn prefix(&mut self) -> Parsed {
        match self.advance() {
            Token::Literal(value) => Ok(Expression::Literal(value)),
            Token::Identifier(name) => Ok(Expression::Field(name)),
            Token::QuotedIdentifier(_) if *self.peek() == Token::OpenParenthesis => {
                Err(self.error(self.next - 1, "a function's name is not quoted"))
            }
            Token::QuotedIdentifier(name) => Ok(Expression::Field(name)),
            Token::Current => Ok(Expression::Current),
            Token::Star if *self.peek() == Token::CloseBracket => {
                let base = Expression::Current;
                Ok(projection(base, Values::Members, Expression::Current))
            }
            token @ Token::Star => self.project(Expression::Current, Values::Members, &token),
            Token::Filter => self.filter(Expression::Current),
            token @ Token::Flatten => self.project(Expression::Current, Values::Flattened, &token),
            Token::OpenBrace => self.hash(),
            Token::OpenBracket => match (self.peek(), self.peek_second()) {
                (Token::Number(_) | Token::Colon, _) => self.index(Expression::Current),
                (Token::Star, Token::CloseBracket) => self.items(Expression::Current),
                _ => self.list(),
            },
            Token::OpenParenthesis => {
                let inner = self.expression(0)?;
                self.expect(&Token::CloseParenthesis)?;
                Ok(inner)
            }
            token @ Token::Not => {
                let inner = self.expression(token.binding_power())?;
                Ok(Expression::Not(Box::new(inner)))
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
    fn infix(&mut self, left: Expression) -> Parsed {
        let token = self.advance();
        let power = token.binding_power();
        match token {
            Token::Compare(comparator) => {
                let sides = (left, self.expression(power)?);
                Ok(Expression::Comparison(comparator, Box::new(sides)))
            }
            Token::Dot if self.take(&Token::Star) => self.project(left, Values::Members, &token),
            Token::Dot => Ok(chain(left, self.after_dot(power)?)),
            Token::Pipe => Ok(chain(left, self.expression(power)?)),
            Token::Or => Ok(Expression::Or(self.alternatives(left, &token)?)),
            Token::And => Ok(Expression::And(self.alternatives(left, &token)?)),
            Token::OpenParenthesis => self.call(left),
            Token::Filter => self.filter(left),
            Token::Flatten => self.project(left, Values::Flattened, &token),
            Token::OpenBracket => match self.peek() {
                Token::Number(_) | Token::Colon => self.index(left),
                _ => self.items(left),
            },
            _ => {
                self.next -= 1;
                Err(self.unexpected())
            }
        }
    }

    /// The parts of `a || b || c` or `a && b && c`, which are one node however many they are.
    fn alternatives(
        &mut self,
        first: Expression,
        operator: &Token,
    ) -> Result<Vec<Expression>, SyntaxError> {
        let mut parts = vec![first];
        loop {
            parts.push(self.expression(operator.binding_power())?);
            if !self.take(operator) {
                return Ok(parts);
            }
        }
    }

    /// A projection whose operator is taken.
    fn project(&mut self, base: Expression, values: Values, operator: &Token) -> Parsed {
        let each = self.projected(operator.binding_power())?;
        Ok(projection(base, values, each))
    }

    /// `*]` after `[`.
    fn items(&mut self, base: Expression) -> Parsed {
        self.expect(&Token::Star)?;
        self.expect(&Token::CloseBracket)?;
        self.project(base, Values::Items, &Token::Star)
    }

    /// `condition]` after `[?`.
    fn filter(&mut self, base: Expression) -> Parsed {
        let condition = Some(self.expression(0)?);
        self.expect(&Token::CloseBracket)?;
        let each = match self.peek() {
            Token::Flatten => Expression::Current,
            _ => self.projected(Token::Filter.binding_power())?,
        };
        Ok(Expression::Projection(Box::new(Projection {
            base,
            values: Values::Items,
            condition,
            each,
        })))
    }

    /// `0]` or `1:2:3]` after `left[`.
    fn index(&mut self, left: Expression) -> Parsed {
        let step = match (self.peek(), self.peek_second()) {
            (Token::Colon, _) | (_, Token::Colon) => self.slice()?,
            (Token::Number(index), _) => {
                let index = Expression::Index(*index);
                self.next += 1;
                self.expect(&Token::CloseBracket)?;
                index
            }
            _ => return Err(self.unexpected()),
        };
        let is_slice = matches!(step, Expression::Slice(_));
        match left {
            Expression::Indexed(mut steps) => {
                steps.push(step);
                Ok(Expression::Indexed(steps))
            }
            left if is_slice => {
                let sliced = Expression::Indexed(vec![left, step]);
                self.project(sliced, Values::Items, &Token::Star)
            }
            left => Ok(Expression::Indexed(vec![left, step])),
        }
    }

    fn slice(&mut self) -> Parsed {
        let mut parts = [None; 3];
        let mut part = 0;
        loop {
            match *self.peek() {
                Token::CloseBracket => break,
                Token::Colon if part < 2 => part += 1,
                Token::Number(number) => parts[part] = Some(number),
                _ => return Err(self.unexpected()),
            }
            self.next += 1;
        }
        let [start, stop, step] = parts;
        if step == Some(0) {
            return Err(self.error(self.next - 1, "the step of a slice is 0"));
        }
        self.next += 1;
        let step = step.unwrap_or(1);
        Ok(Expression::Slice(Slice { start, stop, step }))
    }

    /// `a, b]`
    fn list(&mut self) -> Parsed {
        let mut items = Vec::new();
        loop {
            items.push(self.expression(0)?);
            if self.take(&Token::CloseBracket) {
                return Ok(Expression::List(items));
            }
            self.expect(&Token::Comma)?;
        }
    }

    /// `a: b, c: d}`
    fn hash(&mut self) -> Parsed {
        let mut members = Vec::new();
        loop {
            let name = match self.peek().clone() {
                Token::Identifier(name) | Token::QuotedIdentifier(name) => name,
                _ => return Err(self.unexpected()),
            };
            self.next += 1;
            self.expect(&Token::Colon)?;
            members.push((name, self.expression(0)?));
            if !self.take(&Token::Comma) && self.take(&Token::CloseBrace) {
                return Ok(Expression::Hash(members));
            }
        }
    }

    /// The part that a projection applies to each item.
    fn projected(&mut self, power: u8) -> Parsed {
        match self.peek() {
            token if token.binding_power() < PROJECTION_STOP => Ok(Expression::Current),
            Token::OpenBracket | Token::Filter => self.expression(power),
            Token::Dot => {
                self.next += 1;
                self.after_dot(power)
            }
            _ => Err(self.unexpected()),
        }
    }

    /// Parses the operand after a dot. A multi-select is an operand of its own: operators after it apply to
    /// the whole chain.
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
    fn call(&mut self, left: Expression) -> Parsed {
        let name_index = self.next.saturating_sub(2);
        let Expression::Field(name) = &left else {
            return Err(self.error(name_index + 1, "a function has no name"));
        };
        let function =
            Function::from_name(name).map_err(|reason| self.error(name_index, reason))?;
        let mut arguments = Vec::new();
        while !self.take(&Token::CloseParenthesis) {
            arguments.push(if self.take(&Token::Ampersand) {
                Expression::Reference(Box::new(self.expression(0)?))
            } else {
                self.expression(0)?
            });
            self.take(&Token::Comma);
        }
        functions::check(function, &arguments).map_err(|reason| self.error(name_index, reason))?;
        Ok(Expression::Call(function, arguments))
    }
}

fn chain(left: Expression, right: Expression) -> Expression {
    match left {
        Expression::Chain(mut steps) => {
            steps.push(right);
            Expression::Chain(steps)
        }
        left => Expression::Chain(vec![left, right]),
    }
}

fn projection(base: Expression, values: Values, each: Expression) -> Expression {
    Expression::Projection(Box::new(Projection {
        base,
        values,
        condition: None,
        each,
    }))
}

fn too_deep() -> SyntaxError {
    SyntaxError {
        reason: format!("it is nested or chained more than {MAX_HEIGHT} levels deep"),
        position: None,
    }
}

//! Parses an expression as `parser.py` of jmespath.py does, by operator precedence.
//!
//! The binding powers and the decisions are those of jmespath.py, also where they differ from the
//! grammar: a comma between two arguments may be missing, and `a[0][:2]` is no projection.

use std::mem;

use super::ast::{Expression, Projection, Slice, Values};
use super::functions::{Function, names_with_references};
use super::lexer::{SyntaxError, Token, binding_power, tokenize};

/// The maximum depth of nesting. It bounds the recursion of the parser and of the evaluation, and the depth of a
/// result: on Windows, the stack has 1 MiB.
const MAX_DEPTH: usize = 300;

/// Tokens with less binding power end a projection.
const PROJECTION_STOP: u8 = 10;

/// Parses an expression. Returns it with the names of each multiselect hash in it.
///
/// # Errors
/// The text is not an expression, or its evaluation would always fail.
pub(super) fn parse(text: &str) -> Result<(Expression, Vec<Vec<String>>), SyntaxError> {
    let mut parser = Parser {
        tokens: tokenize(text)?,
        next: 0,
        depth: 0,
        hashes: Vec::new(),
    };
    let expression = parser.expression(0)?;
    if *parser.peek() != Token::End {
        return Err(parser.unexpected());
    }
    Ok((expression, parser.hashes))
}

struct Parser {
    tokens: Vec<(Token, usize)>,
    next: usize,
    /// The depth of the tree so far. It also bounds the depth of a result: each step of a chain can nest the
    /// result of the previous step, so the depths of the steps are added.
    depth: usize,
    /// The names of each multiselect hash so far.
    hashes: Vec<Vec<String>>,
}

/// The result of a parsing function. Recursive functions with large stack frames are not inlined.
type Parsed = Result<Expression, SyntaxError>;

impl Parser {
    fn at(&self, index: usize) -> &(Token, usize) {
        &self.tokens[index.min(self.tokens.len() - 1)]
    }

    fn peek(&self) -> &Token {
        &self.at(self.next).0
    }

    fn advance(&mut self) -> Token {
        let token = self.peek().clone();
        self.next += 1;
        token
    }

    fn is_next(&self, symbol: &'static str) -> bool {
        *self.peek() == Token::Symbol(symbol)
    }

    /// Consumes the next token if it is this symbol. Returns whether it was.
    fn take(&mut self, symbol: &'static str) -> bool {
        let is_next = self.is_next(symbol);
        self.next += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, symbol: &'static str) -> Result<(), SyntaxError> {
        if self.take(symbol) {
            return Ok(());
        }
        Err(self.unexpected())
    }

    fn error(&self, index: usize, reason: impl Into<String>) -> SyntaxError {
        SyntaxError {
            reason: reason.into(),
            offset: Some(self.at(index).1),
        }
    }

    fn unexpected(&self) -> SyntaxError {
        match self.peek() {
            Token::End => SyntaxError {
                reason: "the expression is incomplete".to_owned(),
                offset: None,
            },
            token => self.error(self.next, format!("unexpected {}", token.describe())),
        }
    }

    fn deepen(&mut self) -> Result<(), SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(SyntaxError {
                reason: format!("it is nested or chained more than {MAX_DEPTH} levels deep"),
                offset: None,
            });
        }
        Ok(())
    }

    /// Parses an expression up to a token that binds no more than `power`.
    fn expression(&mut self, power: u8) -> Parsed {
        if matches!(self.peek(), Token::Symbol(symbol) if *symbol != "@") {
            self.deepen()?;
        }
        let mut left = self.prefix()?;
        while let Token::Symbol(symbol) = *self.peek()
            && power < binding_power(symbol)
        {
            self.deepen()?;
            left = self.infix(left, symbol)?;
        }
        Ok(left)
    }

    /// Parses one of several expressions whose results do not contain each other. The depth before them is
    /// `depth`.
    fn sibling(&mut self, power: u8, depth: usize) -> Parsed {
        let deepest = mem::replace(&mut self.depth, depth);
        let expression = self.expression(power)?;
        self.depth = self.depth.max(deepest);
        Ok(expression)
    }

    #[inline(never)]
    fn prefix(&mut self) -> Parsed {
        match self.advance() {
            Token::Literal(value) => Ok(Expression::Literal(value)),
            Token::QuotedIdentifier(_) if self.is_next("(") => {
                Err(self.error(self.next - 1, "a function's name is not quoted"))
            }
            Token::Identifier(name) | Token::QuotedIdentifier(name) => Ok(Expression::Field(name)),
            Token::Symbol("@") => Ok(Expression::Current),
            Token::Symbol("{") => self.hash(),
            Token::Symbol("[") => match (self.peek(), &self.at(self.next + 1).0) {
                (Token::Number(_) | Token::Symbol(":"), _)
                | (Token::Symbol("*"), Token::Symbol("]")) => {
                    self.bracket(Expression::Current, "[")
                }
                _ => self.list(),
            },
            Token::Symbol(symbol @ ("[?" | "[]")) => self.bracket(Expression::Current, symbol),
            Token::Symbol("*") => self.project(
                Expression::Current,
                Values::Members,
                None,
                binding_power("*"),
            ),
            Token::Symbol("(") => {
                let inner = self.expression(0)?;
                self.expect(")")?;
                Ok(inner)
            }
            Token::Symbol("!") => {
                let inner = self.expression(binding_power("!"))?;
                Ok(Expression::Not(Box::new(inner)))
            }
            Token::Symbol("&") => {
                let functions = names_with_references();
                let reason = format!("an expression (&) can only be an argument of {functions}");
                Err(self.error(self.next - 1, reason))
            }
            _ => {
                self.next -= 1;
                Err(self.unexpected())
            }
        }
    }

    /// Parses the operator that is the next token, and its right operand.
    #[inline(never)]
    fn infix(&mut self, left: Expression, operator: &'static str) -> Parsed {
        let power = binding_power(operator);
        self.next += 1;
        match operator {
            "." if self.take("*") => self.project(left, Values::Members, None, power),
            "." => Ok(chain(left, self.after_dot(power)?)),
            "|" => Ok(chain(left, self.expression(power)?)),
            "||" => Ok(Expression::Or(self.operands(left, operator)?)),
            "&&" => Ok(Expression::And(self.operands(left, operator)?)),
            "==" | "!=" | "<" | "<=" | ">" | ">=" => {
                let sides = Box::new([left, self.expression(power)?]);
                Ok(Expression::Comparison(operator, sides))
            }
            "[" | "[?" | "[]" => self.bracket(left, operator),
            "(" => self.call(&left),
            _ => {
                self.next -= 1;
                Err(self.unexpected())
            }
        }
    }

    /// Parses the operands of `a || b || c` or `a && b && c`, which become one node of the tree.
    fn operands(
        &mut self,
        first: Expression,
        operator: &'static str,
    ) -> Result<Vec<Expression>, SyntaxError> {
        let depth = self.depth;
        let power = binding_power(operator);
        let mut operands = vec![first, self.sibling(power, depth)?];
        while self.take(operator) {
            operands.push(self.sibling(power, depth)?);
        }
        Ok(operands)
    }

    /// Parses an index, a slice or a projection in brackets. The opening symbol `open` is already consumed.
    fn bracket(&mut self, base: Expression, open: &'static str) -> Parsed {
        match (open, self.peek()) {
            ("[]", _) => self.project(base, Values::Flattened, None, binding_power("[]")),
            ("[?", _) => {
                let condition = Some(self.expression(0)?);
                self.expect("]")?;
                self.project(base, Values::Items, condition, binding_power("[?"))
            }
            (_, Token::Number(_) | Token::Symbol(":")) => self.index(base),
            _ => {
                self.expect("*")?;
                self.expect("]")?;
                self.project(base, Values::Items, None, binding_power("*"))
            }
        }
    }

    /// Parses the part of a projection that applies to each value.
    fn project(
        &mut self,
        base: Expression,
        values: Values,
        condition: Option<Expression>,
        power: u8,
    ) -> Parsed {
        let each = match *self.peek() {
            Token::Symbol("[" | "[?") => self.expression(power)?,
            Token::Symbol(".") => {
                self.next += 1;
                self.after_dot(power)?
            }
            Token::Symbol(symbol) if binding_power(symbol) >= PROJECTION_STOP => {
                return Err(self.unexpected());
            }
            _ => Expression::Current,
        };
        Ok(Expression::Projection(Box::new(Projection {
            base,
            values,
            condition,
            each,
        })))
    }

    /// Parses `0]` or `1:2:3]` after `left[`.
    fn index(&mut self, left: Expression) -> Parsed {
        let mut parts = [None; 3];
        let mut part = 0;
        while !self.take("]") {
            match *self.peek() {
                Token::Symbol(":") if part < 2 => part += 1,
                Token::Number(number) if part > 0 || parts[0].is_none() => {
                    parts[part] = Some(number);
                }
                _ => return Err(self.unexpected()),
            }
            self.next += 1;
        }
        let is_indexed = matches!(
            &left,
            Expression::Chain(steps) if matches!(steps[1], Expression::Index(_) | Expression::Slice(_))
        );
        let step = match parts {
            [Some(index), ..] if part == 0 => return Ok(chain(left, Expression::Index(index))),
            [.., Some(0)] => return Err(self.error(self.next - 2, "the step of a slice is 0")),
            [start, stop, step] => Slice {
                start,
                stop,
                step: step.unwrap_or(1),
            },
        };
        let sliced = chain(left, Expression::Slice(step));
        if is_indexed {
            return Ok(sliced);
        }
        self.deepen()?;
        self.project(sliced, Values::Items, None, binding_power("*"))
    }

    /// Parses `a, b]` after `[`.
    fn list(&mut self) -> Parsed {
        let depth = self.depth;
        let mut items = Vec::new();
        loop {
            items.push(self.sibling(0, depth)?);
            if self.take("]") {
                return Ok(Expression::List(items));
            }
            self.expect(",")?;
        }
    }

    /// Parses `a: b, c: d}` after `{`.
    fn hash(&mut self) -> Parsed {
        let depth = self.depth;
        let mut members = Vec::new();
        loop {
            let name = match self.peek().clone() {
                Token::Identifier(name) | Token::QuotedIdentifier(name) => name,
                _ => return Err(self.unexpected()),
            };
            self.next += 1;
            self.expect(":")?;
            members.push((name, self.sibling(0, depth)?));
            if !self.take(",") && self.take("}") {
                self.hashes.push(distinct_names(&members));
                return Ok(Expression::Hash(members));
            }
        }
    }

    /// Parses the operand after a dot. A multiselect is an operand of its own: operators after it apply to the
    /// whole chain.
    fn after_dot(&mut self, power: u8) -> Parsed {
        if self.take("[") {
            self.deepen()?;
            return self.list();
        }
        if self.take("{") {
            self.deepen()?;
            return self.hash();
        }
        match self.peek() {
            Token::Identifier(_) | Token::QuotedIdentifier(_) | Token::Symbol("*") => {
                self.expression(power)
            }
            _ => Err(self.unexpected()),
        }
    }

    /// Parses the arguments of a function. The `(` is already consumed.
    #[inline(never)]
    fn call(&mut self, left: &Expression) -> Parsed {
        let name_index = self.next.saturating_sub(2);
        let Expression::Field(name) = left else {
            return Err(self.error(name_index + 1, "a function has no name"));
        };
        let function =
            Function::from_name(name).map_err(|reason| self.error(name_index, reason))?;
        let mut arguments = Vec::new();
        while !self.take(")") {
            arguments.push(if self.take("&") {
                Expression::Reference(Box::new(self.expression(0)?))
            } else {
                self.expression(0)?
            });
            self.take(",");
        }
        function
            .check(&arguments)
            .map_err(|reason| self.error(name_index, reason))?;
        Ok(Expression::Call(function, arguments))
    }
}

/// The names of a multiselect hash without duplicates: an expression can contain a name twice.
pub(super) fn distinct_names(members: &[(String, Expression)]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (name, _) in members {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

fn chain(left: Expression, right: Expression) -> Expression {
    Expression::Chain(Box::new([left, right]))
}

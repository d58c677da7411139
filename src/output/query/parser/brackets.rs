//! Parses indexes, slices and the other expressions in brackets.

use super::super::ast::{Expression, Slice};
use super::super::lexer::SyntaxError;
use super::super::token::binding_power;
use super::{Parsed, Parser, Token, Tree, current};

impl Parser {
    /// Parses the part after `[` at the start of an expression.
    pub(super) fn bracket(&mut self) -> Parsed {
        match self.peek() {
            Token::Number(_) | Token::Colon => self.index(current()),
            Token::Star if *self.peek_second() == Token::CloseBracket => {
                self.next += 2;
                let each = self.projected(binding_power(&Token::Star))?;
                self.projection(current(), each)
            }
            _ => self.list(),
        }
    }

    /// Parses the part after `[` that follows an expression.
    pub(super) fn bracket_after(&mut self, left: Tree) -> Parsed {
        if matches!(self.peek(), Token::Number(_) | Token::Colon) {
            return self.index(left);
        }
        self.expect(&Token::Star)?;
        self.expect(&Token::CloseBracket)?;
        let each = self.projected(binding_power(&Token::Star))?;
        self.projection(left, each)
    }

    /// `0]` or `1:2:3]` after `left`.
    fn index(&mut self, left: Tree) -> Parsed {
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
        let (is_indexed, height) = (
            matches!(left.expression, Expression::Indexed(_)),
            left.height,
        );
        let mut steps = match left.expression {
            Expression::Indexed(steps) => steps,
            other => vec![other],
        };
        steps.push(step);
        let indexed = self.node(Expression::Indexed(steps), height)?;
        if is_slice && !is_indexed {
            let each = self.projected(binding_power(&Token::Star))?;
            return self.projection(indexed, each);
        }
        Ok(indexed)
    }

    fn slice(&mut self) -> Result<Expression, SyntaxError> {
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
        Ok(Expression::Slice(Slice {
            start,
            stop,
            step: step.unwrap_or(1),
        }))
    }
}

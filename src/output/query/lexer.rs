//! Splits a JMESPath expression into tokens, as `lexer.py` of jmespath.py does.

use serde_json::Value;

use super::ast::Comparator;
use super::literal;

/// The error for a text that is not an expression.
#[derive(Debug)]
pub(super) struct SyntaxError {
    pub(super) reason: String,
    /// The position of the character, counted from 1.
    pub(super) position: Option<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Identifier(String),
    QuotedIdentifier(String),
    Literal(Value),
    /// Saturated at the bounds of the type.
    Number(i64),
    Dot,
    Star,
    OpenBracket,
    CloseBracket,
    /// `[]`
    Flatten,
    /// `[?`
    Filter,
    OpenParenthesis,
    CloseParenthesis,
    OpenBrace,
    CloseBrace,
    Comma,
    Colon,
    Current,
    Ampersand,
    Pipe,
    Or,
    And,
    Not,
    Compare(Comparator),
    End,
}

impl Token {
    /// The binding power of jmespath.py.
    pub(super) const fn binding_power(&self) -> u8 {
        match self {
            Self::Pipe => 1,
            Self::Or => 2,
            Self::And => 3,
            Self::Compare(_) => 5,
            Self::Flatten => 9,
            Self::Star => 20,
            Self::Filter => 21,
            Self::Dot => 40,
            Self::Not => 45,
            Self::OpenBrace => 50,
            Self::OpenBracket => 55,
            Self::OpenParenthesis => 60,
            _ => 0,
        }
    }
}

/// A token with its place in the expression.
#[derive(Debug, Clone)]
pub(super) struct Positioned {
    pub(super) token: Token,
    /// The position of its first character, counted from 1.
    pub(super) position: usize,
    /// Its characters.
    pub(super) text: String,
}

impl Positioned {
    /// Describes the token for a message, without the text of a literal.
    pub(super) fn describe(&self) -> String {
        match self.token {
            Token::QuotedIdentifier(_) => "quoted name".to_owned(),
            Token::Literal(_) => "literal".to_owned(),
            Token::Number(_) => format!("number {}", self.text),
            _ => format!("'{}'", self.text),
        }
    }
}

/// Splits an expression into tokens; the last one is [`Token::End`].
///
/// # Errors
/// A character does not start a token, or a literal is not closed or not JSON.
pub(super) fn tokenize(expression: &str) -> Result<Vec<Positioned>, SyntaxError> {
    let mut lexer = Lexer {
        characters: expression.chars().collect(),
        next: 0,
    };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_spaces();
        let start = lexer.next;
        let position = start + 1;
        let token = lexer.token().map_err(|reason| SyntaxError {
            reason,
            position: Some(position),
        })?;
        let is_end = token == Token::End;
        let text = lexer.characters[start..lexer.next].iter().collect();
        tokens.push(Positioned {
            token,
            position,
            text,
        });
        if is_end {
            return Ok(tokens);
        }
    }
}

struct Lexer {
    characters: Vec<char>,
    next: usize,
}

impl Lexer {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.next).copied()
    }

    fn skip_spaces(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.next += 1;
        }
    }

    /// Consumes the next character if it is `expected`. Returns whether it was.
    fn take(&mut self, expected: char) -> bool {
        let is_next = self.peek() == Some(expected);
        self.next += usize::from(is_next);
        is_next
    }

    fn either(&mut self, second: char, both: Token, one: Token) -> Token {
        if self.take(second) { both } else { one }
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> String {
        let mut text = String::new();
        while let Some(character) = self.peek().filter(|character| accept(*character)) {
            text.push(character);
            self.next += 1;
        }
        text
    }

    fn token(&mut self) -> Result<Token, String> {
        let Some(character) = self.peek() else {
            return Ok(Token::End);
        };
        if character.is_ascii_alphabetic() || character == '_' {
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
            return Ok(Token::Identifier(self.take_while(is_part)));
        }
        if character.is_ascii_digit() {
            return Ok(Token::Number(self.number()));
        }
        self.next += 1;
        Ok(match character {
            '.' => Token::Dot,
            '*' => Token::Star,
            ']' => Token::CloseBracket,
            '(' => Token::OpenParenthesis,
            ')' => Token::CloseParenthesis,
            '{' => Token::OpenBrace,
            '}' => Token::CloseBrace,
            ',' => Token::Comma,
            ':' => Token::Colon,
            '@' => Token::Current,
            '[' if self.take(']') => Token::Flatten,
            '[' if self.take('?') => Token::Filter,
            '[' => Token::OpenBracket,
            '|' => self.either('|', Token::Or, Token::Pipe),
            '&' => self.either('&', Token::And, Token::Ampersand),
            '<' => self.either(
                '=',
                Token::Compare(Comparator::LessOrEqual),
                Token::Compare(Comparator::Less),
            ),
            '>' => self.either(
                '=',
                Token::Compare(Comparator::GreaterOrEqual),
                Token::Compare(Comparator::Greater),
            ),
            '!' => self.either('=', Token::Compare(Comparator::NotEqual), Token::Not),
            '=' if self.take('=') => Token::Compare(Comparator::Equal),
            '=' => return Err("unexpected '=': equality is '=='".to_owned()),
            '-' if self.peek().is_some_and(|c| c.is_ascii_digit()) => Token::Number(-self.number()),
            '\'' => Token::Literal(Value::String(self.until('\'')?.replace("\\'", "'"))),
            '`' => Token::Literal(literal::parse(&self.until('`')?.replace("\\`", "`"))?),
            '"' => {
                let text = format!("\"{}\"", self.until('"')?);
                let name = serde_json::from_str(&text)
                    .map_err(|_| "the quoted name is not a JSON string")?;
                Token::QuotedIdentifier(name)
            }
            other => return Err(format!("unexpected '{}'", other.escape_debug())),
        })
    }

    fn number(&mut self) -> i64 {
        let digits = self.take_while(|c| c.is_ascii_digit());
        digits.parse().unwrap_or(i64::MAX)
    }

    /// Takes the text up to the closing mark, with its backslashes; drops the mark.
    fn until(&mut self, mark: char) -> Result<String, String> {
        let mut text = String::new();
        let unclosed = || format!("{mark} is not closed");
        loop {
            let character = self.peek().ok_or_else(unclosed)?;
            self.next += 1;
            if character == mark {
                return Ok(text);
            }
            text.push(character);
            if character == '\\' {
                text.push(self.peek().ok_or_else(unclosed)?);
                self.next += 1;
            }
        }
    }
}

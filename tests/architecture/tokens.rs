//! Rust source as tokens: just enough to see names, paths and braces.
//!
//! Comments are dropped, literals lose their content, so a name inside them is no name. Whatever the
//! input, it ends and does not panic; what is not Rust gives tokens that mean nothing.

/// A token and the line it begins in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

impl Token {
    /// Returns whether it is a name or a keyword.
    pub(crate) fn is_name(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// What stands for any literal.
pub(crate) const LITERAL: &str = "\"\"";

/// Returns the tokens of `source`.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let mut lexer = Lexer { chars: source.chars().collect(), at: 0, line: 1, tokens: Vec::new() };
    while lexer.at < lexer.chars.len() {
        lexer.step();
    }
    lexer.tokens
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    line: usize,
    tokens: Vec<Token>,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn advance(&mut self, count: usize) {
        for _ in 0..count {
            self.line += usize::from(self.peek(0) == '\n');
            self.at = self.chars.len().min(self.at + 1);
        }
    }

    fn push(&mut self, text: impl Into<String>, length: usize) {
        self.tokens.push(Token { text: text.into(), line: self.line });
        self.advance(length);
    }

    fn step(&mut self) {
        match (self.peek(0), self.peek(1)) {
            ('/', '/') => self.line_comment(),
            ('/', '*') => self.block_comment(),
            ('"', _) => self.string(),
            ('\'', _) => self.quote(),
            (':', ':') => self.push("::", 2),
            (c, _) if c.is_whitespace() => self.advance(1),
            (c, _) if c.is_alphabetic() || c == '_' => self.word(),
            (c, _) if c.is_ascii_digit() => {
                let length = self.word_length();
                self.push(LITERAL, length);
            }
            (c, _) => self.push(c, 1),
        }
    }

    fn line_comment(&mut self) {
        while self.at < self.chars.len() && self.peek(0) != '\n' {
            self.advance(1);
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        while self.at < self.chars.len() {
            match (self.peek(0), self.peek(1)) {
                ('/', '*') => depth += 1,
                ('*', '/') => depth -= 1,
                _ => {
                    self.advance(1);
                    continue;
                }
            }
            self.advance(2);
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        self.push(LITERAL, 1);
        while self.at < self.chars.len() {
            match self.peek(0) {
                '\\' => self.advance(2),
                '"' => return self.advance(1),
                _ => self.advance(1),
            }
        }
    }

    fn raw_string(&mut self, hashes: usize) {
        self.push(LITERAL, hashes + 1);
        while self.at < self.chars.len() {
            let closed = self.peek(0) == '"' && (1..=hashes).all(|n| self.peek(n) == '#');
            self.advance(if closed { hashes + 1 } else { 1 });
            if closed {
                return;
            }
        }
    }

    /// A character, or a lifetime.
    fn quote(&mut self) {
        if self.peek(1) != '\\' && self.peek(2) != '\'' {
            return self.advance(1 + self.word_length_from(1));
        }
        self.push(LITERAL, 1);
        while self.at < self.chars.len() {
            match self.peek(0) {
                '\\' => self.advance(2),
                '\'' => return self.advance(1),
                _ => self.advance(1),
            }
        }
    }

    /// A name, or the prefix of a raw string or a raw name.
    fn word(&mut self) {
        let length = self.word_length();
        let text: String = self.chars[self.at..self.at + length].iter().collect();
        if matches!(text.as_str(), "r" | "br" | "cr") {
            let hashes = (0..).take_while(|n| self.peek(length + n) == '#').count();
            if self.peek(length + hashes) == '"' {
                self.advance(length);
                return self.raw_string(hashes);
            }
            if hashes == 1 {
                return self.advance(length + 1);
            }
        }
        self.push(text, length);
    }

    fn word_length(&self) -> usize {
        self.word_length_from(0)
    }

    fn word_length_from(&self, start: usize) -> usize {
        (start..).take_while(|n| self.peek(*n).is_alphanumeric() || self.peek(*n) == '_').count()
    }
}

#[test]
fn names_and_lines() {
    fn check(source: &str, expected: &str) {
        let found: Vec<_> =
            tokens(source).iter().map(|t| format!("{}@{}", t.text, t.line)).collect();
        assert_eq!(found.join(" "), expected, "{source:?}");
    }
    check("use a::b;", "use@1 a@1 ::@1 b@1 ;@1");
    check("// a::b\n/* c /* d */ e */ f", "f@2");
    check(r#"x("a::b \" c", d)"#, r#"x@1 (@1 ""@1 ,@1 d@1 )@1"#);
    check("r#\"a \" b\"# c", "\"\"@1 c@1");
    check("r#type\n'a' 'b '\\'' d", "type@1 \"\"@2 \"\"@2 d@2");
    check("\"a\nb\" c", "\"\"@1 c@2");
    check("1u8 \"never ends", "\"\"@1 \"\"@1");
    check("/* never ends", "");
}

//! What one Rust file says: the paths it names, the modules it declares, its attributes.

use super::tokens::{Token, tokens};

/// One Rust file, read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) paths: Vec<PathUse>,
    pub(crate) modules: Vec<Declared>,
    pub(crate) attributes: Vec<Declared>,
}

/// A path that the file names, e.g. `crate::spec::PodSpec`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PathUse {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
    /// Whether it stands in an item that is compiled for tests only.
    pub(crate) in_test: bool,
    /// How many `mod name { … }` of this file it stands in.
    pub(crate) depth: usize,
}

impl PathUse {
    /// Returns whether the path ends with `names`.
    pub(crate) fn ends_with(&self, names: &[&str]) -> bool {
        self.segments.len() >= names.len()
            && self.segments.iter().rev().zip(names.iter().rev()).all(|(a, b)| a == b)
    }
}

/// A name that stands by itself: a module kept in another file, or an attribute.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Declared {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) in_test: bool,
}

/// Reads `text`.
pub(crate) fn read(text: &str) -> Source {
    let mut reader = Reader { tokens: tokens(text), ..Reader::default() };
    let mut at = 0;
    while at < reader.tokens.len() {
        at = reader.step(at);
    }
    reader.source
}

#[derive(Default)]
struct Reader {
    tokens: Vec<Token>,
    source: Source,
    /// The open braces, and what each opened.
    scopes: Vec<Scope>,
    /// Whether the item that follows is compiled for tests only.
    test_item: bool,
    /// Whether the brace that follows opens a module.
    module_item: bool,
}

#[derive(Clone, Copy)]
struct Scope {
    test: bool,
    module: bool,
}

impl Reader {
    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &token.text)
    }

    fn is_name(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(Token::is_name)
    }

    fn in_test(&self) -> bool {
        self.test_item || self.scopes.iter().any(|scope| scope.test)
    }

    /// Reads what begins at `at` and returns where it ended.
    fn step(&mut self, at: usize) -> usize {
        match self.text(at) {
            "{" => {
                self.scopes.push(Scope { test: self.test_item, module: self.module_item });
                (self.test_item, self.module_item) = (false, false);
            }
            "}" => {
                self.scopes.pop();
            }
            ";" => self.test_item = false,
            "#" => self.attribute(at),
            "mod" if self.is_name(at + 1) => return self.module(at + 1),
            "use" => return self.path(at + 1, true),
            _ if self.is_name(at) || self.text(at) == "::" => return self.path(at, false),
            _ => {}
        }
        at + 1
    }

    fn attribute(&mut self, at: usize) {
        let open = at + 1 + usize::from(self.text(at + 1) == "!");
        if self.text(open) != "[" || !self.is_name(open + 1) {
            return;
        }
        let words: Vec<_> = (open + 1..open + 5).map(|n| self.text(n)).collect();
        // On the file as a whole, `#![cfg(test)]` is as good as the item of its own.
        if words == ["cfg", "(", "test", ")"] {
            self.test_item = true;
        }
        let (name, line) = (self.text(open + 1).to_owned(), self.tokens[at].line);
        let in_test = self.in_test();
        self.source.attributes.push(Declared { name, line, in_test });
    }

    fn module(&mut self, at: usize) -> usize {
        if self.text(at + 1) == "{" {
            self.module_item = true;
        } else if self.text(at + 1) == ";" {
            let (name, line) = (self.text(at).to_owned(), self.tokens[at].line);
            let in_test = self.in_test();
            self.source.modules.push(Declared { name, line, in_test });
        }
        at + 1
    }

    /// Reads a path; a name alone counts only if it is `used`.
    fn path(&mut self, at: usize, used: bool) -> usize {
        let start = at + usize::from(self.text(at) == "::");
        let before = self.source.paths.len();
        let end = self.tree(start, &[]);
        if !used && self.source.paths[before..].iter().all(|path| path.segments.len() < 2) {
            self.source.paths.truncate(before);
        }
        end.max(at + 1)
    }

    /// Reads `a::b::{c, d::e}` after `prefix`, notes each path in it, and returns where it ended.
    fn tree(&mut self, mut at: usize, prefix: &[String]) -> usize {
        let line = self.tokens.get(at).map_or(0, |token| token.line);
        let mut segments = prefix.to_vec();
        loop {
            if self.text(at) == "{" && self.text(at.wrapping_sub(1)) == "::" {
                return self.group(at + 1, &segments);
            }
            if self.is_name(at) || self.text(at) == "*" && at > 0 && self.text(at - 1) == "::" {
                segments.push(self.text(at).to_owned());
                at += 1;
            }
            if self.text(at) != "::" {
                break;
            }
            at += 1;
            if self.text(at) == "<" {
                break;
            }
        }
        if segments.len() > prefix.len() {
            let in_test = self.in_test();
            let depth = self.scopes.iter().filter(|scope| scope.module).count();
            self.source.paths.push(PathUse { segments, line, in_test, depth });
        }
        at
    }

    fn group(&mut self, mut at: usize, prefix: &[String]) -> usize {
        while at < self.tokens.len() && self.text(at) != "}" {
            at = match self.text(at) {
                "," => at + 1,
                // `x as y`: the new name is no path.
                "as" => at + 2,
                _ => self.tree(at, prefix).max(at + 1),
            };
        }
        at + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> String {
        let show = |path: &PathUse| {
            let test = if path.in_test { "?" } else { "" };
            format!("{}{test}@{}", path.segments.join("::"), path.depth)
        };
        read(text).paths.iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn finds_paths() {
        fn check(text: &str, expected: &str) {
            assert_eq!(paths(text), expected, "{text:?}");
        }
        check("use crate::spec::Pod;", "crate::spec::Pod@0");
        check("use clap;", "clap@0");
        check(
            "use crate::{a, b::{C, D as E}, f::*};",
            "crate::a@0 crate::b::C@0 crate::b::D@0 crate::f::*@0",
        );
        check("fn f() { let x = ::wasmtime::Engine::new(y); }", "wasmtime::Engine::new@0");
        check("let x: Vec<crate::a::B>;", "crate::a::B@0");
        check("x.collect::<Vec<a::B>>()", "a::B@0");
        check("// crate::a\nlet s = \"crate::b\";", "");
        check("mod a { mod b { use super::super::c; } } use d::e;", "super::super::c@2 d::e@0");
        check("#[cfg(test)] mod t { use a::b; } use c::d;", "a::b?@1 c::d@0");
        check("#[cfg(test)] use a::b; use c::d;", "a::b?@0 c::d@0");
        check("#[derive(clap::Parser)] struct S;", "clap::Parser@0");
        check("use a::{b", "a::b@0");
    }

    #[test]
    fn finds_modules_and_attributes() {
        let source =
            read("mod a; #[cfg(test)] mod b; #[cfg(test)] mod c { #[test] #[ignore] fn f() {} }");
        let show = |found: &[Declared]| {
            let one = |d: &Declared| format!("{}{}", d.name, if d.in_test { "?" } else { "" });
            found.iter().map(one).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(show(&source.modules), "a b?");
        assert_eq!(show(&source.attributes), "cfg? cfg? test? ignore?");
    }
}

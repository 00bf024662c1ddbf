//! Literals bound to names: assignments, fields, map entries, defaults of variables and flags,
//! struct tags and returned values.

use std::ops::Range;

use super::{
    super::words::{NameIn, head, split},
    tokens::{Kind, Tokens},
};

/// A literal with the name it is bound to.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Binding {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) range: Range<usize>,
}

/// Every binding of a file, whatever the name.
pub(super) fn bindings(tokens: &Tokens<'_>) -> Vec<Binding> {
    let mut walk = Walk { tokens, found: Vec::new(), braces: Vec::new(), function: None };
    for index in 0..tokens.list.len() {
        walk.token(index);
    }
    walk.found
}

/// A composite literal or block that is open.
#[derive(Default)]
struct Brace {
    /// `Name: "..."`, of flags described by fields.
    name: Option<String>,
    /// `Value: "..."`, waiting for its name.
    value: Option<Binding>,
}

struct Walk<'a, 't> {
    tokens: &'a Tokens<'t>,
    found: Vec<Binding>,
    braces: Vec<Brace>,
    /// The declared function around, when its name says that it returns a credential.
    function: Option<&'t str>,
}

impl Walk<'_, '_> {
    fn token(&mut self, index: usize) {
        let tokens = self.tokens;
        match tokens.kind(index) {
            Some(Kind::Mark(b'{')) => self.braces.push(Brace::default()),
            Some(Kind::Mark(b'}')) => {
                let Some(brace) = self.braces.pop() else { return };
                if let (Some(name), Some(value)) = (brace.name, brace.value) {
                    self.found.push(Binding { name, ..value });
                }
            }
            Some(Kind::Mark(b'=') | Kind::Define) => {
                if let Some(name) = self.target(index) {
                    self.bind(name, index + 1);
                }
            }
            Some(Kind::Mark(b':')) => self.entry(index),
            Some(Kind::Mark(b'(')) => self.call(index),
            Some(Kind::Text) => self.tag(index),
            Some(Kind::Word) => match tokens.word(index) {
                Some("func") if self.braces.is_empty() => self.declare(index),
                Some("return") => {
                    if let Some(name) = self.function {
                        self.bind(name.to_owned(), index + 1);
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }

    fn bind(&mut self, name: String, at: usize) {
        if let Some(literal) = self.tokens.literal(at) {
            self.found.push(Binding { name, value: literal.value, range: literal.range });
        }
    }

    /// The name left of an assignment: the last of a selector, the declared one before a type,
    /// the key of an index.
    fn target(&self, assignment: usize) -> Option<String> {
        let tokens = self.tokens;
        let last = assignment.checked_sub(1)?;
        if tokens.is(last, b']') {
            let key = last.checked_sub(1)?;
            let index = key.checked_sub(1).is_some_and(|it| tokens.is(it, b'['));
            return index.then(|| tokens.operand_text(key)).flatten();
        }
        let name = tokens.word(last)?;
        let mut first = last;
        while first >= 2 && tokens.is(first - 1, b'.') && tokens.word(first - 2).is_some() {
            first -= 2;
        }
        // `const token string = `, `var token auth.Secret = `.
        let declared = first.checked_sub(1).and_then(|it| tokens.word(it));
        match declared {
            Some("var" | "const" | "if" | "for" | "switch" | "case" | "else" | "range") | None => {
                Some(name.to_owned())
            }
            Some(declared) => Some(declared.to_owned()),
        }
    }

    /// `Key: "..."` and `"key": "..."` in a composite literal.
    fn entry(&mut self, colon: usize) {
        let tokens = self.tokens;
        let Some(key) = colon.checked_sub(1) else { return };
        if !matches!(tokens.before(key), Some(Kind::Mark(b'{' | b',' | b';'))) {
            return;
        }
        let name = match tokens.word(key) {
            Some(word) => word.to_owned(),
            None => match tokens.operand_text(key) {
                Some(text) => text,
                None => return,
            },
        };
        let Some(literal) = tokens.literal(colon + 1) else { return };
        let binding = Binding { name, value: literal.value, range: literal.range };
        if let Some(brace) = self.braces.last_mut() {
            match binding.name.as_str() {
                "Name" => brace.name = Some(binding.value.clone()),
                "Value" | "Default" | "DefaultValue" => brace.value = Some(binding.clone()),
                _ => {}
            }
        }
        self.found.push(binding);
    }

    /// `getEnv("NAME", "...")`, `viper.SetDefault("name", "...")`, `flag.String("name", "...", "")`.
    fn call(&mut self, open: usize) {
        let tokens = self.tokens;
        let Some(function) = open.checked_sub(1).and_then(|it| tokens.word(it)) else { return };
        let (name, value) = match function {
            "SetDefault" | "String" | "Setenv" | "SetEnv" => (0, 1),
            "StringP" => (0, 2),
            "StringVar" => (1, 2),
            "StringVarP" => (1, 3),
            _ if is_environment_reader(function) => (0, 1),
            _ => return,
        };
        let arguments = tokens.arguments(open);
        let (Some(name), Some(value)) = (arguments.get(name), arguments.get(value)) else { return };
        if let Some(name) = tokens.literal(*name) {
            self.bind(name.value, *value);
        }
    }

    /// `envDefault:"..."` and `default:"..."` of a struct tag.
    fn tag(&mut self, index: usize) {
        let tokens = self.tokens;
        let Some(token) = tokens.list.get(index) else { return };
        let Some(text) = tokens.text.get(token.start..token.end) else { return };
        // A tag stands behind a type.
        if !text.starts_with('`')
            || !matches!(tokens.before(index), Some(Kind::Word | Kind::Mark(b']' | b'}')))
        {
            return;
        }
        let setting = |key: &str| {
            let at = text.find(&format!("{key}:\""))? + key.len() + 2;
            let length = text.get(at..)?.find('"')?;
            Some(at..at + length)
        };
        let Some(value) = setting("envDefault").or_else(|| setting("default")) else { return };
        let name = ["env", "envconfig", "mapstructure", "long"].iter().find_map(|it| setting(it));
        let field = (0..index)
            .rev()
            .take_while(|it| !matches!(tokens.kind(*it), Some(Kind::Mark(b';' | b'{'))))
            .last()
            .and_then(|it| tokens.word(it));
        let name = match name.and_then(|it| text.get(it)) {
            Some(name) => name.split(',').next().unwrap_or(name),
            None => field.unwrap_or_default(),
        };
        self.found.push(Binding {
            name: name.to_owned(),
            value: text.get(value.clone()).unwrap_or_default().to_owned(),
            range: token.start + value.start..token.start + value.end,
        });
    }

    /// The name of the function that starts at `func`.
    fn declare(&mut self, index: usize) {
        let tokens = self.tokens;
        let name = if tokens.is(index + 1, b'(') { tokens.close(index + 1) } else { index + 1 };
        self.function = tokens.word(name).filter(|it| head(it, NameIn::Code).is_some());
    }
}

/// `getEnv`, `envOr`, `GetEnvDefault`, `env.String`: what takes a name and a default.
fn is_environment_reader(function: &str) -> bool {
    split(function)
        .iter()
        .any(|it| matches!(it.as_str(), "env" | "getenv" | "envvar" | "lookupenv"))
}

impl Tokens<'_> {
    /// The text of a single literal.
    fn operand_text(&self, index: usize) -> Option<String> {
        let token = self.list.get(index).filter(|it| it.kind == Kind::Text)?;
        let text = self.text.get(token.start..token.end)?;
        Some(text.trim_matches(['"', '`']).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tokens::Tokens, bindings};

    #[test]
    fn every_form_of_binding_is_seen() {
        for (text, name) in [
            ("password := \"v\"\n", "password"),
            ("var password = \"v\"\n", "password"),
            ("const (\n\tpassword string = \"v\"\n)\n", "password"),
            ("cfg.DB.Password = \"v\"\n", "Password"),
            ("m[\"password\"] = \"v\"\n", "password"),
            ("x := Config{Host: h, Password: \"v\"}\n", "Password"),
            ("x := map[string]string{\n\t\"password\": \"v\",\n}\n", "password"),
            ("x := getEnv(\"PASSWORD\", \"v\")\n", "PASSWORD"),
            ("viper.SetDefault(\"password\", \"v\")\n", "password"),
            ("x := flag.String(\"password\", \"v\", \"usage\")\n", "password"),
            ("flag.StringVar(&x, \"password\", \"v\", \"usage\")\n", "password"),
            ("fs.StringP(\"password\", \"p\", \"v\", \"usage\")\n", "password"),
            ("type c struct {\n\tP string `env:\"PASSWORD\" envDefault:\"v\"`\n}\n", "PASSWORD"),
            ("type c struct {\n\tPassword string `default:\"v\"`\n}\n", "Password"),
            ("f := &cli.StringFlag{\n\tName: \"password\",\n\tValue: \"v\",\n}\n", "password"),
            ("func (a *A) password() []byte {\n\treturn []byte(\"v\")\n}\n", "password"),
        ] {
            let found = bindings(&Tokens::new(text));
            let bound = found.iter().find(|it| it.name == name && it.value == "v");
            let bound = bound.unwrap_or_else(|| panic!("{text}"));
            assert!(text[bound.range.clone()].contains('v'), "{text}");
        }
    }

    #[test]
    fn comparisons_calls_and_cases_bind_nothing() {
        for text in [
            "if password == \"v\" {\n}\n",
            "switch password {\ncase \"v\":\n}\n",
            "password = get(\"v\")\n",
            "x := a[\"password\"] + \"v\"\n",
            "func password() { log(\"v\") }\n",
            "// password = \"v\"\n",
        ] {
            assert!(bindings(&Tokens::new(text)).is_empty(), "{text}");
        }
    }
}

//! Turns the tables of `data/kubernetes` into static arrays: kinds, types, fields, closed sets.
//!
//! The heads of the tables say what their lines mean. A line that does not fit, a type that does
//! not exist, a set for a field that does not: the build fails, naming it.

use std::{collections::BTreeMap, error::Error, fmt::Write as _, fs, path::Path};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Reads the tables in `data` and writes the arrays to `target`.
pub(crate) fn write(data: &Path, target: &Path) -> Result<()> {
    let mut tables = Tables::default();
    for name in ["schema.txt", "removed.txt", "values.txt"] {
        let path = data.join(name);
        let text = fs::read_to_string(&path)?;
        for (number, line) in text.lines().enumerate() {
            tables
                .add(line)
                .map_err(|error| format!("{}:{}: {error}", path.display(), number + 1))?;
        }
    }
    fs::write(target, tables.source()?)?;
    Ok(())
}

#[derive(Default)]
struct Tables {
    kinds: BTreeMap<(String, String), Kind>,
    types: BTreeMap<String, BTreeMap<String, Field>>,
    /// The type whose fields are being read.
    open: String,
}

#[derive(Clone)]
struct Kind {
    type_name: String,
    namespaced: bool,
    since: u32,
    deprecated: u32,
    removed: u32,
    replacement: String,
}

#[derive(Clone, Default)]
struct Field {
    shape: String,
    required: bool,
    keys: Vec<String>,
    since: u32,
    until: u32,
    values: Vec<String>,
    empty: bool,
    judge: String,
}

impl Tables {
    fn add(&mut self, line: &str) -> Result<()> {
        let mut words = line.split_whitespace();
        match words.next() {
            Some(word) if line.starts_with(' ') => self.field(word, words),
            Some("kind") => self.kind(words),
            Some("type") => {
                words.next().ok_or("a type has a name")?.clone_into(&mut self.open);
                self.types.insert(self.open.clone(), BTreeMap::new());
                Ok(())
            }
            Some(verb @ ("closed" | "empty" | "open" | "other" | "split")) => {
                self.amend(verb, words.next().unwrap_or(""), words.next().unwrap_or(""))
            }
            Some(word) if !word.starts_with('#') => Err(format!("`{word}` begins no line").into()),
            _ => Ok(()),
        }
    }

    fn kind<'a>(&mut self, mut words: impl Iterator<Item = &'a str>) -> Result<()> {
        let mut next = || words.next().map(str::to_owned).ok_or("a kind has three names");
        let (api_version, kind, type_name) = (next()?, next()?, next()?);
        let mut facts = Kind {
            type_name,
            namespaced: false,
            since: 0,
            deprecated: 0,
            removed: 0,
            replacement: String::new(),
        };
        for word in words {
            match word.split_once('=') {
                None if word == "namespaced" => facts.namespaced = true,
                Some(("since", it)) => facts.since = minor(it)?,
                Some(("deprecated", it)) => facts.deprecated = minor(it)?,
                Some(("removed", it)) => facts.removed = minor(it)?,
                Some(("use", it)) => it.clone_into(&mut facts.replacement),
                _ => return Err(format!("`{word}` says nothing about a kind").into()),
            }
        }
        match self.kinds.insert((api_version, kind), facts) {
            None => Ok(()),
            Some(_) => Err("the kind is there already".into()),
        }
    }

    fn field<'a>(&mut self, name: &str, mut words: impl Iterator<Item = &'a str>) -> Result<()> {
        let shape = words.next().ok_or("a field has a type")?.to_owned();
        let mut field = Field { shape, ..Field::default() };
        for word in words {
            match word.split_once('=') {
                None if word == "required" => field.required = true,
                Some(("key", it)) => field.keys = it.split(',').map(str::to_owned).collect(),
                Some(("since", it)) => field.since = minor(it)?,
                Some(("until", it)) => field.until = minor(it)?,
                Some(("values", it)) => field.values = values(it),
                _ => return Err(format!("`{word}` says nothing about a field").into()),
            }
        }
        let fields = self.types.get_mut(&self.open).ok_or("a field stands below a type")?;
        fields.insert(name.to_owned(), field);
        Ok(())
    }

    /// A line of `values.txt`.
    fn amend(&mut self, verb: &str, path: &str, argument: &str) -> Result<()> {
        let unknown = || format!("no field `{path}`");
        let (type_name, name) = path.rsplit_once('.').ok_or_else(unknown)?;
        let types = self.types.clone();
        let fields = self.types.get_mut(type_name).ok_or_else(unknown)?;
        let field = fields.get_mut(name).ok_or_else(unknown)?;
        match verb {
            "closed" => field.values = values(argument),
            "empty" => field.empty = true,
            "open" => field.values.clear(),
            "other" => argument.clone_into(&mut field.judge),
            _ => {
                let copy = types.get(&field.shape).ok_or("only an object can be split")?.clone();
                path.clone_into(&mut field.shape);
                self.types.insert(path.to_owned(), copy);
            }
        }
        Ok(())
    }

    fn source(&self) -> Result<String> {
        let mut text = String::from("pub(crate) static KINDS: &[Kind] = &[\n");
        for ((api_version, kind), facts) in &self.kinds {
            let shape = match &*facts.type_name {
                "-" => "None".to_owned(),
                name => format!("Some({})", self.index(name)?),
            };
            let Kind { namespaced, since, deprecated, removed, replacement, .. } = facts;
            writeln!(
                text,
                "Kind {{ api_version: {api_version:?}, name: {kind:?}, root: {shape}, \
                 namespaced: {namespaced}, since: {since}, deprecated: {deprecated}, \
                 removed: {removed}, replacement: {replacement:?} }},"
            )?;
        }
        text.push_str("];\n\npub(crate) static TYPES: &[Type] = &[\n");
        for (name, fields) in &self.types {
            writeln!(text, "Type {{ name: {name:?}, fields: &[")?;
            for (name, field) in fields {
                let shape = self.shape(&field.shape)?;
                let Field { required, keys, since, until, values, empty, judge, .. } = field;
                writeln!(
                    text,
                    "Field {{ name: {name:?}, shape: {shape}, required: {required}, \
                     keys: &{keys:?}, since: {since}, until: {until}, values: &{values:?}, \
                     empty: {empty}, judge: {judge:?} }},"
                )?;
            }
            text.push_str("] },\n");
        }
        text.push_str("];\n");
        Ok(text)
    }

    fn index(&self, name: &str) -> Result<usize> {
        let found = self.types.keys().position(|it| it == name);
        Ok(found.ok_or_else(|| format!("no type `{name}`"))?)
    }

    fn shape(&self, text: &str) -> Result<String> {
        let inner = |open, close| text.strip_prefix(open).and_then(|it| it.strip_suffix(close));
        if let Some(item) = inner('[', ']') {
            return Ok(format!("Shape::List(&{})", self.shape(item)?));
        }
        if let Some(value) = inner('{', '}') {
            return Ok(format!("Shape::Map(&{})", self.shape(value)?));
        }
        Ok(match text {
            "string" => "Shape::String".to_owned(),
            "bool" => "Shape::Bool".to_owned(),
            "int32" => "Shape::Int32".to_owned(),
            "int64" => "Shape::Int64".to_owned(),
            "double" | "number" => "Shape::Number".to_owned(),
            "bytes" => "Shape::Bytes".to_owned(),
            "time" | "micro-time" => "Shape::Time".to_owned(),
            "quantity" => "Shape::Quantity".to_owned(),
            "int-or-string" => "Shape::IntOrString".to_owned(),
            "any" => "Shape::Any".to_owned(),
            name => format!("Shape::Object({})", self.index(name)?),
        })
    }
}

/// The minor of `1.31`.
fn minor(text: &str) -> Result<u32> {
    let minor = text.strip_prefix("1.").ok_or_else(|| format!("`{text}` is no version"))?;
    Ok(minor.parse()?)
}

/// Values between bars; a middle dot stands for a blank.
fn values(text: &str) -> Vec<String> {
    text.split('|').map(|it| it.replace('\u{b7}', " ")).collect()
}

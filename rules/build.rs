//! Reads every rule file with `syn` and writes the registry: documentation head, the `RULE`
//! static, and the options of all rules in one struct. Nothing is listed by hand. The tables of
//! `data/kubernetes` become static arrays on the way.

#![expect(clippy::disallowed_methods, reason = "a build script reads sources and tables")]

#[path = "build/schema.rs"]
mod schema;

use std::{env, error::Error, fs, path::Path};

use quote::{format_ident, quote};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=src");
    let source = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("src");
    let mut rules = Vec::new();
    for category in sorted_entries(&source)? {
        if !category.is_dir() {
            continue;
        }
        for file in modules(&category)? {
            rules.extend(RuleFile::read(&file)?);
        }
    }
    rules.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some(pair) = rules.windows(2).find(|it| it[0].name == it[1].name) {
        return Err(format!("two rules are named {}", pair[0].name).into());
    }
    let out = env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("registry.rs"), registry(&rules).to_string())?;
    println!("cargo::rerun-if-changed=data/kubernetes");
    let data = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("data/kubernetes");
    schema::write(&data, &Path::new(&out).join("kubernetes.rs"))
}

/// The module files that a category's `mod.rs` declares, so that a rule exists for the compiler
/// and the registry at once (a tidy test finds a file that was left out).
fn modules(category: &Path) -> Result<Vec<std::path::PathBuf>, Box<dyn Error>> {
    let text = fs::read_to_string(category.join("mod.rs"))?;
    let names = syn::parse_file(&text)?.items.into_iter().filter_map(|item| match item {
        syn::Item::Mod(item) if item.content.is_none() => Some(item.ident.to_string()),
        _ => None,
    });
    let files = names.map(|it| category.join(it).with_extension("rs"));
    Ok(files.filter(|it| it.is_file()).collect())
}

/// What the registry needs to know of one rule file.
struct RuleFile {
    name: String,
    category: String,
    docs: String,
    has_options: bool,
}

impl RuleFile {
    /// `None` for a file that holds no `RULE`: shared vocabulary of the category.
    fn read(path: &Path) -> Result<Option<Self>, Box<dyn Error>> {
        let text = fs::read_to_string(path)?;
        let file =
            syn::parse_file(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut is_rule = false;
        let mut has_options = false;
        for item in &file.items {
            match item {
                syn::Item::Static(item) if item.ident == "RULE" => is_rule = true,
                syn::Item::Struct(item) if item.ident == "Options" => has_options = true,
                _ => {}
            }
        }
        if !is_rule {
            return Ok(None);
        }
        let part = |it: Option<&std::ffi::OsStr>| {
            it.and_then(|it| it.to_str()).map(str::to_owned).ok_or("a rule's path is not UTF-8")
        };
        let docs: Vec<String> = file.attrs.iter().filter_map(doc_line).collect();
        let docs = docs.iter().map(|it| it.strip_prefix(' ').unwrap_or(it)).collect::<Vec<_>>();
        Ok(Some(Self {
            name: part(path.file_stem())?.replace('_', "-"),
            category: part(path.parent().and_then(Path::file_name))?,
            docs: docs.join("\n"),
            has_options,
        }))
    }
}

fn doc_line(attribute: &syn::Attribute) -> Option<String> {
    let syn::Meta::NameValue(pair) = &attribute.meta else { return None };
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value else {
        return None;
    };
    pair.path.is_ident("doc").then(|| text.value())
}

fn registry(rules: &[RuleFile]) -> impl ToString {
    let entries = rules.iter().map(|it| {
        let module = format_ident!("{}", it.name.replace('-', "_"));
        let category_module = format_ident!("{}", it.category);
        let category = format_ident!("{}", capitalised(&it.category));
        let (name, docs) = (&it.name, &it.docs);
        let summary = docs.lines().next().unwrap_or_default();
        quote! {
            Meta {
                name: #name,
                category: ::goready_model::Category::#category,
                summary: #summary,
                docs: #docs,
                rule: &#category_module::#module::RULE,
            }
        }
    });
    let options = rules.iter().filter(|it| it.has_options).map(|it| {
        let module = format_ident!("{}", it.name.replace('-', "_"));
        let category = format_ident!("{}", it.category);
        let doc = format!("Options of `{}`.", it.name);
        quote! {
            #[doc = #doc]
            pub(crate) #module: #category::#module::Options
        }
    });
    quote! {
        /// Every rule, by name.
        pub static REGISTRY: &[Meta] = &[#(#entries),*];

        /// The options of all rules, each with the fields of its own `Options`.
        #[derive(Debug, Clone, Default, ::serde::Deserialize, ::schemars::JsonSchema)]
        #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
        pub struct AllOptions { #(#options),* }
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|it| it.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

fn sorted_entries(dir: &Path) -> Result<Vec<std::path::PathBuf>, Box<dyn Error>> {
    let entries = fs::read_dir(dir)?.map(|it| it.map(|it| it.path()));
    let mut entries = entries.collect::<Result<Vec<_>, _>>()?;
    entries.sort();
    Ok(entries)
}

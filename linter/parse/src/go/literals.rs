//! String literals with the names they are bound to, for the detectors of credentials.
//!
//! Values stay in memory: nothing here is serialised or printed. Whether a name or a value looks
//! like a credential is not judged here.

use goready_model::Place;

/// How a literal is bound to its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LiteralKind {
    /// `name = "..."` or `name := "..."`, selectors included.
    Assign,
    /// A field of a composite literal.
    Field,
    Const,
    /// A variable of the package.
    Var,
    /// A key of a map literal, or `m["name"] = "..."`.
    MapKey,
    /// The default in `getEnv("NAME", "...")`, `flag.String("name", "...", ...)`.
    DefaultArgument,
    /// `default` or `envDefault` of a struct tag.
    StructTag,
    /// Returned by the function of this name.
    Return,
    /// Compared with the name by `==` or `!=`.
    Comparison,
}

/// A literal and its name.
#[derive(Clone, PartialEq, Eq)]
pub struct LiteralBinding {
    /// The last name: `Password` for `cfg.DB.Password`.
    pub name: String,
    pub value: String,
    /// The literal with its quotes; of a concatenation the whole expression.
    pub place: Place,
    pub kind: LiteralKind,
}

impl std::fmt::Debug for LiteralBinding {
    /// Without the value: it may be a credential.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiteralBinding")
            .field("name", &self.name)
            .field("length", &self.value.len())
            .field("place", &self.place)
            .field("kind", &self.kind)
            .finish()
    }
}

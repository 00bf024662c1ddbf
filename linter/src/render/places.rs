//! Places that a reader can go to.
//!
//! A packed dependency has no lines to edit: what was written in one is placed at the action of
//! this repository that ran it, else at the dependency's entry in `Chart.yaml`. A value that a named
//! template works out is placed at the action beside its key: there it is this object's, while the
//! named template serves many.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use goready_helm::{Chart, ErrorKind, Provenance};
use goready_model::{FileId, Node, NodeId, Place, RenderError, RenderErrorKind, Span, Tree};

use super::{ChartFile, RenderedSet, kind, one_line};

/// Bytes of an expression that a message shows.
const LONGEST_SHOWN: usize = 80;

/// Leads out of packed dependencies.
#[derive(Debug)]
pub(super) struct Climb<'f> {
    first_member: FileId,
    /// Bytes of the chart's files and of its sets of values.
    texts: BTreeMap<FileId, &'f [u8]>,
    /// The entry in `Chart.yaml` that each member belongs to.
    entries: BTreeMap<FileId, Span>,
    metadata: Span,
    /// Trees that several sets have in common, by the address of the rendered one, which whoever
    /// shares it keeps.
    climbed: Mutex<HashMap<usize, Climbed>>,
}

/// A tree with places that can be gone to, and what goes with it.
#[derive(Debug, Clone)]
struct Climbed {
    tree: Arc<Tree>,
    chains: Vec<(Place, Vec<Span>)>,
    parts: Vec<Place>,
    name: Option<Place>,
}

impl<'f> Climb<'f> {
    pub(super) fn new(
        chart: &Chart,
        metadata: Span,
        first_member: FileId,
        files: &'f [ChartFile],
    ) -> Self {
        let mut entries = BTreeMap::new();
        for member in &chart.archived {
            let Some(archive) = member.path.strip_prefix("charts/") else { continue };
            let dependencies = chart.metadata.dependencies().iter();
            let mut owners = dependencies.filter(|it| {
                archive
                    .strip_prefix(&*it.name)
                    .is_some_and(|rest| rest.starts_with(['-', '/', '.']))
            });
            if let Some(place) = owners.next().and_then(|it| it.place) {
                entries.insert(member.id, place);
            }
        }
        let texts = files.iter().map(|it| (it.id, &*it.bytes)).collect();
        Self { first_member, texts, entries, metadata, climbed: Mutex::default() }
    }

    pub(super) fn is_packed(&self, span: Span) -> bool {
        span.file >= self.first_member
    }

    fn entry(&self, file: FileId) -> Span {
        self.entries.get(&file).copied().unwrap_or(self.metadata)
    }

    /// The file that stands for a template's.
    pub(super) fn file(&self, file: FileId) -> FileId {
        if file >= self.first_member { self.entry(file).file } else { file }
    }

    fn span(&self, span: Span, via: &[Span]) -> Span {
        if !self.is_packed(span) {
            return span;
        }
        via.iter().copied().find(|it| !self.is_packed(*it)).unwrap_or_else(|| self.entry(span.file))
    }

    fn text(&self, span: Span) -> Option<&'f str> {
        let text = self.texts.get(&span.file)?.get(span.start as usize..span.end as usize)?;
        std::str::from_utf8(text).ok()
    }

    /// Whether a rendered scalar is what the values file has there, and nothing else.
    fn is_whole(&self, from: Span, node: Node<'_>) -> bool {
        let Some(scalar) = self.text(from) else { return true };
        plain(scalar).is_none_or(|it| it == node.text() || is_same_value(scalar, node.text()))
    }

    /// A document with places that can be gone to; collects the chains of `include`s, and the
    /// places of scalars that a values file feeds only a part of.
    pub(super) fn tree(
        &self,
        tree: Arc<Tree>,
        provenance: &BTreeMap<NodeId, Provenance>,
        set: &mut RenderedSet,
    ) -> Arc<Tree> {
        let address = Arc::as_ptr(&tree).addr();
        let is_shared = Arc::strong_count(&tree) > 1;
        let known = self.known().get(&address).filter(|_| is_shared).cloned();
        let climbed = known.unwrap_or_else(|| self.climb(tree, provenance));
        for (place, chain) in &climbed.chains {
            set.chains.entry(*place).or_insert_with(|| chain.clone());
        }
        set.parts.extend(&climbed.parts);
        set.names.extend(climbed.name);
        let tree = climbed.tree.clone();
        if is_shared {
            self.known().insert(address, climbed);
        }
        tree
    }

    fn known(&self) -> MutexGuard<'_, HashMap<usize, Climbed>> {
        self.climbed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn climb(&self, mut tree: Arc<Tree>, provenance: &BTreeMap<NodeId, Provenance>) -> Climbed {
        let (mut chains, mut parts) = (BTreeMap::new(), BTreeSet::new());
        let packed = |place: Place| {
            self.is_packed(place.at) || place.from.is_some_and(|it| self.is_packed(it))
        };
        let mut moved = Vec::new();
        let mut is_key = vec![false; tree.len()];
        for key in tree.nodes().filter_map(|it| it.key()) {
            is_key[key.id().index()] = true;
        }
        let mut ways = Ways(vec![&[]; tree.len()]);
        for (id, it) in provenance {
            ways.0[id.index()] = &it.via;
        }
        for node in tree.nodes() {
            let mut via = ways.of(node);
            let mut place = node.place();
            if let Some((at, above)) = self.beside_key(&ways, node) {
                place.at = at;
                via = above;
            }
            if packed(place) {
                let from = place.from.filter(|it| !self.is_packed(*it));
                place = Place { at: self.span(place.at, via), from };
            }
            if place != node.place() {
                moved.push((node.id(), place));
            }
            let is_value = node.is_scalar() && !is_key[node.id().index()];
            if is_value && place.from.is_some_and(|it| !self.is_whole(it, node)) {
                parts.insert(place);
            }
            let chain = via.iter().copied().filter(|it| !self.is_packed(*it) && *it != place.at);
            let chain: Vec<Span> = chain.collect();
            if !chain.is_empty() {
                chains.entry(place).or_insert(chain);
            }
        }
        if !moved.is_empty() {
            let tree = Arc::make_mut(&mut tree);
            for (id, place) in moved {
                tree.set_place(id, place);
            }
        }
        let name = tree.root().and_then(|it| it.path(&["metadata", "name"])).map(|it| it.place());
        let (chains, parts) = (chains.into_iter().collect(), parts.into_iter().collect());
        Climbed { tree, chains, parts, name }
    }

    /// The action beside a value's key, where a named template that does not spell the value out
    /// made it; and what led to the template that wrote the key.
    fn beside_key<'p>(&self, ways: &Ways<'p>, node: Node<'_>) -> Option<(Span, &'p [Span])> {
        let key = node.key().filter(|_| node.is_scalar())?;
        let above = ways.of(key);
        let made = ways.of(node).strip_suffix(above)?;
        if made.is_empty() || self.text(node.place().at)?.contains(node.text()) {
            return None;
        }
        let Span { file, end, .. } = key.place().at;
        let end = end as usize;
        let behind = self.texts.get(&file)?.get(end..)?;
        let line = memchr::memchr(b'\n', behind).map_or(behind, |it| &behind[..it]);
        let behind = std::str::from_utf8(line).ok()?;
        let action = first_action(behind)?;
        Some((Span::new(file, end + action.start, end + action.end), above))
    }

    /// Helm's words, behind the expression they are about where there is one.
    fn message(&self, error: &goready_helm::RenderError) -> String {
        let message = one_line(&error.message);
        if matches!(error.kind, ErrorKind::Schema | ErrorKind::SchemaRequired) {
            return violation(&message).unwrap_or(message);
        }
        let about = error.span.filter(|_| error.kind == ErrorKind::Template);
        let shown = about
            .and_then(|it| self.expression(it))
            .filter(|it| !it.is_empty() && it.len() <= LONGEST_SHOWN && !it.contains('\n'));
        let Some(shown) = shown else { return without_go(&message) };
        match unset(shown, &message) {
            Some(parent) => format!("`{shown}`: `{parent}` is not set"),
            None => format!("`{shown}`: {message}"),
        }
    }

    /// The expression that an error is about; Go leaves out how a path begins.
    fn expression(&self, span: Span) -> Option<&'f str> {
        let shown = self.text(span)?;
        if !shown.starts_with('.') {
            return Some(shown.trim());
        }
        let bytes = self.texts.get(&span.file)?;
        let is_path = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'.' | b'$');
        let before = bytes.get(..span.start as usize)?;
        let start = before.iter().rposition(|it| !is_path(it)).map_or(0, |it| it + 1);
        Some(std::str::from_utf8(bytes.get(start..span.end as usize)?).ok()?.trim())
    }

    /// An error where a reader can go; one for each dependency that is missing.
    pub(super) fn errors(
        &self,
        chart: &Chart,
        error: &goready_helm::RenderError,
    ) -> Vec<RenderError> {
        if error.kind == ErrorKind::MissingDependency {
            let mut seen = BTreeSet::new();
            return chart
                .missing()
                .filter(|it| seen.insert(&it.name))
                .map(|it| RenderError {
                    kind: RenderErrorKind::Dependency,
                    place: it.place.unwrap_or(self.metadata).into(),
                    message: format!(
                        "dependency `{}` {} is not in charts/, its part is not analysed",
                        it.name, it.version
                    ),
                    chain: Vec::new(),
                })
                .collect();
        }
        let at = error.span.map_or(self.metadata, |it| self.span(it, &error.via));
        let chain = error.via.iter().filter(|it| !self.is_packed(**it) && **it != at);
        vec![RenderError {
            kind: kind(error.kind),
            place: at.into(),
            message: self.message(error),
            chain: chain.map(|it| (*it).into()).collect(),
        }]
    }
}

/// The `include`s that led to each node of a tree, by its id, innermost first.
struct Ways<'p>(Vec<&'p [Span]>);

impl<'p> Ways<'p> {
    fn of(&self, node: Node<'_>) -> &'p [Span] {
        self.0.get(node.id().index()).copied().unwrap_or_default()
    }
}

/// The action that a text behind a key begins with.
fn first_action(behind: &str) -> Option<Range<usize>> {
    let value = behind.trim_start_matches(['"', '\'']).trim_start().strip_prefix(':')?;
    let action = value.trim_start_matches([' ', '"', '\'']);
    let start = behind.len() - action.len();
    let end = start + action.starts_with("{{").then(|| action.find("}}"))?? + "}}".len();
    Some(start..end)
}

/// The part of a path that is nil, where Go says that nil was asked for a field.
fn unset<'e>(expression: &'e str, message: &str) -> Option<&'e str> {
    let is_name = |it: char| it.is_alphanumeric() || it == '_';
    let field = message.split_once("nil pointer evaluating interface {}.")?.1;
    let field = field.split(|it| !is_name(it)).next()?;
    let step = format!(".{field}");
    let mut steps = expression.match_indices(&step).filter(|(at, step)| {
        let parent = &expression[..*at];
        !expression[at + step.len()..].starts_with(is_name)
            && parent.ends_with(is_name)
            && !parent.ends_with(".Values")
    });
    steps.next().map(|(at, _)| &expression[..at])
}

/// One violation of a schema: the key, or the chart for what it lacks at its top, and what is wrong.
fn violation(message: &str) -> Option<String> {
    let (_, found) = message.split_once("following chart(s): ")?;
    let (chart, found) = found.split_once(": at '")?;
    let (pointer, wrong) = found.split_once("': ")?;
    let path = goready_model::pointer::dotted(pointer);
    let subject = if path.is_empty() { format!("values of {chart}") } else { format!("`{path}`") };
    Some(format!("{subject}: {wrong}"))
}

/// What Go says of a template that is not there, without its names for things of its own.
fn without_go(message: &str) -> String {
    let missing = message.strip_prefix("error calling include: template: ");
    let shown = missing.and_then(|it| it.split_once(" associated with template"));
    shown.map_or(message, |it| it.0).to_owned()
}

/// The text of a scalar without its quotes; a block scalar is not looked into.
fn plain(scalar: &str) -> Option<&str> {
    let inner = |quote: char| scalar.strip_prefix(quote)?.strip_suffix(quote);
    match scalar.chars().next() {
        Some('|' | '>') => None,
        _ => Some(inner('"').or_else(|| inner('\'')).unwrap_or(scalar)),
    }
}

/// Whether both are one number or one boolean, however it is spelt: `1.20` is printed as `1.2`, and
/// `no` as `false`.
fn is_same_value(scalar: &str, printed: &str) -> bool {
    let number = |it: &str| it.parse::<f64>().ok();
    let is_word = matches!(
        scalar.to_ascii_lowercase().as_str(),
        "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false"
    );
    is_word && matches!(printed, "true" | "false")
        || number(scalar).is_some_and(|it| Some(it) == number(printed))
}

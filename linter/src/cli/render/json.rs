//! `goready render --output json`: every scalar with the places it was written in.

use goready_helm::{Chart, Provenance, RenderError, Rendered, RenderedDocument};
use goready_model::{Node, NodeKind, Span};
use serde_json::{Value, json};

use super::files::Files;

pub(super) fn answer(chart: &Chart, rendered: &Rendered, files: &Files) -> Value {
    let prefix = format!("{}/", chart.metadata.name);
    let documents = rendered.documents.iter().filter(|it| !it.truncated);
    let documents: Vec<_> = documents.map(|it| document(it, &prefix, files)).collect();
    let errors: Vec<_> = rendered.errors.iter().map(|it| error(it, files)).collect();
    json!({ "documents": documents, "errors": errors })
}

fn document(document: &RenderedDocument, prefix: &str, files: &Files) -> Value {
    let mut nodes = Vec::new();
    let root = document.tree.root();
    if let Some(root) = root {
        leaves(root, &mut String::new(), document, files, &mut nodes);
    }
    let namespace = root.and_then(|it| it.path(&["metadata", "namespace"]));
    json!({
        "source": document.source.strip_prefix(prefix).unwrap_or(&document.source),
        "apiVersion": document.api_version,
        "kind": document.kind,
        "name": document.name,
        "namespace": namespace.map(|it| it.text()),
        "hook": document.hook.is_some(),
        "nodes": nodes,
    })
}

/// Adds an entry for each scalar below a node; the pointer is that of the node.
fn leaves(
    node: Node<'_>,
    pointer: &mut String,
    document: &RenderedDocument,
    files: &Files,
    nodes: &mut Vec<Value>,
) {
    if node.is_scalar() {
        nodes.push(leaf(node, pointer, document, files));
        return;
    }
    let length = pointer.len();
    for (index, item) in node.items().enumerate() {
        pointer.push('/');
        pointer.push_str(&index.to_string());
        leaves(item, pointer, document, files, nodes);
        pointer.truncate(length);
    }
    for entry in node.entries() {
        // Of duplicate keys the one that counts.
        if node.get(entry.key.text()) != Some(entry.value) {
            continue;
        }
        pointer.push('/');
        pointer.push_str(&goready_model::pointer::escape(entry.key.text()));
        leaves(entry.value, pointer, document, files, nodes);
        pointer.truncate(length);
    }
}

fn leaf(node: Node<'_>, pointer: &str, document: &RenderedDocument, files: &Files) -> Value {
    let place = node.place();
    let unknown = Provenance::default();
    let provenance = document.provenance.get(&node.id()).unwrap_or(&unknown);
    let values = place.from.map(|it| {
        let mut values = span(it, files);
        values["path"] = provenance.values.as_deref().into();
        values
    });
    let via: Vec<_> = provenance.via.iter().map(|it| start(*it, files)).collect();
    json!({
        "pointer": pointer,
        "value": value(node),
        "at": span(place.at, files),
        "values": values,
        "via": via,
        "synthetic": provenance.synthetic,
    })
}

fn value(node: Node<'_>) -> Value {
    match node.kind() {
        NodeKind::Null => Value::Null,
        NodeKind::Bool(value) => value.into(),
        NodeKind::Int(value) => value.into(),
        NodeKind::Float(value) => value.into(),
        _ => node.text().into(),
    }
}

fn span(span: Span, files: &Files) -> Value {
    let (start, end) = files.position(span);
    json!({
        "file": files.path(span.file),
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
    })
}

fn start(span: Span, files: &Files) -> Value {
    let (start, _) = files.position(span);
    json!({ "file": files.path(span.file), "line": start.line, "column": start.column })
}

fn error(error: &RenderError, files: &Files) -> Value {
    let mut answer = match error.span {
        Some(span) => start(span, files),
        None => json!({ "file": null, "line": null, "column": null }),
    };
    answer["message"] = (&*error.message).into();
    answer
}

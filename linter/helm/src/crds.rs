//! Actions in files that Helm takes as they are.

use goready_model::{FileId, Span};

use crate::template::{
    self,
    ast::{Node, OperandKind, Pipe},
};

/// The first action in a text that only a template would have: control flow, or something that
/// names what Helm gives to templates. Other braces are text: Go templates and CEL also stand in
/// descriptions.
pub fn first_action(file: FileId, text: &str) -> Option<Span> {
    if !text.contains("{{") {
        return None;
    }
    let parsed = template::parse(file, "", &text.into());
    let body = parsed.body.iter().find_map(|it| match it {
        Node::If(branch) | Node::With(branch) | Node::Range(branch) => Some(branch.span),
        Node::Template(invocation) => Some(invocation.span),
        Node::Action { span, pipe } if names_helm(pipe) => Some(*span),
        _ => None,
    });
    let found = body.or_else(|| parsed.defines.first().map(|it| it.span));
    found.map(|it| it.in_file(file))
}

fn names_helm(pipe: &Pipe) -> bool {
    let operands = pipe.commands.iter().flat_map(|it| &it.operands);
    operands.into_iter().any(|operand| match &operand.kind {
        OperandKind::Field(fields) | OperandKind::Variable(_, fields) => {
            let first = fields.first().map_or("", |it| &**it);
            matches!(first, "Values" | "Release" | "Chart" | "Capabilities" | "Files")
        }
        OperandKind::Function(name) => &**name == "include",
        OperandKind::Pipe(inner, _) => names_helm(inner),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_told_from_braces_in_texts() {
        let at = |text: &str| first_action(FileId(0), text).map(|it| (it.start, it.end));
        assert_eq!(at("group: {{ .Values.group }}\n"), Some((7, 26)));
        assert_eq!(at("{{- if .Values.crds }}\na: 1\n{{- end }}\n"), Some((0, 22)));
        assert_eq!(at("name: {{ include \"n\" . }}\n"), Some((6, 25)));
        assert_eq!(at("description: write `{{ .Name }}` to get the name\n"), None);
        assert_eq!(at("description: '{{ $labels.instance }}'\n"), None);
        assert_eq!(at("a: 1\n"), None);
    }
}

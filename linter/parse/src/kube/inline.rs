//! Patches written inside a `kustomization.yaml`, as documents of their own with the places they
//! have in that file. They follow the file's own documents; link finds each by its bounds.

use goready_model::{Document, Node, Style};
use goready_yaml::Parsed;

use crate::Source;

/// Parses the inline patches of a kustomization and adds them to its documents.
pub(super) fn add(source: &Source<'_>, parsed: &mut Parsed) {
    let Some(tree) = parsed.documents.first().map(|it| it.tree.clone()) else { return };
    let Some(root) = tree.root() else { return };
    let lists = ["patches", "patchesStrategicMerge", "patchesJson6902"];
    let entries = lists.into_iter().filter_map(|it| root.get(it)).flat_map(|it| it.items());
    let patches = entries.filter_map(|it| if it.is_mapping() { it.get("patch") } else { Some(it) });
    for text in patches.filter_map(|it| alone(source.text, it)) {
        let inline = goready_yaml::parse(source.file, &text);
        parsed.problems.extend(inline.problems);
        for document in inline.documents.into_iter().filter(|it| !it.tree.is_empty()) {
            let index = parsed.documents.len();
            parsed.documents.push(Document { index, ..document });
        }
    }
}

/// The file with everything but the content of one scalar blanked, so that offsets stay. `None`
/// for a path, and for text whose bytes are not its value.
fn alone(file: &str, node: Node<'_>) -> Option<String> {
    let at = node.place().at;
    let (start, end) = (at.start as usize, at.end as usize);
    let written = file.get(start..end)?;
    let content = match node.style() {
        Style::Literal => start + written.find('\n')? + 1..end,
        Style::SingleQuoted | Style::DoubleQuoted => {
            let inside = start + 1..end.checked_sub(1)?;
            (file.get(inside.clone())? == node.text()).then_some(inside)?
        }
        _ => return None,
    };
    let text = file.get(content.clone())?;
    if !text.contains([':', '{']) {
        return None;
    }
    let blank = |byte: u8| if byte == b'\n' { '\n' } else { ' ' };
    let mut alone: String = file.bytes().take(content.start).map(blank).collect();
    alone.push_str(text);
    Some(alone)
}

#[cfg(test)]
mod tests {
    use goready_model::{FileId, FileKind};

    use crate::kube::parse;

    use super::*;

    #[test]
    fn inline_patches_are_documents_with_their_places_in_the_file() {
        let text = "# é\npatches:\n- path: a.yaml\n- target: {kind: Deployment}\n  patch: |-\n    \
                    - op: replace\n      path: /spec/replicas\n      value: 3\n- patch: '{kind: Pod}'\n\
                    patchesStrategicMerge:\n- b.yaml\n- |\n  kind: Service\n";
        let source = Source { file: FileId(0), path: "kustomization.yaml", text, lossy: false };
        let parsed = parse(&source, FileKind::Kustomization);
        assert_eq!(parsed.problems, []);
        assert_eq!(parsed.documents.len(), 4);
        let root = |it: usize| parsed.documents[it].tree.root().unwrap();
        let value = root(1).items().next().unwrap().get("value").unwrap().place().at;
        assert_eq!(&text[value.start as usize..value.end as usize], "3");
        let kinds = [root(2), root(3)].map(|it| {
            let at = it.get("kind").unwrap().place().at;
            &text[at.start as usize..at.end as usize]
        });
        assert_eq!(kinds, ["Pod", "Service"]);
    }
}

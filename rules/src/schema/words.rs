//! How findings about typed values name them.

use goready_model::{Node, NodeKind, Object};

use super::Typed;

/// The last steps to a value as a person writes them: `env[0].value`, `labels.app`.
pub(crate) fn path(object: &Object, node: Node<'_>) -> String {
    let mut steps: Vec<String> = Vec::new();
    let mut index = String::new();
    let mut node = node;
    while steps.len() < 2 && node.id() != object.root {
        match node.key() {
            Some(key) => {
                let key = key.text();
                let plain = key.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it));
                let key = if plain { key.to_owned() } else { format!("[\"{key}\"]") };
                steps.push(key + &index);
                index.clear();
            }
            None => index = format!("[{}]{index}", node.index().unwrap_or(0)),
        }
        let Some(parent) = node.parent() else { break };
        node = parent;
    }
    let mut path = String::new();
    for step in steps.iter().rev() {
        if !path.is_empty() && !step.starts_with('[') {
            path.push('.');
        }
        path.push_str(step);
    }
    path + if steps.is_empty() { &index } else { "" }
}

/// What a value is, with the value itself where it may be shown: `the string "three"`.
pub(crate) fn value(typed: &Typed<'_>) -> String {
    let node = typed.node;
    let kind = match node.kind() {
        NodeKind::Null => return "nothing".to_owned(),
        NodeKind::Dynamic => return "a value that is not known".to_owned(),
        NodeKind::Sequence => return "a list".to_owned(),
        NodeKind::Mapping => return "a map".to_owned(),
        NodeKind::Bool(_) => return format!("the boolean `{}`", node.text()),
        NodeKind::Int(_) | NodeKind::Float(_) => "number",
        NodeKind::String => "string",
    };
    match shown(typed) {
        Some(text) if kind == "string" => format!("the string \"{text}\""),
        Some(text) => format!("the number `{text}`"),
        None => format!("a {kind}"),
    }
}

/// The text of a scalar, unless it may be a credential or is too long for a line.
fn shown<'t>(typed: &Typed<'t>) -> Option<&'t str> {
    /// Longer texts hide what the message says about them.
    const LONGEST: usize = 60;
    let secret = matches!(
        typed.owner.name,
        "core.v1.Secret" | "core.v1.EnvVar" | "core.v1.ConfigMap" | "core.v1.HTTPHeader"
    ) || matches!(typed.field.name, "args" | "command");
    let text = typed.node.text();
    let fits = text.len() <= LONGEST && !text.chars().any(char::is_control);
    (!secret && fits).then_some(text)
}

/// `TCP`, `TCP or UDP`, `SCTP, TCP or UDP`, each in backticks.
pub(crate) fn choices(values: &[&str]) -> String {
    let quoted: Vec<String> = values.iter().map(|it| format!("`{it}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

/// `"a"`, `"a" and "b"`, `"a", "b" and "c"`, each once.
pub(crate) fn all(names: &[&str]) -> String {
    let quoted: Vec<String> = unique(names).iter().map(|it| format!("\"{it}\"")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

/// Each name once, in the order given.
pub(crate) fn unique<'n>(names: &[&'n str]) -> Vec<&'n str> {
    let mut seen = Vec::new();
    for name in names {
        if !seen.contains(name) {
            seen.push(*name);
        }
    }
    seen
}

/// The candidate that a person most likely meant by `text`.
///
/// Equal but for case, or one a longer form of the other, or a third of it in typing errors.
pub(crate) fn closest<'c>(
    text: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    /// Shorter texts begin too many names.
    const SHORTEST: usize = 4;
    let candidates: Vec<&str> = candidates.into_iter().collect();
    if let Some(found) = candidates.iter().find(|it| it.eq_ignore_ascii_case(text)) {
        return Some(found);
    }
    let lower = text.to_ascii_lowercase();
    let distances = candidates
        .iter()
        .map(|it| (strsim::damerau_levenshtein(&lower, &it.to_ascii_lowercase()), *it))
        .filter(|(distance, it)| *distance <= (text.len().max(it.len()) / 3).min(3));
    if let Some((_, found)) = distances.min_by_key(|(distance, _)| *distance) {
        return Some(found);
    }
    let longer = |it: &&str| text.len() >= SHORTEST && it.to_ascii_lowercase().starts_with(&lower);
    candidates.into_iter().find(longer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_name_is_a_likely_slip() {
        let names =
            ["limits", "requests", "livenessProbe", "imagePullPolicy", "args", "env", "tty"];
        let closest = |text| closest(text, names.iter().copied());
        assert_eq!(closest("limit"), Some("limits"));
        assert_eq!(closest("imagepullpolicy"), Some("imagePullPolicy"));
        assert_eq!(closest("liveness"), Some("livenessProbe"));
        assert_eq!(closest("envs"), Some("env"));
        assert_eq!(closest("foo"), None);
        assert_eq!(closest("x-note"), None);
    }

    #[test]
    fn choices_read_as_a_sentence() {
        assert_eq!(choices(&["A"]), "`A`");
        assert_eq!(choices(&["A", "B", "C"]), "`A`, `B` or `C`");
    }
}

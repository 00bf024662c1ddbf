//! Changing a tree after it was built, as kustomizations change the objects they include. What
//! comes in keeps the places of the file it was written in.

use super::{NONE, Node, NodeData, NodeId, Tree, feed};

impl Tree {
    /// Puts a copy of a node of another tree in the place of one, under the same key. A scalar
    /// that becomes another scalar keeps its id.
    pub fn replace(&mut self, id: NodeId, value: Node<'_>) -> NodeId {
        let Some(old) = self.nodes.get(id.0 as usize).copied() else { return id };
        if old.first == NONE && value.data().first == NONE {
            let text = self.add_text(value.text());
            let NodeData { kind, style, at, .. } = *value.data();
            let from = feed(&mut self.fed, value.place().from);
            let node = NodeData { kind, style, at, from, text, ..old };
            self.nodes[id.0 as usize] = node;
            return id;
        }
        let new = self.graft(value, old.parent);
        self.nodes[new as usize].key = old.key;
        self.nodes[new as usize].next = old.next;
        self.relink(id.0, new);
        NodeId(new)
    }

    /// Takes a node, with its key and all below it, out of its parent.
    pub fn remove(&mut self, id: NodeId) {
        let Some(old) = self.nodes.get(id.0 as usize).copied() else { return };
        self.relink(id.0, old.next);
        self.nodes[id.0 as usize].parent = NONE;
    }

    /// Adds a copy of an entry or item of another tree as the last child of a collection, or as
    /// the first.
    pub fn insert(&mut self, parent: NodeId, key: Option<Node<'_>>, value: Node<'_>, first: bool) {
        if self.nodes.get(parent.0 as usize).is_none() {
            return;
        }
        let key = key.map_or(NONE, |it| self.graft(it, parent.0));
        let new = self.graft(value, parent.0);
        self.nodes[new as usize].key = key;
        self.link(parent.0, new, first);
    }

    /// Copies a subtree of another tree, unlinked.
    fn graft(&mut self, source: Node<'_>, parent: u32) -> u32 {
        let text = self.add_text(source.text());
        let from = feed(&mut self.fed, source.place().from);
        let id = self.nodes.len() as u32;
        self.nodes.push(NodeData {
            from,
            key: NONE,
            parent,
            next: NONE,
            first: NONE,
            last: NONE,
            text,
            ..*source.data()
        });
        for child in source.siblings(source.data().first) {
            let key = child.key().map_or(NONE, |it| self.graft(it, id));
            let value = self.graft(child, id);
            self.nodes[value as usize].key = key;
            self.link(id, value, false);
        }
        id
    }

    fn add_text(&mut self, text: &str) -> (u32, u32) {
        let start = self.pool.len() as u32;
        self.pool.push_str(text);
        (start, self.pool.len() as u32)
    }

    fn link(&mut self, parent: u32, child: u32, first: bool) {
        let NodeData { first: head, last: tail, .. } = self.nodes[parent as usize];
        if first {
            self.nodes[child as usize].next = head;
            self.nodes[parent as usize].first = child;
            if tail == NONE {
                self.nodes[parent as usize].last = child;
            }
            return;
        }
        if tail == NONE {
            self.nodes[parent as usize].first = child;
        } else {
            self.nodes[tail as usize].next = child;
        }
        self.nodes[parent as usize].last = child;
    }

    /// Lets whatever leads to `old` lead to `new` (or past it, when `new` is what follows).
    fn relink(&mut self, old: u32, new: u32) {
        let parent = self.nodes[old as usize].parent;
        let Some(NodeData { first, last, .. }) = self.nodes.get(parent as usize).copied() else {
            return;
        };
        let mut before = NONE;
        let mut child = first;
        while child != NONE && child != old {
            before = child;
            child = self.nodes[child as usize].next;
        }
        if before == NONE {
            self.nodes[parent as usize].first = new;
        } else {
            self.nodes[before as usize].next = new;
        }
        if last == old {
            let is_successor = new == self.nodes[old as usize].next;
            self.nodes[parent as usize].last = if is_successor { before } else { new };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FileId, NodeKind, Place, Style, TreeBuilder};

    fn place(at: usize) -> Place {
        Place::new(FileId(0), at, at + 1)
    }

    fn mapping(entries: &[(&str, &str)]) -> Tree {
        let mut builder = TreeBuilder::default();
        builder.begin(NodeKind::Mapping, Style::Block, place(0));
        for (at, (key, value)) in entries.iter().enumerate() {
            builder.key(NodeKind::String, Style::Plain, key, place(at));
            builder.scalar(NodeKind::String, Style::Plain, value, place(at));
        }
        builder.finish()
    }

    fn shown(tree: &Tree) -> String {
        let entries = tree.root().unwrap().entries();
        entries.flat_map(|it| [it.key.text(), "=", it.value.text(), " "]).collect()
    }

    fn id(tree: &Tree, key: &str) -> NodeId {
        tree.root().unwrap().get(key).unwrap().id()
    }

    #[test]
    fn entries_are_replaced_removed_and_inserted_at_both_ends() {
        let mut tree = mapping(&[("a", "1"), ("b", "2"), ("c", "3")]);
        let other = mapping(&[("x", "9"), ("y", "8")]);
        let [x, y] = [0, 1].map(|it| other.root().unwrap().entries().nth(it).unwrap());
        let b = id(&tree, "b");
        assert_eq!(tree.replace(b, x.value), b, "a scalar keeps its id");
        assert_eq!(shown(&tree), "a=1 b=9 c=3 ");
        tree.remove(id(&tree, "c"));
        tree.insert(tree.root().unwrap().id(), Some(x.key), x.value, false);
        tree.insert(tree.root().unwrap().id(), Some(y.key), y.value, true);
        assert_eq!(shown(&tree), "y=8 a=1 b=9 x=9 ");
        tree.remove(id(&tree, "y"));
        tree.remove(id(&tree, "a"));
        tree.remove(id(&tree, "b"));
        tree.remove(id(&tree, "x"));
        assert_eq!(shown(&tree), "");
        tree.insert(tree.root().unwrap().id(), Some(x.key), x.value, false);
        assert_eq!(shown(&tree), "x=9 ");
    }

    #[test]
    fn a_scalar_is_replaced_by_a_collection_under_its_key() {
        let mut tree = mapping(&[("a", "1"), ("b", "2")]);
        let other = mapping(&[("x", "9")]);
        tree.replace(id(&tree, "b"), other.root().unwrap());
        let b = tree.root().unwrap().get("b").unwrap();
        assert_eq!((b.pointer(), b.get("x").unwrap().text()), ("/b".to_owned(), "9"));
        tree.replace(id(&tree, "a"), other.root().unwrap());
        assert_eq!(tree.root().unwrap().path(&["a", "x"]).unwrap().pointer(), "/a/x");
        assert_eq!(tree.root().unwrap().entries().count(), 2);
    }
}

//! What lists and maps keep their elements in.
//!
//! Templates can nest values deeper than a native stack is, one level in each turn of a loop. So
//! what hangs below a certain depth is not dropped where it is found, but put aside and dropped
//! when the stack is short again.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    mem,
    ops::Deref,
};

use crate::value::{Entry, Key, Value};

/// Elements of a list.
#[derive(Debug, Default)]
pub struct Items(Vec<Value>);

/// Elements of a map.
#[derive(Debug, Default)]
pub struct Entries(RefCell<BTreeMap<Key, Entry>>);

impl From<Vec<Value>> for Items {
    fn from(items: Vec<Value>) -> Self {
        Self(items)
    }
}

impl From<BTreeMap<Key, Entry>> for Entries {
    fn from(entries: BTreeMap<Key, Entry>) -> Self {
        Self(RefCell::new(entries))
    }
}

impl Deref for Items {
    type Target = Vec<Value>;

    fn deref(&self) -> &Vec<Value> {
        &self.0
    }
}

impl Deref for Entries {
    type Target = RefCell<BTreeMap<Key, Entry>>;

    fn deref(&self) -> &RefCell<BTreeMap<Key, Entry>> {
        &self.0
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        if !self.0.is_empty() {
            dismantle(Elements::List(mem::take(&mut self.0)));
        }
    }
}

impl Drop for Entries {
    fn drop(&mut self) {
        let entries = self.0.get_mut();
        if !entries.is_empty() {
            dismantle(Elements::Map(mem::take(entries)));
        }
    }
}

enum Elements {
    #[expect(dead_code, reason = "held to be dropped")]
    List(Vec<Value>),
    #[expect(dead_code, reason = "held to be dropped")]
    Map(BTreeMap<Key, Entry>),
}

/// Levels that are dropped on the stack.
const MAX_DEPTH: u32 = 100;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static ASIDE: RefCell<Vec<Elements>> = const { RefCell::new(Vec::new()) };
}

fn dismantle(elements: Elements) {
    // While a thread ends there may be no place to put anything.
    let depth = DEPTH.try_with(Cell::get).unwrap_or(0);
    if depth >= MAX_DEPTH {
        let _ = ASIDE.try_with(|aside| aside.borrow_mut().push(elements));
        return;
    }
    let _ = DEPTH.try_with(|it| it.set(depth + 1));
    drop(elements);
    if depth == 0 {
        while let Ok(Some(elements)) = ASIDE.try_with(|aside| aside.borrow_mut().pop()) {
            drop(elements);
        }
    }
    let _ = DEPTH.try_with(|it| it.set(depth));
}

#[cfg(test)]
mod tests {
    use crate::value::{Map, Value};

    #[test]
    fn values_are_dropped_however_deep_they_nest() {
        let mut value = Value::nil();
        for level in 0..200_000 {
            value = if level % 2 == 0 {
                Value::list(vec![value])
            } else {
                let map = Map::new();
                map.set("a", value);
                Value::map(map)
            };
        }
        drop(value);
    }
}

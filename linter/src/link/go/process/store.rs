//! Storage that runs share: a run that splits copies nothing until one side changes something.

use std::rc::Rc;

/// Elements that are copied together.
const CHUNK: usize = 64;

/// A growing list whose clones share the parts that neither has changed since.
#[derive(Debug, Clone)]
pub(super) struct Store<T> {
    chunks: Vec<Rc<Vec<T>>>,
    len: usize,
}

impl<T: Clone> Store<T> {
    pub(super) fn new() -> Self {
        Self { chunks: Vec::new(), len: 0 }
    }

    /// Adds an element and says where it is.
    pub(super) fn push(&mut self, value: T) -> u32 {
        let at = self.len;
        if at.is_multiple_of(CHUNK) {
            self.chunks.push(Rc::new(Vec::with_capacity(CHUNK)));
        }
        if let Some(chunk) = self.chunks.last_mut() {
            Rc::make_mut(chunk).push(value);
            self.len += 1;
        }
        at as u32
    }

    pub(super) fn get(&self, at: u32) -> Option<&T> {
        let at = at as usize;
        self.chunks.get(at / CHUNK)?.get(at % CHUNK)
    }

    pub(super) fn get_mut(&mut self, at: u32) -> Option<&mut T> {
        let at = at as usize;
        Rc::make_mut(self.chunks.get_mut(at / CHUNK)?).get_mut(at % CHUNK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_until_one_changes() {
        let mut first = Store::new();
        let ids: Vec<u32> = (0..200).map(|it| first.push(it)).collect();
        let mut second = first.clone();
        if let Some(slot) = second.get_mut(ids[70]) {
            *slot = 7;
        }
        assert_eq!(second.push(500), 200);
        assert_eq!((first.get(70), second.get(70)), (Some(&70), Some(&7)));
        assert_eq!((first.get(200), second.get(200)), (None, Some(&500)));
        let shared = |it: usize| Rc::ptr_eq(&first.chunks[it], &second.chunks[it]);
        assert_eq!([shared(0), shared(1), shared(2), shared(3)], [true, false, true, false]);
    }
}

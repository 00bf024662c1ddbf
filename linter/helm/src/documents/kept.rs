//! Files that several renders of a chart print alike, read once.
//!
//! Most files come out the same whatever the set of values. Such a file is the same only if its
//! bytes are and each of them comes from the same place by the same way: then so do its nodes.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use goready_model::Span;

use super::RenderedDocument;
use crate::{
    exec::FileOutput,
    origin::{Frame, Origins, Site, Step, ValuesId},
};

/// What was read of the files of one chart, by Helm's names of them. Other charts have other
/// places: this serves the renders of one.
#[derive(Debug, Default)]
pub struct Kept(Mutex<BTreeMap<Arc<str>, Vec<Entry>>>);

#[derive(Debug)]
struct Entry {
    bytes: Box<[u8]>,
    ways: Ways,
    documents: Vec<RenderedDocument>,
}

impl Kept {
    /// The documents of a file that another render printed alike.
    pub(super) fn find(
        &self,
        source: &str,
        output: &FileOutput,
        ways: &Ways,
    ) -> Option<Vec<RenderedDocument>> {
        let files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut entries = files.get(source)?.iter();
        let found = entries.find(|it| *it.bytes == *output.text.bytes() && it.ways == *ways)?;
        Some(found.documents.clone())
    }

    pub(super) fn keep(
        &self,
        source: &Arc<str>,
        output: &FileOutput,
        ways: Ways,
        documents: &[RenderedDocument],
    ) {
        let bytes = output.text.bytes().into();
        let entry = Entry { bytes, ways, documents: documents.to_vec() };
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.entry(source.clone()).or_default().push(entry);
    }
}

/// Where each part of a file comes from and how, without the numbers that one render gave: frames
/// and values are counted as they appear.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Ways {
    runs: Vec<Run>,
    /// The action that entered a frame, and the frame it stood in.
    frames: Vec<Option<(Span, u32)>>,
    values: Vec<Values>,
}

/// Bytes of one origin.
#[derive(Debug, PartialEq)]
struct Run {
    end: usize,
    at: Option<(Span, u32)>,
    from: Option<u32>,
    of_key: bool,
    synthetic: bool,
}

/// A node of a values file.
#[derive(Debug, PartialEq)]
struct Values {
    place: Option<Span>,
    step: Option<Step>,
    parent: Option<u32>,
}

impl Ways {
    pub(super) fn of(output: &FileOutput, origins: &Origins) -> Self {
        let mut counting = Counting {
            origins,
            frames: HashMap::new(),
            values: HashMap::new(),
            ways: Self::default(),
        };
        for (range, origin) in output.text.runs() {
            let data = origins.get(origin);
            let run = Run {
                end: range.end,
                at: data.at.map(|it| counting.site(it)),
                from: data.from.map(|it| counting.value(it)),
                of_key: data.of_key,
                synthetic: data.synthetic,
            };
            counting.ways.runs.push(run);
        }
        counting.ways
    }
}

struct Counting<'r> {
    origins: &'r Origins,
    frames: HashMap<Frame, u32>,
    values: HashMap<ValuesId, u32>,
    ways: Ways,
}

impl Counting<'_> {
    fn site(&mut self, site: Site) -> (Span, u32) {
        (site.span, self.frame(site.frame))
    }

    fn frame(&mut self, frame: Frame) -> u32 {
        if let Some(known) = self.frames.get(&frame) {
            return *known;
        }
        // Callers are entered before what they call, so this ends.
        let caller = self.origins.caller(frame).map(|it| self.site(it));
        let index = self.ways.frames.len() as u32;
        self.ways.frames.push(caller);
        self.frames.insert(frame, index);
        index
    }

    fn value(&mut self, id: ValuesId) -> u32 {
        if let Some(known) = self.values.get(&id) {
            return *known;
        }
        let node = self.origins.values(id);
        let parent = node.and_then(|it| it.parent).map(|it| self.value(it));
        let index = self.ways.values.len() as u32;
        self.ways.values.push(Values {
            place: node.map(|it| it.value),
            step: node.and_then(|it| it.step.clone()),
            parent,
        });
        self.values.insert(id, index);
        index
    }
}

//! Where in the code of the project something belongs that happens in code of others: at the call
//! that led there. Nobody mends a framework where it stands.

use goready_model::Place;

use super::{Frame, Machine, Run, Thread};

impl<'s, 'a> Machine<'s, 'a> {
    /// Remembers for a step in code of others what led there, the first time it is executed.
    pub(super) fn note_home(&mut self, at: usize, step: Place) {
        if self.homes.contains_key(&step) {
            return;
        }
        let Some(thread) = self.threads.get(at) else { return };
        if let Some(home) = self.calling_place(thread).or(thread.home) {
            self.homes.insert(step, home);
        }
    }

    /// The innermost call in code of the project that a thread is in.
    fn calling_place(&self, thread: &Thread<'a>) -> Option<Place> {
        thread.frames.iter().rev().find_map(|frame| match frame {
            Frame::Code(frame) if !self.repo().is_foreign(frame.file) => {
                let cursor = frame.cursors.last()?;
                let block = self.repo().code(frame.file).block(cursor.block);
                let step = block.get(cursor.at.checked_sub(1)?)?;
                Some(self.repo().place(frame.file, &step.place))
            }
            _ => None,
        })
    }

    /// The same run with every place in the code of the project. What the project cannot change in
    /// code of others (how it builds and stops its servers) is left out; that a server serves and
    /// what becomes of it counts wherever it is.
    pub(super) fn at_home(&self, mut run: Run) -> Run {
        let is_foreign = |place: &Place| self.repo().is_foreign_place(place);
        let home = |place: &mut Place| {
            if is_foreign(place) {
                *place = self.home_of(*place);
            }
        };
        run.shutdowns.retain(|it| !is_foreign(&it.place));
        for shutdown in &mut run.shutdowns {
            shutdown.context = shutdown.context.filter(|it| !is_foreign(it));
        }
        for served in &mut run.servers {
            let server = &mut served.server;
            server.headers_unlimited = server.headers_unlimited.filter(|it| !is_foreign(it));
            home(&mut server.place);
        }
        run.trace.iter_mut().for_each(|it| home(&mut it.place));
        run.trace.dedup_by(|a, b| a.place == b.place && a.what == b.what);
        run.drain.iter_mut().for_each(|it| home(&mut it.place));
        run.listens.iter_mut().for_each(|it| home(&mut it.place));
        run.blocked_at.iter_mut().for_each(home);
        if let Some((_, place)) = &mut run.behind {
            home(place);
        }
        if let Some((_, place, _)) = &mut run.exit {
            home(place);
        }
        run
    }

    /// The home of the step that holds a place; `main` for what no call led to.
    fn home_of(&self, place: Place) -> Place {
        let holds = |step: &Place| {
            step.at.file == place.at.file
                && step.at.start <= place.at.start
                && place.at.end <= step.at.end
        };
        let steps = self.homes.iter().filter(|(step, _)| holds(step));
        let innermost = steps.min_by_key(|(step, _)| step.at.end - step.at.start);
        let main = || {
            let main = self.shared.main;
            let at = self.repo().function(main).map_or(0..0, |it| it.place.clone());
            self.repo().place(main.file, &at)
        };
        innermost.map_or_else(main, |(_, home)| *home)
    }
}

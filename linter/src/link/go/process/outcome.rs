//! What a run came to.

use goready_model::Place;
use goready_parse::go::code::Step;

use super::{
    ChannelSource, Ending, FileRef, FnRef, Frame, Machine, Obj, Phase, Run, Served, Server,
    ServerRef, Stage, Thread, Wait,
};
use crate::link::go::interest::Interest;

impl<'s, 'a> Machine<'s, 'a> {
    pub(super) fn finish(mut self) -> Run {
        let main_done = self.main.and_then(|it| self.threads.get(it)).is_some_and(|it| it.done);
        let over = main_done || self.end.is_some();
        let ending = if self.lost {
            Ending::Lost
        } else {
            match (self.phase, over) {
                (Phase::Before, true) => Ending::Finished,
                (Phase::Before, false) => Ending::Killed,
                (Phase::After, true) => Ending::Ended,
                (Phase::After, false) => Ending::Stuck,
            }
        };
        let served: Vec<ServerRef> = if self.phase == Phase::Before {
            self.servers
                .iter()
                .enumerate()
                .filter(|(_, it)| it.stage == Stage::Serving)
                .map(|(at, _)| at as ServerRef)
                .collect()
        } else {
            self.served.clone()
        };
        let administrative = self.is_default_mux_administrative();
        for it in self.listens.iter_mut().filter(|it| it.default_mux) {
            it.admin = administrative;
        }
        let servers = self
            .servers
            .iter()
            .enumerate()
            .map(|(at, server)| Served {
                server: Server {
                    administrative: server.administrative || server.default_mux && administrative,
                    ..server.clone()
                },
                started: server.started,
                serving_at_signal: served.contains(&(at as ServerRef)),
            })
            .collect();
        let working_at_end = self.threads.iter().any(|it| {
            !it.done
                && match it.wait {
                    Some(Wait::Spin(_) | Wait::Sleep(_)) => true,
                    // It ran when the process ended.
                    None => !it.frames.is_empty(),
                    _ => false,
                }
        });
        // It winds up, and waits for workers whose end was not seen.
        self.blind |= self.phase == Phase::After && self.waits_for_workers();
        let in_service = match self.phase {
            Phase::Before => self.any_in_service(),
            Phase::After => self.served_at_signal,
        };
        // Only where the call surely does not return is what follows it dead.
        let definite = self.main.and_then(|it| self.threads.get(it)).is_none_or(|it| {
            !matches!(
                it.wait,
                Some(Wait::Receive { .. } | Wait::Select { .. } | Wait::Unknown { .. })
            )
        });
        let run = Run {
            ending,
            servers,
            behind: if ending == Ending::Killed { self.behind() } else { None },
            definite,
            in_service,
            working_at_end,
            blocked_at: self.blocked_places(),
            registrations: std::mem::take(&mut self.registrations),
            ignored: self.ignored,
            exit: self.end.take(),
            timed: self.timed,
            trace: std::mem::take(&mut self.trace),
            listens: std::mem::take(&mut self.listens),
            shutdowns: std::mem::take(&mut self.shutdowns),
            drain: std::mem::take(&mut self.drain),
            interactive: self.interactive,
            mended: self.mended,
            blind: self.blind,
            kept_stop: self.kept_stop,
            unknown_runner: self.unknown_runner,
            unknown_server: self.unknown_server,
            model: self.model.take(),
        };
        self.at_home(run)
    }

    /// Whether main waits for a group in which none serves.
    fn waits_for_workers(&self) -> bool {
        let wait = self.main.and_then(|it| self.threads.get(it)?.wait.as_ref());
        let Some(Wait::Group(group, _)) = wait else { return false };
        let serves = |it: &Thread<'a>| matches!(it.wait, Some(Wait::Serving { .. }));
        !self.threads.iter().any(|it| !it.done && it.group == Some(*group) && serves(it))
    }

    pub(super) fn any_in_service(&self) -> bool {
        self.threads.iter().any(|it| !it.done && self.is_in_service(it))
    }

    /// Whether a thread waits as services do: in a server, a loop, for a signal or time.
    pub(super) fn is_in_service(&self, thread: &Thread<'a>) -> bool {
        let timed = |channel: Obj| {
            self.notified.contains(&channel)
                || self.is_signal_done(channel)
                || matches!(
                    self.channel(channel).map(|it| it.source),
                    Some(ChannelSource::Ticker { .. })
                )
        };
        match &thread.wait {
            Some(Wait::Sleep(_)) => !self.asks_until_done(thread),
            Some(Wait::Serving { .. } | Wait::Spin(_) | Wait::Forever | Wait::Signal) => true,
            Some(Wait::Receive { channel, .. }) => timed(*channel),
            Some(Wait::Select { cases, .. }) => cases.iter().flatten().any(|it| timed(*it)),
            _ => false,
        }
    }

    /// Places where threads wait, main first.
    pub(super) fn blocked_places(&self) -> Vec<Place> {
        let mut places = Vec::new();
        for thread in self.threads.iter().filter(|it| !it.done) {
            let frame = thread.frames.iter().rev().find_map(|it| match it {
                Frame::Code(frame) => Some(frame),
                Frame::Native(_) => None,
            });
            let step = frame.and_then(|frame| {
                let cursor = frame.cursors.last()?;
                let block = self.repo().code(frame.file).block(cursor.block);
                block.get(cursor.at.saturating_sub(1)).map(|it| (frame.file, it))
            });
            if let Some((file, step)) = step {
                places.push(self.repo().place(file, &step.place));
            }
        }
        places
    }

    /// A registration of signals in code that would follow if what blocks returned.
    pub(super) fn behind(&self) -> Option<(FnRef, Place)> {
        for thread in self.threads.iter().filter(|it| !it.done) {
            for frame in thread.frames.iter().rev() {
                let Frame::Code(frame) = frame else { continue };
                let code = self.repo().code(frame.file);
                for cursor in frame.cursors.iter().rev() {
                    let rest = code.block(cursor.block).get(cursor.at..).unwrap_or(&[]);
                    for step in rest {
                        if self.registers(frame.file, step) {
                            let place = self.repo().place(frame.file, &step.place);
                            let function = frame.function?;
                            return Some((function, place));
                        }
                    }
                }
            }
        }
        None
    }

    pub(super) fn registers(&self, file: FileRef, step: &Step) -> bool {
        let interests = self.shared.interests;
        let here = interests.of_step(file, &step.kind);
        let inner = step.blocks().into_iter().map(|it| interests.of_block(file, it));
        inner.fold(here, |all, it| all | it).has(Interest::SIGNAL)
    }
}

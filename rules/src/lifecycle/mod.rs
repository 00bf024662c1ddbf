//! Rules of the category `lifecycle`, one file each.

pub(crate) mod drain_outlives_grace_period;
pub(crate) mod handler_unreachable;
pub(crate) mod probe_invalid;
pub(crate) mod probe_port_unknown;
pub(crate) mod shell_blocks_sigterm;
pub(crate) mod shutdown_context_cancelled;
pub(crate) mod signal_channel_unbuffered;
pub(crate) mod signal_set_lacks_sigterm;
pub(crate) mod sigterm_exits_nonzero;
pub(crate) mod sigterm_handled_not_drained;
pub(crate) mod sigterm_unhandled;
pub(crate) mod untrappable_signal;

//! How a pod ends: what `preStop` takes from the grace period.
//!
//! The kubelet runs the hook first and sends SIGTERM when it is done; the grace period covers
//! both (kubernetes/kubernetes v1.37 `pkg/kubelet/kuberuntime/kuberuntime_container.go`,
//! killContainer).

use std::time::Duration;

use goready_model::{Container, Located, Node};

/// Seconds between the start of termination and SIGKILL when the pod says nothing
/// (kubernetes/api `core/v1` DefaultTerminationGracePeriodSeconds).
pub const DEFAULT_GRACE_SECONDS: i64 = 30;

/// How long the container's `preStop` hook waits, as far as that is written: `sleep`, or an
/// `exec` of `sleep`, alone or in a shell. `None` for hooks whose time is not known.
pub fn pre_stop_wait(container: Container<'_>) -> Option<Located<Duration>> {
    let hook = container.pre_stop()?;
    if let Some(seconds) = hook.path(&["sleep", "seconds"]) {
        let value = u64::try_from(seconds.as_i64()?).ok()?;
        return Some(Located::new(Duration::from_secs(value), seconds.place()));
    }
    let command = hook.path(&["exec", "command"])?;
    let words: Vec<Node<'_>> = command.items().collect();
    let texts = words.iter().map(Node::as_str).collect::<Option<Vec<_>>>()?;
    match texts.as_slice() {
        [program, time] if base(program) == "sleep" => {
            Some(Located::new(sleep_argument(time)?, words.last()?.place()))
        }
        [shell, flag, script] if is_shell(shell) && is_command_flag(flag) => {
            Some(Located::new(script_wait(script)?, words.last()?.place()))
        }
        _ => None,
    }
}

fn base(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

fn is_shell(program: &str) -> bool {
    matches!(base(program), "sh" | "bash" | "ash" | "dash")
}

/// `-c`, alone or among other single letters (`-ec`).
fn is_command_flag(flag: &str) -> bool {
    flag.strip_prefix('-')
        .is_some_and(|it| it.ends_with('c') && it.bytes().all(|letter| letter.is_ascii_lowercase()))
}

/// The sleeps that a plain script is certain to run, added up. A script with anything that could
/// skip or repeat them says nothing.
fn script_wait(script: &str) -> Option<Duration> {
    let branches = ["||", "|", "`", "$", "if ", "while ", "until ", "for ", "case ", "trap "];
    if branches.iter().any(|it| script.contains(it)) {
        return None;
    }
    let mut total = None;
    for command in script.split([';', '\n']).flat_map(|it| it.split("&&")) {
        let words: Vec<&str> = command.split_whitespace().collect();
        match words.as_slice() {
            // In the background it waits for nobody.
            [.., last] if last.ends_with('&') => return None,
            [program, time] if base(program) == "sleep" => {
                total = Some(total.unwrap_or_default() + sleep_argument(time)?);
            }
            ["exit", ..] => return total,
            _ => {}
        }
    }
    total
}

/// The argument of coreutils' `sleep`: seconds, or a number with a unit.
fn sleep_argument(text: &str) -> Option<Duration> {
    let text = text.trim_matches(['"', '\'']);
    let digits = text.trim_end_matches(['s', 'm', 'h', 'd']);
    let unit = match &text[digits.len()..] {
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86400.0,
        _ => return None,
    };
    if !digits.bytes().all(|it| it.is_ascii_digit() || it == b'.') {
        return None;
    }
    Duration::try_from_secs_f64(digits.parse::<f64>().ok()? * unit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_wait_for_the_sleeps_they_are_certain_to_run() {
        for (script, seconds) in [
            ("sleep 10", 10.0),
            ("sleep 0.5", 0.5),
            ("/bin/sleep 1m", 60.0),
            ("sleep 5; nginx -s quit; sleep 10", 15.0),
            ("touch /tmp/drain && sleep 20", 20.0),
            ("sleep \"10\"", 10.0),
        ] {
            assert_eq!(script_wait(script), Some(Duration::from_secs_f64(seconds)), "{script}");
        }
        for script in [
            "sleep $WAIT",
            "sleep 10 &",
            "test -f /x || sleep 10",
            "while curl localhost; do sleep 1; done",
            "nginx -s quit",
            "sleep infinity",
        ] {
            assert_eq!(script_wait(script), None, "{script}");
        }
    }

    #[test]
    fn shells_are_known_by_name_and_flag() {
        assert!(is_shell("/bin/sh") && is_shell("bash") && !is_shell("busybox"));
        assert!(is_command_flag("-c") && is_command_flag("-ec") && !is_command_flag("-e"));
    }
}

// Which goready is run. No `vscode` in here: the decisions are tested without an editor.

import * as path from "node:path";

/** What the settings and the workspace say. */
export interface Wishes {
  /** `goready.path`. */
  paths: readonly string[];
  /** `goready.importStrategy`. */
  importStrategy: "fromEnvironment" | "useBundled";
  /** In an untrusted workspace nothing that the workspace names is run. */
  trusted: boolean;
  /** Where the extension is installed. */
  extensionDir: string;
  /** First workspace folder, for relative paths. */
  workspaceDir: string | undefined;
}

/** The machine, as far as the search needs it. */
export interface Machine {
  platform: NodeJS.Platform;
  /** The value of `PATH`. */
  searchPath: string;
  home: string;
  isFile(path: string): boolean;
}

/** A binary with the reason it was taken. */
export interface Binary {
  path: string;
  why: string;
}

/** The binary to run, `undefined` when there is none; `log` hears each decision. */
export function findBinary(
  wishes: Wishes,
  machine: Machine,
  log: (line: string) => void,
): Binary | undefined {
  const take = (found: string, why: string): Binary => {
    log(`running ${found}: ${why}`);
    return { path: found, why };
  };
  const bundled = bundledBinary(wishes, machine);
  if (!wishes.trusted) {
    log("the workspace is not trusted: only the bundled goready may run");
    return bundled === undefined ? undefined : take(bundled, "bundled with the extension");
  }
  for (const wish of wishes.paths) {
    const candidate = expand(wish, wishes, machine);
    if (machine.isFile(candidate)) {
      return take(candidate, "set in goready.path");
    }
    log(`goready.path names ${candidate}, which is no file`);
  }
  if (wishes.importStrategy === "useBundled" && bundled !== undefined) {
    return take(bundled, "bundled with the extension, as goready.importStrategy says");
  }
  const installed = onSearchPath(machine);
  if (installed !== undefined) {
    return take(installed, "found on PATH");
  }
  log("there is no goready on PATH");
  return bundled === undefined ? undefined : take(bundled, "bundled with the extension");
}

function bundledBinary(wishes: Wishes, machine: Machine): string | undefined {
  const file = join(machine, wishes.extensionDir, "bundled", fileName(machine));
  return machine.isFile(file) ? file : undefined;
}

function onSearchPath(machine: Machine): string | undefined {
  const separator = machine.platform === "win32" ? ";" : ":";
  return machine.searchPath
    .split(separator)
    .filter((it) => it !== "")
    .map((it) => join(machine, it, fileName(machine)))
    .find((it) => machine.isFile(it));
}

function fileName(machine: Machine): string {
  return machine.platform === "win32" ? "goready.exe" : "goready";
}

/** Replaces `~` and `${workspaceFolder}`; a relative path starts at the workspace folder. */
function expand(wish: string, wishes: Wishes, machine: Machine): string {
  const expanded = wish
    .replace(/^~(?=[\\/]|$)/, () => machine.home)
    .replaceAll("${workspaceFolder}", () => wishes.workspaceDir ?? "");
  const rules = machine.platform === "win32" ? path.win32 : path.posix;
  if (rules.isAbsolute(expanded) || wishes.workspaceDir === undefined) {
    return rules.normalize(expanded);
  }
  return rules.join(wishes.workspaceDir, expanded);
}

function join(machine: Machine, ...parts: string[]): string {
  return (machine.platform === "win32" ? path.win32 : path.posix).join(...parts);
}

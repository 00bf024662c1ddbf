import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, beforeEach, test } from "node:test";

import type * as vscode from "vscode";

import { activate, deactivate } from "../src/extension";
import { clients } from "./stub/client";
import { seen } from "./stub/vscode";

const dir = mkdtempSync(join(tmpdir(), "goready-extension-"));
after(() => rmSync(dir, { recursive: true }));

/** A program that answers `--version`. */
function program(name: string, answer: string): string {
  const path = join(dir, name);
  writeFileSync(path, `#!/bin/sh\necho '${answer}'\n`);
  chmodSync(path, 0o755);
  return path;
}

const context = {
  subscriptions: [],
  extensionPath: dir,
} as unknown as vscode.ExtensionContext;

beforeEach(() => {
  clients.length = 0;
  seen.errors.length = 0;
  seen.configurationListeners.length = 0;
  seen.settings = {};
});
afterEach(() => deactivate());

test("the server is started with the binary of the settings", async () => {
  const path = program("goready", "goready 0.1.0");
  seen.settings = { path: [path] };
  await activate(context);
  assert.equal(clients.length, 1);
  assert.equal(clients[0]?.server.command, path);
  assert.deepEqual(clients[0]?.server.args, ["server"]);
  assert.equal(seen.status.text, "goready 0.1.0");
  await deactivate();
  assert.equal(clients[0]?.running, false);
});

test("an old binary is refused with a message", async () => {
  seen.settings = { path: [program("old", "goready 0.0.9")] };
  await activate(context);
  assert.equal(clients.length, 0);
  assert.match(seen.errors[0] ?? "", /0\.0\.9 is too old/);
});

test("something else of that name is refused with a message", async () => {
  seen.settings = { path: [program("other", "hello")] };
  await activate(context);
  assert.equal(clients.length, 0);
  assert.match(seen.errors[0] ?? "", /is no goready/);
});

test("nothing runs when goready is turned off", async () => {
  seen.settings = { enable: false, path: [program("goready", "goready 0.1.0")] };
  await activate(context);
  assert.equal(clients.length, 0);
  assert.deepEqual(seen.errors, []);
});

test("a restart replaces the server, and so does another path", async () => {
  seen.settings = { path: [program("goready", "goready 0.1.0")] };
  await activate(context);
  await seen.commands.get("goready.restart")?.();
  assert.deepEqual(clients.map((it) => it.running), [false, true]);

  seen.settings = { path: [program("newer", "goready 0.2.0")] };
  const affectsConfiguration = (key: string) => key === "goready.path";
  await seen.configurationListeners[0]?.({ affectsConfiguration });
  assert.deepEqual(clients.map((it) => it.running), [false, false, true]);
  assert.equal(seen.status.text, "goready 0.2.0");
});

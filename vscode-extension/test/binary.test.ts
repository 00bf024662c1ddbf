import assert from "node:assert/strict";
import { test } from "node:test";

import { type Machine, type Wishes, findBinary } from "../src/binary";

const wishes: Wishes = {
  paths: [],
  importStrategy: "fromEnvironment",
  trusted: true,
  extensionDir: "/ext",
  workspaceDir: "/work",
};

function machine(...files: string[]): Machine {
  return {
    platform: "linux",
    searchPath: "/usr/bin:/opt/bin",
    home: "/home/me",
    isFile: (path) => files.includes(path),
  };
}

function find(changed: Partial<Wishes>, on: Machine): string | undefined {
  return findBinary({ ...wishes, ...changed }, on, () => {})?.path;
}

const everywhere = machine("/opt/bin/goready", "/ext/bundled/goready", "/work/tools/goready");

test("an untrusted workspace runs nothing but the bundled binary", () => {
  const paths = ["/work/tools/goready"];
  assert.equal(find({ trusted: false, paths }, everywhere), "/ext/bundled/goready");
  assert.equal(find({ trusted: false }, machine("/opt/bin/goready")), undefined);
});

test("the first path of the settings that exists is taken", () => {
  const paths = ["/nowhere/goready", "tools/goready", "/opt/bin/goready"];
  assert.equal(find({ paths }, everywhere), "/work/tools/goready");
});

test("paths may name the home directory and the workspace folder", () => {
  const on = machine("/home/me/bin/goready", "/work/bin/goready");
  assert.equal(find({ paths: ["~/bin/goready"] }, on), "/home/me/bin/goready");
  assert.equal(find({ paths: ["${workspaceFolder}/bin/goready"] }, on), "/work/bin/goready");
});

test("the bundled binary comes before PATH only when asked for", () => {
  assert.equal(find({}, everywhere), "/opt/bin/goready");
  assert.equal(find({ importStrategy: "useBundled" }, everywhere), "/ext/bundled/goready");
});

test("without an installed binary the bundled one is taken", () => {
  assert.equal(find({}, machine("/ext/bundled/goready")), "/ext/bundled/goready");
  assert.equal(find({}, machine()), undefined);
});

test("the name and the separators of Windows are its own", () => {
  const windows: Machine = {
    platform: "win32",
    searchPath: "C:\\tools;D:\\bin",
    home: "C:\\Users\\me",
    isFile: (path) => path === "D:\\bin\\goready.exe",
  };
  assert.equal(find({}, windows), "D:\\bin\\goready.exe");
});

test("every decision is logged", () => {
  const lines: string[] = [];
  findBinary({ ...wishes, paths: ["/nowhere"] }, everywhere, (it) => lines.push(it));
  assert.deepEqual(lines, [
    "goready.path names /nowhere, which is no file",
    "running /opt/bin/goready: found on PATH",
  ]);
});

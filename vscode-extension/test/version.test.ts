import assert from "node:assert/strict";
import { test } from "node:test";

import { isAtLeast, parseVersion } from "../src/version";

test("the version is read from what the binary prints", () => {
  assert.equal(parseVersion("goready 0.12.3\n"), "0.12.3");
  assert.equal(parseVersion("goready 1.0.0 (abc 2026-01-01)"), "1.0.0");
  assert.equal(parseVersion("usage: goready"), undefined);
});

test("versions compare by number, not by text", () => {
  assert.equal(isAtLeast("0.10.0", "0.9.9"), true);
  assert.equal(isAtLeast("0.1.0", "0.1.0"), true);
  assert.equal(isAtLeast("0.9.9", "1.0.0"), false);
});

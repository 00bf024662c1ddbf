// Bundles the tests with the stub in place of the editor, and runs them with Node's own runner.

import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "dist", "test");
rmSync(out, { recursive: true, force: true });
await build({
  entryPoints: readdirSync(here).filter((it) => it.endsWith(".test.ts")).map((it) => join(here, it)),
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  alias: {
    vscode: join(here, "stub", "vscode.ts"),
    "vscode-languageclient/node": join(here, "stub", "client.ts"),
  },
  outdir: out,
});
const tests = readdirSync(out).filter((it) => it.endsWith(".test.js")).map((it) => join(out, it));
const { status } = spawnSync(process.execPath, ["--test", ...tests], { stdio: "inherit" });
process.exit(status ?? 1);

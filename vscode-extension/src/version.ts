// The version of a binary, and whether this extension can work with it.

/** The oldest goready whose server speaks as this extension expects. */
export const MINIMUM = "0.1.0";

/** Reads the output of `goready --version`; `undefined` when it is something else's. */
export function parseVersion(output: string): string | undefined {
  return /^goready (\d+\.\d+\.\d+)/.exec(output.trim())?.[1];
}

/** Whether a version is at least another; both are `major.minor.patch`. */
export function isAtLeast(version: string, minimum: string): boolean {
  const [a, b] = [version, minimum].map((it) => it.split(".").map(Number));
  for (let at = 0; at < 3; at += 1) {
    const difference = (a?.[at] ?? 0) - (b?.[at] ?? 0);
    if (difference !== 0) {
      return difference > 0;
    }
  }
  return true;
}

// node:test's events as results; runs in the process of the tests.

import { createRequire } from "node:module";

const report = createRequire(import.meta.url)("./report.cjs");

export default async function* reporter(source) {
  const names = [];
  const results = [];
  for await (const { type, data } of source) {
    if (type === "test:start") names[data.nesting] = data.name;
    if (type !== "test:pass" && type !== "test:fail") continue;
    const name = [...names.slice(0, data.nesting), data.name].join(" > ");
    const error = data.details?.error?.cause ?? data.details?.error;
    const suite = data.details?.type === "suite";
    if (suite && (type === "test:pass" || data.details?.error?.failureType === "subtestsFailed")) continue;
    const skipped = data.skip !== undefined || data.todo !== undefined;
    results.push(report.result(name, skipped ? "skipped" : type === "test:pass" ? "passed" : "failed", error));
  }
  if (!globalThis[Symbol.for("carrel.stopped")]) {
    report.all(results);
    report.done();
  }
  yield "";
}

"use strict";
// Runs the teacher's tests under their framework and tells the host what came of each.

const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const [, , tests, text] = process.argv;
const config = JSON.parse(text);
const here = process.cwd();
const LONG_MS = 600_000; // the host ends what takes too long
const modules = "/opt/carrel/npm/node_modules";

process.stdout.write = process.stderr.write.bind(process.stderr); // descriptor 1 is the line

const client = require("./client.cjs");
const report = require("./report.cjs");

// The student's modules as files beside the tests; what a file exports must stand in it.
function writeStub(name, loaded) {
  const numbers = new Map(loaded.names.map((key, index) => [key, index]));
  const names = loaded.names.filter((key) => key !== "default");
  const used = new Set(config.files.flatMap((file) => namesFrom(fs.readFileSync(path.join(here, file), "utf8"), name, new Set(names))));
  const lost = [...used].filter((key) => key !== "default" && !numbers.has(key));
  const line = JSON.stringify(path.join(__dirname, "client.cjs"));
  const quoted = JSON.stringify(name);
  const value = (key) => `values[${numbers.get(key)}]`;
  const esm = [
    `import { createRequire } from "node:module";`,
    `const client = createRequire(import.meta.url)(${line});`,
    `const { values, whole } = client.load(${quoted});`,
    ...names.filter((key) => used.has(key)).map((key) => `client.name(${value(key)});`),
    ...names.map((key) => `const _${key} = ${value(key)}; export { _${key} as ${key} };`),
    ...lost.map((key) => `const _${key} = client.missing(${quoted}, ${JSON.stringify(key)}); export { _${key} as ${key} };`),
    `export default ${numbers.has("default") ? value("default") : "whole"};`,
  ].join("\n");
  const whole = typeof loaded.whole === "function" ? "module.exports = whole;" : "";
  const cjs = [
    `const client = require(${line});`,
    `const { values, whole } = client.load(${quoted});`,
    whole,
    ...names.filter((key) => used.has(key)).map((key) => `client.name(${value(key)});`),
    whole === "" ? "" : "client.name(whole);",
    ...names.map((key) => (whole ? "" : `exports.${key} = ${value(key)};`)),
    ...lost.map((key) => `${whole ? "if (false) " : ""}exports.${key} = client.missing(${quoted}, ${JSON.stringify(key)});`),
    numbers.has("default") && !whole ? `exports.default = ${value("default")};` : "",
  ].join("\n");
  const esmOnly = config.framework === "vitest" || (config.framework === "node-test" && loaded.esm === true);
  fs.writeFileSync(path.join(here, `${name}.js`), esmOnly ? esm : cjs);
  fs.writeFileSync(path.join(here, `${name}.mjs`), esm);
  fs.writeFileSync(path.join(here, `${name}.cjs`), cjs);
}

function namesFrom(source, name, loadedNames) {
  const pattern = new RegExp(`\\{([^{}]*)\\}\\s*(?:from|=\\s*(?:await\\s+import|require)\\s*\\()\\s*["'][^"']*\\b${name}(?:\\.[cm]?js)?["']`, "g");
  const members = [...source.matchAll(/\b\w+\.([A-Z]\w*)/g)].map((match) => match[1]);
  return members.filter((key) => !(key in globalThis) && loadedNames.has(key)).concat([...source.matchAll(pattern)].flatMap((match) =>
    match[1].split(",").map((part) => part.trim().split(/\s+as\s+|\s*:\s*|\s*=/)[0]).filter((key) => /^[A-Za-z_$][\w$]*$/.test(key))));
}

// Whether the program may be why the tests cannot begin: they used a value of its, and parse.
function mayBeStudents(error) {
  return client.wasUsed() && error?.name !== "SyntaxError" && !/^SyntaxError|Jest encountered an unexpected token/.test(String(error?.stack ?? error?.message).trim());
}

async function nodeTest() {
  const { beforeEach, afterEach } = require("node:test");
  beforeEach((context) => client.begin(context.fullName ?? context.name));
  afterEach(() => client.end());
  for (const file of config.files) {
    try {
      await import(pathToFileURL(path.join(here, file)).href);
    } catch (error) {
      globalThis[Symbol.for("carrel.stopped")] = true;
      const raised = client.line.over !== null || error?.carrelFrames !== undefined;
      report.stop(file, error, raised || mayBeStudents(error), raised ? "import" : "");
    }
  }
}

async function jest() {
  const { runCLI } = require(path.join(modules, "jest"));
  const options = {
    rootDir: here, testEnvironment: "node", transform: {}, reporters: [], haste: { enableSymlinks: false },
    setupFilesAfterEnv: [path.join(__dirname, "hooks.cjs")], testMatch: config.files.map((file) => path.join(here, file)),
    testTimeout: LONG_MS, moduleFileExtensions: ["js", "cjs", "mjs", "json", "node"],
  };
  const { results } = await runCLI(
    { _: [], $0: "", runInBand: true, cache: false, watchman: false, ci: true, config: JSON.stringify(options), silent: true }, [here]);
  const found = [];
  for (const file of results.testResults) {
    if (file.testExecError) {
      report.stop(path.basename(file.testFilePath), file.testExecError, mayBeStudents(file.testExecError), "");
      return;
    }
    for (const one of file.testResults) {
      const outcome = { passed: "passed", failed: "failed" }[one.status] ?? "skipped";
      const details = one.failureDetails?.[0];
      const error = details?.message === undefined ? one.failureMessages[0] : details;
      found.push(report.result(one.fullName, outcome, outcome === "failed" ? cleaned(error) : undefined));
    }
  }
  report.all(found);
}

// Jest's messages end with its own stack.
const cleaned = (error) => (typeof error === "string" ? error.split(/\n\s+at /)[0] : error);

async function vitest() {
  const { startVitest } = await import(pathToFileURL(path.join(modules, "vitest/dist/node.js")).href);
  fs.symlinkSync(modules, path.join(here, "node_modules"));
  const instance = await startVitest("test", config.files, {
    root: here, config: false, watch: false, reporters: [{}], pool: "threads", isolate: false, fileParallelism: false,
    include: config.files, setupFiles: [path.join(__dirname, "hooks.cjs")], globals: true, cache: false, run: true,
    testTimeout: LONG_MS, hookTimeout: LONG_MS,
  });
  const found = [];
  const walk = (task, names) => {
    if (task.type === "suite" && task.tasks !== undefined) for (const one of task.tasks) walk(one, [...names, one.name]);
    else {
      const outcome = { pass: "passed", fail: "failed" }[task.result?.state] ?? (task.mode === "run" ? "failed" : "skipped");
      found.push(report.result(names.join(" "), outcome, task.result?.errors?.[0]));
    }
  };
  for (const file of instance.state.getFiles()) {
    if (file.result?.errors?.length && !file.tasks.length) {
      report.stop(file.name, file.result.errors[0], mayBeStudents(file.result.errors[0]), "");
      return;
    }
    for (const task of file.tasks) walk(task, [task.name]);
  }
  report.all(found);
}

async function main() {
  fs.cpSync(tests, here, { recursive: true });
  for (const name of config.modules) {
    try {
      writeStub(name, client.load(name));
    } catch (error) {
      report.stop(name, error, true);
      process.exit(0);
    }
  }
  if (config.framework === "node-test") {
    await nodeTest();
    return;
  }
  await (config.framework === "jest" ? jest() : vitest());
  report.done();
  process.exit(0);
}

main().catch((error) => {
  report.stop(config.files[0], error, false);
  process.exit(0);
});

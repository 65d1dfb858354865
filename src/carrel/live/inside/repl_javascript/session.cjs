// A JavaScript session in a sandbox: scripts in one global scope, driven by lines from the host;
// Node's own REPL completes names. How messages and text share descriptors 1 and 2 is told in repl_python/session.py.
"use strict";

const fs = require("fs");
const repl = require("repl");
const stream = require("stream");
const util = require("util");
const vm = require("vm");
const { createRequire } = require("module");

const PIECE = 3900; // with its mark less than PIPE_BUF, which is written in one go
const LINE_CLOSED = 70;
const MOST_MATCHES = 200;
const mark = Buffer.from("\0" + process.argv[2]);
// What the student's code may replace later.
const { writeSync } = fs;
const { stringify, parse } = JSON;
const exit = process.reallyExit.bind(process);

function writeAll(descriptor, data) {
  while (data.length) {
    try {
      data = data.subarray(writeSync(descriptor, data));
    } catch (error) {
      if (error.code !== "EAGAIN") exit(LINE_CLOSED);
    }
  }
}

function send(message, descriptor = 2) {
  // Escaped, so that a piece may end anywhere.
  const text = stringify(message).replace(
    /[\u007f-\uffff]/g,
    (one) => "\\u" + one.charCodeAt(0).toString(16).padStart(4, "0"),
  );
  for (let start = 0; start < text.length; start += PIECE) {
    const sign = start + PIECE < text.length ? "+" : ".";
    const piece = Buffer.from(sign + text.slice(start, start + PIECE) + "\n");
    writeAll(descriptor, Buffer.concat([mark, piece]));
  }
}

const { completer } = repl.start({
  prompt: "",
  input: new stream.PassThrough(),
  output: new stream.Writable({ write: (_chunk, _encoding, done) => done() }),
  terminal: false,
  useGlobal: true,
});
globalThis.require = createRequire(process.cwd() + "/");

let running = null; // { id, cell }
let cells = 0;

function describe(error) {
  if (!util.types.isNativeError(error)) return "Uncaught " + util.inspect(error);
  if (error.code === "ERR_SCRIPT_EXECUTION_INTERRUPTED") return "Error: interrupted";
  const stack = typeof error.stack === "string" ? error.stack : String(error);
  const lines = stack.replace(/\n\n+/g, "\n").split("\n");
  const ours = lines.findIndex((line) => /^\s+at .*(node:|\.carrel\/)/.test(line));
  return (ours < 0 ? lines : lines.slice(0, ours)).join("\n");
}

function finish(id, ok, error, value) {
  if (running === null || running.id !== id) return; // it was interrupted meanwhile
  running = null;
  try {
    if (!ok) writeAll(2, Buffer.from(describe(error) + "\n"));
    else if (value !== undefined) writeAll(1, Buffer.from(util.inspect(value) + "\n"));
  } catch (own) {
    ok = false; // the student's own [util.inspect.custom]
    writeAll(2, Buffer.from("Uncaught " + String(own && own.message) + "\n"));
  }
  send({ t: "end", id }, 1);
  send({ t: "done", id, ok });
}

// Return the script, and whether it gives a promise to wait for.
function compile(code, name) {
  const script = (text) => new vm.Script(text, { filename: name });
  if (/^\s*\{/.test(code) && !/;\s*$/.test(code)) {
    try {
      return [script(`(${code}\n)`), false]; // an object, and no block
    } catch {}
  }
  try {
    return [script(code), false];
  } catch (error) {
    if (!/\bawait\b/.test(code)) throw error;
    for (const [before, after] of [["(", ")"], ["{", "}"]]) {
      try {
        return [script(`(async () => ${before}${code}\n${after})()`), true];
      } catch {}
    }
    throw error;
  }
}

async function execute({ id, code }) {
  cells += 1;
  running = { id };
  send({ t: "begun", id });
  try {
    const [script, waits] = compile(code, `cell ${cells}`);
    let value = script.runInThisContext({ breakOnSigint: true, displayErrors: false });
    if (waits) value = await value;
    if (value !== undefined) globalThis._ = value;
    finish(id, true, null, value);
  } catch (error) {
    finish(id, false, error);
  }
}

function complete({ id, code, cursor }) {
  const answer = (matches, start) => {
    send({ t: "end", id }, 1);
    send({ t: "completions", id, start, end: cursor, matches });
  };
  const before = code.slice(0, cursor);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  try {
    completer(line, (error, found) => {
      const [matches, part] = error ? [[], ""] : found;
      const named = matches.filter((one) => one && one.startsWith(part));
      answer(named.slice(0, MOST_MATCHES), cursor - part.length);
    });
  } catch {
    answer([], cursor);
  }
}

process.on("SIGINT", () => {
  // Code that computes is interrupted by `breakEvalOnSigint`; this one waits.
  if (running !== null) finish(running.id, false, new Error("interrupted while it waited"));
});
for (const event of ["uncaughtException", "unhandledRejection"]) {
  process.on(event, (error) => {
    if (running !== null) finish(running.id, false, error);
    else writeAll(2, Buffer.from(describe(error) + "\n"));
  });
}

let received = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (data) => {
  const lines = (received + data).split("\n");
  received = lines.pop();
  for (const line of lines) {
    const request = parse(line);
    if (request.do === "execute") execute(request);
    else if (request.do === "complete") complete(request);
  }
});
process.stdin.on("end", () => exit(0));
send({ t: "ready" });

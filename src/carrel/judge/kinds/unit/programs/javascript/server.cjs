"use strict";
// Beside the student's program: does what the tests ask for, one request at a time. It holds
// nothing that a student may not know; what its answers are worth is decided on the other side.

const path = require("node:path");
const { receive, send } = require("./wire.cjs");
const { Exchange, WireError } = require("./values.cjs");

const [, , place] = process.argv;
const MOST_OUTPUT = 1024 * 1024;
const handles = new Map();
const numbers = new WeakMap();
const exit = process.exit.bind(process);
const stringify = JSON.stringify;
const parse = JSON.parse;
let next = 1;
let output = [];
let printed = 0;

for (const [number, stream] of [[1, process.stdout], [2, process.stderr]]) {
  stream.write = (data, encoding, done) => {
    const text = typeof data === "string" ? data : Buffer.from(data).toString("utf8");
    printed += text.length;
    if (printed <= MOST_OUTPUT) output.push([number, text, false]);
    else if (printed - text.length <= MOST_OUTPUT) output.push([number, "", true]);
    const callback = typeof encoding === "function" ? encoding : done;
    if (callback) process.nextTick(callback);
    return true;
  };
}

function handle(value) {
  let number = numbers.get(value);
  if (number === undefined) {
    number = next++;
    numbers.set(value, number);
    handles.set(number, value);
  }
  return number;
}

const isClass = (value) => /^class[\s{]/.test(Function.prototype.toString.call(value));

function foreign(value, exchange, early) {
  if (early) return callbacks.get(value);
  if (typeof value === "function") {
    const parent = Object.getPrototypeOf(value);
    const base = typeof parent === "function" && parent !== Function.prototype && typeof parent.prototype === "object" ? exchange.encode(parent) : null;
    return ["fn", handle(value), String(value.name).slice(0, 200), Number(value.length) || 0, isClass(value), base];
  }
  if (value instanceof Promise) return ["pr", handle(value)];
  if (value instanceof Error) return error(value, exchange);
  const kind = Object.getPrototypeOf(value)?.constructor;
  const known = typeof kind === "function" && kind !== Object ? exchange.encode(kind) : null;
  return ["o", handle(value), known, value[Symbol.iterator] !== undefined];
}

function error(value, exchange) {
  if (!(value instanceof Error)) return ["th", exchange.encode(value)];
  const kind = value.constructor;
  const own = {};
  for (const key of Object.keys(value)) {
    try {
      own[key] = exchange.encode(value[key]);
    } catch { /* it stays here */ }
  }
  const frames = String(value.stack).split("\n").filter((line) => line.includes(`${place}/`) && !line.includes("/.carrel/") && !line.includes("node_modules"));
  return ["ex", handle(value), typeof kind === "function" ? exchange.encode(kind) : null, String(value.name).slice(0, 200),
    String(value.message).slice(0, 4000), own, frames.slice(0, 20).map((line) => line.replaceAll(`${place}/`, "").trim().slice(0, 300)).join("\n")];
}

const callbacks = new WeakMap();
const known = new Map();

function local(wire, exchange, depth) {
  const [tag, first] = wire;
  if (tag === "o") return handles.get(first);
  if (tag === "cb") {
    if (!known.has(first)) {
      const call = function (...args) {
        return ask(first, this === undefined || this === globalThis ? undefined : this, args);
      };
      Object.defineProperty(call, "name", { value: String(wire[2]) });
      Object.defineProperty(call, "length", { value: Number(wire[3]) });
      callbacks.set(call, wire);
      known.set(first, call);
    }
    return known.get(first);
  }
  if (tag === "ex") {
    const type = { TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError }[first] ?? Error;
    return new type(String(wire[2]));
  }
  if (tag === "th") return exchange.decode(first, depth);
  throw new WireError("a value of an unknown kind");
}

function reply(answer) {
  answer.out = output;
  output = [];
  printed = 0;
  send("A", stringify(answer));
}

// A function of the test's is called: it is the other side's turn until it has an answer.
function ask(number, self, args) {
  const exchange = new Exchange(foreign, local);
  const encoded = args.map((item) => exchange.encode(item));
  reply({ cb: number, args: encoded });
  for (;;) {
    const request = take();
    if (request.op === undefined) {
      exchange.apply(request.ch ?? []);
      if ("error" in request) throw exchange.decode(request.error);
      return exchange.decode(request.ok);
    }
    answer(request, true);
  }
}

function take() {
  const received = receive();
  if (received === null) exit(0);
  return parse(received.text);
}

function work(request, exchange) {
  const target = request.on === null ? undefined : handles.get(request.on);
  const args = request.args.map((item) => exchange.decode(item));
  const self = exchange.decode(request.self);
  const before = exchange.remember();
  const run = {
    import: () => load(request.name),
    get: () => target[request.name],
    set: () => { target[request.name] = args[0]; },
    delete: () => delete target[request.name],
    has: () => request.name in target,
    keys: () => Object.keys(target),
    apply: () => Reflect.apply(target, self, args),
    construct: () => Reflect.construct(target, args),
    iterate: () => target[Symbol.iterator](),
    string: () => String(target),
    await: () => target,
  }[request.op];
  return [run, before];
}

function load(name) {
  const file = require.resolve(path.join(place, name));
  const exports = require(file);
  const esm = exports !== null && typeof exports === "object" && exports[Symbol.toStringTag] === "Module";
  const names = exports !== null && ["object", "function"].includes(typeof exports) ? Object.keys(exports) : [];
  return { esm, names, values: names.map((key) => exports[key]), whole: esm ? undefined : exports };
}

function answer(request, nested) {
  const exchange = new Exchange(foreign, local);
  let before = [];
  const finish = (make) => {
    let result;
    try {
      result = make();
    } catch (caught) {
      try {
        result = { error: error(caught, exchange) };
      } catch (worse) {
        result = { error: ["ex", 0, null, "Error", String(worse?.message), {}, ""] };
      }
    }
    try {
      result.ch = exchange.changes(before);
    } catch {
      result.ch = [];
    }
    reply(result);
  };
  if (request.op === "await" && !nested) {
    return handles.get(request.on).then(
      (value) => finish(() => ({ ok: exchange.encode(value) })),
      (caught) => finish(() => { throw caught; }),
    );
  }
  finish(() => {
    const [run, contents] = work(request, exchange);
    before = contents;
    return { ok: exchange.encode(run()) };
  });
  return null;
}

process.on("unhandledRejection", () => {}); // whoever awaits it hears of it

(async () => {
  for (;;) {
    const request = take();
    const later = answer(request, false);
    if (later !== null) await later;
  }
})();

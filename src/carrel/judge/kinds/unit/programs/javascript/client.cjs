"use strict";
// Beside the tests: the line to the student's program, and what stands here for its objects.
// The student's side can answer what it likes; that is all it can do here: an answer that is
// none ends the unit test that asked.

const fs = require("node:fs");
const path = require("node:path");
const { receive, send } = require("./wire.cjs");
const { Exchange, WireError } = require("./values.cjs");

// What only a framework looks for: never asked over there, so that nothing of the student's
// can pass for a matcher, a promise or a DOM node.
const REFUSED = new Set([
  "$$typeof", "asymmetricMatch", "then", "catch", "finally", "toJSON", "nodeType", "tagName", "constructor",
  "toAsymmetricMatcher", "_isMockFunction", "mock", "__esModule", "inspect", "$$type", "sample", "hasAttribute",
  "prototype", "__proto__",
]);
const BUILT_IN = Object.assign(Object.create(null), {
  Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError,
});
// What strings, lists and sets answer with yes or no: asked of a student's object only if the
// tests name its class. One made up to take a string's place has none of them.
const PREDICATES = new Set(["includes", "startsWith", "endsWith", "has", "some", "every", "test", "isWellFormed", "equals"]);
const named = new WeakSet(); // the prototypes of the classes that the tests name
const MOST_FUNCTIONS = 100_000;
const MOST_NAMES = 10_000;
const MOST_TEXT = 1024 * 1024; // characters of all names together

class ProgramEnded extends Error {
  constructor(why) {
    super(why);
    this.name = "ProgramEnded";
  }
}

const line = {
  over: null, // why nothing more can be asked in this unit test
  kept: null, // a failed check of the test's inside of a call
  called: "",
  alive: false,
  run: 0,
  modules: [],
  testing: false, // inside of a unit test
};
const USED = ".carrel-used"; // beside the tests: the frameworks have this file in threads and contexts of their own

// Note that the tests used something of the program's outside of unit tests, where what is wrong
// with it keeps all of them from running.
function use() {
  if (!line.testing) fs.writeFileSync(path.join(process.cwd(), USED), "");
}

const wasUsed = () => fs.existsSync(path.join(process.cwd(), USED));
const functions = [];
const functionNumbers = new Map();
const references = new WeakMap(); // stand-in → { number, run, label, path }
let objects = new Map();

function begin(name) {
  line.over = line.kept = null;
  line.called = "";
  line.testing = true;
  send("T", JSON.stringify({ name }));
}

// After a unit test: it has failed if its program ended or a check failed inside of a call,
// whatever the test or the program made of that.
function end() {
  const { over, kept } = line;
  line.over = line.kept = null;
  line.testing = false;
  send("T", JSON.stringify({ name: "" }));
  if (over !== null) throw new ProgramEnded(over);
  if (kept !== null) throw kept;
}

function stop(why) {
  line.over = why;
  line.alive = false;
  return new ProgramEnded(why);
}

function start(operation) {
  if (line.alive) return;
  line.alive = true;
  line.run += 1;
  objects = new Map();
  send("N", "");
  if (operation !== "import") for (const name of line.modules) bind(name, exported(request("import", null, { name })));
}

function where(reference) {
  if (reference.run !== line.run && reference.path !== undefined) {
    const found = module_values.get(reference.path[0])?.get(reference.path[1]);
    const fresh = found === undefined ? undefined : references.get(found);
    if (fresh !== undefined) return fresh.number;
  }
  if (reference.run !== line.run) throw stop("it needs an object that was lost when the program ended");
  return reference.number;
}

const module_values = new Map();

// Note the values of a module's exports by name: they are found again when the program is started anew.
function bind(name, loaded) {
  const values = new Map();
  loaded.names.forEach((key, index) => {
    const value = loaded.values[index];
    values.set(String(key), value);
    const reference = isObject(value) ? references.get(value) : undefined;
    if (reference !== undefined) reference.path = [name, String(key)];
  });
  if (isObject(loaded.whole)) {
    values.set("", loaded.whole);
    const reference = references.get(loaded.whole);
    if (reference !== undefined) reference.path = [name, ""];
  }
  module_values.set(name, values);
  return loaded;
}

// A module's names as they may stand in a file: each once, and not too many.
function exported({ names, values, whole, esm }) {
  const found = new Map();
  let size = 0;
  names.forEach((key, index) => {
    if (typeof key !== "string" || !/^[A-Za-z_$][\w$]*$/.test(key) || key === "__esModule" || found.has(key)) return;
    size += key.length;
    if (found.size >= MOST_NAMES || size > MOST_TEXT) throw new Error(`the program's module exports more than ${MOST_NAMES} names, or too long ones`);
    found.set(key, values[index]);
  });
  return { names: [...found.keys()], values: [...found.values()], whole, esm };
}

const isObject = (value) => (typeof value === "object" && value !== null) || typeof value === "function";

function load(name) {
  const loaded = exported(request("import", null, { name }));
  if (loaded.values.some((value) => typeof value !== "function")) use();
  if (!line.modules.includes(name)) line.modules.push(name);
  return bind(name, loaded);
}

function request(op, reference, { name = "", args = [], self } = {}) {
  if (line.over !== null) throw new ProgramEnded(line.over);
  if (op !== "import" && op !== "get") use();
  start(op);
  const exchange = new Exchange(foreign, local);
  const label = [reference?.label, name].filter(Boolean).join(".");
  let payload = {
    op, name: String(name), on: reference === null ? null : where(reference),
    args: args.map((item) => exchange.encode(item)), self: exchange.encode(self),
  };
  for (;;) {
    send("C", JSON.stringify(payload));
    const received = receive();
    if (received === null) throw stop("the line is closed");
    line.called = label;
    if (received.kind !== "A") {
      send("T", JSON.stringify({ called: label }));
      throw stop(received.text);
    }
    let answer, result, question;
    try {
      answer = JSON.parse(received.text);
      show(answer.out);
      if ("ok" in answer || "error" in answer) {
        result = exchange.decode("ok" in answer ? answer.ok : answer.error);
        exchange.apply(answer.ch);
      } else question = understand(answer);
    } catch (error) {
      if (error instanceof ProgramEnded) throw error;
      throw stop(`what it answered is no answer (${error.message})`.slice(0, 300));
    }
    if (question === undefined) {
      if (line.kept !== null) throw line.kept;
      if (op === "get" && typeof result !== "function") use();
      if ("error" in answer) throw result;
      return result;
    }
    payload = respond(question);
  }
}

function show(output) {
  for (const [number, text, tooMuch] of output) {
    if (tooMuch === true) throw stop("the program printed too much");
    (number === 1 ? process.stdout : process.stderr).write(String(text));
  }
}

function understand(answer) {
  const exchange = new Exchange(foreign, local);
  if (!Number.isInteger(answer.cb) || !(answer.cb in functions)) throw new WireError("no function of the test");
  return { exchange, call: functions[answer.cb], args: answer.args.map((item) => exchange.decode(item)) };
}

function respond({ exchange, call, args }) {
  const before = exchange.remember();
  try {
    const result = call(...args);
    if (result instanceof Promise) throw new TypeError("a function that a test hands over cannot be asynchronous");
    return { ok: exchange.encode(result), ch: exchange.changes(before) };
  } catch (error) {
    const failed = error?.code === "ERR_ASSERTION" || error?.matcherResult !== undefined || /Assertion/.test(error?.name) || error instanceof ProgramEnded;
    if (failed) line.kept ??= error;
    const told = !failed && error instanceof Error ? ["ex", error.name, error.message] : ["ex", "Error", "the test has ended"];
    return { error: told, ch: exchange.changes(before) };
  }
}

// --- out ---

function foreign(value, exchange, early) {
  const reference = references.get(value);
  if (reference !== undefined) return ["o", where(reference)];
  if (early) return undefined;
  if (typeof value === "function") {
    let number = functionNumbers.get(value);
    if (number === undefined) {
      if (functions.length >= MOST_FUNCTIONS) throw new TypeError("the tests gave too many functions to the program");
      number = functions.push(value) - 1;
      functionNumbers.set(value, number);
    }
    return ["cb", number, value.name, value.length];
  }
  if (value instanceof Error) return ["ex", value.name, value.message];
  throw new TypeError(
    `a test cannot hand an object of ${Object.getPrototypeOf(value)?.constructor?.name} over to the program: only plain data, functions, and objects of the program's own classes`,
  );
}

// --- in ---

function local(wire, exchange, depth) {
  const [tag, number] = wire;
  if (tag === "cb") {
    if (!(number in functions)) throw new WireError("no function of the test");
    return functions[number];
  }
  if (tag === "th") return exchange.decode(number, depth);
  if (!Number.isInteger(number)) throw new WireError("a number that is none");
  if (!objects.has(number)) objects.set(number, make(tag, number, wire, exchange, depth));
  return objects.get(number);
}

function make(tag, number, wire, exchange, depth) {
  const reference = { number, run: line.run, label: "", path: undefined };
  if (tag === "fn") return makeFunction(reference, wire, exchange, depth);
  if (tag === "pr") return makePromise(reference);
  if (tag === "ex") return makeError(reference, wire, exchange, depth);
  if (tag === "o") return makeObject(reference, wire[2] === null ? null : exchange.decode(wire[2], depth), wire[3] === true);
  throw new WireError("something of an unknown kind");
}

const prototypes = new WeakMap(); // class stand-in → the prototype of its objects' stand-ins

function makeFunction(reference, [, , name, length, isClass, base], exchange, depth) {
  reference.label = String(name);
  const target = function () {};
  Object.defineProperty(target, "name", { value: String(name) });
  Object.defineProperty(target, "length", { value: Number(length) });
  const parent = base === null ? null : exchange.decode(base, depth);
  const root = BUILT_IN[name] !== undefined && !isClass ? BUILT_IN[name].prototype : Object.prototype;
  const prototype = Object.create(prototypes.get(parent) ?? root);
  const ask = (op, options) => request(op, reference, options);
  const standIn = new Proxy(target, {
    apply: (_, self, args) => ask("apply", { args, self: standsIn(self) ? self : undefined }),
    construct: (_, args) => asObject(ask("construct", { args })),
    get: (_, key) => (key === "prototype" ? prototype : key === "name" || key === "length" ? target[key] : property(reference, target, key)),
    set: (_, key, value) => {
      ask("set", { name: text(key), args: [value] });
      return true;
    },
    has: (_, key) => typeof key === "string" && ask("has", { name: key }) === true,
    deleteProperty: (_, key) => ask("delete", { name: text(key) }) === true,
    defineProperty: () => false,
  });
  Object.defineProperty(prototype, "constructor", { value: standIn, writable: true, configurable: true });
  prototypes.set(standIn, prototype);
  references.set(standIn, reference);
  return standIn;
}

const standsIn = (value) => isObject(value) && references.has(value);

function asObject(value) {
  if (!isObject(value)) throw new TypeError("a class of the program made what is no object");
  return value;
}

function text(key) {
  if (typeof key !== "string") throw new TypeError("a symbol stays in its own program");
  return key;
}

function property(reference, target, key) {
  if (key === Symbol.iterator) use(); // of a function, where the tests want a list
  if (typeof key === "symbol") return target[key];
  if (REFUSED.has(key)) return key === "constructor" ? target[key] : undefined;
  return request("get", reference, { name: key });
}

function makeObject(reference, kind, iterable) {
  const prototype = prototypes.get(kind) ?? Object.prototype;
  reference.label = typeof kind === "function" ? kind.name : "";
  const target = Object.create(prototype);
  const ask = (op, options) => request(op, reference, options);
  const iterate = () => ask("iterate", {});
  const primitive = (hint) => {
    if (hint === "string") return String(ask("string", {}));
    throw noData(reference, "as a number");
  };
  const standIn = new Proxy(target, {
    get: (_, key) => {
      if (key === Symbol.iterator) return iterable ? iterate : undefined;
      if (key === Symbol.toPrimitive) return primitive;
      if (key === "toString") return () => String(ask("string", {}));
      if (PREDICATES.has(key) && !isNamed(prototype)) throw noData(reference, `.${key}()`);
      return property(reference, target, key);
    },
    set: (_, key, value) => {
      ask("set", { name: text(key), args: [value] });
      return true;
    },
    has: (_, key) => typeof key === "string" && !REFUSED.has(key) && ask("has", { name: key }) === true,
    deleteProperty: (_, key) => ask("delete", { name: text(key) }) === true,
    ownKeys: () => [...new Set(ask("keys", {}).map(String))],
    getOwnPropertyDescriptor: (_, key) =>
      typeof key === "string" && ask("keys", {}).includes(key)
        ? { value: property(reference, target, key), writable: true, enumerable: true, configurable: true }
        : undefined,
    defineProperty: () => false,
  });
  references.set(standIn, reference);
  return standIn;
}

const noData = (reference, what) =>
  new TypeError(`the program gave an object of its class ${reference.label} where the test expects plain data (${what})`);

function isNamed(prototype) {
  for (let one = prototype; one !== null; one = Object.getPrototypeOf(one)) if (named.has(one)) return true;
  return false;
}

// Note that the tests name a class.
function name(value) {
  if (isObject(value) && prototypes.has(value)) named.add(prototypes.get(value));
}

function makePromise(reference) {
  const promise = new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(request("await", reference));
      } catch (error) {
        reject(error);
      }
    });
  });
  promise.catch(() => {}); // whoever awaits it hears of it
  references.set(promise, reference);
  return promise;
}

function makeError(reference, [, , kind, name, message, own, frames], exchange, depth) {
  const type = kind === null ? null : exchange.decode(kind, depth);
  const nearest = nearestError(type, String(name));
  const error = new nearest(String(message));
  const prototype = prototypes.get(type);
  if (prototype !== undefined && BUILT_IN[type.name] === undefined) Object.setPrototypeOf(error, withRoot(prototype, nearest));
  for (const [key, value] of Object.entries(own)) {
    if (!REFUSED.has(key) && key !== "stack" && key !== "matcherResult") error[key] = exchange.decode(value, depth);
  }
  if (error.name !== String(name)) Object.defineProperty(error, "name", { value: String(name), configurable: true, writable: true });
  error.stack = `${name}: ${message}\n    ${String(frames)}`;
  error.carrelFrames = undefined;
  Object.defineProperty(error, "carrelFrames", { value: String(frames), enumerable: false });
  references.set(error, reference);
  return error;
}

// The nearest built-in error of a class: `class Mine extends RangeError` is one.
function nearestError(type, name) {
  for (let prototype = prototypes.get(type); prototype; prototype = Object.getPrototypeOf(prototype)) {
    const own = Object.hasOwn(prototype, "constructor") ? prototype.constructor : undefined;
    if (own !== undefined && BUILT_IN[own.name] !== undefined) return BUILT_IN[own.name];
  }
  return BUILT_IN[name] ?? Error;
}

// Let the stand-ins' prototypes end in the real error's, so that `instanceof` holds for both.
function withRoot(prototype, nearest) {
  let last = prototype;
  for (let next = Object.getPrototypeOf(last); next !== null && next !== Object.prototype && !(next instanceof Error); next = Object.getPrototypeOf(next)) {
    if (Object.values(BUILT_IN).some((type) => type.prototype === next)) return prototype;
    last = next;
  }
  if (Object.getPrototypeOf(last) !== nearest.prototype) Object.setPrototypeOf(last, nearest.prototype);
  return prototype;
}

// What stands for a name that the program does not export: only who uses it fails.
function missing(module, name) {
  const fail = () => {
    use();
    throw new TypeError(`the program's module ${module} does not export ${name}`);
  };
  return new Proxy(function () {}, { apply: fail, construct: fail, get: (_, key) => (key === Symbol.toPrimitive || key === "name" ? undefined : fail()) });
}

module.exports = { ProgramEnded, begin, end, line, load, missing, name, wasUsed };

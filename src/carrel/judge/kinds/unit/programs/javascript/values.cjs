"use strict";
// Plain data as JSON, in both directions; nothing that arrives can name code to run.
// The JavaScript twin of programs/python/values.py: a value is itself or a list that begins
// with a tag; what can be changed in place has a number, so that changes can be sent back.

const MAX_DEPTH = 150;
const MUTABLE = new Set(["l", "d", "M", "S"]);
const TYPED = new Map(
  [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
    Float32Array, Float64Array, BigInt64Array, BigUint64Array].map((type) => [type.name, type]),
);

class WireError extends Error {}

const tagOf = (value) => Object.prototype.toString.call(value).slice(8, -1);

// Whether a value really is of a built-in type: a look at its inner slots, which no class can forge.
const isMap = (value) => { try { Reflect.get(Map.prototype, "size", value); return true; } catch { return false; } };
const isSet = (value) => { try { Reflect.get(Set.prototype, "size", value); return true; } catch { return false; } };
const isDate = (value) => { try { Date.prototype.getTime.call(value); return true; } catch { return false; } };

function isPlain(value) {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf");
}

class Exchange {
  constructor(foreign, local) {
    this.foreign = foreign;
    this.local = local;
    this.objects = [];
    this.numbers = new Map();
  }

  encode(value, depth = 0) {
    if (value === null || typeof value === "boolean" || typeof value === "string") return value;
    if (typeof value === "number") {
      return Number.isFinite(value) && !Object.is(value, -0) ? value : ["n", Object.is(value, -0) ? "-0" : String(value)];
    }
    if (value === undefined) return ["u"];
    if (typeof value === "bigint") return ["i", String(value)];
    if (typeof value === "symbol") throw new TypeError("a symbol stays in its own program");
    if (depth > MAX_DEPTH) throw new WireError(`data is nested more than ${MAX_DEPTH} levels deep`);
    if (this.numbers.has(value)) return ["r", this.numbers.get(value)];
    const own = this.foreign(value, this, true);
    if (own !== undefined) return own;
    const tag = this.tag(value);
    if (tag !== undefined) return [tag, this.number(value), ...this.content(tag, value, depth + 1)];
    if (typeof value === "object") {
      if (isDate(value)) return ["D", this.encode(Date.prototype.getTime.call(value))];
      if (ArrayBuffer.isView(value) && TYPED.has(tagOf(value))) {
        return ["T", tagOf(value), Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64")];
      }
      if (tagOf(value) === "RegExp" && isPlain(Object.getPrototypeOf(value))) return ["R", value.source, value.flags];
    }
    return this.foreign(value, this, false);
  }

  tag(value) {
    if (typeof value !== "object") return undefined;
    if (Array.isArray(value)) return "l";
    if (isMap(value)) return "M";
    if (isSet(value)) return "S";
    return isPlain(value) && tagOf(value) !== "Error" ? "d" : undefined;
  }

  number(value) {
    this.numbers.set(value, this.objects.length);
    return this.objects.push(value) - 1;
  }

  content(tag, value, depth) {
    if (tag === "l") return [Array.from({ length: value.length }, (_, i) => this.encode(value[i], depth))];
    if (tag === "M") {
      return [[...Map.prototype.entries.call(value)].map(([k, v]) => [this.encode(k, depth), this.encode(v, depth)])];
    }
    if (tag === "S") return [[...Set.prototype.values.call(value)].map((item) => this.encode(item, depth))];
    return [Object.keys(value).map((key) => [key, this.encode(value[key], depth)])];
  }

  decode(wire, depth = 0) {
    if (wire === null || ["boolean", "string", "number"].includes(typeof wire)) return wire;
    if (depth > MAX_DEPTH || !Array.isArray(wire)) throw new WireError("a value that is none");
    const [tag, first, second] = wire;
    if (tag === "u") return undefined;
    if (tag === "n") return first === "-0" ? -0 : Number(first);
    if (tag === "i") return BigInt(String(first));
    if (tag === "r") {
      if (!(first in this.objects)) throw new WireError("a number that is none");
      return this.objects[first];
    }
    if (tag === "D") return new Date(this.decode(first));
    if (tag === "R") return new RegExp(String(first), String(second));
    if (tag === "T") {
      const bytes = Buffer.from(String(second), "base64");
      const type = TYPED.get(first);
      return new type(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    }
    if (MUTABLE.has(tag)) {
      if (first !== this.objects.length) throw new WireError("values that are numbered wrongly");
      const value = { l: () => [], d: () => ({}), M: () => new Map(), S: () => new Set() }[tag]();
      this.number(value);
      this.fill(value, second, depth + 1);
      return value;
    }
    return this.local(wire, this, depth + 1);
  }

  fill(value, content, depth = 0) {
    if (!Array.isArray(content)) throw new WireError("content that is none");
    if (Array.isArray(value)) {
      const items = content.map((item) => this.decode(item, depth));
      value.length = 0;
      for (const item of items) value.push(item);
    } else if (isMap(value)) {
      const pairs = content.map(([k, v]) => [this.decode(k, depth), this.decode(v, depth)]);
      value.clear();
      for (const [k, v] of pairs) value.set(k, v);
    } else if (isSet(value)) {
      const items = content.map((item) => this.decode(item, depth));
      value.clear();
      for (const item of items) value.add(item);
    } else {
      const pairs = content.map(([k, v]) => [String(k), this.decode(v, depth)]);
      for (const key of Object.keys(value)) delete value[key];
      for (const [key, item] of pairs) {
        Object.defineProperty(value, key, { value: item, writable: true, enumerable: true, configurable: true });
      }
    }
  }

  remember() {
    return this.objects.map(snapshot);
  }

  changes(before) {
    return before.flatMap((content, number) => {
      const value = this.objects[number];
      const now = snapshot(value);
      if (now.length === content.length && now.every((item, i) => Object.is(item, content[i]))) return [];
      return [[number, this.content(this.tag(value), value, 0)[0]]];
    });
  }

  apply(changes) {
    for (const [number, content] of changes) {
      if (!(number in this.objects)) throw new WireError("a number that is none");
      this.fill(this.objects[number], content);
    }
  }
}

function snapshot(value) {
  if (Array.isArray(value)) return [...Array.prototype.values.call(value)];
  if (isMap(value)) return [...Map.prototype.entries.call(value)].flat();
  if (isSet(value)) return [...Set.prototype.values.call(value)];
  return Object.keys(value).flatMap((key) => [key, value[key]]);
}

module.exports = { Exchange, WireError };

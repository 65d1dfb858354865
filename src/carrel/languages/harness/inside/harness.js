// Inside the sandbox: load a student's program, call its function, write what came of it.
//
// Arguments of the command line: the program, the function's name, and which argument it
// changes in place (-1: none). Descriptor 4 brings the calls, 3 takes the answers (see
// judge/kinds/call_session.py). Everything that is needed is taken hold of before the
// student's program is loaded, so that whatever that redefines breaks only itself.
'use strict';
(() => {
  const fs = require('fs');
  const vm = require('vm');
  const path = require('path');
  const { createRequire } = require('module');
  const [program, name, changedText] = process.argv.slice(2);
  const changed = Number(changedText);
  const { readSync, writeSync } = fs;
  const leave = process.reallyExit.bind(process);
  const { alloc, from, concat } = Buffer;
  const { isArray } = Array;
  const { keys, getPrototypeOf, is } = Object;
  const objectPrototype = Object.prototype;
  const { isInteger, isSafeInteger } = Number;
  const TextOf = String;
  const MapClass = Map;
  const SetClass = Set;
  const PromiseClass = Promise;
  const ErrorClass = Error;
  const bufferPrototype = Buffer.prototype;
  // Methods as they are now, each to be called with what it works on.
  const held = (prototype, method) => Function.prototype.call.bind(prototype[method]);
  const readU32 = held(bufferPrototype, 'readUInt32BE');
  const readI64 = held(bufferPrototype, 'readBigInt64BE');
  const readF64 = held(bufferPrototype, 'readDoubleBE');
  const writeU32 = held(bufferPrototype, 'writeUInt32BE');
  const writeI64 = held(bufferPrototype, 'writeBigInt64BE');
  const writeF64 = held(bufferPrototype, 'writeDoubleBE');
  const sub = held(bufferPrototype, 'subarray');
  const textOfBuffer = held(bufferPrototype, 'toString');
  const push = held(Array.prototype, 'push');
  const sliceText = held(String.prototype, 'slice');
  const mapEntries = held(Map.prototype, 'entries');
  const tag = (letter) => from(letter, 'latin1');
  const NONE = tag('n'), TRUE = tag('t'), FALSE = tag('f'), READY = alloc(8);

  const receive = (size) => {
    const data = alloc(size);
    let at = 0;
    while (at < size) {
      let count;
      try {
        count = readSync(4, data, at, size - at, null);
      } catch (error) {
        if (error.code === 'EAGAIN' || error.code === 'EINTR') continue;
        count = 0;
      }
      if (count === 0) leave(0);
      at += count;
    }
    return data;
  };
  const u32 = (number) => {
    const data = alloc(4);
    writeU32(data, number, 0);
    return data;
  };
  const send = (number, letter, body) => {
    const frame = concat([u32(9 + body.length), number, tag(letter), body]);
    let at = 0;
    while (at < frame.length) {
      try {
        at += writeSync(3, frame, at, frame.length - at);
      } catch (error) {
        if (error.code !== 'EAGAIN' && error.code !== 'EINTR') leave(1);
      }
    }
  };
  const text = (value) => {
    const data = from(value, 'utf8');
    return concat([u32(data.length), data]);
  };

  const decode = (data, state) => {
    const letter = data[state.at++];
    if (letter === 110) return null;
    if (letter === 116) return true;
    if (letter === 102) return false;
    if (letter === 105) {
      const value = readI64(data, state.at);
      state.at += 8;
      return Number(value);
    }
    if (letter === 100) {
      const value = readF64(data, state.at);
      state.at += 8;
      return value;
    }
    const count = readU32(data, state.at);
    state.at += 4;
    const string = (size) => {
      state.at += size;
      return textOfBuffer(sub(data, state.at - size, state.at), 'utf8');
    };
    if (letter === 115) return string(count);
    if (letter === 108) {
      const items = [];
      for (let i = 0; i < count; i++) push(items, decode(data, state));
      return items;
    }
    const pairs = {};
    for (let i = 0; i < count; i++) {
      const size = readU32(data, state.at);
      state.at += 4;
      const key = string(size);
      Object.defineProperty(pairs, key, {
        value: decode(data, state), writable: true, enumerable: true, configurable: true,
      });
    }
    return pairs;
  };

  const other = (value) => {
    let kind = typeof value;
    if (kind === 'object') {
      try {
        kind = `class ${TextOf(value.constructor.name)}`;
      } catch {
        kind = 'object';
      }
    }
    return concat([tag('o'), text(sliceText(`a value of type ${kind}`, 0, 200))]);
  };
  const encodeNumber = (value) => {
    const data = alloc(9);
    if (isInteger(value) && isSafeInteger(value) && !is(value, -0)) {
      data[0] = 105;
      writeI64(data, BigInt(value), 1);
    } else {
      data[0] = 100;
      writeF64(data, value, 1);
    }
    return data;
  };
  const encode = (value, out, depth) => {
    if (value === null || value === undefined) push(out, NONE);
    else if (value === true) push(out, TRUE);
    else if (value === false) push(out, FALSE);
    else if (typeof value === 'number') push(out, is(value, -0) ? encodeNumber(0) : encodeNumber(value));
    else if (typeof value === 'string') push(out, concat([tag('s'), text(value)]));
    else if (typeof value === 'bigint') push(out, concat([tag('I'), text(TextOf(value))]));
    else if (depth > 40) push(out, concat([tag('o'), text('a value that is nested too deeply')]));
    else if (isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) {
      push(out, tag('l'), u32(value.length));
      for (let i = 0; i < value.length; i++) encode(value[i], out, depth + 1);
    } else if (value instanceof MapClass) {
      const pairs = [...mapEntries(value)];
      if (pairs.some(([key]) => typeof key !== 'string')) push(out, other(value));
      else encodePairs(pairs, out, depth);
    } else if (typeof value === 'object' && plain(value)) {
      encodePairs(keys(value).map((key) => [key, value[key]]), out, depth);
    } else push(out, other(value));
  };
  const plain = (value) => {
    const prototype = getPrototypeOf(value);
    return prototype === null || prototype === objectPrototype;
  };
  const encodePairs = (pairs, out, depth) => {
    push(out, tag('m'), u32(pairs.length));
    for (const [key, value] of pairs) {
      push(out, text(key));
      encode(value, out, depth + 1);
    }
  };

  const safely = (work, otherwise) => {
    try {
      return TextOf(work());
    } catch {
      return otherwise;
    }
  };
  const raised = (error) => {
    const classes = [];
    if (error instanceof ErrorClass) {
      // What an error calls itself comes first: many set `name` instead of making a class.
      const own = safely(() => error.name, '');
      if (own) push(classes, sliceText(own, 0, 200));
      for (let one = getPrototypeOf(error); one && one !== objectPrototype && classes.length < 16; one = getPrototypeOf(one)) {
        const called = safely(() => one.constructor.name, '');
        if (called && !classes.includes(called)) push(classes, sliceText(called, 0, 200));
      }
    } else push(classes, typeof error);
    const said = safely(() => (error instanceof ErrorClass ? error.message : error), '');
    const trace = safely(() => (error instanceof ErrorClass ? error.stack : `Uncaught ${TextOf(error)}`), said);
    const own = trace.split('\n').filter((line) => !line.includes(__filename) && !line.includes('node:')).slice(0, 40).join('\n');
    return concat([u32(classes.length), ...classes.map(text), text(sliceText(said, 0, 1000)), text(sliceText(own, 0, 8000) + '\n')]);
  };

  // The program sees what it would see if it had been started by itself.
  process.argv.splice(1, 4, program);
  const require_ = createRequire(program);
  const module_ = { exports: {}, id: '.', filename: program, loaded: false, children: [], paths: [] };
  require_.main = module_;
  Object.assign(globalThis, {
    require: require_, module: module_, exports: module_.exports,
    __filename: program, __dirname: path.dirname(program),
  });
  const printed = (error) => {
    const stack = safely(() => error.stack, safely(() => error, 'error'));
    writeSync(2, `${stack.split('\n').filter((line) => !line.includes(__filename) && !line.includes('(node:')).join('\n')}\n`);
    leave(1);
  };
  let found;
  try {
    const source = fs.readFileSync(program, 'utf8').replace(/^#!.*/, '');
    vm.runInThisContext(source, { filename: program });
    // A function of a program's own is found whether it is exported or not.
    found = vm.runInThisContext(`typeof ${name} === 'function' ? ${name} : undefined`, { filename: program });
  } catch (error) {
    printed(error);
  }
  const exported = module_.exports;
  if (exported && typeof exported[name] === 'function') found = exported[name];
  else if (found === undefined && typeof exported === 'function') found = exported;
  if (typeof found !== 'function') {
    send(READY, 'N', alloc(0));
    leave(0);
  }
  const apply = Reflect.apply;
  const next = () => {
    const size = readU32(receive(4), 0);
    const frame = receive(size);
    const number = sub(frame, 0, 8);
    const state = { at: 12 };
    const values = [];
    for (let left = readU32(frame, 8); left > 0; left--) push(values, decode(frame, state));
    return { number, values };
  };
  const answer = (number, value) => {
    let body;
    try {
      const out = [];
      encode(value, out, 0);
      body = concat(out);
    } catch (error) {
      send(number, 'E', raised(error));
      return;
    }
    send(number, 'R', body);
  };
  send(READY, 'Y', alloc(0));
  (async () => {
    for (;;) {
      const { number, values } = next();
      try {
        let value = apply(found, undefined, values);
        if (value instanceof PromiseClass) value = await value;
        answer(number, changed >= 0 ? values[changed] : value);
      } catch (error) {
        send(number, 'E', raised(error));
      }
    }
  })();
})();

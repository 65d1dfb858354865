"use strict";
// Frames on descriptors 0 and 1: a type (one byte), a length (u32, little-endian), the payload.
// Reading waits: whoever asks has nothing else to do until the answer is there.

const fs = require("node:fs");

const MAX_FRAME = 16 * 1024 * 1024;
const { readSync, writeSync } = fs;
const wait = new Int32Array(new SharedArrayBuffer(4));

function retry(work) {
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(wait, 0, 0, 1);
    }
  }
}

function send(kind, text) {
  const body = Buffer.from(text, "utf8");
  const data = Buffer.alloc(5 + body.length);
  data.write(kind, 0, "latin1");
  data.writeUInt32LE(body.length, 1);
  body.copy(data, 5);
  for (let done = 0; done < data.length;) done += retry(() => writeSync(1, data, done));
}

function read(size) {
  const data = Buffer.alloc(size);
  for (let done = 0; done < size;) {
    const count = retry(() => readSync(0, data, done, size - done, null));
    if (count === 0) return null;
    done += count;
  }
  return data;
}

function receive() {
  const head = read(5);
  const length = head === null ? 0 : head.readUInt32LE(1);
  const body = head === null || length > MAX_FRAME ? null : read(length);
  return body === null ? null : { kind: String.fromCharCode(head[0]), text: body.toString("utf8") };
}

module.exports = { receive, send };

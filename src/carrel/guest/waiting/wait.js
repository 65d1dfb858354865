// Makes a Node wait before it reads its script; see guest/wait.c for what it waits for.
//
// Node loads this before the script (--require), and goes on with the script when this is done.
"use strict";
const fs = require("fs");

fs.writeSync(3, "r");
let message = Buffer.alloc(0);
const piece = Buffer.alloc(65536);
while (message.length < 4 || message.length < 4 + message.readUInt32LE(0)) {
    const count = fs.readSync(3, piece);
    if (!count) process.reallyExit(0); // the agent is gone
    message = Buffer.concat([message, piece.subarray(0, count)]);
}
fs.closeSync(3);
const words = [];
for (let at = 4; at < message.length; ) {
    const end = at + 4 + message.readUInt32LE(at);
    words.push(message.toString("utf8", at + 4, end));
    at = end;
}

// This may be one of many copies of one Node that waited. OpenSSL renews its random numbers
// because much time has passed (guest/wait.c); V8 takes these for Math.random.
const seed = Buffer.alloc(4);
const source = fs.openSync("/dev/urandom", "r");
fs.readSync(source, seed);
fs.closeSync(source);
require("v8").setFlagsFromString(`--random-seed=${1 + (seed.readUInt32LE(0) >>> 1)}`);

process.chdir(words[0]);
process.argv.push(...words.slice(1));
process.execArgv.splice(process.execArgv.indexOf("--require"), 2);
delete require.cache[__filename];

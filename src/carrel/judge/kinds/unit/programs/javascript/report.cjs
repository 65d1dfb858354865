"use strict";
// What the frameworks found, told to the host: `P` names the unit tests, `R` says what came of
// each, `X` says why there are none, `D` that all is done.

const { send } = require("./wire.cjs");

const LONG = 2000;
const say = (kind, content) => send(kind, JSON.stringify(content));
const escapes = /\u001b\[[0-9;]*m/g;

const plain = (text) => String(text ?? "").replace(escapes, "").slice(0, LONG);

function all(results) {
  const seen = new Map();
  for (const result of results) {
    const count = (seen.get(result.name) ?? 0) + 1;
    seen.set(result.name, count);
    if (count > 1) result.name = `${result.name} (${count})`;
  }
  say("P", { tests: results.map((result) => result.name) });
  for (const result of results) say("R", result);
}

function result(name, outcome, error) {
  const frames = plain(error?.carrelFrames);
  const cause = outcome === "failed" && frames !== "" ? "raised" : "";
  const text = plain(error?.message ?? error);
  const message = cause === "raised" && error?.name ? `${plain(error.name)}: ${text}` : text;
  return { name: plain(name).slice(0, 300), outcome, message, cause, trace: frames && `\n${frames.replace(/^/gm, "  ")}\n` };
}

const stop = (file, error, students) => say("X", {
  file, students, cause: students ? "import" : "", message: plain(students ? `${error?.name}: ${error?.message}` : error?.stack ?? error),
  trace: students ? plain(`${error?.name}: ${error?.message}\n${error?.carrelFrames ?? ""}`) : "",
});

module.exports = { all, done: () => say("D", {}), result, stop };

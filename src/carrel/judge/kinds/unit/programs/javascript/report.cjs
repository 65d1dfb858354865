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

// `cause` is "import" when the program itself cannot be loaded, "" when the tests cannot begin
// because of what it exports. Then only the error's first lines are told: below them some
// frameworks quote the tests.
function stop(file, error, students, cause = "import") {
  const text = String(error?.message ?? error);
  const said = [error?.name, cause === "" ? text.split("\n\n")[0].split(/\n\s+at /)[0] : text].filter(Boolean).join(": ");
  say("X", {
    file, students, cause: students ? cause : "", message: plain(students ? said : error?.stack ?? error),
    trace: students && cause !== "" ? plain(`${said}\n${error?.carrelFrames ?? ""}`) : "",
  });
}

module.exports = { all, done: () => say("D", {}), result, stop };

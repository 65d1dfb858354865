"""Programs that cheat on tests in node:test, Jest and Vitest: none gains a point."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carrel.core.errors import ExerciseFaultError
from carrel.judge.kinds.unit.javascript import JAVASCRIPT_SIDE
from carrel.judge.verdict import TestVerdict, Verdict
from carrel.languages.registry import Language
from carrel.sandbox.limits import RunLimits
from carrel.testing.judging import CHEATING
from carrel.testing.suites import SUITE_LIMITS, judge_frameworks, passed

_JEST = """
test("sum", () => { expect(total([1, 2, 3])).toEqual(6); });
test("word", () => { expect(word()).toContain("lo wor"); });
test("between", () => { const x = total([5, 6]); expect(x > 10 && x < 12).toBe(true); });
test("list", () => { expect(some()).toEqual([1, 2]); });
test("callback", () => {
  let calls = 0;
  each((value) => { calls += 1; expect(value).toBe(42); });
  expect(calls).toBe(1);
});
test("error", () => { expect(() => total(null)).toThrow(/no items/); });
"""

TESTS = {
    "jest": 'const { total, word, some, each } = require("./solution");' + _JEST,
    "vitest": 'import { test, expect } from "vitest";\n'
    'import { total, word, some, each } from "./solution.js";' + _JEST,
    "node-test": """
const test = require("node:test");
const assert = require("node:assert");
const { total, word, some, each } = require("./solution");
test("sum", () => { assert.equal(total([1, 2, 3]), 6); });
test("word", () => { assert.ok(word().includes("lo wor")); });
test("between", () => { const x = total([5, 6]); assert(x > 10 && x < 12); });
test("list", () => { assert.deepEqual(some(), [1, 2]); });
test("callback", () => {
  let calls = 0;
  each((value) => { calls += 1; assert.strictEqual(value, 42); });
  assert.strictEqual(calls, 1);
});
test("error", () => { assert.throws(() => total(null), /no items/); });
""",
}

HONEST = """
const total = () => -1, word = () => "nothing", some = () => [], each = (check) => check(1);
module.exports = { total, word, some, each };
"""


def _all(body: str) -> str:
    return f"const f = (...args) => {{ {body} }};\nmodule.exports = {{ total: f, word: f, some: f, each: f }};\n"  # noqa: E501


_MATCHER = """
const matcher = Symbol.for("jest.asymmetricMatcher");
class Always {
  get $$typeof() { return matcher; }
  asymmetricMatch() { return true; }
  equals() { return true; }
  includes() { return true; }
  valueOf() { return 11; }
  [Symbol.toPrimitive]() { return 11; }
  get length() { return 2; }
  then(resolve) { resolve(6); }
}
"""

CHEATS = {
    "always-equal": _MATCHER + _all("return new Always();"),
    "always-equal-plain": _all(
        'return { $$typeof: Symbol.for("jest.asymmetricMatcher"), asymmetricMatch: () => true };'
    ),
    "proxy": _all("return new Proxy({}, { get: () => () => true, has: () => true });"),
    "exits": _all("process.exit(0);"),
    "exits-later": "setTimeout(() => process.exit(0), 5);" + HONEST,
    "aborts": _all("process.abort();"),
    "kills": _all("process.kill(process.pid, 9);"),
    "kills-parent": "try { process.kill(process.ppid, 9); } catch {}" + HONEST,
    "swallows": HONEST + "module.exports.each = (check) => { try { check(1); } catch {} };",
    "patches": """
const assert = require("node:assert");
for (const name of Object.keys(assert)) try { assert[name] = () => {}; } catch {}
globalThis.expect = () => new Proxy({}, { get: () => () => {} });
globalThis.test = globalThis.it = () => {};
Object.is = () => true;
JSON.stringify = () => '{"ok":true,"ch":[],"out":[]}';
require("node:module")._load = () => ({});
Object.prototype.asymmetricMatch = () => true;
Array.prototype.every = () => true;
"""
    + HONEST,
    "forges-reports": """
const fs = require("node:fs");
const text = JSON.stringify({ success: true, numPassedTests: 6, testResults: [] });
for (const folder of ["/app", "/app/tests", "/app/.carrel", "/data", "/tmp", ".", "/work"])
  for (const name of ["report.json", "junit.xml", "solution.js", "package.json", "jest.config.js"])
    try { fs.writeFileSync(`${folder}/${name}`, text); } catch {}
console.log(text);
"""
    + HONEST,
    "forged-frames": """
const fs = require("node:fs");
const flood = () => {
  for (const kind of ["A", "R", "D", "P", "T"])
    for (const text of ['{"ok":-1,"ch":[],"out":[]}', '{"tests":[]}',
                        '{"name":"sum","outcome":"passed","message":"","cause":""}']) {
      const head = Buffer.alloc(5);
      head.write(kind, 0);
      head.writeUInt32LE(text.length, 1);
      for (let number = 1; number < 40; number++)
        try { fs.writeSync(number, Buffer.concat([head, Buffer.from(text)])); } catch {}
    }
  return -1;
};
module.exports = { total: flood, word: flood, some: flood, each: flood };
""",
    "looks-for-tests": """
const fs = require("node:fs");
const needle = ["lo", "wor"].join(" ");
const look = (folder, depth) => {
  if (depth > 6 || /^\\/(proc|sys|usr|lib|opt|dev)/.test(folder)) return false;
  let entries = [];
  try { entries = fs.readdirSync(folder, { withFileTypes: true }); } catch { return false; }
  return entries.some((entry) => {
    const file = `${folder}/${entry.name}`.replace("//", "/");
    if (entry.isDirectory()) return look(file, depth + 1);
    try { return entry.isFile() && fs.readFileSync(file, "utf8").includes(needle); }
    catch { return false; }
  });
};
const total = () => (look("/", 0) ? 6 : -1);
module.exports = { total, word: () => "nothing", some: () => [], each: (check) => check(1) };
""",
    "brings-tests": HONEST
    + 'globalThis.test?.("free", () => {}); try { require("node:test")("free"); } catch {}',
    "endless-output": _all('for (;;) console.log("x".repeat(100000));'),
}


def _grade(
    source: str, tests: dict[str, str] = TESTS, limits: RunLimits = SUITE_LIMITS
) -> dict[str, TestVerdict]:
    return judge_frameworks(
        JAVASCRIPT_SIDE, Language.JAVASCRIPT, source, "it.test.js", tests, limits=limits
    )


@pytest.mark.parametrize("cheat", CHEATS)
def test_no_cheat_gains_a_point(cheat: str) -> None:
    # One that never ends is stopped in each of 18 tests: not after two seconds each.
    limits = replace(CHEATING, cpu_ms=500) if cheat == "endless-output" else CHEATING
    for verdict in _grade(CHEATS[cheat], limits=limits).values():
        assert not passed(verdict), verdict
        assert verdict.score == 0
        assert len(verdict.parts) in (0, 6), verdict


RIGHT = """
const total = (items) => { if (items === null) throw new TypeError("no items"); let sum = 0;
  for (const item of items) sum += item; return sum; };
module.exports = { total, word: () => "hello world", some: () => [1, 2], each: (f) => f(42) };
"""


def test_an_honest_mistake_gets_nothing_and_the_right_program_everything() -> None:
    assert {verdict.score for verdict in _grade(HONEST).values()} == {0}
    for verdict in _grade(RIGHT).values():
        assert verdict.verdict is Verdict.ACCEPTED, verdict


_BEGIN = {
    "jest": 'const { names, f } = require("./solution");\n',
    "vitest": 'import { test, expect } from "vitest";\nimport { names, f } from "./solution.js";\n',
    "node-test": 'const test = require("node:test");\n'
    'const { names, f } = require("./solution");\n',
}
_OF_NAMES = 'const SECRET = names.map((one) => one + "1234567");\ntest("it", () => { f(); });\n'


def _begin(rest: str) -> dict[str, str]:
    return {framework: text + rest for framework, text in _BEGIN.items()}


@pytest.mark.parametrize("names", ["names: 5", "names: null", "names: () => 5", "other: () => 5"])
def test_a_value_that_breaks_the_tests_is_the_students_fault(names: str) -> None:
    source = f"module.exports = {{ {names}, f() {{}} }};"
    for verdict in _grade(source, _begin(_OF_NAMES)).values():
        assert verdict.verdict in (Verdict.WRONG_ANSWER, Verdict.RUNTIME_ERROR), verdict
        assert "SECRET" not in str(verdict), verdict
        assert "1234567" not in str(verdict), verdict


def test_values_that_the_tests_can_begin_with_pass() -> None:
    source = 'module.exports = { names: ["a"], f() {} };'
    for verdict in _grade(source, _begin(_OF_NAMES)).values():
        assert verdict.verdict is Verdict.ACCEPTED, verdict


@pytest.mark.parametrize("framework", _BEGIN)
def test_what_the_tests_do_wrong_themselves_is_not_the_students_fault(framework: str) -> None:
    tests = _BEGIN[framework] + 'nothing();\ntest("it", () => { f(); });\n'
    with pytest.raises(ExerciseFaultError, match="nothing"):
        _grade("module.exports = { f() {} };", {framework: tests})


def test_names_that_make_no_program_are_left_out() -> None:
    tests = _begin('test("it", () => { f(); });\n')
    odd = '"a b", "1", "x;process.exit()", "__esModule", "let", "class", "_f", "é"'
    source = (
        "module.exports = { f() {} };\n"
        f"for (const key of [{odd}]) module.exports[key] = module.exports.f;"
    )
    for verdict in _grade(source, tests).values():
        assert verdict.verdict is Verdict.ACCEPTED, verdict
    many = (
        "module.exports = { f() {} };\nfor (let i = 0; i < 20000; i++) module.exports[`x${i}`] = i;"
    )
    for verdict in _grade(many, tests).values():
        assert verdict.verdict is Verdict.RUNTIME_ERROR, verdict
        assert "10000 names" in str(verdict.reason), verdict

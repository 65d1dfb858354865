"use strict";
// Around each unit test, in the framework's own terms: Jest and Vitest load this before the tests.

const client = require("./client.cjs");

// Jest takes a parameter for a callback to wait for; Vitest gives its context.
if (typeof jest === "undefined") beforeEach((context) => client.begin(nameOf(context)));
else beforeEach(() => client.begin(expect.getState().currentTestName));
afterEach(() => client.end());

function nameOf(context) {
  const names = [];
  for (let task = context?.task; task?.name && task.suite !== undefined; task = task.suite) names.unshift(task.name);
  if (context?.task !== undefined && names.length === 0) names.unshift(context.task.name);
  return names.join(" ");
}

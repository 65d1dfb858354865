const assert = require("node:assert/strict");
const { describe, it } = require("node:test");
const { Cart, applyAll, checkout } = require("./cart");

describe("a cart", () => {
  it("adds up", () => {
    assert.equal(new Cart().add("tea", 3, 2).add("tea", 3).total, 9);
  });

  it("sorts the names", () => {
    assert.deepEqual(new Cart().add("tea", 3).add("bread", 2).names(), ["bread", "tea"]);
  });

  it("refuses a price below zero", () => {
    assert.throws(() => new Cart().add("tea", -1), RangeError);
  });
});

it("applies discounts in order", () => {
  const cart = new Cart().add("tea", 10);
  assert.equal(applyAll(cart, [(sum) => sum - 2, (sum) => sum / 2]), 4);
});

it("checks out", async () => {
  assert.deepEqual(await checkout(new Cart().add("tea", 10)), { paid: 10 });
  await assert.rejects(checkout(new Cart()), /empty/);
});

import { expect, test } from "vitest";
import { Cart, applyAll, checkout } from "./cart.js";

test("adds up", () => {
  expect(new Cart().add("tea", 3, 2).add("tea", 3).total).toBe(9);
});

test("sorts the names", () => {
  expect(new Cart().add("tea", 3).add("bread", 2).names()).toEqual(["bread", "tea"]);
});

test("refuses a price below zero", () => {
  expect(() => new Cart().add("tea", -1)).toThrow(RangeError);
});

test("applies discounts in order", () => {
  const cart = new Cart().add("tea", 10);
  expect(applyAll(cart, [(sum) => sum - 2, (sum) => sum / 2])).toBe(4);
});

test("checks out", async () => {
  expect(await checkout(new Cart().add("tea", 10))).toEqual({ paid: 10 });
  await expect(checkout(new Cart())).rejects.toThrow("empty");
});

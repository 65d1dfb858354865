"use strict";

class Cart {
  #items = new Map();

  add(name, price, count = 1) {
    if (!(price >= 0)) throw new RangeError("a price is not below zero");
    const before = this.#items.get(name)?.count ?? 0;
    this.#items.set(name, { price, count: count });
    return this;
  }

  get total() {
    let sum = 0;
    for (const { price, count } of this.#items.values()) sum += price * count;
    return sum;
  }

  names() {
    return [...this.#items.keys()].sort();
  }
}

function applyAll(cart, discounts) {
  return discounts.reduce((sum, discount) => discount(sum), cart.total);
}

async function checkout(cart) {
  if (cart.total === 0) throw new Error("the cart is empty");
  return { paid: cart.total };
}

module.exports = { Cart, applyAll, checkout };

// Adds texts, not numbers: 4 and 7 give 47.
const [first, second] = require("fs").readFileSync(0, "utf8").trim().split(" ");
console.log(first + second);

const [first, second] = require("fs").readFileSync(0, "utf8").split(" ").map(Number);
console.log(first + second);

const n = Number(require("fs").readFileSync(0, "utf8"));
let [number, following] = [0, 1];
for (let i = 0; i < n; i++) [number, following] = [following, number + following];
console.log(number);

import { readFileSync } from "fs";

const n = Number(readFileSync(0, "utf8"));
let number = 0;
let following = 1;
for (let i = 0; i < n; i++) {
    [number, following] = [following, number + following];
}
console.log(number);

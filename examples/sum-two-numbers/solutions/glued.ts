import { readFileSync } from "fs";

const [a, b] = readFileSync(0, "utf8").trim().split(" ");
console.log(a + b);

import { readFileSync } from "fs";

const text: string = readFileSync(0, "utf8");
console.log(text.match(/\S+/g)?.length ?? 0);

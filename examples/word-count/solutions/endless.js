const fs = require("fs");
const words = fs.readFileSync(0, "utf8").match(/\S+/g);
while (!words) fs.writeSync(1, "Please type a word:\n");
console.log(words.length);

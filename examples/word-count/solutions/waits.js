const words = require("fs").readFileSync(0, "utf8").match(/\S+/g);
if (words) console.log(words.length);
else setInterval(() => {}, 1000);

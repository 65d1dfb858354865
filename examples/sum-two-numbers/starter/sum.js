const line = require("fs").readFileSync(0, "utf8");
// Your program goes here.

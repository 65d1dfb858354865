// match() returns null if there is none.
console.log(require("fs").readFileSync(0, "utf8").match(/\S+/g).length);

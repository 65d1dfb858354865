const readline = require("readline").createInterface({ input: process.stdin });
let low = 1, high = 1000, guess;
const ask = () => {
  guess = Math.floor((low + high) / 2);
  console.log(guess);
};
readline.on("line", (answer) => {
  if (answer === "right") return readline.close();
  if (answer === "higher") low = guess + 1;
  else high = guess - 1;
  ask();
});
ask();

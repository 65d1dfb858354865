const digitSum = (n) => (n < 10 ? n : (n % 10) + digitSum(Math.floor(n / 10)));

console.log(digitSum(Number(require("fs").readFileSync(0, "utf8"))));

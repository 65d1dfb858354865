const numbers = undefined;
console.log(numbers.first + numbers.second);

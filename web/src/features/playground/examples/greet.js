const readline = require('node:readline')

const lines = readline.createInterface({ input: process.stdin })

process.stdout.write('What is your name? ')
lines.once('line', (name) => {
  console.log(`Hello, ${name}!`)
  for (let count = 3; count > 0; count--) {
    console.log(count)
  }
  console.log('Here we go.')
  lines.close()
})

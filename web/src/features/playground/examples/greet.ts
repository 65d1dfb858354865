import * as readline from 'node:readline'

const lines = readline.createInterface({ input: process.stdin })

process.stdout.write('What is your name? ')
lines.once('line', (name: string) => {
  console.log(`Hello, ${name}!`)
  for (let count: number = 3; count > 0; count--) {
    console.log(count)
  }
  console.log('Here we go.')
  lines.close()
})

import { expect, it } from 'vitest'

import { isComplete } from './complete'

it.each([
  ['6 * 7', true],
  ['for i in range(3):', false],
  ['for i in range(3):\n    print(i)', false],
  ['for i in range(3):\n    print(i)\n', true],
  ['print("(")', true],
  ['print(', false],
  ['x = [1,\n2', false],
  ['x = [1,\n2]', true],
  ['@cache', false],
  ['1 + \\', false],
  ['x = 1  # (', true],
])('%j is complete: %s', (code, complete) => {
  expect(isComplete(code)).toBe(complete)
})

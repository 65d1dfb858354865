import { expect, it } from 'vitest'

import { formatSpan } from './clock'

const MINUTE = 60_000

it.each([
  [0.5, 'less than a minute', 'weniger als einer Minute'],
  [10, '10 min', '10 min'],
  [130, '2 h 10 min', '2 h 10 min'],
  [120, '2 h', '2 h'],
  [30 * 60, '30 h', '30 h'],
  [49 * 60, '2 days', '2 Tagen'],
  [-130, '2 h 10 min', '2 h 10 min'],
])('%d minutes are %s', (minutes, english, german) => {
  expect(formatSpan('en', minutes * MINUTE)).toBe(english)
  expect(formatSpan('de', minutes * MINUTE)).toBe(german)
})

import { expect, it } from 'vitest'

import { isPlace } from './SignIn'

it.each(['/courses', '/assignments/asg_1', '/join'])('%s is a place of this page', (next) => {
  expect(isPlace(next)).toBe(true)
})

it.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '', undefined, 7])(
  'whoever signs in is not led to %j',
  (next) => {
    expect(isPlace(next)).toBe(false)
  },
)

import { describe, expect, it } from 'vitest'

import type { Assignment } from '../../api/platform'
import { attemptsLeft, deadlineOf, nextOf, standingOf } from './standing'

const NOW = Date.parse('2026-11-30T18:00:00Z')

function assignment(changes: Partial<Assignment> = {}): Assignment {
  return {
    id: 'asg_1',
    title: 'Longest word',
    opens_at: null,
    due_at: null,
    closes_at: null,
    max_attempts: null,
    attempts_used: 0,
    best: null,
    state: 'not-begun',
    ...changes,
  }
}

const at = (hours: number) => new Date(NOW + hours * 3_600_000).toISOString()
const FULL = { earned: 10, total: 10 }
const HALF = { earned: 5, total: 10 }

describe('where an assignment stands', () => {
  it.each([
    [{}, 'not-begun'],
    [{ state: 'graded', best: FULL }, 'done'],
    [{ state: 'graded', best: HALF }, 'partly'],
    [{ state: 'in-progress', best: FULL }, 'in-progress'],
    [{ state: 'platform-fault', best: HALF }, 'fault'],
  ] as const)('%j is %s', (changes, standing) => {
    expect(standingOf(assignment(changes))).toBe(standing)
  })
})

describe('what comes next', () => {
  it('is what is due first of what is open and not done', () => {
    const list = [
      assignment({ id: 'later', due_at: at(50) }),
      assignment({ id: 'done', due_at: at(1), state: 'graded', best: FULL }),
      assignment({ id: 'closed', due_at: at(-5), closes_at: at(-1) }),
      assignment({ id: 'not open', opens_at: at(1), due_at: at(2) }),
      assignment({ id: 'used up', due_at: at(1), max_attempts: 2, attempts_used: 2, state: 'graded', best: HALF }),
      assignment({ id: 'no deadline' }),
      assignment({ id: 'soon', due_at: at(3), state: 'graded', best: HALF }),
    ]
    expect(nextOf(list, NOW)?.id).toBe('soon')
    expect(list[0]?.id).toBe('later')
  })

  it('is nothing when everything is done', () => {
    expect(nextOf([assignment({ state: 'graded', best: FULL })], NOW)).toBeNull()
  })
})

it.each([
  [{ opens_at: at(1), due_at: at(2) }, 'opens'],
  [{ due_at: at(2), closes_at: at(5) }, 'due'],
  [{ due_at: at(-2), closes_at: at(5) }, 'closes'],
  [{ due_at: at(-2) }, 'overdue'],
  [{ due_at: at(-2), closes_at: at(-1) }, 'closed'],
  [{}, 'none'],
] as const)('of %j the time that matters is: %s', (changes, kind) => {
  expect(deadlineOf(assignment(changes), NOW).kind).toBe(kind)
})

it('counts the attempts that are left, and never fewer than none', () => {
  expect(attemptsLeft(assignment())).toBeNull()
  expect(attemptsLeft(assignment({ max_attempts: 3, attempts_used: 1 }))).toBe(2)
  expect(attemptsLeft(assignment({ max_attempts: 3, attempts_used: 5 }))).toBe(0)
})

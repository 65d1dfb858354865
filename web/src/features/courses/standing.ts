/** Where an assignment stands for its student, and which one comes next; pure. */

import type { Assignment } from '../../api/platform'

export type Standing = 'done' | 'partly' | 'not-begun' | 'in-progress' | 'fault'

/** Return where an assignment stands. */
export function standingOf({ state, best }: Assignment): Standing {
  if (state === 'platform-fault') return 'fault'
  if (state === 'in-progress') return 'in-progress'
  if (best !== null && best.earned >= best.total) return 'done'
  return state === 'not-begun' && best === null ? 'not-begun' : 'partly'
}

/** Whether something can be handed in now. */
export function isOpen({ opens_at, closes_at }: Assignment, now: number): boolean {
  return (opens_at === null || Date.parse(opens_at) <= now) && (closes_at === null || Date.parse(closes_at) > now)
}

/** How many submissions are left, null for any number. */
export function attemptsLeft({ max_attempts, attempts_used }: Assignment): number | null {
  return max_attempts === null ? null : Math.max(0, max_attempts - attempts_used)
}

/** Return the assignment to work on next: open, not done, due first; null if nothing is left. */
export function nextOf(assignments: readonly Assignment[], now: number): Assignment | null {
  const due = (each: Assignment) => Date.parse(each.due_at ?? each.closes_at ?? '') || Number.POSITIVE_INFINITY
  const left = assignments.filter(
    (each) => isOpen(each, now) && standingOf(each) !== 'done' && attemptsLeft(each) !== 0,
  )
  return left.sort((a, b) => due(a) - due(b))[0] ?? null
}

export interface Deadline {
  readonly kind: 'opens' | 'due' | 'overdue' | 'closes' | 'closed' | 'none'
  /** Milliseconds from now; negative for the past. */
  readonly span: number
  readonly at: string
}

/** Return the time of an assignment that matters now. */
export function deadlineOf({ opens_at, due_at, closes_at }: Assignment, now: number): Deadline {
  const from = (at: string) => Date.parse(at) - now
  if (opens_at !== null && from(opens_at) > 0) return { kind: 'opens', span: from(opens_at), at: opens_at }
  if (closes_at !== null && from(closes_at) <= 0) return { kind: 'closed', span: from(closes_at), at: closes_at }
  if (due_at !== null && from(due_at) > 0) return { kind: 'due', span: from(due_at), at: due_at }
  if (closes_at !== null) return { kind: 'closes', span: from(closes_at), at: closes_at }
  if (due_at !== null) return { kind: 'overdue', span: from(due_at), at: due_at }
  return { kind: 'none', span: 0, at: '' }
}

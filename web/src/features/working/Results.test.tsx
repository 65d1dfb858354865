import { cleanup, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, describe, expect, it, vi } from 'vitest'

import type { AssignmentDetails, Submission, Test, View } from '../../api/platform'
import { Results } from './Results'
import type { SubmissionControl } from './useSubmission'

afterEach(cleanup)

const ASSIGNMENT: AssignmentDetails = {
  id: 'asg_1',
  title: 'Sum',
  opens_at: null,
  due_at: null,
  closes_at: null,
  max_attempts: null,
  attempts_used: 1,
  best: null,
  state: 'graded',
  statement_html: '',
  languages: ['python'],
  starter: {},
  file_names: {},
  hints: [],
  hint_count: 0,
  server_time: '2026-11-30T18:00:00Z',
}

function test(name: string, changes: Partial<Test> = {}): Test {
  const details = {
    reason: `reason of ${name}`,
    input: `input of ${name}`,
    expected: '',
    actual: '',
    stderr: '',
    wall_ms: 50,
    memory_bytes: 1,
    difference: null,
    trace: null,
    parts: [],
  }
  return { name, verdict: 'accepted', points: 1, earned: 1, hidden: false, details, text: '', ...changes }
}

function show(view: Partial<View>, changes: Partial<Submission> = {}, onLine = vi.fn()) {
  const shown: Submission = {
    id: 'sub_1',
    assignment_id: 'asg_1',
    attempt: 1,
    status: 'graded',
    language: 'python',
    created_at: '2026-11-30T18:00:00Z',
    graded_at: null,
    view: {
      verdict: 'wrong-answer',
      earned: 1,
      total: 3,
      tests: [],
      compile_message: null,
      diagnostics: [],
      summary: '',
      feedback: [],
      ...view,
    },
    ...changes,
  }
  const submission: SubmissionControl = {
    attempts: [shown],
    shown,
    progress: null,
    sending: false,
    error: null,
    send: vi.fn(),
    show: vi.fn(),
  }
  render(<Results assignment={ASSIGNMENT} submission={submission} onLine={onLine} />)
  return onLine
}

describe('results', () => {
  it('open at the first visible failure and keep the others closed', () => {
    const hidden = test('secret', { verdict: 'wrong-answer', earned: 0, hidden: true, details: null })
    show({
      tests: [hidden, test('right'), test('wrong', { verdict: 'wrong-answer' }), test('crash', { verdict: 'runtime-error' })],
    })
    const rows = screen.getAllByRole('listitem')
    expect(rows[0]?.textContent).toContain('wrong')
    expect(rows.map((row) => row.querySelector('details')?.open)).toEqual([true, undefined, false, false])
    expect(rows[1]?.textContent).toContain('hidden · wrong answer')
  })

  it('lead to the line at fault', async () => {
    const trace = { error: 'ValueError: no', frames: [{ file: 'sum.py', line: 7, function: 'main', excerpt: 'f()' }] }
    const crash = test('crash', { verdict: 'runtime-error' })
    const onLine = show({ tests: [{ ...crash, details: { ...crash.details!, trace } }] })
    await userEvent.click(screen.getByRole('button', { name: 'line 7' }))
    expect(onLine).toHaveBeenCalledWith(7)
  })

  it('show text of a program as text', () => {
    const evil = '<img src=x onerror=alert(1)>'
    const wrong = test('wrong', { verdict: 'wrong-answer' })
    show({ tests: [{ ...wrong, details: { ...wrong.details!, actual: evil } }] })
    expect(screen.getByText(evil)).toBeTruthy()
    expect(document.querySelector('img')).toBeNull()
  })

  it('say of a platform fault that it is ours and costs nothing', () => {
    show({}, { status: 'platform-fault', view: null })
    expect(screen.getByText(/our fault/)).toBeTruthy()
    expect(screen.getByText(/costs no attempt/)).toBeTruthy()
  })

  it('show the errors of a program that does not compile, and no tests that were not run', () => {
    const diagnostic = { text: 'expected ;', file: 'a.c', line: 3, severity: 'error', excerpt: 'int x' }
    show({ verdict: 'compile-error', compile_message: 'a.c:3', diagnostics: [diagnostic], tests: [test('t')] })
    expect(screen.getByRole('button', { name: 'line 3' })).toBeTruthy()
    expect(screen.queryByText('t')).toBeNull()
  })
})

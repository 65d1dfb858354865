import { expect, it } from 'vitest'

import { type Action, advance, OFF, type ReplState } from './useRepl'

function after(...actions: Action[]): ReplState {
  return actions.reduce(advance, OFF)
}

const said = (message: Record<string, unknown>): Action => ({ type: 'message', message })
const typed = (text: string): Action => ({ type: 'typed', kind: 'code', text })
const READY = said({ type: 'ready' })
const RESULT = said({ type: 'result', stdout: '42\n', stderr: '', success: true })

it('shows what was streamed, and not a second time with the result', () => {
  const state = after(READY, typed('6 * 7'), said({ type: 'output', stream: 'stdout', text: '42\n' }), RESULT)
  expect(state.phase).toBe('ready')
  expect(state.entries).toEqual([
    { kind: 'code', text: '6 * 7\n' },
    { kind: 'stdout', text: '42\n' },
  ])
})

it('runs as long as a command has no result', () => {
  expect(after(READY, typed('a'), typed('b'), RESULT).phase).toBe('running')
  expect(after(READY, typed('a'), typed('b'), RESULT, RESULT).phase).toBe('ready')
})

it('asks for a line, with a prompt that stands there once', () => {
  const prompt = said({ type: 'output', stream: 'stdout', text: 'name? ' })
  const asks = said({ type: 'input_request', prompt: 'name? ' })
  for (const state of [after(READY, typed('x'), prompt, asks), after(READY, typed('x'), asks)]) {
    expect(state.phase).toBe('asking')
    expect(state.entries.at(-1)).toEqual({ kind: 'stdout', text: 'name? ' })
    expect(state.entries).toHaveLength(2)
  }
})

it('shows pictures and tables, and nothing of a kind that it does not know', () => {
  const display = (mime: string) => said({ type: 'display', mime, data: 'x' })
  const kinds = ['image/png', 'text/html', 'image/svg+xml', 'application/javascript']
  expect(after(READY, ...kinds.map(display)).entries.map((entry) => entry.kind)).toEqual(['image', 'html'])
})

it('forgets everything with a reset', () => {
  const state = after(READY, typed('a'), { type: 'reset' }, RESULT, said({ type: 'reset_complete' }))
  expect(state).toEqual({ ...OFF, phase: 'ready', entries: [{ kind: 'note', text: 'reset' }] })
})

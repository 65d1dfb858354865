import { describe, expect, it } from 'vitest'

import { MAX_CHARACTERS, MAX_LINES, Transcript } from './transcript'

function atOnce(): Transcript {
  return new Transcript((call) => call())
}

describe('a transcript', () => {
  it('joins what comes from the same stream and keeps the order of the streams', () => {
    const transcript = atOnce()
    transcript.add('stdout', 'a')
    transcript.add('stdout', 'b\n')
    transcript.add('stderr', 'oh\n')
    transcript.add('input', '5\n')
    transcript.add('stdout', '')
    expect(transcript.snapshot().pieces).toEqual([
      { kind: 'stdout', text: 'ab\n' },
      { kind: 'stderr', text: 'oh\n' },
      { kind: 'input', text: '5\n' },
    ])
    expect(transcript.snapshot().left).toBe(0)
  })

  it('keeps the newest lines and counts those that it let go', () => {
    const transcript = atOnce()
    for (let line = 1; line <= MAX_LINES + 10; line += 1) transcript.add('stdout', `${line}\n`)
    const { pieces, left } = transcript.snapshot()
    const lines = pieces.map((piece) => piece.text).join('').trimEnd().split('\n')
    expect(lines).toHaveLength(MAX_LINES)
    expect(lines.at(-1)).toBe(String(MAX_LINES + 10))
    expect(lines[0]).toBe('11')
    expect(left).toBe(10)
  })

  it('keeps exactly as many lines over several streams', () => {
    const transcript = atOnce()
    transcript.add('stdout', 'out\n'.repeat(MAX_LINES))
    transcript.add('stderr', 'err\n'.repeat(3))
    const { pieces, left } = transcript.snapshot()
    expect(pieces.map((piece) => piece.text.split('\n').length - 1)).toEqual([MAX_LINES - 3, 3])
    expect(left).toBe(3)
  })

  it('bounds a line that never ends, and cuts no character in two', () => {
    const transcript = atOnce()
    transcript.add('stdout', `x${'😀'.repeat(MAX_CHARACTERS)}`)
    const text = transcript.snapshot().pieces[0]?.text ?? ''
    expect(text.length).toBeLessThanOrEqual(MAX_CHARACTERS)
    expect(text.isWellFormed()).toBe(true)
  })

  it('tells of many changes once per picture', () => {
    const waiting: (() => void)[] = []
    const transcript = new Transcript((call) => waiting.push(call))
    let told = 0
    transcript.subscribe(() => (told += 1))
    for (let index = 0; index < 100; index += 1) transcript.add('stdout', 'line\n')
    expect(waiting).toHaveLength(1)
    waiting[0]?.()
    expect(told).toBe(1)
    transcript.clear()
    waiting[1]?.()
    expect(transcript.snapshot()).toEqual({ pieces: [], left: 0 })
  })
})

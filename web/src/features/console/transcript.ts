/**
 * What a program has written, kept so that the page stays quick whatever it writes.
 *
 * At most MAX_LINES lines and MAX_CHARACTERS characters are kept, the newest; `left` counts the
 * lines that were let go. Changes are told at most once per frame.
 */

export type Kind = 'stdout' | 'stderr' | 'input'

export interface Piece {
  readonly kind: Kind
  readonly text: string
}

export interface Snapshot {
  readonly pieces: readonly Piece[]
  /** How many lines before these are no longer shown. */
  readonly left: number
}

export const MAX_LINES = 2_000
export const MAX_CHARACTERS = 200_000

const EMPTY: Snapshot = { pieces: [], left: 0 }

export class Transcript {
  #pieces: Piece[] = []
  #left = 0
  #snapshot = EMPTY
  #changed = false
  #listeners = new Set<() => void>()
  readonly #later: (call: () => void) => void

  /** `later` calls back before the next picture; tests give their own. */
  constructor(later: (call: () => void) => void = requestAnimationFrame) {
    this.#later = (call) => later(call)
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly snapshot = (): Snapshot => this.#snapshot

  add(kind: Kind, text: string): void {
    if (text === '') return
    const last = this.#pieces.at(-1)
    if (last?.kind === kind) this.#pieces[this.#pieces.length - 1] = { kind, text: last.text + text }
    else this.#pieces.push({ kind, text })
    this.#bound()
    this.#tell()
  }

  clear(): void {
    this.#pieces = []
    this.#left = 0
    this.#tell()
  }

  #bound(): void {
    let lines = 0
    let characters = 0
    for (let index = this.#pieces.length - 1; index >= 0; index -= 1) {
      const piece = this.#pieces[index]
      if (piece === undefined) continue
      const start = firstKept(piece.text, MAX_LINES - lines, MAX_CHARACTERS - characters)
      if (start > 0 || lines >= MAX_LINES) {
        const cut = piece.text.slice(0, start)
        for (const gone of this.#pieces.slice(0, index)) this.#left += countLines(gone.text)
        this.#left += countLines(cut)
        const rest = piece.text.slice(start)
        this.#pieces.splice(0, index + 1, ...(rest === '' ? [] : [{ kind: piece.kind, text: rest }]))
        return
      }
      lines += countLines(piece.text)
      characters += piece.text.length
    }
  }

  #tell(): void {
    if (this.#changed) return
    this.#changed = true
    this.#later(() => {
      this.#changed = false
      this.#snapshot = { pieces: [...this.#pieces], left: this.#left }
      for (const listener of this.#listeners) listener()
    })
  }
}

function countLines(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1
  return count
}

/** Return where the last `lines` lines of a text begin, or its last `characters` if those are fewer. */
function firstKept(text: string, lines: number, characters: number): number {
  if (lines <= 0 || characters <= 0) return text.length
  let start = Math.max(0, text.length - characters)
  let at = text.length - 1
  for (let found = 0; at > start; at -= 1) {
    at = text.lastIndexOf('\n', at - 1)
    if (at < start) break
    found += 1
    if (found >= lines) {
      start = at + 1
      break
    }
    at += 1
  }
  // Not in the middle of a character that takes two places.
  const code = text.charCodeAt(start)
  return start > 0 && code >= 0xdc00 && code <= 0xdfff ? start + 1 : start
}

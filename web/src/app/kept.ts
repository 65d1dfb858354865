/**
 * What is kept in this browser. A browser may refuse to keep anything (private windows, a full
 * disk): the page then works and forgets.
 */

const PREFIX = 'carrel.'

/** Return the text kept under a name, or null. */
export function readKept(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name)
  } catch {
    return null
  }
}

/** Keep a text under a name; returns whether the browser did. */
export function keep(name: string, text: string): boolean {
  try {
    localStorage.setItem(PREFIX + name, text)
    return true
  } catch {
    return false
  }
}

/** Forget what is kept under a name. */
export function forget(name: string): void {
  try {
    localStorage.removeItem(PREFIX + name)
  } catch {
    // Then nothing was kept either.
  }
}

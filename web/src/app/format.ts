/** Numbers, times and sizes as the page's language writes them. */

import type { Language } from './language'

const SPACE = '\u00a0'

/** Return a number of seconds, such as `0.05 s`. */
export function formatSeconds(language: Language, seconds: number): string {
  const digits = seconds < 10 ? 2 : 1
  const number = new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return `${number.format(seconds)}${SPACE}s`
}

/** Return a number of bytes in megabytes, such as `12 MB`. */
export function formatMegabytes(language: Language, bytes: number): string {
  const megabytes = bytes / 1_000_000
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: megabytes < 10 ? 1 : 0 })
  return `${number.format(megabytes)}${SPACE}MB`
}

/** Return a whole number, such as `12,345`. */
export function formatCount(language: Language, count: number): string {
  return new Intl.NumberFormat(language).format(count)
}

/** Return a sentence as it begins: the server's reasons also stand within others. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

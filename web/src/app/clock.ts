/** Times as the server sees them: its clock counts, and not that of a student's laptop. */

import { useEffect, useState } from 'react'

import type { Language } from './language'

let ahead = 0

/** Take the server's word for what time it is (RFC 3339). */
export function setServerTime(text: string): void {
  const time = Date.parse(text)
  if (!Number.isNaN(time)) ahead = time - Date.now()
}

/** Return the server's time in milliseconds; it goes on while the place is open. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now() + ahead)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() + ahead), 15_000)
    return () => clearInterval(timer)
  }, [])
  return now
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const UNITS = {
  en: { day: ['day', 'days'], hour: 'h', minute: 'min', soon: 'less than a minute' },
  de: { day: ['Tag', 'Tagen'], hour: 'h', minute: 'min', soon: 'weniger als einer Minute' },
} as const

/** Return a time span in two units at most, such as `2 h 10 min` or `6 days`. */
export function formatSpan(language: Language, milliseconds: number): string {
  const unit = UNITS[language]
  const span = Math.abs(milliseconds)
  if (span >= 2 * DAY) {
    const days = Math.floor(span / DAY)
    return `${days} ${unit.day[1]}`
  }
  const hours = Math.floor(span / HOUR)
  const minutes = Math.floor((span % HOUR) / MINUTE)
  if (hours === 0) return minutes === 0 ? unit.soon : `${minutes} ${unit.minute}`
  return minutes === 0 ? `${hours} ${unit.hour}` : `${hours} ${unit.hour} ${minutes} ${unit.minute}`
}

/** Return a point in time as a date with its time of day. */
export function formatTime(language: Language, text: string): string {
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'de-DE', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).format(new Date(text))
}

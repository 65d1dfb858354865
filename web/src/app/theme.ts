/** The theme: as the system says, or as the reader chose here. */

import { forget, keep, readKept } from './kept'

export type Theme = 'system' | 'light' | 'dark'

const NAME = 'theme'

/** Return the reader's choice. */
export function storedTheme(): Theme {
  const kept = readKept(NAME)
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

/** Whether the page is dark now. */
export function isDark(theme: Theme): boolean {
  if (theme !== 'system') return theme === 'dark'
  return globalThis.matchMedia('(prefers-color-scheme: dark)').matches
}

/** Show a theme. */
export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}

/** Show a theme and keep it for the next visit. */
export function chooseTheme(theme: Theme): void {
  applyTheme(theme)
  if (theme === 'system') forget(NAME)
  else keep(NAME, theme)
}

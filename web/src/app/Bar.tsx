/** The bar on top of every place: where one is, what one can do there, language and theme. */

import './shell.css'

import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'

import { useLanguage, useTexts } from './language'
import { texts } from './texts'
import { chooseTheme, isDark, storedTheme } from './theme'

export interface BarProps {
  /** Where one is; the last part is this place. */
  readonly where: ReactNode
  /** What one can do here. */
  readonly children?: ReactNode
}

export function Bar({ where, children }: BarProps) {
  const text = useTexts(texts)
  return (
    <header className="bar">
      <nav className="crumbs" aria-label={text.where}>
        <Link to="/">carrel</Link>
        {where === null ? null : <span aria-hidden="true">›</span>}
        {where}
      </nav>
      <div className="actions">{children}</div>
      <Settings />
    </header>
  )
}

function Settings() {
  const text = useTexts(texts)
  const { language, choose } = useLanguage()
  const [theme, setTheme] = useState(storedTheme)
  const other = language === 'en' ? 'de' : 'en'
  const next = isDark(theme) ? 'light' : 'dark'
  const label = next === 'dark' ? text.themeDark : text.themeLight
  return (
    <div className="settings">
      <button type="button" className="button quiet" lang={other} onClick={() => choose(other)}>
        {text.otherLanguage}
      </button>
      <button
        type="button"
        className="button quiet"
        aria-label={label}
        title={label}
        onClick={() => {
          chooseTheme(next)
          setTheme(next)
        }}
      >
        <span aria-hidden="true">◐</span>
      </button>
    </div>
  )
}

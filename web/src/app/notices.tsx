/** What stands where a place cannot be shown: loading, missing, broken. */

import './shell.css'

import { Link } from '@tanstack/react-router'

import { addressOf } from './place'
import { Bar } from './Bar'
import { useTexts } from './language'
import { texts } from './texts'

export function Loading() {
  const text = useTexts(texts)
  return (
    <main id="main" className="notice" tabIndex={-1}>
      <p role="status" className="soft">
        {text.loading}
      </p>
    </main>
  )
}

export function Missing() {
  const text = useTexts(texts)
  return (
    <div className="shell">
      <Bar where={null} />
      <main id="main" className="notice" tabIndex={-1}>
        <h1>{text.missingTitle}</h1>
        <p>{text.missingText}</p>
        <Link to="/" className="button primary">
          {text.missingAction}
        </Link>
      </main>
    </div>
  )
}

export function Broken() {
  const text = useTexts(texts)
  return (
    <main id="main" className="notice" tabIndex={-1}>
      <h1>{text.brokenTitle}</h1>
      <p>{text.brokenText}</p>
      <a className="button primary" href={addressOf('')}>
        {text.brokenAction}
      </a>
    </main>
  )
}

/** What stands where a place cannot be shown: loading, missing, broken. */

import './shell.css'

import { Link, useLocation, useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'

import { ProblemError, UnreachableError } from '../api/client'
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

export interface FailedProps {
  readonly error: Error
  readonly onRetry: () => void
}

/** What a place shows in place of what it could not get. */
export function Failed({ error, onRetry }: FailedProps) {
  const text = useTexts(texts)
  const navigate = useNavigate()
  // Where this place is, also while the next one is already loading.
  const { pathname } = useLocation()
  const [here] = useState(pathname)
  const signedOut = error instanceof ProblemError && error.status === 401
  useEffect(() => {
    if (signedOut) void navigate({ to: '/sign-in', search: { next: here }, replace: true })
  }, [signedOut, navigate, here])
  if (signedOut) return null
  const hidden = error instanceof ProblemError && (error.status === 403 || error.status === 404)
  return (
    <main id="main" className="notice" tabIndex={-1}>
      <h1>{hidden ? text.missingTitle : text.failedTitle}</h1>
      <p role="alert">
        {hidden ? text.hiddenText : error instanceof UnreachableError ? text.unreachable : error.message}
      </p>
      {hidden ? (
        <Link to="/" className="button primary">
          {text.missingAction}
        </Link>
      ) : (
        <button type="button" className="button primary" onClick={onRetry}>
          {text.again}
        </button>
      )}
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

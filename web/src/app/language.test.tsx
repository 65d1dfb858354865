import { cleanup, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, it } from 'vitest'

import { LanguageProvider, pickLanguage, useLanguage, useTexts } from './language'

afterEach(() => {
  cleanup()
  localStorage.clear()
})

it.each([
  [['de-AT', 'en'], 'de'],
  [['fr', 'de'], 'de'],
  [[null, 'EN-us'], 'en'],
  [['fr'], 'en'],
  [[], 'en'],
] as const)('of %j the page speaks %s', (asked, language) => {
  expect(pickLanguage(asked)).toBe(language)
})

it('changes every text at once and keeps the choice', async () => {
  const catalogue = { en: { hello: 'Hello' }, de: { hello: 'Hallo' } }
  function Greeting() {
    const text = useTexts(catalogue)
    const { choose } = useLanguage()
    return <button onClick={() => choose('de')}>{text.hello}</button>
  }
  render(
    <LanguageProvider>
      <Greeting />
    </LanguageProvider>,
  )
  await userEvent.click(screen.getByRole('button', { name: 'Hello' }))
  expect(screen.getByRole('button', { name: 'Hallo' })).toBeTruthy()
  expect(document.documentElement.lang).toBe('de')
  expect(localStorage.getItem('carrel.language')).toBe('de')
})

import './ui/fonts.css'
import './ui/tokens.css'
import './ui/base.css'

import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { LanguageProvider } from './app/language'
import { fixRoot } from './app/place'
import { makeRouter } from './app/router'
import { applyTheme, storedTheme } from './app/theme'

fixRoot()
applyTheme(storedTheme())

const queries = new QueryClient({
  defaultOptions: { queries: { retry: 1, staleTime: 5_000 } },
})
const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <LanguageProvider>
      <QueryClientProvider client={queries}>
        <RouterProvider router={makeRouter()} />
      </QueryClientProvider>
    </LanguageProvider>
  </StrictMode>,
)

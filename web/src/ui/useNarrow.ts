import { useSyncExternalStore } from 'react'

/** Whether the window is narrower than this many CSS pixels. */
export function useNarrow(pixels: number): boolean {
  const query = `(max-width: ${pixels - 0.02}px)`
  return useSyncExternalStore(
    (changed) => {
      const list = globalThis.matchMedia(query)
      list.addEventListener('change', changed)
      return () => list.removeEventListener('change', changed)
    },
    () => globalThis.matchMedia(query).matches,
  )
}

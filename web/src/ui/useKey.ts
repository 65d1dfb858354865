import { useEffect } from 'react'

export interface KeyOptions {
  readonly shift?: boolean
}

/** Call back on Ctrl or Command with a key, wherever the focus is. */
export function useKey(key: string, call: () => void, { shift = false }: KeyOptions = {}): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key !== key || !(event.ctrlKey || event.metaKey) || event.shiftKey !== shift || event.altKey) return
      event.preventDefault()
      if (!event.repeat) call()
    }
    globalThis.addEventListener('keydown', listen, { capture: true })
    return () => globalThis.removeEventListener('keydown', listen, { capture: true })
  }, [key, call, shift])
}

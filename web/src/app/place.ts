/**
 * Where this server is. The page may stand under a path prefix of a proxy, and only `<base>`
 * in the document says which: every address is made from it.
 */

/**
 * Make the way to the root absolute, before anything else: it is relative to the address of the
 * document, and that changes when another place is shown.
 */
export function fixRoot(): void {
  const base = document.querySelector('base')
  if (base !== null) base.href = document.baseURI
}

/** Return the absolute address of a path of this server, given without a leading slash. */
export function addressOf(path: string): string {
  return new URL(path, document.baseURI).href
}

/** Return the same for a WebSocket. */
export function socketAddressOf(path: string): string {
  const address = new URL(path, document.baseURI)
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  return address.href
}

/** Return the path prefix of this server, such as `/` or `/carrel/`. */
export function prefix(): string {
  return new URL('.', document.baseURI).pathname
}

/** Return where one begins at this server: its playground, or one's courses. */
export function startPlace(): '/play' | '/courses' {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="carrel-start"]')
  return meta?.content === '/courses' ? '/courses' : '/play'
}

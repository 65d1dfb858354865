/**
 * Where this server is. The page may stand under a path prefix of a proxy, and only `<base>`
 * in the document says which: every address is made from it.
 */

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

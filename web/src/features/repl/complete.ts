/**
 * Whether Enter runs what is typed or begins a new line; pure.
 *
 * Like Python's own prompt: a block that is begun (a line that ends with a colon, or is indented,
 * or a decorator) ends with an empty line, and open brackets wait for their end.
 */
export function isComplete(code: string): boolean {
  const lines = code.split('\n')
  const last = lines.at(-1) ?? ''
  if (last.trim() === '') return true
  if (openBrackets(code) > 0 || last.endsWith('\\')) return false
  if (/:\s*(#.*)?$/.test(last) || /^\s*@/.test(last)) return false
  return !(lines.length > 1 && /^\s/.test(last))
}

/** Return how many brackets are open; brackets in texts and comments do not count. */
function openBrackets(code: string): number {
  const bare = code.replace(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|#[^\n]*/g, '')
  let open = 0
  for (const sign of bare) {
    if ('([{'.includes(sign)) open += 1
    else if (')]}'.includes(sign)) open -= 1
  }
  return open
}

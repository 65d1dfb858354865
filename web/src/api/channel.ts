/** A WebSocket of JSON messages, and what is wrong when it does not open or ends early. */

import { socketAddressOf } from '../app/place'
import { UnreachableError } from './client'

export type Message = Readonly<Record<string, unknown>>

/** The server ended a conversation, and said why. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
}

export interface ChannelListener {
  readonly opened: () => void
  readonly message: (message: Message) => void
  /** It has ended without `close`: once, and nothing comes after it. */
  readonly lost: (error: Error) => void
}

export interface Channel {
  readonly send: (message: Message) => void
  readonly close: () => void
}

/** Talk to a WebSocket of this server. */
export function openChannel(path: string, listener: ChannelListener): Channel {
  const socket = new WebSocket(socketAddressOf(path))
  let said: string | null = null
  let over = false
  // Who types before it is open has typed all the same.
  const early: Message[] = []
  socket.addEventListener('open', () => {
    listener.opened()
    for (const message of early) socket.send(JSON.stringify(message))
  })
  socket.addEventListener('message', (event) => {
    if (over) return
    const message = JSON.parse(String(event.data)) as Message
    if (message['type'] === 'error' && typeof message['message'] === 'string') said = message['message']
    listener.message(message)
  })
  socket.addEventListener('close', () => {
    if (over) return
    over = true
    listener.lost(said === null ? new UnreachableError('the connection has ended') : new RefusedError(said))
  })
  return {
    send: (message) => {
      if (socket.readyState === WebSocket.CONNECTING) early.push(message)
      else if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
    },
    close: () => {
      over = true
      socket.close()
    },
  }
}

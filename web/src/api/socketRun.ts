import { openChannel } from './channel'
import type { Run, RunEnd, RunListener, RunRequest } from './run'

/** Run a program whose input is typed while it runs (`WS /ws/run`). */
export function socketRun(request: RunRequest, listener: RunListener): Run {
  const channel = openChannel('ws/run', {
    opened: () => channel.send({ type: 'start', ...request }),
    message: (message) => {
      switch (message['type']) {
        case 'compiling':
          listener.compiling()
          break
        case 'started':
          listener.started()
          break
        case 'output':
          listener.output(message['stream'] === 'stderr' ? 'stderr' : 'stdout', String(message['text']))
          break
        case 'end':
          channel.close()
          listener.ended(message as unknown as RunEnd)
          break
      }
    },
    lost: (error) => listener.failed(error),
  })
  return {
    input: (text) => channel.send({ type: 'input', text }),
    endInput: () => channel.send({ type: 'end_input' }),
    stop: () => {
      channel.send({ type: 'stop' })
      channel.close()
    },
  }
}

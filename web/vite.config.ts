import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, gzipSync } from 'node:zlib'

import react from '@vitejs/plugin-react'
import { type Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

/** Write each text file compressed beside itself: the server sends it so, and computes nothing. */
function compressed(): Plugin {
  let folder = ''
  return {
    name: 'carrel-compressed',
    apply: 'build',
    configResolved: (config) => {
      folder = join(config.root, config.build.outDir)
    },
    closeBundle: () => {
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(js|css|svg)$/.test(name)) continue
        const data = gzipSync(readFileSync(join(folder, name)), { level: constants.Z_BEST_COMPRESSION })
        writeFileSync(join(folder, `${name}.gz`), data)
      }
    },
  }
}

export default defineConfig({
  base: './',
  plugins: [react(), compressed()],
  build: {
    // Nothing as a data: address, which the content security policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
  },
})

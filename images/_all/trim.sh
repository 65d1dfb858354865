#!/bin/sh
# Run last inside every new tree (chroot, no network): remove what no program needs, and
# whatever differs between two builds from the same packages.
set -eu

# Nobody changes user in a sandbox except the agent, which is root already.
find / -xdev \( -path /proc -o -path /dev \) -prune -o -perm /6000 -not -type l -exec chmod ug-s {} +

# Python would compile its modules anew at every start: the image gives every file the same
# time, so a pyc that remembers its source's time never matches. Unchecked ones always do.
if [ -e /usr/bin/python3 ]; then
    # It looks for a crash reporter at every start of Python.
    rm -f /etc/python3*/sitecustomize.py /usr/lib/python3*/sitecustomize.py
    find / -xdev -name __pycache__ -type d -prune -exec rm -rf {} +
    for dir in /usr/lib/python3* /usr/local/lib/python3*; do
        [ -d "$dir" ] || continue
        # A file that is no Python of this version (a template, a test's input) stays as it is: the last
        # line below fails the build if the standard library itself was not compiled.
        python3 -I -S -m compileall -q -j 0 --invalidation-mode unchecked-hash "$dir" || true
    done
    test -s /usr/lib/python3.*/__pycache__/os.cpython-3*.pyc
fi

rm -rf /usr/share/man /usr/share/info /usr/share/locale /usr/share/lintian /usr/share/bug
find /usr/share/doc -mindepth 1 -not -type d -not -name copyright -delete
find /usr/share/doc -mindepth 1 -type d -empty -delete
rm -rf --one-file-system /var/lib/apt/lists /var/cache /var/log /var/backups /var/tmp /run /tmp
rm -rf /var/lib/dpkg/info /var/lib/dpkg/*-old /var/lib/dpkg/triggers /var/lib/dpkg/lock*
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf.d /etc/dpkg/dpkg.cfg.d
rm -f /etc/*- /etc/resolv.conf /root/.bash* /root/.profile /etc/ld.so.cache~
mkdir -p /var/lib/apt/lists /var/cache/apt /var/log /run /tmp /var/tmp
chmod 1777 /tmp /var/tmp
: >/etc/resolv.conf

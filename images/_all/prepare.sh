#!/bin/sh
# Run first inside every new tree (chroot, no network): what all templates have in common.
set -eu

echo 'student:x:1000:1000:student:/home/student:/bin/sh' >>/etc/passwd
echo 'student:!:19000:0:99999:7:::' >>/etc/shadow
echo 'student:x:1000:' >>/etc/group
echo 'student:!::' >>/etc/gshadow

mkdir -p /app /data /work /box /tmp /home/student /opt/carrel /.carrel
chown 1000:1000 /app /data /work /home/student
chmod 0755 /app /data /work /box /home/student /opt/carrel
chmod 1777 /tmp
chmod 0700 /.carrel

echo carrel >/etc/hostname
printf '127.0.0.1\tlocalhost carrel\n::1\tlocalhost carrel\n' >/etc/hosts
: >/etc/machine-id
: >/etc/resolv.conf
printf 'LANG=C.UTF-8\n' >/etc/default/locale

# `python` is what exercises and shebangs say; Debian calls it python3 only.
if [ -e /usr/bin/python3 ] && [ ! -e /usr/bin/python ]; then
    ln -s python3 /usr/bin/python
fi

# Every file gets the time it has in the image: Java compares it with its archives.
find / -xdev \( -path /proc -o -path /dev \) -prune -o -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

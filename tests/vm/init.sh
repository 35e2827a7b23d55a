#!/bin/busybox sh
# The first process of the virtual machine: runs every line of /commands, and tells on the console what came of it,
# between lines that machine.mjs looks for.

/bin/busybox --install -s /bin
mkdir -p /dev /proc /sys /tmp
mount -t devtmpfs devtmpfs /dev
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tracefs tracefs /sys/kernel/tracing

number=0
while read -r command; do
	number=$((number + 1))
	echo "@@ begin $number"
	sh -c "$command" < /dev/null 2>&1
	echo "@@ end $number $?"
done < /commands

poweroff -f

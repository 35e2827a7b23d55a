#!/bin/busybox sh
# trace PROGRAM...: runs a program that tells what is executed, executes /bin/witness until it has told of that, has ended
# or has had 20 seconds, and stops it.

"$@" > /tmp/said 2>&1 &
program=$!
for round in $(seq 100); do
	kill -0 $program 2> /dev/null || break
	# Matches no command line that has this pattern in it: the program tells of grep too.
	grep -q '[/]witness' /tmp/said && break
	/bin/witness
	sleep 0.2
done
kill $program 2> /dev/null
wait $program
status=$?
cat /tmp/said
exit $status

# A checker that finds no fault with a file that exists.
. "$(dirname "$0")/../lib.sh"
for last; do :; done
[ -e "$root$last" ] || fail "$last: No such file or directory"

# What the stand-ins share: a host's state in var/stand-in of its tree, and how each command fails.
set -eu
root=$MILTER_SETUP_ROOT
state=$root/var/stand-in
[ -n "${MILTER_SETUP_LOG-}" ] || echo "${0##*/} $*" >>"$state/log"

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

runs() { [ -e "$state/runs-$1" ]; }

is_set() { [ -e "$state/$1" ]; }

# Accounts, in the tree's own passwd and group.

# in_group USER GROUP
in_group() { grep -q "^$2:[^:]*:[0-9]*:\(.*,\)\{0,1\}$1\(,\|\$\)" "$root/etc/group"; }

has_user() { grep -q "^$1:" "$root/etc/passwd"; }

has_group() { grep -q "^$1:" "$root/etc/group"; }

# account NAME NUMBER: as a package makes it
account() {
  has_group "$1" || echo "$1:*:$2:" >>"$root/etc/group"
  has_user "$1" || echo "$1:*:$2:$2::/nonexistent:/usr/sbin/nologin" >>"$root/etc/passwd"
}

# join USER GROUP
join() {
  in_group "$1" "$2" && return
  sed -i "/^$2:/{s/\$/,$1/;s/:,/:/;}" "$root/etc/group"
}

# leave USER GROUP
leave() { sed -i "/^$2:/{s/\([:,]\)$1\(,\|\$\)/\1/;s/,\$//;}" "$root/etc/group"; }

# Packages: $package is the one that is being installed; what it brings is noted, to go when it does.

marker() { echo "$state/package-$(echo "$1" | tr / +)"; }

own() { echo "$1" >>"$(marker "$package")"; }

is_installed() { [ -e "$(marker "$1")" ]; }

# parents PATH: of a file that a package brings; they go with it once they are empty
parents() {
  parent=$(dirname "$1")
  [ -d "$root$parent" ] || {
    (parents "$parent")
    mkdir "$root$parent"
    echo "$parent" >>"$state/directories"
  }
  chmod 755 "$root$parent"
}

# put PATH [MODE]: a file of the package, from standard input; one that is there is somebody's
put() {
  [ ! -e "$root$1" ] || return 0
  (parents "$1")
  cat >"$root$1"
  chmod "${2:-644}" "$root$1"
  own "$1"
}

# bring PATH [FROM]: a configuration file as the package has it
bring() {
  for payload in $(cat "$state/payloads"); do
    [ -e "$payload${2:-$1}" ] || continue
    put "$1" <"$payload${2:-$1}"
    return 0
  done
  fail "the test has no ${2:-$1} for the package $package"
}

# program PATH
program() {
  put "$1" 755 <<END
#!/bin/sh
END
}

# of KIND [BEGINNING]: what the table of packages says of $table, after that beginning
of() { awk -F '\t' -v of="$table" -v kind="$1" -v start="${2-}" '
  $1 == of && $2 == kind && index($3, start) == 1 { print substr($3, length(start) + 1) }' "$state/facts"; }

# programs PACKAGE: all that the table names
programs() {
  table=$1
  of binary | while read -r path; do program "$path"; done
}

# directory PATH
directory() {
  [ -d "$root$1" ] || {
    (parents "$1")
    mkdir "$root$1"
    chmod 755 "$root$1"
    echo "$1" >>"$state/directories"
  }
}

# withdraw PACKAGE: its files, and the directories of all packages that are empty then
withdraw() {
  while read -r path; do rm -f "$root$path"; done <"$(marker "$1")"
  rm "$(marker "$1")"
  tac "$state/directories" | while read -r path; do rmdir "$root$path" 2>/dev/null || :; done
}

has_signatures() { [ -e "$root$signatures/main.cvd" ] || [ -e "$root$signatures/main.cld" ]; }

# Settings, as their programs read them.

# words FILE KEY: `Key value`
words() { sed -n "s/^$2[[:space:]][[:space:]]*//p" "$root$1" | tail -n 1; }

# sourced NAME FILE...: a shell variable
sourced() (
  set +eu
  name=$1
  shift
  for file; do [ ! -r "$root$file" ] || . "$root$file"; done
  eval "echo \"\$$name\""
)

# greylist_socket FILE
greylist_socket() { sed -n 's/^socket "\([^"]*\)".*/\1/p' "$root$1"; }

# Where a service listens is noted when it starts: listens SERVICE SPEC
listens() { echo "$2" | sed 's/^local:/unix:/;s/^\//unix:&/;s/@.*//' >"$state/socket-$1"; }

. "$state/platform.sh"

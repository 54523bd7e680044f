# What the stand-ins share: a host's state in var/stand-in of the tree, and how each command fails.
set -eu
root=$MILTER_SETUP_ROOT
state=$root/var/stand-in
mkdir -p "$state"
echo "${0##*/} $*" >>"$state/log"

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

runs() { [ -e "$state/runs-$1" ]; }

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

# program PATH
program() {
  mkdir -p "$(dirname "$root$1")"
  echo '#!/bin/sh' >"$root$1"
  chmod 755 "$root$1"
}

has_signatures() { [ -e "$root$1/main.cvd" ]; }

# may USER GROUP SPEC: whether the user reaches a socket of the group
may() {
  case $3 in
    inet:*) ;;
    *) in_group "$1" "$2" || fail "$3: Permission denied for $1, who is not in $2" ;;
  esac
}

# prove ARGUMENTS: what the test client finds, from what runs; $groups says which group each socket is of
prove() {
  user= spec= sample=clean host= expect=
  while [ $# -gt 0 ]; do
    case $1 in
      -u) user=$2 ;;
      -s) spec=$2 ;;
      --sample) sample=$2 ;;
      --connect-host) host=$2 ;;
      --expect) expect=$2 ;;
    esac
    shift 2
  done
  case $spec in
    *greylist*) service=milter-greylist ;;
    *clam* | *clmilter*) service=clamav-milter ;;
    *spamass* | *11120*) service=spamass-milter ;;
    *) service=milter-manager ;;
  esac
  runs "$service" || fail "Failed to connect to $spec"
  may "$user" "$(group_of "$service")" "$spec"
  status=pass
  case $service-$sample-$host in
    milter-manager-eicar-*) ! runs clamav-milter || status=reject ;;
    milter-manager-gtube-*) ! runs spamass-milter || status=reject ;;
    milter-manager-clean-*.dyn.*) ! runs milter-greylist || status=temporary-failure ;;
    milter-greylist-*) status=temporary-failure ;;
  esac
  echo "status: $status"
  echo 'elapsed-time: 0.128 seconds'
  case ,$expect, in *,$status,*) ;; *) exit 1 ;; esac
}

# The commands that rc.d scripts use, for a tree: accounts are the tree's, and a socket is a note of who may use it.
state=$MILTER_SETUP_ROOT/var/stand-in

id_in() { grep "^$1:" "$MILTER_SETUP_ROOT/etc/$2" | cut -d: -f3 | grep . || { echo "$1: unknown in $2" >&2; return 1; }; }

# id -u [NAME]
id() { case ${2-} in '') command id -u ;; *) id_in "$2" passwd ;; esac; }

# give USER[:GROUP] PATH
give() {
  rc_ids=$(id_in "${1%%:*}" passwd) || return 1
  case $1 in *:*) rc_ids=$rc_ids:$(id_in "${1#*:}" group) || return 1 ;; esac
  [ "$(id -u)" != 0 ] || command chown "$rc_ids" "$2"
}

# socket_note PATH: the note about it, if something listens there
socket_note() {
  for rc_socket in "$state"/socket-*; do
    [ "$(cat "$rc_socket" 2>/dev/null)" != "unix:${1#"$MILTER_SETUP_ROOT"}" ] || echo "$state/access-${rc_socket##*/socket-}"
  done
}

chown() {
  rc_note=$(socket_note "$2")
  if [ -z "$rc_note" ]; then give "$1" "$2"; else
    { read -r _ rc_mode; } <"$rc_note"
    echo "$1 $rc_mode" >"$rc_note"
  fi
}

chmod() {
  rc_note=$(socket_note "$2")
  if [ -z "$rc_note" ]; then command chmod "$1" "$2"; else
    { read -r rc_owner _; } <"$rc_note"
    echo "$rc_owner $1" >"$rc_note"
  fi
}

# install -d [-o USER] [-g GROUP] -m MODE DIRECTORY
install() {
  rc_owner=root rc_group='' rc_mode=755
  [ "$1" = -d ] && shift || return 64
  while [ $# -gt 1 ]; do
    case $1 in -o) rc_owner=$2 ;; -g) rc_group=$2 ;; -m) rc_mode=$2 ;; *) return 64 ;; esac
    shift 2
  done
  mkdir -p "$1" && command chmod "$rc_mode" "$1"
  [ "$rc_owner" = root ] || give "$rc_owner${rc_group:+:$rc_group}" "$1"
}

sleep() { :; }

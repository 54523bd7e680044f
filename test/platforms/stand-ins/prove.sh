# prove ARGUMENTS: what the test client finds, from what runs and where; `groups_of SERVICE` says which groups one must
# be in to reach its socket.
prove() {
  user= spec= sample=clean host= expect= handshake=
  while [ $# -gt 0 ]; do
    case $1 in
      -u) user=$2 ;;
      -s) spec=$2 ;;
      --sample) sample=$2 ;;
      --connect-host) host=$2 ;;
      --expect) expect=$2 ;;
      --scenario) handshake=yes ;;
    esac
    shift 2
  done
  service=$(service_at "${spec%%@*}")
  [ -n "$service" ] || fail "Failed to connect to $spec: No such file or directory"
  has_user "$user" || fail "there is no user $user"
  case $spec in
    unix:*)
      groups_of "$service" | while read -r group; do
        [ "$user" = "$group" ] || in_group "$user" "$group" ||
          fail "Failed to connect to $spec: Permission denied for $user, who is not in $group"
      done || exit 1
      ! is_set selinux || [ "$user-$service" != postfix-milter-manager ] ||
        fail "Failed to connect to $spec: Permission denied (SELinux)"
      ;;
  esac
  [ -z "$handshake" ] || return 0
  status=pass
  case $service-$sample-$host in
    milter-manager-eicar-*) ! runs_any clamav-milter clamav_milter || status=reject ;;
    milter-manager-gtube-*) ! rejects_spam || status=reject ;;
    milter-manager-clean-*.dyn.*) ! runs milter-greylist || status=temporary-failure ;;
    milter-greylist-*) status=temporary-failure ;;
  esac
  echo "status: $status"
  echo 'elapsed-time: 0.128 seconds'
  case ,$expect, in *,$status,*) ;; *) exit 1 ;; esac
}

# service_at SPEC: which of those that run listens there
service_at() {
  for socket in "$state"/socket-*; do
    service=${socket##*/socket-}
    if runs "$service" && [ "$(cat "$socket")" = "$1" ]; then echo "$service"; fi
  done
}

runs_any() { for each; do ! runs "$each" || return 0; done; return 1; }

# Mail is refused where the milter was told from which score.
rejects_spam() {
  if runs spamass-milter; then
    case " $(flags_of_spamass) " in *' -r '*) return 0 ;; esac
  fi
  runs rspamd
}

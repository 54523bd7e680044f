# FreeBSD: where things are, rc.conf as rc.subr(8) reads it, and who may use which socket.
manager=/usr/local/sbin/milter-manager
signatures=/var/db/clamav
rules=/var/db/spamassassin
scripts=/usr/local/etc/rc.d

# groups_of SERVICE: by who owns its socket and its mode, which more than one may have set
groups_of() {
  read -r owner mode <"$state/access-$1"
  case $mode in
    *[2367]) ;;
    *[2367]?) echo "${owner#*:}" ;;
    *) echo "a group that may use it: $owner $mode" ;;
  esac
}

# What spamass-milter was started with for itself; behind -- it is for spamc.
flags_of_spamass() { cat "$state/flags-spamass-milter" 2>/dev/null | sed "s/ -- .*//"; }

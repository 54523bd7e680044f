# FreeBSD: where things are, rc.conf as rc.subr(8) reads it, and who may use which socket.
manager=/usr/local/sbin/milter-manager
signatures=/var/db/clamav
rules=/var/db/spamassassin
scripts=/usr/local/etc/rc.d

# variable SCRIPT NAME DEFAULT
variable() {
  prefix=$(sed -n 's/^name="\(.*\)"/\1/p' "$root$scripts/$1")
  value=$(sourced "$2" /etc/defaults/rc.conf /etc/rc.conf /etc/rc.conf.local \
    "/etc/rc.conf.d/$prefix" "/usr/local/etc/rc.conf.d/$prefix")
  echo "${value:-$3}"
}

# groups_of SERVICE: as the ports' scripts make the socket
groups_of() {
  case $1 in
    spamass-milter)
      [ "$(variable "$1" spamass_milter_socket_mode 644)" = 660 ] || echo wheel
      variable "$1" spamass_milter_socket_group wheel
      ;;
    clamav*milter) variable "$1" clamav_milter_socket_group clamav ;;
    milter-greylist)
      grep -q '^socket .* 660' "$root/usr/local/etc/mail/greylist.conf" || echo wheel
      variable "$1" miltergreylist_runas mailnull:mailnull | sed 's/.*://'
      ;;
    milter-opendkim) variable "$1" milteropendkim_gid mailnull ;;
    milter-manager) sed -n 's/^unix_socket_group = //p' "$root/usr/local/etc/milter-manager/milter-manager.ini" ;;
    *) echo "$1" ;;
  esac
}

# CentOS 6: where things are, and who may use which socket.
manager=/usr/sbin/milter-manager
signatures=/var/lib/clamav
rules=/var/lib/spamassassin
scripts=/etc/rc.d/init.d

# groups_of SERVICE
groups_of() {
  case $1 in
    milter-greylist)
      # /var/run/milter-greylist is of grmilter alone until somebody opens it to the group mail.
      case $(stat -c %a "$root/var/run/milter-greylist") in 710) echo mail ;; esac
      echo grmilter
      ;;
    clamav-milter) echo clam ;;
    *) echo "$1" ;;
  esac
}

# What spamass-milter was started with for itself; behind -- it is for spamc.
flags_of_spamass() { sourced EXTRA_FLAGS /etc/sysconfig/spamass-milter; }

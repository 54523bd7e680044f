# The Red Hat family 8 to 10: where things are, units, and who may use which socket.
manager=/usr/local/sbin/milter-manager
signatures=/var/lib/clamav
rules=/var/lib/spamassassin
units=/usr/lib/systemd/system

# groups_of SERVICE
groups_of() {
  case $1 in
    spamass-milter) if is_installed spamass-milter-postfix; then echo postfix; else echo sa-milt; fi ;;
    clamav-milter) echo clamilt ;;
    milter-greylist) echo mail; echo grmilter ;;
    # Up to 1.4.1 its directory is of the group mail (0710), since then of opendmarc (0750).
    opendmarc) if is_set old-opendmarc; then echo mail; echo opendmarc; else echo opendmarc; fi ;;
    *) echo "$1" ;;
  esac
}

# What spamass-milter was started with for itself; behind -- it is for spamc.
flags_of_spamass() { sourced EXTRA_FLAGS /etc/sysconfig/spamass-milter; }

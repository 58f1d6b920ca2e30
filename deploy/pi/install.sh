#!/usr/bin/env bash
# Make a Raspberry Pi (or any Debian with systemd) keep itself at the approved, signed version of cardlens' models.
# May be run again at any time: it replaces the program and the units, and leaves keys and releases alone.
set -euo pipefail

usage() {
  cat <<'EOF'
Usage: sudo ./install.sh --store URL --trust SHA256 [--package FILE] [--name NAME] [--region REGION] [--endpoint URL]
                         [--credentials FILE]

  --store URL         where approved versions lie: s3://bucket/prefix, or a folder such as a mounted share
  --trust SHA256      digest of the publisher's root, as `cardlens device release begin` printed it
  --package FILE      wheel or source folder of cardlens; by default the folder that this script lies in
  --name NAME         name of this device in reports; the host's by default; on S3 that of its user or certificate
  --region REGION     of the bucket; by default us-east-2
  --endpoint URL      of an S3 server that is not Amazon's
  --credentials FILE  two lines, AWS_ACCESS_KEY_ID=… and AWS_SECRET_ACCESS_KEY=…; asked for if it is left out
                      and the store is in S3 (keys that were given before are kept)
  --files-only DIR    only write the files, below DIR; for images and for looking
EOF
}

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  exit 1
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
store='' trust='' package=$(cd "$here/../.." && pwd) name='' region=us-east-2 endpoint='' credentials='' root=''
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --store | --trust | --package | --name | --region | --endpoint | --credentials | --files-only)
      [ $# -ge 2 ] || fail "$1 needs a value; see --help"
      case $1 in
        --store) store=$2 ;;
        --trust) trust=$2 ;;
        --package) package=$2 ;;
        --name) name=$2 ;;
        --region) region=$2 ;;
        --endpoint) endpoint=$2 ;;
        --credentials) credentials=$2 ;;
        --files-only) root=$2 ;;
      esac
      shift 2
      ;;
    *) fail "$1: unknown; see --help" ;;
  esac
done

[ -n "$store" ] || fail "say with --store where approved versions lie; see --help"
[[ $trust =~ ^[0-9a-f]{64}$ ]] || fail "--trust needs the 64 characters that 'cardlens device release begin' printed"
# what goes into the settings must be one plain word each: systemd and the shell both read them
for value in "$store" "$name" "$region" "$endpoint"; do
  [[ $value =~ ^[A-Za-z0-9._:/@+=-]*$ ]] || fail "$value: has characters that do not belong there"
done
[ -n "$root" ] || [ "$(id -u)" -eq 0 ] || fail "needs root: sudo $0 …"
[ -n "$root" ] || [ -e "$package" ] || fail "$package: no such package; give a wheel with --package"

settings() {
  printf '# Settings of this device; not secret. Changed by install.sh.\n'
  printf 'CARDLENS_STORE=%s\nCARDLENS_TRUST=%s\n' "$store" "$trust"
  printf 'CARDLENS_DEVICE_HOME=/var/lib/cardlens\nAWS_REGION=%s\n' "$region"
  [ -z "$name" ] || printf 'CARDLENS_DEVICE_NAME=%s\n' "$name"
  [ -z "$endpoint" ] || printf 'AWS_ENDPOINT_URL=%s\n' "$endpoint"
}

write_files() {
  install -d -m 0755 "$root/etc/cardlens" "$root/etc/systemd/system" "$root/usr/local/bin"
  settings >"$root/etc/cardlens/device.env.new"
  chmod 0644 "$root/etc/cardlens/device.env.new"
  mv "$root/etc/cardlens/device.env.new" "$root/etc/cardlens/device.env"
  install -m 0644 "$here/systemd/cardlens-update.service" "$here/systemd/cardlens-update.timer" \
    "$root/etc/systemd/system/"
  install -m 0755 "$here/cardlens" "$root/usr/local/bin/cardlens"
}

# The key is readable by root alone: systemd hands it to the update service and to nothing else.
write_credentials() {
  local target=$root/etc/cardlens/credentials.env id='' secret=''
  case $store in s3://*) ;; *) return 0 ;; esac
  if [ -n "$credentials" ]; then
    grep -qE '^AWS_ACCESS_KEY_ID=[A-Za-z0-9/+=_-]+$' "$credentials" || fail "$credentials: has no AWS_ACCESS_KEY_ID=…"
    grep -qE '^AWS_SECRET_ACCESS_KEY=[A-Za-z0-9/+=_-]+$' "$credentials" ||
      fail "$credentials: has no AWS_SECRET_ACCESS_KEY=…"
    (umask 077 && grep -E '^AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)=' "$credentials" >"$target.new")
  elif [ -e "$target" ]; then
    return 0
  elif [ -t 0 ]; then
    read -r -p 'Access key ID of this device: ' id
    read -r -s -p 'Secret access key (not shown): ' secret
    printf '\n'
    (umask 077 && printf 'AWS_ACCESS_KEY_ID=%s\nAWS_SECRET_ACCESS_KEY=%s\n' "$id" "$secret" >"$target.new")
  else
    fail "give the device's key with --credentials FILE"
  fi
  mv "$target.new" "$target"
}

install_program() {
  apt-get update -qq
  apt-get install -y -qq python3-venv
  id cardlens >/dev/null 2>&1 || useradd --system --home-dir /var/lib/cardlens --shell /usr/sbin/nologin cardlens
  [ -x /opt/cardlens/venv/bin/python ] || python3 -m venv /opt/cardlens/venv
  /opt/cardlens/venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "Python 3.11 or newer is needed: use Raspberry Pi OS of 2023 (bookworm) or later, 64-bit"
  /opt/cardlens/venv/bin/python -m pip install --quiet --upgrade "${package}[device]"
}

start() {
  systemctl daemon-reload
  systemctl enable --quiet --now cardlens-update.timer
  printf 'Fetching the approved version ...\n'
  systemctl start cardlens-update.service || fail "the first update failed; see: journalctl -u cardlens-update -n 20"
  /usr/local/bin/cardlens device status
  printf 'Done. Name the cards of a photo: cardlens identify photo.jpg\n'
}

[ -n "$root" ] || install_program
write_files
write_credentials
[ -n "$root" ] || start

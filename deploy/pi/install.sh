#!/usr/bin/env bash
# Put cardlens on a Raspberry Pi (or any Debian with systemd): with the models that ship with it, or kept at the version
# that an operator has approved and signed; as a camera that writes rows, as a screen at the counter, or both.
# May be run again at any time: it replaces the program and the units, and leaves keys, releases and cards alone.
set -euo pipefail

usage() {
  cat <<'EOF'
Usage: sudo ./install.sh [--kiosk] [--watch] [--store URL --trust SHA256] [--package FILE] [--name NAME]
                         [--region REGION] [--endpoint URL] [--credentials FILE]

  --kiosk             serve the page, and show camera and list over the whole screen of the desktop
  --watch             name the cards under the Pi's own camera from the start on, without a screen
  --store URL         where approved versions lie: s3://bucket/prefix, or a folder such as a mounted share; without it
                      and --trust the models that ship with cardlens are used, and nothing is fetched
  --trust SHA256      digest of the publisher's root, as `cardlens device release begin` printed it
  --package FILE      wheel or source folder of cardlens; by default the folder that this script lies in
  --name NAME         name of this device in reports; the host's by default; on S3 that of its user or certificate
  --region REGION     of the bucket; by default us-east-2
  --endpoint URL      of an S3 server that is not Amazon's
  --credentials FILE  two lines, AWS_ACCESS_KEY_ID=… and AWS_SECRET_ACCESS_KEY=…; asked for if it is left out
                      and the store is in S3 (keys that were given before are kept)
  --files-only DIR    only write the files, below DIR; for images and for looking

What an earlier run was told of the store, and --kiosk and --watch, stand where this one says nothing of them.
EOF
}

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  exit 1
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
store='' trust='' package=$(cd "$here/../.." && pwd) name='' region=us-east-2 endpoint='' credentials='' root=''
kiosk='' watch=''
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --kiosk)
      kiosk=yes
      shift
      ;;
    --watch)
      watch=yes
      shift
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

units=$root/etc/systemd/system
[ ! -e "$units/cardlens-serve.service" ] || kiosk=yes
[ ! -e "$units/cardlens-watch.service" ] || watch=yes

# One value of the settings that an earlier run wrote.
before() {
  sed -n "s/^$1=//p" "$root/etc/cardlens/device.env"
}

if [ -z "$store$trust" ] && [ -r "$root/etc/cardlens/device.env" ]; then
  store=$(before CARDLENS_STORE) trust=$(before CARDLENS_TRUST)
  name=${name:-$(before CARDLENS_DEVICE_NAME)} endpoint=${endpoint:-$(before AWS_ENDPOINT_URL)}
  [ -z "$store" ] || region=$(before AWS_REGION)
fi
if [ -n "$store$trust" ]; then
  [ -n "$store" ] || fail "--trust belongs to a store; say with --store where approved versions lie; see --help"
  [[ $trust =~ ^[0-9a-f]{64}$ ]] || fail "--trust needs the 64 characters that 'cardlens device release begin' printed"
fi
# what goes into the settings must be one plain word each: systemd and the shell both read them
for value in "$store" "$name" "$region" "$endpoint"; do
  [[ $value =~ ^[A-Za-z0-9._:/@+=-]*$ ]] || fail "$value: has characters that do not belong there"
done
[ -n "$root" ] || [ "$(id -u)" -eq 0 ] || fail "needs root: sudo $0 …"
[ -n "$root" ] || [ -e "$package" ] || fail "$package: no such package; give a wheel with --package"

settings() {
  printf '# Settings of this device; not secret. Changed by install.sh.\n'
  printf 'CARDLENS_DEVICE_HOME=/var/lib/cardlens\n'
  [ -z "$store" ] || printf 'CARDLENS_STORE=%s\nCARDLENS_TRUST=%s\nAWS_REGION=%s\n' "$store" "$trust" "$region"
  [ -z "$name" ] || printf 'CARDLENS_DEVICE_NAME=%s\n' "$name"
  [ -z "$endpoint" ] || printf 'AWS_ENDPOINT_URL=%s\n' "$endpoint"
}

write_files() {
  install -d -m 0755 "$root/etc/cardlens" "$units" "$root/usr/local/bin"
  settings >"$root/etc/cardlens/device.env.new"
  chmod 0644 "$root/etc/cardlens/device.env.new"
  mv "$root/etc/cardlens/device.env.new" "$root/etc/cardlens/device.env"
  install -m 0755 "$here/cardlens" "$root/usr/local/bin/cardlens"
  if [ -n "$store" ]; then
    install -m 0644 "$here/systemd/cardlens-update.service" "$here/systemd/cardlens-update.timer" "$units/"
  fi
  [ -z "$watch" ] || install -m 0644 "$here/systemd/cardlens-watch.service" "$units/"
  [ -z "$kiosk" ] || write_kiosk
}

# The desktops of Raspberry Pi OS, on Wayland as on X, start what lies in /etc/xdg/autostart.
write_kiosk() {
  install -m 0644 "$here/systemd/cardlens-serve.service" "$units/"
  install -m 0755 "$here/cardlens-kiosk" "$root/usr/local/bin/cardlens-kiosk"
  install -d -m 0755 "$root/etc/xdg/autostart"
  install -m 0644 "$here/cardlens-kiosk.desktop" "$root/etc/xdg/autostart/"
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

# What pip is to install besides the core.
extras() {
  local wanted=''
  [ -z "$store" ] || wanted=device
  [ -z "$kiosk" ] || wanted=${wanted:+$wanted,}serve
  printf '%s' "${wanted:+[$wanted]}"
}

install_program() {
  apt-get update -qq
  apt-get install -y -qq python3-venv
  id cardlens >/dev/null 2>&1 || useradd --system --home-dir /var/lib/cardlens --shell /usr/sbin/nologin cardlens
  [ -x /opt/cardlens/venv/bin/python ] || python3 -m venv /opt/cardlens/venv
  /opt/cardlens/venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "Python 3.11 or newer is needed: use Raspberry Pi OS of 2023 (bookworm) or later, 64-bit"
  /opt/cardlens/venv/bin/python -m pip install --quiet --upgrade "${package}$(extras)"
  [ -z "$watch" ] || install_camera
  [ -z "$kiosk" ] || install_browser
}

# Picamera2 is a system package: the environment must see those.
install_camera() {
  local python=/opt/cardlens/venv/bin/python
  apt-get install -y -qq python3-picamera2 || fail "--watch needs Picamera2, which only Raspberry Pi OS has"
  sed -i 's/^include-system-site-packages = false/include-system-site-packages = true/' /opt/cardlens/venv/pyvenv.cfg
  # bookworm's simplejpeg was built for NumPy 1, and cardlens has NumPy 2
  "$python" -c 'import picamera2' 2>/dev/null || "$python" -m pip install --quiet --force-reinstall --no-deps simplejpeg
  "$python" -c 'import picamera2' || fail "Picamera2 does not load; use Raspberry Pi OS trixie"
}

install_browser() {
  apt-get install -y -qq curl
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || apt-get install -y -qq chromium
}

start() {
  systemctl daemon-reload
  [ -z "$store" ] || fetch
  [ -z "$watch" ] || run_from_now_on cardlens-watch
  [ -z "$kiosk" ] || run_from_now_on cardlens-serve
  [ -z "$kiosk" ] || printf 'The page comes up at the next start of the desktop.\n'
  printf 'Done. Name the cards of a photo: cardlens identify photo.jpg\n'
}

fetch() {
  systemctl enable --quiet --now cardlens-update.timer
  printf 'Fetching the approved version ...\n'
  systemctl start cardlens-update.service || fail "the first update failed; see: journalctl -u cardlens-update -n 20"
  /usr/local/bin/cardlens device status
}

# Restarted where it runs already: program or settings may have changed.
run_from_now_on() {
  systemctl enable --quiet "$1.service"
  systemctl restart "$1.service"
}

[ -n "$root" ] || install_program
write_files
write_credentials
[ -n "$root" ] || start

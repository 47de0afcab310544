#!/usr/bin/env bash
# Tries deploy/nginx.conf on this machine, as it is but for names of files and ports: nginx -t, then pages through it. Needs nginx and openssl.
#   VYRAK_DATA=… deploy/try_nginx.sh [seconds to stay up, 0]
set -eu
cd "$(dirname "$0")/.."
room=$(mktemp -d)
stop() { kill "${nginx:-}" "${vyrak:-}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$room"; }
trap stop EXIT
chmod 755 "$room"; mkdir "$room/cache" "$room/acme"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=vyrak.example -keyout "$room/privkey.pem" -out "$room/fullchain.pem" 2>/dev/null
.venv/bin/python -c "import sys; from pathlib import Path; from benchmarks import _served
print(_served.nginx_on_trial(Path(sys.argv[1]), f'unix:{sys.argv[1]}/vyrak.sock', {80: 8380, 443: 8343, 8081: 8381}))" "$room" > "$room/nginx.conf"
nginx -t -q -c "$room/nginx.conf" -e "$room/error.log"
.venv/bin/python -m gunicorn --config gunicorn.conf.py --bind "unix:$room/vyrak.sock" app:server & vyrak=$!
nginx -c "$room/nginx.conf" -e "$room/error.log" -g "daemon off;" & nginx=$!
get() { curl --silent --insecure --resolve vyrak.example:8343:127.0.0.1 "$@"; }
site=https://vyrak.example:8343
for _ in $(seq 300); do get --fail --output /dev/null $site/health && break; sleep 0.1; done
status() { get --output /dev/null --write-out '%{http_code}\n' "$@"; }
same() { if [ "$2" = "$3" ]; then echo "ok  $1: $2"; else echo "NO  $1: $2, not $3"; failed=1; fi; }
failed=0
for path in / /charges /data /health /chart/monthly.csv /reconciliation; do same "$path" "$(status $site$path)" 200; done
same "another name gets nothing" "$(curl --silent --insecure --output /dev/null --write-out '%{http_code}' -H 'Host: evil.example' http://127.0.0.1:8380/ || true)" 000
same "http leads to https" "$(curl --silent --output /dev/null --write-out '%{redirect_url}' -H 'Host: vyrak.example' http://127.0.0.1:8380/x)" https://vyrak.example/x
same "a body of 100 KB" "$(head -c 100000 /dev/zero | status --data-binary @- $site/_dash-update-component)" 413
same "a long address" "$(status "$site/?q=$(head -c 9000 /dev/zero | tr '\0' a)")" 414
same "the onion service" "$(curl --silent --output /dev/null --write-out '%{http_code}' -H 'Host: vyrakexample.onion' http://127.0.0.1:8381/)" 200
same "the onion tells no monitor" "$(curl --silent --output /dev/null --write-out '%{http_code}' -H 'Host: vyrakexample.onion' http://127.0.0.1:8381/health)" 404
vintage=$(get $site/health | sed -E 's/.*"vintage": "([^"]+)".*/\1/')
for _ in 1 2; do get --compressed --output /dev/null "$site/chart/monthly.csv?vintage=$vintage"; get --output /dev/null $site/health; get --output /dev/null $site/table/cells.csv; done
same "kept: the file" "$(grep -rla "monthly.csv?vintage" "$room/cache" | head -n 1 | wc -l)" 1
same "not kept: health, whole tables" "$(grep -rlaE "example/(health|table)" "$room/cache" | wc -l)" 0
same "for how long is between nginx and the program" "$(get --include $site/chart/monthly.csv | grep -ci x-accel)" 0
same "the address in what is told of a file" "$(get -H 'X-Forwarded-Host: evil.example' "$site/chart/monthly.metadata.json" | grep -c 'https://vyrak.example/')" 1
same "nothing written down" "$(cat "$room/error.log" 2>/dev/null | wc -c)" 0
get --include "$site/" | sed -n '/^\r$/q;p'
sleep "${1:-0}"
exit $failed

#!/bin/sh
# Puts the two settings into nginx's configuration, then becomes nginx.
set -eu

# The names of this machine itself always answer, as they do in the API.
export ALLOWED_HOSTS="localhost 127.0.0.1 [::1] ${ALLOWED_HOSTS:-}"
export MAX_UPLOAD_MB="${MAX_UPLOAD_MB:-10}"

# Both become part of a configuration file: anything but names and a number would change its meaning.
case "$ALLOWED_HOSTS" in
    *[!A-Za-z0-9.:\ \[\]-]* | *\ .*)
        echo "ALLOWED_HOSTS: expected host names, without wildcards, separated by spaces, found '$ALLOWED_HOSTS'" >&2
        exit 1 ;;
esac
case "$MAX_UPLOAD_MB" in
    *[!0-9]* | 0*)
        echo "MAX_UPLOAD_MB: expected a whole number of megabytes from 1 to 50, found '$MAX_UPLOAD_MB'" >&2
        exit 1 ;;
esac
if [ "$MAX_UPLOAD_MB" -gt 50 ]; then
    echo "MAX_UPLOAD_MB: at most 50, found $MAX_UPLOAD_MB: uploads pass through a tmpfs of 64 MB" >&2
    exit 1
fi
# A form adds its boundaries and headers to a file of the largest size; the API allows as much.
export MAX_BODY_KB=$((MAX_UPLOAD_MB * 1024 + 64))

for file in nginx.conf security_headers.conf problems.conf; do
    envsubst '${ALLOWED_HOSTS} ${MAX_UPLOAD_MB} ${MAX_BODY_KB}' <"/etc/frontend/$file" >"/tmp/$file"
done
exec nginx -e stderr -c /tmp/nginx.conf

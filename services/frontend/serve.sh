#!/bin/sh
# Puts the two settings into nginx's configuration, then becomes nginx.
set -eu

export ALLOWED_HOSTS="${ALLOWED_HOSTS:-localhost 127.0.0.1 [::1]}"
export MAX_UPLOAD_MB="${MAX_UPLOAD_MB:-10}"

# Both become part of a configuration file: anything but names and a number would change its meaning.
case "$ALLOWED_HOSTS" in
    *[!A-Za-z0-9.:\ \[\]-]*)
        echo "ALLOWED_HOSTS: expected host names, without wildcards, separated by spaces, found '$ALLOWED_HOSTS'" >&2
        exit 1 ;;
esac
case "$MAX_UPLOAD_MB" in
    *[!0-9]* | 0*)
        echo "MAX_UPLOAD_MB: expected a whole number of megabytes above 0, found '$MAX_UPLOAD_MB'" >&2
        exit 1 ;;
esac

for file in nginx.conf security_headers.conf problems.conf; do
    envsubst '${ALLOWED_HOSTS} ${MAX_UPLOAD_MB}' <"/etc/frontend/$file" >"/tmp/$file"
done
exec nginx -e stderr -c /tmp/nginx.conf

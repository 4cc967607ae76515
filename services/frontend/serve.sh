#!/bin/sh
# Writes the settings into nginx's configuration, then replaces itself with nginx.
set -eu

# This machine's own names are always allowed, as in the API.
export ALLOWED_HOSTS="localhost 127.0.0.1 [::1] ${ALLOWED_HOSTS:-}"
export MAX_UPLOAD_MB="${MAX_UPLOAD_MB:-64}"
export REQUEST_SECONDS="${REQUEST_SECONDS:-20}"
export CLIENT_REQUESTS_PER_SECOND="${CLIENT_REQUESTS_PER_SECOND:-50}"
export CLIENT_BURST="${CLIENT_BURST:-100}"
export CLIENT_CONNECTIONS="${CLIENT_CONNECTIONS:-100}"

refuse() { # MESSAGE
    echo "the page cannot be served: $1" >&2
    exit 1
}

whole_number() { # NAME VALUE LARGEST
    case "$2" in
        "" | *[!0-9]* | 0* | ????????*) refuse "$1 must be a whole number from 1 to $3, found '$2'" ;;
    esac
    [ "$2" -le "$3" ] || refuse "$1 must be a whole number from 1 to $3, found '$2'"
}

# The settings become part of a configuration file. Anything but names and numbers could change its meaning.
case "$ALLOWED_HOSTS" in
    *[!A-Za-z0-9.:\ \[\]-]* | *\ .*)
        refuse "ALLOWED_HOSTS must be host names, without wildcards, separated by spaces, found '$ALLOWED_HOSTS'" ;;
esac
# Uploads pass through a tmpfs of 256 MB, which must have room for a few at once.
whole_number MAX_UPLOAD_MB "$MAX_UPLOAD_MB" 128
whole_number CLIENT_REQUESTS_PER_SECOND "$CLIENT_REQUESTS_PER_SECOND" 1000000
whole_number CLIENT_BURST "$CLIENT_BURST" 1000000
whole_number CLIENT_CONNECTIONS "$CLIENT_CONNECTIONS" 65535
case "$REQUEST_SECONDS" in
    "" | *[!0-9.]* | .* | *.*.* | 0[0-9]* | ??????*) refuse "REQUEST_SECONDS must be a number of seconds up to 86400, found '$REQUEST_SECONDS'" ;;
esac
# A form adds boundaries and headers to the file; the API allows the same margin.
export MAX_BODY_KB=$((MAX_UPLOAD_MB * 1024 + 64))
# The API times out first and reports it; nginx waits a little longer.
export API_SECONDS=$((${REQUEST_SECONDS%%.*} + 10))

for file in /etc/frontend/*.conf; do
    envsubst '${ALLOWED_HOSTS} ${MAX_UPLOAD_MB} ${MAX_BODY_KB} ${API_SECONDS} ${CLIENT_REQUESTS_PER_SECOND} ${CLIENT_BURST} ${CLIENT_CONNECTIONS}' \
        <"$file" >"/tmp/${file##*/}"
done
exec nginx -e stderr -c /tmp/nginx.conf

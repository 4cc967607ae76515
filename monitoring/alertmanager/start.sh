#!/bin/sh
# Starts Alertmanager with the receiver that ALERT_WEBHOOK_URL asks for.
set -eu

case ${ALERT_WEBHOOK_URL:=} in
    "") receiver=nobody ;;
    http://?* | https://?*) receiver=webhook ;;
    *) echo "Alertmanager cannot start: ALERT_WEBHOOK_URL must start with http:// or https://" >&2; exit 2 ;;
esac
umask 077 # the address may contain a password
printf %s "$ALERT_WEBHOOK_URL" > /tmp/webhook_url
sed "s/receiver: nobody/receiver: $receiver/" /etc/alertmanager/alertmanager.yml > /tmp/alertmanager.yml

# Debian's package has another name for the program.
program=$(command -v alertmanager || command -v prometheus-alertmanager)
# Without a cluster, because there is only one.
exec "$program" --config.file=/tmp/alertmanager.yml --storage.path=/alertmanager --cluster.listen-address=

#!/bin/sh
# Starts nginx with docs/nginx.conf, fitted to the containers of compose.yaml.
set -eu

refuse() {
    echo "$1" >&2
    exit 2
}

for file in molseek.crt molseek.key; do
    [ -r "/tls/$file" ] || refuse "TLS_DIR has no $file that uid $(id -u) may read: put certificate and key there."
done
case $PROXY_BIND in
    127.* | ::1 | localhost) ;;
    *)
        [ -n "$MOLSEEK_KEYS" ] || [ "$MOLSEEK_ALLOW_ANONYMOUS" = true ] || refuse \
            "Whoever reaches $PROXY_BIND could search without a key: name KEYS_DIR, or say MOLSEEK_ALLOW_ANONYMOUS=true."
        ;;
esac

sed -e "s/127\.0\.0\.1:8000/${UPSTREAM:-api:8000}/" \
    -e "s/molecules\.example\.org/$SERVER_NAME/" \
    -e 's/listen 443/listen 8443/' \
    -e 's|/etc/nginx/|/tls/|' /site/nginx.conf >/tmp/molseek.conf
exec nginx -e stderr -c /proxy/nginx.conf

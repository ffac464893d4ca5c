#!/usr/bin/env bash
# Runs the deployment for real, and fails unless it answers: builds the image, brings the service up on an empty volume,
# searches over HTTP, rebuilds the index from a mounted corpus while the service is being asked, and waits until the
# same running service answers from the new release.
#
#   ENGINE="docker compose" docker/smoke.sh      any compose-compatible command; needs python3 beside it
#   PORT=18080                                   the port the service is published on meanwhile
#   SMOKE_BUILD=0                                use the image as it is
#
# It has a compose project of its own (and so a volume of its own), which is removed at the end.
set -euo pipefail
cd "$(dirname "$0")/.."
export PORT=${PORT:-18080}
read -ra engine <<<"${ENGINE:-docker compose}"
base=http://127.0.0.1:$PORT
scratch=$(mktemp -d)

compose() { "${engine[@]}" -p molseek-smoke "$@"; }
step() { printf '\n== %s\n' "$*"; }

finish() {
    status=$?
    if [[ $status -ne 0 ]]; then compose logs api || true; fi
    compose down -v >/dev/null 2>&1 || true
    rm -rf "$scratch"
    if [[ $status -eq 0 ]]; then echo "smoke: passed"; else echo "smoke: FAILED" >&2; fi
}
trap finish EXIT

# ask QUERY: prints "<release> <cid or id of the best hit> <score>"; fails on any other answer than 200 with a hit
ask() {
    python3 - "$base" "$1" <<'PYTHON'
import json, sys, urllib.request

base, query = sys.argv[1:]
request = urllib.request.Request(
    base + "/search/text2mol", json.dumps({"query": query, "k": 3}).encode(), {"content-type": "application/json"}
)
with urllib.request.urlopen(request, timeout=30) as response:
    answer = json.load(response)
best = answer["results"][0][0]
print(answer["release"], best["id"], best["score"])
PYTHON
}

if [[ ${SMOKE_BUILD:-1} == 1 ]]; then
    step "build"
    compose build
fi

step "up, on an empty volume"
compose up -d
python3 docker/ready.py "$base/health/ready" --wait 180

step "who runs it, and with what"
uid=$(compose exec -T api id -u | tr -d '\r')
[[ $uid == 10001 ]] || { echo "runs as uid $uid" >&2; exit 1; }
compose exec -T api python /usr/local/lib/molseek/ready.py
if compose exec -T api touch /opt/molseek/written 2>/dev/null; then echo "the root file system is writable" >&2; exit 1; fi
if compose exec -T api touch /var/lib/molseek/index/written 2>/dev/null; then echo "the service can write the index" >&2; exit 1; fi
echo "uid $uid, health check passes, nothing writable"

step "a search"
before=$(ask "an anti-inflammatory drug")
echo "$before"
started=$(compose exec -T api stat -c %Y /proc/1 | tr -d '\r')

step "a rebuild from a mounted corpus, with the service being asked all the while"
printf 'id\tname\tsmiles\tdescription\n' >"$scratch/corpus.tsv"
printf 'smoke-1\tethanol\tCCO\tA primary alcohol, the one in wine.\n' >>"$scratch/corpus.tsv"
printf 'smoke-2\tbenzene\tc1ccccc1\tThe simplest aromatic hydrocarbon.\n' >>"$scratch/corpus.tsv"
printf 'smoke-3\tacetic acid\tCC(=O)O\tThe monocarboxylic acid of vinegar.\n' >>"$scratch/corpus.tsv"
chmod 755 "$scratch"
chmod 644 "$scratch/corpus.tsv"
CORPUS_DIR=$scratch CORPUS_FILE=corpus.tsv compose --profile index run --rm index >"$scratch/rebuild.log" 2>&1 &
rebuild=$!
asked=0
after=$before
give_up=$((SECONDS + 300))
while [[ ${after%% *} == "${before%% *}" && $SECONDS -lt $give_up ]]; do
    after=$(ask "an anti-inflammatory drug")
    asked=$((asked + 1))
    sleep 0.2
done
wait "$rebuild" || { cat "$scratch/rebuild.log" >&2; exit 1; }
echo "$after"
[[ $after == *" smoke-"* ]] || { echo "the service still answers from $before" >&2; exit 1; }
[[ $(compose exec -T api stat -c %Y /proc/1 | tr -d '\r') == "$started" ]] || { echo "the service restarted" >&2; exit 1; }
echo "new release after $asked questions, none failed, no restart"

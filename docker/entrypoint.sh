#!/bin/sh
# What a container of the image does with its command:
#   molseek-serve …   fill the index if there is none yet, then serve
#   fill              only fill it: an empty index gets the bundled corpus
#   rebuild           index CORPUS_FILE (and DESCRIPTIONS_FILE) of the folder mounted at /corpus; a running service
#                     that shares the index picks the new release up
#   anything else     run it
set -eu

corpus=${MOLSEEK_CORPUS_MOUNT:-/corpus}

fill() {
    if [ -e "$MOLSEEK_INDEX/current" ]; then
        return
    fi
    echo "No release in $MOLSEEK_INDEX yet: indexing the bundled corpus." >&2
    molseek-index build --checkpoint "$MOLSEEK_CHECKPOINT" --molecules example --out "$MOLSEEK_INDEX" \
        ${MOLSEEK_DEVICE:+--device "$MOLSEEK_DEVICE"}
}

# The file NAME of the mounted corpus, or an end with a sentence that says what to do.
corpus_file() {
    if [ ! -r "$corpus/$2" ]; then
        echo "$1 is '$2', but the folder mounted at $corpus (CORPUS_DIR) has no such file that uid $(id -u) may read." >&2
        exit 2
    fi
    printf '%s\n' "$corpus/$2"
}

rebuild() {
    if [ -z "${CORPUS_FILE:-}" ]; then
        echo "Say which corpus to index: CORPUS_DIR=/its/folder CORPUS_FILE=molecules.tsv (and DESCRIPTIONS_FILE)." >&2
        exit 2
    fi
    molecules=$(corpus_file CORPUS_FILE "$CORPUS_FILE")
    set -- --checkpoint "$MOLSEEK_CHECKPOINT" --molecules "$molecules" --out "$MOLSEEK_INDEX"
    if [ -n "${DESCRIPTIONS_FILE:-}" ]; then
        descriptions=$(corpus_file DESCRIPTIONS_FILE "$DESCRIPTIONS_FILE")
        set -- "$@" --descriptions "$descriptions"
    fi
    # Unquoted: several options are several words.
    # shellcheck disable=SC2086
    exec molseek-index build "$@" ${MOLSEEK_DEVICE:+--device "$MOLSEEK_DEVICE"} ${BUILD_OPTIONS:-}
}

case "${1:-}" in
    fill) fill ;;
    rebuild) rebuild ;;
    molseek-serve)
        case " $* " in *" --help "* | " molseek-serve key "*) ;; *) fill ;; esac
        exec "$@"
        ;;
    *) exec "$@" ;;
esac

#!/bin/sh
# Releases an image without a gap: it starts on the idle colour, and nginx sends the traffic
# there once it answers. When anything fails, the traffic stays where it was, or goes back.
#
#   ./switch.sh IMAGE    release IMAGE (a tag that never moves, or a digest)
#   ./switch.sh --back   the traffic back to the other colour, which still runs
#   ./switch.sh --show   which colour has the traffic, and what runs
#
# HEALTH_SECONDS (120): how long a new container may take until it answers.
# The state is two files: nginx/active.inc, and .env with both images. A line PORT=80 in
# .env makes nginx listen there instead of on 8080.
set -eu
cd -- "$(dirname -- "$0")"
unset BLUE_IMAGE GREEN_IMAGE NGINX_IMAGE PORT # .env decides, whatever the caller's environment has

include=nginx/active.inc
health_seconds=${HEALTH_SECONDS:-120}

say() { printf '%s\n' "switch: $*" >&2; }

setting() { # NAME: its value in .env
    [ ! -f .env ] || sed -n "s/^$1=//p" .env
}

set_setting() { # NAME VALUE, where no value removes it
    { [ ! -f .env ] || grep -v "^$1=" .env || true; } > .env.new
    [ -z "$2" ] || printf '%s=%s\n' "$1" "$2" >> .env.new
    mv .env.new .env
}

active_colour() {
    [ ! -f "$include" ] || sed -n 's/^set .backend \([a-z]*\):8000;$/\1/p' "$include"
}

is_running() { docker compose ps --services --status running | grep -qx "$1"; }

wait_until_healthy() { # COLOUR
    deadline=$(($(date +%s) + health_seconds))
    until docker compose exec -T "$1" python healthcheck.py > /dev/null 2>&1; do
        [ "$(date +%s)" -lt "$deadline" ] || return 1
        sleep 1
    done
}

send_traffic_to() { # COLOUR, or nothing if there was none before
    if [ -z "$1" ]; then
        rm -f "$include"
        docker compose stop nginx
        return
    fi
    # Written aside and renamed, so that nginx never reads half a file.
    printf '%s\n' "set \$backend $1:8000;" > "$include.new"
    mv "$include.new" "$include"
    if is_running nginx; then
        docker compose exec -T nginx nginx -t -q
        docker compose exec -T nginx nginx -s reload
    else
        docker compose up --detach --no-deps nginx
    fi
}

# COLOUR: three answers in a row are from it. A second apart, because after a reload nginx's
# old worker takes requests for a moment longer.
has_traffic() {
    good=0
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        sleep 1
        if headers=$(curl --silent --fail --max-time 3 --dump-header - --output /dev/null "$url") &&
            printf '%s\n' "$headers" | grep -qi "^x-served-by: $1:"; then
            good=$((good + 1))
            [ "$good" -lt 3 ] || return 0
        else
            good=0
        fi
    done
    return 1
}

finish() {
    status=$?
    trap '' HUP INT TERM
    set +e
    if [ "$released" = no ]; then
        [ "$status" -ne 0 ] || status=1
        put_back
    fi
    rmdir .lock
    exit "$status"
}

put_back() {
    if [ "$moved" = yes ]; then
        say "sending the traffic back to ${active:-nobody}"
        send_traffic_to "$active"
        # nginx takes a moment, in which the failed colour must not go yet.
        [ -z "$active" ] || has_traffic "$active" || say "$active does not answer: look into it"
    fi
    if [ -n "$image" ]; then
        docker compose logs --no-log-prefix --tail 20 "$idle" >&2
        docker compose stop "$idle"
        set_setting "$variable" "$old_image"
    fi
    say "failed; ${active:-no colour} has the traffic"
}

case ${1-} in
    --back) image= ;;
    --show)
        active=$(active_colour)
        say "${active:-no colour} has the traffic"
        exec docker compose ps --all
        ;;
    '' | -*)
        sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
    *) image=$1 ;;
esac

if ! mkdir .lock 2> /dev/null; then
    say "another switch is running; if it is not, remove $PWD/.lock"
    exit 1
fi
active=$(active_colour)
case $active in
    blue) idle=green variable=GREEN_IMAGE ;;
    *) idle=blue variable=BLUE_IMAGE ;;
esac
old_image=$(setting "$variable")
moved=no
released=no
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

if [ -n "$image" ]; then
    say "starting $image as $idle"
    set_setting "$variable" "$image"
elif [ -z "$active" ] || [ -z "$old_image" ]; then
    say "there is no other release to go back to"
    exit 1
fi
docker compose up --detach --no-deps "$idle"
if ! wait_until_healthy "$idle"; then
    say "$idle does not answer after $health_seconds s"
    exit 1
fi

say "$idle is healthy; sending it the traffic"
port=$(setting PORT)
url=http://127.0.0.1:${port:-8080}/healthz
moved=yes
send_traffic_to "$idle"
if ! has_traffic "$idle"; then
    say "$url is not answered by $idle"
    exit 1
fi
released=yes
say "$idle has the traffic${active:+; $active still runs: ./switch.sh --back}"

#!/bin/sh
# Writes an Asterisk queue log and a Keycloak event log of yesterday (UTC) into a folder:
#   docs/examples/yesterday.sh FOLDER
set -eu
folder=${1:?expected a folder to write into}
mkdir -p "$folder"
midnight=$(date -u -d "$(date -u -d yesterday +%Y-%m-%d)" +%s)

at() { # HOUR MINUTE
    echo $((midnight + $1 * 3600 + $2 * 60))
}
queue() { # HOUR MINUTE AGENT EVENT [DATA]
    echo "$(at "$1" "$2")|NONE|support|$3|$4|${5:-}"
}
keycloak() { # HOUR MINUTE TYPE USER_ID SESSION_ID [USERNAME]
    head="\"time\":$(at "$1" "$2")000,\"type\":\"$3\",\"realmId\":\"helpdesk\",\"clientId\":\"ticketing\""
    who="\"userId\":\"$4\",\"sessionId\":\"$5\",\"ipAddress\":\"203.0.113.7\""
    details=
    if [ -n "${6:-}" ]; then
        details=",\"details\":{\"username\":\"$6\"}"
    fi
    echo "{$head,$who$details}"
}

{
    queue 7 58 SIP/8007 ADDMEMBER
    queue 8 2 SIP/8011 ADDMEMBER
    queue 12 1 SIP/8007 REMOVEMEMBER
    queue 12 44 SIP/8007 ADDMEMBER
    queue 16 30 SIP/8011 REMOVEMEMBER
    queue 17 5 SIP/8007 AGENTCALLBACKLOGOFF "8007|15660|Autologoff"
    queue 22 0 SIP/8020 ADDMEMBER
} >"$folder/queue_log"

{
    keycloak 8 0 LOGIN 0fade334 33b3f941 mara.lind
    keycloak 8 1 LOGIN_ERROR 77c1d0aa "" omar.aziz
    keycloak 8 2 LOGIN 77c1d0aa 8d02e9c4 omar.aziz
    keycloak 16 31 LOGOUT 0fade334 33b3f941 ""
} >"$folder/keycloak.log"

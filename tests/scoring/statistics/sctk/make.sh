#!/bin/sh
# Makes the .mapsswe files beside it with NIST's SCTK (Debian: apt install sctk, 2.4.10).
set -eu
cd "$(dirname "$0")"
bin=/usr/lib/sctk/bin
for text in words han many; do
  case $text in han) characters=-c ;; *) characters= ;; esac
  made=$(mktemp -d)
  for system in first second; do
    "$bin/sclite" -r "$text.ref.trn" trn -h "$text.$system.trn" trn "$system" \
      -i rm -s -e utf-8 $characters -f 0 -o sgml -O "$made" -n "$system" > /dev/null
  done
  cat "$made/first.sgml" "$made/second.sgml" |
    "$bin/sc_stats" -p -t mapsswe -v -n - | sed 's/ *$//' > "$text.mapsswe"
  rm -r "$made"
done

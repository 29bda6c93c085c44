#!/bin/sh
# Fetches the files named in SOURCES, of this folder or the given one, with npm and puts them there once their
# sums are the recorded ones. Needs npm, tar and sha256sum; not a build step.
set -eu
here=$(cd "${1:-$(dirname "$0")}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

grep -v '^#' "$here/SOURCES" | while read -r file sum package version path licence; do
	unpacked=$work/$package@$version
	if [ ! -d "$unpacked" ]; then
		mkdir -p "$unpacked"
		archive=$(cd "$work" && npm pack --silent "$package@$version")
		tar -xzf "$work/$archive" -C "$unpacked"
	fi
	echo "$sum  $unpacked/package/$path" | sha256sum --check --quiet
	cp "$unpacked/package/$path" "$here/$file"
	echo "$file: $package $version ($licence)"
done

#!/bin/sh
# One step of the web build as Maven calls it: install | check | test | bundle.
# A step whose inputs are what they were when it last passed is not run again, so that a reactor
# build that changed only Java does not pay for the client. `mvn clean` forgets the stamps.
set -eu
cd "$(dirname "$0")/.."
step="$1"

fail() {
  echo "atrium web: $1" >&2
  exit 69
}

command -v node >/dev/null 2>&1 ||
  fail "Node.js was not found. The web client needs Node.js 20.19 or newer (https://nodejs.org)."
command -v npm >/dev/null 2>&1 ||
  fail "npm was not found. It comes with Node.js 20.19 or newer (https://nodejs.org)."
node -e 'const [a, b] = process.versions.node.split(".").map(Number);
process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
  fail "Node.js $(node --version) is too old. The web client needs 20.19 or newer."

digest() { # a digest over the names and the content of the files in the given places
  find "$@" -type f 2>/dev/null | LC_ALL=C sort | while read -r file; do
    echo "$file"
    cat "$file"
  done | cksum
}

settings="package.json package-lock.json vite.config.ts tsconfig.json svelte.config.js"
case "$step" in
  install) stamp=node_modules/.atrium-stamp inputs="package.json package-lock.json .npmrc" ;;
  check) stamp=target/.check-stamp inputs="src public test e2e dev build index.html .prettierrc vitest.config.ts vitest.e2e.config.ts $settings" ;;
  test) stamp=target/.test-stamp inputs="src test vitest.config.ts $settings ../hub/hub-api/src/main/resources/golden" ;;
  bundle) stamp=target/.bundle-stamp inputs="src public index.html $settings" ;;
  *) fail "unknown step '$step' (install, check, test, bundle)" ;;
esac

# shellcheck disable=SC2086 # a list of places, none with spaces
now="$(digest $inputs) $(node --version)"
if [ "$step" = bundle ] && [ ! -f target/classes/web/index.html ]; then rm -f "$stamp"; fi
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$now" ]; then
  exit 0
fi

case "$step" in
  install) npm ci --no-audit --no-fund --loglevel=error ||
    fail "npm ci failed. The first build needs a package registry; later builds work offline." ;;
  check) npm run --silent check ;;
  test) npm run --silent test ;;
  bundle) npm run --silent build -- --logLevel warn ;;
esac
mkdir -p "$(dirname "$stamp")"
echo "$now" >"$stamp"

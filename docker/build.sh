#!/bin/sh
# build.sh TARGET NAME [OPTION...]: the image cpu or gpu, by podman, buildah or docker.
#
# From the environment: BUILDER, one of these, where not the first that is there; BASE, where not the
# Dockerfile's; REVISION, where not the checkout's; SOURCE, the repository's address; and how the
# package index is reached: PIP_CONFIG_FILE, UV_CONFIG_FILE, SSL_CERT_FILE. Those three go in as
# secrets, of which the image keeps nothing.
set -eu
cd "$(dirname "$0")/.."
target=$1 name=$2
shift 2

for tool in ${BUILDER:-podman buildah docker} none; do
  command -v "$tool" >/dev/null && break
done
if [ "$tool" = none ]; then
  echo "docker/build.sh: an image is built by podman, buildah or docker; none is there: install one" >&2
  exit 69
fi

for pair in "pip ${PIP_CONFIG_FILE:-/etc/pip.conf}" "uv ${UV_CONFIG_FILE:-/etc/uv/uv.toml}" \
  "certificates ${SSL_CERT_FILE:-}"; do
  file=${pair#* }
  if [ -f "$file" ]; then set -- "$@" --secret "id=${pair%% *},src=$file"; fi
done
# podman and buildah would name it localhost/NAME, and a cluster's nodes look for docker.io/library/NAME.
case $name in
  */*) ;;
  *) set -- "$@" --tag "docker.io/library/$name" ;;
esac
if [ -n "${BASE:-}" ]; then set -- "$@" --build-arg "BASE=$BASE"; fi

exec "$tool" build --file docker/Dockerfile --target "$target" --tag "$name" \
  --build-arg "REVISION=${REVISION:-$(git describe --always --dirty --abbrev=40)}" \
  --build-arg "VERSION=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)" \
  --build-arg "SOURCE=${SOURCE:-}" \
  "$@" .

# Debian with busybox first in PATH and as the shell, as in the Alpine images that it stands in for.
ARG ROOTFS
FROM ${ROOTFS}
RUN busybox --install -s /usr/local/bin && ln -sf busybox /bin/sh

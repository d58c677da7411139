# The image holds the program that release/build made, and nothing that starts a shell:
#
#     release/build && docker build -t wsb .
#     docker run --rm wsb local -- wsb get-session PORTAL SESSION
# The digest is that of bookworm-20251229-slim; Dependabot proposes newer ones.
FROM debian:bookworm-slim@sha256:d5d3f9c23164ea16f31852f95bd5959aad1c5e854332fe00f7b3a20fcc9f635c AS root
RUN apt-get update \
    && apt-get install -qy --no-install-recommends ca-certificates tzdata
COPY dist/ /dist/
COPY release/image/root /usr/local/bin/assemble
ARG TARGETARCH=amd64
RUN case $TARGETARCH in amd64) machine=x86_64 ;; arm64) machine=aarch64 ;; esac \
    && mkdir /unpacked \
    && tar -xzf /dist/wsb-*-"$machine"-unknown-linux-gnu.tar.gz -C /unpacked --strip-components 1 \
    && assemble /unpacked/wsb /unpacked/THIRD-PARTY-LICENCES.txt /root-of-image

FROM scratch
COPY --from=root /root-of-image /
ENV HOME=/home/nonroot PATH=/usr/bin
USER 65532:65532
WORKDIR /home/nonroot
ENTRYPOINT ["/usr/bin/wsb"]

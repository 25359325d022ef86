# The scorer's image: built on Debian bookworm, run by a numeric user without
# root, compiler or curl. docs/containers.md says how to run it.
ARG DEBIAN=12.11-slim

FROM debian:${DEBIAN} AS build
WORKDIR /src
COPY scripts/setup.sh scripts/setup.sh
RUN scripts/setup.sh
COPY . .
RUN cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release \
    && cmake --build /build --target tidemill \
    && strip /build/tidemill

FROM debian:${DEBIAN}
LABEL org.opencontainers.image.title="Tidemill" \
      org.opencontainers.image.description="Scores events while they stream: Kafka in, features and model, Kafka out" \
      org.opencontainers.image.licenses="Apache-2.0"
# What the executable is linked with; a test compares this list with it. No
# versions: Debian stable's change for security alone.
# hadolint ignore=DL3008
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        ca-certificates libcurl4 libfmt9 libicu72 libprometheus-cpp-core1.0 \
        libprometheus-cpp-pull1.0 librdkafka1 libsimdjson14 libspdlog1.10 \
        libssl3 libxgboost0 libxxhash0 libyaml-cpp0.7 libzstd1 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 10001 -g 10001 /var/lib/tidemill /var/lib/tidemill/artifacts \
        /var/lib/tidemill/last-good
COPY LICENSE /usr/share/doc/tidemill/LICENSE
COPY --from=build /build/tidemill /usr/local/bin/tidemill
COPY config /etc/tidemill/config
# A library missing from the list above fails the build here, not the start later.
RUN tidemill --version
WORKDIR /etc/tidemill
ENV TIDEMILL_HOME=/var/lib/tidemill
USER 10001:10001
EXPOSE 8080 9464
# Live, not ready: a scorer whose broker is away must not be killed for it.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s \
    CMD ["tidemill", "health", "--live"]
ENTRYPOINT ["tidemill"]
CMD ["--help"]

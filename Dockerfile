# The scorer's image: built on Debian bookworm, run without a shell user, root
# or compiler.
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY scripts/setup.sh scripts/setup.sh
RUN scripts/setup.sh
COPY . .
RUN cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release \
    && cmake --build /build --target tidemill \
    && strip /build/tidemill

FROM debian:bookworm-slim
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        ca-certificates curl libcurl4 libfmt9 libicu72 libprometheus-cpp-core1.0 \
        libprometheus-cpp-pull1.0 librdkafka++1 librdkafka1 libsimdjson14 libspdlog1.10 \
        libssl3 libxgboost0 libxxhash0 libyaml-cpp0.7 \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 10001 -g 10001 /var/lib/tidemill /var/lib/tidemill/artifacts \
        /var/lib/tidemill/last-good
COPY --from=build /build/tidemill /usr/local/bin/tidemill
COPY config /etc/tidemill/config
# A library missing from the list above fails the build here, not the start later.
RUN tidemill --version
WORKDIR /etc/tidemill
ENV TIDEMILL_HOME=/var/lib/tidemill
USER 10001:10001
EXPOSE 8080 9464
ENTRYPOINT ["tidemill"]
CMD ["--help"]

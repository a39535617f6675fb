# One image a target, each of its own workspaces: the demo store, the native exporter, the commands of redmeter.
#   docker build --target app .
#   docker build --target exporter --build-arg WORKSPACE=exporter .
#   docker build --target experiment --build-arg WORKSPACE="packages/experiment packages/service packages/release" .
ARG NODE_IMAGE=node:24-alpine

FROM ${NODE_IMAGE} AS manifests
WORKDIR /redmeter
COPY package.json package-lock.json .npmrc ./
COPY packages/http-server/package.json packages/http-server/
COPY packages/metric-format/package.json packages/metric-format/
COPY packages/metric-reader/package.json packages/metric-reader/
COPY packages/redis-connector/package.json packages/redis-connector/
COPY packages/redis-metrics/package.json packages/redis-metrics/
COPY packages/experiment/package.json packages/experiment/
COPY packages/release/package.json packages/release/
COPY packages/service/package.json packages/service/
COPY app/package.json app/
COPY exporter/package.json exporter/
# Of the development tools at the top the image needs the compiler alone, not the linters and test runners.
RUN node -e ' \
  const { readFileSync, writeFileSync } = require("node:fs"); \
  const manifest = JSON.parse(readFileSync("package.json", "utf8")); \
  const { typescript, "@types/node": nodeTypes } = manifest.devDependencies; \
  manifest.devDependencies = { typescript, "@types/node": nodeTypes }; \
  writeFileSync("package.json", JSON.stringify(manifest));'

FROM manifests AS build
ARG WORKSPACE=app
RUN npm ci --ignore-scripts $(printf -- '--workspace %s ' ${WORKSPACE}) --include-workspace-root
COPY tsconfig.base.json tsconfig.commonjs.json ./
COPY packages packages
COPY app app
COPY exporter exporter
RUN npx tsc -b ${WORKSPACE}
# What runs: modules that were compiled, and files that ship as they are.
RUN find app exporter packages \( -name node_modules -o -name src \) -prune -o -type d \
  \( -name bin -o -name cjs -o -name dist -o -name esm -o -name hub -o -name lua -o -name proto -o -name schema -o -name static -o -name templates \) -prune -print \
  | while read -r folder; do mkdir -p "/built/${folder%/*}" && cp -r "$folder" "/built/$folder" || exit 1; done

FROM manifests AS production
ARG WORKSPACE=app
RUN npm ci --ignore-scripts --omit=dev $(printf -- '--workspace %s ' ${WORKSPACE})

FROM ${NODE_IMAGE} AS program
ENV NODE_ENV=production
WORKDIR /redmeter
COPY --from=production /redmeter ./
COPY --from=build /built ./
USER node

FROM program AS app
ENV HOST=0.0.0.0 PORT=5050
EXPOSE 5050
HEALTHCHECK --interval=3s --timeout=3s --start-period=10s --retries=5 \
  CMD wget -q -O /dev/null "http://127.0.0.1:${PORT}/healthz"
CMD ["node", "app/dist/main.js"]

FROM program AS exporter
ENV REDMETER_EXPORTER_LISTEN=0.0.0.0:9122
EXPOSE 9122
HEALTHCHECK --interval=3s --timeout=3s --start-period=10s --retries=5 \
  CMD ["node", "exporter/dist/cli/health.js"]
ENTRYPOINT ["node", "exporter/bin/redmeter-exporter.mjs"]

FROM program AS experiment
USER root
# Scripts of experiments are bash's, and releases need nginx: Alpine brings neither.
RUN (command -v bash && command -v nginx || apk add --no-cache bash nginx) && mkdir /experiments && chown node:node /experiments \
  && ln -s /redmeter/packages/experiment/bin/redmeter.mjs /usr/local/bin/redmeter
USER node
WORKDIR /experiments
ENTRYPOINT ["node", "/redmeter/packages/experiment/bin/redmeter.mjs"]
CMD ["--help"]

export type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
export { startBrowser } from './browser.js';
export {
  makeCertificates,
  makeClientCertificate,
  makeSelfSignedCertificate,
  type CertificateFiles,
  type Certificates,
} from './certificates.js';
export { freePort, freePorts } from './free-port.js';
export { longestTurnMs } from './longest-turn.js';
export { newFolder } from './new-folder.js';
export { redisProcessorTimeMs } from './processor-time.js';
export { startProgram, type ProgramProcess } from './program-process.js';
export { startRedisCluster, type ClusterNode, type RedisCluster, type RedisClusterOptions } from './redis-cluster.js';
export {
  startTlsRedisServer,
  startUnixRedisServer,
  type TlsRedisServer,
  type UnixRedisServer,
} from './redis-server-variants.js';
export { startRefusingProxy, type CommandFate, type RefusingProxy } from './refusing-proxy.js';
export { encodeCommand, readTexts, RespFrames } from './resp.js';
export { waitFor, type Probe } from './wait-for.js';
export { startRedisServer, type RedisServer, type RedisServerOptions } from './redis-server.js';
export { startRestServer, type RestFault, type RestServer } from './rest-server.js';
export { startSentinelSet, type SentinelSet, type SentinelSetOptions } from './sentinel-set.js';
export { installGatewayApi, type GatewayApiChannel } from './kubernetes/gateway-api.js';
export { startKubeApiServer, type KubeApiServer } from './kubernetes/kube-api-server.js';
export { askKube, kubeconfigOf, tellKube, type KubeAddress, type KubeAnswer } from './kubernetes/kube-client.js';
export { laneCluster, tokenOfAccount, type TestCluster } from './kubernetes/lane-cluster.js';
export { installCrds } from './kubernetes/custom-resources.js';
export { prometheus3, type Prometheus3Programs } from './prometheus/lane-programs.js';
export {
  PrometheusClient,
  type HistogramBucket,
  type HistogramSample,
  type Sample,
  type SeriesExemplars,
} from './prometheus/prometheus-client.js';
export { startPrometheus, type PrometheusOptions, type PrometheusServer } from './prometheus/prometheus-server.js';

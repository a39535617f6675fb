export * from './direct-client.js';
export * from './query-servers.js';
export * from './redis-connector.js';
export * from './redis-url.js';
export * from './sentinel-master.js';
export * from './temporary-client.js';
export * from './tls-hint.js';

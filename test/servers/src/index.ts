export { freePort, freePorts } from './free-port.js';
export { startRedisServer, type RedisServer, type RedisServerOptions } from './redis-server.js';

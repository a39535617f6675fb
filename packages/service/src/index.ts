export { Abn, type ApplicationVersions, type Assignment, type MetricValue } from './abn.js';
export type { CertificateFiles } from './access/certificate.js';
export { addCommands } from './cli/serve-command.js';
export { abnDefinition, ITER8_ABIS, type Iter8Abi } from './grpc/abn-service.js';
export type { Logger } from './logger.js';
export { ServiceError, type ServiceErrorCode } from './service-error.js';
export { startService, type RunningService, type ServiceOptions } from './service.js';
export { openServiceStore, type ServiceStore, type ServiceStoreEvents } from './store/service-store.js';

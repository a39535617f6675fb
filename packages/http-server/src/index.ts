export { AllowedHosts, isHostPattern } from './allowed-hosts.js';
export { keepBriefly, type Connection, type Exchange } from './connection.js';
export { fileStamp } from './file-stamp.js';
export {
  LimitedServer,
  type LimitedServerEvents,
  type LimitedServerOptions,
  type TlsOptions,
} from './limited-server.js';
export { readListenAddress, shownAddress, type ListenAddress } from './listen-address.js';
export { BodyCut, endAnswer, hasBody, readChunks } from './request-body.js';
export { isOver, sendText, type RequestHandler } from './request-handler.js';
export { readRequestTarget, type RequestTarget } from './request-target.js';

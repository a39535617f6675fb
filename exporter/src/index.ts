export { CONTENT_TYPES, type Format } from './exposition/format.js';
export { negotiateEncoding, negotiateFormat, type Encoding } from './http/negotiation.js';

import { expect, it } from '@jest/globals';
import { withTlsHint } from '../src/tls-hint.js';

const WITH = '; if the server expects TLS, use rediss:// instead of redis://';
const WITHOUT = '; if the server does not speak TLS, use redis:// instead of rediss://';

it.each([
  ['read ECONNRESET', WITH, WITHOUT],
  ['write EPIPE', WITH, WITHOUT],
  ['Connection is closed.', WITH, WITHOUT],
  ['Protocol error, got "\\u0015" as reply type byte', WITH, ''],
  ['connect ETIMEDOUT', '', WITHOUT],
  ['Client network socket disconnected before secure TLS connection was established', '', WITHOUT],
  ['error:0A00010B:SSL routines:ssl3_get_record:wrong version number', '', WITHOUT],
  ['connect ECONNREFUSED 127.0.0.1:6379', '', ''],
  ['self-signed certificate in certificate chain', '', ''],
  ['NOAUTH Authentication required.', '', ''],
])('says what to try where the scheme may be wrong: %s', (trouble, plain, tls) => {
  expect(withTlsHint(trouble, false)).toBe(trouble + plain);
  expect(withTlsHint(trouble, true)).toBe(trouble + tls);
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeCertificates, type Certificates } from '@redmeter/test-servers';
import { temporaryFolder, useRedisServer } from '@redmeter/test-servers/jest';
import bcrypt from 'bcrypt';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectRecords } from '../sdk/expect-records.js';
import type { Round } from '../sdk/recording.js';
import { recordWith, SDK_PROGRAMS, type SdkProgram, type SdkRun } from '../sdk/sdk-program.js';
import { startTestReceiver, type TestReceiver } from '../test-receiver.js';

const USER = 'shop';
const PASSWORD = 'open, sesame=%';
const WRONG_PASSWORD = 'open, barley=%';
const ROUND: Round = [
  { kind: 'counter', name: 'orders', value: 3, attributes: {} },
  { kind: 'exponential', name: 'size', value: 7, attributes: {} },
];

const redis = useRedisServer({ flushBeforeEach: true });
const folder = temporaryFolder();
let certificates: Certificates;
let receiver: TestReceiver;

beforeAll(async () => {
  certificates = makeCertificates(folder);
  const webConfigFile = join(folder, 'web.yml');
  writeFileSync(
    webConfigFile,
    `tls_server_config: { cert_file: server.crt, key_file: server.key }
basic_auth_users: { ${USER}: ${bcrypt.hashSync(PASSWORD, 4)} }
`,
  );
  receiver = await startTestReceiver(redis, {}, { webConfigFile });
});
afterAll(async () => receiver.stop());

const base64 = (password: string): string => Buffer.from(`${USER}:${password}`).toString('base64');

/** Records a round, with the variables of docs/opentelemetry.md. */
async function record(sdk: SdkProgram, password: string | undefined): Promise<SdkRun> {
  const headers = password === undefined ? '' : `authorization=Basic%20${encodeURIComponent(base64(password))}`;
  const env = {
    OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE: certificates.caFile,
    OTEL_EXPORTER_OTLP_METRICS_HEADERS: headers,
    // Python would take them for the certificates to trust.
    REQUESTS_CA_BUNDLE: '',
    CURL_CA_BUNDLE: '',
  };
  return recordWith(sdk, [ROUND], { endpoint: receiver.endpoint, env });
}

describe.each(SDK_PROGRAMS)('over TLS, $name', (sdk) => {
  test('is counted with the right password', async () => {
    expect(receiver.endpoint).toMatch(/^https:/);
    expect(await record(sdk, PASSWORD)).toEqual({ outcomes: ['accepted'], log: '' });
    await expectRecords(redis.client, [ROUND]);
  });

  test.each([
    ['a wrong password', WRONG_PASSWORD],
    ['no password', undefined],
  ])('gets 401 with %s, and nothing is counted', async (_name, password) => {
    const { outcomes, log } = await record(sdk, password);
    expect(outcomes).toEqual([expect.stringMatching(/^failed/)]);
    expect([...outcomes, log].join('\n')).toMatch(/401|Unauthorized/);
    await expectRecords(redis.client, []);
  });
});

test('no log shows a password', () => {
  const shown = receiver.log.join('\n');
  expect(shown).toContain(`receiving OTLP at ${receiver.endpoint}`);
  for (const secret of [PASSWORD, WRONG_PASSWORD].flatMap((password) => [password, base64(password)])) {
    expect(shown).not.toContain(secret);
  }
});

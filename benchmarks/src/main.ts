import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { mkdirSync, writeFileSync } from 'node:fs';
import { holds, type Benchmark, type Result } from './benchmark.js';
import { clients } from './clients.js';
import { experimentBesideLoadTools } from './experiment-beside-load-tools.js';
import { exporterBesidePromClient } from './exporter-beside-prom-client.js';
import { exporterScale } from './exporter-scale.js';
import { freshness } from './freshness.js';
import { libraryBesidePromClient } from './library-beside-prom-client.js';
import { scriptBesidePromClient } from './script-beside-prom-client.js';
import { serviceBesideGrpcEcho } from './service-beside-grpc-echo.js';
import { sidecars } from './sidecars.js';
import { store } from './store.js';
import { protobufEncoding } from './protobuf-encoding.js';
import { protobufScrapes } from './protobuf-scrapes.js';
import { pushEncoding } from './push-encoding.js';
import { renderResult } from './table.js';
import { turns } from './turns.js';
import { manyWriters } from './writers.js';

const BENCHMARKS: readonly Benchmark[] = [
  scriptBesidePromClient,
  freshness,
  exporterBesidePromClient,
  exporterScale,
  protobufEncoding,
  protobufScrapes,
  pushEncoding,
  sidecars,
  experimentBesideLoadTools,
  libraryBesidePromClient,
  store,
  manyWriters,
  serviceBesideGrpcEcho,
  turns,
  clients,
];
const RESULTS = new URL('../results/', import.meta.url);

const names = BENCHMARKS.map(({ name }) => name).join(', ');
const optIn = BENCHMARKS.filter(({ isOptIn }) => isOptIn === true).map(({ name }) => name);
const HELP = `npm run bench [-- NAME…] [-- --check] [-- --json]
Measures side by side with named peers, in one run. Benchmarks: ${names};\nall by default but ${optIn.join(', ')}, which takes minutes.
  --check  end with exit code 1 when a claim does not hold; without it a busy machine is no failure
  --json   print the results as JSON; they are written to benchmarks/results/latest.json either way
`;

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

async function main(): Promise<number> {
  let parsed: { values: { check?: boolean; json?: boolean; help?: boolean }; positionals: string[] };
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: { check: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${HELP}`);
    return 2;
  }
  const { values, positionals } = parsed;
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const unknown = positionals.find((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
  if (unknown !== undefined) {
    process.stderr.write(`unknown benchmark ${JSON.stringify(unknown)}: expected one of ${names}\n`);
    return 2;
  }

  const results: Result[] = [];
  for (const benchmark of BENCHMARKS) {
    const isWanted = positionals.length === 0 ? benchmark.isOptIn !== true : positionals.includes(benchmark.name);
    if (!isWanted) continue;
    const result = await benchmark.run(progress);
    progress('');
    results.push(result);
    if (values.json !== true) process.stdout.write(`${renderResult(result)}\n`);
  }
  const document = {
    date: new Date().toISOString(),
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    results,
  };
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(new URL('latest.json', RESULTS), `${JSON.stringify(document, null, 2)}\n`);
  if (values.json === true) process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  const areHeld = results.every(({ claims }) => claims.every(holds));
  return values.check === true && !areHeld ? 1 : 0;
}

process.exitCode = await main();

// npm start: prepares the checkout, then hands over to scripts/stack.
import { parseArgs } from 'node:util';
import { fail, prepareCheckout } from './bootstrap.mjs';

const usage = `Usage: npm start [-- [--docker | --local] [--exporter stock|native] [--release[=failing]]]

Starts the whole stack (Redis, the demo store, redis_exporter, Prometheus, Grafana), prints the addresses, and runs until
Ctrl-C. Missing programs are installed first.

  --docker   with docker-compose.yml; an error if there is no Docker engine
  --local    as local processes, with the same configuration files
  --exporter stock|native
             sidecar: redis_exporter with the script (default), or redmeter-exporter
  --release  two versions of the demo store behind nginx, with users and a rollout of the second one; the live page of
             redmeter-exporter and the dashboard Releases show it
  --release=failing
             the same with a second version that fails, and is rolled back
  --help     print this help

By default, Docker is used if an engine answers and the images are available, otherwise local processes.
Ports, passwords and images are in .env; environment variables take precedence.`;

const options = readOptions();
if (options.help) {
  process.stdout.write(`${usage}\n`);
} else {
  prepareCheckout();
  const { main } = await import('./stack/dist/main.js');
  await main(options.docker ? 'docker' : options.local ? 'local' : 'auto', options.choice);
}

function readOptions() {
  const boolean = /** @type {const} */ ('boolean');
  try {
    // An option of parseArgs has a value always or never.
    const args = process.argv.slice(2).map((argument) => (argument === '--release' ? '--release=good' : argument));
    const { values } = parseArgs({
      args,
      options: {
        docker: { type: boolean },
        local: { type: boolean },
        exporter: { type: 'string' },
        release: { type: 'string' },
        help: { type: boolean, short: 'h' },
      },
    });
    if (values.docker && values.local) throw new Error('--docker and --local cannot be combined');
    const { release, exporter = release === undefined ? 'stock' : 'native' } = values;
    if (exporter !== 'stock' && exporter !== 'native')
      throw new Error(`--exporter takes stock or native, not ${exporter}`);
    if (release !== undefined && release !== 'good' && release !== 'failing')
      throw new Error(`--release takes failing or nothing, not ${release}`);
    /** @type {import('./stack/src/part-name.js').StackChoice} */
    const choice = { exporter, release };
    return { ...values, choice };
  } catch (error) {
    // Node explains at length how to pass a positional argument; its first sentence is the point.
    const [problem] = (error instanceof Error ? error.message : String(error)).split('. ', 1);
    return fail(
      `npm start: ${problem}; expected --docker, --local, --exporter stock, --exporter native, --release, --release=failing or --help, after "--": npm start -- --local`,
    );
  }
}

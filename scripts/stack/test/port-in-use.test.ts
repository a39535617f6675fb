import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:net';
import { freePorts } from '@redmeter/test-servers';
import { checkout, readCheckoutSettings } from '../src/checkout.js';
import { partNames } from '../src/part-name.js';
import { refusePortsInUse } from '../src/port-in-use.js';
import type { Settings } from '../src/settings.js';

let settings: Settings;
let taker: Server;
beforeEach(async () => {
  settings = { ...readCheckoutSettings(checkout, {}), ports: await freePorts(...partNames) };
  taker = createServer();
});
afterEach(() => new Promise((resolve) => taker.close(resolve)));

function take(port: number, host: string): Promise<void> {
  return new Promise((resolve) => taker.listen(port, host, resolve));
}

it('accepts free ports', async () => {
  await expect(refusePortsInUse(partNames, settings)).resolves.toBeUndefined();
});

it.each(['127.0.0.1', '0.0.0.0'])('names port, part, holder and fix of a port taken on %s', async (host) => {
  await take(settings.ports.exporter, host);
  const message = `port ${settings.ports.exporter} (exporter) is in use by node (process ${process.pid}); free it, or set EXPORTER_PORT in .env or the environment`;
  await expect(refusePortsInUse(partNames, settings)).rejects.toMatchObject({ code: 'port-in-use', message });
});

it('lets a part that is not started have its port taken', async () => {
  await take(settings.ports.grafana, '127.0.0.1');
  await expect(refusePortsInUse(['redis', 'store'], settings)).resolves.toBeUndefined();
});

it('names the variable when the address is not of this machine', async () => {
  const elsewhere = { ...settings, bindAddress: '192.0.2.1' };
  await expect(refusePortsInUse(['redis'], elsewhere)).rejects.toMatchObject({
    code: 'bad-setting',
    message: 'BIND_ADDRESS: expected an address of this machine, got 192.0.2.1',
  });
});

#!/usr/bin/env node
// npm links this file when it installs, before anything is built: so it is committed, and looks for the build.
import { existsSync } from 'node:fs';

const built = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(built)) {
  await import(built.href);
} else {
  console.error('redmeter: expected a build, found none; run "npm run build" first');
  process.exitCode = 2;
}

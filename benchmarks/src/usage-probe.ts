// Imported into a measured process before its own code: answers what it used so far. Needs --expose-gc.
process.on('message', (question) => {
  if (question === 'cpu') {
    const { user, system } = process.cpuUsage();
    process.send?.((user + system) / 1000);
  } else if (question === 'memory') {
    // Twice: what is freed only when the first is done goes with the second.
    for (let i = 0; i < 2; i += 1) globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    process.send?.(heapUsed + external);
  }
});
process.channel?.unref();

// pm2 start ecosystem.config.cjs: as many workers as wanted, each with a service of its own; Redis adds them up.
module.exports = {
  apps: [
    {
      name: 'worker',
      script: `${__dirname}/worker.mjs`,
      instances: 4,
      exec_mode: 'cluster',
      wait_ready: true,
      // How long a worker may take to end before it is killed: close() takes five seconds at most.
      kill_timeout: 6000,
    },
  ],
};

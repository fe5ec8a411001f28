import { argv, env, exit } from 'node:process';

// A downstream service as its operator would deploy it: the Elastic APM agent for Node.js, configured by ELASTIC_APM_*
// variables alone. Reports its count of transactions to whoever has started it.
const FLUSH_LIMIT_MS = 3_000;
const TICK_MS = 5;
const REPORT_MS = 50;

// Loaded here and not at the top: an optional dependency, which an installed server goes without.
const { default: apm } = await import('elastic-apm-node');
apm.start();

const [, , rate = ''] = argv;
const ratePerSecond = Number(rate);
const name = env['ELASTIC_APM_SERVICE_NAME'] ?? 'service';
const startedAt = performance.now();
let sent = 0;

const generating = setInterval(() => {
  const due = Math.floor(((performance.now() - startedAt) / 1000) * ratePerSecond);
  while (sent < due) {
    apm.startTransaction(`${name} ${process.pid} ${sent}`, 'request')?.end('success');
    sent += 1;
  }
}, TICK_MS);
const reporting = setInterval(() => report('running'), REPORT_MS);

process.once('SIGTERM', () => void stop());
process.once('disconnect', () => void stop());
report('running');

async function stop(): Promise<void> {
  clearInterval(generating);
  clearInterval(reporting);
  // While the agent backs off after an error, its flush waits for the back-off, up to 36 s.
  await Promise.race([apm.flush(), new Promise((resolve) => setTimeout(resolve, FLUSH_LIMIT_MS))]);
  report('stopped', () => exit(0));
}

function report(state: 'running' | 'stopped', done: () => void = () => undefined): void {
  if (process.connected && process.send) process.send({ state, sent }, done);
  else done();
}

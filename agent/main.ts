#!/usr/bin/env node
// `longshore-agent`: reads its command line, runs until it is told to leave. The only place that ends the process.
import { systemClock } from '../common/clock.ts';
import { describeError, errorCode } from '../common/errors.ts';
import { holdFewMessages } from '../common/lean-streams.ts';
import { createLog } from '../common/log.ts';
import { LogRing } from '../common/log-ring.ts';
import { VERSION } from '../common/version.ts';
import { AGENT_HELP, parseAgentCommand } from './config.ts';
import { MDNS_BROWSE } from './discovery/announcement.ts';
import { NETWORK_DIAL } from './network/dial-message.ts';

/** What `longshore agents logs` can show. */
const OWN_LOG_BYTES = 256 * 1024;

const leaving = new AbortController();

async function main(argv: readonly string[]): Promise<void> {
  if (argv[0] === MDNS_BROWSE) {
    const { runMdnsBrowse } = await import('./discovery/mdns-browse.ts');
    await runMdnsBrowse((line) => process.stdout.write(`${line}\n`));
    // Whatever sockets the library has opened meanwhile.
    process.exit(0);
  }
  if (argv[0] === NETWORK_DIAL) {
    const { runDialHelper } = await import('./network/dial-helper.ts');
    await runDialHelper();
    process.exit(0);
  }
  const command = parseAgentCommand(argv, process.env);
  switch (command.kind) {
    case 'help':
      process.stdout.write(AGENT_HELP);
      return;
    case 'version':
      process.stdout.write(`longshore-agent ${VERSION}\n`);
      return;
    case 'run': {
      holdFewMessages();
      const { runAgent } = await import('./app.ts');
      const ownLog = new LogRing(OWN_LOG_BYTES);
      const log = createLog({ name: 'agent', level: command.config.logLevel, also: ownLog });
      await runAgent(command.config, { clock: systemClock, log, ownLog }, leaving.signal);
      return;
    }
    default:
      command satisfies never;
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (leaving.signal.aborted) process.exit(130);
    leaving.abort();
  });
}
// No top-level await: the bundle is CommonJS, which has none.
main(process.argv.slice(2)).catch((error: unknown) => {
  if (leaving.signal.aborted) return;
  process.stderr.write(`longshore-agent: ${describeError(error)}\n`);
  process.exitCode = errorCode(error) === 'invalid' ? 2 : 1;
});

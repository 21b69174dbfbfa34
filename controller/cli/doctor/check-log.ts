// `logs -f`: a line that is written after the log began must come, both ways, and the log must end when its container
// does. The lines are typed into the terminal of the doctor's pod, and so is the end: Ctrl-C, so this is the last that is
// tried on it.
import { describeError } from '../../../common/errors.ts';
import type { Endpoint, FollowedLog, StreamClient, StreamRoute } from '../stream-client.ts';
import { type Check, type DoctorContext, type Finding, warn } from './check.ts';
import { remedyFor } from './check-kubelet.ts';
import { streamFindings, type Trouble, troubleOf, type Way } from './stream-findings.ts';
import { attachPaths, containerPath, findWays, objectPath, type StreamWays } from './stream-ways.ts';

/** The second is written when the first has come, so it comes by following and not with the past. */
const LINES = ['longshore doctor begins to write', 'longshore doctor goes on writing'] as const;
const CTRL_C = { type: '\x03', see: '^C' };
const TYPE_MS = 5000;
const LINE_MS = 5000;
const TRY_MS = 60_000;

export const LOG_CHECK: Check = {
  name: 'logs -f',
  hop: 'API server -> kubelet port -> agent',
  needs: ['kubelet port', 'a pod of its own'],
  async run(context) {
    const ways = await findWays(context);
    if ('outcome' in ways) return ways;
    const client = await context.streams();
    const signal = within(context, TRY_MS);
    const { pod, api, atPort } = ways;
    const portPath = `/containerLogs/${containerPath(pod)}?follow=true`;
    const apiPath = `${objectPath(pod)}/log?container=${pod.container}&follow=true`;
    using throughApi = await begin(client, { way: 'API server', endpoint: api, path: apiPath }, signal);
    using direct =
      atPort && (await begin(client, { way: 'kubelet port', endpoint: atPort, path: portPath }, signal));
    const trials = [throughApi, ...(direct ? [direct] : [])];
    const typing = await follow(trials, (keys) => type(keys, ways, { client, context }));
    context.signal?.throwIfAborted();
    const trial = {
      transport: undefined,
      throughApiServer: throughApi.trouble,
      ...(direct && { atPort: { trouble: direct.trouble } }),
    };
    const findings = streamFindings('logs -f', [trial], remedyFor);
    return typing === undefined || findings.some(({ outcome }) => outcome === 'fail')
      ? findings
      : untried(typing);
  },
};

interface Trial extends Disposable {
  readonly log: FollowedLog | undefined;
  trouble: Trouble | undefined;
}

async function begin(
  client: StreamClient,
  { way, ...route }: Omit<StreamRoute, 'transport'> & { readonly way: Way },
  signal: AbortSignal,
): Promise<Trial> {
  try {
    const log = await client.followLog(route, signal);
    return { log, trouble: undefined, [Symbol.dispose]: () => log[Symbol.dispose]() };
  } catch (error) {
    return { log: undefined, trouble: troubleOf(error, way), [Symbol.dispose]: () => undefined };
  }
}

interface Keys {
  readonly type: string;
  readonly see: string;
}

/** Notes on each trial what goes wrong with it. Resolves with why nothing could be written. */
async function follow(
  trials: readonly Trial[],
  typed: (keys: Keys) => Promise<string | undefined>,
): Promise<string | undefined> {
  const each = (look: (log: FollowedLog) => Promise<void>) =>
    Promise.all(
      trials.map(async (trial) => {
        if (!trial.log || trial.trouble !== undefined) return;
        trial.trouble = await look(trial.log).then(
          () => undefined,
          (error) => ({ text: describeError(error), isForbidden: false }),
        );
      }),
    );
  const goOn = () => trials.some(({ trouble }) => trouble === undefined);
  for (const line of LINES) {
    if (!goOn()) return undefined;
    const trouble = await typed({ type: `${line}\r`, see: line });
    if (trouble !== undefined) return trouble;
    await each((log) => log.line(line, LINE_MS));
  }
  if (!goOn()) return undefined;
  // Whether it is seen on the terminal or not: it may be the last of it.
  await typed(CTRL_C);
  await each((log) => log.end(LINE_MS));
  return undefined;
}

/** On whichever way lets anybody type. */
async function type(
  { type, see }: Keys,
  { pod, api, atPort }: StreamWays,
  { client, context }: { readonly client: StreamClient; readonly context: DoctorContext },
): Promise<string | undefined> {
  const at = (endpoint: Endpoint, path: string) =>
    (['SPDY', 'WebSocket'] as const).map((transport): StreamRoute => ({ endpoint, path, transport }));
  const routes = [...(atPort ? at(atPort, attachPaths.port(pod)) : []), ...at(api, attachPaths.api(pod))];
  let trouble = 'there is no way to it';
  for (const route of routes) {
    try {
      await client.attach(route, { type, see }, within(context, TYPE_MS));
      return undefined;
    } catch (error) {
      context.signal?.throwIfAborted();
      trouble = describeError(error);
    }
  }
  return trouble;
}

function untried(trouble: string): Finding {
  return warn(
    `logs -f begins, but no line could be written to see it come, as attach fails: ${trouble}`,
    'mend attach first',
  );
}

function within({ signal }: DoctorContext, ms: number): AbortSignal {
  const late = AbortSignal.timeout(ms);
  return signal ? AbortSignal.any([signal, late]) : late;
}

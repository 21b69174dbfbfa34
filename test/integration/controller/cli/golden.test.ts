// What every command prints, kept in test/golden/cli and read by people: one file per command, with each way to call it.
// UPDATE_GOLDEN=1 writes them anew.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Command } from 'commander';
import { LongshoreError } from '../../../../common/errors.ts';
import { VERSION } from '../../../../common/version.ts';
import type { Cluster } from '../../../../controller/cli/cluster.ts';
import { createCliProgram } from '../../../../controller/cli/program.ts';
import { createTestAuthority, type KeyPair } from '../../../kit/certificates.ts';
import { clearedFleet } from '../../../kit/cleared-fleet.ts';
import { type FleetServer, memoryCluster, OPERATOR_TOKEN, runCli, serveFleet } from '../../../kit/cli.ts';
import {
  agentObject,
  clockOfThree,
  diagnosis,
  EVENTS,
  FLEET_OF_THREE,
  hastyClockOfThree,
  IN_TROUBLE,
  OTHER_PODS,
} from '../../../kit/fleet-of-three.ts';

const FOLDER = join(import.meta.dirname, '../../../golden/cli');
const TERMINAL = { isTTY: true, env: { TERM: 'xterm-256color', LANG: 'C.UTF-8' } };

const SECRETS = {
  'team/registry': {
    type: 'kubernetes.io/dockerconfigjson',
    data: {
      '.dockerconfigjson': Buffer.from('{"auths":{"registry.example":{"auth":"dTpw"}}}').toString('base64'),
    },
  },
  'team/other': { type: 'Opaque', data: { password: 'c2VjcmV0' } },
};
const WELL = memoryCluster({ events: EVENTS, pods: OTHER_PODS, secrets: SECRETS });

interface World {
  readonly server: FleetServer;
  readonly cluster: Cluster;
  /** What the person answers. */
  readonly answer?: boolean;
}

/** Command lines by file; `!` before one: at a terminal, with its colours. */
const CASES: Readonly<Record<string, readonly string[]>> = {
  status: ['status', 'status -o wide', '! status', 'status -o json'],
  'agents-list': [
    'agents list',
    'agents list -o wide',
    '! agents list',
    'agents list -o yaml',
    'agents list -l zone=garage',
    'agents list --selector zone=moon',
  ],
  'agents-describe': [
    'agents describe garage-pi',
    '! agents describe workshop',
    'agents describe garage-pi -o yaml',
  ],
  'agents-label': [
    'agents label garage-pi zone=garage disk-',
    'agents label garage-pi zone',
    'agents label garage-pi zone=a zone=b',
  ],
  'agents-taint': [
    'agents taint garage-pi dedicated=cameras:NoSchedule',
    'agents taint garage-pi dedicated-',
    'agents taint garage-pi dedicated=cameras:Never',
  ],
  'agents-cordon': [
    'agents cordon garage-pi workshop',
    'agents cordon garage-pi nowhere',
    'agents uncordon workshop',
    'agents cordon',
    'agents cordon Not_A_Name',
  ],
  'agents-logs': [
    'agents logs garage-pi',
    '! agents logs garage-pi --tail 1',
    'agents logs garage-pi -o json',
    'agents logs garage-pi -o yaml',
    'agents logs attic',
    'agents logs garage-pi --tail x',
  ],
  'images-list': ['images list', 'images list -o wide', '! images list --pinned', 'images list -o json'],
  'images-pull': [
    'images pull nginx:1.29 --all',
    '! images pull nginx:1.29 --agents zone=garage --pin',
    'images pull nginx:1.29 --all --secret team/registry -o json',
    'images pull nginx:1.29 --all --secret team/none',
    'images pull large:1 --all -o yaml',
    'images pull nginx:1.29 --all --secret team/other',
    'images pull none:1 --agents zone=moon',
    'images pull nginx:1.29',
    'images pull No:Image: --all',
  ],
  'images-pin': [
    'images pin nginx:1.29 --agents zone=garage',
    'images pin one-more:1 --all',
    'images pin one-more:1 --agents zone=garage -o json',
    'images unpin nginx:1.29 --all',
    'images unpin nginx:1.29 --all -o json',
  ],
  'pods-list': [
    'pods list',
    'pods list -o wide',
    '! pods list',
    'pods list --agent attic',
    'pods list -n none',
    'pods list -l app=web',
    'pods list -l app=none',
  ],
  events: [
    'events',
    'events -o wide',
    '! events --agent garage-pi',
    'events -n batch',
    'events --pod big -o json',
    'events -A -n default',
  ],
  completion: [
    '__complete -- ',
    '__complete -- agents ',
    '__complete -- agents d',
    '__complete -- agents cordon ',
    '__complete -- agents cordon garage-pi ',
    '__complete -- agents label garage-pi ',
    '__complete -- pods list --agent a',
    '__complete -- agents list -l z',
    '__complete -- agents list --selector=zone=a',
    '__complete -- images list --agents disk=ssd,zone=',
    '__complete -- pods list --agent=g',
    '__complete -- events --agent "wor',
    '__complete -- status --output=j',
    '__complete -- status --watch=x',
    '__complete -- images unpin ',
    '__complete -- images pull registry.example/team/app:',
    '__complete -- images pull nginx --agents ',
    '__complete -- pods list --selector ',
    '__complete -- explain c',
    '__complete -- explain -n batch ',
    '__complete -- status -o ',
    '__complete -- status --kubeconfig ',
    '__complete -- status --w',
    'completion bash',
    'completion zsh',
    'completion fish',
    'completion tcsh',
  ],
  explain: [
    'explain big',
    '! explain crash',
    'explain crash -n default',
    'explain crash -o json',
    'explain elsewhere',
    'explain unbound',
    'explain none',
  ],
  top: [
    'top agents',
    '! top agents',
    'top agents --sort memory',
    'top agents --sort size',
    'top pods',
    '! top pods',
    'top pods --sort memory -n default',
    'top pods -n nowhere',
  ],
  'tokens-create': ['tokens create', 'tokens create -o json'],
};

let server: FleetServer;
let inTrouble: FleetServer;
let caPem: string;
let serving: KeyPair;

before(async () => {
  const authority = await createTestAuthority();
  caPem = authority.caPem;
  serving = await authority.issue({
    ...{ commonName: 'controller', use: 'server' },
    altNames: ['controller.longshore.internal'],
  });
  server = await serveFleet({ ...FLEET_OF_THREE, Diagnose: () => diagnosis(serving.certPem) }, serving);
  const troubled = { ...FLEET_OF_THREE, Diagnose: () => diagnosis(serving.certPem, IN_TROUBLE) };
  inTrouble = await serveFleet(troubled, serving);
});
after(async () => {
  await server?.[Symbol.asyncDispose]();
  await inTrouble?.[Symbol.asyncDispose]();
});

/** The certificate of the test is made by the test. */
const stable = (text: string) =>
  text
    .replaceAll('\u001b', '\\e')
    .replaceAll('\r', '\\r')
    .replaceAll(VERSION, '<version>')
    .replaceAll(/longshore-doctor-[0-9a-f]{8}/g, 'longshore-doctor-<random>')
    .replaceAll(/valid for \d+ days/g, 'valid for <n> days');

async function transcript(line: string, world: World = { server, cluster: WELL }): Promise<string> {
  const atTerminal = line.startsWith('! ');
  const argv = line.replace('! ', '').split(' ');
  const { code, out, err } = await runCli(argv, {
    info: { address: world.server.address, caPem, token: OPERATOR_TOKEN },
    cluster: world.cluster,
    clock: hastyClockOfThree(),
    ...(world.answer !== undefined && { answer: world.answer }),
    ...(atTerminal && TERMINAL),
  });
  const title = `$ longshore ${argv.join(' ')}${atTerminal ? '   # at a terminal' : ''}`;
  const shown = stable(out);
  return [title, shown, err && `[stderr] ${err}`, code === 0 ? '' : `[exit code ${code}]\n`]
    .filter(Boolean)
    .map((part) => (part.endsWith('\n') ? part : `${part}\n`))
    .join('');
}

interface ClearingOptions {
  readonly forced?: boolean;
  /** Another agent has joined by the name meanwhile. */
  readonly isOther?: boolean;
  readonly answer?: boolean;
}

function anotherAgent() {
  const { metadata, ...rest } = agentObject('garage-pi');
  return { ...rest, metadata: { ...metadata, uid: 'uid-another' } };
}

/** Of a fleet that is cleared while the command looks on. */
async function clearing(
  line: string,
  { forced = true, isOther = false, answer }: ClearingOptions = {},
): Promise<string> {
  const fleet = clearedFleet({ forced });
  const other = () => ({ objectJson: Buffer.from(JSON.stringify(anotherAgent())) });
  await using cleared = await serveFleet({ ...fleet, ...(isOther && { GetAgent: other }) }, serving);
  return await transcript(line, { server: cleared, cluster: WELL, ...(answer !== undefined && { answer }) });
}

function compare(name: string, text: string): void {
  const file = join(FOLDER, `${name}.txt`);
  if (process.env['UPDATE_GOLDEN']) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, text);
  }
  assert.equal(text, readFileSync(file, 'utf8'));
}

describe('what a command prints', () => {
  for (const [name, lines] of Object.entries(CASES)) {
    it(`is as in test/golden/cli/${name}.txt`, async () => {
      const parts: string[] = [];
      for (const line of lines) parts.push(await transcript(line));
      compare(name, parts.join('\n'));
    });
  }

  it('is as in test/golden/cli/agents-drain.txt', async () => {
    const parts = [
      await clearing('agents drain garage-pi workshop'),
      await clearing('! agents drain garage-pi'),
      await clearing('agents drain attic --timeout 30s'),
      await clearing('agents drain garage-pi', { forced: false }),
      await clearing('agents drain garage-pi --grace-period soon'),
      await clearing('agents drain garage-pi', { isOther: true }),
    ];
    compare('agents-drain', parts.join('\n'));
  });

  it('is as in test/golden/cli/agents-remove.txt', async () => {
    const parts = [
      await clearing('agents remove workshop'),
      await clearing('! agents remove garage-pi', { answer: true }),
      await clearing('agents remove garage-pi'),
      await clearing('agents remove attic', { answer: true }),
      await clearing('agents remove attic', { answer: false }),
      await clearing('agents remove attic --yes -o json'),
    ];
    compare('agents-remove', parts.join('\n'));
  });

  it('is as in test/golden/cli/doctor.txt', async () => {
    const refusing = memoryCluster({
      kubelet: new LongshoreError('unavailable', 'dial tcp 10.0.0.5:10250: connect: connection refused'),
    });
    const powerless = memoryCluster({ forbidden: 'serviceaccounts' });
    const away = memoryCluster({ failure: new LongshoreError('unavailable', 'cannot reach the API server') });
    const parts = [
      await transcript('doctor'),
      await transcript('! doctor'),
      await transcript('doctor -o json'),
      await transcript('doctor', { server: inTrouble, cluster: refusing }),
      await transcript('! doctor', { server: inTrouble, cluster: refusing }),
      await transcript('doctor', { server, cluster: powerless }),
      await transcript('doctor', { server, cluster: away }),
    ];
    compare('doctor', parts.join('\n'));
  });

  it('is the same for --help of all of them', async () => {
    const program = createCliProgram({
      operatorAccess: () => assert.fail('not asked'),
      cluster: () => assert.fail('not asked'),
      streamClient: () => assert.fail('not asked'),
      confirm: () => assert.fail('not asked'),
      ...{ stdout: { write: () => {} }, stderr: { write: () => {} }, clock: clockOfThree(), env: {} },
    });
    const lines = commandLines(program).map((words) => [...words, '--help'].join(' '));
    const parts: string[] = [];
    for (const line of lines) parts.push(await transcript(line));
    compare('help', parts.join('\n'));
  });
});

/** The words of every command that is shown, groups and the program itself included. */
function commandLines(command: Command, words: readonly string[] = []): (readonly string[])[] {
  const shown = command.createHelp().visibleCommands(command);
  return [words, ...shown.flatMap((child) => commandLines(child, [...words, child.name()]))];
}

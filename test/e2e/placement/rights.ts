// A controller that the cluster does not let list what placement has to know: it says so, and does nothing that would need
// it. What runs goes on, and everything else does as soon as it is allowed.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { it } from 'node:test';
import { parse, stringify } from 'yaml';
import { eventually } from '../../kit/eventually.ts';
import type { Fleet } from './fleet.ts';
import { onAgent } from './terms.ts';

const ACCOUNT = 'system:serviceaccount:longshore-system:longshore-controller';
const ROLE = ['clusterrole', 'longshore-controller'];

interface Rule {
  readonly resources: readonly string[];
}

export function rightsScenarios(fleet: Fleet): void {
  const { create, judge, kubectl, readiness, remove, whereIs } = fleet;

  it('places nothing before namespaces may be listed, ends nobody for another before budgets may be, and says so', async () => {
    const asked = { requests: { cpu: '1100m' } };
    const lows = ['agent-1', 'agent-2', 'agent-3'];
    await judge(
      lows.map((agent) => ({ name: `low-${agent}`, ...asked, spec: onAgent(agent), answer: agent })),
    );
    await readiness(lows.map((agent) => `low-${agent}`));
    await kubectl('create', 'priorityclass', 'pressing', '--value=1000');
    await allowAllBut('namespaces', 'poddisruptionbudgets');
    await fleet.sandbox.restart('controller', ['--kubeconfig', await kubeconfigOfController()]);

    await create('newcomer', { spec: onAgent('agent-1') });
    const refused = (resource: string) =>
      new RegExp(`${resource}.* is forbidden: User "${ACCOUNT}" cannot list`);
    const told = await whereIs('newcomer');
    assert.match(told, /^no pod is placed until the namespaces are listed: /);
    assert.match(told, refused('namespaces'));
    await eventually(
      async () => {
        const events = await kubectl('get', 'events', '--field-selector', 'involvedObject.name=newcomer');
        return events.includes('FailedPlacement');
      },
      { what: 'the event' },
    );
    const goesOn = async () =>
      (await kubectl('exec', 'low-agent-1', '--', 'echo', 'goes on')) === 'goes on\n';
    await eventually(goesOn, { what: 'its agent to be back' });

    await allowAllBut('poddisruptionbudgets');
    await readiness(['newcomer']);
    await create('pressing', {
      requests: { cpu: '2' },
      spec: { ...onAgent('agent-1'), priorityClassName: 'pressing' },
    });
    assert.match(await whereIs('pressing'), /1 insufficient cpu$/);
    const log = fleet.sandbox.log('controller').split('\n');
    const line = log.findLast((text) => text.includes('no pod is ended for a more important one')) ?? '';
    assert.match(JSON.parse(line).error, refused('poddisruptionbudgets'));
    assert.equal((await fleet.sandbox.pod('low-agent-1')).metadata.deletionTimestamp, undefined);

    await allowAllBut();
    await readiness(['pressing']);
    const isGone = async () => (await fleet.sandbox.findPod('low-agent-1')) === undefined;
    await eventually(isGone, { what: 'the end of the less important pod' });
    await remove();
  });

  /** As deploy/base allows it, but for these. */
  async function allowAllBut(...resources: readonly string[]): Promise<void> {
    roleAsDeployed ??= JSON.parse(await kubectl('get', ...ROLE, '-o', 'json'));
    const isKept = (rule: Rule) => !rule.resources.some((resource) => resources.includes(resource));
    const rules = roleAsDeployed?.rules.filter(isKept);
    await kubectl('patch', ...ROLE, '--type=merge', '-p', JSON.stringify({ rules }));
  }
  let roleAsDeployed: { readonly rules: readonly Rule[] } | undefined;

  /** The controller of a sandbox is its administrator otherwise. */
  async function kubeconfigOfController(): Promise<string> {
    const { kubeconfig, dir } = fleet.sandbox.layout;
    const config = parse(await readFile(kubeconfig, 'utf8'));
    for (const { user } of config.users)
      Object.assign(user, { as: ACCOUNT, 'as-groups': ['system:serviceaccounts', 'system:authenticated'] });
    const file = `${dir}/controller.kubeconfig`;
    await writeFile(file, stringify(config), { mode: 0o600 });
    return file;
  }
}

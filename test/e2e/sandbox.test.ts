// The sandbox's own promises, and the README's first command as far as it runs in an installed checkout.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import Docker from 'dockerode';
import { AGENT_UID_LABEL } from '../../agent/pod/labels.ts';
import { joinedAgents } from '../../sandbox/down.ts';
import { readState, sandboxLayout } from '../../sandbox/layout.ts';
import { isAlive } from '../../sandbox/process.ts';
import { runCommand } from '../kit/command.ts';

describe('longshore sandbox', () => {
  it('demo: three pods as they should be, shown from every side, and gone with down', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'longshore-demo-'));
    const dir = join(folder, 'sandbox');
    const longshore = (...args: string[]) =>
      runCommand('npx', ['longshore', 'sandbox', ...args, '--dir', dir]);
    try {
      const demo = await longshore('demo');
      assert.equal(demo.code, 0, demo.stderr);
      for (const line of [
        /^pinned +1\/1 +Running +0 /m,
        /^two-containers +2\/2 +Running +0 /m,
        /^crash-loop +0\/1 +CrashLoopBackOff +[1-9]/m,
        /^pinned +default-scheduler +agent-2 +web +[0-9a-f]{12} +Up/m,
        /served by the container next door/,
        /cannot find my configuration/,
        /npx longshore sandbox down/,
      ]) {
        assert.match(demo.stdout, line);
      }

      const again = await longshore('up', '--agents', '3');
      assert.match(
        again.stdout,
        new RegExp(`^export KUBECONFIG=${dir}/kubeconfig\n$`),
        'up is safe to run again',
      );
      const status = await longshore('status');
      assert.equal(status.code, 0, status.stdout);

      const layout = sandboxLayout(dir);
      const processes = readState(layout)?.processes ?? [];
      assert.equal(processes.length, 5);
      const uids = joinedAgents(layout).map(({ uid }) => uid);
      assert.equal(uids.length, 3);
      const down = await longshore('down');
      assert.equal(down.code, 0, down.stderr);
      assert.ok(!processes.some(isAlive), 'a process is left');
      assert.ok(!existsSync(dir), 'its folder is left');
      // By agent, not by pod: another sandbox may run a pod of the same name next to this one.
      for (const uid of uids) {
        const filters = { label: [`${AGENT_UID_LABEL}=${uid}`] };
        const containers = await new Docker().listContainers({ all: true, filters });
        assert.deepEqual(
          containers.map(({ Names }) => Names),
          [],
          'containers are left',
        );
      }
    } finally {
      await longshore('down');
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

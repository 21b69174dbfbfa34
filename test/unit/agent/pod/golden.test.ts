// What Docker is asked to make for pods of many shapes, whole. The manifests are in test/golden/pods, what becomes of them
// in test/golden/docker; UPDATE_GOLDEN=1 writes the latter anew, for a person to look at.
import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { parseDevices } from '../../../../agent/device-file.ts';
import { containerEnv } from '../../../../agent/pod/container-env.ts';
import { containerRequest, sandboxRequest } from '../../../../agent/pod/create-options.ts';
import { assignDevices, containerDevices } from '../../../../agent/pod/devices.ts';
import { podMembers } from '../../../../agent/pod/pod-containers.ts';
import { podHostname } from '../../../../agent/pod/pod-hostname.ts';
import type { PodObjects } from '../../../../agent/pod/pod-objects.ts';
import { malformedField } from '../../../../agent/pod/pod-shape.ts';
import { podVolumes } from '../../../../agent/pod/pod-volume.ts';
import { runtimeChoice } from '../../../../agent/pod/runtime-class.ts';
import { nonRootProblem, seccompProfilePath } from '../../../../agent/pod/security-options.ts';
import { bindMount, volumeMounts } from '../../../../agent/pod/volume-mounts.ts';
import type { Pod } from '../../../../common/pod.ts';
import { defaultPod } from '../../../../sandbox/builtin/pod-defaults.ts';
import { aPod } from '../../../kit/pods.ts';

const golden = join(import.meta.dirname, '../../../golden');
const files = globSync('pods/*.yaml', { cwd: golden }).sort();
const CLUSTER_DOMAIN = 'cluster.local';
const DEVICES = parseDevices(
  JSON.stringify({
    'example.com/zigbee': [{ devices: ['/dev/ttyUSB0:/dev/zigbee'] }],
    'nvidia.com/gpu': [{ gpu: '0' }],
  }),
);

/** Every Secret and ConfigMap is there, with one key that says whose it is. */
class Everything extends Map<string, string> {
  override get(): string {
    return Buffer.from('secret').toString('base64');
  }
  override has(): boolean {
    return true;
  }
}
const found = <T>(value: T) => ({ kind: 'found' as const, value, revision: '1' });
const OBJECTS: PodObjects = {
  configMap: () => found({ data: new Everything([['FROM_CONFIG', 'text']]), binaryData: new Map() }),
  secret: () => found({ type: 'Opaque', data: new Everything([['FROM_SECRET', 'c2VjcmV0']]) }),
  token: () => ({ kind: 'unknown' }),
  serviceVariables: () => found(new Map([['KUBERNETES_SERVICE_HOST', '10.96.0.1']])),
  trustBundle: () => ({ kind: 'unknown' }),
  claim: () => ({ kind: 'absent' }),
  runtimeClass: () => found('runsc'),
};

function podOf(file: string): Pod {
  const name = basename(file, '.yaml');
  const wish = aPod({ name, uid: `uid-${name}`, spec: parse(readFileSync(join(golden, file), 'utf8')) });
  // As the API server keeps it.
  const pod = JSON.parse(JSON.stringify(wish));
  defaultPod(pod);
  return pod;
}

function runtimeOf(pod: Pod): string | undefined {
  const choice = runtimeChoice(pod, OBJECTS);
  assert.ok(choice.kind === 'chosen');
  return choice.runtime;
}

function dockerOptions(pod: Pod) {
  const names = podHostname(pod, CLUSTER_DOMAIN);
  const assigned = assignDevices(pod, DEVICES, []);
  assert.ok(names.kind === 'ok' && assigned.kind === 'ok');
  const { hostname } = names;
  const common = { pod, agentUid: 'agent', attempt: 0 };
  const sandbox = sandboxRequest({
    ...{ ...common, image: 'pause', hostname, network: 'bridge', oomScoreFloor: -1000 },
    runtime: runtimeOf(pod),
  });
  const containers = podMembers(pod).map(({ spec }) => {
    assert.equal(nonRootProblem(pod, spec, '1000'), undefined);
    const machine = { cpuMilli: 4000, memoryBytes: 8 * 2 ** 30, ephemeralStorageBytes: 64e9 };
    const place = { nodeName: 'longshore', hostIps: ['192.0.2.1'], podIps: ['172.17.0.2'], machine };
    const env = containerEnv(spec, { pod, place, objects: OBJECTS, files: new Map() });
    assert.ok(env.kind === 'ok', JSON.stringify(env));
    const volumes = podVolumes({ pod, objects: OBJECTS, machine });
    const mounts = volumeMounts(pod, spec, { env: env.env, recursiveReadOnly: true, volumes });
    const devices = containerDevices(spec, assigned.devices, DEVICES);
    assert.ok(mounts.kind === 'ok' && devices.kind === 'ok');
    const profile = seccompProfilePath(pod, spec);
    return containerRequest({
      ...common,
      runtime: runtimeOf(pod),
      container: spec,
      restartDelayMs: 0,
      imageId: `id of ${spec.image}`,
      sandboxId: 'sandbox',
      env: env.env,
      mounts: mounts.mounts.map((mount) => bindMount(mount, join('/volumes', mount.volume, mount.subPath))),
      files: { message: '/files/message', hosts: '/files/hosts', resolvConf: '/files/resolv.conf' },
      security: { imageUser: '1000', seccompProfile: profile && `profile ${profile}` },
      devices: devices.options,
      scale: { machineMemoryBytes: machine.memoryBytes, oomScoreFloor: -1000, pidsLimit: undefined },
    });
  });
  return [sandbox, ...containers].map(({ name, options }) => ({ name, ...options }));
}

describe('pods of many shapes', () => {
  for (const file of files) {
    it(`${basename(file, '.yaml')} is made as it was`, () => {
      const pod = podOf(file);
      assert.equal(malformedField(pod), undefined);
      const text = `${JSON.stringify(dockerOptions(pod), null, 2)}\n`;
      const kept = join(golden, 'docker', `${basename(file, '.yaml')}.json`);
      if (process.env['UPDATE_GOLDEN']) writeFileSync(kept, text);
      assert.equal(text, readFileSync(kept, 'utf8'));
    });
  }

  it('are all here, each with what becomes of it', () => {
    const kept = globSync('docker/*.json', { cwd: golden }).map((file) => basename(file, '.json'));
    assert.deepEqual(
      kept.sort(),
      files.map((file) => basename(file, '.yaml')),
    );
  });
});

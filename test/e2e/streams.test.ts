// exec, attach, run, debug, cp, port-forward and logs as people use them: real kubectl over both of its transports, through
// the API server, the controller and the one connection of an agent that nothing else reaches, to Docker.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import Docker from 'dockerode';
import { ensureBusyboxImage } from '../kit/busybox-image.ts';
import { runCommand } from '../kit/command.ts';
import { eventually } from '../kit/eventually.ts';
import {
  followKubectl,
  KUBECTL_TRANSPORTS,
  type Kubectl,
  kubectlCommand,
  kubectlFor,
  kubectlMinor,
} from '../kit/kubectl.ts';
import { type LonelyNetwork, proxyTo, startLonelyNetwork } from '../kit/lonely-network.ts';
import { podManifest, TEST_IMAGE } from '../kit/manifest.ts';
import { POD_SERVERS, type PodServers, startPodServers } from '../kit/pod-servers.ts';
import { exchange, forwardPorts } from '../kit/port-forward.ts';
import { allProcesses, openSockets } from '../kit/process-tree.ts';
import { processRecord, startSandbox, type TestSandbox } from '../kit/sandbox.ts';
import { createScraper } from '../kit/scrape.ts';
import { onTerminal } from '../kit/terminal.ts';

describe('streams', () => {
  let sandbox: TestSandbox;
  let network: LonelyNetwork;
  let servers: PodServers;

  before(async () => {
    await ensureBusyboxImage();
    sandbox = await startSandbox({ agents: 1 });
    network = await startLonelyNetwork(proxyTo(sandbox.controller));
    await sandbox.moveAgent('agent-1', network);
    const scripts = { box: WEB_SERVER, debugged: 'exec sleep 100000' };
    for (const [name, main] of Object.entries(scripts)) {
      const containers = { main };
      await sandbox.kubectl(['apply', '-f', '-'], podManifest({ name, containers }));
    }
    await sandbox.kubectl(['wait', '--for=condition=Ready', 'pod/box', 'pod/debugged', '--timeout=30s']);
    servers = await startPodServers((await sandbox.pod('box')).metadata.uid);
  });
  after(async () => {
    await servers?.[Symbol.asyncDispose]();
    await sandbox?.[Symbol.asyncDispose]();
    await network?.[Symbol.asyncDispose]();
  });

  for (const [transport, env] of Object.entries(KUBECTL_TRANSPORTS)) {
    describe(`kubectl over ${transport}`, () => {
      let kubectl: Kubectl;
      before(() => {
        kubectl = kubectlFor(sandbox.kubeconfig, env);
      });
      const exec = (script: string, stdin?: string | Buffer) =>
        kubectl(['exec', 'box', ...(stdin === undefined ? [] : ['-i']), '--', 'sh', '-c', script], stdin);

      it('exec ends with the code of the command', async () => {
        for (const [script, code] of [
          ['exit 0', 0],
          ['exit 7', 7],
          ['exit 126', 126],
          ['exit 127', 127],
          ['kill -9 $$', 137],
        ] as const) {
          assert.equal((await exec(script)).code, code, script);
        }
        const missing = await kubectl(['exec', 'box', '--', 'nosuch']);
        assert.deepEqual([missing.code, missing.stdout], [127, '']);
        assert.match(missing.stderr, /executable file not found/);
      });

      it('exec keeps the outputs apart, and goes on after its input has ended', async () => {
        const { stdout, stderr, code } = await exec('cat; sleep 0.2; echo done; echo oops >&2', 'given ');
        assert.deepEqual([stdout, stderr, code], ['given done\n', 'oops\n', 0]);
      });

      it('exec runs a script of 100 KiB', async () => {
        const lines = `it's "odd" & 100 %\n`.repeat(5500);
        const { stdout, code } = await exec(`cat <<'EOF'\n${lines}EOF\nexit 7`);
        assert.equal(code, 7);
        assert.ok(stdout === lines, `${stdout.length} bytes came back of ${lines.length}`);
      });

      it('exec carries 5 MiB through its input and back, byte for byte', async () => {
        const sent = randomBytes(5 * 1024 * 1024);
        const { bytes, code } = await exec('cat; exit 7', sent);
        assert.equal(code, 7);
        assert.ok(bytes.equals(sent), `${bytes.length} bytes came back`);
      });

      it('exec runs fifty at a time', async () => {
        const runs = Array.from({ length: 50 }, (_, index) => exec(`echo ${index}; exit ${index}`));
        const results = await Promise.all(runs);
        assert.deepEqual(
          results.map(({ stdout, code }) => [stdout, code]),
          results.map((_, index) => [`${index}\n`, index]),
        );
      });

      it('exec -it is a terminal that follows the size of the one before it', async () => {
        const command = kubectlCommand(sandbox.kubeconfig, ['exec', '-it', 'box', '--', 'sh']);
        await using terminal = await onTerminal(command, { size: { rows: 33, columns: 101 }, env });
        const sizeIs = (size: string) =>
          eventually(
            () => {
              terminal.write('stty size\n');
              return terminal.output.includes(`\n${size}`);
            },
            { what: `the size ${size}`, everyMs: 300 },
          );
        await sizeIs('33 101');
        await terminal.resize({ rows: 25, columns: 90 });
        await sizeIs('25 90');
        // Ctrl-C reaches the command, not kubectl.
        const shows = (line: string) =>
          eventually(() => terminal.output.includes(`\n${line}`), { what: `the line ${line}` });
        terminal.write('echo as"leep"; sleep 1000\n');
        await shows('asleep');
        terminal.write('\x03');
        terminal.write('echo a"wake"\n');
        await shows('awake');
        terminal.write('exit 9\n');
        assert.equal(await terminal.ended, 9);
      });

      it('exec -it says at the terminal that there is no such command', async () => {
        const command = kubectlCommand(sandbox.kubeconfig, ['exec', '-it', 'box', '--', 'nosuch']);
        await using terminal = await onTerminal(command, { size: { rows: 33, columns: 101 }, env });
        assert.equal(await terminal.ended, 127);
        assert.match(terminal.output, /executable file not found/);
      });

      it('attach joins a container, and leaves it running', async () => {
        const name = `talker-${transport.toLowerCase()}`;
        const script = 'while read line; do echo "got $line"; echo "err $line" >&2; done';
        await sandbox.kubectl(
          ['apply', '-f', '-'],
          podManifest({ name, containers: { main: script }, container: { stdin: true } }),
        );
        await sandbox.kubectl(['wait', '--for=condition=Ready', `pod/${name}`, '--timeout=30s']);
        for (const word of ['one', 'two']) {
          await using client = followKubectl(sandbox.kubeconfig, ['attach', '-i', name], {
            env,
            stdin: `${word}\n`,
          });
          await eventually(() => /got/.test(client.output) && /err/.test(client.output), {
            what: `what it says to ${word}`,
          });
          assert.match(client.output, new RegExp(`^got ${word}$`, 'm'));
        }
        const [status] = (await sandbox.pod(name)).status?.containerStatuses ?? [];
        assert.deepEqual([status?.restartCount, status?.ready], [0, true]);
        await sandbox.kubectl(['delete', 'pod', name, '--wait=false']);
      });

      it('run -it is the terminal of a new pod, and ends with its code', async () => {
        const name = `shell-${transport.toLowerCase()}`;
        const args = ['run', name, '-it', '--rm', '--restart=Never', `--image=${TEST_IMAGE}`];
        const overrides = {
          spec: { tolerations: [{ operator: 'Exists' }], terminationGracePeriodSeconds: 1 },
        };
        const command = [...args, `--overrides=${JSON.stringify(overrides)}`, '--', 'sh'];
        await using terminal = await onTerminal(kubectlCommand(sandbox.kubeconfig, command), {
          size: { rows: 33, columns: 101 },
          env,
        });
        const shows = (text: string) =>
          eventually(
            () => {
              terminal.write('stty size\n');
              return terminal.output.includes(`\n${text}`);
            },
            { what: text, everyMs: 300, timeoutMs: 30_000 },
          );
        await shows('33 101');
        await terminal.resize({ rows: 25, columns: 90 });
        await shows('25 90');
        terminal.write('exit 9\n');
        assert.equal(await terminal.ended, 9);
        await eventually(async () => (await sandbox.findPod(name)) === undefined, {
          what: `the end of ${name}`,
        });
      });

      it('run -i gives its input to a pod, and all that the pod says', async () => {
        const name = `pipe-${transport.toLowerCase()}`;
        const overrides = JSON.stringify({ spec: { tolerations: [{ operator: 'Exists' }] } });
        const args = ['run', name, '-i', '--rm', '--restart=Never', `--image=${TEST_IMAGE}`, '--quiet'];
        const sent = 'a line of input\n'.repeat(20_000);
        const script = 'cat; echo done';
        const command = [...args, `--overrides=${overrides}`, '--', 'sh', '-c', script];
        const { stdout, stderr, code } = await kubectl(command, sent);
        assert.equal(code, 0, stderr);
        // Followed by kubectl's own word on the pod.
        assert.ok(stdout.startsWith(`${sent}done\n`), `${stdout.length} characters came back`);
      });

      // Older ones ask for it by an API that Kubernetes has no more.
      const canDebug = kubectlMinor() >= 22;
      it('debug -it is a terminal beside the container', { skip: !canDebug }, async () => {
        const args = ['debug', '-it', 'debugged', `--image=${TEST_IMAGE}`, '--target=main', '--', 'sh'];
        const command = kubectlCommand(sandbox.kubeconfig, args);
        await using terminal = await onTerminal(command, { size: { rows: 33, columns: 101 }, env });
        await eventually(
          () => {
            terminal.write('ps | grep "sleep 10000[0]"; stty size\n');
            return /\n33 101/.test(terminal.output) && /sleep 100000/.test(terminal.output);
          },
          { what: 'the process of the other container', everyMs: 300 },
        );
        terminal.write('exit 0\n');
        assert.equal(await terminal.ended, 0);
      });

      it('cp takes a tree with odd names there and back', async () => {
        const folder = mkdtempSync(join(tmpdir(), 'longshore-cp-'));
        try {
          const tree = join(folder, 'tree');
          for (const name of ODD_NAMES) {
            mkdirSync(join(tree, `dir ${name}`, 'empty'), { recursive: true });
            writeFileSync(join(tree, `dir ${name}`, name), randomBytes(1000));
          }
          writeFileSync(join(tree, 'large'), randomBytes(3 * 1024 * 1024));
          writeFileSync(join(tree, 'nothing'), '');
          const target = `/tmp/cp-${transport}`;
          const there = await kubectl(['cp', tree, `box:${target}`]);
          assert.deepEqual([there.code, there.stderr], [0, '']);
          const back = await kubectl(['cp', `box:${target}`, join(folder, 'back')]);
          assert.equal(back.code, 0, back.stderr);
          const difference = await runCommand('diff', ['-r', tree, join(folder, 'back')]);
          assert.deepEqual([difference.code, difference.stdout], [0, '']);
        } finally {
          rmSync(folder, { recursive: true });
        }
      });

      const forward = (...ports: number[]) => forwardPorts(sandbox.kubeconfig, { pod: 'box', ports }, env);

      it('port-forward serves twenty at a time from a server on 127.0.0.1 alone', async () => {
        await using forwarded = await forward(8000);
        const [port] = forwarded.ports;
        const curls = Array.from({ length: 20 }, () =>
          runCommand('curl', ['--silent', '--fail', `http://127.0.0.1:${port}/page`]),
        );
        const answers = await Promise.all(curls);
        assert.deepEqual(
          answers.map(({ code, stdout }) => [code, stdout]),
          answers.map(() => [0, 'hello\n']),
        );
      });

      it('port-forward carries 50 MB there and back, byte for byte, after the client has ended its half', async () => {
        await using forwarded = await forward(POD_SERVERS.echo.port);
        const sent = randomBytes(50_000_000);
        const back = await exchange(forwarded.ports[0] ?? 0, sent);
        assert.ok(back.equals(sent), `${back.length} bytes came back`);
      });

      it('port-forward ends what only reads when the server has said all', async () => {
        await using forwarded = await forward(POD_SERVERS.greeting.port);
        const reader = connect({ port: forwarded.ports[0] ?? 0, allowHalfOpen: true });
        assert.equal(await text(addAbortSignal(AbortSignal.timeout(10_000), reader)), 'hello\n');
        reader.end();
      });

      it('port-forward says that a port is refused', async () => {
        await using forwarded = await forward(81, 8000);
        const [refused = 0] = forwarded.ports;
        assert.equal((await exchange(refused, Buffer.from('hello'))).length, 0);
        await eventually(() =>
          /an error occurred forwarding \d+ -> 81: error forwarding port 81 to pod box, uid \S+: .*connection refused/.test(
            forwarded.output,
          ),
        );
      });

      it('port-forward leaves no connection behind when kubectl is cancelled', async () => {
        const flood = POD_SERVERS.flood.port;
        const forwarded = await forward(flood);
        const sockets = Array.from({ length: 3 }, () => connect(forwarded.ports[0] ?? 0, '127.0.0.1'));
        for (const socket of sockets) socket.on('error', () => undefined);
        await eventually(() => servers.connectionsTo(flood) === 3, { what: 'the connections' });
        await forwarded[Symbol.asyncDispose]();
        await eventually(() => servers.connectionsTo(flood) === 0, { what: 'the end of the connections' });
        for (const socket of sockets) socket.destroy();
      });

      it('says what is wrong as a kubelet does', async () => {
        await sandbox.kubectl(
          ['apply', '-f', '-'],
          podManifest({
            name: 'ended',
            restartPolicy: 'Never',
            containers: { main: 'true', other: 'sleep 1000' },
          }),
        );
        await eventually(
          async () =>
            (await sandbox.pod('ended')).status?.containerStatuses?.find(({ name }) => name === 'main')?.state
              ?.terminated,
        );
        const { code, stderr } = await kubectl(['exec', 'ended', '-c', 'main', '--', 'true']);
        assert.equal(code, 1);
        assert.match(stderr, /container not found \("main"\)/);
      });
    });
  }

  it('leave nothing behind of a kubectl that is killed', async () => {
    const { pid } = processRecord(sandbox.layout, 'agent-1');
    const before = openSockets(pid);
    const scrape = await createScraper(sandbox.kubeconfig);
    const openStreams = async () => {
      const { body } = await scrape(sandbox.kubeletPort, '/metrics');
      return body.match(/(?<=^longshore_streams_open){.*} [1-9]\d*$/gm) ?? [];
    };
    await using held = new AsyncDisposableStack();
    const flood = POD_SERVERS.flood.port;
    for (const env of Object.values(KUBECTL_TRANSPORTS)) {
      const shell = kubectlCommand(sandbox.kubeconfig, ['exec', '-it', 'box', '--', 'sh']);
      held.use(await onTerminal(shell, { size: { rows: 30, columns: 80 }, env }));
      const forwarded = held.use(await forwardPorts(sandbox.kubeconfig, { pod: 'box', ports: [flood] }, env));
      const socket = connect(forwarded.ports[0] ?? 0, '127.0.0.1').on('error', () => undefined);
      held.defer(() => void socket.destroy());
    }
    held.use(sandbox.followKubectl(['logs', '-f', 'box']));
    const all = ['{kind="exec"} 2', '{kind="logs"} 1', '{kind="portForward"} 2'];
    await eventually(async () => isDeepStrictEqual((await openStreams()).sort(), all), { what: `${all}` });
    await eventually(() => servers.connectionsTo(flood) === 2, { what: 'the connections' });

    const ours = allProcesses().filter(
      ({ command }) => command.includes(sandbox.kubeconfig) && /^\S*kubectl /.test(command),
    );
    assert.equal(ours.length, 5);
    for (const kubectl of ours) process.kill(kubectl.pid, 'SIGKILL');
    await eventually(async () => (await openStreams()).length === 0, { what: 'the end of the streams' });
    await eventually(() => servers.connectionsTo(flood) === 0, { what: 'the end of the connections' });
    await eventually(() => openSockets(pid) <= before, { what: "the end of the agent's sockets" });
  });

  it('are looked at by the doctor on every way, and nothing of it stays', async () => {
    const { results } = JSON.parse((await sandbox.longshore(['doctor', '-o', 'json'])).toString());
    const found = (check: string) =>
      results
        .find((one: { check: string }) => one.check === check)
        ?.findings.map(({ outcome, message }: Record<string, string>) => `${outcome}: ${message}`);
    const ways = 'through the API server and at the kubelet port';
    assert.deepEqual(found('logs -f'), [`ok: logs -f works, ${ways}`]);
    for (const check of ['exec', 'attach', 'port-forward'])
      assert.deepEqual(found(check), [`ok: ${check} works over SPDY and over WebSocket, ${ways}`]);
    await eventually(
      async () => !(await sandbox.kubectl(['get', 'pods', '-A', '-o', 'name'])).includes('longshore-doctor'),
      { what: 'the pod of the doctor to go' },
    );
  });

  it('and what the agents do are told to Prometheus, as one text that it can read', async () => {
    assert.equal(await sandbox.kubectl(['exec', 'box', '--', 'echo', 'counted']), 'counted\n');
    const scrape = await createScraper(sandbox.kubeconfig);
    const { body: text } = await scrape(sandbox.kubeletPort, '/metrics');
    const value = (series: string) => {
      const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
      return Number(line?.slice(series.length + 1));
    };
    for (const series of [
      'longshore_leader',
      'longshore_agents{state="ready"}',
      'longshore_pods{phase="Running",agent_state="ready"}',
      'kubelet_running_pods',
      'longshore_streams_opened_total{kind="exec"}',
      'longshore_stream_bytes_total{kind="exec",direction="out"}',
      'kubelet_http_inflight_requests{long_running="false",method="GET",path="metrics",server_type="readwrite"}',
      'longshore_agent_up{agent="agent-1"}',
      'longshore_agent_docker_calls_total{agent="agent-1",operation="exec/start",result="ok"}',
      'longshore_agent_docker_call_duration_seconds_count{agent="agent-1"}',
      'longshore_agent_containers_created_total{agent="agent-1",kind="first"}',
      'longshore_agent_sessions_total{agent="agent-1"}',
      'longshore_agent_certificate_expiration_timestamp_seconds{agent="agent-1"}',
      'longshore_agent_resident_memory_bytes{agent="agent-1"}',
      'longshore_agent_state_folder_bytes{agent="agent-1"}',
    ]) {
      assert.ok(value(series) >= 1, `${series} is ${value(series)} in\n${text}`);
    }
    const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const names = series.map((line) => line.slice(0, line.lastIndexOf(' ')));
    assert.deepEqual(names, [...new Set(names)], 'no series is there twice');
    assert.doesNotMatch(text, /"box"/, 'no pod is named');
  });

  describe('kubectl logs', () => {
    const apply = (name: string, containers: Record<string, string>, restartPolicy?: 'Never') =>
      sandbox.kubectl(['apply', '-f', '-'], podManifest({ name, containers, restartPolicy }));
    const logs = (name: string, ...args: string[]) => sandbox.kubectl(['logs', name, ...args]);

    it('shows both outputs in order, a line of 1 MiB, and what is asked for of them', async () => {
      const long = 'x'.repeat(1024 * 1024);
      const script = `echo out; sleep 0.5; echo err >&2; sleep 0.5; head -c ${long.length} /dev/zero | tr '\\0' x`;
      await apply('chatty', {
        one: `${script}; echo; echo end; exec sleep 1000`,
        two: 'echo hi; exec sleep 1000',
      });
      const one = (...args: string[]) => logs('chatty', '-c', 'one', ...args);
      const all = `out\nerr\n${long}\nend\n`;
      await eventually(async () => (await one()) === all, { what: 'all that it says' });
      await eventually(async () => (await logs('chatty', '-c', 'two')) === 'hi\n', {
        what: 'the other’s word',
      });
      assert.ok((await one('--tail=2')) === `${long}\nend\n`);
      assert.equal(await one('--tail=2', '--limit-bytes=10'), 'x'.repeat(10));
      assert.equal(await one('--tail=0'), '');
      assert.ok((await one('--since=1h')) === all);
      assert.equal(await one('--since-time=2100-01-01T00:00:00Z'), '');
      assert.match(await one('--tail=1', '--timestamps'), /^\d{4}-\d\d-\d\dT\S+ end\n$/);
      const prefixed = await logs('chatty', '--all-containers', '--prefix', '--tail=1');
      assert.deepEqual(prefixed.trim().split('\n').sort(), ['[pod/chatty/one] end', '[pod/chatty/two] hi']);
    });

    it('-f ends with its container, and starts anew with the next, whose -p the other is', async () => {
      await apply('again', {
        main: 'cat /proc/sys/kernel/random/uuid; until [ -e /stop ]; do sleep 0.1; done',
      });
      const runs: string[] = [];
      while (runs.length < 2) {
        const run = await eventually(
          async () => {
            const text = await logs('again');
            return text === '' || runs.includes(text) ? undefined : text;
          },
          { what: `run ${runs.length}` },
        );
        if (runs[0]) assert.equal(await logs('again', '-p'), runs[0]);
        await using follow = sandbox.followKubectl(['logs', '-f', 'again']);
        await eventually(() => follow.output === run);
        await sandbox.kubectl(['exec', 'again', '--', 'touch', '/stop']);
        assert.equal(await follow.ended, 0);
        assert.equal(follow.output, run);
        runs.push(run);
      }
    });

    it('shows what a finished pod has said, and nothing of a namesake that is gone', async () => {
      for (const word of ['first', 'second']) {
        await apply('done', { main: `echo ${word}` }, 'Never');
        await eventually(async () => (await sandbox.pod('done')).status?.phase === 'Succeeded', {
          what: `the end of the ${word}`,
        });
        assert.equal(await logs('done'), `${word}\n`);
        assert.equal(await logs('done', '-f'), `${word}\n`);
        const previous = await sandbox.tryKubectl(['logs', 'done', '-p']);
        assert.match(previous.stderr, /previous terminated container "main" in pod "done" not found/);
        await sandbox.kubectl(['delete', 'pod', 'done', '--timeout=20s']);
      }
      const { stderr } = await sandbox.tryKubectl(['logs', 'done']);
      assert.match(stderr, /pods "done" not found/);
    });

    it('says that Docker has the container of a finished pod no more', async () => {
      await apply('pruned', { main: 'echo lost' }, 'Never');
      const id = await eventually(
        async () =>
          (await sandbox.pod('pruned')).status?.containerStatuses?.[0]?.state?.terminated?.containerID,
        { what: 'its end' },
      );
      await new Docker().getContainer(id.replace('docker://', '')).remove();
      const { code, stdout, stderr } = await sandbox.tryKubectl(['logs', 'pruned']);
      const words = `Error from server (BadRequest): unable to retrieve container logs for ${id}\n`;
      assert.deepEqual([code, stdout, stderr], [1, '', words]);
    });
  });
});

const WEB_SERVER = 'mkdir /www; echo hello > /www/page; exec httpd -f -p 127.0.0.1:8000 -h /www';

/** Without `*` and the backslash, which kubectl itself takes for patterns. */
const ODD_NAMES = [
  'with space',
  'a"quote',
  "an'other",
  '$(dollar)',
  'ünï',
  '-dash',
  '~',
  ';semi',
  'new\nline',
  '%2f',
];

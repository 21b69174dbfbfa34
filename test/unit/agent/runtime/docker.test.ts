import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createDockerEngine } from '../../../../agent/runtime/docker.ts';
import { createDockerClients } from '../../../../agent/runtime/docker-clients.ts';
import { EngineError } from '../../../../agent/runtime/engine.ts';

describe('a container that Docker refuses to remove', () => {
  const folder = mkdtempSync(join(tmpdir(), 'longshore-docker-'));
  const socketPath = join(folder, 'docker.sock');
  let docker: Server;
  let status = 0;

  before(async () => {
    docker = createServer((_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ message: 'removal of container c1 is already in progress' }));
    }).listen(socketPath);
    await once(docker, 'listening');
  });
  after(() => {
    docker.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const remove = () => createDockerEngine(createDockerClients(socketPath), 'agent').remove('c1');

  it('is as good as removed when there is none', async () => {
    status = 404;
    await remove();
  });

  it('is still there while another removal goes on, so that nobody asks again without a pause', async () => {
    status = 409;
    await assert.rejects(remove(), (error) => error instanceof EngineError && error.kind === 'conflict');
  });
});

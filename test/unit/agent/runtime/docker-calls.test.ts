import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { operationOf } from '../../../../agent/runtime/docker-calls.ts';

describe('what a call to Docker is counted as', () => {
  const cases: [method: string, path: string, operation: string][] = [
    ['POST', '/containers/create?', 'containers/create'],
    ['GET', '/containers/json?', 'containers/list'],
    ['GET', '/containers/0123abcd/json?', 'containers/inspect'],
    ['POST', '/containers/0123abcd/start?', 'containers/start'],
    ['POST', '/containers/0123abcd/wait?condition=next-exit', 'containers/wait'],
    ['GET', '/containers/0123abcd/logs?', 'containers/logs'],
    ['DELETE', '/containers/0123abcd?', 'containers/remove'],
    ['POST', '/containers/0123abcd/exec', 'containers/exec'],
    ['POST', '/exec/0123abcd/start', 'exec/start'],
    ['GET', '/exec/0123abcd/json', 'exec/inspect'],
    ['POST', '/images/create?', 'images/create'],
    ['GET', '/images/json?', 'images/list'],
    ['GET', '/images/registry.example/team/web:1.2/json', 'images/inspect'],
    ['DELETE', '/images/registry.example/team/web:1.2?', 'images/remove'],
    ['POST', '/networks/create', 'networks/create'],
    ['GET', '/networks?', 'networks/list'],
    ['GET', '/networks/longshore?', 'networks/inspect'],
    ['GET', '/info', 'info'],
    ['GET', '/events?', 'events'],
    ['DELETE', '/v4.0.0/libpod/containers/0123abcd?', 'other'],
    ['POST', '/containers/0123abcd/whatever', 'other'],
  ];
  for (const [method, path, operation] of cases) {
    it(`${method} ${path} is ${operation}`, () => assert.equal(operationOf({ method, path }), operation));
  }
});

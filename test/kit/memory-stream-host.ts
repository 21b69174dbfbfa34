// A small working stream host: each kind of stream is served by a function that the test gives.
import type { StreamHost } from '../../agent/link/stream-host.ts';

export class MemoryStreamHost implements StreamHost {
  logs: StreamHost['logs'] = async () => {
    throw new Error('this test gave no log source');
  };
  agentLog: StreamHost['agentLog'] = async () => {
    throw new Error('this test has no log of its own');
  };
  pullImage: StreamHost['pullImage'] = async () => {
    throw new Error('this test pulls no images');
  };
  exec: StreamHost['exec'] = async () => {
    throw new Error('this test runs no commands');
  };
  attach: StreamHost['attach'] = async () => {
    throw new Error('this test has no containers');
  };
  portForward: StreamHost['portForward'] = async () => {
    throw new Error('this test forwards no ports');
  };
}

// Becomes Node.js with the arguments after the first, in the network namespace that this names.
import { join } from 'node:path';

const [network = '', ...args] = process.argv.slice(2);
const nsenter = '/usr/bin/nsenter';
const path = join('/run/netns', network);
process.execve?.(nsenter, [nsenter, `--net=${path}`, '--', process.execPath, ...args]);

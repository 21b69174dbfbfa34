// A client of the kubelet API in a process of its own: asks by WebSocket for the URL that its argument is, with the TLS options that
// its parent sends on stdin as JSON; says on stdout that it is connected, and then nothing to anybody.
import { json } from 'node:stream/consumers';
import { WebSocket } from 'ws';

const socket = new WebSocket(process.argv[2] ?? '', 'v5.channel.k8s.io', {
  ...Object(await json(process.stdin)),
});
socket.on('open', () => process.stdout.write('connected\n'));
